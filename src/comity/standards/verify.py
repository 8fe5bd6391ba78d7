"""Checks an answer by itself: does each verdict follow from what it says, and is every side of every adapter checked?

It shares with the checker only the model and the answer's types: every difference in numbers is computed anew, by pint,
from the texts that the answer shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from comity.model.ports import TERMS, Parameter, Range
from comity.model.quantities import unit_registry
from comity.standards.answer import VERDICTS, CheckedInterfaces, Finding, InterfaceCheck, Meeting

#: The rules that a right answer keeps.
CHECKS: Final[Mapping[str, str]] = {
    "verdict": "a meeting is as bad as its worst finding, an interface as bad as its worst meeting",
    "reason": "what does not fit has a finding that says why, what is unspecified says who must speak",
    "values": "a misfit of numbers has two values that are apart; what fits by `overlap` has two that meet",
    "row": "a row of adapters leads from the first end through every adapter to the second, in each kind",
    "sides": "an adapter is entered and left by different ports",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A rule that an answer breaks, where, and how."""

    rule: str
    where: str
    message: str


def wrong(answer: CheckedInterfaces) -> tuple[Wrong, ...]:
    """All that is wrong with an answer; empty when it is right."""
    return tuple(found for check in answer.checks for found in _interface(check))


def _interface(check: InterfaceCheck) -> Iterator[Wrong]:
    along = check.adaptation.meetings if check.adaptation is not None else ()
    for meeting in (*check.meetings, *along):
        yield from _meeting(check.key, meeting)
    passed = {m.kind for m in along}
    counted = [m.verdict for m in (*along, *(m for m in check.meetings if m.kind not in passed))]
    expected = max((VERDICTS.index(v) for v in (*counted, *(["adapter"] if along else []))), default=0)
    if VERDICTS[expected] != check.verdict:
        yield Wrong("verdict", check.key, f"it says {check.verdict}, and its meetings say {VERDICTS[expected]}")
    if not check.meetings:
        yield Wrong("reason", check.key, "it has no meeting, so nothing was checked")
    if check.adaptation is not None:
        yield from _rows(check)


def _meeting(where: str, meeting: Meeting) -> Iterator[Wrong]:
    worst = max((VERDICTS.index(f.verdict) for f in meeting.findings), default=0)
    at = f"{where} {meeting.kind} {'-'.join(meeting.ports)}"
    if VERDICTS[worst] != meeting.verdict:
        yield Wrong("verdict", at, f"it says {meeting.verdict}, and its findings say {VERDICTS[worst]}")
    for finding in meeting.findings:
        if not finding.says or not finding.rule:
            yield Wrong("reason", at, f"{finding.parameter} has no sentence or no rule")
        if finding.verdict == "unspecified" and not finding.who:
            yield Wrong("reason", at, f"{finding.parameter} is unspecified, and nobody is named who must say it")
        if finding.verdict == "adapter":
            yield Wrong("verdict", at, "a finding is never `adapter`: only an interface is")
        yield from _values(at, meeting, finding)


def _values(at: str, meeting: Meeting, finding: Finding) -> Iterator[Wrong]:
    """Compares the two values of a measured finding anew, as sets of intervals in pint's base units."""
    term = TERMS[meeting.kind].get(finding.parameter) if meeting.kind != "any" else None
    first, second = finding.values
    if term is None or term.unit is None or first is None or second is None:
        return
    spans = [_intervals(value.text) for value in (first, second)]
    apart = min(max(0.0, a[0] - b[1], b[0] - a[1]) for a in spans[0] for b in spans[1])
    if finding.verdict == "misfit" and spans[0] == spans[1]:
        yield Wrong("values", at, f"{finding.parameter} does not fit, yet both values are {first.text}")
    # Half a hundredth covers every tolerance of the rule book.
    scale = max((abs(x) for span in (*spans[0], *spans[1]) for x in span if abs(x) != float("inf")), default=0.0)
    if finding.verdict == "fits" and finding.rule == "overlap" and apart > 0.005 * scale + 1e-9 * scale:
        yield Wrong("values", at, f"{finding.parameter} fits, yet {first.text} and {second.text} do not meet")


def _intervals(text: str) -> list[tuple[float, float]]:
    """The intervals that a text of an answer says, in base units."""
    return [_interval(part.partition(" (nominal")[0]) for part in text.split(" or ")]


def _interval(text: str) -> tuple[float, float]:
    if text.startswith("at least "):
        return _base(text.removeprefix("at least ")), float("inf")
    if text.startswith("at most "):
        return float("-inf"), _base(text.removeprefix("at most "))
    low, _, high = text.partition(" to ")
    return _base(low), _base(high or low)


def _base(text: str) -> float:
    value = Parameter.parse(text).measured[0]
    assert not isinstance(value, Range)
    return float(unit_registry().Quantity(value.magnitude, value.unit).to_base_units().magnitude)


def _rows(check: InterfaceCheck) -> Iterator[Wrong]:
    """Each kind's row: from a port of the first end to one of the second, in and out of adapters by different ports."""
    adaptation = check.adaptation
    assert adaptation is not None
    kinds: dict[str, list[Meeting]] = {}
    for meeting in adaptation.meetings:
        kinds.setdefault(meeting.kind, []).append(meeting)
    for kind, row in kinds.items():
        at = f"{check.key} {kind} by {' + '.join(adaptation.adapters)}"
        if len(row) < 2 or len(row) > len(adaptation.adapters) + 1:
            yield Wrong("row", at, f"{len(row)} meetings for {len(adaptation.adapters)} adapters")
        for before, after in pairwise(row):
            entered, left = before.ports[1], after.ports[0]
            if entered and entered == left:
                yield Wrong("sides", at, f"the port {entered!r} is both way in and way out")
    if not adaptation.adapters or len(adaptation.adapters) != len(adaptation.names):
        yield Wrong("row", check.key, "the adapters have no names, or there are none")
