"""Reads a programme from its folder of YAML files, and reports everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from comity.model.missions import Mission
from comity.model.objectives import Objective
from comity.model.partners import Partner
from comity.model.problems import Problem, ProgrammeError, nearest, problem
from comity.model.programme import SECTIONS, Header, Programme, Source
from comity.model.rules import Agreement, ExportRule, Facility, ParticipationRule, Technology, Treaty
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, Node, Path, Position, YamlError, parse

ENTRY_TYPES: dict[str, Any] = {
    "sources": Source,
    "technologies": Technology,
    "partners": Partner,
    "objectives": Objective,
    "facilities": Facility,
    "treaties": Treaty,
    "agreements": Agreement,
    "export_control": ExportRule,
    "participation": ParticipationRule,
    "missions": Mission,
}
_ADAPTERS: dict[str, TypeAdapter[Any]] = {}
_NEEDED = ("partners", "objectives", "missions")


@dataclass(frozen=True, slots=True)
class Positions:
    """Where each value of a programme stands in its files."""

    root: Node

    def node(self, path: Path) -> Node | None:
        """The node at a path, or None."""
        at: Node | None = self.root
        for step in path:
            found = at.child(step) if at is not None else None
            at = found[1] if found else None
        return at

    def of(self, path: Path, *, key: bool = False) -> Position:
        """Where the value at a path begins (or its key); of the nearest thing around it when it is not there."""
        node, place = self.root, self.root.at
        for step in path:
            found = node.child(step)
            if found is None:
                return node.at
            key_at, node = found
            place = key_at if key else node.at
        return place

    def names(self, *path: str | int) -> tuple[str, ...]:
        """The keys of the mapping at a path, valid or not."""
        node = self.node(path)
        return tuple(node.entries) if node is not None else ()


@dataclass(frozen=True, slots=True)
class Draft:
    """As much of a programme as is valid by itself, for the checks across it; `header` is None when it is not.

    It is `whole` when every file could be read: if not, a name that is not found may stand in one that could not.
    """

    positions: Positions
    header: Header | None
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    whole: bool = True

    def names(self, section: str) -> tuple[str, ...]:
        """The identifiers of a section, of broken entries too."""
        return self.positions.names(section)


@dataclass(frozen=True, slots=True)
class Reading:
    """A programme as read: the value (None when there are problems), the problems in the order of the files, the places."""

    folder: FilePath
    programme: Programme | None
    problems: tuple[Problem, ...]
    positions: Positions


def read(folder: FilePath | str) -> Reading:
    """Reads all `*.yaml` files of a folder as one programme. Never raises for what its author can mend."""
    folder = FilePath(folder)
    return _reading(folder, *_tree(folder))


def read_texts(texts: Mapping[str, str], *, called: str) -> Reading:
    """Reads a programme from texts by their paths in its folder, as `read` does from files; `called` names the folder."""
    folder = FilePath(called)
    root, problems, whole = Node(Position(called, 0, 0), "mapping"), list[Problem](), True
    for path in sorted(texts):
        if path.endswith(".yaml") and not _hidden(FilePath(path)):
            found, fine = _sections(root, *parse(texts[path], str(folder / path)))
            problems += found
            whole = whole and fine
    return _reading(folder, root, problems, whole)


def _reading(folder: FilePath, root: Node, problems: list[Problem], whole: bool) -> Reading:
    positions = Positions(root)
    if not root.entries:
        problems = problems or [
            Problem(str(folder), 0, 0, (), "holds no programme", "a programme is a folder of YAML files")
        ]
        return Reading(folder, None, tuple(problems), positions)
    draft, wrong = _draft(positions, whole)
    problems += wrong
    from comity.model.checking import check  # checks know what a reading is, so they are found when needed

    problems += check(draft)
    programme = None
    if not problems and draft.header is not None:
        programme = Programme(programme=draft.header, **{s: e for s, e in draft.sections.items() if s in root.entries})
    order = {file: n for n, file in enumerate(sorted({p.file for p in problems}))}
    unique = sorted(set(problems), key=lambda p: (order[p.file], p.line, p.column, p.message))
    return Reading(folder, programme, tuple(unique), positions)


def load(folder: FilePath | str) -> Programme:
    """The programme in a folder. ProgrammeError, with all problems, when it has any."""
    reading = read(folder)
    if reading.programme is None:
        raise ProgrammeError(reading.problems)
    return reading.programme


# --- files -----------------------------------------------------------------------------------------------------------


def _tree(folder: FilePath) -> tuple[Node, list[Problem], bool]:
    """The sections of all files, the problems with the files themselves, and whether every file could be read."""
    root, problems, whole = Node(Position(str(folder), 0, 0), "mapping"), list[Problem](), True
    if not folder.is_dir():
        said = (
            "is not a folder; a programme is a folder of YAML files" if folder.exists() else "there is no such folder"
        )
        return root, [Problem(str(folder), 0, 0, (), said)], False
    files = sorted(f for f in folder.rglob("*.yaml") if f.is_file() and not _hidden(f.relative_to(folder)))
    if not files:
        said, hint = "has no file that ends in .yaml", "`comity new` starts a programme"
        return root, [Problem(str(folder), 0, 0, (), said, hint)], False
    for file in files:
        try:
            tree, errors = _file(file)
        except OSError as error:
            problems.append(Problem(str(file), 0, 0, (), f"cannot be read: {error.strerror}"))
            whole = False
            continue
        found, fine = _sections(root, tree, errors)
        problems += found
        whole = whole and fine
    return root, problems, whole


def _sections(root: Node, tree: Node | None, errors: list[YamlError]) -> tuple[list[Problem], bool]:
    """Adds what a file holds to the programme's sections: its problems, and whether all of it could be read."""
    problems = [problem(e.at, (), e.message, e.hint) for e in errors]
    if tree is None:
        return problems, not errors
    if tree.kind == "mapping":
        return problems + _merge(root, tree), all(section in Programme.model_fields for section in tree.entries)
    if tree.scalar is None and not tree.items:
        return problems, True
    said = "a file holds sections, such as `missions:`, not a list or a text"
    return [*problems, problem(tree.at, (), said)], False


