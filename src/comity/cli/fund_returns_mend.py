"""`comity fund return mend`: what would bring everybody's return to the threshold, and at what cost in science."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.fund import console_100, well_given, written_to
from comity.cli.fund_returns_asked import (
    THRESHOLD,
    Kind,
    KindOption,
    PlanOption,
    ProgrammeOption,
    SinceOption,
    ThresholdOption,
    UntilOption,
    day,
    of_files,
    part,
)
from comity.cli.places import fail, plan_in, print_json, programme_of
from comity.cli.plan import QuietOption, SeedOption, ThreadsOption, TimeOption
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.model.programme import Programme
    from comity.roadmap import Plan


def mend(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="Statistics with open contracts.")
    ] = None,
    plan: PlanOption = None,
    programme: ProgrammeOption = None,
    kind: KindOption = "industrial",
    threshold: ThresholdOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    single: Annotated[bool, typer.Option("--single", help="Of a plan: each change of one element by itself.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the mended plan here.")] = None,
    time_s: TimeOption = 60.0,
    seed: SeedOption = 0,
    threads: ThreadsOption = 2,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Find what brings everybody to the threshold at the least cost in science.

    Of files: which offer to take for each open contract. Of a plan: which other providers, by the planner's own options
    and rules. Exit code 0 when everybody reaches it, 1 when not, 2 when the input is wrong.
    """
    with well_given():
        if bool(files) == (plan is not None):
            fail("name files with open contracts, or a plan with --plan")
        if plan is None:
            if single or out is not None:
                fail("--single and --out are for a plan; name one with --plan")
            _mend_files(files or [], kind, threshold, since, until, time_s, as_json=as_json)
            return
        if kind != "industrial":
            fail("of a plan, the planner mends geographical returns only; leave --kind out")
        from comity.roadmap import Question

        given = plan_in(plan)
        made_for = programme_of(programme, given, as_json=as_json).programme
        assert made_for is not None
        question = Question(time_s=time_s, seed=seed, threads=threads)
        level = part(threshold) or THRESHOLD
        if single:
            _single(made_for, given, level, question, quiet=quiet, as_json=as_json)
        else:
            _mend_plan(made_for, given, level, question, out, quiet=quiet, as_json=as_json)


def _mend_files(
    files: list[Path],
    kind: Kind,
    threshold: str | None,
    since: str | None,
    until: str | None,
    time_s: float,
    *,
    as_json: bool,
) -> None:
    from comity.funding.returns.mending import mend as mended
    from comity.report import returns_terminal as shown

    statistics = of_files(files)
    found = mended(
        statistics,
        threshold=part(threshold) or statistics.threshold or THRESHOLD,
        kind=kind,
        since=day(since, "--since"),
        until=day(until, "--until"),
        time_s=time_s,
    )
    if as_json:
        print_json(found.to_dict())
    else:
        console = console_100()
        for block in shown.mending(
            found, names=statistics.members, unit=statistics.unit(kind), currency=statistics.currency
        ):
            console.print(block, highlight=False)
    if not found.feasible:
        raise typer.Exit(1)


def _mend_plan(
    programme: Programme,
    given: Plan,
    threshold: Fraction,
    question: Any,
    out: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    from comity.cli.progress import Display
    from comity.funding.returns.alternatives import mended_plan
    from comity.report import returns_terminal as shown
    from comity.roadmap.plan_file import plan_text

    with Display(quiet=quiet) as show_:
        show_.stage("Looking for the plan that loses least science", question.time_s)
        found = mended_plan(
            programme,
            given,
            threshold=threshold,
            question=question,
            on_try=lambda t: show_.note(f"returns of {float(t):.2f}"),
        )
    written = [written_to(out, plan_text(found.plan))] if out is not None else []
    names = {p: who.name for p, who in programme.partners.items()}
    if as_json:
        print_json({**found.to_dict(), "written": written})
    else:
        console = console_100()
        for block in shown.mended(found, names=names, unit=programme.programme.currency):
            console.print(block, highlight=False)
        for file in written:
            typer.echo(f"Written to {file}")
    if not found.feasible:
        raise typer.Exit(1)


def _single(
    programme: Programme, given: Plan, threshold: Fraction, question: Any, *, quiet: bool, as_json: bool
) -> None:
    from comity.cli.progress import Display
    from comity.funding.returns import returns as returns_of
    from comity.funding.returns.alternatives import swaps
    from comity.funding.returns.forecast import statistics_of_plan
    from comity.report import returns_terminal as shown

    with Display(quiet=quiet) as show_:
        show_.stage("Trying other providers, one at a time", question.time_s)
        found = swaps(
            programme,
            given,
            threshold=threshold,
            question=question,
            on_progress=lambda done, all_: show_.note(f"{done} of {all_}"),
        )
    before = returns_of(statistics_of_plan(programme, given))
    low = before.below(threshold)
    if as_json:
        print_json({"threshold": float(threshold), "below": list(low), "swaps": [s.to_dict() for s in found]})
        return
    names = {p: who.name for p, who in programme.partners.items()}
    console, money = console_100(), programme.programme.currency
    console.print(
        shown.returns_table(before, names=names, unit=money, currency=money, threshold=threshold), highlight=False
    )
    if found:
        console.print(shown.swaps(found, names=names, low=low), highlight=False)
    elif low:
        console.print("No element of the plan has another option that gives those below more work.")
    else:
        console.print(f"Nobody is below {float(threshold):.2f}.")
