"""Are the adapters of an answer those of the question, does what stands between fit, and is none left out that would join?

For the check of answers; shares with the checker what `verify_expected` shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, permutations, product
from typing import Final

from comity.model.ports import PortKind
from comity.standards.answer import Adaptation, InterfaceCheck, Meeting
from comity.standards.question import Junction, Side
from comity.standards.verify_expected import Law, may_join, ports_of, rank
from comity.standards.verify_findings import Wrong, meeting_wrong

#: The longest row of adapters that is offered [the reference page].
LONGEST: Final = 3


def rows_wrong(law: Law, check: InterfaceCheck, junction: Junction, adapters: tuple[Side, ...]) -> Iterator[Wrong]:
    """What is wrong with the row of adapters of one interface, or with its absence."""
    missed = tuple(dict.fromkeys(m.kind for m in check.meetings if m.verdict == "misfit" and m.kind != "any"))
    known = junction.adapter or tuple(
        a for a in adapters if a.end.reference not in [s.end.reference for s in junction.sides]
    )
    adaptation = check.adaptation
    passed = dict.fromkeys(m.kind for m in adaptation.meetings if m.kind != "any") if adaptation is not None else {}
    if adaptation is not None:
        yield from _known(check, adaptation, known, named=bool(junction.adapter))
        for kind in passed:
            yield from _row(law, check, junction, adaptation, kind, known)
            row = [m for m in adaptation.meetings if m.kind == kind]
            if not junction.adapter and any(m.verdict != "fits" for m in row):
                sure = _joining(law, junction, kind, known, surely=True)
                if sure or any(m.verdict == "misfit" for m in row):
                    names = " + ".join(side.end.reference for side in sure) or "nothing"
                    yield Wrong("adapter", f"{check.key} {kind}", f"the row told does not fit, and {names} would")
    elif junction.adapter:
        yield Wrong("meetings", check.key, "the interface names its adapter, and no meeting with it is told")
    for kind in missed:
        if kind in passed:
            continue
        if junction.adapter:
            yield Wrong("meetings", f"{check.key} {kind}", "it does not fit, and no meeting with the adapter is told")
        elif between := _joining(law, junction, kind, known):
            names = " + ".join(side.end.reference for side in between)
            yield Wrong("adapter", f"{check.key} {kind}", f"{names} would join it, and no adapter is told")


def _known(check: InterfaceCheck, adaptation: Adaptation, known: tuple[Side, ...], *, named: bool) -> Iterator[Wrong]:
    names = {side.end.reference: side.end.name for side in known}
    for reference, name in zip(adaptation.adapters, adaptation.names, strict=False):
        if names.get(reference) != name:
            yield Wrong("adapter", check.key, f"{reference} ({name}) may not stand between, by the question")
    if named != adaptation.named:
        yield Wrong("adapter", check.key, f"the interface {'names' if named else 'does not name'} its adapter")


def _row(
    law: Law,
    check: InterfaceCheck,
    junction: Junction,
    adaptation: Adaptation,
    kind: PortKind,
    known: tuple[Side, ...],
) -> Iterator[Wrong]:
    """One kind's row: some order of the adapters by which every meeting is what the ports say."""
    row = [m for m in adaptation.meetings if m.kind == kind]
    told = list(dict.fromkeys(adaptation.adapters))
    best: list[Wrong] | None = None
    for order in permutations(told, len(row) - 1) if 2 <= len(row) <= len(told) + 1 else ():
        for between in product(*([s for s in known if s.end.reference == name] for name in order)):
            found = list(_along(law, check, (junction.sides[0], *between, junction.sides[1]), row))
            if best is None or len(found) < len(best):
                best = found
            if not best:
                return
    yield from best or [Wrong("row", f"{check.key} {kind}", f"{len(row)} meetings for {len(told)} adapters")]


def _along(law: Law, check: InterfaceCheck, sides: tuple[Side, ...], row: list[Meeting]) -> Iterator[Wrong]:
    at = f"{check.key} {row[0].kind} by {' + '.join(s.end.reference for s in sides[1:-1])}"
    for (one, other), meeting in zip(pairwise(sides), row, strict=True):
        yield from meeting_wrong(law, at, meeting, one, other)
    for before, after in pairwise(row):
        if before.ports[1] and before.ports[1] == after.ports[0]:
            yield Wrong("sides", at, f"the port {before.ports[1]!r} is both way in and way out")


def _joining(
    law: Law, junction: Junction, kind: PortKind, known: tuple[Side, ...], *, surely: bool = False
) -> tuple[Side, ...]:
    """A shortest row of adapters by which a kind fits (surely), or nothing speaks against it, each met and left by
    different ports; empty when there is none."""

    def fit(one: Side, port: str, other: Side, goal: str) -> bool:
        found = law.findings(one.ports[port], other.ports[goal])
        return rank(found)[0] == 0 if surely else may_join(found, kind)

    first, second = junction.sides
    # Rows so far, with the ports by which the last side may be left: breadth first.
    reached: list[tuple[tuple[Side, ...], Side, tuple[str, ...]]] = [((), first, ports_of(first, kind))]
    for _ in range(LONGEST + 1):
        longer = []
        for row, last, outs in reached:
            if row and any(fit(last, out, second, goal) for out in outs for goal in ports_of(second, kind)):
                return row
            for side in known:
                if any(side.end.reference == s.end.reference for s in row):
                    continue
                own = ports_of(side, kind)
                entered = [p for p in own if any(fit(last, out, side, p) for out in outs)]
                if onward := tuple(p for p in own if any(e != p for e in entered)):
                    longer.append(((*row, side), side, onward))
        reached = longer
    return ()
