"""Imports weeks of requests to NASA's Deep Space Network, as the SatNet benchmark publishes them.

Source of the format and of the rules: Goh et al., "SatNet: A Benchmark for Satellite Scheduling Optimization", AAAI-22
workshop on machine learning for operations research, and its simulator (github.com/edwinytgoh/satnet, MIT licence).
"""

from __future__ import annotations

import csv
import io
import json
import math
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.model.value_file import read_text
from comity.network.allocation.question import Antenna, Outage, Question, Request, Resource, ViewPeriod
from comity.network.errors import NetworkError

#: Where the benchmark publishes its data.
SATNET = "https://raw.githubusercontent.com/edwinytgoh/satnet/master/data"
#: The two files that a folder, or an address, holds.
PROBLEMS, MAINTENANCE = "problems.json", "maintenance.csv"
#: Requests of this many hours or more may be split into tracks of at least the second number.
SPLIT_FROM_H, PART_H = 8, 4
MAX_BYTES = 256 * 2**20
#: Reflector diameters [m] (DSN 810-005, modules 101 and 104: 70 m stations 14, 43, 63; all others asked for are 34 m).
SEVENTY_M = frozenset({"DSS-14", "DSS-43", "DSS-63"})
#: The complex of an antenna by the tens of its number (DSN 810-005, module 301).
COMPLEX = {"1": "Goldstone", "2": "Goldstone", "3": "Canberra", "4": "Canberra", "5": "Madrid", "6": "Madrid"}


def weeks(source: Path | str = SATNET) -> tuple[str, ...]:
    """The names of the weeks in a folder with SatNet's files, or at an address."""
    return tuple(_problems(source))


def import_week(week: str, source: Path | str = SATNET) -> Question:
    """The requests, view periods and maintenance of a week such as `W10_2018`.

    `source` is a folder that holds `problems.json` and `maintenance.csv`, or an https address under which they lie.
    NetworkError says what could not be read.
    """
    problems = _problems(source)
    if week not in problems:
        raise NetworkError(f"{source}: there is no week '{week}'; there are {', '.join(problems)}")
    try:
        return _question(week, problems[week], _maintenance(source))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise NetworkError(f"{source}: {week} is not as SatNet writes it: {error!r}") from None


def _problems(source: Path | str) -> dict[str, Any]:
    text = _text(source, PROBLEMS)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise NetworkError(f"{source}/{PROBLEMS}:{error.lineno}:{error.colno}: {error.msg}") from None
    if not isinstance(found, dict):
        raise NetworkError(f'{source}/{PROBLEMS}: holds no weeks; it begins with {{"W10_2018": [...]')
    return found


def _text(source: Path | str, name: str) -> str:
    address = f"{source}/{name}"
    try:
        if not str(source).startswith("https://"):
            return read_text(Path(source) / name, error=NetworkError, largest=MAX_BYTES)
        with urllib.request.urlopen(address, timeout=60) as answer:
            content: bytes = answer.read(MAX_BYTES + 1)
    except urllib.error.URLError as error:
        raise NetworkError(f"{address}: {error.reason}; a folder with both files does as well") from None
    except OSError as error:
        raise NetworkError(f"{address}: {error.strerror or error}") from None
    if len(content) > MAX_BYTES:
        raise NetworkError(f"{address}: larger than {MAX_BYTES // 2**20} MiB")
    return content.decode("utf-8")


def _maintenance(source: Path | str) -> list[Outage]:
    found = []
    for row in csv.DictReader(io.StringIO(_text(source, MAINTENANCE))):
        found.append(Outage(row["antenna"], int(float(row["starttime"])), int(float(row["endtime"]))))
    return found


def _question(name: str, rows: list[dict[str, Any]], maintenance: list[Outage]) -> Question:
    first = datetime.fromisocalendar(rows[0]["year"], rows[0]["week"], 1).replace(tzinfo=UTC)
    start, end = int(first.timestamp()), int((first + timedelta(days=7)).timestamp())
    requests = tuple(_request(row) for row in rows)
    used = sorted({antenna for request in requests for view in request.views for antenna in view.resource})
    return Question(
        name=name,
        start=start,
        end=end,
        antennas=tuple(map(_antenna, used)),
        requests=requests,
        outages=tuple(o for o in maintenance if o.antenna in used and o.end > start and o.start < end),
    )


def _request(row: dict[str, Any]) -> Request:
    return Request(
        id=str(row["track_id"]),
        user=str(row["subject"]),
        duration_s=round(row["duration"] * 3600),
        minimum_s=round(row["duration_min"] * 3600),
        setup_s=60 * int(row["setup_time"]),
        teardown_s=60 * int(row["teardown_time"]),
        views=tuple(
            ViewPeriod(_resource(antennas), math.ceil(view["TRX ON"]), math.floor(view["TRX OFF"]))
            for antennas, views in row["resource_vp_dict"].items()
            for view in views
            if math.floor(view["TRX OFF"]) > math.ceil(view["TRX ON"])
        ),
        part_s=PART_H * 3600 if row["duration"] >= SPLIT_FROM_H else None,
    )


def _resource(antennas: str) -> Resource:
    return tuple(sorted(antennas.split("_")))


def _antenna(name: str) -> Antenna:
    number = name.removeprefix("DSS-")
    return Antenna(
        id=name,
        name=name,
        station=COMPLEX.get(number[:1], ""),
        owner="nasa",
        diameter_m=70.0 if name in SEVENTY_M else 34.0,
    )
