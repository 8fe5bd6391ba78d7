"""`comity interface icd`, `n2`, `gaps`, `adopt`: what follows from the check."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.interface import interface, subject_of
from comity.cli.places import fail, print_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from comity.report.interfaces.lists import Listing

Programme = Annotated[
    str,
    typer.Argument(
        metavar="PROGRAMME", help="A folder, a bundled programme, or an interface case: a file or its name."
    ),
]
Mission = Annotated[str | None, typer.Argument(metavar="[MISSION]", help="Only this mission's interfaces.")]
Unit = Annotated[
    list[str] | None, typer.Option("--unit", help="A unit to tell values in, such as psi; may be repeated.")
]
Catalogue = Annotated[
    bool, typer.Option("--catalogue/--no-catalogue", help="Offer adapters that comity knows besides the programme's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
#: What a command can write, by the end of the file's name; each is made only when it is asked for.
Forms = Mapping[str, Callable[[], str | bytes]]


def register(app: typer.Typer) -> None:
    """Joins `comity interface`."""
    interface.command()(icd)
    interface.command()(n2)
    interface.command()(gaps)
    interface.command()(adopt)


def icd(
    programme: Programme,
    mission: Mission = None,
    only: Annotated[
        str, typer.Option("--interface", metavar="NAME", help="One interface: MISSION/NUMBER, or MISSION:FIRST~SECOND.")
    ] = "",
    unit: Unit = None,
    with_catalogue: Catalogue = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it as .html, .pdf or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Interface control documents: parties, both sides' values, verdict, adapter, standards, open points, signatures."""
    from comity.standards import interface_control_documents

    with _well_given():
        documents = interface_control_documents(
            subject_of(programme, mission, unit, with_catalogue=with_catalogue, as_json=as_json), interface=only
        )
    if not documents:
        fail(f"{programme}: there is no interface to document; a mission lists them under interfaces:")
    plain_ = {"documents": [d.to_dict() for d in documents]}

    def page() -> str:
        from comity.report.interfaces.page import documents_page

        return documents_page(documents)

    def paper() -> bytes:
        from comity.report.interfaces.paper import documents_pdf

        return documents_pdf(documents)

    def shown() -> RenderableType:
        from comity.report.interfaces.terminal import documents_shown

        return documents_shown(documents, clean=_clean())

    _told(out, {".html": page, ".pdf": paper}, plain_, shown, as_json=as_json)


def n2(
    programme: Programme,
    mission: Mission = None,
    with_catalogue: Catalogue = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it as .html, .svg (one chart) or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The N² chart: elements on the diagonal; in rows what each gives, in columns what it takes, and whether it fits."""
    from comity.standards import n2_chart

    with _well_given():
        chart = n2_chart(subject_of(programme, mission, None, with_catalogue=with_catalogue, as_json=as_json))

    def page() -> str:
        from comity.report.interfaces.page import n2_page

        return n2_page(chart)

    def picture() -> str:
        from comity.report.interfaces.matrix import drawing

        if len(chart.matrices) != 1:
            fail(f"{out}: an SVG holds one chart, and here are {len(chart.matrices)}; name a MISSION, or write .html")
        return str(drawing(chart.matrices[0]))

    def shown() -> RenderableType:
        from comity.report.interfaces.terminal import n2_shown

        return n2_shown(chart, clean=_clean())

    _told(out, {".html": page, ".svg": picture}, chart.to_dict(), shown, as_json=as_json)


def gaps(
    programme: Programme,
    mission: Mission = None,
    partner: Annotated[str | None, typer.Option("--partner", metavar="ID", help="Only this partner's list.")] = None,
    unit: Unit = None,
    with_catalogue: Catalogue = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it as .html, .csv or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What each partner must say, of which port, and the misfits in which it has a side."""
    from comity.report.interfaces.lists import gaps_listing
    from comity.standards import gaps_by_partner

    with _well_given():
        subject = subject_of(programme, mission, unit, with_catalogue=with_catalogue, as_json=as_json)
        found = gaps_by_partner(subject.answer, only=partner)
    _listed(out, lambda: gaps_listing(found, name=subject.name, names=subject.names), found.to_dict(), as_json=as_json)


def adopt(
    programme: Programme,
    mission: Mission = None,
    standard: Annotated[
        list[str] | None,
        typer.Option("--standard", metavar="ID", help="Only this one, as idss@F; repeatable. Default: all that apply."),
    ] = None,
    with_catalogue: Catalogue = True,
    every: Annotated[bool, typer.Option("--all", help="Show every row of the tables.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write it as .html, .csv or .json.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What adopting a standard would close, alone or with another: misfits that vanish, gaps settled, adapters spared."""
    from comity.report.interfaces.lists import adoption_listing
    from comity.standards import what_adopting_closes

    with _well_given():
        subject = subject_of(programme, mission, None, with_catalogue=with_catalogue, as_json=as_json)
        found = what_adopting_closes(subject.question, standards=standard or ())

    def listing() -> Listing:
        most = None if every or out is not None else 10
        return adoption_listing(found, name=subject.name, names=subject.names, most=most)

    _listed(out, listing, found.to_dict(), as_json=as_json)


# --- shown, written ------------------------------------------------------------------------------------------------------


@contextmanager
def _well_given() -> Iterator[None]:
    """What users did wrong ends the command with 2."""
    from comity.standards import StandardsError

    try:
        yield
    except StandardsError as error:
        fail(str(error))


def _listed(out: Path | None, listing: Callable[[], Listing], plain_: dict[str, Any], *, as_json: bool) -> None:
    def page() -> str:
        from comity.report.interfaces.page import listing_page

        return listing_page(listing())

    def sheet() -> str:
        from comity.report.interfaces.lists import csv_text

        return csv_text(listing())

    def shown() -> RenderableType:
        from comity.report.interfaces.terminal import listing_shown

        return listing_shown(listing(), clean=_clean())

    _told(out, {".html": page, ".csv": sheet}, plain_, shown, as_json=as_json)


def _told(
    out: Path | None, forms: Forms, plain_: dict[str, Any], shown: Callable[[], RenderableType], *, as_json: bool
) -> None:
    """Writes a file, if one is named, by the end of its name; prints JSON, if asked; shows it on the terminal otherwise."""
    if out is not None:
        if out.suffix not in (*forms, ".json"):
            fail(f"{out}: it can be written as {', '.join((*forms, '.json'))}; name a file that ends so")
        json_text = json.dumps(plain_, indent=1, ensure_ascii=False, default=str) + "\n"
        _write(out, json_text if out.suffix == ".json" else forms[out.suffix]())
    if as_json:
        print_json(plain_)
    elif out is None:
        from rich.console import Console

        Console(highlight=False).print(shown())


def _write(out: Path, content: str | bytes) -> None:
    from comity.model.whole_files import write_whole

    try:
        write_whole(out, content)
    except OSError as error:
        fail(f"{out}: cannot be written: {error.strerror}")
    typer.echo(f"wrote {out}", err=True)


def _clean() -> Callable[[str], str]:
    from comity.cli.record import plain

    return plain
