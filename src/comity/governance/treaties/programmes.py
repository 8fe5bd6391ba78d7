"""The shipped tables and a programme's own: a table to put into it, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from comity.governance.treaties.organisations import name_of
from comity.governance.treaties.standing import effective
from comity.governance.treaties.table import Entry, Treaty, treaties, treaty
from comity.model.calendar import Month
from comity.model.problems import Problem, problem
from comity.model.programme import Programme
from comity.model.reading import Reading
from comity.model.rules import Treaty as ProgrammeTreaty


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a programme's treaty says other than the shipped table: its place, and what each says."""

    place: Problem
    treaty: str
    shipped: str
    who: str
    programme: str
    table: str


def _month(day: date) -> Month:
    return Month.of(day.year, day.month)


def since_months(of: Treaty, *, at: date) -> dict[str, Month]:
    """From which month each party on a day is bound: the month of the act, or of the first list that shows it."""
    months = {}
    for who, entry in of.entries.items():
        since = effective(entry, of)
        gone = entry.withdrawn is not None and entry.withdrawn.passed(at)
        if since is not None and since.passed(at) and not gone:
            months[who] = _month(since.last)
    return months


def programme_treaty(key: str, *, at: date, only: frozenset[str] | None = None) -> ProgrammeTreaty:
    """A shipped treaty as a programme's rules hold it: parties on a day, each with its month.

    A party without a known date stands with the month of the first list that shows it, and the text of the estimate says
    so. `only` keeps some states and organisations; by default all states, and no organisation, which a programme would
    have to know as a partner. Raises TreatyError for an unknown treaty, with the nearest name.
    """
    of = treaty(key)
    kept = {who: m for who, m in since_months(of, at=at).items() if (len(who) == 2 if only is None else who in only)}
    late = [who for who in kept if (bound := of.entries[who].bound) is not None and not bound.dated]
    cited = tuple(dict.fromkeys(s for who in kept for s in of.entries[who].sources))
    told = f"Comity's table of {of.name}, from {', '.join(cited)}"
    if late:
        told += f"; {len(late)} without a date stand with the first list that shows them: {', '.join(late)}"
    return ProgrammeTreaty(id=of.key, name=of.name, parties=kept, url=of.url, estimate=told)


def export_yaml(key: str, *, at: date, only: frozenset[str] | None = None) -> str:
    """The YAML block of a shipped treaty, to put into a programme's rules under `treaties:`."""
    made = programme_treaty(key, at=at, only=only)
    rows = ", ".join(f"{_quoted(who)}: {month}" for who, month in made.parties.items())
    told = str(made.estimate).replace('"', "'")
    return (
        f"treaties:\n  {made.id.replace('_', '-')}:\n    name: {made.name}\n    url: {made.url}\n"
        f'    parties: {{{rows}}}\n    estimate: "{told}"\n'
    )


def of_partners(programme: Programme) -> frozenset[str]:
    """The states of a programme's partners, and those partners that may stand in a treaty themselves."""
    states = {s for p in programme.partners.values() for s in ((p.country,) if p.country else p.member_states)}
    return frozenset(states | set(programme.partners))


def _quoted(who: str) -> str:
    return f"'{who}'" if who == "NO" else who


def _meant(key: str, name: str) -> Treaty | None:
    """The shipped treaty that a programme's means, by its key or its name."""
    short = {"ost": "outer_space_treaty", "ilrs-declaration": "ilrs"}
    wanted = {key.replace("-", "_"), short.get(key, ""), name.casefold()}
    return next((of for of in treaties().values() if wanted & {of.key, of.name.casefold()}), None)


def _acted(entry: Entry) -> date:
    """The first day on which a dated act may have been: a programme may count from the act or from its effect."""
    assert entry.bound is not None
    return entry.bound.first


def differences(reading: Reading, *, at: date) -> tuple[Difference, ...]:
    """Where the treaties of a programme differ from the shipped tables on a day, in the order of its files.

    A party that the table does not show, or with a month that the table's dates exclude, is a difference; a party of the
    table that the programme leaves out is none, unless one of its partners is of that state.
    """
    assert reading.programme is not None
    return tuple(_differences(reading, at))


def _differences(reading: Reading, at: date) -> Iterator[Difference]:
    programme = reading.programme
    assert programme is not None
    states = of_partners(programme)
    for key, own in programme.treaties.items():
        of = _meant(key, own.name)
        if of is None:
            continue
        table = since_months(of, at=at)

        def place(*path: str | int, key: str = key) -> Problem:
            where = ("treaties", key, "parties", *path)
            return problem(reading.positions.of(where, key=bool(path)), where, "")

        for who, month in own.parties.items():
            entry = of.entries.get(who)
            since = None if entry is None else effective(entry, of)
            if who not in table or entry is None or since is None:
                told = "not a party" if entry is None else f"{entry.act}, not bound"
                yield Difference(place(who), key, of.key, who, f"party since {month}", told)
            elif since.dated and not _month(_acted(entry)) <= month <= _month(since.last):
                yield Difference(place(who), key, of.key, who, f"since {month}", f"{entry.act} {since.text}")
            elif not since.dated and month > _month(since.last):
                yield Difference(place(who), key, of.key, who, f"since {month}", f"party {since.text}")
        for who in sorted(states & set(table)):
            if who not in own.parties:
                since = effective(of.entries[who], of)
                told = "" if since is None else f"{of.entries[who].act} {since.text}"
                yield Difference(place(), key, of.key, who, "left out", f"{name_of(who)} {told}")
