"""A programme on the record: its files as blocks of text, one for each partner, mission, rule …, changed by entries.

A folder comes onto the record and out of it without losing a byte: comments, order and layout stay. A block is what a
person edits as one thing, so that two partners who change two missions at the same time do not disturb each other. A
block's name is `missions/hera.yaml#missions/hera`: its file, section and identifier; what stands in a file outside of
those (its beginning, a section's own line) has the names `#` and `#missions`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from comity.model.problems import Problem, ProgrammeError
from comity.model.programme import Programme
from comity.model.reading import Reading, read, read_texts
from comity.model.yaml_tree import Node, parse
from comity.record.entry import Entry
from comity.record.errors import RecordError, Refused
from comity.record.keyring import only
from comity.record.state import Kind, State

BLOCKS, FILES = "programme.blocks", "programme.files"
CHANGE = "programme.change"
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,199}(/[A-Za-z0-9_][A-Za-z0-9_. -]{0,199}){0,8}")
MAX_FILES = 10_000


# --- a file as blocks ------------------------------------------------------------------------------------------------------


def split(path: str, text: str) -> dict[str, str]:
    """The blocks of a file, in order; joined they are the text again, byte for byte.

    >>> list(split("m.yaml", "# ours\\nmissions:\\n  hera:\\n    name: Hera\\n"))
    ['m.yaml#', 'm.yaml#missions', 'm.yaml#missions/hera']
    """
    tree = parse(text, path)[0] if path.endswith(".yaml") else None
    if tree is None or tree.kind != "mapping":
        return {f"{path}#": text}
    lines = text.splitlines(keepends=True)
    cuts = [(0, f"{path}#")]
    for line, name in _beginnings(tree):
        line = _with_comments(lines, line - 1, cuts[-1][0])
        if line > cuts[-1][0] or (line == 0 and len(cuts) == 1):
            cuts.append((line, f"{path}#{name}"))
        # What begins on a line where another block began already (`a: {b: 1}`) is part of that block.
    ends = [line for line, _ in cuts[1:]] + [len(lines)]
    blocks = {name: "".join(lines[start:end]) for (start, name), end in zip(cuts, ends, strict=True)}
    return {name: block for name, block in blocks.items() if block or name == f"{path}#"}


def _beginnings(tree: Node) -> Iterator[tuple[int, str]]:
    """(line, name) of each section and of each of its entries, in the order of the text."""
    for section, (at, node) in tree.entries.items():
        yield at.line, section
        if node.kind == "mapping" and section != "programme":
            for name, (place, _) in node.entries.items():
                yield place.line, f"{section}/{name}"


def _with_comments(lines: list[str], line: int, floor: int) -> int:
    """The first of the comment lines that stand right above a line; never above `floor` + 1."""
    while line - 1 > floor and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def blocks_of(texts: Mapping[str, str]) -> dict[str, str]:
    """The blocks of all files."""
    return {name: block for path in sorted(texts) for name, block in split(path, texts[path]).items()}


# --- a folder ----------------------------------------------------------------------------------------------------------------


def texts_of(folder: Path) -> dict[str, str]:
    """The texts of a programme's folder by path. RecordError when a file cannot be kept on a record.

    Hidden files and folders are left out.
    """
    texts = {}
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder)
        if not file.is_file() or any(part.startswith(".") for part in path.parts):
            continue
        if not _PATH.fullmatch(path.as_posix()):
            raise RecordError(f"{file}: a path on the record has letters, digits, _ . - and blanks only")
        try:
            texts[path.as_posix()] = file.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise RecordError(f"{file}: is not UTF-8 text (byte {error.start}); a programme holds texts only") from None
    return texts


def write_folder(texts: Mapping[str, str], folder: Path) -> None:
    """Writes the texts as a new folder, which appears whole or not at all. FileExistsError when it is there."""
    if folder.exists():
        raise FileExistsError(17, "is there already", str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".part"))
    try:
        for path, text in texts.items():
            file = beside / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as out:
                out.write(text.encode())
                out.flush()
                os.fsync(out.fileno())
        beside.chmod(0o755)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


# --- on the record -------------------------------------------------------------------------------------------------------------


def texts_on(state: State) -> dict[str, str]:
    """The texts of the programme that a state holds, by path; empty when it holds none."""
    return {
        path: _joined([state.get(BLOCKS, name) for name in value["blocks"]])
        for path, value in sorted(state.section(FILES).items())
    }


def _joined(blocks: list[str]) -> str:
    # A file's last block may lack its newline; once another block stands after it, it needs one.
    return "".join(b if b.endswith("\n") or not b else b + "\n" for b in blocks[:-1]) + blocks[-1]


def reading_of(state: State, *, called: str) -> Reading:
    """The programme that a state holds, read and checked like one in a folder; `called` names it in problems."""
    texts = texts_on(state)
    if not texts:
        raise RecordError(f"{called}: no programme is on this record yet; `comity record import` puts one there")
    return read_texts(texts, called=called)


def programme_of(state: State, *, called: str) -> Programme:
    """The programme that a state holds. ProgrammeError, with all problems, when it has any."""
    reading = reading_of(state, called=called)
    if reading.programme is None:
        raise ProgrammeError(reading.problems)
    return reading.programme


def change_to(state: State, texts: Mapping[str, str]) -> dict[str, Any] | None:
    """The body of the entry that makes the state's programme be these texts; None when it is so already."""
    wanted = blocks_of(texts)
    put: dict[str, dict[str, str | None]] = {}
    before: str | None = None
    predecessors = {
        name: previous
        for value in state.section(FILES).values()
        for previous, name in pairwise([None, *value["blocks"]])
    }
    for name, text in wanted.items():
        after = before if before is not None and _file(before) == _file(name) else None
        if state.get(BLOCKS, name) != text or predecessors.get(name) != after:
            put[name] = {"text": text, "after": after}
        before = name
    removed = sorted(set(state.section(BLOCKS)) - set(wanted))
    return {"put": put, "remove": removed} if put or removed else None


