"""How far one schedule departs from another, track by track: what was kept, moved, shortened, lengthened, dropped, added."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.question import Question, iso
from comity.network.allocation.score import score, served_seconds

#: `shortened` and `lengthened` stay on their antennas, inside or around the time that they had; `moved` is any other place.
Kind = Literal["kept", "shortened", "lengthened", "moved", "dropped", "new"]
KINDS: tuple[Kind, ...] = ("kept", "moved", "shortened", "lengthened", "dropped", "new")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a track; `before` is None of a new one, `after` of one that was dropped."""

    kind: Kind
    request: str
    user: str
    before: Track | None
    after: Track | None

    @property
    def shift_s(self) -> int:
        """By how much its start moved [s]; nothing of dropped and new tracks."""
        return abs(self.after.start - self.before.start) if self.before and self.after else 0

    @property
    def lost_s(self) -> int:
        """Transmission that it lost [s]; below nothing when it gained."""
        length = [0 if t is None else t.end - t.start for t in (self.before, self.after)]
        return length[0] - length[1]


@dataclass(frozen=True, slots=True)
class Disruption:
    """All changes between two schedules, in order of time, and what they cost.

    Hours are those that count (`served_seconds`); `lost_users` have fewer than before, in hours.
    """

    changes: tuple[Change, ...]
    hours_before: float
    hours_after: float
    satisfied_before: int
    satisfied_after: int
    lost_users: dict[str, float]

    def count(self, kind: Kind) -> int:
        """How many tracks are of a kind."""
        return sum(change.kind == kind for change in self.changes)

    @property
    def changed(self) -> int:
        """Tracks that are not as they were: moved, shortened, lengthened, dropped or new."""
        return len(self.changes) - self.count("kept")

    @property
    def moved_hours(self) -> float:
        """By how much tracks were shifted in time, in all [h]."""
        return sum(change.shift_s for change in self.changes) / 3600


def disruption(question: Question, before: Schedule, after: Schedule) -> Disruption:
    """What a schedule changes of an earlier one. Tracks of a request are matched so that the changes weigh least."""
    users = {request.id: request.user for request in question.requests}
    old, new = _by_request(before), _by_request(after)
    changes = [
        Change(_kind(one, other), request, users.get(request, ""), one, other)
        for request in sorted({*old, *new})
        for one, other in _matched(old[request], new[request])
    ]
    changes.sort(key=lambda c: (c.before or c.after or Track(0, 0, "", ()), c.request))
    was, now = served_seconds(question, before), served_seconds(question, after)
    lost: Counter[str] = Counter()
    for request in question.requests:
        lost[request.user] += was[request.id] - now[request.id]
    scores = score(question, before), score(question, after)
    return Disruption(
        changes=tuple(changes),
        hours_before=scores[0].hours,
        hours_after=scores[1].hours,
        satisfied_before=scores[0].satisfied,
        satisfied_after=scores[1].satisfied,
        lost_users={user: seconds / 3600 for user, seconds in sorted(lost.items()) if seconds > 0},
    )


def told(found: Disruption) -> str:
    """The disruption in a sentence: `81 tracks kept, 3 moved, 1 dropped; 912.4 h before, 908.1 h after.`"""
    parts = [f"{n} {kind}" for kind in KINDS if (n := found.count(kind)) and kind != "kept"]
    kept = found.count("kept")
    lines = [f"{kept} {'track' if kept == 1 else 'tracks'} kept" + (", " + ", ".join(parts) if parts else "")]
    lines.append(f"{found.hours_before:,.1f} h before, {found.hours_after:,.1f} h after")
    if found.lost_users:
        worst = sorted(found.lost_users.items(), key=lambda pair: (-pair[1], pair[0]))
        named = ", ".join(f"{user} {hours:.1f} h" for user, hours in worst[:4])
        more = f" and {len(worst) - 4} more" if len(worst) > 4 else ""
        lines.append(f"users with less: {named}{more}")
    return "; ".join(lines) + "."


def change_told(change: Change) -> str:
    """A change in words: `moved: 521 fc9b-3: DSS-34 2018-03-06T10:00:00Z, 1.0 h, to DSS-36 ...`."""
    places = [
        f"{'+'.join(t.resource)} {iso(t.start)}, {(t.end - t.start) / 3600:.2f} h"
        for t in (change.before, change.after)
        if t is not None
    ]
    return f"{change.kind}: {change.user} {change.request}: {' to '.join(places)}"


def _by_request(schedule: Schedule) -> dict[str, list[Track]]:
    found: dict[str, list[Track]] = defaultdict(list)
    for track in sorted(schedule.tracks):
        found[track.request].append(track)
    return found


def _kind(before: Track | None, after: Track | None) -> Kind:
    if before is None or after is None:
        return "new" if before is None else "dropped"
    if before == after:
        return "kept"
    if before.resource == after.resource:
        if before.start <= after.start and after.end <= before.end:
            return "shortened"
        if after.start <= before.start and before.end <= after.end:
            return "lengthened"
    return "moved"


#: What a change weighs when tracks are matched; between two of a kind, the nearer in time is taken.
_WEIGHT = {"kept": 0.0, "shortened": 10.0, "lengthened": 10.0, "moved": 20.0}


def _matched(old: Sequence[Track], new: Sequence[Track]) -> list[tuple[Track | None, Track | None]]:
    """Pairs of tracks of one request, of least weight in all (Kuhn 1955); what has no partner stands with None."""
    if not old or not new:
        return [*((t, None) for t in old), *((None, t) for t in new)]
    weigh = np.array(
        [[_WEIGHT[_kind(a, b)] + min(9.0, abs(b.start - a.start) / 1e5) for b in new] for a in old], dtype=float
    )
    rows, columns = linear_sum_assignment(weigh)
    pairs: list[tuple[Track | None, Track | None]] = [
        (old[r], new[c]) for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    pairs += [(t, None) for k, t in enumerate(old) if k not in rows]
    pairs += [(None, t) for k, t in enumerate(new) if k not in columns]
    return pairs
