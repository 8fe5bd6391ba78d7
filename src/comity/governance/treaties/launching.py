"""The launching states of a launch: who launches, who procures the launching, from whose territory and whose facility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from comity.governance.treaties.organisations import organisations, partner, state_code
from comity.governance.treaties.standing import status_of
from comity.governance.treaties.table import TreatyError, treaty
from comity.model.problems import nearest

Ground = Literal["launches", "procures", "territory", "facility"]
ARTICLES: dict[Ground, str] = {
    "launches": "Liability Convention Art. I(c)(i), Registration Convention Art. I(a)(i)",
    "procures": "Liability Convention Art. I(c)(i), Registration Convention Art. I(a)(i)",
    "territory": "Liability Convention Art. I(c)(ii), Registration Convention Art. I(a)(ii)",
    "facility": "Liability Convention Art. I(c)(ii), Registration Convention Art. I(a)(ii)",
}


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch, attempted ones included (Liability Convention Art. I(b)).

    Each ground names states (ISO codes) and organisations (ids); an agency stands for its state, a company is named by
    the state whose national it is (Outer Space Treaty Art. VI).
    """

    date: date
    launches: tuple[str, ...] = ()
    procures: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    facility: tuple[str, ...] = ()
    object: str = "the space object"

    def on(self, ground: Ground) -> tuple[str, ...]:
        """Who is named on a ground."""
        return {
            "launches": self.launches,
            "procures": self.procures,
            "territory": self.territory,
            "facility": self.facility,
        }[ground]


@dataclass(frozen=True, slots=True)
class LaunchingState:
    """A launching state, or an organisation that stands as one, and on which grounds; `through` is the agency named."""

    who: str
    grounds: tuple[Ground, ...]
    through: tuple[str, ...] = ()

    @property
    def articles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ARTICLES[ground] for ground in self.grounds))


def stands_as_state(who: str, *, at: date, key: str = "liability_convention") -> bool:
    """Has an organisation accepted a convention by a day, so that references to states apply to it (Art. XXII, Art. VII)?"""
    return status_of(who, treaty(key), at=at).standing == "bound"


def persons_of(who: str, *, at: date) -> tuple[str, ...]:
    """Whom a name stands for in law: a state itself; an agency's state; an organisation that accepted the Liability
    Convention itself, and otherwise its member states.

    Raises TreatyError where an organisation has not accepted and its members are not shipped.
    """
    body = organisations().get(who)
    if body is None or stands_as_state(who, at=at):
        return (who,)
    if not body.states(at):
        raise TreatyError(
            f"{who} had not accepted the Liability Convention, and its members are not shipped: name states"
        )
    return body.states(at)


def launching_states(launch: Launch) -> tuple[LaunchingState, ...]:
    """Every launching state of a launch, with the grounds and articles. Raises TreatyError when no ground names anybody.

    >>> launching_states(Launch(date(2021, 12, 25), procures=("nasa", "esa"), territory=("FR",)))[0].who
    'US'
    """
    grounds: dict[str, list[Ground]] = {}
    through: dict[str, list[str]] = {}
    for ground in ARTICLES:
        for named in launch.on(ground):
            for who in persons_of(named, at=launch.date):
                if ground not in grounds.setdefault(who, []):
                    grounds[who].append(ground)
                if named != who and named not in through.setdefault(who, []):
                    through[who].append(named)
    if not grounds:
        raise TreatyError("nobody launches, procures, or gives territory or facility: name at least one")
    return tuple(LaunchingState(who, tuple(on), tuple(through.get(who, ()))) for who, on in grounds.items())


_FIELDS = ("date", "object", *ARTICLES)


def read_launch(raw: Mapping[str, Any], *, where: str = "launch") -> Launch:
    """A launch from plain values: `date`, `launches`, `procures`, `territory`, `facility`, each a name or a list of names.

    Raises TreatyError with the place and what would be right.
    """
    for key in raw:
        if key not in _FIELDS:
            raise TreatyError(f"{where}: there is no field {key!r}; {nearest(str(key), _FIELDS) or ', '.join(_FIELDS)}")
    if "date" not in raw:
        raise TreatyError(f"{where}: needs `date`, such as 2021-12-25")
    return Launch(
        date=read_day(raw["date"], f"{where}: date"),
        launches=_names(raw.get("launches"), f"{where}: launches"),
        procures=_names(raw.get("procures"), f"{where}: procures"),
        territory=tuple(_state(name, f"{where}: territory") for name in _list(raw.get("territory"))),
        facility=_names(raw.get("facility"), f"{where}: facility"),
        object=str(raw.get("object", "the space object")),
    )


def read_day(raw: Any, where: str) -> date:
    """A day from text. Raises TreatyError with the place."""
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise TreatyError(f"{where}: {raw!r} is not a day; write it as 2021-12-25") from None


def _list(raw: Any) -> tuple[str, ...]:
    if raw is None:
        return ()
    return (raw,) if isinstance(raw, str) else tuple(str(name) for name in raw)


def _names(raw: Any, where: str) -> tuple[str, ...]:
    try:
        return tuple(partner(name) for name in _list(raw))
    except TreatyError as error:
        raise TreatyError(f"{where}: {error}") from None


def _state(name: str, where: str) -> str:
    try:
        return state_code(name)
    except TreatyError as error:
        raise TreatyError(f"{where}: {error}") from None