def problems_after(state: State, body: Mapping[str, Any], *, called: str) -> tuple[Problem, ...]:
    """The problems that the programme would have after a change."""
    trial = State()
    for section in (BLOCKS, FILES):
        for key, value in state.section(section).items():
            trial.put(section, key, value)
    _change(trial, body)
    return read_texts(texts_on(trial), called=called).problems


def touched(state: State, body: Mapping[str, Any]) -> tuple[str, ...]:
    """What a change is about, each once, in order.

    `partners/esa/budget` for each field that differs, also where `partners/esa/+` or `partners/esa/-` says that what holds
    it comes or goes; `programme` and the like for what stands outside of those. It is read from the whole files, as
    planners read them: a block's name is only what its author calls it. A change of comments or layout alone is about
    nothing, and so is one that cannot be made.
    """
    put, remove = _parts(body)
    trial = State()
    for path in {_file(name) for name in (*put, *remove)}:
        for name in (state.get(FILES, path) or {"blocks": []})["blocks"]:
            trial.put(BLOCKS, name, state.get(BLOCKS, name))
        if state.get(FILES, path) is not None:
            trial.put(FILES, path, state.get(FILES, path))
    old = _said(texts_on(trial))
    try:
        _change(trial, body)
    except Refused:
        return ()
    new = _said(texts_on(trial))
    found = {subject for subject in old.keys() | new.keys() if old.get(subject) != new.get(subject)}
    return tuple(sorted(_subject(name, come=name not in old) for name in found))


#: Ends what stands for a block as a whole, in `_said`.
_WHOLE = "/"


def _subject(name: str, *, come: bool) -> str:
    return f"{name}{'+' if come else '-'}" if name.endswith(_WHOLE) else name


