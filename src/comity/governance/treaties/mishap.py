"""What happened: the damage that a space object did, to whom and where, and what was agreed beforehand about claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from comity.governance.treaties.launching import Launch, read_day, read_launch
from comity.governance.treaties.organisations import partner
from comity.governance.treaties.table import TreatyError, shipped
from comity.model.problems import nearest

#: A day, where a field is called `date`.
Day: TypeAlias = date
Place = Literal["surface", "aircraft", "space"]
Harm = Literal["person", "property"]
Kept = Literal["own_entities", "natural_person", "wilful_misconduct", "intellectual_property", "no_flow_down"]


@dataclass(frozen=True, slots=True)
class Victim:
    """Whose damage it is: a state, its people, or an organisation.

    `on_board` is the launch of the space object that was damaged or that carried the person or property, for damage in
    space; `participating` and `invited` are the cases of Liability Convention Art. VII(b), `invited` naming by whom.
    `protected`: damaged by virtue of its part in the cooperation that a cross-waiver covers. `negligent`: to what extent
    (`part`, `whole`) gross negligence or intent of the claimant or those it represents did it (Art. VI(1)).
    """

    who: str
    harm: Harm = "property"
    participating: bool = False
    invited: tuple[str, ...] = ()
    on_board: Launch | None = None
    protected: bool = False
    negligent: Literal["", "part", "whole"] = ""


@dataclass(frozen=True, slots=True)
class Mishap:
    """Damage by a space object; `collided_with` is the launch of a second one, where a third state was harmed by both.

    `fault` lists who is known to be at fault; `unlawful`: the activity was not in conformity with international law
    (Art. VI(2)). `identified` is the day on which the launching state was identified, where later than `date` (Art. X).
    """

    date: date
    place: Place
    victims: tuple[Victim, ...]
    collided_with: Launch | None = None
    fault: tuple[str, ...] = ()
    wilful: tuple[str, ...] = ()
    unlawful: bool = False
    identified: Day | None = None
    intellectual_property: bool = False
    no_flow_down: tuple[str, ...] = ()
    in_protected_operations: bool = False


@dataclass(frozen=True, slots=True)
class CrossWaiver:
    """An agreement by which its parties waive claims against each other, with the article for each thing that it does not cover."""

    id: str
    name: str
    article: str
    exceptions: Mapping[str, str]
    parties: Mapping[str, date]
    sources: tuple[str, ...] = ()

    def binds(self, who: str, *, at: date) -> bool:
        """Was somebody a party on a day?"""
        since = self.parties.get(who)
        return since is not None and since <= at


@cache
def cross_waivers() -> Mapping[str, CrossWaiver]:
    """The shipped cross-waivers, by id."""
    return MappingProxyType(
        {
            key: CrossWaiver(
                id=key,
                name=raw["name"],
                article=raw["article"],
                exceptions=MappingProxyType(dict(raw["exceptions"])),
                parties=MappingProxyType({who: date.fromisoformat(day) for who, day in raw["parties"].items()}),
                sources=tuple(raw["sources"]),
            )
            for key, raw in shipped("cross_waivers").items()
        }
    )


def read_cross_waiver(raw: Any, *, where: str = "cross_waiver") -> CrossWaiver:
    """A shipped cross-waiver by id, or one from plain values: `name`, `article`, `parties` (name and since when)."""
    if isinstance(raw, str):
        if raw not in cross_waivers():
            hint = nearest(raw, cross_waivers()) or f"shipped are {', '.join(cross_waivers())}"
            raise TreatyError(f"{where}: there is no cross-waiver {raw!r}; {hint}")
        return cross_waivers()[raw]
    _only(raw, ("name", "article", "parties", "exceptions"), where)
    parties = raw.get("parties")
    if not isinstance(parties, Mapping) or len(parties) < 2:
        raise TreatyError(
            f"{where}: needs `parties`, at least two, each with the day since when, such as US: 2001-03-27"
        )
    exceptions = raw.get("exceptions", {})
    _only(exceptions, get_args(Kept), f"{where}: exceptions")
    return CrossWaiver(
        id="given",
        name=str(raw.get("name", "Cross-waiver of liability")),
        article=str(raw.get("article", "as agreed")),
        exceptions=dict(exceptions),
        parties={_who(name, f"{where}: parties"): read_day(day, f"{where}: {name}") for name, day in parties.items()},
    )


def read_mishap(raw: Mapping[str, Any], *, where: str = "mishap") -> Mishap:
    """A mishap from plain values, as in a YAML file. Raises TreatyError with the place and what would be right."""
    _only(raw, Mishap.__dataclass_fields__, where)
    for needed in ("date", "place", "victims"):
        if needed not in raw:
            raise TreatyError(f"{where}: needs `{needed}`")
    if raw["place"] not in get_args(Place):
        raise TreatyError(f"{where}: place {raw['place']!r}; write {', '.join(get_args(Place))}")
    if not isinstance(raw["victims"], list) or not raw["victims"]:
        raise TreatyError(f"{where}: `victims` is a list of at least one, each with `who`")
    return Mishap(
        date=read_day(raw["date"], f"{where}: date"),
        place=raw["place"],
        victims=tuple(_victim(v, f"{where}: victims[{i}]") for i, v in enumerate(raw["victims"])),
        collided_with=_launch(raw, "collided_with", where),
        fault=_whos(raw, "fault", where),
        wilful=_whos(raw, "wilful", where),
        unlawful=_flag(raw, "unlawful", where),
        identified=read_day(raw["identified"], f"{where}: identified") if "identified" in raw else None,
        intellectual_property=_flag(raw, "intellectual_property", where),
        no_flow_down=_whos(raw, "no_flow_down", where),
        in_protected_operations=_flag(raw, "in_protected_operations", where),
    )


def _victim(raw: Any, where: str) -> Victim:
    if isinstance(raw, str):
        return Victim(_who(raw, where))
    if not isinstance(raw, Mapping) or "who" not in raw:
        raise TreatyError(f"{where}: needs `who`, a state or an organisation")
    _only(raw, Victim.__dataclass_fields__, where)
    harm, negligent = str(raw.get("harm", "property")), str(raw.get("negligent", ""))
    if harm not in get_args(Harm):
        raise TreatyError(f"{where}: harm {harm!r}; write person or property")
    if negligent not in ("", "part", "whole"):
        raise TreatyError(f"{where}: negligent {negligent!r}; write part or whole")
    return Victim(
        who=_who(str(raw["who"]), where),
        harm="person" if harm == "person" else "property",
        participating=_flag(raw, "participating", where),
        invited=_whos(raw, "invited", where),
        on_board=_launch(raw, "on_board", where),
        protected=_flag(raw, "protected", where),
        negligent="whole" if negligent == "whole" else "part" if negligent else "",
    )


def _only(raw: Any, fields: Any, where: str) -> None:
    if not isinstance(raw, Mapping):
        raise TreatyError(f"{where}: must be a mapping of {', '.join(fields)}")
    for key in raw:
        if key not in fields:
            raise TreatyError(f"{where}: there is no field {key!r}; {nearest(str(key), fields) or ', '.join(fields)}")


def _who(name: str, where: str) -> str:
    try:
        return partner(name)
    except TreatyError as error:
        raise TreatyError(f"{where}: {error}") from None


def _whos(raw: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = raw.get(key) or ()
    return tuple(_who(str(name), f"{where}: {key}") for name in ((value,) if isinstance(value, str) else value))


def _flag(raw: Mapping[str, Any], key: str, where: str) -> bool:
    value = str(raw.get(key, "false")).casefold()
    if value not in ("true", "false", "yes", "no"):
        raise TreatyError(f"{where}: {key} is true or false, not {raw[key]!r}")
    return value in ("true", "yes")


def _launch(raw: Mapping[str, Any], key: str, where: str) -> Launch | None:
    if key not in raw:
        return None
    if not isinstance(raw[key], Mapping):
        raise TreatyError(f"{where}: {key} is a launch: date, launches, procures, territory, facility")
    return read_launch(raw[key], where=f"{where}: {key}")
