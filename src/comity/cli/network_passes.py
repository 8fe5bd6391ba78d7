"""`comity network passes`: who sees whom, when."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.network import network
from comity.cli.network_link import short
from comity.cli.network_places import objects_of, places_of, start_of, warn_of_lost, warn_of_stale
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.network.horizon import Place
    from comity.network.link_passes import LinkedPass
    from comity.network.passes import Pass, Passes
    from comity.orbits import SpaceObject

#: Rows that a terminal shows, and paths that a sky shows.
SHOWN, DRAWN = 40, 6


def register(app: typer.Typer) -> None:
    """Joins `comity network`."""
    network.command(name="passes")(passes)


def passes(
    objects: Annotated[
        list[str],
        typer.Argument(
            metavar="OBJECTS...", help="Files of TLE, OMM or OEM; names as moon or mars; `science` is shipped."
        ),
    ],
    station: Annotated[
        list[str] | None,
        typer.Option("--station", "-s", metavar="ID", help="A station by its id (`comity network stations`)."),
    ] = None,
    stations: Annotated[
        Path | None, typer.Option("--stations", metavar="FILE", help="Stations of your own instead of the catalogue.")
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="NAME,LAT,LON[,HEIGHT_M]", help="A place of your own, in degrees."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Of the objects this one, by id or name.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="UTC", help="From when. Default: the latest epoch of the objects.")
    ] = None,
    days: Annotated[float, typer.Option(min=0.0001, help="For how long.")] = 1.0,
    min_elevation: Annotated[
        float | None, typer.Option(metavar="DEG", help="Not below this; masks count where higher.")
    ] = None,
    frequency: Annotated[float | None, typer.Option(metavar="MHZ", help="A carrier, for its Doppler shift.")] = None,
    terminal: Annotated[
        Path | None,
        typer.Option("--terminal", "-t", metavar="FILE", help="The spacecraft's radio, for its data rate."),
    ] = None,
    refraction: Annotated[bool, typer.Option("--refraction", help="Air lifts what is seen (10 °C, 1010 hPa).")] = False,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .svg or .html.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes side by side.")] = 1,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler instead.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the passes of objects over stations: rise, culmination, set, range, light time, Doppler shift."""
    from comity.cluster import ClusterError
    from comity.network.errors import NetworkError
    from comity.network.passes import all_passes
    from comity.orbits import OrbitError
    from comity.workers import WorkerError

    if chart is not None and chart.suffix not in (".svg", ".html"):
        fail(f"{chart}: a chart is .svg or .html")
    try:
        chosen = objects_of(objects, only or [])
        places = places_of(station or [], site or [], stations)
        start_s = start_of(start, chosen)
        end_s = start_s + days * 86400.0
        warn_of_stale(chosen, start_s, end_s)
        found = all_passes(
            chosen, places, start_s, end_s, min_elevation_deg=min_elevation, refraction=refraction, workers=workers,
            cluster=cluster,
        )  # fmt: skip
        warn_of_lost(chosen, start_s, end_s)
        links = _links(terminal, chosen, places, found)
    except (OrbitError, NetworkError, ClusterError, WorkerError) as error:
        fail(str(error))
    carrier_hz = frequency * 1e6 if frequency is not None else None
    rows = list(found)
    if chart is not None:
        _draw(chart, rows, chosen, places, (start_s, end_s))
    if as_json or as_csv:
        _print_rows(rows, carrier_hz, links, as_json=as_json)
    else:
        _print_table(found, chosen, carrier_hz, links)


def _links(
    terminal: Path | None, objects: list[SpaceObject], places: list[Place], found: Passes
) -> list[LinkedPass] | None:
    """The link along each pass, when a radio is given. NetworkError for a place of which no antenna is known."""
    from comity.network.errors import NetworkError
    from comity.network.link_passes import linked_passes
    from comity.network.stations import Station
    from comity.network.terminal import read_terminal, station_link

    if terminal is None:
        return None
    radio = read_terminal(terminal)
    stations = {p.id: p for p in places if isinstance(p, Station)}
    for place in places:
        if place.id not in stations:
            raise NetworkError(f"no antenna is known at {place.id!r}: a data rate needs a --station, not a --site")
    things = {o.id: o for o in objects}
    return linked_passes(things, stations, list(found), lambda id, km, deg: station_link(stations[id], radio, km, deg))


