"""Which agency gave which other hours on its antennas, and to which part of the hours each has a claim.

Hours may be weighted by antenna, as NASA weights apertures: 1 for a 34 m antenna, 4 for a 70 m one (AW in the aperture fee
AF = RB [AW (0.9 + FC/10)] of NASA's Mission Operations and Communications Services; quoted at second hand, from
unmannedspaceflight.com topic 6218).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.model.problems import nearest
from comity.network.allocation.answer import Schedule
from comity.network.allocation.occupancy import spans_left
from comity.network.allocation.question import Question
from comity.network.errors import NetworkError


@dataclass(frozen=True, slots=True)
class HoursGiven:
    """Hours that an owner's antennas served another agency (or, with no agency named, a user), and in how many tracks."""

    giver: str
    taker: str
    hours: float
    tracks: int


def hours_given(
    question: Question,
    schedule: Schedule,
    *,
    weights: Mapping[str, float] | None = None,
    with_setup: bool = False,
) -> tuple[HoursGiven, ...]:
    """Hours by giver and taker, each antenna of an array for itself; own use of own antennas is left out.

    `with_setup` counts setup and teardown, too, for they hold the antenna. NetworkError when a weight is of no antenna.
    """
    weigh = _weights(question, weights)
    owner = {antenna.id: antenna.owner for antenna in question.antennas}
    requests = {request.id: request for request in question.requests}
    hours: Counter[tuple[str, str]] = Counter()
    tracks: Counter[tuple[str, str]] = Counter()
    for track in schedule.tracks:
        request = requests.get(track.request)
        if request is None:
            continue
        seconds = track.end - track.start + (request.setup_s + request.teardown_s if with_setup else 0)
        taker = request.agency or request.user
        for name in track.resource:
            if owner.get(name) and owner[name] != taker:
                hours[owner[name], taker] += seconds * weigh[name] / 3600  # type: ignore[assignment]
        for giver in {owner[n] for n in track.resource if owner.get(n) and owner[n] != taker}:
            tracks[giver, taker] += 1
    return tuple(HoursGiven(*pair, hours[pair], tracks[pair]) for pair in sorted(hours))


def owed_by(given: tuple[HoursGiven, ...]) -> dict[str, float]:
    """What each is owed by all others together [h], below nothing when it owes; of this schedule alone. It sums to nothing."""
    owed: Counter[str] = Counter()
    for one in given:
        owed[one.giver] += one.hours  # type: ignore[assignment]
        owed[one.taker] -= one.hours  # type: ignore[assignment]
    return dict(sorted(owed.items()))


def owned_hours(question: Question, *, weights: Mapping[str, float] | None = None) -> dict[str, float]:
    """Hours that each owner's antennas can give within the question, less outages [h]; antennas that nobody owns are left out."""
    weigh = _weights(question, weights)
    owned: Counter[str] = Counter()
    for antenna in question.antennas:
        if antenna.owner:
            out = [(o.start, o.end) for o in question.outages if o.antenna == antenna.id]
            seconds = sum(b - a for a, b in spans_left((question.start, question.end), out))
            owned[antenna.owner] += seconds * weigh[antenna.id] / 3600  # type: ignore[assignment]
    return dict(sorted(owned.items()))


def entitlement(
    question: Question, owed_hours: Mapping[str, float] | None = None, *, weights: Mapping[str, float] | None = None
) -> dict[str, float]:
    """To which part of the hours each agency has a claim: what its antennas can give, more what it is owed, less what it owes.

    `owed_hours` are balances of earlier weeks [h, weighted alike], below nothing for who owes; who owes more than it owns has
    no claim, and the rest is shared in proportion. The parts sum to 1. NetworkError when nobody owns or is owed anything.
    """
    owned = owned_hours(question, weights=weights)
    owed = owed_hours or {}
    claim = {name: max(0.0, owned.get(name, 0.0) + owed.get(name, 0.0)) for name in sorted({*owned, *owed})}
    whole = sum(claim.values())
    if whole <= 0:
        raise NetworkError(
            f"{question.name}: no antenna says who owns it, and nobody is owed hours; set each antenna's owner"
        )
    return {name: hours / whole for name, hours in claim.items()}


def with_entitlement(
    question: Question, owed_hours: Mapping[str, float] | None = None, *, weights: Mapping[str, float] | None = None
) -> Question:
    """The question with everyone's claim in it, for the aim `agencies`."""
    return replace(question, entitlement=entitlement(question, owed_hours, weights=weights))


def _weights(question: Question, weights: Mapping[str, float] | None) -> dict[str, float]:
    found = dict.fromkeys((antenna.id for antenna in question.antennas), 1.0)
    for name, weight in (weights or {}).items():
        if name not in found:
            raise NetworkError(
                f"there is no antenna '{name}' to weigh; {nearest(name, found) or 'known: ' + ', '.join(found)}"
            )
        if not 0 < weight < 1000:
            raise NetworkError(f"the weight of '{name}' is {weight}; it is more than nothing, and under 1000")
        found[name] = weight
    return found
