"""Does a meeting of an answer say what the ports of the question say? Every rule's finding is worked out anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comity.standards.answer import Finding, Meeting
from comity.standards.question import Side
from comity.standards.verify_expected import Expected, Law


@dataclass(frozen=True, slots=True)
class Wrong:
    """A rule that an answer breaks, where, and how."""

    rule: str
    where: str
    message: str


def meeting_wrong(law: Law, where: str, meeting: Meeting, one: Side, other: Side) -> Iterator[Wrong]:
    """What a meeting of two sides says that does not follow from their ports, or leaves out."""
    at = f"{where} {meeting.kind} {'-'.join(meeting.ports)}"
    sides = (one, other)
    for side, name in zip(sides, meeting.ports, strict=True):
        if name and (name not in side.ports or side.ports[name].kind != meeting.kind):
            yield Wrong("meetings", at, f"{side.end.reference} has no {meeting.kind} port {name!r}")
            return
    if not all(meeting.ports):
        yield from _absent(at, meeting, sides)
        return
    ports = one.ports[meeting.ports[0]], other.ports[meeting.ports[1]]
    if meeting.standards != tuple(tuple(map(str, port.standards)) for port in ports):
        yield Wrong("values", at, f"the claims are not those of the ports: {meeting.standards}")
    expected = law.findings(*ports)
    told: dict[tuple[str, str], Finding] = {}
    for finding in meeting.findings:
        key = _key(finding)
        if key not in expected or key in told:
            twice = "is told twice" if key in told else "does not apply to these ports"
            yield Wrong("findings", at, f"{finding.rule} of {finding.parameter} {twice}")
        told[key] = finding
    for key, due in expected.items():
        if key not in told:
            yield Wrong("findings", at, f"{key[0]} of {key[1]} is missing: the ports say {due.verdict}")
        else:
            yield from _compared(at, told[key], due, sides)


def _compared(at: str, finding: Finding, due: Expected, sides: tuple[Side, Side]) -> Iterator[Wrong]:
    if finding.verdict != due.verdict:
        yield Wrong(
            "verdict", at, f"{finding.rule} of {finding.parameter}: {finding.verdict}, and the ports say {due.verdict}"
        )
    values = tuple(None if v is None else v.text for v in finding.values)
    if values != due.values:
        yield Wrong("values", at, f"{finding.parameter}: it tells {values}, and the ports have {due.values}")
    origins = [None if v is None else v.origin for v in finding.values]
    if any(told not in (None, due_to) for told, due_to in zip(origins, due.origins, strict=True)):
        yield Wrong("values", at, f"{finding.parameter}: its values come from {due.origins}, not from {origins}")
    if due.verdict == "unspecified" and set(finding.who) != _providers(sides, due.silent):
        yield Wrong("reason", at, f"{finding.parameter}: {', '.join(finding.who) or 'nobody'} is not who must say it")


def _absent(at: str, meeting: Meeting, sides: tuple[Side, Side]) -> Iterator[Wrong]:
    """A meeting with a port that is not there says this, and no more."""
    silent = tuple(k for k in (0, 1) if not meeting.ports[k])
    if [(f.rule, f.verdict, f.parameter) for f in meeting.findings] != [("stated", "unspecified", "port")]:
        yield Wrong("findings", at, "a port is not there, and this is not what is told")
    elif set(meeting.findings[0].who) != _providers(sides, silent):
        yield Wrong("reason", at, f"{', '.join(meeting.findings[0].who) or 'nobody'} is not who must state the port")


def _key(finding: Finding) -> tuple[str, str]:
    """What names a finding: of editions also the standard, as two may be claimed by both."""
    first = finding.values[0]
    if finding.rule == "same-edition" and first is not None:
        return finding.rule, f"{finding.parameter} {first.text.partition('@')[0]}"
    return finding.rule, finding.parameter


def _providers(sides: tuple[Side, Side], silent: tuple[int, ...]) -> set[str]:
    return {provider for k in silent for provider in sides[k].end.providers}
