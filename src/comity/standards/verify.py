"""Checks an answer against its question: is every meeting and every finding there, and does each verdict follow?

It shares with the checker only the model, the register, the table of rules and the measures: which ports meet, what each
rule says of them and by how much they miss is worked out anew, by pint, and an answer is compared with that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import isclose
from typing import Final

from comity.model.ports import TERMS
from comity.standards.answer import VERDICTS, CheckedInterfaces, Finding, InterfaceCheck, Meeting
from comity.standards.question import Junction, Question
from comity.standards.register import Register, shipped
from comity.standards.verify_amounts import expected_amounts, intervals, told_amount, words_of
from comity.standards.verify_expected import Law, choices, kinds_joined, rank
from comity.standards.verify_findings import Wrong, meeting_wrong
from comity.standards.verify_rows import rows_wrong

__all__ = ["CHECKS", "Wrong", "wrong"]

#: The rules that a right answer keeps.
CHECKS: Final[Mapping[str, str]] = {
    "interfaces": "each interface of the question is answered once, in its order, with its ends",
    "meetings": "each kind that is joined has its meetings, by the ports that fit best; so has an adapter that is named",
    "findings": "each rule that applies to two ports has its finding, and no other is told",
    "adapter": "only adapters of the question stand between, and none is left out that would join what does not fit",
    "verdict": "a finding is what the ports say, a meeting as bad as its worst finding, an interface as its worst meeting",
    "reason": "what does not fit has a finding that says why, what is unspecified says who must speak",
    "values": "a misfit of numbers has two values that are apart; what fits by `overlap` has two that meet",
    "amount": "by how much a misfit misses is what its two values, or units, or time scales differ by under its rule",
    "words": "two values in words fit when they have one in common, and only then",
    "roles": "two roles do not fit when both give or both take, and only then",
    "row": "a row of adapters leads from the first end through every adapter to the second, in each kind",
    "sides": "an adapter is entered and left by different ports",
}


def wrong(answer: CheckedInterfaces, question: Question, *, register: Register | None = None) -> tuple[Wrong, ...]:
    """All that is wrong with an answer to a question; empty when it is right.

    `register` is the one that the answer was made by (default: the one that comes with comity).
    """
    asked, given = [_name(j) for j in question.junctions], [_told(c) for c in answer.checks]
    if asked != given:
        lost = [name for name in asked if name not in given]
        said = (
            f"{lost[0]} is not answered" if lost else f"it answers {len(given)} and {len(asked)} are asked, or others"
        )
        return (Wrong("interfaces", question.programme, said),)
    law = Law(register or shipped())
    return tuple(
        found
        for check, junction in zip(answer.checks, question.junctions, strict=True)
        for found in (*_interface(check), *_asked(law, check, junction, question))
    )


def _name(junction: Junction) -> tuple[object, ...]:
    return junction.mission, junction.number, junction.sides[0].end, junction.sides[1].end


def _told(check: InterfaceCheck) -> tuple[object, ...]:
    return check.mission, check.number, *check.ends


def _asked(law: Law, check: InterfaceCheck, junction: Junction, question: Question) -> Iterator[Wrong]:
    """What the answer says of one interface against what its ports say."""
    kinds = kinds_joined(junction)
    for kind in kinds:
        told = [m for m in check.meetings if m.kind == kind]
        due = choices(junction, kind)
        if len(told) != len(due):
            yield Wrong("meetings", f"{check.key} {kind}", f"{len(told)} meetings, and {len(due)} there must be")
            continue
        for meeting, pairs in zip(told, due, strict=True):
            yield from meeting_wrong(law, check.key, meeting, *junction.sides)
            yield from _best(law, check.key, meeting, pairs, junction)
    for other in (m.kind for m in check.meetings if m.kind not in kinds):
        if kinds or other != "any":
            yield Wrong("meetings", f"{check.key} {other}", "the interface does not join this kind")
    if not kinds and [(m.verdict, [f.rule for f in m.findings]) for m in check.meetings] != [
        ("unspecified", ["stated"])
    ]:
        yield Wrong("findings", check.key, "nothing says what is joined, and this is not what is told")
    yield from rows_wrong(law, check, junction, question.adapters)


def _best(law: Law, where: str, meeting: Meeting, pairs: list[tuple[str, str]], junction: Junction) -> Iterator[Wrong]:
    """Of the ports that could meet, are these the ones that fit best?"""
    at = f"{where} {meeting.kind} {'-'.join(meeting.ports)}"
    if meeting.ports not in pairs:
        yield Wrong("meetings", at, f"these ports do not meet here, but {' or '.join(map('-'.join, pairs))}")
        return
    if len(pairs) < 2:
        return
    one, other = (side.ports for side in junction.sides)
    ranks = {pair: rank(law.findings(one[pair[0]], other[pair[1]])) for pair in pairs}
    nearest = min(pairs, key=lambda pair: ranks[pair])
    if ranks[meeting.ports] > ranks[nearest]:
        yield Wrong("meetings", at, f"{'-'.join(nearest)} fits better")


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
        yield from _words(at, finding)
        yield from _amount(at, meeting, finding)


def _words(at: str, finding: Finding) -> Iterator[Wrong]:
    """What is said in words, and roles: whether it fits is decided by the words alone."""
    first, second = finding.values
    if first is None or second is None:
        return
    ours, theirs = words_of(first.text), words_of(second.text)
    if finding.rule in ("common-word", "same-scale") and (finding.verdict == "fits") != bool(ours & theirs):
        yield Wrong(
            "words", at, f"{finding.parameter}: it says {finding.verdict} of {first.text!r} and {second.text!r}"
        )
    if finding.rule in ("mates", "gives-and-takes"):
        alike = any(ours | theirs <= half for half in ({"supply", "active"}, {"consume", "passive"}))
        if (finding.verdict == "misfit") != alike:
            yield Wrong("roles", at, f"it says {finding.verdict} of {first.text} and {second.text}")


def _amount(at: str, meeting: Meeting, finding: Finding) -> Iterator[Wrong]:
    """By how much a misfit misses, computed anew."""
    expected = expected_amounts(meeting, finding)
    if finding.verdict != "misfit":
        if finding.excess is not None:
            yield Wrong("amount", at, f"{finding.parameter} does not miss, yet by {finding.excess:g}")
        return
    if expected and not any(_same(finding.excess, amount) for amount in expected):
        told = " or ".join("nothing" if a is None else f"{a:g}" for a in sorted(expected, key=lambda a: a or 0))
        yield Wrong("amount", at, f"{finding.parameter} misses by {finding.excess}, and its values by {told}")
    if finding.excess and not finding.difference:
        yield Wrong("amount", at, f"{finding.parameter} misses by {finding.excess:g}, and nothing is told of it")
    told_as = told_amount(meeting, finding)
    # Six digits are told, and nine decimals at most.
    if told_as is not None and not isclose(told_as[0], finding.excess or 0.0, rel_tol=1e-5, abs_tol=told_as[1]):
        yield Wrong("amount", at, f"{finding.parameter} misses by {finding.excess}, and {finding.difference} is told")


def _same(told: float | None, amount: float | None) -> bool:
    return told is amount if told is None or amount is None else isclose(told, amount, rel_tol=1e-6)


def _values(at: str, meeting: Meeting, finding: Finding) -> Iterator[Wrong]:
    """Compares the two values of a measured finding anew, as sets of intervals in pint's base units."""
    term = TERMS[meeting.kind].get(finding.parameter) if meeting.kind != "any" else None
    first, second = finding.values
    if term is None or term.unit is None or first is None or second is None:
        return
    spans = [intervals(value.text) for value in (first, second)]
    apart = min(max(0.0, a[0] - b[1], b[0] - a[1]) for a in spans[0] for b in spans[1])
    if finding.verdict == "misfit" and spans[0] == spans[1]:
        yield Wrong("values", at, f"{finding.parameter} does not fit, yet both values are {first.text}")
    # Half a hundredth covers every tolerance of the rule book.
    scale = max((abs(x) for span in (*spans[0], *spans[1]) for x in span if abs(x) != float("inf")), default=0.0)
    if finding.verdict == "fits" and finding.rule == "overlap" and apart > 0.005 * scale + 1e-9 * scale:
        yield Wrong("values", at, f"{finding.parameter} fits, yet {first.text} and {second.text} do not meet")


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
