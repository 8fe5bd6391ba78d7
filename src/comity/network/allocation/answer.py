"""What comes out: a schedule of tracks, with what is proved about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from comity.network.allocation.question import STRICT, Instant, Resource

#: `hours`: most hours tracked. `balanced`: hours, against the squares of users' unsatisfied shares (U_rms).
#: `satisfied`: fewest users of whom a request is refused, then fewest refused requests. `fairest`: the worst-off user as
#: well off as can be, then the next, and so on (lexicographic). `agencies`: the same between agencies, against what each
#: is entitled to. What is left open by an aim is filled with hours.
Aim = Literal["hours", "balanced", "satisfied", "fairest", "agencies"]


def _number(value: Any) -> Any:
    """A number as such: text that could be read as one is none."""
    if isinstance(value, (str, bool)):
        raise ValueError(f"{value!r} is not a number")
    return value


#: Hours of a bound: finite, 0 or more.
Hours = Annotated[float, BeforeValidator(_number), Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, order=True)
class Track:
    """Transmission of a request on a resource, `[start, end)` in POSIX seconds UTC; setup and teardown lie outside it."""

    __pydantic_config__ = STRICT

    start: Instant
    end: Instant
    request: str
    resource: Resource


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tracks in order of time, and what was asked of the search.

    `bound_hours` was proved by the search: no valid schedule tracks more hours. None when no bound was computed; in a file it is
    as stated, and `verify` only holds it against what is tracked and asked. `work` counts what the search did (iterations);
    `by_clock` says that time ended it before its counted work, so that a run elsewhere may differ.
    """

    __pydantic_config__ = STRICT

    question: str
    tracks: tuple[Track, ...]
    aim: Aim | None = None
    seed: int | None = None
    bound_hours: Hours | None = None
    work: int = 0
    by_clock: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """What a schedule gives. Shares of unsatisfied hours U are per user: (requested - tracked) / requested.

    `hours` counts no more than each request's duration, and nothing for a request below its minimum. `u_rms` and `u_max`
    are the root mean square and the greatest U over users (SatNet; Goh et al. 2021). `served_users` had no request refused.
    `agencies` compares each agency's hours with its claim: what it asks for, no more than its entitlement allows.
    """

    hours: float
    requested_hours: float
    satisfied: int
    requests: int
    u_rms: float
    u_max: float
    unsatisfied: dict[str, float]
    served_users: int = 0
    users: int = 0
    agencies: dict[str, AgencyScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgencyScore:
    """Hours that an agency asked for, has a claim to, and got; `unsatisfied` is the part of its claim that it did not get."""

    requested_hours: float
    claim_hours: float
    hours: float
    unsatisfied: float


@dataclass(frozen=True, slots=True)
class Fault:
    """That a schedule breaks a rule: which rule, what is wrong, and in which tracks."""

    rule: str
    message: str
    tracks: tuple[Track, ...] = ()
