"""Small questions of antennas for the tests: two sites, three missions, a day or two; and random ones."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.occupancy import free_spans, least_s, occupancy
from comity.network.allocation.question import Antenna, Outage, Question, Request, ViewPeriod

HOUR = 3600
#: Monday 2026-03-02, 00:00 UTC.
START = 1_772_409_600
ANTENNAS = (
    Antenna("A-34", station="Alpha", owner="nasa", diameter_m=34.0),
    Antenna("B-34", station="Beta", owner="esa", diameter_m=34.0),
    Antenna("C-70", station="Gamma", owner="nasa", diameter_m=70.0),
)


def at(hours: float) -> int:
    """So many hours into the week."""
    return START + round(hours * HOUR)


def view(antennas: str, start: float, end: float) -> ViewPeriod:
    """A view period of `A-34`, or of `A-34+B-34`, in hours of the week."""
    return ViewPeriod(tuple(antennas.split("+")), at(start), at(end))


def request(
    name: str,
    *views: ViewPeriod,
    hours: float = 4.0,
    minimum: float | None = None,
    setup: float = 1.0,
    teardown: float = 0.25,
    part: float | None = None,
    user: str = "",
    agency: str = "",
    priority: float = 1.0,
) -> Request:
    """A request in hours, of the user that its name begins with unless another is said."""
    return Request(
        id=name,
        user=user or name.split("-")[0],
        duration_s=round(hours * HOUR),
        minimum_s=round((hours if minimum is None else minimum) * HOUR),
        setup_s=round(setup * HOUR),
        teardown_s=round(teardown * HOUR),
        views=views,
        part_s=None if part is None else round(part * HOUR),
        agency=agency,
        priority=priority,
    )


def week(*requests: Request, outages: Iterable[Outage] = (), hours: float = 48.0, **more: object) -> Question:
    """A question of these requests."""
    return Question("week", START, at(hours), ANTENNAS, requests, tuple(outages), **more)  # type: ignore[arg-type]


def track(name: str, antennas: str, start: float, end: float) -> Track:
    """A track in hours of the week."""
    return Track(at(start), at(end), name, tuple(antennas.split("+")))


def schedule(*tracks: Track) -> Schedule:
    """A schedule of tracks."""
    return Schedule("week", tuple(sorted(tracks)))


def first_come(question: Question) -> Schedule:
    """Each request in turn takes the first free span that holds it: a valid schedule, and far from the best."""
    taken: list[Track] = []
    for one in question.requests:
        held = occupancy(question, taken)
        least = one.minimum_s if one.part_s is None else max(one.minimum_s, least_s(one))
        for v in one.views:
            spans = [(a, b) for a, b in free_spans(question, one, v, held) if b - a >= least]
            if spans:
                start, end = spans[0]
                taken.append(Track(start, min(end, start + one.duration_s), one.id, v.resource))
                break
    return Schedule(question.name, tuple(sorted(taken)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A day of up to nine requests of up to four missions on three antennas and an array, with outages."""
    resources = [("A-34",), ("B-34",), ("C-70",), ("A-34", "B-34")]
    requests = []
    for number in range(draw(st.integers(1, 9))):
        hours = draw(st.integers(1, 8))
        part = draw(st.sampled_from([None, 2])) if hours >= 4 else None
        views = []
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, 20))
            views.append(ViewPeriod(draw(st.sampled_from(resources)), at(start), at(start + draw(st.integers(2, 12)))))
        requests.append(
            request(
                f"{draw(st.sampled_from('wxyz'))}-{number}",
                *views,
                hours=hours,
                minimum=draw(st.integers(1, hours)),
                part=part,
                setup=draw(st.sampled_from([0.0, 0.5])),
                agency=draw(st.sampled_from(["", "esa", "nasa"])),
            )
        )
    outages = []
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, 22))
        antenna = draw(st.sampled_from(ANTENNAS)).id
        outages.append(Outage(antenna, at(start), at(start + draw(st.integers(1, 6)))))
    return week(*requests, outages=outages, hours=24)
