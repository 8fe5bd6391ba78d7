"""`comity archive find`: products by target, place, time, wavelength, mission, partner, licence, and words."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, print_table, reader_of
from comity.cli.places import print_json
from comity.cli.programmes import JsonOption

#: Rows that a terminal shows.
SHOWN = 30


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="find")(find)


def find(
    folder: ArchiveArgument,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="That all are told of it.")] = None,
    target: Annotated[str | None, typer.Option(metavar="NAME", help="Such as M13; known offline.")] = None,
    online: Annotated[bool, typer.Option("--online", help="Ask Sesame for names that are not known.")] = False,
    region: Annotated[str | None, typer.Option(metavar="'RA DEC RADIUS'", help="In degrees, ICRS.")] = None,
    start: Annotated[str | None, typer.Option(metavar="UTC", help="Ends not before.")] = None,
    stop: Annotated[str | None, typer.Option(metavar="UTC", help="Begins not after.")] = None,
    wavelength: Annotated[str | None, typer.Option(metavar="'LOW HIGH'", help="In metres.")] = None,
    product_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="image, cube, spectrum, …")] = None,
    mission: Annotated[str | None, typer.Option(metavar="MISSION", help="Or mission/element.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="PARTNER", help="Whose data they are.")] = None,
    instrument: Annotated[str | None, typer.Option(metavar="NAME", help="Of an instrument or facility.")] = None,
    licence: Annotated[str | None, typer.Option(metavar="SPDX", help="Under this licence.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="No more than so many.")] = 1000,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find products: all that is said must hold."""
    from datetime import UTC, datetime

    from comity.archive.finding import find as found_in
    from comity.archive.finding import wanted_of

    asked = {
        "words": " ".join(words or ()), "target": target, "region": region, "start": start, "stop": stop,
        "wavelength_m": wavelength, "product_type": product_type, "mission": mission, "partner": partner,
        "licence": licence, "instrument": instrument,
    }  # fmt: skip
    with opened(folder) as found:
        wanted = wanted_of({name: text for name, text in asked.items() if text})
        hits = found_in(found, wanted, reader_of(found, who), at=datetime.now(UTC), online=online, most=most)
    if as_json:
        place = hits.place
        told = None if place is None else {n: getattr(place, n) for n in ("name", "ra_deg", "dec_deg", "source")}
        print_json({"place": told, "is_cut": hits.is_cut, "products": list(hits.rows)})
        return
    if hits.place is not None:
        typer.echo(
            f"{hits.place.name}: RA {hits.place.ra_deg:.5f}, Dec {hits.place.dec_deg:+.5f} ({hits.place.source})",
            err=True,
        )
    print_table(
        ("dataset", "product", "type", "target"),
        [
            (str(r["obs_collection"]), str(r["obs_id"]), str(r["dataproduct_type"] or ""), str(r["target_name"] or ""))
            for r in hits.rows[:SHOWN]
        ],
    )
    more = "more than " if hits.is_cut else ""
    typer.echo(f"{more}{len(hits.rows):,} found" + (f", the first {SHOWN} shown" if len(hits.rows) > SHOWN else ""))
