"""What a schedule gives to users and to agencies."""

from __future__ import annotations

import math
from collections import defaultdict

from comity.network.allocation.answer import AgencyScore, Schedule, Score
from comity.network.allocation.question import Question


def score(question: Question, schedule: Schedule) -> Score:
    """Hours, satisfied requests, and unsatisfied shares by user and by agency, of a valid schedule."""
    given = served_seconds(question, schedule)
    asked: dict[str, int] = defaultdict(int)
    got: dict[str, int] = defaultdict(int)
    refused = set()
    for request in question.requests:
        asked[request.user] += request.duration_s
        got[request.user] += given[request.id]
        if not given[request.id]:
            refused.add(request.user)
    unsatisfied = {user: 1 - got[user] / asked[user] for user in sorted(asked)}
    return Score(
        hours=sum(got.values()) / 3600,
        requested_hours=sum(asked.values()) / 3600,
        satisfied=sum(1 for seconds in given.values() if seconds),
        requests=len(question.requests),
        u_rms=math.sqrt(sum(u * u for u in unsatisfied.values()) / len(unsatisfied)) if unsatisfied else 0.0,
        u_max=max(unsatisfied.values(), default=0.0),
        unsatisfied=unsatisfied,
        served_users=len(asked) - len(refused),
        users=len(asked),
        agencies=_agencies(question, given),
    )


def served_seconds(question: Question, schedule: Schedule) -> dict[str, int]:
    """Seconds that count, by request: no more than was asked for, and none below the minimum."""
    tracked: dict[str, int] = defaultdict(int)
    for track in schedule.tracks:
        tracked[track.request] += track.end - track.start
    return {
        request.id: min(tracked[request.id], request.duration_s) if tracked[request.id] >= request.minimum_s else 0
        for request in question.requests
    }


def claims_s(question: Question) -> dict[str, float]:
    """Seconds of tracking to which each agency has a claim.

    Without entitlements it is all that the agency asks for. With them, all antennas' time in the question, less outages,
    goes out in proportion to the entitlements, to nobody more than it asks for; what one leaves goes to the others
    (the proportional rule with caps). An agency that has no entitlement has no claim until all others are satisfied.
    """
    asked: dict[str, float] = defaultdict(float)
    for request in question.requests:
        asked[request.agency or request.user] += request.duration_s
    if not question.entitlement:
        return dict(sorted(asked.items()))
    left = min(float(antenna_seconds(question)), sum(asked.values()))
    claims = dict.fromkeys(sorted(asked), 0.0)
    for shares in (question.entitlement, dict.fromkeys(asked, 1.0)):  # who is entitled first, then the others alike
        open_to = {a: s for a, s in shares.items() if s > 0 and a in asked and claims[a] < asked[a]}
        while open_to and left > 1e-6:
            level = min([left / sum(open_to.values()), *((asked[a] - claims[a]) / s for a, s in open_to.items())])
            for agency, share in open_to.items():
                claims[agency] += level * share
            left -= level * sum(open_to.values())
            open_to = {a: s for a, s in open_to.items() if asked[a] - claims[a] > 1e-6}
    return claims


def antenna_seconds(question: Question) -> int:
    """Time of all antennas within the question, less outages [s]."""
    total = 0
    for antenna in question.antennas:
        at = question.start
        for start, end in sorted((o.start, o.end) for o in question.outages if o.antenna == antenna.id):
            total += max(0, min(start, question.end) - at)
            at = max(at, min(end, question.end))
        total += question.end - at
    return total


def _agencies(question: Question, given: dict[str, int]) -> dict[str, AgencyScore]:
    if not question.entitlement and not any(request.agency for request in question.requests):
        return {}
    asked: dict[str, int] = defaultdict(int)
    got: dict[str, int] = defaultdict(int)
    for request in question.requests:
        asked[request.agency or request.user] += request.duration_s
        got[request.agency or request.user] += given[request.id]
    return {
        agency: AgencyScore(
            asked[agency] / 3600, claim / 3600, got[agency] / 3600, max(0.0, 1 - got[agency] / claim) if claim else 0.0
        )
        for agency, claim in claims_s(question).items()
    }
