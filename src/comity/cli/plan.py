"""`comity plan`: the joint roadmap, everything asked about it, and the folder that holds both."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from comity.cli.places import fail, print_json, read_or_end
from comity.cli.programmes import JsonOption, ProgrammeArgument

if TYPE_CHECKING:
    from comity.model import Reading
    from comity.model.programme import Programme
    from comity.report.question import ReportInput
    from comity.roadmap import NoPlanError, Plan
    from comity.roadmap.answer_parts import Conflict
    from comity.roadmap.findings import Findings
    from comity.roadmap.study import Topic
    from comity.roadmap.verification import Violation

GROUP = "Plans"
BROKEN, NO_PLAN = 1, 3
#: Where no plan was found and it is not proven that none exists, a conflict is sought for about so long [s], with so much
#: of CP-SAT's deterministic work for one set of rules: a real conflict mostly shows at once.
UNPROVEN_S, UNPROVEN_WORK = 30.0, 2.0

TimeOption = Annotated[float, typer.Option("--time", metavar="SECONDS", min=1, help="How long to search.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same input and seed give the same answer.")]
ThreadsOption = Annotated[int, typer.Option(min=1, help="How many processors to use.")]
GapOption = Annotated[str, typer.Option(metavar="PART", help="Stop when no plan can be better by more: 0.001 or 0.1%.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where plan.json, tables and report go.")
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the report in a browser, where there is one.")]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel=GROUP)(plan)


def plan(
    programme: ProgrammeArgument,
    out: OutOption = None,
    time_s: TimeOption = 60.0,
    gap: GapOption = "0.1%",
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    aims: Annotated[
        str | None,
        typer.Option(
            metavar="AIM,...", help="science, fairness, cost, early_science: in this order. Default: its own."
        ),
    ] = None,
    require: Annotated[
        list[str] | None, typer.Option(metavar="MISSION", help="Must be in the plan. May be given again.")
    ] = None,
    bar: Annotated[
        list[str] | None, typer.Option(metavar="MISSION", help="Must not be in the plan. May be given again.")
    ] = None,
    coalition: Annotated[
        str | None, typer.Option(metavar="PARTNER,...", help="Only these take part. Default: all.")
    ] = None,
    ask: Annotated[
        str, typer.Option(metavar="TOPIC,...", help="What else to find out: see below; or all, usual, quick, none.")
    ] = "usual",
    draws: Annotated[int, typer.Option(min=100, help="Draws of the Monte Carlo of cost and dates.")] = 10_000,
    open_report: OpenOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan a programme: which missions, which options, when, and who pays what; with the proven gap.

    Writes plan.json, findings.json, CSV tables and report.html into DIR (out/PROGRAMME unless told otherwise), each of
    them whole or not at all, after the independent checker has tested every rule. Ctrl-C ends the search with the best
    plan so far, marked as not proven; a second one ends the command.

    Topics to ask: comparison (each partner going alone), aims (fairness, cost and early science after science),
    duplication, binding (what one more unit of each limit is worth), reasons, interfaces (which adapters join what, and
    what is not specified), confidence, tradeoff; and exposure (what
    each partner's withdrawal would cost), which is asked only by name or by `all`, for it takes the longest.

    Exit code 0 with a plan, 1 when it breaks a rule (a bug), 2 when the input is wrong, 3 when no plan exists, or none
    was found in the time: then the rules that conflict are named by file and line.
    """
    from comity.cli.progress import Display
    from comity.roadmap import NoPlanError
    from comity.roadmap.study import UnfinishedError, study

    reading = read_or_end(programme, as_json=as_json)
    value = reading.programme
    assert value is not None
    terms: dict[str, Any] = {
        "time_s": time_s,
        "gap": fraction(gap, "--gap"),
        "seed": seed,
        "threads": threads,
        "aims": _aims(aims),
        "required": frozenset(known(require or (), value.missions, "mission")),
        "barred": frozenset(known(bar or (), value.missions, "mission")),
        "coalition": _coalition(coalition, value),
    }
    for mission in sorted(terms["required"] & terms["barred"]):
        fail(f"mission {mission!r} is both required and barred; leave one of them out")
    topics = _topics(ask)
    folder = writable(out or Path("out") / (value.programme.id or "plan"))
    try:
        with Display(quiet=quiet) as show:
            done = study(value, topics=topics, draws=draws, reading=reading, watch=show, **terms)
    except NoPlanError as error:
        no_plan(error, reading, terms, quiet=quiet, as_json=as_json)
    except UnfinishedError as error:  # a bug; the plan is there all the same
        answered(value, error.done.plan, error.done.findings, folder=folder, as_json=as_json)
        raise
    answered(value, done.plan, done.findings, folder=folder, open_report=open_report, as_json=as_json)


