"""Who must say what, and who has a side in what does not fit: the list that each partner takes home."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from comity.model.problems import nearest
from comity.standards.answer import CheckedInterfaces, End, Finding, InterfaceCheck, Meeting
from comity.standards.errors import StandardsError
from comity.standards.joints import faults, joints


@dataclass(frozen=True, slots=True)
class Gap:
    """What a partner must say: which parameter of which of its ports.

    `element` is its own, `port` the port's name (empty: it has not been said that there is one), `options` the ways to
    provide the element of which it holds. `others` must say the same. `through` names adapters, when it is missing there.
    """

    interface: str
    element: str
    name: str
    options: tuple[str, ...]
    opposite: str
    kind: str
    port: str
    parameter: str
    says: str
    others: tuple[str, ...]
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """A misfit in which a partner has a side: its own value and the other's, who that is, and by how much they miss.

    Where adapters stand between, the values are those that meet there, and `through` names the adapters.
    """

    interface: str
    element: str
    name: str
    options: tuple[str, ...]
    opposite: str
    opposite_providers: tuple[str, ...]
    kind: str
    port: str
    parameter: str
    rule: str
    own: str
    other: str
    difference: str
    says: str
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartnerGaps:
    """One partner's list."""

    partner: str
    gaps: tuple[Gap, ...]
    clashes: tuple[Clash, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Every partner that must say something or has a side in a misfit, whoever has most to do first."""

    programme: str
    partners: tuple[PartnerGaps, ...]

    def of(self, partner: str) -> PartnerGaps:
        """A partner's list; empty when it has nothing to do."""
        return next((p for p in self.partners if p.partner == partner), PartnerGaps(partner, (), ()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def gaps_by_partner(answer: CheckedInterfaces, *, only: str | None = None) -> Gaps:
    """What each partner must say and mend, of an answer of the checker; or what one partner must.

    A misfit that an adapter settles is none. The same gap of several options of the other end is told once. StandardsError
    when the partner is at no interface.
    """
    involved = {p for check in answer.checks for end in check.ends for p in end.providers}
    if only is not None and only not in involved:
        hint = nearest(only, involved) or f"those who are: {', '.join(sorted(involved))}"
        raise StandardsError(f"no partner {only!r} is at an interface of {answer.programme}; {hint}")
    missing: dict[str, dict[tuple[object, ...], Gap]] = {}
    wrong: dict[str, dict[tuple[object, ...], Clash]] = {}
    for check in answer.checks:
        for partner, gap in _gaps(check):
            missing.setdefault(partner, {}).setdefault(_same(gap, check.number), gap)
        for partner, clash in _clashes(check):
            wrong.setdefault(partner, {}).setdefault(_same(clash, check.number), clash)
    partners = [
        PartnerGaps(p, tuple(missing.get(p, {}).values()), tuple(wrong.get(p, {}).values()))
        for p in {**missing, **wrong}
        if only in (None, p)
    ]
    return Gaps(answer.programme, tuple(sorted(partners, key=lambda p: (-len(p.clashes), -len(p.gaps), p.partner))))


def _same(found: Gap | Clash, number: int) -> tuple[object, ...]:
    """What makes two lines one: what is said of an end, whichever options the other end has."""
    told = (found.own, found.other) if isinstance(found, Clash) else ()
    return (number, found.interface, found.element, found.options, found.kind, found.port, found.parameter, told)


def _gaps(check: InterfaceCheck) -> Iterator[tuple[str, Gap]]:
    for meeting, finding, through in _faults(check):
        if finding.verdict != "unspecified":
            continue
        for side in _silent(check, meeting, finding, through):
            end = check.ends[side]
            for partner in end.providers:
                if partner in finding.who:
                    yield partner, _gap(check, meeting, finding, through, side, partner)
        for partner in finding.who:
            if not any(partner in end.providers for end in check.ends):  # the provider of an adapter
                yield partner, _gap(check, meeting, finding, through, None, partner)


def _gap(
    check: InterfaceCheck, meeting: Meeting, finding: Finding, through: tuple[str, ...], side: int | None, partner: str
) -> Gap:
    end = check.ends[side] if side is not None else None
    opposite = check.ends[1 - side].name if side is not None else f"{check.ends[0].name} and {check.ends[1].name}"
    return Gap(
        check.key,
        end.reference if end else "",
        end.name if end else " + ".join(through),
        end.options if end else (),
        opposite,
        meeting.kind,
        meeting.ports[side] if side is not None and not through else "",
        finding.parameter,
        finding.says,
        tuple(w for w in finding.who if w != partner),
        through,
    )


def _clashes(check: InterfaceCheck) -> Iterator[tuple[str, Clash]]:
    for meeting, finding, through in _faults(check):
        if finding.verdict != "misfit":
            continue
        values = [v.shown if v is not None else "" for v in finding.values]
        for side, end in enumerate(check.ends):
            other = check.ends[1 - side]
            for partner in end.providers:
                yield (
                    partner,
                    Clash(
                        check.key,
                        end.reference,
                        end.name,
                        end.options,
                        other.name,
                        other.providers,
                        meeting.kind,
                        "" if through else meeting.ports[side],
                        finding.parameter,
                        finding.rule,
                        values[side],
                        values[1 - side],
                        finding.difference,
                        finding.says,
                        through,
                    ),
                )


def _faults(check: InterfaceCheck) -> Iterator[tuple[Meeting, Finding, tuple[str, ...]]]:
    """What is open at an interface, with the names of the adapters where it is open behind one."""
    for joint in joints(check):
        names = check.adaptation.names if joint.through and check.adaptation is not None else ()
        for meeting, finding in faults(joint):
            yield meeting, finding, names


def _silent(check: InterfaceCheck, meeting: Meeting, finding: Finding, through: tuple[str, ...]) -> Iterable[int]:
    """The ends that must speak: those without a value or without a port; both when both have one, or neither."""
    asked = [k for k, end in enumerate(check.ends) if _asks(end, finding)]
    if through:
        return asked
    given = [v is not None for v in finding.values]
    if finding.parameter == "port":
        given = [bool(port) for port in meeting.ports]
    silent = [k for k in asked if not given[k]]
    return silent or asked


def _asks(end: End, finding: Finding) -> bool:
    return any(p in finding.who for p in end.providers)
