"""YAML text as a tree of nodes, each with its file, line and column.

Scalars follow the core schema of YAML 1.2 (section 10.3.2): `NO`, `on`, `2031-02` and `1_000` are text, and only
`true`, `false`, `null`, whole numbers and decimals are anything else. Decimals are read exactly. Keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 40
MAX_NODES = 500_000

_INT = re.compile(r"[-+]?[0-9]{1,40}")
_BASED = re.compile(r"0o[0-7]{1,16}|0x[0-9a-fA-F]{1,16}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_STANDARD = "tag:yaml.org,2002:"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(slots=True)
class Node:
    """A value and where it begins; `entries` of a mapping, `items` of a sequence, or else a `scalar`."""

    at: Position
    kind: str
    scalar: Any = None
    entries: dict[str, tuple[Position, Node]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    size: int = 1

    def plain(self) -> Any:
        """The value as dicts, lists, text, numbers, booleans and None."""
        if self.kind == "mapping":
            return {key: node.plain() for key, (_, node) in self.entries.items()}
        return [node.plain() for node in self.items] if self.kind == "sequence" else self.scalar

    def child(self, step: str | int) -> tuple[Position, Node] | None:
        """Where the key (or the item) stands, and its value."""
        if self.kind == "mapping":
            return self.entries.get(str(step))
        if self.kind == "sequence" and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step].at, self.items[step]
        return None


class YamlError(ValueError):
    """Text that is not YAML as a programme uses it; says where."""

    def __init__(self, at: Position, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.at, self.message, self.hint = at, message, hint


def scalar(text: str) -> Any:
    """What a plain scalar means in the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


class _Builder:
    """Builds one document's tree from the parser's events, and keeps the errors that do not stop it."""

    def __init__(self, text: str, file: str) -> None:
        self.file, self.errors = file, list[YamlError]()
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if root is not None:
                raise YamlError(self._at(event), "a second document begins here; a file holds one")
            root = self._node(next(self._events), 0)
        return root

    def _at(self, event: Any) -> Position:
        return Position(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        at = self._at(event)
        if depth > MAX_DEPTH:
            raise YamlError(at, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, at)
        if event.tag and not event.tag.startswith(_STANDARD) and event.tag != "!":
            self.errors.append(YamlError(at, f"the tag {event.tag!r} has no meaning here; leave it out"))
        if event.anchor:
            self._anchors[event.anchor] = None
        node = self._fresh(event, at, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _fresh(self, event: Any, at: Position, depth: int) -> Node:
        self._count(1, at)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] and not event.style
            return Node(at, "scalar", scalar(event.value) if plain else event.value)
        node = Node(at, "sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping")
        end = yaml.SequenceEndEvent if node.kind == "sequence" else yaml.MappingEndEvent
        while not isinstance(first := next(self._events), end):
            if node.kind == "sequence":
                child = self._node(first, depth + 1)
                node.items.append(child)
            else:
                child = self._entry(node, first, depth)
            node.size += child.size
        return node

    def _entry(self, node: Node, event: Any, depth: int) -> Node:
        at = self._at(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise YamlError(at, "a key must be a word or a number")
        child = self._node(next(self._events), depth + 1)
        key = event.value
        if key in node.entries:
            before = node.entries[key][0]
            self.errors.append(YamlError(at, f"{key!r} stands twice here; it is already in line {before.line}"))
        else:
            node.entries[key] = (at, child)
        return child

    def _alias(self, event: Any, at: Position) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise YamlError(at, f"the alias *{event.anchor} names no anchor that is complete before it")
        self._count(node.size, at)
        return node

    def _count(self, nodes: int, at: Position) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise YamlError(at, f"more than {MAX_NODES:_} values, aliases counted in full")


def parse(text: str, file: str) -> tuple[Node | None, list[YamlError]]:
    """The tree of one file (None when it is empty or broken off), and all that is wrong with it as YAML."""
    builder = _Builder(text, file)
    try:
        return builder.document(), builder.errors
    except YamlError as error:
        return None, [*builder.errors, error]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
        context = f" ({error.context})" if error.context else ""
        return None, [*builder.errors, YamlError(at, f"not YAML: {error.problem or 'cannot be read'}{context}")]
    except yaml.YAMLError as error:
        return None, [*builder.errors, YamlError(Position(file, 1, 1), f"not YAML: {error}")]
