"""What the planner and the policy engine take from an agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.reading import AgreementError
from comity.governance.agreements.terms import DataPolicy, DataSharing, Export
from comity.model.calendar import Month
from comity.model.problems import Problem
from comity.model.rules import Agreement as ModelAgreement


@dataclass(frozen=True, slots=True)
class TechnologyPermit:
    """A class of technology that may pass from one party to another while the agreement is in force."""

    agreement: str
    clause: str
    technology: str
    giver: str
    receiver: str


def to_model(agreement: Agreement, *, in_force_from: date | None = None) -> ModelAgreement:
    """The agreement in the form of a programme's `agreements:` section.

    Its parties are the partners' identifiers and their states. `permits` are the technologies of its export grants that
    any party may give to any other; narrower grants are `technology_permits` alone, for a planner's agreement would
    widen them. AgreementError when its entry into force is not known; state it, or give `in_force_from`.
    """
    heading = agreement.agreement
    start = in_force_from or heading.in_force
    if start is None:
        said = f"{agreement.id!r} does not say since when it is in force"
        raise AgreementError(
            [Problem(agreement.id, 0, 0, ("agreement", "in_force"), said, "add in_force:, or give a day")]
        )
    parties = [name for p, party in agreement.parties.items() for name in (p, *party.states)]
    until = end_of(agreement, start)
    return ModelAgreement(
        id=agreement.id,
        name=heading.title,
        kind=heading.kind.replace("_", " "),
        parties=tuple(dict.fromkeys(parties)),
        in_force_from=Month.of(start.year, start.month),
        in_force_until=Month.of(until.year, until.month) if until is not None else None,
        permits=tuple(
            dict.fromkeys(
                t
                for _, terms in agreement.of(Export)
                for grant in terms.grants
                if not grant.giver and not grant.receiver
                for t in grant.technologies
            )
        ),
    )


def end_of(agreement: Agreement, start: date) -> date | None:
    """The last day that an agreement binds when it entered into force at `start`; None where it has no end."""
    lasts = agreement.termination.lasts
    ends = [d for d in (agreement.agreement.until, lasts.after(start) if lasts is not None else None) if d is not None]
    return min(ends, default=None)


def rules_block(agreement: Agreement, *, in_force_from: date | None = None) -> dict[str, Any]:
    """The block to put into a programme's rules: `{"agreements": {id: {...}}}`."""
    model = to_model(agreement, in_force_from=in_force_from)
    plain = model.model_dump(mode="json", exclude_defaults=True)
    plain.pop("id", None)
    day = in_force_from or agreement.agreement.in_force
    cited = agreement.agreement.source
    if cited:
        plain["source"] = f"{cited}; in force {day}"
    else:
        plain["estimate"] = (
            f"From the agreement's document, version {agreement.agreement.version}, digest {agreement.digest}"
        )
    return {"agreements": {agreement.id: plain}}


def rules_sources(agreement: Agreement) -> dict[str, Any]:
    """The `sources:` that the block cites."""
    name = agreement.agreement.source.partition(",")[0].strip()
    found = agreement.to_dict().get("sources", {})
    return {name: {k: v for k, v in found[name].items() if k != "checked"}} if name in found else {}


def rules_text(agreement: Agreement, *, in_force_from: date | None = None) -> str:
    """The block and its sources as YAML, to be put into a programme's rules.yaml."""
    block = rules_block(agreement, in_force_from=in_force_from)
    if sources := rules_sources(agreement):
        block["sources"] = sources
    return str(yaml.safe_dump(block, sort_keys=False, allow_unicode=True, width=110))


def technology_permits(agreement: Agreement) -> tuple[TechnologyPermit, ...]:
    """Each technology that may pass, from whom to whom, by which clause."""
    permits: dict[TechnologyPermit, None] = {}
    for clause, terms in agreement.of(Export):
        for grant in terms.grants:
            for giver in grant.giver or agreement.parties:
                for receiver in grant.receiver or agreement.parties:
                    if giver != receiver:
                        for technology in grant.technologies:
                            permits[TechnologyPermit(agreement.id, clause.id, technology, giver, receiver)] = None
    return tuple(permits)


def data_policies(agreement: Agreement) -> tuple[tuple[str, DataPolicy], ...]:
    """Each data policy with the clause that states it."""
    return tuple((clause.id, policy) for clause, terms in agreement.of(DataSharing) for policy in terms.policies)
