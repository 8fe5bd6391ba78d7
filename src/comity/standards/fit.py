"""Do two ports fit? Every rule that applies to their values, each with what it found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comity.model.ports import Claim, Port, PortKind, exchanged_unit
from comity.standards.answer import End, Finding, Meeting, Stated, Verdict, worst
from comity.standards.measures import Reader, conversion, equation, number, own_unit, short_unit, spans
from comity.standards.register import Held, Register, held
from comity.standards.rules import (
    clock_difference_s,
    giver,
    measured_rule,
    miss,
    roles_fit,
    rule_book,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A port at its place: the end that has it, and its name there."""

    end: End
    name: str
    port: Port


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges pairs of ports by the rules, with the values that the register's standards give, for one reader."""

    register: Register
    reader: Reader

    def meeting(self, first: Placed, second: Placed) -> Meeting:
        """What every rule says of two ports of one kind that meet."""
        kind = first.port.kind
        values = (held(first.port, self.register), held(second.port, self.register))
        findings = (*self._roles(first, second), *self._editions(first, second))
        if kind == "units":
            findings += tuple(self._units(first, second, values))
        else:
            findings += tuple(self._parameters(first, second, values))
            lacking = {f.parameter for f in findings if f.rule == "stated"}
            findings += tuple(f for f in self._needed(first, second, values) if f.parameter not in lacking)
        claims = tuple(tuple(map(str, placed.port.standards)) for placed in (first, second))
        return Meeting(
            kind, (first.name, second.name), (claims[0], claims[1]), worst(f.verdict for f in findings), findings
        )

    # --- roles and editions ------------------------------------------------------------------------------------------

    def _roles(self, first: Placed, second: Placed) -> tuple[Finding, ...]:
        roles = (first.port.role, second.port.role)
        if roles == (None, None):
            return ()
        if None in roles:
            return (self._role_unsaid(first, second),)
        verdict: Verdict = "fits" if roles_fit(*roles) else "misfit"
        said = f"role: {roles[0]} at {first.end.name}, {roles[1]} at {second.end.name}"
        stated = tuple(Stated(str(r), "port", "", str(r)) for r in roles)
        rule = rule_book().kinds[first.port.kind].role
        return (Finding(rule, "role", verdict, (stated[0], stated[1]), said),)

    def _role_unsaid(self, first: Placed, second: Placed) -> Finding:
        """One side has a role, and nobody has said whether the other's is the same."""
        silent, told = (first, second) if first.port.role is None else (second, first)
        stated = tuple(
            None if p.port.role is None else Stated(str(p.port.role), "port", "", str(p.port.role))
            for p in (first, second)
        )
        said = f"role: not said at {silent.end.name} ({told.port.role} at {told.end.name})"
        return Finding("stated", "role", "unspecified", (stated[0], stated[1]), said, who=_providers(silent))

    def _editions(self, first: Placed, second: Placed) -> Iterator[Finding]:
        ours = {claim.standard: claim for claim in second.port.standards}
        for claim in first.port.standards:
            if claim.standard in ours:
                yield self._edition(first, second, claim, ours[claim.standard])

    def _edition(self, first: Placed, second: Placed, one: Claim, other: Claim) -> Finding:
        (a, edition_a), (b, edition_b) = self.register.edition(one), self.register.edition(other)
        silent = tuple(p for p, claim in ((first, one), (second, other)) if self.register.is_open(claim))
        mate = a == b or b in edition_a.interchangeable_with or a in edition_b.interchangeable_with
        texts = [self.register.written(claim) for claim in (one, other)]
        stated = tuple(
            Stated(text, "port", _origin(p.port, "standards"), text)
            for p, text in zip((first, second), texts, strict=True)
        )
        told = ["no edition said" if p in silent else n for p, n in ((first, a), (second, b))]
        said = f"{one.standard}: {told[0]} at {first.end.name}, {told[1]} at {second.end.name}"
        if mate and not silent:
            return Finding("same-edition", "standards", "fits", (stated[0], stated[1]), said)
        said += "; which edition must be said" if silent else "; nobody has said whether these editions mate"
        who = _providers(*(silent or (first, second)))
        return Finding("same-edition", "standards", "unspecified", (stated[0], stated[1]), said, who=who)

    # --- parameters --------------------------------------------------------------------------------------------------

    def _parameters(
        self, first: Placed, second: Placed, values: tuple[Mapping[str, Held], Mapping[str, Held]]
    ) -> Iterator[Finding]:
        kind = first.port.kind
        giving = giver(first.port.role, second.port.role)
        of_two_makes = False
        for name, rule in rule_book().kinds[kind].parameters.items():
            one, other = values[0].get(name), values[1].get(name)
            if rule.rule == "informative":
                continue
            if one is not None and other is not None:
                finding = self._compared(first, second, name, one, other, giving)
                # Gear of two makes does not mate: nobody need say how many hooks the other's would have had.
                of_two_makes = of_two_makes or (name == "mechanism" and finding.verdict == "misfit")
                yield finding
            elif (one is not None or other is not None) and not of_two_makes:
                yield self._missing(first, second, name, (one, other), (0 if one is None else 1,))

    def _compared(
        self, first: Placed, second: Placed, name: str, one: Held, other: Held, giving: int | None
    ) -> Finding:
        kind = first.port.kind
        entry = rule_book().kinds[kind].parameters[name]
        stated = (self.stated(one, kind, name), self.stated(other, kind, name))
        unit = own_unit(kind, name)
        if unit is None:
            verdict, difference, excess = _words(entry.rule, one, other)
            rule = entry.rule
        else:
            rule = measured_rule(entry.rule, giving)
            excess = miss(
                rule,
                spans(one.parameter, unit),
                spans(other.parameter, unit),
                giving=giving,
                tolerance=entry.tolerance,
            )
            verdict = "misfit" if excess else "fits"
            difference = self.reader.difference(excess, kind, name) if excess else ""
        said = f"{name}: {_told(stated[0])} at {first.end.name}, {_told(stated[1])} at {second.end.name}"
        said += f"; they miss by {difference}" if difference else ("; nothing in common" if verdict == "misfit" else "")
        return Finding(rule, name, verdict, stated, said, difference, excess if verdict == "misfit" else None)

    def stated(self, value: Held, kind: PortKind, name: str) -> Stated:
        """A value with its origin, in the reader's unit."""
        shown = self.reader.shown(value.parameter, kind, name)
        return Stated(str(value.parameter), value.origin, value.provenance, shown)

    def _needed(
        self, first: Placed, second: Placed, values: tuple[Mapping[str, Held], Mapping[str, Held]]
    ) -> Iterator[Finding]:
        common = {c.standard for c in first.port.standards} & {c.standard for c in second.port.standards}
        for group in rule_book().kinds[first.port.kind].needed:
            if any(name in values[0] and name in values[1] for name in group):
                continue
            if common:
                said = f"{' or '.join(group)}: settled by {', '.join(sorted(common))}, which both follow"
                yield Finding("same-standard", group[0], "fits", (None, None), said)
                continue
            lacking = tuple(k for k in (0, 1) if not any(name in values[k] for name in group)) or (0, 1)
            name = next((n for n in group if n in values[0] or n in values[1]), group[0])
            given = (values[0].get(name), values[1].get(name))
            yield self._missing(first, second, " or ".join(group), given, lacking, known=name)

    def _missing(
        self,
        first: Placed,
        second: Placed,
        name: str,
        given: tuple[Held | None, Held | None],
        lacking: tuple[int, ...],
        *,
        known: str = "",
    ) -> Finding:
        kind = first.port.kind
        stated = tuple(None if v is None else self.stated(v, kind, known or name) for v in given)
        silent = [(first, second)[k] for k in lacking]
        who = _providers(*silent)
        said = f"{name}: not said at {' nor at '.join(p.end.name for p in silent)}"
        told = [f"{_told(s)} at {p.end.name}" for s, p in zip(stated, (first, second), strict=True) if s is not None]
        said += f" ({', '.join(told)})" if told else ""
        return Finding("stated", name, "unspecified", (stated[0], stated[1]), said, who=who)

    # --- units of exchanged values -----------------------------------------------------------------------------------

    def _units(
        self, first: Placed, second: Placed, values: tuple[Mapping[str, Held], Mapping[str, Held]]
    ) -> Iterator[Finding]:
        giving = giver(first.port.role, second.port.role)
        for name in dict.fromkeys((*values[0], *values[1])):
            one, other = values[0].get(name), values[1].get(name)
            if one is not None and other is not None:
                yield self._unit(first, second, name, one, other, giving)
            else:
                yield self._missing(first, second, name, (one, other), (0 if one is None else 1,))
        if not values[0] and not values[1]:
            yield self._missing(first, second, "exchanged values", (None, None), (0, 1))

    def _unit(self, first: Placed, second: Placed, name: str, one: Held, other: Held, giving: int | None) -> Finding:
        stated = (self.stated(one, "units", name), self.stated(other, "units", name))
        pairs = [
            (exchanged_unit(str(a)), exchanged_unit(str(b)))
            for a in one.parameter.options
            for b in other.parameter.options
        ]
        made = [conversion(a, b) for a, b in pairs]
        said = f"{name}: {one.parameter} at {first.end.name}, {other.parameter} at {second.end.name}"
        if any(c is not None and c.same for c in made):
            return Finding("same-unit", name, "fits", stated, said)
        found = [(c, pair) for c, pair in zip(made, pairs, strict=True) if c is not None]
        if not found:
            return Finding("same-unit", name, "misfit", stated, f"{said}; they measure different things")
        nearest, (a, b) = min(found, key=lambda f: (abs(f[0].factor), f[1]))
        if giving is not None:
            taker = (second, first)[giving].end.name
            said += f"; {taker} takes {_mistaken(*((a, b) if giving == 0 else (b, a)))}"
        difference = equation(nearest, a, b)
        excess = abs(nearest.offset) or nearest.factor
        return Finding("same-unit", name, "misfit", stated, f"{said} ({difference})", difference, excess)