def _said(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """By subject, what the files say on it; more than once where several do."""
    said: dict[str, list[str]] = {}

    def say(subject: str, value: Any) -> None:
        said.setdefault(subject, []).append(json.dumps(value, sort_keys=True, default=repr))

    for path, text in texts.items():
        tree = parse(text, path)[0] if path.endswith(".yaml") else None
        if tree is None or tree.kind != "mapping":
            say("programme", text)
            continue
        for section, (_, node) in tree.entries.items():
            if node.kind != "mapping" or section == "programme":
                say(section, node.plain())
                continue
            for name, (_, block) in node.entries.items():
                say(f"{section}/{name}{_WHOLE}", None)
                if block.kind != "mapping":
                    say(f"{section}/{name}", block.plain())
                for field_, (_, value) in block.entries.items():
                    say(f"{section}/{name}/{field_}", value.plain())
    return {subject: sorted(values) for subject, values in said.items()}


def change(state: State, entry: Entry) -> None:
    """`programme.change`: blocks that are put, each after another one of its file, and blocks that are removed."""
    only(entry, "put", "remove")
    _change(state, entry.body)


def _parts(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[str]]:
    """What a change puts and removes. Refused when it has another form."""
    put, remove = body.get("put", {}), body.get("remove", [])
    if not isinstance(put, dict) or not isinstance(remove, list):
        raise Refused("a change has put, a map of blocks, and remove, a list of their names")
    for name in remove:
        if not isinstance(name, str):
            raise Refused(f"there is no block {name!r} to remove")
    for name, value in put.items():
        if not isinstance(value, dict) or value.keys() != {"text", "after"} or not isinstance(value["text"], str):
            raise Refused(f"the block {name!r} is a map of text and after")
        if not isinstance(value["after"], str | None):
            raise Refused(f"the block {name!r} comes after another one, or first (null), not after {value['after']!r}")
        if not _PATH.fullmatch(_file(name)) or ".." in PurePosixPath(_file(name)).parts or "#" not in name:
            raise Refused(f"the block name {name!r} is not of the form file#section/identifier")
    return put, remove


def _change(state: State, body: Mapping[str, Any]) -> None:
    put, remove = _parts(body)
    if not put and not remove:
        raise Refused("the change changes nothing")
    orders = {
        path: _Order((state.get(FILES, path) or {"blocks": []})["blocks"])
        for path in sorted({_file(name) for name in (*put, *remove)})
    }
    for name in remove:
        if state.get(BLOCKS, name) is None:
            raise Refused(f"there is no block {name!r} to remove")
        orders[_file(name)].take_out(name)
        state.remove(BLOCKS, name)
    for name in _in_order(put):
        orders[_file(name)].put(name, put[name]["after"])
        state.put(BLOCKS, name, put[name]["text"])
    for path, order in orders.items():
        if blocks := list(order):
            state.put(FILES, path, {"blocks": blocks})
        else:
            state.remove(FILES, path)
    _check_paths(state, orders)


def _check_paths(state: State, paths: Iterable[str]) -> None:
    files = state.section(FILES)
    if len(files) > MAX_FILES:
        raise Refused(f"a programme has at most {MAX_FILES} files")
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    for path in paths:
        clash = (
            path if path in folders else next((str(p) for p in PurePosixPath(path).parents if str(p) in files), None)
        )
        if clash is not None and path in files:
            raise Refused(f"{clash} cannot be a file and a folder")


class _Order:
    """The blocks of a file in order, each of which can be put and taken out at once, however many there are."""

    def __init__(self, blocks: Iterable[str]) -> None:
        #: None stands before the first and after the last.
        self._next: dict[str | None, str | None] = {None: None}
        self._previous: dict[str | None, str | None] = {None: None}
        for name in blocks:
            self.put(name, self._previous[None])

    def __iter__(self) -> Iterator[str]:
        name = self._next[None]
        while name is not None:
            yield name
            name = self._next[name]

    def take_out(self, name: str) -> None:
        before, after = self._previous.pop(name), self._next.pop(name)
        self._next[before], self._previous[after] = after, before

    def put(self, name: str, before: str | None) -> None:
        """Puts it after another one, or first (None). What it followed may be gone by the time: then it comes last."""
        if name in self._next:
            self.take_out(name)
        before = before if before in self._next else self._previous[None]
        after = self._next[before]
        self._next[before] = self._previous[after] = name
        self._next[name], self._previous[name] = after, before


def _in_order(put: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The blocks so that each comes after the one that it follows (canonical JSON has lost the order of writing)."""
    followers: dict[str | None, list[str]] = {}
    for name in sorted(put):
        after = put[name]["after"]
        followers.setdefault(after if after in put else None, []).append(name)
    ordered: list[str] = []
    waiting = list(reversed(followers.get(None, [])))
    while waiting:
        name = waiting.pop()
        ordered.append(name)
        waiting += reversed(followers.get(name, []))
    if len(ordered) < len(put):
        raise Refused(f"the blocks {', '.join(sorted(set(put) - set(ordered)))} follow each other in a circle")
    return ordered


def _file(name: str) -> str:
    return name.partition("#")[0]


def checked_texts(folder: Path) -> dict[str, str]:
    """The texts of a folder that is a programme without problems; ProgrammeError when it has any."""
    reading = read(folder)
    if reading.programme is None:
        raise ProgrammeError(reading.problems)
    return texts_of(folder)


KINDS = (Kind(CHANGE, change, "blocks of the programme's files are put or removed", decidable=True),)
