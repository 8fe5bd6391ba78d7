"""Who is bound by what: the parties of a treaty on a day, what a state is party to, and what binds all of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from comity.governance.treaties.organisations import name_of, organisations
from comity.governance.treaties.table import Act, Entry, Treaty, treaties, treaty
from comity.governance.treaties.when import When

Standing = Literal["bound", "signed", "withdrawn", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Status:
    """How a state or organisation stands to a treaty on a day, and what says so.

    `unknown`: the sources show that it became a party, but not whether before or after that day. `none` rests on the
    list of `as_at`, in which it was looked for.
    """

    treaty: str
    who: str
    standing: Standing
    act: Act | None
    since: When | None
    signed: When | None
    withdrawn: When | None
    as_at: date | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bond:
    """How one partner is bound by a treaty: `how` says by what act, or through whom."""

    partner: str
    bound: bool
    how: str


@dataclass(frozen=True, slots=True)
class Common:
    """Whether a treaty binds all of some partners on a day, and how each."""

    treaty: str
    at: date
    all_bound: bool
    bonds: tuple[Bond, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a treaty has on a day: bound, only signed, withdrawn; and with the date of the act or without."""

    treaty: str
    at: date
    bound: int
    signed: int
    withdrawn: int
    organisations: int
    dated: int
    undated: int
    unknown: int
    published: str


def effective(entry: Entry, of: Treaty) -> When | None:
    """From when a row binds: its act, the delay that the treaty sets, and not before the treaty's own entry into force."""
    return None if entry.bound is None else entry.bound.later(of.delay_days).not_before(of.in_force)


def _standing(entry: Entry, of: Treaty, at: date) -> Standing:
    if entry.withdrawn is not None and entry.withdrawn.passed(at):
        return "withdrawn"
    since = effective(entry, of)
    if since is not None:
        passed = since.passed(at)
        if passed:
            return "bound"
        if passed is None:
            return "unknown"
    if entry.signed is not None:
        return "signed" if entry.signed.passed(at) else "none"
    return "signed" if since is None else "none"


def status_of(who: str, of: Treaty, *, at: date) -> Status:
    """How a state (ISO code) or an organisation (id) itself stands to a treaty on a day."""
    entry = of.entries.get(who)
    if entry is None:
        looked = [c for c in of.checked if (not c.states or who in c.states) and len(who) == 2]
        last = max(looked, key=lambda c: c.at, default=None)
        cited = () if last is None else (last.source,)
        return Status(of.key, who, "none", None, None, None, None, None if last is None else last.at, cited)
    standing = _standing(entry, of, at)
    since = effective(entry, of)
    return Status(of.key, who, standing, entry.act, since, entry.signed, entry.withdrawn, None, entry.sources)


def status(who: str, *, at: date) -> tuple[Status, ...]:
    """How a state or an organisation itself stands to every shipped treaty on a day."""
    return tuple(status_of(who, of, at=at) for of in treaties().values())


def parties(key: str, *, at: date) -> tuple[str, ...]:
    """Who is bound by a treaty on a day: ISO codes of states, then ids of organisations that accepted it."""
    of = treaty(key)
    bound = [who for who, entry in of.entries.items() if _standing(entry, of, at) == "bound"]
    return tuple(sorted(bound, key=lambda who: (len(who) != 2, who)))


def _told(entry: Entry) -> str:
    return f"{entry.act} {entry.bound.text}" if entry.bound is not None else "signed"


def bond(who: str, of: Treaty, *, at: date) -> Bond:
    """How a partner is bound: a state or organisation itself; an agency by its state; an organisation by all its members."""
    if status_of(who, of, at=at).standing == "bound":
        return Bond(who, True, _told(of.entries[who]))
    body = organisations().get(who)
    if body is None or not body.states(at):
        return Bond(who, False, _why_not(who, of, at))
    members = body.states(at)
    if body.state is not None:
        bound = status_of(body.state, of, at=at).standing == "bound"
        why = _told(of.entries[body.state]) if bound else _why_not(body.state, of, at)
        return Bond(who, bound, f"{name_of(body.state)}: {why}")
    outside = [m for m in members if status_of(m, of, at=at).standing != "bound"]
    article = of.organisations or "the treaty has no declaration for organisations"
    if not outside:
        return Bond(who, True, f"all {len(members)} member states ({article})")
    named = ", ".join(map(name_of, outside[:4])) + (f" and {len(outside) - 4} more" if len(outside) > 4 else "")
    return Bond(who, False, f"no declaration of its own in the table, and not all members: {named} ({article})")


def _why_not(who: str, of: Treaty, at: date) -> str:
    found = status_of(who, of, at=at)
    if found.standing == "withdrawn":
        assert found.withdrawn is not None
        return f"withdrawn {found.withdrawn.text}"
    if found.standing == "unknown":
        assert found.since is not None
        return f"party {found.since.text}, but whether on this day is not known"
    if found.standing == "signed":
        return "signed, not ratified"
    if found.since is not None:
        return f"not yet: {found.since.text}"
    return "not a party" if found.as_at is None else f"not a party in the list of {found.as_at}"


def common(partners: Iterable[str], *, at: date) -> tuple[Common, ...]:
    """Which treaties bind all of some partners on a day, and how each of them is bound or is not.

    A partner is a state's ISO code or an organisation's id. An agency stands for its state; an intergovernmental
    organisation is bound by its own declaration of acceptance, or else where all its member states are parties.
    """
    who = tuple(dict.fromkeys(partners))
    answers = []
    for of in treaties().values():
        bonds = tuple(bond(p, of, at=at) for p in who)
        answers.append(Common(of.key, at, bool(bonds) and all(b.bound for b in bonds), bonds))
    return tuple(answers)


def counts(key: str, *, at: date) -> Counts:
    """How complete the shipped table of a treaty is on a day."""
    of = treaty(key)
    standings = {who: _standing(entry, of, at) for who, entry in of.entries.items()}
    states = {who: s for who, s in standings.items() if len(who) == 2}
    bound = [who for who, s in states.items() if s == "bound"]
    dated = sum(1 for who in bound if (w := of.entries[who].bound) is not None and w.dated)
    latest = max((p for p in of.published if p.at <= at), key=lambda p: p.at, default=None)
    return Counts(
        treaty=key,
        at=at,
        bound=len(bound),
        signed=sum(s == "signed" for s in states.values()),
        withdrawn=sum(s == "withdrawn" for s in states.values()),
        organisations=sum(s == "bound" for who, s in standings.items() if len(who) != 2),
        dated=dated,
        undated=len(bound) - dated,
        unknown=sum(s == "unknown" for s in states.values()),
        published="" if latest is None else f"{latest.parties} on {latest.at} [{latest.source}]",
    )
