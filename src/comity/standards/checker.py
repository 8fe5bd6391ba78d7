"""Checks every interface of a question: fits, fits with an adapter, does not fit, or unspecified, and why."""

from __future__ import annotations

from comity.model.ports import PortKind
from comity.standards.adapters import Search
from comity.standards.answer import (
    Adaptation,
    CheckedInterfaces,
    End,
    Finding,
    InterfaceCheck,
    Meeting,
    Verdict,
    worst,
)
from comity.standards.fit import Judge
from comity.standards.measures import Reader
from comity.standards.pairing import kinds_joined, meetings
from comity.standards.question import Junction, Question
from comity.standards.register import Register, shipped


def check(question: Question, *, register: Register | None = None, reader: Reader | None = None) -> CheckedInterfaces:
    """Whether each interface of a question fits.

    Parameters: the question; the register of standards (default: the one that comes with comity); the reader, for the
    units in which values are told. StandardsError when a port claims a standard that is not in the register.
    """
    judge = Judge(register or shipped(), reader or Reader())
    search = Search(judge, question.adapters)
    return CheckedInterfaces(question.programme, tuple(check_junction(judge, search, j) for j in question.junctions))


def check_junction(judge: Judge, search: Search, junction: Junction) -> InterfaceCheck:
    """One interface, for one combination of ends, with the adapters that the search knows."""
    kinds = kinds_joined(junction)
    direct = tuple(m for kind in kinds for m in meetings(judge, junction, kind)) or (_nothing_said(junction),)
    adaptation: Adaptation | None = None
    verdict = worst(m.verdict for m in direct)
    if junction.adapter:
        adaptation = search.named(junction, _through_named(junction, direct))
        verdict = _with_adapter(direct, adaptation)
    elif verdict == "misfit":
        missed: tuple[PortKind, ...] = tuple(
            k for k in kinds if any(m.kind == k and m.verdict == "misfit" for m in direct)
        )
        adaptation = search.offered(junction, missed)
        if adaptation is not None:
            verdict = _with_adapter(direct, adaptation)
    ends = (junction.sides[0].end, junction.sides[1].end)
    return InterfaceCheck(
        junction.mission,
        junction.number,
        junction.technology,
        ends,
        verdict,
        direct,
        adaptation,
        junction.note,
    )


def _through_named(junction: Junction, direct: tuple[Meeting, ...]) -> tuple[PortKind, ...]:
    """The kinds that a named adapter must pass: those that do not fit without it, and those that it speaks of."""
    speaks = {port.kind for side in junction.adapter for port in side.ports.values()}
    return tuple(
        dict.fromkeys(m.kind for m in direct if m.kind != "any" and (m.verdict == "misfit" or m.kind in speaks))
    )


def _with_adapter(direct: tuple[Meeting, ...], adaptation: Adaptation) -> Verdict:
    """The verdict when something stands between: of what it passes by its meetings, of the rest directly."""
    passed = {m.kind for m in adaptation.meetings}
    rest = worst(m.verdict for m in direct if m.kind not in passed)
    return worst(("adapter", rest, *(m.verdict for m in adaptation.meetings)))


def _nothing_said(junction: Junction) -> Meeting:
    """The meeting of an interface of which nobody has said what it joins."""
    ends: tuple[End, End] = (junction.sides[0].end, junction.sides[1].end)
    silent = [side.end for side in junction.sides if not side.ports] or list(ends)
    if all(side.ports for side in junction.sides):
        said = f"{ends[0].name} and {ends[1].name} have no kind of port in common, and the interface does not say what it joins"
    else:
        said = f"no port is stated at {' nor at '.join(end.name for end in silent)}"
    who = tuple(dict.fromkeys(p for end in silent for p in end.providers))
    finding = Finding("stated", "port", "unspecified", (None, None), said, who=who)
    return Meeting("any", ("", ""), ((), ()), "unspecified", (finding,))
