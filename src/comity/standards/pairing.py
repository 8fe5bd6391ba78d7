"""Which port meets which: those that an interface names, and otherwise of each kind the ones that fit best."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from comity.model.ports import PortKind
from comity.standards.answer import VERDICTS, Meeting
from comity.standards.fit import Judge, Placed, absent
from comity.standards.question import Junction, Side
from comity.standards.rules import gives, takes


def kinds_joined(junction: Junction) -> tuple[PortKind, ...]:
    """What is joined: what the interface says, or the kinds that both sides have (with those of the pairs it names)."""
    if junction.joins:
        return junction.joins
    first, second = ([p.kind for p in side.ports.values()] for side in junction.sides)
    if junction.pairs:
        return tuple(dict.fromkeys(kind for pair in junction.pairs if (kind := _kind(junction, pair)) is not None))
    return tuple(dict.fromkeys(k for k in first if k in second))


def placed(side: Side, kind: PortKind) -> tuple[Placed, ...]:
    """A side's ports of a kind, each at its place."""
    return tuple(Placed(side.end, name, port) for name, port in side.ports.items() if port.kind == kind)


def meetings(judge: Judge, junction: Junction, kind: PortKind) -> tuple[Meeting, ...]:
    """The meetings of a kind at an interface: one for each pair that it names, or else those that fit best."""
    first, second = (placed(side, kind) for side in junction.sides)
    named = [pair for pair in junction.pairs if _kind(junction, pair) == kind]
    if named:
        return tuple(_named(judge, junction, kind, pair) for pair in named)
    if not first or not second:
        ends = junction.sides[0].end, junction.sides[1].end
        return (absent(*ends, kind, (first[0].name if first else "", second[0].name if second else "")),)
    return tuple(best(judge, list(pairs)) for pairs in _directions(kind, first, second))


def _kind(junction: Junction, pair: tuple[str, str]) -> PortKind | None:
    """The kind of a pair of ports; None when these options have neither."""
    found = [side.ports[name].kind for side, name in zip(junction.sides, pair, strict=True) if name in side.ports]
    return found[0] if found else None


def _named(judge: Judge, junction: Junction, kind: PortKind, pair: tuple[str, str]) -> Meeting:
    """The meeting of a pair that the interface names; an option of an element may lack its port."""
    first, second = junction.sides
    if pair[0] in first.ports and pair[1] in second.ports:
        a, b = first.ports[pair[0]], second.ports[pair[1]]
        return judge.meeting(Placed(first.end, pair[0], a), Placed(second.end, pair[1], b))
    there = tuple(name if name in side.ports else "" for side, name in zip(junction.sides, pair, strict=True))
    return absent(first.end, second.end, kind, (there[0], there[1]))


def _directions(
    kind: PortKind, first: tuple[Placed, ...], second: tuple[Placed, ...]
) -> Iterator[list[tuple[Placed, Placed]]]:
    """The pairs to choose from, one group for each way in which something flows."""
    pairs = list(product(first, second))
    flows: list[Callable[[Placed, Placed], bool]] = [
        lambda a, b: not takes(a.port.role) and not gives(b.port.role) and (gives(a.port.role) or takes(b.port.role)),
        lambda a, b: not gives(a.port.role) and not takes(b.port.role) and (takes(a.port.role) or gives(b.port.role)),
    ]
    # Docking gear is joined once, whichever half is active; what flows may flow both ways, by ports of their own.
    found = [] if kind in ("docking", "mechanical") else [g for flow in flows if (g := [p for p in pairs if flow(*p)])]
    yield from found or [pairs]


def best(judge: Judge, pairs: list[tuple[Placed, Placed]]) -> Meeting:
    """The meeting that fits best: by its verdict, then by how few things are wrong, then in the order of the files."""
    found = [judge.meeting(a, b) for a, b in pairs]
    return min(found, key=lambda m: (VERDICTS.index(m.verdict), len(m.faults)))
