"""What commands of the sky are asked about: objects of files or by name, stations by id, places of one's own, a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from comity.network.horizon import Place
    from comity.network.stations import Station
    from comity.orbits import SpaceObject

#: Mean elements are good for days around their epoch: beyond this many, positions are off by tens of kilometres and more.
STALE_DAYS = 14.0


def shipped() -> Path:
    """The elements of science spacecraft that come with comity."""
    from importlib.resources import files

    return Path(str(files("comity.network") / "data" / "science-spacecraft.tle"))


def objects_of(given: list[str], only: list[str]) -> list[SpaceObject]:
    """The objects of files, of `science`, or by name as `mars`; of them only those named. OrbitError says what is near."""
    from comity.model.problems import nearest
    from comity.orbits import OrbitError, body, read_objects

    found: list[SpaceObject] = []
    for argument in given:
        path = shipped() if argument == "science" else Path(argument)
        found.extend(read_objects(path) if path.exists() or path.suffix else (body(argument),))
    if not only:
        return found
    by_name = {name.lower(): o for o in found for name in (o.id, o.name)}
    for name in only:
        if name.lower() not in by_name:
            within = [o.name for o in found if name.lower() in o.name.lower()]
            near = f"did you mean {within[0]!r}?" if within else nearest(name.lower(), by_name)
            raise OrbitError(f"no object {name!r} in what was given; {near}".rstrip("; "))
    return [by_name[name.lower()] for name in only]


def places_of(ids: list[str], sites: list[str], file: Path | None) -> list[Place]:
    """Places of one's own, and stations of a file (or of the catalogue) by id. NetworkError when none is given."""
    from comity.network.errors import NetworkError

    places: list[Place] = [_site(text) for text in sites]
    places += stations_of(ids, file)
    if not places:
        raise NetworkError("from where? name a station with --station ID, or a place with --site NAME,LAT,LON")
    return places


def stations_of(ids: list[str], file: Path | None) -> list[Station]:
    """Stations of a file (or of the catalogue) by id. NetworkError says what is near."""
    from comity.model.problems import nearest
    from comity.network.errors import NetworkError
    from comity.network.stations import read_stations

    if not ids:
        return []
    known = {s.id: s for s in read_stations(file)}
    for name in ids:
        if name not in known:
            raise NetworkError(f"no station {name!r}; {nearest(name, known) or '`comity network stations` lists them'}")
    return [known[name] for name in ids]


def _site(text: str) -> Place:
    from comity.network.errors import NetworkError
    from comity.network.horizon import Site

    name, *numbers = (part.strip() for part in text.split(","))
    try:
        latitude, longitude, *height = (float(n) for n in numbers)
    except ValueError:
        raise NetworkError(f"{text!r} is no site; write it as Kiruna,67.86,20.96,402") from None
    return Site(name, latitude, longitude, height[0] if height else 0.0)


def start_of(given: str | None, objects: list[SpaceObject]) -> float:
    """The start (POSIX UTC) that is given, or else the latest epoch of the objects."""
    from comity.orbits import Arc, Elements, OrbitError
    from comity.orbits.times import from_iso

    if given is not None:
        return from_iso(given)
    epochs = [o.motion.epoch_s for o in objects if isinstance(o.motion, Elements)]
    epochs += [a.usable_s[0] for o in objects if isinstance(o.motion, tuple) for a in o.motion if isinstance(a, Arc)]
    if not epochs:
        raise OrbitError("from when? say it with --start 2026-03-01")
    return max(epochs)


def warn_of_stale(objects: list[SpaceObject], start_s: float, end_s: float) -> None:
    """Says on standard error which elements lie too far from the time asked."""
    from comity.orbits import Elements

    away = {
        o.name: max(abs(t - o.motion.epoch_s) for t in (start_s, end_s)) / 86400.0
        for o in objects
        if isinstance(o.motion, Elements)
    }
    stale = {name: days for name, days in away.items() if days > STALE_DAYS}
    if stale:
        worst = max(stale, key=lambda name: stale[name])
        typer.echo(
            f"warning: elements of {len(stale)} objects lie more than {STALE_DAYS:.0f} days from the time asked "
            f"({worst}: {stale[worst]:.0f} days): their passes may be minutes off",
            err=True,
        )


def warn_of_lost(objects: list[SpaceObject], start_s: float, end_s: float) -> None:
    """Says on standard error of which objects nothing is known at the time asked."""
    from comity.orbits import ERRORS, states

    checked = states(objects, [start_s, end_s])
    if checked.error is None:
        return
    for thing, (first, last) in zip(objects, checked.error, strict=True):
        if first or last:
            when = "all the time" if first and last else "at the start" if first else "at the end"
            typer.echo(f"warning: {thing.name}: nothing is known {when}: {ERRORS[int(last or first)]}", err=True)
