"""The treaties of outer space and who is party to them, as shipped: typed, immutable, each row with its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import yaml

from comity.governance.treaties.when import When
from comity.model.problems import nearest

Act = Literal["ratified", "acceded", "succeeded", "accepted", "party", "signed"]
#: Acts that bind, the plainest last: `party` is what a list marks as party without the act.
BINDING: tuple[Act, ...] = ("ratified", "acceded", "succeeded", "accepted", "party")
KEYS = (
    "outer_space_treaty",
    "rescue_agreement",
    "liability_convention",
    "registration_convention",
    "moon_agreement",
    "artemis_accords",
    "ilrs",
)


class TreatyError(ValueError):
    """Something asked about treaties that cannot be: what, and what would be right."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and how it was seen: opened itself, or through a copy that is named."""

    id: str
    name: str
    publisher: str
    date: str
    url: str
    seen: str
    through: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a state (ISO 3166-1 alpha-2) or an intergovernmental organisation (id), and what it did about a treaty.

    `bound` is when it consented to be bound, for a political commitment when it signed; None for one that only signed a
    treaty. `signed` is None where no signature is known or its day is not.
    """

    who: str
    act: Act
    bound: When | None
    signed: When | None
    withdrawn: When | None
    sources: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What a source counts: parties and signatories without ratification on a day."""

    at: date
    parties: int
    signatories: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A list of a day in which a state that is no row here was looked for and not found; no states: all of them."""

    at: date
    source: str
    states: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Treaty:
    """A treaty, accord or declaration, with its rows.

    `delay_days` is what passes between consent and effect; `organisations` the article by which an intergovernmental
    organisation may be bound; `binding` is False for what is political only.
    """

    key: str
    name: str
    title: str
    binding: bool
    opened: When
    in_force: date | None
    delay_days: int
    depositary: str
    url: str
    effect: str
    organisations: str
    entries: Mapping[str, Entry]
    published: tuple[Published, ...]
    checked: tuple[Checked, ...]
    note: str = ""


def _entry(who: str, row: Mapping[str, Any], *, binding: bool) -> Entry:
    acts: list[Act] = [act for act in BINDING if act in row]
    if len(acts) > 1:
        raise ValueError(f"{who}: {acts[0]} and {acts[1]}; one act binds")
    signed = None if row.get("signed") in (None, "unknown") else When.parse(row["signed"])
    bound = None
    if acts:
        told = row[acts[0]]
        bound = When.by(row["by"], after=row.get("after")) if told == "unknown" else When.parse(told)
    elif "by" in row:
        signed = When.by(row["by"], after=row.get("after"))
    if not binding:
        bound = signed
    return Entry(
        who=who,
        act=acts[0] if acts else "signed",
        bound=bound,
        signed=signed,
        withdrawn=When.parse(row["withdrawn"]) if "withdrawn" in row else None,
        sources=tuple(row["sources"]),
        note=row.get("note", ""),
    )


def _treaty(key: str, raw: Mapping[str, Any]) -> Treaty:
    return Treaty(
        key=key,
        name=raw["name"],
        title=raw["title"],
        binding=raw["binding"] == "true",
        opened=When.parse(raw["opened"]),
        in_force=date.fromisoformat(raw["in_force"]) if "in_force" in raw else None,
        delay_days=int(raw.get("delay_days", 0)),
        depositary=raw["depositary"],
        url=raw["url"],
        effect=raw.get("effect", ""),
        organisations=raw.get("organisations", ""),
        entries=MappingProxyType(
            {who: _entry(who, row, binding=raw["binding"] == "true") for who, row in sorted(raw["entries"].items())}
        ),
        published=tuple(
            Published(
                date.fromisoformat(p["at"]),
                int(p["parties"]),
                int(p["signatories"]) if "signatories" in p else None,
                p["source"],
            )
            for p in raw.get("published", ())
        ),
        checked=tuple(
            Checked(date.fromisoformat(c["at"]), c["source"], frozenset(c.get("states", ())))
            for c in raw.get("checked", ())
        ),
        note=raw.get("note", ""),
    )


def shipped(name: str) -> Any:
    """A shipped data file as plain values, every scalar as text (so that `NO` is Norway and a date stays as written)."""
    text = files("comity.governance.treaties").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=yaml.BaseLoader)


@cache
def sources() -> Mapping[str, Source]:
    """Every document that a shipped row cites."""
    return MappingProxyType({key: Source(id=key, **raw) for key, raw in shipped("sources").items()})


@cache
def treaties() -> Mapping[str, Treaty]:
    """Every shipped treaty, by key."""
    return MappingProxyType({key: _treaty(key, shipped(key)) for key in KEYS})


def treaty(key: str) -> Treaty:
    """A shipped treaty by key, by name, or by key with hyphens. Raises TreatyError with the nearest name."""
    wanted = key.strip().casefold().replace("-", "_").replace(" ", "_")
    for known in treaties().values():
        if wanted in (known.key, known.name.casefold().replace(" ", "_")):
            return known
    hint = nearest(wanted, KEYS) or f"shipped are {', '.join(KEYS)}"
    raise TreatyError(f"there is no treaty {key!r}; {hint}")
