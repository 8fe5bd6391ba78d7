"""`comity standards`: the register of standards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.places import fail, print_json

if TYPE_CHECKING:
    from comity.standards import Register, Standard

standards = typer.Typer(
    name="standards",
    help="The register of standards: which edition is in force, and what claiming it says of a port.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Adds `comity standards`."""
    app.add_typer(standards)


@standards.command("list")
def list_(
    kind: Annotated[str | None, typer.Option("--kind", help="Only those of a kind of port, such as docking.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Only those of a publisher, such as CCSDS.")] = None,
    as_json: Json = False,
) -> None:
    """List the standards, each with the edition in force."""
    from comity.model.ports import TERMS
    from comity.model.problems import nearest
    from comity.standards import shipped

    if kind is not None and kind not in TERMS:
        fail(f"there is no kind of port {kind!r}; {nearest(kind, TERMS) or 'the kinds are ' + ', '.join(TERMS)}")
    known = shipped()
    publishers = sorted({s.publisher for s in known.standards.values()})
    if publisher is not None and publisher.casefold() not in {p.casefold() for p in publishers}:
        fail(f"there is no publisher {publisher!r}; {nearest(publisher, publishers) or ', '.join(publishers)}")
    found = [
        s
        for s in known.standards.values()
        if (kind is None or kind in s.kinds) and (publisher is None or s.publisher.casefold() == publisher.casefold())
    ]
    if as_json:
        print_json({"standards": [_plain(known, s) for s in found]})
    else:
        _table(found)


@standards.command()
def show(
    standard: Annotated[str, typer.Argument(metavar="STANDARD", help="Its identifier, and an edition: idss@F.")],
    as_json: Json = False,
) -> None:
    """Show a standard: its editions with date, status and source, and the values that a port has by claiming it."""
    from comity.model.ports import Claim
    from comity.standards import StandardsError, shipped

    known = shipped()
    try:
        claim = Claim.parse(standard)
        known.edition(claim)
    except StandardsError as error:
        fail(str(error))
    except ValueError as error:
        fail(str(error))
    found = known.standards[claim.standard]
    if as_json:
        print_json(_plain(known, found, claim.edition))
    else:
        _page(known, found, claim.edition)


def _plain(known: Register, standard: Standard, edition: str = "") -> dict[str, object]:
    plain = standard.model_dump(mode="json", exclude_defaults=True)
    editions = plain["editions"]
    kept = {name: value for name, value in editions.items() if edition in ("", name)}
    cited = {e["source"].partition(",")[0].strip() for e in kept.values()}
    cited |= {e["profile"]["source"].partition(",")[0].strip() for e in kept.values() if e.get("profile")}
    sources = {name: known.sources[name].model_dump(mode="json", exclude_defaults=True) for name in sorted(cited)}
    return {**plain, "current": standard.current, "editions": kept, "sources": sources}


def _table(found: list[Standard]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console, table = Console(), Table()
    table.add_column("Standard", no_wrap=True)
    table.add_column("In force", no_wrap=True)
    table.add_column("Date", no_wrap=True)
    table.add_column("Title")
    for standard in found:
        edition = standard.editions[standard.current]
        state = standard.current if edition.status == "in force" else f"({edition.status})"
        table.add_row(standard.id, escape(state), edition.date, escape(f"{standard.designation}: {standard.name}"))
    console.print(table)
    console.print(f"{len(found)} standard{'' if len(found) == 1 else 's'}", highlight=False)


def _page(known: Register, standard: Standard, edition: str) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    console.print(f"[bold]{escape(standard.designation)}[/bold]: {escape(standard.name)}", highlight=False)
    console.print(f"{escape(standard.publisher)}. {escape(standard.scope)}", highlight=False)
    for name, found in standard.editions.items():
        if edition not in ("", name):
            continue
        by = f" by {found.superseded_by}" if found.superseded_by else ""
        dated = f", {found.date}" if found.date else ""
        console.print(f"\n[bold]{escape(name)}[/bold]{dated}: {found.status}{escape(by)}", highlight=False)
        console.print(f"  seen: {escape(_cited(known, found.source))}", highlight=False, soft_wrap=True)
        if found.profile is None:
            continue
        for kind, parameters in found.profile.parameters.items():
            for parameter, value in parameters.items():
                console.print(f"  {kind}: {parameter} = {escape(str(value))}", highlight=False)
        console.print(f"  values: {escape(_cited(known, found.profile.source))}", highlight=False, soft_wrap=True)


def _cited(known: Register, text: str) -> str:
    name, _, place = text.partition(",")
    source = known.sources[name.strip()]
    return f"{source.name} ({', '.join(filter(None, (source.publisher, source.date)))}),{place} {source.url}"
