"""What comes out: for each interface whether it fits, by which adapter, in what it does not, and what nobody has said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from comity.model.ports import PortKind

#: In the order of what is worse: what fits; what fits by an adapter; what nobody has said; what does not fit.
Verdict = Literal["fits", "adapter", "unspecified", "misfit"]
VERDICTS: Final[tuple[Verdict, ...]] = ("fits", "adapter", "unspecified", "misfit")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; `fits` when there are none."""
    return max(verdicts, key=VERDICTS.index, default="fits")


@dataclass(frozen=True, slots=True)
class End:
    """One side of an interface: an element, provided by any of some options that have the same ports."""

    mission: str
    element: str
    name: str
    options: tuple[str, ...]
    providers: tuple[str, ...]

    @property
    def reference(self) -> str:
        """`mission/element`, or the element alone where there is no mission."""
        return f"{self.mission}/{self.element}" if self.mission else self.element


@dataclass(frozen=True, slots=True)
class Stated:
    """A value as one port has it: the text, where it comes from, and in the reader's unit.

    `origin` is `port` when the port states it, or the standard that the port claims, such as `idss@F` (`idss@?` where the
    claim leaves the edition open). `provenance` is
    the port's source or estimate, or the standard's. `shown` is the text in the reader's unit.
    """

    text: str
    origin: str
    provenance: str
    shown: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one parameter of two ports that meet.

    `values` has what each port has (None: it says nothing). Of a misfit `difference` says by how much, in the reader's
    unit (empty where words differ) and `excess` the same as a number in the parameter's own unit; of two units, how many
    of the second the first is, or, where their zeros differ, by how much. `who` must speak when it is unspecified:
    partners. `says` is the whole in one sentence.
    """

    rule: str
    parameter: str
    verdict: Verdict
    values: tuple[Stated | None, Stated | None]
    says: str
    difference: str = ""
    excess: float | None = None
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two ports of one kind that meet, and what each rule says. A port that is not there is the empty text.

    The kind is `any` when nothing says what the two elements join. `standards` are the claims of each, as written.
    """

    kind: PortKind | Literal["any"]
    ports: tuple[str, str]
    standards: tuple[tuple[str, ...], tuple[str, ...]]
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are not `fits`."""
        return tuple(f for f in self.findings if f.verdict != "fits")


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What stands between two ends: adapters in order from the first end to the second, each `mission/element` or, of the
    catalogue, `catalogue:NAME`; and every meeting along it, both sides of each adapter, by kind.

    `named` when the interface itself names it. `unstated`: kinds that the ends join and that an adapter says nothing of.
    """

    adapters: tuple[str, ...]
    names: tuple[str, ...]
    meetings: tuple[Meeting, ...]
    named: bool = False
    unstated: tuple[PortKind, ...] = ()


@dataclass(frozen=True, slots=True)
class InterfaceCheck:
    """One interface, for one combination of options: the verdict, and all that led to it.

    `meetings` are direct: one for each kind joined. `adaptation` is given when the verdict is `adapter`, when more
    must be said of it first, or when the adapter that the interface names does not fit either (then the verdict is another).
    `number` counts the mission's interfaces from 0; `key` names the interface: `mission:first~second`.
    """

    mission: str
    number: int
    technology: str
    ends: tuple[End, End]
    verdict: Verdict
    meetings: tuple[Meeting, ...]
    adaptation: Adaptation | None = None
    note: str = ""

    @property
    def key(self) -> str:
        """The interface's own name, the same for every combination of options."""
        return f"{self.mission}:{self.ends[0].reference}~{self.ends[1].reference}"


@dataclass(frozen=True, slots=True)
class CheckedInterfaces:
    """All interfaces of a programme (or some missions, or a case), in the order of the files."""

    programme: str
    checks: tuple[InterfaceCheck, ...]

    def count(self, verdict: Verdict) -> int:
        """How many checks came out so."""
        return sum(c.verdict == verdict for c in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold, with the counts of each verdict."""
        return {**asdict(self), "verdicts": {v: self.count(v) for v in VERDICTS}}
