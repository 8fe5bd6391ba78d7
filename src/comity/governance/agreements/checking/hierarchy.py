"""Does an agreement stand rightly under others, and does the cross-waiver flow down to it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from comity.governance.agreements.checking.completeness import left_out
from comity.governance.agreements.document import RANKS, Agreement
from comity.governance.agreements.terms import CrossWaiver
from comity.model.problems import Problem, nearest

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading


def named_twice(readings: Sequence[Reading]) -> Iterator[Problem]:
    """Two files that call their agreement the same, and are not two versions of it."""
    first: dict[tuple[str, int], Reading] = {}
    for reading in readings:
        agreement = reading.agreement
        assert agreement is not None
        key = (agreement.id, agreement.agreement.version)
        before = first.setdefault(key, reading)
        if before is not reading:
            said = f"version {key[1]} of {key[0]!r} stands in {before.file} already"
            yield reading.problem(("agreement", "id"), said, "give it another id, or count up the version")


def standing(reading: Reading, known: Mapping[str, Reading]) -> Iterator[Problem]:
    """Upper agreements that are not known or of a lower kind, that bind other parties, or that lead in a circle."""
    agreement = reading.agreement
    assert agreement is not None
    for n, name in enumerate(agreement.agreement.under):
        path = ("agreement", "under", n)
        upper = known[name].agreement if name in known else None
        if upper is None:
            hint = nearest(name, known) or "check it together with this one"
            yield reading.problem(path, f"stands under {name!r}, which is not known here", hint)
            continue
        if RANKS.index(upper.agreement.kind) > RANKS.index(agreement.agreement.kind):
            said = f"{_kind(agreement)} cannot stand under {_kind(upper)} {name!r}"
            yield reading.problem(path, said, f"from the highest down: {', '.join(r.replace('_', ' ') for r in RANKS)}")
        outside = [p for p in agreement.parties if p not in upper.parties]
        if len(outside) == len(agreement.parties):
            yield reading.problem(path, f"none of its parties is bound by {name!r}")
        if agreement.id in above(upper, known):
            yield reading.problem(path, f"{agreement.id!r} and {name!r} stand under each other")


def flow_down(reading: Reading, known: Mapping[str, Reading]) -> Iterator[Problem]:
    """A cross-waiver above that must flow down, and does not here; and one that binds no contractors."""
    agreement = reading.agreement
    assert agreement is not None
    own = list(agreement.of(CrossWaiver))
    for clause, waiver in own:
        if waiver.by_reference is None and "contractors" not in waiver.flow_down:
            path = ("clauses", clause.id, "terms")
            said = f"the cross-waiver {clause.id!r} does not flow down to contractors"
            yield reading.problem(path, said, "add `flow_down: [contractors, subcontractors]`")
    for name in above(agreement, known):
        upper = known[name].agreement if name in known else None
        if upper is None:
            continue
        asked = [w for _, w in upper.of(CrossWaiver) if "subordinate_agreements" in w.flow_down]
        if asked and not own and "cross_waiver" not in left_out(agreement):
            said = f"the cross-waiver of {name!r} must flow down to {agreement.id!r}, which has none"
            hint = f"add a clause with `terms: {{kind: cross_waiver, by_reference: {name}}}`"
            yield reading.problem(("clauses",), said, hint, key=True)
    for clause, waiver in own:
        if waiver.by_reference is not None and waiver.by_reference not in above(agreement, known):
            said = f"clause {clause.id!r} takes the cross-waiver of {waiver.by_reference!r}, which is not above this agreement"
            hint = nearest(waiver.by_reference, agreement.agreement.under)
            yield reading.problem(("clauses", clause.id, "terms", "by_reference"), said, hint)


def above(agreement: Agreement, known: Mapping[str, Reading]) -> tuple[str, ...]:
    """The agreements that one stands under, and theirs, each once, the nearest first."""
    found: dict[str, None] = {}
    queue = list(agreement.agreement.under)
    while queue:
        name = queue.pop(0)
        if name in found:
            continue
        found[name] = None
        upper = known[name].agreement if name in known else None
        queue += upper.agreement.under if upper is not None else ()
    return tuple(found)


def _kind(agreement: Agreement) -> str:
    word = agreement.agreement.kind.replace("_", " ")
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
