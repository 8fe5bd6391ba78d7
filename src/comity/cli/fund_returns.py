"""`comity fund return`: what comes back to each partner."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import console_100, fund, well_given, written_to
from comity.cli.fund_options import Csv, Html
from comity.cli.fund_returns_asked import (
    Asked,
    EveryOption,
    KindOption,
    PlanOption,
    ProgrammeOption,
    SinceOption,
    ThresholdOption,
    UntilOption,
    WeightOption,
    of_files,
    of_ledger,
    of_plan,
)
from comity.cli.fund_returns_mend import mend
from comity.cli.places import fail, plan_in, print_json
from comity.cli.programmes import JsonOption, ProgrammeArgument

if TYPE_CHECKING:
    from comity.funding.returns import Returns

returns = typer.Typer(name="return", help="Geographical, technology and training returns.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    for command in (show, forecast, mend, published):
        returns.command()(command)
    fund.add_typer(returns)


def show(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="Return statistics: YAML or CSV.")
    ] = None,
    plan: PlanOption = None,
    programme: ProgrammeOption = None,
    record: Annotated[
        str | None, typer.Option("--record", metavar="RECORD", help="Of a ledger on this record.")
    ] = None,
    ledger: Annotated[str | None, typer.Option("--ledger", metavar="ID", help="Which ledger.")] = None,
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="Of the ledger's, which one.")] = "EUR",
    kind: KindOption = "industrial",
    threshold: ThresholdOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    every: EveryOption = "year",
    by_programme: Annotated[bool, typer.Option("--by-programme", help="Each programme's, too.")] = False,
    weight: WeightOption = None,
    csv_file: Csv = None,
    html: Html = None,
    as_json: JsonOption = False,
) -> None:
    """Show each partner's return: of files, of a plan (--plan), or of a ledger (--record and --ledger).

    The coefficient is a partner's share of the weighted value of contracts over its share of contributions.
    """
    with well_given():
        if sum(map(bool, (files, plan, record))) != 1:
            fail("name files, or a plan with --plan, or a ledger with --record and --ledger: one of the three")
        if plan is not None:
            statistics = of_plan(plan_in(plan), programme, weight, as_json=as_json)
        elif record is not None:
            statistics = of_ledger(record, ledger, currency)
        else:
            statistics = of_files(files or [])
        asked = Asked.of(statistics, kind, threshold, since, until, every)
        programmes = statistics.programmes if by_programme else ()
        _answer(asked, programmes, csv_file=csv_file, html=html, as_json=as_json)


def forecast(
    programme: ProgrammeArgument,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json, or a folder that holds one.")],
    kind: KindOption = "industrial",
    threshold: ThresholdOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    weight: WeightOption = None,
    csv_file: Csv = None,
    html: Html = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast each partner's return from a roadmap, year by year, and say who falls below the threshold when.

    Exit code 0 when nobody is below it at the end, 1 when somebody is, 2 when the input is wrong.
    """
    with well_given():
        statistics = of_plan(plan_in(plan), programme, weight, as_json=as_json)
        asked = Asked.of(statistics, kind, threshold, since, until, "year")
        _answer(asked, (), csv_file=csv_file, html=html, as_json=as_json, forecast=True)
        if asked.series[-1].below(asked.threshold):
            raise typer.Exit(1)


def published(as_json: JsonOption = False) -> None:
    """List returns that ESA's member states have published, with their sources, and what was not found."""
    from comity.funding.returns.published import published as figures

    found = figures()
    if as_json:
        print_json(found.model_dump(mode="json", exclude_defaults=True))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table(
        "Member", "What", "Value", "Since", "Until", "Source", title="Published returns", title_justify="left"
    )
    for f in found.figures:
        source = str(f.source).partition(",")[0]
        table.add_row(
            f.member, f.what, f"{f.value:f} {f.unit}".strip(), str(f.since or ""), str(f.until), escape(source)
        )
    console.print(table)
    for name, source_ in found.sources.items():
        console.print(f"{name}: {source_.name}, {source_.publisher}. {source_.url}", highlight=False, soft_wrap=True)
    console.print("Looked for and not found:")
    for missing in found.not_found:
        console.print(f"- {missing}", highlight=False)


def _answer(
    asked: Asked,
    programmes: tuple[str, ...],
    *,
    csv_file: Path | None,
    html: Path | None,
    as_json: bool,
    forecast: bool = False,
) -> None:
    from comity.funding.returns import alarms
    from comity.funding.returns import returns as returns_of

    last, statistics = asked.series[-1], asked.statistics
    each = [
        returns_of(statistics, kind=asked.kind, programme=p, since=last.since, until=last.until) for p in programmes
    ]
    found = alarms(asked.series, asked.threshold)
    written = []
    if csv_file is not None:
        written.append(written_to(csv_file, _csv((*asked.series, *each), asked.threshold)))
    if html is not None:
        from comity.report.returns import render_returns

        page = render_returns(statistics, asked.series, asked.threshold, found, programmes=each, forecast=forecast)
        written.append(written_to(html, page))
    if as_json:
        print_json(
            {
                "name": statistics.name,
                "kind": asked.kind,
                "unit": statistics.unit(asked.kind),
                "currency": statistics.currency,
                "threshold": float(asked.threshold),
                "overall": last.to_dict(asked.threshold),
                "programmes": [r.to_dict(asked.threshold) for r in each],
                "cumulated": [r.to_dict(asked.threshold) for r in asked.series],
                "alarms": [a.to_dict() for a in found],
                "notes": list(statistics.notes),
                "written": written,
            }
        )
        return
    _show(asked, each, found)
    for file in written:
        typer.echo(f"Written to {file}")


def _show(asked: Asked, each: list[Returns], found: Any) -> None:
    from rich.markup import escape

    from comity.report import returns_terminal as shown

    statistics, last = asked.statistics, asked.series[-1]
    names, unit = statistics.members, statistics.unit(asked.kind)
    console = console_100()
    if not last.contracted:
        console.print(f"No {asked.kind} return is in what was given, from {last.since} to {last.until}.")
        return
    for one in (last, *(r for r in each if r.contracted)):
        console.print(
            shown.returns_table(one, names=names, unit=unit, currency=statistics.currency, threshold=asked.threshold)
        )
        console.print(escape(shown.totals(one, unit)), highlight=False)
    for line in shown.alarm_lines(found, names, asked.threshold, shown.scale_of(unit, last.contracted)):
        console.print(line, highlight=False)
    for note in statistics.notes:
        console.print(f"Note: {escape(note)}", highlight=False)


# --- files --------------------------------------------------------------------------------------------------------------


def _csv(every: tuple[Returns, ...], threshold: Fraction) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    head = ("partner", "contribution", "weighted", "ideal", "surplus", "coefficient", "missing")
    rows.writerow(("kind", "programme", "since", "until", *head))
    for found in every:
        told = found.to_dict(threshold)
        for row in told["partners"]:
            rows.writerow((found.kind, found.programme or "", found.since, found.until, *(row[h] or "" for h in head)))
    return text.getvalue()
