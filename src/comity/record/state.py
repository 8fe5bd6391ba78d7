"""What a record says, once all its entries are taken in order: sections of plain JSON values by key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from comity.record.canonical import canonical
from comity.record.entry import Entry

_ABSENT: Any = object()


@dataclass(slots=True)
class State:
    """Sections of values. A value that was put is never changed in place: whoever changes it puts another."""

    _sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    _journal: list[tuple[str, str, Any]] = field(default_factory=list)

    def get(self, section: str, key: str) -> Any:
        """The value, or None."""
        return self._sections.get(section, {}).get(key)

    def section(self, name: str) -> Mapping[str, Any]:
        """All values of a section by key, in the order in which they were first put; empty when there is none."""
        return MappingProxyType(self._sections.get(name, {}))

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, values in self._sections.items() if values))

    def put(self, section: str, key: str, value: Any) -> None:
        """Sets a value (dicts, lists, text, whole numbers, booleans, None)."""
        values = self._sections.setdefault(section, {})
        self._journal.append((section, key, values.get(key, _ABSENT)))
        values[key] = value

    def remove(self, section: str, key: str) -> None:
        """Takes a value away; nothing happens when it is not there."""
        values = self._sections.get(section, {})
        if key in values:
            self._journal.append((section, key, values.pop(key)))

    def settle(self) -> None:
        """What was put stays: the journal is forgotten."""
        self._journal.clear()

    def savepoint(self) -> int:
        """Where to roll back to, for a step within an entry that may fail by itself."""
        return len(self._journal)

    def roll_back(self, savepoint: int = 0) -> None:
        """Undoes all that was put and removed since the savepoint, or since it was last settled."""
        while len(self._journal) > savepoint:
            section, key, value = self._journal.pop()
            if value is _ABSENT:
                self._sections[section].pop(key, None)
            else:
                self._sections[section][key] = value

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Sections and keys in order, empty sections left out."""
        return {name: {k: self._sections[name][k] for k in sorted(self._sections[name])} for name in self.sections}

    def digest(self) -> str:
        """SHA-256 of the canonical bytes of all sections: the same for all who hold the same record."""
        return hashlib.sha256(canonical(self.to_dict())).hexdigest()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: what it does to the state. `apply` raises Refused when it may not, or makes no sense.

    A `grave` kind needs the officers' threshold of its author, whatever the programme marks besides. A `decidable` one may
    be what a decision of a body is about, and is then applied in the body's name; an `entrusted` one only when the
    charter entrusts that body with it, for it changes who may decide.
    """

    name: str
    apply: Callable[[State, Entry], None]
    about: str = ""
    grave: bool = False
    decidable: bool = False
    entrusted: bool = False


#: What is asked of each entry before it is applied; raises Refused to bar it.
Guard = Callable[[State, Entry], None]
