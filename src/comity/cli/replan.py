"""`comity replan`: something has happened; the plan is made anew, and what changes for whom is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import happenings
from comity.cli.ask import PlanArgument, ProgrammeOption
from comity.cli.places import fail, plan_in, print_json, programme_of
from comity.cli.plan import (
    GROUP,
    NO_PLAN,
    GapOption,
    OpenOption,
    OutOption,
    QuietOption,
    SeedOption,
    ThreadsOption,
    TimeOption,
    answered,
    fraction,
    writable,
)
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.cli.progress import Display
    from comity.model.amendment import Amendment
    from comity.model.calendar import Month
    from comity.model.programme import Programme
    from comity.report.figures import Table
    from comity.report.naming import Study
    from comity.roadmap import Plan, Question
    from comity.roadmap.answer_parts import Change, Exposure

Texts = list[str] | None
Files = list[Path] | None


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel=GROUP)(replan)


def replan(
    plan: PlanArgument,
    since: Annotated[str, typer.Option("--from", metavar="MONTH", help="What began before stays as it is: 2031-01.")],
    withdraw: Annotated[Texts, typer.Option(metavar="PARTNER", help="It leaves.")] = None,
    cut: Annotated[
        Texts, typer.Option(metavar="PARTNER=LESS", help="esa=20%, 'esa=30 MEUR@2025', esa=20%:2031-2034.")
    ] = None,
    failing: Annotated[
        Texts, typer.Option("--fail", metavar="MISSION/ELEMENT", help="It fails, and what flew with it is lost.")
    ] = None,
    delay: Annotated[
        Texts,
        typer.Option(metavar="MISSION/ELEMENT=BY", help="moon/bus=6 (months longer), moon/bus=2033-04 (no earlier)."),
    ] = None,
    join: Annotated[Files, typer.Option(metavar="FILE", help="A new partner: `partner:` and `options:`.")] = None,
    export_rule: Annotated[
        Files, typer.Option(metavar="FILE", help="New export rules, as under `export_control:`.")
    ] = None,
    drop_rule: Annotated[Texts, typer.Option(metavar="RULE", help="This export rule falls.")] = None,
    release: Annotated[Texts, typer.Option(metavar="MISSION", help="It is no longer committed.")] = None,
    amend: Annotated[Files, typer.Option(metavar="FILE", help="A list of amendments of any kind.")] = None,
    exposure: Annotated[
        bool, typer.Option("--exposure", help="Also: what each partner's withdrawal would cost. Alone: of PLAN itself.")
    ] = False,
    programme: ProgrammeOption = None,
    out: OutOption = None,
    time_s: TimeOption = 60.0,
    gap: GapOption = "0.1%",
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    open_report: OpenOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan anew when something has happened: what is spent or flown stays, the rest is planned again.

    What happens may be told by several options, each of them more than once; amendments from files come last. Writes
    what `comity plan` writes into DIR (out/PROGRAMME-replanned unless told otherwise), with what changes for whom in
    findings.json. Ctrl-C ends the search with the best plan so far.

    Exit code 0 with a plan, 1 when it breaks a rule (a bug), 2 when the input is wrong, 3 when no plan can meet the
    commitments any more, or none was found in the time.
    """
    from comity.cli.progress import Display
    from comity.model.amendment import ExportRuleChange, Release
    from comity.roadmap import Question

    before = plan_in(plan)
    made_for = programme_of(programme, before, as_json=as_json).programme
    assert made_for is not None
    month = happenings.month(since, "--from")
    happened: list[Amendment] = [
        *(happenings.withdrawal(partner, month) for partner in withdraw or ()),
        *(happenings.cut(text, month, made_for) for text in cut or ()),
        *(happenings.failure(text, month) for text in failing or ()),
        *(happenings.lateness(text) for text in delay or ()),
        *(ExportRuleChange(id=rule) for rule in drop_rule or ()),
        *(Release(mission=mission) for mission in release or ()),
        *(a for file in join or () for a in happenings.newcomer(file)),
        *(a for file in export_rule or () for a in happenings.export_rule(file)),
        *(a for file in amend or () for a in happenings.amendments(file)),
    ]
    question = Question(time_s=time_s, gap=fraction(gap, "--gap"), seed=seed, threads=threads)
    if not happened and not exposure:
        fail("say what happened, as in --withdraw esa, --cut esa=20%, --delay moon/bus=6; or ask for --exposure")
    folder = out or Path("out") / f"{made_for.programme.id or 'plan'}-replanned"
    if happened:
        writable(folder)
    with Display(quiet=quiet) as show:
        if not happened:
            found = _exposure(made_for, before, month, question, show)
            after, changed = before, None
        else:
            after, changed = _anew(made_for, before, happened, month, question, show)
            found = _exposure(made_for, after, month, question, show) if exposure else None
    if changed is None:
        _only_exposure(made_for, before, found or (), as_json=as_json)
        return
    if not as_json:
        _show_change(made_for, after, changed, found)
    _finish(made_for, before, after, changed, found, folder, open_report=open_report, as_json=as_json)


