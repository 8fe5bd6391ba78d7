"""`comity safety`: checklists, debris mitigation, conjunctions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.orbits import SpaceObject
    from comity.safety.disposal import Disposal

safety = typer.Typer(
    name="safety",
    help="Common safety: checklists by phase, debris mitigation, conjunction screening.",
    no_args_is_help=True,
)
#: Modules whose commands join the group.
_REST = ("comity.cli.safety_checklists", "comity.cli.safety_screen", "comity.cli.safety_evidence")
VERDICTS = {"kept": "green", "broken": "red", "unsure": "yellow", "unsaid": "yellow", "not concerned": "dim"}
#: What ends the command with 1: the answer is there, and it is no.
_NO = ("broken", "unsure", "unsaid")


def register(app: typer.Typer) -> None:
    """Adds `comity safety`."""
    for module in _REST:
        import_module(module)
    app.add_typer(safety)


@contextmanager
def well_given() -> Iterator[None]:
    """Ends the command with 2 when what was given cannot be taken: the error says what would be right."""
    from comity.orbits import OrbitError
    from comity.safety import SafetyError

    try:
        yield
    except (SafetyError, OrbitError) as error:
        fail(str(error))


@safety.command()
def disposal(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML of spacecraft at their end, or elements (TLE, OMM).")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="This one alone, by id or name; repeatable.")
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option("--rules", metavar="SET", help="nasa, esa, fcc, iadc or iso. Default: all.")
    ] = None,
    area: Annotated[float | None, typer.Option(metavar="M2", help="Of elements: mean cross-section.")] = None,
    mass: Annotated[float | None, typer.Option(metavar="KG", help="Of elements: mass. Default: drag by B*.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check how spacecraft leave their orbits: lifetime by the Sun's activity, and the rules of debris mitigation.

    Ends with 1 when a rule is broken, depends on the Sun, or cannot be checked with what is said.
    """
    from comity.safety.lifetime import METHOD

    with well_given():
        found = _disposals(file, only or [], rules or [], _drag(area, mass))
    if as_json:
        print_json([_plain(one) for one in found])
    else:
        for one in found:
            _show(one, alone=len(found) == 1)
        if any(one.lifetimes for one in found):
            typer.echo(fill(f"lifetimes: {METHOD}", 80))
        if len(found) > 1:
            typer.echo("what is broken or unsaid of one, and why: --only ID")
    if any(check.verdict in _NO for one in found for check in one.checks):
        raise typer.Exit(1)


def _drag(area: float | None, mass: float | None) -> float | None:
    from comity.safety.lifetime import CD

    if (area is None) != (mass is None):
        fail("give --area and --mass together")
    if area is None or mass is None:
        return None
    if not (area > 0 and mass > 0):
        fail("--area and --mass are above 0")
    return CD * area / mass


def _disposals(file: Path, only: list[str], rules: list[str], drag: float | None) -> list[Disposal]:
    from comity.safety.disposal import disposal as checked
    from comity.safety.disposal import disposal_of_object, of_name, read_fleet

    if file.suffix in (".yaml", ".yml"):
        if drag is not None:
            fail("--area and --mass are for elements; in YAML each spacecraft has its own")
        return [checked(one, sets=rules) for one in of_name(read_fleet(file), only)]
    from comity.orbits import read_objects

    objects = named(list(read_objects(file)), only)
    return [disposal_of_object(thing, drag_m2_kg=drag, sets=rules) for thing in objects]


def named(objects: list[SpaceObject], wanted: list[str]) -> list[SpaceObject]:
    """The objects of these ids or names, all when none is given. SafetyError with the nearest."""
    from comity.model.problems import nearest
    from comity.safety import SafetyError

    if not wanted:
        return objects
    known = {name.lower(): o for o in objects for name in (o.name, o.id)}
    for name in wanted:
        if name.lower() not in known:
            within = [o.name for o in objects if name.lower() in o.name.lower()]
            hint = (
                f"did you mean {within[0]!r}?"
                if within
                else nearest(name, {o.name for o in objects} | {o.id for o in objects})
                or ", ".join(o.name for o in objects[:8])
                + (f" and {len(objects) - 8} more" if len(objects) > 8 else "")
            )
            raise SafetyError(f"there is no object {name!r} in what was given; {hint}")
    return list(dict.fromkeys(known[name.lower()] for name in wanted))


def _plain(one: Disposal) -> dict[str, Any]:
    from dataclasses import asdict

    from comity.safety.lifetime import METHOD

    return {
        "id": one.id,
        "name": one.name,
        "perigee_km": round(one.orbit.perigee_km, 3),
        "apogee_km": round(one.orbit.apogee_km, 3),
        "inclination_deg": round(one.orbit.inclination_deg, 4),
        "drag_m2_kg": None if one.drag_m2_kg is None else float(f"{one.drag_m2_kg:.6g}"),
        "drag_from": one.drag_from,
        "sinking_m_day": {by: float(f"{rate:.4g}") for by, rate in one.sinking_m_day.items()},
        "sun_sfu": one.flux and round(one.flux, 1),
        "cautions": list(one.cautions),
        "lifetime_years": {a: life.years and round(life.years, 3) for a, life in one.lifetimes.items()},
        "lifetime_method": METHOD,
        "kept": one.kept,
        "checks": [asdict(check) for check in one.checks],
    }


def _show(one: Disposal, *, alone: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from comity.cli.record import plain
    from comity.safety.disposal import years_said

    console = Console(highlight=False)
    orbit = one.orbit
    drag = f"Cd·A/m {one.drag_m2_kg:.4g} m²/kg by" if one.drag_m2_kg is not None else "no drag told by"
    console.print(
        f"[bold]{escape(plain(one.name))}[/bold]: {orbit.perigee_km:,.0f} by {orbit.apogee_km:,.0f} km, "
        f"{orbit.inclination_deg:.1f}°, {drag} {one.drag_from}"
    )
    if one.lifetimes:
        lives = "   ".join(f"{a} {years_said(life)}" for a, life in one.lifetimes.items())
        console.print(f"lifetime in years by the Sun's activity: {lives}")
    if one.sinking_m_day:
        rates = ", ".join(f"{rate:.3g} by {by}" for by, rate in one.sinking_m_day.items())
        console.print(f"sinks, m a day at the epoch: {rates}; the Sun at {one.flux:.0f} sfu")
    for caution in one.cautions:
        console.print(f"[yellow]caution:[/yellow] {escape(plain(caution))}")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in one.checks:
        if check.verdict == "not concerned" and not alone:
            continue
        colour = VERDICTS[check.verdict]
        why = f"{escape(check.name)}: {escape(plain(check.why))}" if alone else escape(check.name)
        table.add_row(
            check.set,
            f"[{colour}]{check.verdict}[/{colour}]",
            why + (f" [dim]({escape(check.source)})[/dim]" if alone else ""),
        )
    console.print(table)
    typer.echo("")
