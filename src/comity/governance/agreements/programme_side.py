"""Where a programme's `agreements:` differ from what is in force on its record: the planner goes by the former.

A planner's agreement has months and not days, and no direction; so a grant from one party to another alone is not asked
of it (`model_terms.to_model`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from comity.governance.agreements.model_terms import technology_permits, to_model
from comity.governance.agreements.standing import SECTION, Standing, standing
from comity.model.calendar import Month
from comity.model.problems import Problem, problem
from comity.model.programme import Programme
from comity.model.reading import Reading
from comity.model.rules import Agreement as Stated
from comity.record import State

#: (field, what is wrong, what would be right).
Wrong = tuple[str, str, str]


def differences(reading: Reading, state: State, at: datetime) -> list[Problem]:
    """What a programme says of agreements otherwise than its record does at a moment, each with its file and line.

    Agreements that are not on the record are the programme's own matter; one that is, and permits technology, is asked of it.
    """
    programme, found = reading.programme, list[Problem]()
    if programme is None:
        return found
    for name in sorted(state.section(SECTION)):
        now, stated = standing(state, name, at), programme.agreements.get(name)
        if stated is not None:
            path = ("agreements", name)
            for field, message, hint in _wrong(programme, stated, now, at):
                place = reading.positions.of((*path, field), key=True)
                found.append(problem(place, (*path, field), f"agreement {name!r} {message}", hint))
        elif now is not None and technology_permits(now.agreement):
            place = reading.positions.of(("agreements",), key=True)
            since = f"agreement {name!r} is in force on the record since {now.since:%Y-%m-%d} and permits technology"
            said = f"{since}; the programme does not name it"
            hint = f"`comity agreement terms FILE --from {now.since:%Y-%m-%d}` prints the block"
            found.append(problem(place, ("agreements",), said, hint))
    return sorted(found)


def _wrong(programme: Programme, stated: Stated, now: Standing | None, at: datetime) -> Iterator[Wrong]:
    month = Month.of(at.year, at.month)
    over = stated.in_force_until is not None and stated.in_force_until < month
    if now is None:
        if stated.in_force_from <= month and not over:
            yield "in_force_from", f"is not in force on the record at {at:%Y-%m-%d}", "say when it ended, or sign it"
        return
    model = to_model(now.agreement, in_force_from=now.since.date())
    if stated.in_force_from != model.in_force_from:
        yield "in_force_from", f"is in force from {stated.in_force_from}; on the record, from {model.in_force_from}", ""
    if stated.in_force_until != model.in_force_until:
        ends = model.in_force_until or "without end"
        yield "in_force_until", f"is in force until {stated.in_force_until or 'ever'}; on the record, {ends}", ""
    yield from _parties(stated, now)
    if set(stated.permits) != set(model.permits) and (stated.permits or _lifts(programme, stated)):
        permits = ", ".join(stated.permits) or "all technology, for it names none"
        hint = (
            "" if model.permits or not technology_permits(now.agreement) else "what only some may give, it cannot say"
        )
        yield "permits", f"permits {permits}; on the record, {', '.join(model.permits) or 'none from all to all'}", hint


def _parties(stated: Stated, now: Standing) -> Iterator[Wrong]:
    known = {p: now.agreement.parties[p] for p in now.parties}
    names = {n for p, party in known.items() for n in (p, party.acts_through, *party.states)}
    extra = [n for n in stated.parties if n not in names]
    missing = [
        p
        for p, party in known.items()
        if not {p, party.acts_through} & set(stated.parties)
        and not (party.states and set(party.states) <= set(stated.parties))
    ]
    if extra:
        yield "parties", f"names {', '.join(extra)}, not bound on the record", f"bound are {', '.join(now.parties)}"
    if missing:
        yield "parties", f"leaves out {', '.join(missing)}, bound on the record", ""


def _lifts(programme: Programme, stated: Stated) -> bool:
    """Does an export rule wait for this agreement?"""
    return any(stated.id in rule.unless for rule in programme.export_control.values())
