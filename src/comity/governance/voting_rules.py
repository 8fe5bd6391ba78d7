"""Voting rules as data: what a body's decision needs, as immutable values that stand in YAML and on a signed record.

A rule is one criterion, or several joined by `all` and `any`, with a quorum. All numbers are exact: shares are texts
such as `2/3` or `55 %`, weights are texts such as `21.96`; a binary fraction never enters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from comity.model.base import FrozenMap, Value

_NUMBER = r"\d{1,40}(?:\.\d{1,40})?"
_SHARE = re.compile(rf"(?P<part>\d{{1,9}})\s*/\s*(?P<whole>\d{{1,9}})|(?P<percent>{_NUMBER})\s*%|(?P<plain>{_NUMBER})")
_PERIOD = re.compile(r"(\d{1,5})\s*(hour|day|week)s?")
_HOURS = {"hour": 1, "day": 24, "week": 168}


def exact(text: str) -> Fraction:
    """The number that a text states: `2/3`, `55 %`, `0.55` or `15`.

    >>> exact("55 %")
    Fraction(11, 20)
    """
    found = _SHARE.fullmatch(text.strip())
    if found is None or (found["whole"] and not int(found["whole"])):
        raise ValueError(f"{text!r} is no number; right are `2/3`, `55 %`, `0.55` and `15`")
    if found["part"]:
        return Fraction(int(found["part"]), int(found["whole"]))
    return Fraction(found["percent"]) / 100 if found["percent"] else Fraction(found["plain"])


def _number(raw: Any) -> Any:
    if isinstance(raw, float):
        raise ValueError("a binary fraction is not exact; write it as text, such as `2/3` or `0.55`")
    text = str(raw) if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool) else raw
    if isinstance(text, str):
        exact(text)
    return text


def _share(raw: Any) -> Any:
    text = _number(raw)
    if isinstance(text, str) and not 0 < exact(text) <= 1:
        raise ValueError(f"{text!r} is no share; it must be above 0 and at most 1 (100 %)")
    return text


def _period(raw: Any) -> Any:
    if isinstance(raw, str) and _PERIOD.fullmatch(raw.strip()) is None:
        raise ValueError(f"{raw!r} is no period; right are `72 hours`, `10 days` and `2 weeks`")
    return raw


Number = Annotated[str, BeforeValidator(_number)]
Share = Annotated[str, BeforeValidator(_share)]
Period = Annotated[str, BeforeValidator(_period)]


def span(period: str) -> timedelta:
    """How long a period such as `10 days` is."""
    found = _PERIOD.fullmatch(period.strip())
    if found is None:
        raise ValueError(f"{period!r} is no period")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


# --- who votes -------------------------------------------------------------------------------------------------------


class Member(Value):
    """One who votes, with what its votes may be weighed by."""

    id: str = Field(description="The identifier: a partner's, or a state's.")
    name: str = Field(default="", description="The name that people read.")
    weights: FrozenMap[str, Number] = Field(
        default_factory=dict, description="Exact weights by measure, such as `contributions` or `population`."
    )

    def weight(self, measure: str | None) -> Fraction:
        """Its weight by a measure; 1 when every member has one vote. KeyError when it has no such weight."""
        return Fraction(1) if measure is None else exact(self.weights[measure])

    @property
    def called(self) -> str:
        return self.name or self.id


def members_of(ids: Iterable[str], weights: Mapping[str, Mapping[str, str]] | None = None) -> tuple[Member, ...]:
    """Members from their identifiers and, by measure, their weights."""
    given = weights or {}
    return tuple(Member(id=i, weights={m: of[i] for m, of in given.items() if i in of}) for i in ids)


# --- criteria --------------------------------------------------------------------------------------------------------

Basis = Literal["members", "present", "cast"]


class Counting(Value):
    """What a majority and a quorum have in common: a part, or a number, of something counted or weighed."""

    share: Share | None = Field(default=None, description="The part needed, such as `2/3` or `55 %`.")
    number: Number | None = Field(default=None, description="Or the number needed, such as `9`.")
    more_than: bool = Field(default=False, description="More than the share is needed, not just as much.")
    weight: str | None = Field(default=None, description="The measure that votes are weighed by; else one each.")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Counting:
        if (self.share is None) == (self.number is None):
            raise ValueError("states `share` or `number`, one of the two")
        return self


class Majority(Counting):
    """So many vote in favour. Unanimity is the share 1: of members, of those present, or of votes cast."""

    of: Basis = Field(
        default="members",
        description="What it is a share of: all members that have a vote, those present, or the votes cast.",
    )
    abstentions: Literal["not counted", "count as no"] = Field(
        default="not counted", description="Whether an abstention is a vote cast (against)."
    )
    casting_vote: bool = Field(default=False, description="The chair decides when votes are equal.")

    @model_validator(mode="after")
    def _casting_vote_breaks_ties(self) -> Majority:
        if self.casting_vote and (self.share is None or exact(self.share) != Fraction(1, 2) or not self.more_than):
            raise ValueError("a casting vote breaks a tie: it needs `share: 1/2` and `more_than: true`")
        return self


class Opposition(Value):
    """Fewer than so many are against it: what a blocking minority must at least be, or `no more than half vote no`."""

    fewer_than: Number = Field(description="The number of members (or the weight) that blocks.")
    who: Literal["no", "not in favour"] = Field(
        default="no", description="Who counts: those that vote no, or all that do not vote in favour."
    )
    weight: str | None = Field(default=None, description="The measure that opposition is weighed by; else one each.")


class Veto(Value):
    """None of the named members votes no."""

    holders: tuple[str, ...] = Field(min_length=1, description="The members that can bar it.")
    abstention: Literal["passes", "bars"] = Field(
        default="passes", description="Whether a holder that abstains or stays away bars it as well."
    )


class Consensus(Value):
    """No member objects; with a period of silence: none does until it has run."""

    consensus: Literal[True] = Field(description="Written out, so that the rule can be seen.")
    silence: Period | None = Field(default=None, description="How long objections may be made, such as `10 days`.")


class AllOf(Value):
    """Every one of several criteria: a double or a triple majority."""

    all: tuple[Criterion, ...] = Field(min_length=1)


class AnyOf(Value):
    """At least one of several criteria."""

    any: tuple[Criterion, ...] = Field(min_length=1)


#: The field by which a criterion is known; a majority is what has none of them.
_KNOWN_BY = {"all": AllOf, "any": AnyOf, "fewer_than": Opposition, "holders": Veto, "consensus": Consensus}


def _known_by(raw: Any) -> str:
    if isinstance(raw, Mapping):
        return next((field for field in _KNOWN_BY if field in raw), "share")
    return next((field for field, kind in _KNOWN_BY.items() if isinstance(raw, kind)), "share")


Criterion = Annotated[
    Annotated[Majority, Tag("share")]
    | Annotated[Opposition, Tag("fewer_than")]
    | Annotated[Veto, Tag("holders")]
    | Annotated[Consensus, Tag("consensus")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")],
    Discriminator(_known_by),
]
AllOf.model_rebuild()
AnyOf.model_rebuild()


class Quorum(Counting):
    """So many members must be present, by number or by weight."""


class Arrears(Value):
    """When unpaid contributions suspend a vote."""

    years: int = Field(
        ge=1, description="More is owed than fell due in this many financial years, the current with it."
    )
    waiver: str = Field(default="", description="Who may let the member vote nevertheless, and how.")


class VotingRule(Value):
    """What a decision needs."""

    needs: Criterion = Field(description="The criterion, or several under `all` or `any`.")
    quorum: tuple[Quorum, ...] = Field(default=(), description="Who must be present, all of these.")
    arrears: Arrears | None = Field(default=None, description="When unpaid contributions suspend a vote.")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without what is at its default; `VotingRule.model_validate` reads them back."""
        return self.model_dump(mode="json", exclude_defaults=True)


def parts(criterion: Criterion) -> tuple[Criterion, ...]:
    """The criteria that are not compositions, in order."""
    if isinstance(criterion, AllOf):
        return tuple(p for c in criterion.all for p in parts(c))
    if isinstance(criterion, AnyOf):
        return tuple(p for c in criterion.any for p in parts(c))
    return (criterion,)


def measures(rule: VotingRule) -> tuple[str, ...]:
    """The measures that a rule weighs by, in order."""
    weighed = (*parts(rule.needs), *rule.quorum)
    return tuple(dict.fromkeys(w for c in weighed if (w := getattr(c, "weight", None)) is not None))


def silence_of(rule: VotingRule) -> timedelta | None:
    """The longest period of silence that a rule lets run, if any."""
    periods = [span(c.silence) for c in parts(rule.needs) if isinstance(c, Consensus) and c.silence]
    return max(periods, default=None)
