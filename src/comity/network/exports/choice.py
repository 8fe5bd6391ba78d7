"""The tracks of a schedule that concern someone: a user, an agency, an antenna or its station."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from comity.model.problems import nearest
from comity.network.allocation.answer import Schedule
from comity.network.allocation.question import Question
from comity.network.errors import NetworkError


def of_interest(question: Question, schedule: Schedule, names: Collection[str]) -> Schedule:
    """The schedule with only the tracks of these users, agencies, requests, antennas, owners or stations; all, of no names.

    NetworkError when a name is none of them.
    """
    if not names:
        return schedule
    antennas = {a.id: {a.id, a.name, a.station, a.owner} - {""} for a in question.antennas}
    requests = {r.id: {r.id, r.user, r.agency} - {""} for r in question.requests}
    known = set().union(*antennas.values(), *requests.values())
    for name in names:
        if name not in known:
            raise NetworkError(
                f"no user, agency, antenna or station is called '{name}'; {nearest(name, known)}".rstrip("; ")
            )
    wanted = set(names)
    kept = (
        t
        for t in schedule.tracks
        if wanted & requests.get(t.request, set()) or any(wanted & antennas.get(a, set()) for a in t.resource)
    )
    return replace(schedule, tracks=tuple(kept))
