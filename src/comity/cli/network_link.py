"""`comity network link`: what data rate a station and a spacecraft reach, at one range or along passes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.network import network
from comity.cli.network_places import objects_of, start_of, stations_of, warn_of_lost, warn_of_stale
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.network.link import Budget
    from comity.network.link_passes import LinkedPass
    from comity.network.stations import Source, Station
    from comity.network.terminal import Terminal

#: Passes that a terminal shows.
SHOWN = 30
#: A rate beyond this share of its carrier [bit/s/Hz] is more than any band of a spacecraft.
WIDE = 0.05


def register(app: typer.Typer) -> None:
    """Joins `comity network`."""
    network.command(name="link")(link)


def link(
    station: Annotated[str, typer.Argument(metavar="STATION", help="Its id (`comity network stations`).")],
    objects: Annotated[
        list[str] | None,
        typer.Argument(metavar="[OBJECTS]...", help="Files of TLE, OMM or OEM, or names as mars: along their passes."),
    ] = None,
    terminal: Annotated[
        Path | None, typer.Option("--terminal", "-t", metavar="FILE", help="The spacecraft's radio; options go before.")
    ] = None,
    frequency: Annotated[float | None, typer.Option(metavar="MHZ", help="The carrier.")] = None,
    up: Annotated[bool, typer.Option("--up", help="From the station to the spacecraft.")] = False,
    eirp: Annotated[float | None, typer.Option(metavar="DBW", help="The spacecraft's EIRP,")] = None,
    power: Annotated[float | None, typer.Option(metavar="W", help="or its power")] = None,
    gain: Annotated[float | None, typer.Option(metavar="DBI", help="and its antenna's gain.")] = None,
    g_over_t: Annotated[float | None, typer.Option("--g-over-t", metavar="DB/K", help="Its G/T, for --up,")] = None,
    noise: Annotated[float | None, typer.Option(metavar="K", help="or its noise, beside the gain.")] = None,
    circuit_loss: Annotated[float | None, typer.Option(metavar="DB", help="Between radio and antenna.")] = None,
    pointing_loss: Annotated[float | None, typer.Option(metavar="DB", help="Of the spacecraft's antenna.")] = None,
    code: Annotated[str | None, typer.Option(metavar="ID", help="The code: uncoded, rs-conv-1/2, turbo-1/6, …")] = None,
    required: Annotated[float | None, typer.Option(metavar="DB", help="Eb/N0 of another code.")] = None,
    modulation_loss: Annotated[float | None, typer.Option(metavar="DB", help="What the carrier keeps.")] = None,
    implementation_loss: Annotated[float | None, typer.Option(metavar="DB", help="Of the receiver.")] = None,
    polarisation_loss: Annotated[float | None, typer.Option(metavar="DB", help="Between the antennas.")] = None,
    other_loss: Annotated[float | None, typer.Option(metavar="DB", help="Any other.")] = None,
    margin: Annotated[float | None, typer.Option(metavar="DB", help="To keep. Default: 3.")] = None,
    rate: Annotated[float | None, typer.Option(metavar="BPS", help="What margin this data rate has.")] = None,
    highest: Annotated[float | None, typer.Option(metavar="BPS", help="The radio's highest rate.")] = None,
    weather: Annotated[float | None, typer.Option(metavar="%", help="Of the time no worse. Default: 90.")] = None,
    zenith_loss: Annotated[float | None, typer.Option(metavar="DB", help="In the air, straight up.")] = None,
    station_g_over_t: Annotated[
        float | None, typer.Option("--station-g-over-t", metavar="DB/K", help="Of a station that publishes none.")
    ] = None,
    station_eirp: Annotated[
        float | None, typer.Option(metavar="DBW", help="Of a station that publishes none, for --up.")
    ] = None,
    distance: Annotated[float | None, typer.Option("--range", metavar="KM", help="At this range …")] = None,
    elevation: Annotated[float, typer.Option(metavar="DEG", min=0, max=90, help="… and elevation.")] = 30.0,
    stations: Annotated[
        Path | None, typer.Option("--stations", metavar="FILE", help="Stations of your own instead of the catalogue.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="ID", help="Of the objects this one.")] = None,
    start: Annotated[str | None, typer.Option(metavar="UTC", help="From when. Default: the latest epoch.")] = None,
    days: Annotated[float, typer.Option(min=0.0001, help="For how long.")] = 1.0,
    min_elevation: Annotated[float | None, typer.Option(metavar="DEG", help="Not below this.")] = None,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the rates along passes: .svg.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the link budget of a station and a spacecraft, term by term, and the data rate that it carries."""
    from comity.network.errors import NetworkError
    from comity.network.stations import read_station_file
    from comity.network.terminal import read_terminal, station_link

    if (distance is None) == (not objects):
        fail("where is the spacecraft? give --range KM with --elevation DEG, or objects whose passes are followed")
    if chart is not None and (chart.suffix != ".svg" or not objects):
        fail(f"{chart}: a chart is .svg, of passes")
    stated: dict[str, Any] = {
        "frequency_mhz": frequency, "direction": "up" if up else None, "eirp_dbw": eirp, "power_w": power,
        "gain_dbi": gain, "g_over_t_db_k": g_over_t, "noise_k": noise, "circuit_loss_db": circuit_loss,
        "pointing_loss_db": pointing_loss, "code": code, "eb_n0_db": required, "modulation_loss_db": modulation_loss,
        "implementation_loss_db": implementation_loss, "polarisation_loss_db": polarisation_loss,
        "other_loss_db": other_loss, "margin_db": margin, "rate_bps": rate, "highest_bps": highest,
        "weather_percent": weather, "zenith_loss_db": zenith_loss, "station_g_over_t_db_k": station_g_over_t,
        "station_eirp_dbw": station_eirp,
    }  # fmt: skip
    try:
        radio = read_terminal(terminal, stated)
        (place,) = stations_of([station], stations)
        sources = read_station_file(stations).sources
        if distance is not None:
            budget = station_link(place, radio, distance, elevation)
    except NetworkError as error:
        fail(str(error))
    if distance is None:
        when = start, days, min_elevation
        _along(place, sources, radio, objects or [], only or [], when, chart, as_json=as_json)
    elif as_json:
        print_json({"station": place.id, **budget_record(budget, 0), "sources": _cited(budget, sources)})
    else:
        _print_budget(place, sources, radio, budget, 0)


