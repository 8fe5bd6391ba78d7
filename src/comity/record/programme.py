"""A programme on the record: its files as blocks of text, one for each partner, mission, rule …, changed by entries.

A folder comes onto the record and out of it without losing a byte: comments, order and layout stay. A block is what a
person edits as one thing, so that two partners who change two missions at the same time do not disturb each other. A
block's name is `missions/hera.yaml#missions/hera`: its file, section and identifier; what stands in a file outside of
those (its beginning, a section's own line) has the names `#` and `#missions`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from comity.model.problems import Problem, ProgrammeError
from comity.model.programme import Programme
from comity.model.reading import Reading, read, read_texts
from comity.model.yaml_tree import Node, parse
from comity.record.entry import Entry
from comity.record.errors import RecordError, Refused
from comity.record.keyring import field, only
from comity.record.state import Kind, State

BLOCKS, FILES = "programme.blocks", "programme.files"
CHANGE = "programme.change"
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]*(/[A-Za-z0-9_][A-Za-z0-9_. -]*){0,8}")
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
    for name, text in wanted.items():
        after = before if before is not None and _file(before) == _file(name) else None
        if state.get(BLOCKS, name) != text or _predecessor(state, name) != after:
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

    `partners/esa/budget` where a field differs, `partners/esa/+` and `partners/esa/-` where a block comes or goes;
    `programme` and the like for what stands outside of the blocks. A change of comments or layout alone is about nothing.
    """
    found: set[str] = set()
    put = body.get("put", {})
    gone = {_name(n): _value(state.get(BLOCKS, n), n) for n in (*body.get("remove", ()), *put) if state.get(BLOCKS, n)}
    come = {_name(n): _value(value["text"], n) for n, value in put.items()}
    for name in gone.keys() | come.keys():
        found |= _differences(name, gone.get(name, _NOTHING), come.get(name, _NOTHING))
    return tuple(sorted(found))


_NOTHING: Any = object()


def _name(block: str) -> str:
    return block.partition("#")[2]


def _value(text: str, block: str) -> Any:
    """What a block says; its text when it cannot be read by itself."""
    tree, errors = parse(text, block)
    if errors or tree is None:
        return None if tree is None and not errors else text
    value = tree.plain()
    *_, last = _name(block).split("/")
    return value.get(last, value) if isinstance(value, dict) and len(value) == 1 else value


def _differences(name: str, old: Any, new: Any) -> set[str]:
    if old == new:
        return set()
    if "/" not in name:  # a file's beginning, or a section written in one line
        return {name or "programme"}
    if old is _NOTHING or new is _NOTHING:
        return {f"{name}/{'+' if old is _NOTHING else '-'}"}
    if isinstance(old, dict) and isinstance(new, dict):
        return {f"{name}/{k}" for k in old.keys() | new.keys() if old.get(k) != new.get(k)}
    return {name}


def change(state: State, entry: Entry) -> None:
    """`programme.change`: blocks that are put, each after another one of its file, and blocks that are removed."""
    only(entry, "put", "remove")
    field(entry, "put", dict, default={})
    field(entry, "remove", list, default=[])
    _change(state, entry.body)


def _change(state: State, body: Mapping[str, Any]) -> None:
    put, remove = body.get("put", {}), body.get("remove", [])
    if not put and not remove:
        raise Refused("the change changes nothing")
    for name in remove:
        if not isinstance(name, str) or state.get(BLOCKS, name) is None:
            raise Refused(f"there is no block {name!r} to remove")
        _take_out(state, name)
        state.remove(BLOCKS, name)
    for name, value in put.items():
        if not isinstance(value, dict) or value.keys() != {"text", "after"} or not isinstance(value["text"], str):
            raise Refused(f"the block {name!r} is a map of text and after")
        if not _PATH.fullmatch(_file(name)) or ".." in PurePosixPath(_file(name)).parts or "#" not in name:
            raise Refused(f"the block name {name!r} is not of the form file#section/identifier")
    for name in _in_order(put):
        _put_in(state, name, put[name]["text"], put[name]["after"])
    if len(state.section(FILES)) > MAX_FILES:
        raise Refused(f"a programme has at most {MAX_FILES} files")


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


def _put_in(state: State, name: str, text: str, after: Any) -> None:
    path = _file(name)
    blocks = [b for b in (state.get(FILES, path) or {"blocks": []})["blocks"] if b != name]
    # What it followed may be gone by the time: then it comes last.
    last = blocks.index(after) + 1 if after in blocks else len(blocks)
    place = 0 if after is None else last
    blocks.insert(place, name)
    state.put(FILES, path, {"blocks": blocks})
    state.put(BLOCKS, name, text)


def _take_out(state: State, name: str) -> None:
    blocks = [b for b in state.get(FILES, _file(name))["blocks"] if b != name]
    if blocks:
        state.put(FILES, _file(name), {"blocks": blocks})
    else:
        state.remove(FILES, _file(name))


def _predecessor(state: State, name: str) -> str | None:
    blocks = (state.get(FILES, _file(name)) or {"blocks": []})["blocks"]
    place = blocks.index(name) if name in blocks else 0
    return blocks[place - 1] if place else None


def _file(name: str) -> str:
    return name.partition("#")[0]


def checked_texts(folder: Path) -> dict[str, str]:
    """The texts of a folder that is a programme without problems; ProgrammeError when it has any."""
    reading = read(folder)
    if reading.programme is None:
        raise ProgrammeError(reading.problems)
    return texts_of(folder)


KINDS = (Kind(CHANGE, change, "blocks of the programme's files are put or removed", decidable=True),)
