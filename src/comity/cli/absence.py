"""`comity governance absence`: what a partner's suspension or departure would mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.governance import governance
from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, opened, time_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def register(app: typer.Typer) -> None:
    """Nothing of its own: its command joins `comity governance`."""


@governance.command(rich_help_panel="Changed times")
def absence(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Who is suspended, or leaves.")],
    programme: Annotated[
        str, typer.Option("--programme", "-p", metavar="PROGRAMME", help="A folder, a bundled one, or a record.")
    ],
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="From this day on.")],
    agreement: Annotated[
        list[str],
        typer.Option(
            metavar="AGREEMENT", help="Files, or shipped ones as iss-*. Default: those in force on the record."
        ),
    ] = [],  # noqa: B006
    plan: Annotated[Path | None, typer.Option(metavar="PLAN", help="Plan anew from this plan, too.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the new plan goes.")] = None,
    time_s: Annotated[float, typer.Option("--time", metavar="SECONDS", help="For the new plan.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Tell what a partner's absence means: what rests by which clause, who inherits what, and the new plan.

    Nothing is written to a record: `partner.suspend` comes by a decision (`comity governance propose`).
    """
    from comity.cli.places import read_or_end
    from comity.governance.suspension import suspension
    from comity.model.problems import nearest

    day = time_of(since)
    assert day is not None
    meant = read_or_end(programme, as_json=as_json).programme
    assert meant is not None
    if partner not in meant.partners:
        fail(f"{programme} has no partner {partner!r}; {nearest(partner, meant.partners) or ', '.join(meant.partners)}")
    known, bodies = _binding(programme, agreement, day, as_json=as_json)
    found = suspension(partner, day.date(), programme=meant, agreements=known, bodies=bodies)
    if as_json and plan is None:
        print_json(found.to_dict())
    elif not as_json:
        _show_absence(found)
    if plan is not None:
        from comity.cli.replan import replan

        month = str(found.amendments[0].month)
        replan(plan, month, withdraw=[partner], programme=programme, out=out, time_s=time_s, as_json=as_json)


def _binding(programme: str, names: list[str], day: Any, *, as_json: bool) -> tuple[dict[str, Any], list[Any]]:
    """The agreements meant, by id, and the bodies on the record."""
    from fnmatch import fnmatchcase

    from comity.cli.agreement import document_of
    from comity.governance.agreements import shipped, standing
    from comity.governance.seats import body_on
    from comity.record.naming import is_record, split_time

    chosen = {name: [s for s in shipped() if fnmatchcase(s, name)] or [name] for name in names}
    meant = [one for names_ in chosen.values() for one in names_]
    documents = [document_of(name, as_json=as_json) for name in meant]
    if not is_record(programme):
        return {d.id: d for d in documents}, []
    with opened(split_time(programme)[0]) as found:
        state = found.state
    held = {
        name: now.agreement for name in state.section("agreements") if (now := standing(state, name, day)) is not None
    }
    return {**held, **{d.id: d for d in documents}}, [body_on(state, name) for name in state.section("bodies")]


def _show_absence(found: Any) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()

    def table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        if rows:
            shown = Table(*heads, title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
            for row in rows:
                shown.add_row(*map(escape, row))
            console.print(shown)
            console.print()

    stops = [s for s in found.stops if not s.survives]
    rest = [(s.agreement, s.article or s.clause, s.what) for s in stops]
    table(f"What rests without {found.partner} from {found.since} on", ("agreement", "clause", "what"), rest)
    table(
        "What goes on",
        ("agreement", "clause", "what"),
        [(s.agreement, s.article or s.clause, s.what) for s in found.stops if s.survives],
    )
    heirs = [
        (i.element, i.role, f"{i.heir}, by {i.agreement}" if i.heir else ", ".join(i.able) or "nobody")
        for i in found.inherits
    ]
    table("Who takes over", ("element", "role", "heir, or who could"), heirs)
    table(
        "If it gives notice that day",
        ("agreement", "bound until", ""),
        [(d.agreement, d.ends.isoformat(), "the agreement ends" if d.agreement_ends else "") for d in found.departures],
    )
    table("What does not let it go", ("agreement", "why"), list(found.locked_in))
    for what, names in (("Its facilities", found.facilities), ("Its seats", found.seats)):
        if names:
            console.print(f"{what}: {', '.join(names)}")
    console.print(
        f"Plan anew with `comity replan PLAN --withdraw {found.partner} --from {found.amendments[0].month}`, or --plan here."
    )
