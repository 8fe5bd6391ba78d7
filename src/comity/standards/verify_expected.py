"""What an answer must say, worked out anew from the question: the meetings there must be, and each rule's verdict in them.

For the check of answers. It shares with the checker only the model, the register, the rules' table and the measures of
`verify_amounts`; how ports are paired, values are taken from standards, and rules are applied is written here again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import inf, isfinite

from comity.model.ports import TERMS, Claim, Parameter, Port, PortKind
from comity.standards.answer import VERDICTS, Verdict
from comity.standards.question import Junction, Side
from comity.standards.register import Register
from comity.standards.rules import rule_book
from comity.standards.verify_amounts import MISSES, conversions, intervals

#: What units rounded to the digits that people write differ by, as a fraction of the greatest value [the reference page, Rules].
ROUNDING = 1e-6
_GIVE = ("supply", "active")
_TAKE = ("consume", "passive")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a rule must find of a parameter: the verdict, the two values as texts, the sides that must speak, and where each
    value comes from: `port`, or the claim that gives it."""

    verdict: Verdict
    values: tuple[str | None, str | None] = (None, None)
    silent: tuple[int, ...] = ()
    origins: tuple[str, str] = ("port", "port")


#: Findings by rule and parameter.
Findings = Mapping[tuple[str, str], Expected]


def rank(findings: Findings) -> tuple[int, int]:
    """How bad some findings are: by the worst, then by how many do not fit."""
    verdicts = [VERDICTS.index(f.verdict) for f in findings.values()]
    return max(verdicts, default=0), sum(v > 0 for v in verdicts)


def may_join(findings: Findings, kind: PortKind) -> bool:
    """Is nothing against a meeting, and all that its kind needs said and fitting? Other things may be left unsaid."""
    if any(f.verdict == "misfit" for f in findings.values()):
        return False
    fitting = {parameter for (_, parameter), f in findings.items() if f.verdict == "fits"}
    if kind == "units":
        return any(rule == "same-unit" for rule, _ in findings)
    return all(any(name in fitting for name in group) for group in rule_book().kinds[kind].needed)


@dataclass(frozen=True)
class Law:
    """The register that answers must follow; it remembers what it found of two ports."""

    register: Register
    _found: dict[tuple[Port, Port], Findings] = field(default_factory=dict)

    def findings(self, first: Port, second: Port) -> Findings:
        """What the rules must say of two ports of one kind."""
        key = (first, second)
        if key not in self._found:
            self._found[key] = dict(_Pair(self.register, first, second).all())
        return self._found[key]


