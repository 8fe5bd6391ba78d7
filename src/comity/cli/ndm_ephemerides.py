"""`comity ndm compare` and `comity ndm interpolate`: what ephemerides say, between their states and against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.ndm import ndm, read_or_fail
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.messages import Message
    from comity.orbits import Arc, Comparison, Gap, SpaceObject
    from comity.orbits.times import Floats

#: Instants of one command: a month of seconds.
MOST = 3_000_000
#: States that a terminal shows, and gaps that it is warned of.
SHOWN, SHOWN_GAPS = 40, 4
ObjectOption = Annotated[
    str | None, typer.Option("--object", metavar="ID", help="Of the objects in a file this one, by id or name.")
]


def register(app: typer.Typer) -> None:
    """Joins `comity ndm`."""
    ndm.command(name="compare")(compare)
    ndm.command(name="interpolate")(interpolate)


def compare(
    first: Annotated[Path, typer.Argument(metavar="FIRST", help="An OEM (or TLE, OMM): its axes are taken.")],
    second: Annotated[Path, typer.Argument(metavar="SECOND", help="What is compared with it.")],
    wanted: ObjectOption = None,
    step: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Each so far. Default: at the epochs of FIRST.")
    ] = None,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .svg or .html.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two ephemerides: SECOND less FIRST in the radial, along-track and cross-track axes of FIRST.

    Frames, centres and time systems are reconciled; instants outside of what both cover are left out.
    """
    from comity.orbits import OrbitError, one_of, read_objects
    from comity.orbits import compare as compared

    if chart is not None and chart.suffix not in (".svg", ".html"):
        fail(f"{chart}: a chart is .svg or .html")
    try:
        one, other = (one_of(read_objects(path), wanted, str(path)) for path in (first, second))
        if step is not None:
            _not_too_many(one, other, step)
        found = compared(one, other, step_s=step)
    except OrbitError as error:
        fail(str(error))
    if chart is not None:
        _draw(chart, found, first, second)
    _warn(found.wide_gaps)
    if as_json:
        print_json(_told(found))
    else:
        _print_comparison(found, first, second)


def _warn(gaps: tuple[Gap, ...]) -> None:
    """Says where states are too far apart for what was interpolated between them."""
    for gap in dict.fromkeys(gaps[:SHOWN_GAPS]):
        typer.echo(f"warning: {gap}: what lies between is not sure", err=True)
    if len(gaps) > SHOWN_GAPS:
        typer.echo(f"and {len(gaps) - SHOWN_GAPS:,} more such gaps", err=True)


def _not_too_many(one: SpaceObject, other: SpaceObject, step: float) -> None:
    spans = [a.usable_s for o in (one, other) if isinstance(o.motion, tuple) for a in o.motion]
    if spans and step > 0 and (max(e for _, e in spans) - min(b for b, _ in spans)) / step > MOST:
        fail(f"--step {step:g}: gives more than {MOST:,} instants; take a longer one")


def _told(found: Comparison) -> dict[str, Any]:
    from comity.orbits import AXES
    from comity.orbits.times import to_iso

    def summary(what: str) -> dict[str, dict[str, float]]:
        names = (*AXES, "whole")
        return {
            "rms": dict(zip(names, map(float, found.rms(what)), strict=True)),
            "max": dict(zip(names, map(float, found.largest(what)), strict=True)),
        }

    return {
        "first": found.first.id,
        "second": found.second.id,
        "axes": list(AXES),
        "frame_doubt_km": found.doubt_km,
        "warnings": [str(gap) for gap in found.wide_gaps],
        "position_km": summary("position"),
        "velocity_km_s": summary("velocity"),
        "epochs": [
            {"epoch": to_iso(t, digits=6), "position_km": list(map(float, r)), "velocity_km_s": list(map(float, v))}
            for t, r, v in zip(found.times_s, found.position_km, found.velocity_km_s, strict=True)
        ],
    }


def _print_comparison(found: Comparison, first: Path, second: Path) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.orbits.times import to_iso

    console = Console()
    title = f"{second.name} less {first.name}: {found.second.name or found.second.id}, {len(found.times_s):,} instants"
    table = Table(title=escape(title), title_justify="left")
    table.add_column("")
    for name in ("radial", "along", "cross", "whole"):
        table.add_column(name, justify="right")
    for what, values in (("position", found.rms), ("velocity", found.rms)):
        largest = found.largest(what)
        factor, unit = _scale(float(largest[3]), what)
        table.add_row(f"{what} rms [{unit}]".replace("[", "\\["), *(f"{v * factor:.4g}" for v in values(what)))
        table.add_row(f"{what} max [{unit}]".replace("[", "\\["), *(f"{v * factor:.4g}" for v in largest))
    console.print(table)
    console.print(f"UTC {to_iso(found.times_s[0])} to {to_iso(found.times_s[-1])}", highlight=False)
    if found.first.id != found.second.id:
        console.print(escape(f"They name different objects: {found.first.id} and {found.second.id}."), highlight=False)
    if found.doubt_km:
        console.print(
            f"One is in ITRF, the other is not, and polar motion is not taken into account: up to "
            f"{found.doubt_km * 1000:.0f} m of the difference may come of it.",
            highlight=False,
        )


