"""`comity network stations` and `link`: what stands where, and what it can receive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli import network_link
from comity.cli.network import network
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.network.stations import Station, StationFile


def register(app: typer.Typer) -> None:
    """Joins `comity network`."""
    network.command(name="stations")(stations)
    network_link.register(app)


def stations(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="All about these.")] = None,
    band: Annotated[str | None, typer.Option(metavar="BAND", help="That send or receive in S, X, Ka, …")] = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Of an owner, operator or network.")] = None,
    min_diameter: Annotated[float | None, typer.Option(metavar="M", help="At least so large.")] = None,
    max_diameter: Annotated[float | None, typer.Option(metavar="M", help="At most so large.")] = None,
    file: Annotated[
        Path | None, typer.Option("--stations", metavar="FILE", help="Stations of your own instead of the catalogue.")
    ] = None,
    chart: Annotated[Path | None, typer.Option("--map", metavar="FILE", help="Draw them: .svg or .html.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List ground stations: where they stand, how large, in which bands, and where each figure is from."""
    from comity.cli.network_places import stations_of
    from comity.network.errors import NetworkError
    from comity.network.stations import chosen, read_station_file

    if chart is not None and chart.suffix not in (".svg", ".html"):
        fail(f"{chart}: a map is .svg or .html")
    try:
        read = read_station_file(file)
        found = chosen(
            tuple(stations_of(ids or [], file)) if ids else tuple(read.stations.values()),
            band=band, owner=owner, min_diameter_m=min_diameter, max_diameter_m=max_diameter,
        )  # fmt: skip
    except NetworkError as error:
        fail(str(error))
    if chart is not None:
        _draw(chart, found, read)
    if as_json:
        print_json({"stations": [record(s, read) for s in found]})
    elif ids:
        for station in found:
            _print_all(station, read)
    else:
        _print_table(found)


def record(station: Station, read: StationFile) -> dict[str, Any]:
    """A station as plain values, with the sources that its figures name."""
    from comity.network.stations import source_ids

    named = source_ids(station)
    told = station.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    sources = {id: s.model_dump(mode="json") for id, s in read.sources.items() if id in named}
    return {"id": station.id, **told, "bands": [*station.bands], "sources": sources}


def _print_table(found: tuple[Station, ...]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for head, width in (("id", 16), ("owner", 14)):
        table.add_column(head, no_wrap=True, max_width=width)
    for head in ("lat°", "lon°", "m"):
        table.add_column(head, justify="right", no_wrap=True)
    for head in ("receives", "sends"):
        table.add_column(head, no_wrap=True)
    for s in found:
        table.add_row(
            s.id, s.owner, f"{s.latitude_deg:.2f}", f"{s.longitude_deg:.2f}", f"{s.diameter_m:g}" if s.diameter_m else "",
            " ".join(r.band + ("*" if r.g_over_t or r.chain else "") for r in s.receives),
            " ".join(t.band + ("*" if t.eirp or (t.power and t.gain) else "") for t in s.transmits),
        )  # fmt: skip
    Console().print(table)
    owners = len({s.owner for s in found})
    typer.echo("*: G/T or EIRP is known, so that `comity network link` needs none")
    counted = f"{len(found)} antenna{'s' * (len(found) != 1)} of {owners} owner{'s' * (owners != 1)}"
    typer.echo(f"{counted}; with an ID, every figure and its source")


def _print_all(station: Station, read: StationFile) -> None:
    from comity.network.stations import figures, source_ids

    head = ", ".join(x for x in (station.owner, station.operator, station.network, station.country) if x)
    typer.echo(f"{station.id}: {station.name} ({head})")
    for place, figure in figures(station):
        values = {
            k: v
            for k, v in figure.model_dump(mode="json", exclude_none=True).items()
            if k not in ("source", "estimate") and not isinstance(v, dict)
        }
        said = figure.source or (f"estimate: {figure.estimate}" if figure.estimate else "no source given")
        typer.echo(f"  {place}: {', '.join(f'{k} {_plain(v)}' for k, v in values.items())}\n      {said}")
    if station.note:
        typer.echo(f"  note: {station.note}")
    for id in source_ids(station):
        source = read.sources[id]
        typer.echo(f"  [{id}] {', '.join(x for x in (source.title, source.date) if x)}\n      {source.url}".rstrip())
        if source.seen:
            typer.echo(f"      seen: {source.seen}")


def _plain(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return ", ".join(" ".join(f"{v:g}" for v in point.values()) for point in value)
    return " to ".join(f"{v:g}" for v in dict.fromkeys(value)) if _is_span(value) else str(value)


def _is_span(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, float) for v in value)


def _draw(chart: Path, found: tuple[Station, ...], read: StationFile) -> None:
    from comity.model.whole_files import write_whole
    from comity.report.stations import stations_page, stations_svg

    title = f"{len(found)} ground stations"
    text = stations_svg(found, title) if chart.suffix == ".svg" else stations_page(found, read.sources, title)
    try:
        write_whole(chart, text)
    except OSError as error:
        fail(f"{chart}: cannot be written ({error.strerror})")
