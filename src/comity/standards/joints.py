"""What one kind of port comes to at an interface, with whatever stands between: the unit in which fits and misfits are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from comity.model.ports import PortKind
from comity.standards.answer import Finding, InterfaceCheck, Meeting, Verdict, worst


@dataclass(frozen=True, slots=True)
class Joint:
    """One kind at an interface: what the two ends' ports say directly, and what the row of adapters does for it.

    `kind` is `any` when nobody has said what is joined.
    """

    kind: PortKind | Literal["any"]
    verdict: Verdict
    direct: tuple[Meeting, ...]
    through: tuple[Meeting, ...] = ()

    @property
    def decisive(self) -> tuple[Meeting, ...]:
        """The meetings that the verdict rests on."""
        return self.through or self.direct


def joints(check: InterfaceCheck) -> tuple[Joint, ...]:
    """The kinds that an interface joins, in their order; the worst of them is the interface's verdict."""
    through = check.adaptation.meetings if check.adaptation is not None else ()
    kinds = dict.fromkeys(m.kind for m in check.meetings)
    return tuple(_joint(kind, check, tuple(m for m in through if m.kind == kind)) for kind in kinds)


def _joint(kind: PortKind | Literal["any"], check: InterfaceCheck, through: tuple[Meeting, ...]) -> Joint:
    direct = tuple(m for m in check.meetings if m.kind == kind)
    if through:
        return Joint(kind, worst(("adapter", *(m.verdict for m in through))), direct, through)
    return Joint(kind, worst(m.verdict for m in direct), direct)


def faults(joint: Joint) -> Iterator[tuple[Meeting, Finding]]:
    """What is wrong with a joint, and what nobody has said: of what stands between, or directly."""
    for meeting in joint.decisive:
        for finding in meeting.faults:
            yield meeting, finding