def writable(folder: Path) -> Path:
    """The folder itself; ends the command with 2 when it cannot be written, before any work is done."""
    from comity.cli.outputs import can_write

    try:
        can_write(folder)
    except OSError as error:
        fail(f"{folder}: cannot be written: {error.strerror or error}; name another with --out")
    return folder


def answered(
    programme: Programme,
    plan: Plan,
    findings: Findings,
    *,
    folder: Path,
    previous: Plan | None = None,
    open_report: bool = False,
    as_json: bool = False,
) -> None:
    """Checks an answer, writes its folder, shows it; ends the command with 1 when the plan breaks a rule.

    `programme` is the one before the plan's amendments; `previous` is the plan before a replanning.
    """
    from comity.cli.outputs import REPORT, open_in_browser, output_texts, write_folder
    from comity.model.amendment import apply
    from comity.report.question import ReportInput
    from comity.roadmap.findings import findings_text
    from comity.roadmap.interruption import interrupts_held
    from comity.roadmap.verification import RULES, verify

    with interrupts_held():  # the work is done, and is not lost by Ctrl-C while it is brought home
        violations = verify(programme, plan, previous=previous)
        amended = apply(programme, plan.amendments)
        given = ReportInput.of(amended, plan, findings, violations=violations, rules=RULES)
        files = output_texts(given, findings=findings_text(findings))
        try:
            write_folder(files, folder)
        except OSError as error:
            typer.echo(f"{folder}: cannot be written, nothing in it has changed: {error.strerror or error}", err=True)
            _show(given, None, [])  # so that the work is not for nothing
            raise typer.Exit(1) from error
    if as_json:
        print_json(_told(given, findings, [str(folder / name) for name in files]))
    else:
        _show(given, folder, list(files))
    if open_report and not open_in_browser(folder / REPORT) and not as_json:
        typer.echo(f"No browser to open it with: {(folder / REPORT).absolute()}")
    if violations:
        raise typer.Exit(BROKEN)


def _told(given: ReportInput, findings: Findings, files: list[str]) -> dict[str, Any]:
    violations: tuple[Violation, ...] = tuple(given.violations or ())  # type: ignore[arg-type]
    return {
        "programme": given.plan.programme,
        "verified": not violations,
        "violations": [{"rule": v.rule, "where": v.where, "message": v.message} for v in violations],
        "files": files,
        "plan": given.plan.model_dump(mode="json"),
        "findings": findings.model_dump(mode="json"),
    }


def _show(given: ReportInput, folder: Path | None, files: list[str]) -> None:
    from rich.console import Console
    from rich.markup import escape

    from comity.report.terminal import plan_summary

    console = Console()
    for part in plan_summary(given):
        console.print(part)
    if given.violations:
        console.print(f"[bold red]The plan breaks {len(given.violations)} rules, which it must not:[/bold red]")
        for violation in given.violations:
            console.print(escape(str(violation)), soft_wrap=True, highlight=False)
    else:
        console.print(f"[green]Checked independently: the plan obeys all {len(given.rules)} rules.[/green]")
    if folder is not None:
        console.print(f"Written to {escape(str(folder))}: {', '.join(files)}", highlight=False)