@dataclass(frozen=True)
class _Pair:
    register: Register
    first: Port
    second: Port

    def all(self) -> Iterator[tuple[tuple[str, str], Expected]]:
        yield from self._role()
        yield from self._editions()
        if self.first.kind == "units":
            yield from self._units()
            return
        yield from self._parameters()
        yield from self._needed()

    @cached_property
    def values(self) -> tuple[Mapping[str, Parameter], Mapping[str, Parameter]]:
        """What each port has: what its standards give, the first claimed before the others, and its own before all."""
        return self._had(self.first), self._had(self.second)

    def _had(self, port: Port) -> Mapping[str, Parameter]:
        has: dict[str, Parameter] = {}
        for claim in reversed(port.standards):
            has |= self._given(claim, port.kind)
        return {**has, **port.parameters}

    def _given(self, claim: Claim, kind: PortKind) -> dict[str, Parameter]:
        """What a claim gives: of an edition left open, only what every edition does whose values are known."""
        editions = self.register.standards[claim.standard].editions
        chosen = [editions[claim.edition]] if claim.edition else list(editions.values())
        sets = [e.profile.parameters.get(kind, {}) for e in chosen if e.profile is not None]
        return {n: v for given in sets for n, v in given.items() if all(s.get(n) == v for s in sets)}

    def _edition(self, claim: Claim) -> str:
        """The edition that a claim means; `?` where it leaves open which of several."""
        editions = self.register.standards[claim.standard].editions
        return claim.edition or (next(iter(editions)) if len(editions) == 1 else "?")

    def _origin(self, port: Port, name: str) -> str:
        """Where a port has a value from: itself, or the first of its claims that gives it."""
        if name in port.parameters:
            return "port"
        giving = (c for c in port.standards if name in self._given(c, port.kind))
        return next((f"{c.standard}@{self._edition(c)}" for c in giving), "port")

    def origins(self, name: str) -> tuple[str, str]:
        """Where both have a value from."""
        return self._origin(self.first, name), self._origin(self.second, name)

    @cached_property
    def giving(self) -> int | None:
        """The side that gives where the other does not, or that does not take where the other takes."""
        roles = [self.first.role, self.second.role]
        gives = [r in _GIVE for r in roles]
        takes = [r in _TAKE for r in roles]
        if gives[0] != gives[1]:
            return gives.index(True)
        return takes.index(False) if takes[0] != takes[1] else None

    @cached_property
    def of_two_makes(self) -> bool:
        """Have both said which gear they are, and no word in common?"""
        said = [{w.casefold() for w in has["mechanism"].words} for has in self.values if "mechanism" in has]
        return len(said) == 2 and not said[0] & said[1]

    def _role(self) -> Iterator[tuple[tuple[str, str], Expected]]:
        one, other = self.first.role, self.second.role
        if (one is None) != (other is None):
            yield ("stated", "role"), Expected("unspecified", (one, other), (0 if one is None else 1,))
        if one is not None and other is not None:
            alike = {one, other} <= {*_GIVE} or {one, other} <= {*_TAKE}
            rule = "mates" if self.first.kind in ("docking", "mechanical") else "gives-and-takes"
            yield (rule, "role"), Expected("misfit" if alike else "fits", (one, other))

    def _editions(self) -> Iterator[tuple[tuple[str, str], Expected]]:
        theirs = {claim.standard: claim for claim in self.second.standards}
        for ours in self.first.standards:
            if (claim := theirs.get(ours.standard)) is None:
                continue
            editions = self.register.standards[ours.standard].editions
            names = [self._edition(c) for c in (ours, claim)]
            said = f"{ours.standard}@{names[0]}", f"{ours.standard}@{names[1]}"
            key = ("same-edition", f"standards {ours.standard}")
            if silent := tuple(side for side, name in enumerate(names) if name == "?"):
                yield key, Expected("unspecified", said, silent)
                continue
            mating = {name: {name, *editions[name].interchangeable_with} for name in names}
            mate = names[0] in mating[names[1]] or names[1] in mating[names[0]]
            yield key, Expected("fits" if mate else "unspecified", said, () if mate else (0, 1))

    def _parameters(self) -> Iterator[tuple[tuple[str, str], Expected]]:
        for name, term in TERMS[self.first.kind].items():
            entry = rule_book().kinds[self.first.kind].parameters[name]
            has = self.values[0].get(name), self.values[1].get(name)
            if entry.rule == "informative" or has == (None, None):
                continue
            texts = _text(has[0]), _text(has[1])
            if has[0] is None or has[1] is None:
                # Of gear of two makes, which does not mate, nobody need say more.
                if not self.of_two_makes:
                    silent = (0 if has[0] is None else 1,)
                    yield ("stated", name), Expected("unspecified", texts, silent, self.origins(name))
            elif term.unit is None:
                common = {w.casefold() for w in has[0].words} & {w.casefold() for w in has[1].words}
                yield (entry.rule, name), Expected("fits" if common else "misfit", texts, (), self.origins(name))
            else:
                rule = entry.rule if self.giving is not None else "overlap"
                fits = _measured(rule, str(has[0]), str(has[1]), self.giving == 1, max(entry.tolerance, ROUNDING))
                yield (rule, name), Expected("fits" if fits else "misfit", texts, (), self.origins(name))

    def _needed(self) -> Iterator[tuple[tuple[str, str], Expected]]:
        one, other = self.values
        common = {c.standard for c in self.first.standards} & {c.standard for c in self.second.standards}
        for group in rule_book().kinds[self.first.kind].needed:
            if set(group) & one.keys() & other.keys():
                continue
            if common:
                yield ("same-standard", group[0]), Expected("fits")
                continue
            silent = tuple(side for side in (0, 1) if not set(group) & self.values[side].keys()) or (0, 1)
            known = next((n for n in group if n in one or n in other), group[0])
            texts = _text(one.get(known)), _text(other.get(known))
            yield ("stated", " or ".join(group)), Expected("unspecified", texts, silent, self.origins(known))

    def _units(self) -> Iterator[tuple[tuple[str, str], Expected]]:
        one, other = self.values
        for name in sorted({*one, *other}):
            texts = _text(one.get(name)), _text(other.get(name))
            if texts[0] is not None and texts[1] is not None:
                ways = conversions(texts[0], texts[1])
                same = any(abs(ratio - 1) <= 1e-9 and abs(zero) <= 1e-9 for ratio, zero in ways)
                yield ("same-unit", name), Expected("fits" if same else "misfit", texts, (), self.origins(name))
                continue
            silent = (0 if texts[0] is None else 1,)
            yield ("stated", name), Expected("unspecified", texts, silent, self.origins(name))
        if not one and not other:
            yield ("stated", "exchanged values"), Expected("unspecified", silent=(0, 1))