def _mistaken(given: str, taken: str) -> str:
    """What who expects one unit takes the values of another for."""
    made = conversion(given, taken)
    assert made is not None
    if not made.offset:
        wrong = made.factor
        size = f"{number(wrong)} times too small" if wrong > 1 else f"{number(1 / wrong)} times too large"
        return f"every value for one that is {size}"
    amount = f"{number(abs(made.offset))} {short_unit(taken)} too {'low' if made.offset > 0 else 'high'}"
    if abs(made.factor - 1) <= 1e-9:
        return f"every value for one that is {amount}"
    wrong = made.factor
    size = f"{number(wrong)} times too small" if wrong > 1 else f"{number(1 / wrong)} times too large"
    return f"0 {short_unit(given)} for a value that is {amount}, and every difference for one that is {size}"


def may_join(meeting: Meeting) -> bool:
    """Does nothing that is said speak against a meeting, and is what its kind needs said and fitting? More may be unsaid."""
    if meeting.kind == "any" or any(f.verdict == "misfit" for f in meeting.findings):
        return False
    good = {f.parameter for f in meeting.findings if f.verdict == "fits"}
    needed = rule_book().kinds[meeting.kind].needed
    if meeting.kind == "units":
        return any(f.rule == "same-unit" for f in meeting.findings)
    return all(good & set(group) for group in needed)