def no_plan(error: NoPlanError, reading: Reading, terms: dict[str, Any], *, quiet: bool, as_json: bool) -> NoReturn:
    """Ends the command: there is no plan, or none was found; rules that conflict are named by file and line."""
    from comity.roadmap.conflict import told

    assert reading.programme is not None
    conflict, why = _conflict(error, reading, terms, quiet=quiet)
    if as_json:
        print_json(
            {
                "programme": reading.programme.programme.id,
                "proven": error.proven or conflict is not None,
                "conflict": None if conflict is None else conflict.model_dump(mode="json"),
            }
        )
    else:
        typer.echo(told(conflict) if conflict is not None else f"{reading.folder}: {why}", err=True)
    raise typer.Exit(NO_PLAN)


def _conflict(
    error: NoPlanError, reading: Reading, terms: dict[str, Any], *, quiet: bool
) -> tuple[Conflict | None, str]:
    """The conflict, or why none is told. Where none is proven to exist, it is sought for a short while only."""
    from comity.cli.progress import Display
    from comity.roadmap import Question
    from comity.roadmap.conflict import NoConflictError, minimal_conflict
    from comity.roadmap.feasibility import LAST_WORK

    assert reading.programme is not None
    until = time.monotonic() + (math.inf if error.proven else UNPROVEN_S)

    def told(what: str, decided: int) -> None:
        show.note(f"{what}, {decided} decided")
        if time.monotonic() > until:
            raise KeyboardInterrupt

    more_time = "" if error.proven else "; give it more with --time"
    with Display(quiet=quiet) as show:
        show.stage("No plan: do the rules conflict?", None if error.proven else UNPROVEN_S)
        try:
            work = LAST_WORK if error.proven else UNPROVEN_WORK
            question = Question(**terms)
            found = minimal_conflict(reading.programme, question, reading=reading, on_progress=told, work=work)
        except NoConflictError as none:
            exists = "a plan exists, but none was found in the time"
            return None, f"{exists if none.plan_exists else error}{more_time}"
        except KeyboardInterrupt:
            return None, f"{error}{more_time}"
    return found, ""


# --- what the options mean -------------------------------------------------------------------------------------------


def fraction(text: str, option: str) -> float:
    """`0.001` or `0.1%`, from 0 to 1; ends the command with 2 on anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(%?)\s*", text)
    value = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= value < 1:
        fail(f"{option} {text}: is not a part of the whole; write it as 0.001 or 0.1%")
    return value


def names(text: str | None) -> tuple[str, ...]:
    """The names in `a, b`."""
    return tuple(n.strip() for n in (text or "").split(",") if n.strip())


def known(given: Collection[str], valid: Collection[str], what: str) -> tuple[str, ...]:
    """The names given; ends the command with 2 when one is not known, with the nearest that is."""
    from comity.model.problems import nearest

    for name in given:
        if name not in valid:
            listed = ", ".join(list(valid)[:12]) + (" ..." if len(valid) > 12 else "")
            fail(f"no {what} is called {name!r}; {nearest(name, valid) or f'there are {listed}'}")
    return tuple(given)


def _aims(text: str | None) -> tuple[Any, ...] | None:
    from typing import get_args

    from comity.model.programme import Aim

    aims = known(names(text), get_args(Aim), "aim")
    if len(set(aims)) < len(aims):
        fail(f"--aims {text}: an aim stands twice; name each once, in their order")
    return aims or None


def _coalition(text: str | None, programme: Programme) -> frozenset[str] | None:
    given = frozenset(known(names(text), programme.partners, "partner"))
    if given and not given & set(programme.contributors):
        fail(f"--coalition {text}: none of them has a budget; of this programme {', '.join(programme.contributors)} do")
    return given or None


def _topics(text: str) -> frozenset[Topic]:
    from comity.roadmap.study import QUICK, USUAL, Topic

    groups = {"all": frozenset(Topic), "usual": USUAL, "quick": QUICK, "none": frozenset[Topic]()}
    chosen = known(names(text), [*groups, *(t.value for t in Topic)], "topic")
    return frozenset[Topic]().union(*(groups.get(n) or ({Topic(n)} if n not in groups else ()) for n in chosen))