def _print_rows(rows: list[Pass], carrier_hz: float | None, links: list[LinkedPass] | None, *, as_json: bool) -> None:
    from comity.network.passes_files import passes_csv, passes_records

    if as_json:
        print_json({"passes": passes_records(rows, carrier_hz=carrier_hz, links=links)})
    else:
        typer.echo(passes_csv(rows, carrier_hz=carrier_hz, links=links), nl=False)


def _print_table(
    found: Passes, objects: list[SpaceObject], carrier_hz: float | None, links: list[LinkedPass] | None
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from comity.orbits.times import to_iso

    names = {o.id: o.name for o in objects}
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head, width in (("station", 10), ("object", 13), ("rise (UTC)", 12), ("set", 9)):
        table.add_column(head, no_wrap=True, max_width=width)
    for head in (
        "top°",
        "km",
        *(["ms"] if links is None else []),
        *(["kHz"] if carrier_hz else []),
        *([] if links is None else ["bit/s", "bits"]),
    ):
        table.add_column(head, justify="right", no_wrap=True)
    for n, one in enumerate(found):
        if n == SHOWN:
            break
        rise, _, fall = (to_iso(t, digits=0) for t in one.times_s)
        shift = [f"{max(map(abs, one.doppler_hz(carrier_hz))) / 1e3:.2f}"] if carrier_hz else []
        table.add_row(
            one.station_id,
            names[one.object_id],
            f"{' ' if one.rises else '<'}{rise[8:10]} {rise[11:19]}",
            f"{fall[11:19]}{'' if one.sets else '>'}",
            f"{one.elevation_deg[1]:.1f}",
            f"{one.range_km[1]:,.0f}",
            *([f"{one.light_time_s[1] * 1e3:,.2f}"] if links is None else []),
            *shift,
            *([] if links is None else [short(float(links[n].budget.rate_bps.max())), short(links[n].volume_bit)]),
        )
    Console().print(table)
    hours = float((found.times_s[2] - found.times_s[0]).sum()) / 3600
    more = f"; the first {SHOWN} are shown, --csv has all" if len(found) > SHOWN else ""
    typer.echo(
        ("top°, km and ms: elevation, range and light time" if links is None else "top°, km: elevation and range")
        + " at culmination"
        + ("; kHz: largest shift" if carrier_hz else "")
        + (
            "\nbit/s: highest achievable; bits: what comes over, each instant at its own rate"
            if links is not None
            else ""
        )
    )
    typer.echo(f"{len(found):,} passes, {hours:,.1f} h in sight{more}")


def _draw(
    chart: Path, rows: list[Pass], objects: list[SpaceObject], places: list[Place], span: tuple[float, float]
) -> None:
    from comity.network.skytrack import sky_track
    from comity.report.passes import PassPicture, passes_page, passes_svg

    things, sites = {o.id: o for o in objects}, {p.id: p for p in places}
    paths: dict[tuple[str, str, float], Any] = {}
    for where in sites:
        best = sorted((p for p in rows if p.station_id == where), key=lambda p: -p.elevation_deg[1])[:DRAWN]
        for one in best:
            track = sky_track(things[one.object_id], sites[where], one.times_s[0], one.times_s[2])
            paths[one.object_id, where, one.times_s[0]] = (track[0].tolist(), track[1].tolist())
    names = {o.id: o.name for o in objects} | {p.id: str(getattr(p, "name", p.id)) for p in places}
    title = f"Passes of {len(objects)} objects over {len(places)} stations"
    picture = PassPicture(title, *span, rows, names, paths)
    text = passes_svg(picture) if chart.suffix == ".svg" else passes_page(picture)
    beside = chart.with_name(f".{chart.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(chart)
    except OSError as error:
        fail(f"{chart}: cannot be written ({error.strerror})")
