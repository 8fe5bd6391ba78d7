"""`comity safety screen`: own spacecraft against a catalogue."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.network_places import shipped
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption
from comity.cli.safety import named, safety, well_given

if TYPE_CHECKING:
    from comity.orbits import SpaceObject
    from comity.safety.screening import Conjunction, Screening

#: Rows that a terminal shows.
SHOWN = 30


@safety.command()
def screen(
    own: Annotated[Path, typer.Argument(metavar="OWN", help="Own spacecraft: TLE, OMM or OEM; or `science`.")],
    catalogue: Annotated[Path, typer.Argument(metavar="CATALOGUE", help="All others: TLE, OMM or OEM.")],
    days: Annotated[float, typer.Option(min=0.01, max=60, help="For how long.")] = 7.0,
    within: Annotated[str, typer.Option(metavar="DISTANCE", help="Nearer than this, such as '5 km'.")] = "5 km",
    start: Annotated[
        str | None, typer.Option(metavar="UTC", help="From when. Default: the latest epoch of OWN.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Of OWN this one, by id or name; repeatable.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="ID", help="Of CATALOGUE not this one: docked, or in formation; repeatable."),
    ] = None,
    radius: Annotated[float, typer.Option(metavar="M", min=0.01, help="Sum of both objects' radii.")] = 10.0,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write a CDM of each into this folder.")] = None,
    form: Annotated[str, typer.Option("--form", metavar="FORM", help="Of the CDMs: kvn or xml.")] = "kvn",
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw it: .svg or .html.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find what comes near: time of closest approach, miss distance, speed, probability of collision.

    Of mean elements the covariance is a default by kind of orbit and age (see the reference); an ephemeris without one
    has no probability.
    """
    from comity.cli.progress import Display
    from comity.safety.screening import screen as screened

    if form not in ("kvn", "xml"):
        fail(f"--form is kvn or xml, not {form!r}")
    if chart is not None and chart.suffix not in (".svg", ".html"):
        fail(f"{chart}: a chart is .svg or .html")
    with well_given():
        distance = _kilometres(within)
        mine, others = _read(own, only or []), _read(catalogue, [])
        left_out = [o.id for o in named(list(others), ignore or [])] if ignore else []
        begin = _start(start, mine)
        end = begin + days * 86400.0
        _warn_of_stale([*mine, *others], begin, end)
        with Display(quiet=quiet) as show:
            show.stage(f"Screening {len(mine)} against {len(others):,}")

            began = monotonic()

            def told(part: float) -> None:
                left = (monotonic() - began) * (1 - part) / max(part, 1e-3)
                show.note(f"{part:.0%}, {left:,.0f} s left")

            found = screened(
                mine, others, begin, end, within_km=distance, radius_m=radius, ignore=left_out, on_progress=told
            )
        written, spared = _write(found, out, form, begin) if out is not None else (0, 0)
    if chart is not None:
        _draw(chart, found, begin, end, distance)
    if as_json:
        print_json(_plain(found, begin, end, distance))
        return
    _table(found)
    if out is not None:
        left = f"; {spared} have no covariance and no message" if spared else ""
        typer.echo(f"wrote {written} {'message' if written == 1 else 'messages'} to {out}{left}", err=True)


def _kilometres(text: str) -> float:
    import pint

    from comity.safety import SafetyError
    from comity.safety.screening import MOST_KM

    try:
        found = float(pint.UnitRegistry().Quantity(text).to("km").magnitude)
    except (pint.PintError, ValueError, AttributeError, TypeError):
        raise SafetyError(f"--within {text!r} is no distance; write '5 km' or '800 m'") from None
    if not 0 < found <= MOST_KM:
        raise SafetyError(
            f"--within {text!r} is no distance to screen for; it is above 0 and not above {MOST_KM:,.0f} km"
        )
    return found


def _read(file: Path, only: list[str]) -> list[SpaceObject]:
    from comity.orbits import read_objects

    return list(named(list(read_objects(shipped() if str(file) == "science" and not file.exists() else file)), only))


def _start(given: str | None, own: list[SpaceObject]) -> float:
    from comity.orbits import Elements
    from comity.orbits.times import from_iso

    if given is not None:
        return from_iso(given)
    begins = []
    for thing in own:
        motion = thing.motion
        if isinstance(motion, Elements):
            begins.append(motion.epoch_s)
        elif isinstance(motion, tuple):
            begins.append(min(arc.usable_s[0] for arc in motion))
    return max(begins)


def _warn_of_stale(objects: list[SpaceObject], begin: float, end: float) -> None:
    from comity.orbits import Elements

    ages = [
        max(abs(begin - o.motion.epoch_s), abs(end - o.motion.epoch_s)) / 86400.0
        for o in objects
        if isinstance(o.motion, Elements)
    ]
    old = sum(age > 14 for age in ages)
    if old:
        typer.echo(
            f"warning: elements of {old:,} objects lie more than 14 days from the time asked (the worst {max(ages):.0f} days): "
            "tens of kilometres may be wrong",
            err=True,
        )


