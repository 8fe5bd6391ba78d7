"""Reads agreements from YAML files, and reports all that is wrong with them at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath

from pydantic import TypeAdapter, ValidationError

from comity.governance.agreements.document import Agreement
from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, Node, Path, Position, parse

_ADAPTER: TypeAdapter[Agreement] = TypeAdapter(Agreement)
SHIPPED = FilePath(__file__).parent / "shipped"


class AgreementError(ValueError):
    """Agreements with problems; `problems` has them all, and the text lists them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Reading:
    """An agreement as read: the value (None when it has problems), its problems, and where each value stands."""

    file: FilePath
    agreement: Agreement | None
    problems: tuple[Problem, ...]
    positions: Positions

    def problem(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> Problem:
        """A problem at a path of this file."""
        return problem(self.positions.of(path, key=key), path, message, hint)


def shipped() -> dict[str, FilePath]:
    """The agreements that come with comity, by name."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.yaml"))}


def read(file: FilePath | str) -> Reading:
    """Reads one file as an agreement. Never raises for what its author can mend; OSError stays one."""
    file = FilePath(file)
    if file.stat().st_size > MAX_BYTES:
        return _broken(file, f"larger than {MAX_BYTES // 2**20} MiB")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return _broken(file, f"not UTF-8 text (byte {error.start})")
    return read_text(text, str(file))


def read_text(text: str, file: str) -> Reading:
    """Reads a text as an agreement; `file` is how its problems name it."""
    root, errors = parse(text, file)
    problems = [problem(e.at, (), e.message, e.hint) for e in errors]
    if root is None or root.kind != "mapping":
        at = root.at if root is not None else Position(file, 1, 1)
        if not problems:
            said = "holds no agreement"
            problems = [problem(at, (), said, "an agreement has the sections agreement, parties and clauses")]
        return Reading(FilePath(file), None, tuple(problems), Positions(root or Node(at, "mapping")))
    positions = Positions(root)
    value: Agreement | None = None
    try:
        value = _ADAPTER.validate_python(root.plain())
    except ValidationError as error:
        problems += plain_words(error, Agreement, (), positions)
    problems += _keys(root)
    found = Reading(FilePath(file), None if problems else value, (), positions)
    if value is not None:
        from comity.governance.agreements.checking import references

        problems += references.references(Reading(FilePath(file), value, (), positions), value)
    ordered = sorted(set(problems), key=lambda p: (p.line, p.column, p.message))
    return Reading(found.file, None if ordered else value, tuple(ordered), positions)


def load(name: FilePath | str) -> Agreement:
    """The agreement in a file, or the shipped one of that name. AgreementError, with all problems, when it has any."""
    reading = read(found(name))
    if reading.agreement is None:
        raise AgreementError(reading.problems)
    return reading.agreement


def found(name: FilePath | str) -> FilePath:
    """The file that is meant: one that exists, or else a shipped agreement's. FileNotFoundError says what is near."""
    file, known = FilePath(name), shipped()
    if file.is_file():
        return file
    if str(name) in known:
        return known[str(name)]
    hint = nearest(str(name), known) or f"shipped are {', '.join(known)}"
    raise FileNotFoundError(f"{name}: there is no such file, nor a shipped agreement of this name; {hint}")


def _broken(file: FilePath, message: str) -> Reading:
    at = Position(str(file), 1, 1)
    return Reading(file, None, (problem(at, (), message),), Positions(Node(at, "mapping")))


def _keys(root: Node) -> list[Problem]:
    """Keys that say `id` again, which the key of the entry already is."""
    wrong = []
    for section in ("parties", "sources", "clauses"):
        found = root.child(section)
        for name, (_, entry) in (found[1].entries if found else {}).items():
            if "id" in entry.entries:
                at = entry.entries["id"][0]
                said = "`id` is the key that this stands under; leave the line out"
                wrong.append(problem(at, (section, name, "id"), said))
    return wrong
