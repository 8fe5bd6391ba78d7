"""A schedule as one self-contained HTML page: who is where when, by antenna and by mission, and who got how much.

Nothing is loaded from anywhere; the page allows no more than its two scripts, by their hashes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from markupsafe import Markup

from comity.network.allocation.answer import Fault, Schedule, Score, Track
from comity.network.allocation.disruption import KINDS, Disruption, told
from comity.network.allocation.question import Question, Request, iso
from comity.network.allocation.relief import span_told
from comity.network.allocation.score import score
from comity.report.assets import asset, environment, json_in_page, script_hash, style, version_text
from comity.report.palette import SHADES

#: Refusals that a page shows before it is asked for all.
SHOWN = 12


@dataclass(frozen=True)
class SchedulePicture:
    """What is drawn: a schedule, why requests were refused (in words), and what it changes of an earlier one."""

    question: Question
    schedule: Schedule
    refusals: Sequence[str] = ()
    changes: Disruption | None = None
    faults: Sequence[Fault] = ()
    word: str = "antenna"
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def score(self) -> Score:
        return score(self.question, self.schedule)

    @cached_property
    def requests(self) -> dict[str, Request]:
        return {request.id: request for request in self.question.requests}

    @cached_property
    def asked_hours(self) -> dict[str, float]:
        """By user, the hours that it asks for."""
        asked: dict[str, float] = defaultdict(float)
        for request in self.question.requests:
            asked[request.user] += request.duration_s / 3600
        return dict(asked)

    @cached_property
    def users(self) -> tuple[str, ...]:
        """Users, whoever asks for most first."""
        return tuple(sorted(self.asked_hours, key=lambda u: (-self.asked_hours[u], u)))

    def hue(self, user: str) -> int | None:
        """Which colour stands for a user; None for those after the last one."""
        place = self.users.index(user) if user in self.asked_hours else SHADES
        return place if place < SHADES else None


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    width: float
    mark: float
    part: str
    value: str
    short: bool


def render_schedule(picture: SchedulePicture) -> str:
    """The page as HTML text."""
    scripts = (asset("vendor/echarts-5.6.0.min.js"), asset("templates/schedule.js"))
    question = picture.question
    return (
        environment()
        .get_template("schedule.html.j2")
        .render(
            title=picture.schedule.question or question.name,
            first=_day(question.start),
            last=_day(question.end),
            keys=_keys(picture),
            word=picture.word,
            faults=len(picture.faults),
            chips=[(user, _colour(picture, user)) for user in picture.users],
            whole=_percent(picture.score.hours, picture.score.requested_hours),
            missions=_mission_bars(picture),
            agencies=_agency_bars(picture),
            entitled=bool(question.entitlement),
            changes=None if picture.changes is None else _changes(picture.changes),
            refusals=list(picture.refusals),
            most=SHOWN,
            chart_data=json_in_page({"antennas": antenna_rows(picture), "missions": mission_rows(picture)}),
            style=style("report.css"),
            own_style=style("schedule.css"),
            scripts=[Markup(s) for s in scripts],
            policy=" ".join(f"'sha256-{script_hash(s)}'" for s in scripts),
            version=version_text(),
        )
    )


def antenna_rows(picture: SchedulePicture) -> dict[str, Any]:
    """A row for each antenna in the order of the question, with what it does and when it is out."""
    rows = []
    for antenna in picture.question.antennas:
        mine = [t for t in sorted(picture.schedule.tracks) if antenna.id in t.resource]
        outs = [o for o in picture.question.outages if o.antenna == antenna.id]
        row = _row(picture, antenna.id, mine, label="user")
        row["outs"] = [{"w": [o.start, o.end], "reason": o.reason} for o in sorted(outs, key=lambda o: o.start)]
        if antenna.diameter_m is not None:
            row["note"] = f"{antenna.diameter_m:g} m"
        rows.append(row)
    return _chart(picture, rows)


def mission_rows(picture: SchedulePicture) -> dict[str, Any]:
    """A row for each mission, whoever asks for most first, with the part of its hours that it got."""
    of: dict[str, list[Track]] = defaultdict(list)
    for track in sorted(picture.schedule.tracks):
        request = picture.requests.get(track.request)
        of[request.user if request else "?"].append(track)
    rows = []
    for user in picture.users:
        row = _row(picture, user, of[user], label="on")
        row["user"] = user
        row["note"] = f"{1 - picture.score.unsatisfied[user]:.0%}"
        rows.append(row)
    return _chart(picture, rows)


def _chart(picture: SchedulePicture, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"start": picture.question.start, "end": picture.question.end, "rows": rows}


def _row(picture: SchedulePicture, name: str, tracks: Iterable[Track], *, label: str) -> dict[str, Any]:
    """Bars in as few lanes as they need: an array's antennas, or a user's tracks at once, may overlap."""
    free: list[int] = []
    bars = []
    for track in tracks:
        request = picture.requests.get(track.request)
        busy = (
            (track.start, track.end)
            if request is None
            else (track.start - request.setup_s, track.end + request.teardown_s)
        )
        lane = next((k for k, until in enumerate(free) if until <= track.start), len(free))
        if lane == len(free):
            free.append(0)
        free[lane] = track.end
        user, on = request.user if request else "?", "+".join(track.resource)
        bars.append(
            {
                "w": [track.start, track.end, *busy, lane],
                "user": user,
                "on": on,
                "label": user if label == "user" else on,
                "request": track.request,
                "agency": request.agency if request else "",
                "colour": _colour(picture, user),
            }
        )
    return {"name": name, "lanes": max(1, len(free)), "bars": bars, "outs": []}


def _keys(picture: SchedulePicture) -> list[dict[str, str]]:
    found, bound = picture.score, picture.schedule.bound_hours
    proved = f", at most {bound:,.1f} h can be" if bound is not None else ""
    part = _percent(found.hours, found.requested_hours)
    keys = [
        ("hours given", f"{found.hours:,.1f}", f"{part} of {found.requested_hours:,.1f} h{proved}"),
        ("requests served", f"{found.satisfied}", f"of {found.requests}"),
        ("missions with all requests", f"{found.served_users}", f"of {found.users}"),
        ("U_rms", f"{found.u_rms:.3f}", "unsatisfied part, root mean square over missions"),
        ("U_max", f"{found.u_max:.3f}", "of the mission that is worst off"),
    ]
    return [{"label": label, "number": number, "note": note} for label, number, note in keys]


def _mission_bars(picture: SchedulePicture) -> list[_Bar]:
    found = picture.score
    mean = found.hours / found.requested_hours if found.requested_hours else 0.0
    bars = []
    for user in sorted(found.unsatisfied, key=lambda u: (-found.unsatisfied[u], u)):
        got, asked = 1 - found.unsatisfied[user], picture.asked_hours[user]
        value = f"{got * asked:,.1f} of {asked:,.1f} h"
        bars.append(_Bar(user, _width(got), _width(mean), f"{got:.0%}", value, got < mean - 0.1))
    return bars


def _agency_bars(picture: SchedulePicture) -> list[_Bar]:
    agencies = picture.score.agencies
    most = max((max(a.hours, a.claim_hours) for a in agencies.values()), default=0.0) or 1.0
    bars = []
    for name, one in sorted(agencies.items(), key=lambda pair: (-pair[1].unsatisfied, pair[0])):
        value = f"{one.hours:,.1f} of {one.claim_hours:,.1f} h claimed"
        part = f"{one.hours / one.claim_hours:.0%}" if one.claim_hours else "–"
        bars.append(
            _Bar(name, _width(one.hours / most), _width(one.claim_hours / most), part, value, one.unsatisfied > 0.1)
        )
    return bars


def _changes(found: Disruption) -> dict[str, Any]:
    rows = [
        (
            c.user,
            c.request,
            c.kind,
            *("" if t is None else f"{'+'.join(t.resource)} {span_told(t)}" for t in (c.before, c.after)),
        )
        for c in found.changes
        if c.kind != "kept"
    ]
    return {"counts": [(found.count(kind), kind) for kind in KINDS], "told": told(found), "rows": rows}


def _colour(picture: SchedulePicture, user: str) -> str:
    place = picture.hue(user)
    return "var(--cx)" if place is None else f"var(--c{place})"


def _width(part: float) -> float:
    return round(100 * min(1.0, max(0.0, part)), 2)


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _day(time_s: int) -> str:
    text = iso(time_s)
    return text[:10] if text.endswith("T00:00:00Z") else text[:16].replace("T", " ")
