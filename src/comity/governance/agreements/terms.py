"""What a clause says in a form that programs can act on: one type for each kind of clause."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainSerializer, model_validator

from comity.governance.agreements.periods import Day, Period
from comity.model.base import Value
from comity.model.money import Money
from comity.model.quantities import Fraction

#: A part of a whole, in its shortest decimal form, so that 15%, 0.15 and 0.150 are the same text.
Share = Annotated[
    Fraction,
    AfterValidator(lambda share: share.normalize()),
    PlainSerializer(lambda share: f"{share:f}", return_type=str, when_used="json"),
]

Act = Literal["signature", "ratification"]
Consent = Literal["all", "two_thirds", "majority", "decision"]
#: Everyone bound by the agreement.
ALL = "all"


class Plain(Value):
    """A clause of words alone."""

    kind: Literal["purpose", "definitions", "governance", "other"] = "other"


class Role(Value):
    """What a party does for an element. Two parties may hold the same role, unless one holds it alone (`exclusive`)."""

    party: str
    element: str = Field(description="Of the programme, as `mission/element`, or any name that the agreement uses.")
    role: Literal["provide", "launch", "integrate", "operate", "manage", "use", "fund", "own", "support"]
    exclusive: bool = Field(default=False, description="No one else has this role for the element.")
    share: Share | None = Field(default=None, description="Such as the part of all use that is the party's.")
    technologies: tuple[str, ...] = Field(default=(), description="What the party must master for it.")
    note: str = ""


class Responsibilities(Value):
    """Who does what for which element."""

    kind: Literal["responsibilities"]
    roles: tuple[Role, ...] = Field(min_length=1)


class Contribution(Value):
    """What a party gives, in money or in kind."""

    party: str
    what: str
    form: Literal["money", "in_kind"]
    value: Money | None = None
    share: Share | None = Field(default=None, description="Of all that is contributed.")
    element: str | None = None
    due: Day | None = None
    done: Day | None = Field(default=None, description="When it was given.")

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.form == "money" and self.value is None and self.share is None:
            raise ValueError("a contribution in money has a value or a share; give one, or say form: in_kind")
        return self


class Contributions(Value):
    """Who gives what, in money and in kind."""

    kind: Literal["contributions"]
    exchange_of_funds: bool = Field(default=True, description="False: each bears its own cost, and no funds pass.")
    contributions: tuple[Contribution, ...] = ()


class Milestone(Value):
    """An event that a party owes by a day."""

    name: str
    party: str
    due: Day
    element: str | None = None
    done: Day | None = Field(default=None, description="When it was reached.")


class Milestones(Value):
    """What must have happened by when."""

    kind: Literal["milestones"]
    milestones: tuple[Milestone, ...] = Field(min_length=1)


class DataPolicy(Value):
    """Who may see and use a class of data, and from when on."""

    data: str
    access: Literal["open", "proprietary", "partners", "restricted"]
    element: str | None = Field(default=None, description="From which it comes; default: any.")
    holders: tuple[str, ...] = Field(default=(), description="Parties that have it first or alone.")
    proprietary_period: Period | None = Field(default=None, description="After it, the data are open.")


class DataSharing(Value):
    """Who gets which data."""

    kind: Literal["data_sharing"]
    policies: tuple[DataPolicy, ...] = Field(min_length=1)


class IntellectualProperty(Value):
    """Rights in what a party brings (background) or makes under the agreement (foreground)."""

    kind: Literal["background_ip", "foreground_ip"]
    owner: Literal["bringer", "maker", "joint", "organisation", "state_of_registry"]
    licence: Literal["none", "project", "members", "royalty_free"] = "none"
    note: str = ""


class Liability(Value):
    """Who answers for damage to others."""

    kind: Literal["liability"]
    treaties: tuple[str, ...] = Field(default=(), description="Under which it is answered for.")
    regime: Literal["treaty", "each_own", "shared"] = "treaty"


class CrossWaiver(Value):
    """The parties waive claims against each other, and make those who work for them do so (`flow_down`)."""

    kind: Literal["cross_waiver"]
    flow_down: tuple[Literal["contractors", "subcontractors", "users", "customers", "subordinate_agreements"], ...] = ()
    exceptions: tuple[str, ...] = Field(default=(), description="Claims that are not waived.")
    by_reference: str | None = Field(default=None, description="The agreement whose cross-waiver applies here.")


class ExportGrant(Value):
    """Classes of technology that may pass between parties while the agreement is in force."""

    technologies: tuple[str, ...] = Field(min_length=1)
    giver: tuple[str, ...] = Field(default=(), description="Default: any party.")
    receiver: tuple[str, ...] = Field(default=(), description="Default: any party.")
    purpose: str = ""


class Export(Value):
    """Which technology may pass between whom."""

    kind: Literal["export"]
    subject_to_national_law: bool = True
    grants: tuple[ExportGrant, ...] = ()


class Standards(Value):
    """Which standards apply."""

    kind: Literal["standards"]
    standards: tuple[str, ...] = Field(min_length=1)


class DisputeStep(Value):
    """One rung: what is tried, who must act, and how long it may take."""

    name: str
    acts: tuple[str, ...] = Field(default=(), description="Parties or bodies that must act; default: the disputants.")
    within: Period | None = None
    binding: bool = False
    rules: str = ""


class Disputes(Value):
    """The ladder of dispute settlement, from the lowest rung up."""

    kind: Literal["disputes"]
    steps: tuple[DisputeStep, ...] = Field(min_length=1)


class EntryIntoForce(Value):
    """When the agreement binds: `needed` of the parties (default: all), `named` ones among them, did `act`."""

    kind: Literal["entry_into_force"]
    act: Act = "signature"
    needed: int | None = Field(default=None, ge=1, description="How many must act; default: all.")
    named: tuple[str, ...] = Field(default=(), description="Parties that must be among them.")
    delay: Period = Field(default=Period(), validate_default=False, description="From the last act needed.")


class Amendment(Value):
    """What a new version of the agreement needs."""

    kind: Literal["amendment"]
    consent: Consent = "all"
    act: Act = "signature"
    decision_of: str = Field(default="", description="The body that decides, with consent: decision.")


class Handover(Value):
    """What a party that leaves hands over."""

    party: str
    element: str
    to: str
    terms: str = ""


class Withdrawal(Value):
    """Who may leave, with what notice, and what that takes along."""

    kind: Literal["withdrawal"]
    allowed: bool = True
    notice: Period = Field(default=Period(), validate_default=False)
    not_before: Period | None = Field(default=None, description="After entry into force.")
    survives: tuple[str, ...] = Field(default=(), description="Clauses that bind a party after it left.")
    takes_subordinate: bool = Field(default=False, description="The party leaves what stands under this one, too.")
    handovers: tuple[Handover, ...] = ()


class Termination(Value):
    """How the agreement ends for all."""

    kind: Literal["termination"]
    consent: Consent = "all"
    notice: Period | None = Field(default=None, description="Any party may end it with this notice.")
    lasts: Period | None = Field(default=None, description="From entry into force; default: without end.")
    fewest_parties: int = Field(default=2, ge=1, description="It ends when fewer are left.")
    survives: tuple[str, ...] = ()
    takes_subordinate: bool = Field(default=True, description="What stands under it ends with it.")
    decision_of: str = ""


Terms = Annotated[
    Plain
    | Responsibilities
    | Contributions
    | Milestones
    | DataSharing
    | IntellectualProperty
    | Liability
    | CrossWaiver
    | Export
    | Standards
    | Disputes
    | EntryIntoForce
    | Amendment
    | Withdrawal
    | Termination,
    Field(discriminator="kind"),
]


def consents_needed(consent: Consent, parties: int) -> int:
    """How many of the parties must agree; with `decision`, none by themselves.

    >>> consents_needed("two_thirds", 7), consents_needed("majority", 4)
    (5, 3)
    """
    return {
        "all": parties,
        "two_thirds": -(-2 * parties // 3),
        "majority": parties // 2 + 1,
        "decision": 0,
    }[consent]


def percent(share: Decimal) -> str:
    """A share as people read it.

    >>> percent(Decimal("0.083"))
    '8.3 %'
    """
    return f"{(share * 100).normalize():f} %"