def _table(found: Screening) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.cli.record import plain
    from comity.orbits.times import to_iso

    console = Console(highlight=False)
    # A terminal of 80 columns has no place for all three axes.
    axes = ("R", "T", "N") if console.width >= 95 else ("R",)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head, width in (("own", 8), ("other", 16), ("closest UTC", 11)):
        table.add_column(head, no_wrap=True, max_width=width, overflow="ellipsis")
    for head in ("miss km", *axes, "km/s", "Pc", "worst"):
        table.add_column(head, justify="right", no_wrap=True)
    pairs: dict[tuple[str, str], list[Conjunction]] = {}
    for one in found.conjunctions:
        pairs.setdefault((one.own.id, one.other.id), []).append(one)
    for one, *again in list(pairs.values())[:SHOWN]:
        table.add_row(
            escape(plain(one.own.name)), escape(_named(one, again)), to_iso(one.tca_s, digits=0)[8:19].replace("T", " "),
            f"{one.miss_km:.3f}", *(f"{v:.2f}" for v in one.rtn_km[: len(axes)]), f"{one.speed_km_s:.1f}",
            _small(one.probability), _small(one.worst),
        )  # fmt: skip
    if found.conjunctions:
        console.print(table)
    approaches = "approach" if len(found.conjunctions) == 1 else "approaches"
    said = [
        f"{len(found.conjunctions):,} {approaches} of {_pairs(len(pairs))}, a row each with its most probable; "
        f"{_pairs(found.pairs)} could meet by their heights, of {found.objects:,} objects"
    ]
    if len(pairs) > SHOWN:
        said.append(f"{SHOWN} of {len(pairs)} pairs are shown, --json has all")
    if any(one.probability is None for one in found.conjunctions):
        said.append("Pc -: they fly together (docked? --ignore ID leaves one out), or an ephemeris has no covariance")
    if found.lost:
        names = ", ".join(found.lost[:8]) + (", …" if len(found.lost) > 8 else "")
        said.append(f"not known in all the time (decayed, or the ephemeris ends): {names}")
    for line in said:
        typer.echo(fill(plain(line), 80))


def _pairs(number: int) -> str:
    return "1 pair" if number == 1 else f"{number:,} pairs"


def _named(one: Conjunction, again: list[Conjunction]) -> str:
    """The other's name, and how often it comes near when that is more than once."""
    from comity.cli.record import plain

    times = f" ×{1 + len(again)}" if again else ""
    name = plain(one.other.name)
    return (name if len(name) + len(times) <= 16 else f"{name[: 15 - len(times)]}…") + times


def _small(value: float | None) -> str:
    """`6.3e-5`."""
    if value is None:
        return "-"
    if value < 1e-12:
        return "<e-12"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}e{int(power)}"


def _plain(found: Screening, begin: float, end: float, within: float) -> dict[str, Any]:
    from comity.orbits.times import to_iso

    return {
        "start": to_iso(begin),
        "end": to_iso(end),
        "within_km": within,
        "objects": found.objects,
        "pairs": found.pairs,
        "not_known_in_all_the_time": list(found.lost),
        "conjunctions": [conjunction_record(one) for one in found.conjunctions],
    }


def conjunction_record(one: Conjunction) -> dict[str, Any]:
    """An approach as JSON."""
    from comity.orbits.times import to_iso

    def sigmas(covariance: Any) -> list[float] | None:
        return None if covariance is None else [round(float(covariance[k, k]) ** 0.5, 6) for k in range(3)]

    return {
        "own": {"id": one.own.id, "name": one.own.name, "norad": one.own.norad},
        "other": {"id": one.other.id, "name": one.other.name, "norad": one.other.norad},
        "tca": to_iso(one.tca_s),
        "miss_km": round(one.miss_km, 6),
        "rtn_km": [round(v, 6) for v in one.rtn_km],
        "speed_km_s": round(one.speed_km_s, 6),
        "probability": one.probability,
        "worst_probability": one.worst,
        "radius_m": one.radius_m,
        "sigma_rtn_km": sigmas(one.covariance_km2),
        "other_sigma_rtn_km": sigmas(one.other_covariance_km2),
        "why": one.why,
    }


def _write(found: Screening, folder: Path, form: str, created_s: float) -> tuple[int, int]:
    from comity.cli.outputs import write_folder
    from comity.safety.conjunction_messages import message_id, text

    given = [
        one for one in found.conjunctions if one.covariance_km2 is not None and one.other_covariance_km2 is not None
    ]
    texts = {
        f"{message_id(one)}.{'cdm' if form == 'kvn' else 'xml'}": text(
            one, "kvn" if form == "kvn" else "xml", created_s=created_s
        )
        for one in given
    }
    try:
        write_folder(texts, folder)
    except OSError as error:
        fail(f"{folder}: {error.strerror}")
    return len(texts), len(found.conjunctions) - len(given)


def _draw(chart: Path, found: Screening, begin: float, end: float, within: float) -> None:
    from comity.model.whole_files import write_whole
    from comity.report.conjunctions import ConjunctionPicture, conjunctions_page, conjunctions_svg

    picture = ConjunctionPicture(f"Approaches within {within:g} km", begin, end, within, found.conjunctions)
    try:
        write_whole(chart, conjunctions_svg(picture) if chart.suffix == ".svg" else conjunctions_page(picture))
    except OSError as error:
        fail(f"{chart}: cannot be written ({error.strerror})")
