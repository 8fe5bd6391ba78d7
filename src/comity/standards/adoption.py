"""What adopting a standard would close: the check is run again with every port of the standard's kinds taking its values.

A port that takes a standard claims it first. What the port stated itself of a parameter that the standard sets is dropped;
what the standard does not set stays as stated. Of its other claims those are dropped that speak against it: another edition
of the same standard, and one that sets a parameter that this one sets too. Where an interface says that it joins the kind and
an end has no port of it, one that claims the standard is taken to be there. An exchanged value that takes the SI is in the
SI's coherent unit of its dimension. Adapters stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any, Final

from comity.model.base import FrozenDict
from comity.model.ports import Claim, Parameter, Port, PortKind
from comity.model.quantities import unit_registry
from comity.standards.answer import CheckedInterfaces, Verdict, worst
from comity.standards.checker import check
from comity.standards.errors import StandardsError
from comity.standards.joints import Joint, joints
from comity.standards.measures import Reader
from comity.standards.question import Junction, Question, Side
from comity.standards.register import Register, Standard, shipped

#: The standard whose values are units: what takes it is in the coherent unit of its dimension.
SI: Final = "si"
#: Pairs are tried among so many standards that close most alone.
PAIRED = 12


@dataclass(frozen=True, slots=True)
class Change:
    """A port that would have to change: whose it is, what it claims now, and what it states that would give way."""

    element: str
    port: str
    kind: PortKind
    partners: tuple[str, ...]
    claims: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What comes of it when all take some editions.

    Counts are of joints: one kind of port at one interface, for one combination of options. `settled` are those unspecified
    that then fit; `by_text` of them rest on the standard's own text, of which the register has no values. `freed` fitted
    by an adapter and then need none. `eased` did not fit and then fit by an adapter. `opened` are joints that were better
    before. `dates` are the editions' own. `says` tells it in one sentence.
    """

    standards: tuple[str, ...]
    designations: tuple[str, ...]
    dates: tuple[str, ...]
    kinds: tuple[PortKind, ...]
    misfits_closed: tuple[str, ...]
    settled: tuple[str, ...]
    by_text: int
    freed: tuple[str, ...]
    eased: tuple[str, ...]
    opened: tuple[str, ...]
    changes: tuple[Change, ...]
    says: str

    @property
    def closes(self) -> int:
        """How many joints come out better."""
        return len(self.misfits_closed) + len(self.settled) + len(self.freed) + len(self.eased)

    @property
    def age(self) -> tuple[int, ...]:
        """Of equals the newest goes first, and last what has no date: years as negative numbers."""
        return tuple(-int(date[:4] or 0) for date in self.dates)

    @property
    def rank(self) -> tuple[int, ...]:
        """What adopts best: misfits first, then what rests on values, then adapters, least opened and changed."""
        by_values = len(self.settled) - self.by_text
        mended = len(self.misfits_closed) + len(self.eased)
        return (-mended, -by_values, -len(self.freed), -self.by_text, len(self.opened), len(self.changes))