def _text(value: Parameter | None) -> str | None:
    return None if value is None else str(value)


def _measured(rule: str, first: str, second: str, turned: bool, tolerance: float) -> bool:
    """Is there an option of each by which the rule is kept?"""
    given, taken = (second, first) if turned else (first, second)
    for one, other in product(intervals(given), intervals(taken)):
        scale = max((abs(x) for x in (*one, *other) if isfinite(x)), default=0.0)
        miss = MISSES[rule](one, other)
        if miss < inf and miss <= tolerance * scale * (1 + 1e-9):
            return True
    return False


# --- which meetings there must be -------------------------------------------------------------------------------------


def kinds_joined(junction: Junction) -> tuple[PortKind, ...]:
    """The kinds that an interface joins: those it says, those of the pairs it names, or those that both sides have."""
    if junction.joins:
        return junction.joins
    one, other = (side.ports for side in junction.sides)
    if junction.pairs:
        found = (one.get(a, other.get(b)) for a, b in junction.pairs)
        return tuple(dict.fromkeys(port.kind for port in found if port is not None))
    return tuple(dict.fromkeys(p.kind for p in one.values() if any(q.kind == p.kind for q in other.values())))


def choices(junction: Junction, kind: PortKind) -> list[list[tuple[str, str]]]:
    """The meetings there must be in a kind: for each, the pairs of ports of which the best must meet (the empty text: none)."""
    one, other = (side.ports for side in junction.sides)
    named = [(a, b) for a, b in junction.pairs if _kind(one, other, a, b) == kind]
    if named:
        return [[(a if a in one else "", b if b in other else "")] for a, b in named]
    ours = [name for name, port in one.items() if port.kind == kind]
    theirs = [name for name, port in other.items() if port.kind == kind]
    if not ours or not theirs:
        return [[((ours or [""])[0], (theirs or [""])[0])]]
    pairs = list(product(ours, theirs))
    if kind in ("docking", "mechanical"):
        return [pairs]
    flows = [[p for p in pairs if _flows(one[p[0]], other[p[1]])], [p for p in pairs if _flows(other[p[1]], one[p[0]])]]
    return [flow for flow in flows if flow] or [pairs]


def _flows(source: Port, sink: Port) -> bool:
    """May something flow from one port to the other, as one of them says?"""
    if source.role in _TAKE or sink.role in _GIVE:
        return False
    return source.role in _GIVE or sink.role in _TAKE


def _kind(one: Mapping[str, Port], other: Mapping[str, Port], a: str, b: str) -> PortKind | None:
    port = one.get(a, other.get(b))
    return None if port is None else port.kind


def ports_of(side: Side, kind: PortKind) -> tuple[str, ...]:
    """The names of a side's ports of a kind."""
    return tuple(name for name, port in side.ports.items() if port.kind == kind)
