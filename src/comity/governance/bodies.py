"""Bodies that decide: their members, what they may decide and by which rule, each with its source.

A body is one YAML file. Those that come with comity stand in `data/bodies/`; a programme may state its own alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from comity.governance.voting_rules import Member, Veto, VotingRule, measures, parts
from comity.model.base import FrozenMap, Value
from comity.model.problems import Problem, ProgrammeError, nearest, problem
from comity.model.reading import Positions
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, Node, Path, Position, parse

SHIPPED = FilePath(__file__).parent / "data" / "bodies"


class Document(Value):
    """A document that a rule or a figure stands in."""

    title: str
    url: str = ""
    date: str = Field(default="", description="Of the document, or of the version that was read.")
    checked: str = Field(description="What was really read, and where.")


class Measure(Value):
    """What votes can be weighed by."""

    about: str = Field(description="What the figures are, and of when.")
    unit: str = ""
    source: str = ""


class Power(Value):
    """One kind of decision that a body may take, and by which rule."""

    about: str = Field(description="What is decided.")
    rule: VotingRule
    electorate: Literal["members", "participants"] = Field(
        default="members", description="Whether all members decide, or those that take part in what it is about."
    )
    from_body: str = Field(default="", description="The body that delegated this power, where one did.")
    source: str = Field(description="`document, article` of the rule.")
    note: str = Field(default="", description="What the rule as data leaves out.")


class Body(Value):
    """A body: who is on it, who chairs it, and what it may decide."""

    id: str = Field(default="", description="The identifier: the name of the file.")
    name: str
    organisation: str
    chair: str = Field(default="", description="The member that chairs it, or how the chair is chosen.")
    sources: FrozenMap[str, Document]
    members_source: str = Field(description="`document, place` of the list of members, with its date.")
    members: tuple[Member, ...]
    measures: FrozenMap[str, Measure] = Field(default_factory=dict)
    powers: FrozenMap[str, Power] = Field(description="By kind of decision.")
    left_out: tuple[str, ...] = Field(default=(), description="What no source was found for, one a line.")

    @property
    def names(self) -> dict[str, str]:
        """The members' names by identifier."""
        return {m.id: m.called for m in self.members}

    def power(self, kind: str) -> Power:
        """What it needs for a kind of decision. KeyError, with the nearest name, for one it may not take."""
        if kind not in self.powers:
            hint = nearest(kind, self.powers)
            known = ", ".join(self.powers)
            raise KeyError(f"{self.id} takes no decision of kind {kind!r}; {hint or f'it takes {known}'}")
        return self.powers[kind]

    def electorate(
        self, kind: str, participants: Iterable[str] = (), weights: Mapping[str, Mapping[str, str]] | None = None
    ) -> tuple[Member, ...]:
        """The members that a kind of decision asks: all, or of them the participants; with further weights by measure.

        KeyError for a kind or a participant that the body does not know.
        """
        power, wanted = self.power(kind), tuple(participants)
        for one in wanted:
            if one not in self.names:
                raise KeyError(f"{one!r} is no member of {self.id}; {nearest(one, self.names) or 'see its members'}")
        asked = self.members
        if power.electorate == "participants" and wanted:
            asked = tuple(m for m in self.members if m.id in wanted)
        if not weights:
            return asked
        more = {m.id: {measure: of[m.id] for measure, of in weights.items() if m.id in of} for m in asked}
        return tuple(m.model_copy(update={"weights": {**m.weights, **more[m.id]}}) for m in asked)


def shipped() -> tuple[str, ...]:
    """The bodies that come with comity, by identifier."""
    return tuple(sorted(p.stem for p in SHIPPED.glob("*.yaml")))


def shipped_body(body_id: str) -> Body:
    """A body that comes with comity. KeyError, with the nearest name, when there is none of that name."""
    if body_id not in shipped():
        hint = nearest(body_id, shipped())
        raise KeyError(f"there is no body {body_id!r}; {hint or 'shipped are ' + ', '.join(shipped())}")
    return read_body(SHIPPED / f"{body_id}.yaml")


def read_body(file: FilePath) -> Body:
    """The body in a YAML file. ProgrammeError, with all its problems and their lines, when it has any."""
    body: Body = read_value(file, Body)
    positions, found = Positions(_tree(file)), list[Problem]()
    for at, message, hint in wrong(body):
        found.append(problem(positions.of(at), at, message, hint))
    if found:
        raise ProgrammeError(found)
    return body.model_copy(update={"id": file.stem})


def read_rule(file: FilePath) -> VotingRule:
    """A voting rule that stands alone in a YAML file. ProgrammeError, with all problems, when it has any."""
    rule: VotingRule = read_value(file, VotingRule)
    return rule


def read_value(file: FilePath, kind: Any) -> Any:
    """A value of a type in a YAML file; ProgrammeError tells each problem with file, line and column."""
    root = _tree(file)
    try:
        return TypeAdapter(kind).validate_python(root.plain())
    except ValidationError as error:
        raise ProgrammeError(plain_words(error, kind, (), Positions(root))) from error


def _tree(file: FilePath) -> Node:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ProgrammeError([Problem(str(file), 0, 0, (), f"is larger than {MAX_BYTES >> 20} MiB")])
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not text in UTF-8"
        raise ProgrammeError([Problem(str(file), 0, 0, (), f"cannot be read: {why}")]) from error
    root, errors = parse(text, str(file))
    if errors:
        raise ProgrammeError(problem(e.at, (), e.message, e.hint) for e in errors)
    return root if root is not None else Node(Position(str(file), 1, 1), "mapping")


# --- checks across a body --------------------------------------------------------------------------------------------


def wrong(body: Body) -> list[tuple[Path, str, str]]:
    """What is wrong with a body that is right in each of its values: place, message, hint."""
    found: list[tuple[Path, str, str]] = []
    ids = [m.id for m in body.members]
    for n, one in enumerate(ids):
        if one in ids[:n]:
            found.append((("members", n), f"{one!r} is a member twice", "leave one out"))
    for path, cited in _cited(body):
        name = cited.split(",")[0].strip()
        if name not in body.sources:
            hint = nearest(name, body.sources) or "it must stand under sources"
            found.append((path, f"cites {name!r}, which is no document here", hint))
    for kind, power in body.powers.items():
        at: Path = ("powers", kind, "rule")
        for measure in measures(power.rule):
            if measure not in body.measures:
                hint = nearest(measure, body.measures) or "it must stand under measures"
                found.append((at, f"weighs by {measure!r}, which is no measure here", hint))
        for veto in (c for c in parts(power.rule.needs) if isinstance(c, Veto)):
            for holder in veto.holders:
                if holder not in ids:
                    found.append((at, f"gives a veto to {holder!r}, which is no member", nearest(holder, ids)))
    return found


def _cited(body: Body) -> list[tuple[Path, str]]:
    powers: list[tuple[Path, str]] = [(("powers", k, "source"), p.source) for k, p in body.powers.items()]
    weighed: list[tuple[Path, str]] = [
        (("measures", k, "source"), m.source) for k, m in body.measures.items() if m.source
    ]
    return [(("members_source",), body.members_source), *powers, *weighed]
