"""What is asked for: the request parameters of each endpoint, each checked, none unknown (HAPI 3.2 §3.1, §3.7.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.archive.described import Parameter
from comity.archive.hapi.encoding import MEDIA_TYPES
from comity.archive.hapi.errors import HapiError
from comity.archive.hapi.holdings import Holding
from comity.archive.hapi.times import begin, end, milliseconds_begin, milliseconds_end, parsed

#: The names of version 2, which version 3 takes too (§1.1).
_OLDER = {"id": "dataset", "time.min": "start", "time.max": "stop"}
_KNOWN = {
    "about": (),
    "capabilities": (),
    "catalog": ("depth",),
    "info": ("dataset", "parameters", "resolve_references"),
    "data": ("dataset", "parameters", "start", "stop", "include", "format"),
}
ENDPOINTS = tuple(_KNOWN)
DEPTHS = ("dataset", "all")


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A request for data that can be met: start inclusive, stop exclusive, in nanoseconds since 1970 UTC."""

    holding: Holding
    parameters: tuple[Parameter, ...]
    start_ns: int
    stop_ns: int
    form: str
    with_header: bool


def named(endpoint: str, given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Request parameters by the names of version 3. HapiError 1401 for one that is unknown, 1400 for one given twice."""
    found: dict[str, str] = {}
    for name, value in given:
        now = _OLDER.get(name, name)
        if now not in _KNOWN[endpoint]:
            raise HapiError(1401, f"{endpoint} takes {', '.join(_KNOWN[endpoint]) or 'none'}")
        if now in found and found[now] != value:
            raise HapiError(1400, f"{now} is given twice")
        found[now] = value
    return found


def depth_of(asked: Mapping[str, str]) -> str:
    """How much of each dataset the catalog tells."""
    depth = asked.get("depth", DEPTHS[0])
    if depth not in DEPTHS:
        raise HapiError(1413, f"depth is {' or '.join(DEPTHS)}")
    return depth


def holding_of(asked: Mapping[str, str], seen: Mapping[str, Holding]) -> Holding:
    """The dataset that is asked for, among those that the reader may see."""
    if not asked.get("dataset"):
        raise HapiError(1400, "dataset is missing")
    found = seen.get(asked["dataset"])
    if found is None:
        raise HapiError(1406)
    return found


def info_request(asked: Mapping[str, str], seen: Mapping[str, Holding]) -> tuple[Holding, tuple[Parameter, ...]]:
    """The dataset and the parameters of a request for information."""
    if asked.get("resolve_references", "true") not in ("true", "false"):
        raise HapiError(1412, "resolve_references is true or false")
    holding = holding_of(asked, seen)
    return holding, _subset(holding, asked.get("parameters", ""))


def data_request(asked: Mapping[str, str], seen: Mapping[str, Holding]) -> DataRequest:
    """All of a request for data, in the order of HAPI's codes. HapiError says what is wrong."""
    holding = holding_of(asked, seen)
    parameters = _subset(holding, asked.get("parameters", ""))
    start = _time(asked, "start", 1402)
    stop = _time(asked, "stop", 1403)
    if start >= stop:
        raise HapiError(1404)
    first, last = milliseconds_begin(holding.start_ns), milliseconds_end(holding.stop_ns)
    if start < first or stop > last:
        raise HapiError(1405, f"from {begin(holding.start_ns)} to {end(holding.stop_ns)}")
    form = asked.get("format", "csv")
    if form not in MEDIA_TYPES:
        raise HapiError(1409, f"format is {', '.join(MEDIA_TYPES)}")
    include = asked.get("include")
    if include not in (None, "header"):
        raise HapiError(1410, "include is header")
    return DataRequest(holding, parameters, start, stop, form, include == "header")


def _time(asked: Mapping[str, str], name: str, code: int) -> int:
    if name not in asked:
        raise HapiError(1400, f"{name} is missing")
    try:
        return parsed(asked[name])
    except ValueError:
        raise HapiError(code, "a time is such as 2020-01-31T12:00:00Z or 2020-031Z") from None


def _subset(holding: Holding, asked: str) -> tuple[Parameter, ...]:
    """The time and what is asked for, in the dataset's order (§3.6.12); all where nothing is."""
    everything = holding.parameters
    if not asked:
        return everything
    names = asked.split(",")
    places = {p.name: n for n, p in enumerate(everything)}
    if any(n not in places for n in names):
        raise HapiError(1407)
    order = [places[n] for n in names]
    if order != sorted(set(order)):
        raise HapiError(1411)
    return tuple(everything[n] for n in sorted({0, *order}))
