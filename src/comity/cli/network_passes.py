"""`comity network passes`: who sees whom, when."""

from __future__ import annotations

from itertools import islice
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
    from comity.network.link import Budget
    from comity.network.link_passes import LinkedPass
    from comity.network.passes import Pass, Passes
    from comity.network.terminal import Terminal
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
    radio: Annotated[
        list[str] | None,
        typer.Option("--radio", metavar="FIELD=VALUE", help="A figure of it, before the file's: power_w=5."),
    ] = None,
    refraction: Annotated[bool, typer.Option("--refraction", help="Air lifts what is seen (10 °C, 1010 hPa).")] = False,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .svg or .html.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes side by side.")] = 1,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler instead.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the passes of objects over stations: rise, culmination, set, range, light time, Doppler shift, data rate."""
    from comity.cluster import ClusterError
    from comity.network.errors import NetworkError
    from comity.network.passes import all_passes, sensible_span
    from comity.network.passes import carrier_hz as carrier
    from comity.network.terminal import read_terminal, stated_fields
    from comity.orbits import OrbitError
    from comity.workers import WorkerError

    if chart is not None and chart.suffix not in (".svg", ".html"):
        fail(f"{chart}: a chart is .svg or .html")
    try:
        carrier_hz = carrier(frequency) if frequency is not None else None
        radioed = read_terminal(terminal, stated_fields(radio or [])) if terminal or radio else None
        chosen = objects_of(objects, only or [])
        places = places_of(station or [], site or [], stations)
        start_s = start_of(start, chosen)
        end_s = start_s + days * 86400.0
        sensible_span(start_s, end_s)
        warn_of_stale(chosen, start_s, end_s)
        found = all_passes(
            chosen, places, start_s, end_s, min_elevation_deg=min_elevation, refraction=refraction, workers=workers,
            cluster=cluster,
        )  # fmt: skip
        warn_of_lost(chosen, start_s, end_s)
        links = None if radioed is None else _links(radioed, chosen, places, found)
    except (OrbitError, NetworkError, ClusterError, WorkerError) as error:
        fail(str(error))
    if carrier_hz is None and radioed is not None and (as_json or as_csv):
        carrier_hz = radioed.frequency_mhz * 1e6
    rows = list(found)
    if chart is not None:
        _draw(chart, rows, chosen, places, (start_s, end_s))
    if as_json or as_csv:
        _print_rows(rows, carrier_hz, links, as_json=as_json)
    else:
        _print_table(found, chosen, carrier_hz, links)


def _links(radio: Terminal, objects: list[SpaceObject], places: list[Place], found: Passes) -> list[LinkedPass | None]:
    """The link along each pass; says on standard error of which stations it is not known, and ends when of none."""
    from comity.network.errors import NetworkError
    from comity.network.link_passes import linked_where_known
    from comity.network.stations import Station
    from comity.network.terminal import station_link

    def link(id: str, range_km: Any, elevation_deg: Any) -> Budget:
        place = by_id[id]
        if not isinstance(place, Station):
            raise NetworkError(f"no antenna is known at {id!r}: a data rate needs a --station, not a --site")
        return station_link(place, radio, range_km, elevation_deg)

    by_id = {p.id: p for p in places}
    links, unknown = linked_where_known({o.id: o for o in objects}, by_id, list(found), link)
    for why in dict.fromkeys(unknown.values()):
        typer.echo(f"warning: {why}", err=True)
    return links


def _print_rows(
    rows: list[Pass], carrier_hz: float | None, links: list[LinkedPass | None] | None, *, as_json: bool
) -> None:
    from comity.network.passes_files import passes_csv, passes_records

    if as_json:
        print_json({"passes": passes_records(rows, carrier_hz=carrier_hz, links=links)})
    else:
        typer.echo(passes_csv(rows, carrier_hz=carrier_hz, links=links), nl=False)


def _print_table(
    found: Passes, objects: list[SpaceObject], carrier_hz: float | None, links: list[LinkedPass | None] | None
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from comity.orbits.times import to_iso

    names = {o.id: o.name for o in objects}
    # With rates, seconds make room for them; with rates and shifts, light times do, too.
    seconds, crowded = links is None, bool(carrier_hz) and links is not None
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    widths = (10, 13, 12, 9) if seconds else (8, 9, 9, 6)
    for head, width in zip(("station", "object", "rise (UTC)" if seconds else "rise", "set"), widths, strict=True):
        table.add_column(head, no_wrap=True, max_width=width)
    rates = ["bit/s", "bits"] if links is not None else []
    for head in ("top°", "km", *([] if crowded else ["light"]), *(["kHz"] if carrier_hz else []), *rates):
        table.add_column(head, justify="right", no_wrap=True)
    for n, one in enumerate(islice(found, SHOWN)):
        rise, _, fall = (to_iso(t, digits=0)[: 19 if seconds else 16] for t in one.times_s)
        shift = [f"{max(map(abs, one.doppler_hz(carrier_hz))) / 1e3:.2f}"] if carrier_hz else []
        linked = links[n] if links is not None else None
        table.add_row(
            one.station_id,
            names[one.object_id],
            f"{' ' if one.rises else '<'}{rise[8:10]} {rise[11:]}",
            f"{fall[11:]}{'' if one.sets else '>'}",
            f"{one.elevation_deg[1]:.1f}",
            _far(one.range_km[1]),
            *([] if crowded else [_late(one.light_time_s[1])]),
            *shift,
            *([short(linked.highest_bps), short(linked.volume_bit)] if linked else ["?" for _ in rates]),
        )
    Console().print(table)
    at_culmination = "top°, km: elevation and range" if crowded else "top°, km, light: elevation, range and light time"
    typer.echo(f"{at_culmination} at culmination{'; kHz: largest shift' if carrier_hz else ''}")
    if rates:
        typer.echo("bit/s: highest achievable; bits: what comes over, each instant at its own rate")
    hours = float((found.times_s[2] - found.times_s[0]).sum()) / 3600
    more = f"; the first {SHOWN} are shown, --csv has all" if len(found) > SHOWN else ""
    typer.echo(f"{len(found):,} passes, {hours:,.1f} h in sight{more}")


def _far(km: float) -> str:
    return f"{km:,.0f}" if km < 1e6 else f"{km / 1e6:.4g}M"


def _late(light_s: float) -> str:
    return f"{light_s * 1e3:.4g}ms" if light_s < 0.99995 else f"{light_s:.4g}s"


def _draw(
    chart: Path, rows: list[Pass], objects: list[SpaceObject], places: list[Place], span: tuple[float, float]
) -> None:
    from comity.model.whole_files import write_whole
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
    try:
        write_whole(chart, text)
    except OSError as error:
        fail(f"{chart}: cannot be written ({error.strerror})")