def _hidden(path: FilePath) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _file(file: FilePath) -> tuple[Node | None, list[YamlError]]:
    start = Position(str(file), 1, 1)
    if not file.is_file():
        return None, [YamlError(start, "is no regular file")]
    if file.stat().st_size > MAX_BYTES:
        return None, [YamlError(start, f"larger than {MAX_BYTES // 2**20} MiB; split it")]
    try:
        return parse(file.read_text(encoding="utf-8-sig"), str(file))
    except UnicodeDecodeError as error:
        return None, [YamlError(start, f"not UTF-8 text (byte {error.start})")]


def _merge(root: Node, tree: Node) -> list[Problem]:
    """Adds a file's sections to the programme's; an identifier that stands twice is a problem that names both places."""
    problems: list[Problem] = []
    for section, (at, node) in tree.entries.items():
        if section not in Programme.model_fields:
            hint = nearest(section, Programme.model_fields) or f"the sections are {', '.join(Programme.model_fields)}"
            problems.append(problem(at, (section,), f"there is no section {section!r}", hint))
            continue
        if node.kind == "scalar" and node.scalar is None:
            node = Node(at, "mapping")
        if node.kind != "mapping":
            problems.append(
                problem(node.at, (section,), f"the section {section} is a mapping by identifier, not a {node.kind}")
            )
            continue
        if section not in root.entries:
            root.entries[section] = (at, Node(node.at, "mapping"))
        entries = root.entries[section][1].entries
        for name, entry in node.entries.items():
            if name in entries:
                said = f"{name!r} stands in {section} twice; it is already at {entries[name][0]}"
                problems.append(problem(entry[0], (section, name), said))
            else:
                entries[name] = entry
    return problems


# --- values ----------------------------------------------------------------------------------------------------------


def _draft(positions: Positions, whole: bool) -> tuple[Draft, list[Problem]]:
    """Each entry of each section by itself, so that a bad one hides nothing else."""
    problems: list[Problem] = []
    root = positions.root
    header: Header | None = None
    if "programme" in root.entries:
        header = _valid(Header, ("programme",), root.entries["programme"][1].plain(), positions, problems)
    elif whole:
        problems.append(
            problem(root.at, (), "the section `programme:` is missing", "it says name, horizon and currency")
        )
    draft = Draft(positions, header, whole=whole)
    for section in SECTIONS:
        entries: dict[str, Any] = {}
        node = positions.node((section,))
        if whole and section in _NEEDED and (node is None or not node.entries):
            problems.append(problem(root.at, (section,), f"the programme has no {section}", "it needs at least one"))
        for name, (_, entry) in (node.entries if node else {}).items():
            value = _entry(section, name, entry, positions, problems)
            if value is not None:
                entries[name] = value
        draft.sections[section] = entries
    return draft, problems


def _entry(section: str, name: str, entry: Node, positions: Positions, problems: list[Problem]) -> Any:
    path: Path = (section, name)
    raw = entry.plain()
    if not isinstance(raw, dict):
        problems.append(problem(entry.at, path, f"{name!r} in {section} is a mapping of fields, not {raw!r}"))
        return None
    if "id" in raw:
        at = entry.entries["id"][0]
        problems.append(problem(at, (*path, "id"), "`id` is the key that this stands under; leave the line out"))
    raw["id"] = name
    found = list[Problem]()
    value = _valid(ENTRY_TYPES[section], path, raw, positions, found)
    problems += found
    if value is None and section == "missions" and isinstance(raw.get("elements"), dict):
        broken = {p.path[3] for p in found if len(p.path) > 3 and p.path[2] == "elements"}
        raw["elements"] = {k: v for k, v in raw["elements"].items() if k not in broken}
        value = _valid(Mission, path, raw, positions, [])
    return value


def _valid(kind: Any, path: Path, raw: Any, positions: Positions, problems: list[Problem]) -> Any:
    adapter = _ADAPTERS.setdefault(str(kind), TypeAdapter(kind))
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        problems += plain_words(error, kind, path, positions)
        return None