def _anew(
    programme: Programme, before: Plan, happened: list[Amendment], month: Month, question: Question, show: Display
) -> tuple[Plan, Change]:
    from comity.roadmap import NoPlanError
    from comity.roadmap.replanning import replan

    show.stage("Planning anew", question.time_s)
    try:
        solved, changed = replan(programme, before, happened, since=month, question=question, on_progress=show)
    except NoPlanError as error:
        committed = [m.id for m in programme.missions.values() if m.committed]
        bound = f"; committed are {', '.join(committed)}: a commitment is given up with --release" if committed else ""
        typer.echo(f"{error}{bound}" if error.proven else f"{error}; give it more with --time", err=True)
        raise typer.Exit(NO_PLAN) from error
    except ValueError as error:
        fail(str(error))
    return solved.plan, changed


def _exposure(
    programme: Programme, plan: Plan, month: Month, question: Question, show: Display
) -> tuple[Exposure, ...] | None:
    """None when it was interrupted."""
    from comity.roadmap.exposure import exposure

    show.stage("Exposure", question.time_s)
    try:
        return exposure(
            programme,
            plan,
            since=month,
            question=question,
            on_progress=lambda done, of: show.note(f"{done} of {of} partners"),
        )
    except ValueError as error:
        fail(str(error))
    except KeyboardInterrupt:
        return None


def _only_exposure(programme: Programme, plan: Plan, found: tuple[Exposure, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"programme": plan.programme, "exposure": [e.model_dump(mode="json") for e in found]})
    else:
        _show_exposure(programme, plan, found)


def _finish(
    programme: Programme,
    before: Plan,
    after: Plan,
    changed: Change,
    found: tuple[Exposure, ...] | None,
    folder: Path,
    *,
    open_report: bool,
    as_json: bool,
) -> None:
    from comity.model.amendment import apply
    from comity.roadmap.findings import Findings, plan_digest
    from comity.roadmap.joints import joints

    changed = changed.model_copy(update={"exposure": found or ()})
    joined = joints(apply(programme, after.amendments), after)
    answered(
        programme,
        after,
        Findings(plan_digest=plan_digest(after), interfaces=joined, exposure=found, change=changed),
        folder=folder,
        previous=before,
        open_report=open_report,
        as_json=as_json,
    )


def _show_change(programme: Programme, after: Plan, changed: Change, found: tuple[Exposure, ...] | None) -> None:
    from decimal import Decimal

    from rich.console import Console
    from rich.markup import escape

    from comity.report.told import change_lines, change_table

    study, console = _study(programme, after), Console()
    console.print(f"[bold]{escape(changed.event)}[/bold]")
    sunk = sum((sum(years.values(), Decimal(0)) for years in after.sunk.values()), Decimal(0))
    for what, text in (*change_lines(study, changed), ("Sunk", study.money.money(sunk))):
        console.print(f"  {what}: {escape(text)}", highlight=False)
    _print_table("What changes for whom", change_table(study, changed))
    if found:
        _show_exposure(programme, after, found)


def _show_exposure(programme: Programme, plan: Plan, found: tuple[Exposure, ...]) -> None:
    from comity.report.told import exposure_table

    _print_table("What each partner's withdrawal would cost", exposure_table(_study(programme, plan), found))


def _study(programme: Programme, plan: Plan) -> Study:
    from comity.model.amendment import apply
    from comity.report.naming import Study
    from comity.report.question import ReportInput

    return Study(ReportInput(programme=apply(programme, plan.amendments), plan=plan))


def _print_table(title: str, told: Table) -> None:
    from rich import box, table
    from rich.console import Console
    from rich.markup import escape

    shown = table.Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(told.columns):
        shown.add_column(escape(name), justify="right" if place in told.numeric else "left", overflow="fold")
    for row in told.rows:
        shown.add_row(*map(escape, row))
    Console().print(shown)