def absent(first: End, second: End, kind: PortKind, names: tuple[str, str]) -> Meeting:
    """The meeting of a port with one that is not there (the empty name)."""
    silent = [end for end, name in zip((first, second), names, strict=True) if not name]
    said = f"no {kind} port is stated at {' nor at '.join(end.name for end in silent)}"
    who = tuple(dict.fromkeys(p for end in silent for p in end.providers))
    finding = Finding("stated", "port", "unspecified", (None, None), said, who=who)
    return Meeting(kind, names, ((), ()), "unspecified", (finding,))


def _words(rule: str, one: Held, other: Held) -> tuple[Verdict, str, float | None]:
    """The verdict on words, and for time scales by how many seconds they differ."""
    ours, theirs = ({w.casefold() for w in v.parameter.words} for v in (one, other))
    if ours & theirs:
        return "fits", "", None
    if rule == "same-scale":
        differences = [
            d
            for a in one.parameter.words
            for b in other.parameter.words
            if (d := clock_difference_s(a.upper(), b.upper())) is not None
        ]
        if differences:
            nearest = min(differences, key=abs)
            return "misfit", f"{number(abs(nearest))} s", abs(nearest)
    return "misfit", "", None


def _told(value: Stated) -> str:
    shown = f" ({value.shown})" if value.shown != value.text else ""
    by = f" by {value.origin}" if value.origin != "port" else ""
    return f"{value.text}{shown}{by}"


def _origin(port: Port, field: str) -> str:
    kind, text = port.provenance_of(field) or ("", "")
    return f"estimate: {text}" if kind == "estimate" else text


def _providers(*placed: Placed) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p for place in placed for p in place.end.providers))