def _scale(largest: float, what: str) -> tuple[float, str]:
    """A factor and the unit in which figures are easy to read."""
    steps = ((1.0, 1.0, "km"), (1e-3, 1e3, "m"), (0.0, 1e6, "mm"))
    factor, unit = next((f, u) for least, f, u in steps if largest >= least)
    return factor, unit if what == "position" else f"{unit}/s"


def _draw(chart: Path, found: Comparison, first: Path, second: Path) -> None:
    from comity.model.whole_files import write_whole
    from comity.report.ephemerides import ComparisonPicture, comparison_page, comparison_svg

    picture = ComparisonPicture(f"{second.name} less {first.name}", found.second.name or found.second.id, found)
    try:
        write_whole(chart, comparison_svg(picture) if chart.suffix == ".svg" else comparison_page(picture))
    except OSError as error:
        fail(f"{chart}: cannot be written ({error.strerror})")


def interpolate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OEM, in KVN or XML.")],
    epochs: Annotated[
        list[str] | None, typer.Argument(metavar="EPOCHS...", help="On the message's own clock: 2026-03-01T12:00:00.")
    ] = None,
    wanted: ObjectOption = None,
    step: Annotated[float | None, typer.Option(metavar="SECONDS", help="Each so far through the useable span.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
) -> None:
    """States between those of an ephemeris, by the method and degree that it names; in its own frame and on its clock.

    An epoch outside of its useable span is an error, and one between states so far apart that no orbit comes of it.
    """
    from comity.orbits import OrbitError, ephemerides, interpolate_all, one_of, wide_gaps

    message = read_or_fail(file)
    try:
        thing = one_of(ephemerides(message), wanted, str(file))
        arcs = thing.motion
        assert isinstance(arcs, tuple)
        metadata = _metadata(message, thing.id)
        times, texts = _instants(arcs, metadata["TIME_SYSTEM"], epochs or [], step)
        position, velocity = interpolate_all(arcs, times)
    except OrbitError as error:
        fail(str(error))
    gaps = wide_gaps(arcs, times)
    _warn(gaps)
    rows = [(text, *map(float, r), *map(float, v)) for text, r, v in zip(texts, position, velocity, strict=True)]
    if as_json:
        names = ("epoch", "x", "y", "z", "x_dot", "y_dot", "z_dot")
        print_json(
            {
                **metadata,
                "warnings": [str(gap) for gap in gaps],
                "states": [dict(zip(names, row, strict=True)) for row in rows],
            }
        )
    elif as_csv:
        typer.echo("EPOCH,X,Y,Z,X_DOT,Y_DOT,Z_DOT")
        for row in rows:
            typer.echo(",".join(v if isinstance(v, str) else f"{v:.9f}" for v in row))
    else:
        _print_states(rows, thing, metadata)


def _metadata(message: Message, key: str) -> dict[str, str]:
    """How the segments of an object say that they are: as the first of them."""
    segments = (s for one in message.each() if one.kind == "oem" for s in one.segments)
    meta = next(s.metadata for s in segments if s.metadata.get("OBJECT_ID") == key)
    names = (
        "OBJECT_ID",
        "OBJECT_NAME",
        "CENTER_NAME",
        "REF_FRAME",
        "TIME_SYSTEM",
        "INTERPOLATION",
        "INTERPOLATION_DEGREE",
    )
    return {name: meta.get(name) or "" for name in names}


def _instants(arcs: tuple[Arc, ...], clock: str, epochs: list[str], step: float | None) -> tuple[Floats, list[str]]:
    import numpy as np

    from comity.messages.values import clock_reading
    from comity.orbits.times import from_scales, to_iso, to_scales

    if bool(epochs) == (step is not None):
        fail("at which epochs? name some, or give --step SECONDS")
    if step is not None:
        if not step > 0 or (arcs[-1].usable_s[1] - arcs[0].usable_s[0]) / step > MOST:
            fail(f"--step {step:g}: is above 0, and gives at most {MOST:,} instants")
        spans = [np.arange(a.usable_s[0], a.usable_s[1] + 1e-6, step) for a in arcs]
        times = np.unique(np.minimum(np.concatenate(spans), max(a.usable_s[1] for a in arcs)))
        return times, [to_iso(float(t), digits=6).removesuffix("Z") for t in to_scales(times, clock.upper())]
    readings = [clock_reading(text) for text in epochs]
    for text, reading in zip(epochs, readings, strict=True):
        if reading is None:
            fail(f"{text!r}: is no epoch; write it as 2026-03-01T12:00:00.5 or 2026-060T12:00:00")
    return np.atleast_1d(from_scales(np.array(readings, dtype=np.float64), clock.upper())), epochs


def _print_states(rows: list[tuple[Any, ...]], thing: SpaceObject, metadata: dict[str, str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    how = (
        f"{metadata['INTERPOLATION'] or 'HERMITE (the message names none)'} {metadata['INTERPOLATION_DEGREE']}".rstrip()
    )
    title = f"{thing.name or thing.id}: {how}, {metadata['REF_FRAME']} about {metadata['CENTER_NAME']}"
    table = Table(title=escape(title), title_justify="left")
    table.add_column(f"Epoch ({metadata['TIME_SYSTEM']})", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in "xyz":
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows[:SHOWN]:
        table.add_row(row[0], "km", *(f"{v:.6f}" for v in row[1:4]))
        table.add_row("", "km/s", *(f"{v:.9f}" for v in row[4:]))
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"and {len(rows) - SHOWN:,} more; --csv and --json have all")
