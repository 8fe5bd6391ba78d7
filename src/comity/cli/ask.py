"""Commands that ask about a plan which is there already: compare, explain, duplication, confidence, tradeoff, report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json, programme_of
from comity.cli.plan import OpenOption, QuietOption, known
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from rich.console import RenderableType

    from comity.model.programme import Programme
    from comity.report.naming import Study
    from comity.roadmap import Plan
    from comity.roadmap.findings import Findings

GROUP = "Questions about a plan"

PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json, or a folder that holds one.")]
ProgrammeOption = Annotated[
    str | None,
    typer.Option(
        "--programme",
        "-p",
        metavar="PROGRAMME",
        help="What it is a plan for: a folder, or a bundled programme. Default: the bundled one that PLAN names.",
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (compare, explain, duplication, confidence, tradeoff, report):
        app.command(rich_help_panel=GROUP)(command)


def compare(plan: PlanArgument, programme: ProgrammeOption = None, as_json: JsonOption = False) -> None:
    """Show what each partner gains by the joint plan over going alone, and all of them together."""
    from comity.report import terminal

    asked = opened(plan, programme, as_json=as_json)
    found = asked.needed("comparison")
    _answer(found, as_json, lambda: terminal.comparison(asked.study))


def explain(
    plan: PlanArgument,
    programme: ProgrammeOption = None,
    mission: Annotated[str | None, typer.Option("--mission", metavar="ID", help="Of this mission alone.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show why each mission is in the plan or not, what binds, what one more unit of each limit would bring, which
    adapters join what, and which interfaces are not specified yet."""
    from dataclasses import replace

    from comity.report import terminal
    from comity.report.joints import interfaces
    from comity.report.naming import Study
    from comity.roadmap.joints import joints

    asked = opened(plan, programme, as_json=as_json)
    binding, reasons = asked.needed("binding"), asked.needed("reasons")
    if mission is not None:
        known((mission,), asked.programme.missions, "mission")
        binding, reasons = (), tuple(r for r in reasons if r.mission == mission)
    joined = joints(asked.programme, asked.plan, mission=mission)
    study = Study(replace(asked.study.given, binding=binding, reasons=reasons, interfaces=joined))

    def shown() -> Iterable[RenderableType]:
        if mission is None:
            yield terminal.binding(study)
        yield from terminal.reasons(study)
        yield from interfaces(study)

    _answer({"binding": binding, "reasons": reasons, "interfaces": joined}, as_json, shown)


def duplication(plan: PlanArgument, programme: ProgrammeOption = None, as_json: JsonOption = False) -> None:
    """Show which missions and elements of a plan serve the same objective, and what dropping one would free."""
    from dataclasses import replace

    from comity.report import terminal
    from comity.report.naming import Study
    from comity.roadmap.duplication import duplication as overlaps

    asked = opened(plan, programme, as_json=as_json)
    found = overlaps(asked.programme, asked.plan)
    study = Study(replace(asked.study.given, duplication=found))
    _answer(found, as_json, lambda: [terminal.duplication(study)])


def confidence(
    plan: PlanArgument,
    programme: ProgrammeOption = None,
    draws: Annotated[int, typer.Option(min=100, help="How many futures are drawn.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same futures.")] = 0,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw cost growth and delay many times: how probable is it that cost and date hold, each and together?"""
    from dataclasses import replace

    from comity.cli.progress import Display
    from comity.report import terminal
    from comity.report.naming import Study
    from comity.roadmap.confidence import confidence as drawn

    asked = opened(plan, programme, as_json=as_json)
    with Display(quiet=quiet) as show:
        show.stage("Confidence")
        found = drawn(
            asked.programme,
            asked.plan,
            draws=draws,
            seed=seed,
            on_progress=lambda done, of: show.note(f"{done:,} of {of:,} draws"),
        )
    study = Study(replace(asked.study.given, confidence=found))
    _answer(found, as_json, lambda: terminal.confidence(study))


def tradeoff(plan: PlanArgument, programme: ProgrammeOption = None, as_json: JsonOption = False) -> None:
    """Show the fronts of real plans around a plan: science against cost, and science against fairness."""
    from comity.report import terminal

    asked = opened(plan, programme, as_json=as_json)
    found = asked.needed("tradeoff")
    _answer(found, as_json, lambda: [terminal.front(asked.study, front) for front in found.fronts])


def report(
    plan: PlanArgument,
    programme: ProgrammeOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: report.html beside the plan.")
    ] = None,
    open_report: OpenOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the report of a plan anew: one HTML page that needs no network."""
    from comity.cli.outputs import REPORT, open_in_browser
    from comity.report.page import write_report

    asked = opened(plan, programme, as_json=as_json)
    path = out or asked.folder / REPORT
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_report(asked.study.given, path)
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror or error}")
    opened_it = open_report and open_in_browser(path)
    if as_json:
        print_json({"report": str(path), "opened": opened_it})
    else:
        typer.echo(str(path))


# --- the plan at hand ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A plan that was read, the programme that it answers (amendments applied), and what was found about it."""

    folder: Path
    programme: Programme
    plan: Plan
    findings: Findings
    study: Study

    def needed(self, topic: str) -> Any:
        """What was found on a topic; ends the command when it was not asked."""
        found = getattr(self.findings, topic)
        if found is None:
            fail(
                f"{self.folder / 'findings.json'}: does not tell the {topic}; ask for it when planning: "
                f"`comity plan {self.plan.programme} --ask {topic} --out {self.folder}`"
            )
        return found


def opened(path: Path, programme: str | None, *, as_json: bool) -> Opened:
    """The plan in a file or folder with all that belongs to it; ends the command with 2 when it cannot be read."""
    from comity.model.amendment import apply
    from comity.report.naming import Study
    from comity.report.question import ReportInput
    from comity.roadmap.findings import Findings, plan_digest, read_findings
    from comity.roadmap.plan_file import PlanFileError, read_plan
    from comity.roadmap.verification import RULES, verify

    folder = path if path.is_dir() else path.parent
    try:
        plan = read_plan(folder / "plan.json" if path.is_dir() else path)
        beside = folder / "findings.json"
        findings = read_findings(beside, plan) if beside.exists() else Findings(plan_digest=plan_digest(plan))
    except PlanFileError as error:
        fail(str(error))
    made_for = programme_of(programme, plan, as_json=as_json).programme
    assert made_for is not None
    if made_for.digest != plan.programme_digest:
        fail(
            f"{folder}: the plan was made for another state of programme {plan.programme!r} than this one; "
            "plan anew, or name the right folder with --programme"
        )
    answered = apply(made_for, plan.amendments)
    given = ReportInput.of(answered, plan, findings, violations=verify(made_for, plan), rules=RULES)
    return Opened(folder, answered, plan, findings, Study(given))


def _answer(found: Any, as_json: bool, shown: Any) -> None:
    if as_json:
        print_json(_plain(found))
        return
    from rich.console import Console

    console = Console()
    for part in shown():
        console.print(part)


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _plain(value) for name, value in found.items()}
    return [_plain(f) for f in found] if isinstance(found, tuple) else found.model_dump(mode="json")
