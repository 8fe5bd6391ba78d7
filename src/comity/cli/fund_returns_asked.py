"""What the commands of `comity fund return` share: their options, where statistics come from, what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from comity.cli.places import fail, programme_of

if TYPE_CHECKING:
    from datetime import date

    from comity.funding.returns import Returns, Statistics
    from comity.roadmap import Plan

Kind = Literal["industrial", "technology", "training"]
KindOption = Annotated[Kind, typer.Option("--kind", help="Which return.")]
ThresholdOption = Annotated[
    str | None,
    typer.Option("--threshold", metavar="PART", help="The lowest that is well. Default: the files', or 0.9."),
]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Default: the reference date.")]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Default: the last there is.")]
EveryOption = Annotated[Literal["year", "quarter"], typer.Option("--every", help="Cumulated at the end of each.")]
WeightOption = Annotated[
    list[str] | None,
    typer.Option("--weight", metavar="TECHNOLOGY=FACTOR", help="Of a plan's technologies; again for each."),
]
PlanOption = Annotated[Path | None, typer.Option("--plan", metavar="PLAN", help="A plan.json, or its folder.")]
ProgrammeOption = Annotated[
    str | None, typer.Option("--programme", "-p", metavar="PROGRAMME", help="What it plans. Default: the one it names.")
]

#: Where neither files nor options name a threshold.
THRESHOLD = Fraction(9, 10)


# --- where statistics come from ----------------------------------------------------------------------------------------


def of_files(files: list[Path]) -> Statistics:
    """The statistics in files."""
    from comity.funding.returns.reading import read_statistics

    return read_statistics(files)


def of_plan(plan: Plan, programme: str | None, weight: list[str] | None, *, as_json: bool) -> Statistics:
    """The forecast of a plan, by the programme named or the one that it names."""
    from comity.funding.returns.forecast import statistics_of_plan

    made_for = programme_of(programme, plan, as_json=as_json).programme
    assert made_for is not None
    return statistics_of_plan(made_for, plan, weights=_weights(weight or ()))


def of_ledger(record: str, ledger: str | None, currency: str) -> Statistics:
    """A ledger's actuals."""
    from comity.cli.record import opened
    from comity.funding.ledger.book import Book
    from comity.funding.returns.actuals import statistics_of_book

    if ledger is None:
        fail("--record needs --ledger, the ledger whose expenses and contributions count")
    with opened(record) as found, Book.open(found.log, found.state, ledger) as book:
        return statistics_of_book(book, currency=currency)


def _weights(given: Iterable[str]) -> dict[str, Decimal]:
    from comity.funding.returns.rows import weight_from

    factors = {}
    for text in given:
        name, equals, factor = text.partition("=")
        if not equals:
            fail(f"--weight {text}: write TECHNOLOGY=FACTOR, such as launcher=0.5")
        try:
            factors[name.strip()] = weight_from(factor.strip())
        except ValueError as error:
            fail(f"--weight {text}: {error}")
    return factors


# --- what is asked ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Statistics, and what is asked of them."""

    statistics: Statistics
    kind: Kind
    threshold: Fraction
    series: tuple[Returns, ...]

    @classmethod
    def of(
        cls,
        statistics: Statistics,
        kind: Kind,
        threshold: str | None,
        since: str | None,
        until: str | None,
        every: Literal["year", "quarter"],
    ) -> Asked:
        from comity.funding.returns import cumulated

        series = cumulated(statistics, kind=kind, since=day(since, "--since"), until=day(until, "--until"), every=every)
        return cls(statistics, kind, part(threshold) or statistics.threshold or THRESHOLD, series)


# --- what options mean, and files ---------------------------------------------------------------------------------------


def part(text: str | None) -> Fraction | None:
    """A coefficient as an option gives it: `0.9` or `90%`; ends the command with 2 on anything else."""
    if text is None:
        return None
    number, scale = (text.strip()[:-1], 100) if text.strip().endswith("%") else (text.strip(), 1)
    try:
        value = Fraction(number) / scale
    except (ValueError, ZeroDivisionError):
        value = Fraction(-1)
    if not 0 < value <= 2:
        fail(f"--threshold {text}: is not a coefficient above 0 and at most 2; write it as 0.9 or 90%")
    return value


def day(text: str | None, option: str) -> date | None:
    """A day as an option gives it; a year alone is its first day for --since, and else its last."""
    from comity.funding.returns.rows import day_from

    if text is None:
        return None
    try:
        day = day_from(text)
    except ValueError as error:
        fail(f"{option} {error}")
    return day.replace(month=1, day=1) if option == "--since" and len(text.strip()) == 4 else day
