"""Weeks of requests to a deep space network, drawn at random: for measuring where no real week is at hand, and for scale.

What is drawn follows what the weeks of SatNet look like: three sites, a day's view of 5 to 12 hours a site that drifts with
the sky, requests of 1 to 12 hours with a minimum of 0.5 to 1 of that, setup of 30 to 60 and teardown of 15 minutes, about one
and a half times as many hours as there are at contended times; a few arrays. Same arguments, same week.
"""

from __future__ import annotations

import numpy as np

from comity.network.allocation.question import Antenna, Outage, Question, Request, ViewPeriod

HOUR, DAY = 3600, 86_400
#: Monday 2026-03-02, 00:00 UTC.
START = 1_772_409_600
#: Sites by the letter that their antennas begin with, and how many hours later each sees the sky.
SITES = {"A": 0.0, "B": 8.2, "C": 15.8}


def week(*, missions: int = 30, antennas: int = 12, requests: int = 270, days: int = 7, seed: int = 0) -> Question:
    """A synthetic week (or more days) of so many missions, antennas and requests."""
    rng = np.random.default_rng([seed, missions, antennas, requests, days])
    dishes = [
        Antenna(f"{site}-{k:02d}", station=site, owner="drawn", diameter_m=70.0 if k == 0 else 34.0)
        for k in range(-(-antennas // len(SITES)))
        for site in SITES
    ][:antennas]
    crafts = [_Craft(rng, dishes, days) for _ in range(missions)]
    share = rng.dirichlet(np.full(missions, 1.5))
    asked = []
    for number in range(requests):
        mission = int(rng.choice(missions, p=share))
        asked.append(_request(rng, f"m{mission:02d}-{number}", f"m{mission:02d}", crafts[mission], days))
    outages = [
        Outage(dish.id, begin, begin + int(rng.integers(4, 9)) * HOUR)
        for dish in dishes
        for begin in (START + int(rng.integers(0, days * 24 - 9)) * HOUR for _ in range(-(-days // 7) * 2))
    ]
    name = f"drawn-{missions}-{antennas}-{requests}-{days}-{seed}"
    return Question(name, START, START + days * DAY, tuple(dishes), tuple(asked), tuple(outages))


class _Craft:
    """Where a spacecraft stands in the sky, and the antennas that it may use."""

    def __init__(self, rng: np.random.Generator, dishes: list[Antenna], days: int) -> None:
        rise = rng.uniform(0, 24)
        self.allowed = [dish for dish in dishes if rng.random() < 0.6] or dishes[:1]
        self.views = {
            site: [
                (START + round((day * 23.93 + (rise - shift) % 24) * HOUR), round(hours * HOUR))
                for day in range(-1, days)
            ]
            for (site, shift), hours in zip(SITES.items(), rng.uniform(5, 12, len(SITES)), strict=True)
        }


def _request(rng: np.random.Generator, name: str, mission: str, craft: _Craft, days: int) -> Request:
    hours = float(rng.choice([1, 2, 3, 4, 5, 6, 8, 10, 12], p=[0.12, 0.15, 0.12, 0.2, 0.12, 0.1, 0.12, 0.04, 0.03]))
    least = max(1.0, round(hours * rng.uniform(0.5, 1.0) * 2) / 2)
    opens = START + int(rng.integers(0, max(1, days - 1))) * DAY if rng.random() < 0.7 else START
    closes = opens + int(rng.integers(1, 4)) * DAY if opens > START else START + days * DAY
    resources: list[tuple[str, ...]] = [(dish.id,) for dish in craft.allowed]
    if len(craft.allowed) > 3 and rng.random() < 0.05:
        same = [dish.id for dish in craft.allowed if dish.station == craft.allowed[0].station][:2]
        resources = [tuple(sorted(same))]
    views = [
        ViewPeriod(resource, begin, begin + length)
        for resource in resources
        for begin, length in craft.views[resource[0][0]]
        if begin >= opens and begin + length <= closes
    ]
    return Request(
        name, mission, round(hours * HOUR), round(least * HOUR), int(rng.choice([30, 45, 60])) * 60, 15 * 60,
        tuple(views), part_s=4 * HOUR if hours >= 8 else None, agency=f"agency-{int(mission[1:]) % 4}",
    )  # fmt: skip