@dataclass(frozen=True, slots=True)
class Adoption:
    """What each standard would close, and each pair of them that closes more than either; what closes most first."""

    programme: str
    joints: int
    misfits: int
    unspecified: int
    adapters: int
    alone: tuple[Adopted, ...]
    together: tuple[Adopted, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return asdict(self)


def what_adopting_closes(
    question: Question,
    *,
    standards: Iterable[str] = (),
    register: Register | None = None,
    reader: Reader | None = None,
    pairs: bool = True,
) -> Adoption:
    """What adopting standards would close.

    Parameters: the question; the standards to try, as `idss@F` or `idss` for the edition in force (default: all of the
    register that speak of a kind that some port has or some interface joins); the register; the reader; whether pairs are
    tried too. Those that would change nothing for the better are left out, unless they were asked for. StandardsError for
    a standard or an edition that is not in the register.
    """
    register, reader = register or shipped(), reader or Reader()
    trial = _Trial(question, register, reader)
    asked = tuple(_claim(s) for s in standards)
    tried = [(c, trial.adopted((c,))) for c in asked or trial.candidates()]
    tried.sort(key=lambda t: (t[1].rank, t[1].age, t[1].standards))
    alone = [a for _, a in tried if asked or a.closes]
    useful = [t for t in tried if t[1].closes][:PAIRED]
    together = list(_pairs(trial, useful)) if pairs else []
    counts = [j.verdict for j in trial.before.values()]
    return Adoption(
        question.programme,
        len(counts),
        counts.count("misfit"),
        counts.count("unspecified"),
        counts.count("adapter"),
        tuple(alone),
        tuple(sorted(together, key=lambda a: (a.rank, a.age, a.standards))),
    )


def _claim(text: str) -> Claim:
    try:
        return Claim.parse(text)
    except ValueError as error:
        raise StandardsError(str(error)) from None


def _pairs(trial: _Trial, useful: Sequence[tuple[Claim, Adopted]]) -> Iterator[Adopted]:
    """Pairs that close more than either of the two, with values to show for it."""
    for (one, first), (other, second) in combinations(useful, 2):
        if one.standard == other.standard or first.by_text + second.by_text:
            continue
        both = trial.adopted((one, other))
        if both.closes - len(both.opened) > max(first.closes - len(first.opened), second.closes - len(second.opened)):
            yield both


class _Trial:
    """The check as it is, and as it would be."""

    def __init__(self, question: Question, register: Register, reader: Reader) -> None:
        self.question, self.register, self.reader = question, register, reader
        self.before = self._joints(check(question, register=register, reader=reader))

    def candidates(self) -> tuple[Claim, ...]:
        """The editions in force of all standards that speak of a kind that is there."""
        there = {p.kind for j in self.question.junctions for s in j.sides for p in s.ports.values()}
        there |= {kind for j in self.question.junctions for kind in j.joins}
        return tuple(
            Claim(name, standard.current)
            for name, standard in self.register.standards.items()
            if there & set(self._kinds(name, standard))
        )

    def _kinds(self, name: str, standard: Standard) -> tuple[PortKind, ...]:
        """The kinds of port that take a standard; of units only the SI has values to take."""
        return tuple(k for k in standard.kinds if k != "units" or name == SI)

    def adopted(self, claims: tuple[Claim, ...]) -> Adopted:
        """What comes of it when all take some editions, the later ones after the earlier."""
        full: list[Claim] = []
        question = self.question
        changes: dict[tuple[str, str], Change] = {}
        kinds: dict[PortKind, None] = {}
        for claim in claims:
            edition, _ = self.register.edition(claim)
            full.append(Claim(claim.standard, edition))
            mine = self._kinds(claim.standard, self.register.standards[claim.standard])
            kinds |= dict.fromkeys(mine)
            question = self._taking(question, full[-1], mine, changes)
        after = self._joints(check(question, register=self.register, reader=self.reader))
        return self._compared(tuple(full), tuple(kinds), after, tuple(changes.values()))

    def _joints(self, answer: CheckedInterfaces) -> dict[str, Joint]:
        return {
            f"{number} {check.key}#{check.number} {joint.kind}": joint
            for number, check in enumerate(answer.checks)
            for joint in joints(check)
        }

    # --- taking a standard -----------------------------------------------------------------------------------------------

    def _taking(
        self, question: Question, claim: Claim, kinds: tuple[PortKind, ...], changes: dict[tuple[str, str], Change]
    ) -> Question:
        def taken(junction: Junction, side: Side) -> Side:
            ports = dict(side.ports)
            for name, port in side.ports.items():
                if port.kind in kinds:
                    ports[name] = self._port(side, name, port, claim, changes)
            for kind in kinds:
                if kind in junction.joins and not any(p.kind == kind for p in ports.values()):
                    ports[f"{kind} ({claim})"] = Port(kind=kind, standards=(claim,), estimate=f"as if it took {claim}")
                    self._changed(side, kind, kind, (), (), changes)
            return Side(side.end, ports)

        return replace(
            question,
            junctions=tuple(replace(j, sides=(taken(j, j.sides[0]), taken(j, j.sides[1]))) for j in question.junctions),
        )

    def _port(self, side: Side, name: str, port: Port, claim: Claim, changes: dict[tuple[str, str], Change]) -> Port:
        if claim in port.standards:
            return port
        sets = self._sets(claim, port.kind)
        kept = tuple(c for c in port.standards if c.standard != claim.standard and not sets & self._sets(c, port.kind))
        parameters = {n: v for n, v in port.parameters.items() if n not in sets}
        if port.kind == "units":
            parameters = {n: _coherent(v) for n, v in port.parameters.items()}
        gone = [f"{n}: {v}" for n, v in port.parameters.items() if n not in parameters or parameters[n] != v]
        if port.kind == "units" and not gone:
            return port
        dropped = (*(str(c) for c in port.standards if c not in kept), *gone)
        self._changed(side, name, port.kind, tuple(map(str, port.standards)), dropped, changes)
        return port.model_copy(
            update={"standards": (claim, *kept) if port.kind != "units" else kept, "parameters": FrozenDict(parameters)}
        )

    def _sets(self, claim: Claim, kind: PortKind) -> set[str]:
        """The parameters that an edition gives to a port of a kind."""
        return set(self.register.given(claim, kind)[0])

    def _changed(
        self,
        side: Side,
        port: str,
        kind: PortKind,
        claims: tuple[str, ...],
        dropped: tuple[str, ...],
        changes: dict[tuple[str, str], Change],
    ) -> None:
        key = (f"{side.end.reference} {'|'.join(side.end.options)}", port)
        earlier = changes.get(key)
        if earlier is not None:
            claims, dropped = earlier.claims, tuple(dict.fromkeys((*earlier.dropped, *dropped)))
        changes[key] = Change(side.end.reference, port, kind, side.end.providers, claims, dropped)

    # --- comparing -------------------------------------------------------------------------------------------------------

    def _compared(
        self,
        claims: tuple[Claim, ...],
        kinds: tuple[PortKind, ...],
        after: Mapping[str, Joint],
        changes: tuple[Change, ...],
    ) -> Adopted:
        found: dict[str, list[str]] = {k: [] for k in ("closed", "settled", "freed", "eased", "opened")}
        by_text = 0
        for key, was in self.before.items():
            now = after[key]
            # An adapter that an interface names stays as it is; where the ends now fit without, nobody needs it.
            mended = _direct(now) == "fits" != _direct(was)
            how = _passage(was.verdict, "fits" if mended else now.verdict)
            if how is not None:
                found[how].append(key.partition(" ")[2])
            if how == "settled" and _rests_on_text(now):
                by_text += 1
        named = tuple(self.designation(c) for c in claims)
        lists = {how: tuple(keys) for how, keys in found.items()}
        return Adopted(
            tuple(map(str, claims)),
            named,
            tuple(self.register.edition(c)[1].date for c in claims),
            kinds,
            lists["closed"],
            lists["settled"],
            by_text,
            lists["freed"],
            lists["eased"],
            lists["opened"],
            changes,
            self._sentence(named, lists, by_text),
        )

    def designation(self, claim: Claim) -> str:
        """As people say it: `IDSS rev F`."""
        standard = self.register.standards[claim.standard]
        told = standard.designation
        return (
            f"{told} rev {claim.edition}"
            if len(claim.edition) == 1 and claim.edition.isalpha()
            else f"{told} ({claim.edition})"
        )

    def _sentence(self, named: tuple[str, ...], found: Mapping[str, tuple[str, ...]], by_text: int) -> str:
        verdicts = [j.verdict for j in self.before.values()]
        misfits, silent, adapted = (verdicts.count(v) for v in ("misfit", "unspecified", "adapter"))
        closed, eased, settled, freed, opened = (
            len(found[how]) for how in ("closed", "eased", "settled", "freed", "opened")
        )
        said = []
        if misfits == 1:
            said.append(f"the one misfit {'vanishes' if closed else 'stays'}")
        elif misfits:
            said.append(f"{closed} of {misfits} misfits {_do(closed, 'vanish', 'vanishes')}")
        if eased:
            said.append(f"{eased} more {_do(eased, 'fit', 'fits')} by an adapter")
        if settled:
            text = f", {by_text} of them only by its text" if by_text else ""
            said.append(f"{settled} of {silent} unspecified {_do(settled, 'are', 'is')} settled{text}")
        if freed:
            said.append(f"{freed} of {adapted} with an adapter {_do(freed, 'need', 'needs')} none")
        said = said or ["nothing comes out better"]
        said[0] += f" if all take {' and '.join(named)}"
        said.append(f"{opened} {_do(opened, 'come', 'comes')} out worse" if opened else "none comes out worse")
        return "; ".join(said)


def _passage(was: str, now: str) -> str | None:
    """How a joint's verdict changes: `closed`, `eased`, `settled`, `freed`, `opened`; None when it stays.

    A misfit about which more must then be said is not closed, nor is it opened.
    """
    ranks = {"fits": 0, "adapter": 1, "unspecified": 2, "misfit": 3}
    if ranks[now] > ranks[was]:
        return "opened"
    if now == was or (was, now) == ("misfit", "unspecified"):
        return None
    return {"misfit": "closed" if now == "fits" else "eased", "unspecified": "settled", "adapter": "freed"}[was]


def _direct(joint: Joint) -> Verdict:
    return worst(m.verdict for m in joint.direct)


def _rests_on_text(joint: Joint) -> bool:
    """Does a joint fit only because both ends follow one standard, whose values the register does not have?"""
    return any(f.rule == "same-standard" for m in joint.direct for f in m.findings)


def _coherent(parameter: Parameter) -> Parameter:
    """An exchanged value's units in the SI: the coherent unit of each one's dimension, as base units."""
    registry = unit_registry()
    units = [str(registry.parse_units(str(o))) for o in parameter.options]
    already = [u for u in units if abs(registry.Quantity(1.0, u).to_base_units().magnitude - 1) <= 1e-9]
    if already:
        return parameter
    base = [registry.Quantity(1.0, u).to_base_units().units for u in units]
    return Parameter.parse(f"{base[0]:~C}")


def _do(count: int, many: str, one: str) -> str:
    return one if count == 1 else many