def _along(
    place: Station, sources: Mapping[str, Source], radio: Terminal, given: list[str], only: list[str],
    when: tuple[str | None, float, float | None], chart: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    from comity.network.errors import NetworkError
    from comity.network.link_passes import linked_passes
    from comity.network.passes import all_passes, sensible_span
    from comity.network.terminal import station_link
    from comity.orbits import OrbitError
    from comity.workers import WorkerError

    start, days, lowest = when
    try:
        chosen = objects_of(given, only)
        start_s = start_of(start, chosen)
        end_s = start_s + days * 86400.0
        sensible_span(start_s, end_s)
        warn_of_stale(chosen, start_s, end_s)
        found = list(all_passes(chosen, [place], start_s, end_s, min_elevation_deg=lowest))
        warn_of_lost(chosen, start_s, end_s)
        things = {o.id: o for o in chosen}
        linked = linked_passes(things, {place.id: place}, found, lambda _, km, deg: station_link(place, radio, km, deg))
    except (OrbitError, NetworkError, WorkerError) as error:
        fail(str(error))
    names = {o.id: o.name for o in chosen}
    if chart is not None:
        _draw(chart, linked, names, f"{place.name}, {radio.frequency_mhz:g} MHz")
    if as_json:
        told = [link_record(one, radio.rate_bps) for one in linked]
        print_json(
            {"station": place.id, "passes": told, "sources": _cited(linked[0].budget, sources) if linked else {}}
        )
        return
    if linked:
        best = max(linked, key=lambda one: float(one.budget.rate_bps.max()))
        typer.echo(
            f"The best instant, {names[best.one.object_id]}, {_utc(best.times_s[int(best.budget.rate_bps.argmax())])}:"
        )
        _print_budget(place, sources, radio, best.budget, int(best.budget.rate_bps.argmax()))
    _print_passes(linked, names, radio.rate_bps)


def budget_record(budget: Budget, instant: int) -> dict[str, Any]:
    """A budget at one of its instants as plain values."""
    return {
        "range_km": float(budget.range_km[instant]),
        "elevation_deg": float(budget.elevation_deg[instant]),
        "terms": [
            {"name": t.name, "value": float(t.value[instant]), "unit": t.unit, "adds": t.adds, "source": t.how}
            for t in budget.terms
        ],
        "margin_db": None if budget.margin_db is None else float(budget.margin_db[instant]),
        "rate_bps": float(budget.rate_bps[instant]),
    }


def link_record(linked: LinkedPass, rate_bps: float | None) -> dict[str, Any]:
    """A pass with its link as plain values: arrays along it, and the budget where the rate is highest."""
    from comity.network.passes_files import pass_record

    told = pass_record(linked.one, carrier_hz=None) | {
        "times": [_utc(t) for t in linked.times_s],
        "range_km": linked.budget.range_km.tolist(),
        "elevation_deg": linked.budget.elevation_deg.tolist(),
        "rate_bps": linked.budget.rate_bps.tolist(),
        "volume_bit": linked.volume_bit,
        "best": budget_record(linked.budget, int(linked.budget.rate_bps.argmax())),
    }
    if rate_bps is not None:
        told |= {"seconds_at_rate": linked.seconds_at(rate_bps), "volume_at_rate_bit": linked.volume_at_bit(rate_bps)}
    return told


def amount(bits: float) -> str:
    """Bits with a prefix, three digits: `1.23 M`."""
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if bits >= size:
            return f"{bits / size:.3g} {prefix}" if bits < 999.5 * size else f"{bits / size:.0f} {prefix}"
    return f"{bits:.3g} "


def short(bits: float) -> str:
    """`amount` without a blank: `1.23M`."""
    return amount(bits).replace(" ", "")


def _cited(budget: Budget, sources: Mapping[str, Source]) -> dict[str, str]:
    """The documents that the terms of a budget name, by id."""
    named = {id: source for id, source in sources.items() if any(id in term.how for term in budget.terms)}
    return {id: ", ".join(x for x in (one.title, one.date) if x) for id, one in named.items()}


def _print_budget(place: Station, sources: Mapping[str, Source], radio: Terminal, budget: Budget, instant: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    way = "to the spacecraft" if radio.direction == "up" else f"from {radio.name or 'the spacecraft'}"
    typer.echo(f"{place.name}, {way}")
    typer.echo(
        f"{radio.frequency_mhz:g} MHz, {budget.range_km[instant]:,.0f} km, {budget.elevation_deg[instant]:.1f}° high"
    )
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("")
    table.add_column("term", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("from", overflow="fold")
    for term in budget.terms:
        value = float(term.value[instant])
        shown, _, prefix = amount(value).partition(" ") if term.unit == "bit/s" else (f"{value:.2f}", "", "")
        sign = {1: "+", -1: "-"}.get(term.adds, "=")
        table.add_row(sign, term.name, shown, prefix + term.unit, escape(term.how))
    Console().print(table)
    for id, title in _cited(budget, sources).items():
        Console().print(escape(f"[{id}] {title}"), highlight=False)
    if radio.highest_bps is None and budget.rate_bps[instant] > WIDE * radio.frequency_mhz * 1e6:
        typer.echo(
            "note: so much its power would carry; its radio and its band carry less:\nsay how much with --highest BPS"
        )


def _print_passes(linked: list[LinkedPass], names: dict[str, str], rate_bps: float | None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("object", no_wrap=True, max_width=13)
    table.add_column("rise (UTC)", no_wrap=True)
    for head in ("min", "top°", "lowest", "highest", "bits", *(["held"] if rate_bps else [])):
        table.add_column(head, justify="right", no_wrap=True)
    for one in linked[:SHOWN]:
        rates = one.budget.rate_bps
        held = [f"{one.seconds_at(rate_bps) / 60:.1f}"] if rate_bps else []
        table.add_row(
            names[one.one.object_id], _utc(one.times_s[0])[5:16].replace("T", " "), f"{one.one.duration_s / 60:.1f}",
            f"{one.one.elevation_deg[1]:.1f}", short(rates.min()), short(rates.max()),
            short(one.volume_bit), *held,
        )  # fmt: skip
    Console().print(table)
    typer.echo(
        "lowest and highest: achievable bit/s from rise to set"
        + ("\nheld: minutes at the rate asked" if rate_bps else "")
    )
    more = f"; the first {SHOWN} are shown, --json has all" if len(linked) > SHOWN else ""
    typer.echo(f"{len(linked)} passes, {amount(sum(one.volume_bit for one in linked))}bit at the achievable rate{more}")
    if rate_bps:
        held_s = sum(one.seconds_at(rate_bps) for one in linked)
        typer.echo(f"At {amount(rate_bps)}bit/s: {held_s / 3600:,.2f} h, {amount(rate_bps * held_s)}bit")


def _utc(time_s: float) -> str:
    from comity.orbits.times import to_iso

    return to_iso(time_s, digits=0)


def _draw(chart: Path, linked: list[LinkedPass], names: dict[str, str], title: str) -> None:
    from comity.model.whole_files import write_whole
    from comity.report.link import link_svg

    try:
        write_whole(chart, link_svg(linked, names, title))
    except OSError as error:
        fail(f"{chart}: cannot be written ({error.strerror})")
