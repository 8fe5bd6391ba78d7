"""`comity fund key`: contribution keys, and what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.fund import fund, well_given
from comity.cli.places import print_json
from comity.cli.record import AsJson, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from fractions import Fraction

    from rich.table import Table

    from comity.funding.contributions.keys import Key
    from comity.model.money import Money
    from comity.model.programme import Programme

key = typer.Typer(name="key", help="Contribution keys, and what each partner owes by them.", no_args_is_help=True)

KeyName = Annotated[str, typer.Argument(metavar="KEY", help="A shipped key, such as esa-2012, or a YAML file.")]
Year = Annotated[int | None, typer.Option("--year", metavar="YEAR", help="For which year. Default: the key's own.")]
Total = Annotated[str, typer.Option("--total", metavar="AMOUNT", help="What is shared, such as '5000 MEUR'.")]
Members = Annotated[
    list[str], typer.Option("--member", metavar="PARTNER", help="Only this one and others named so; repeatable.")
]
BAR = 24


def register(app: typer.Typer) -> None:
    """Joins `comity fund`."""
    fund.add_typer(key)


@key.command(name="list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys that come with comity."""
    from comity.funding.contributions.keys import load_key, shipped_keys

    found = {name: load_key(name) for name in shipped_keys()}
    if as_json:
        print_json([{"key": n, "name": k.name, "kind": k.kind, "partners": len(k.figures)} for n, k in found.items()])
        return
    table = _table("key", "kind", "name", right=("partners",))
    for name, each in found.items():
        table.add_row(name, each.kind, each.name, str(len(each.figures)))
    _print(table)


@key.command()
def show(name: KeyName, year: Year = None, as_json: AsJson = False) -> None:
    """Show a key: its shares as bars, its figures, and where they come from."""
    given = _loaded(name)
    with well_given():
        shares, figures = given.shares(year), given.weights(year)
    if as_json:
        print_json(given.model_dump(mode="json", exclude_defaults=True) | {"shares": _plain(shares)})
        return
    say(f"{given.name} ({given.kind})\n")
    table = _table("partner", right=(given.unit.split(" (")[0][:20] or "figure", "share"))
    table.add_column("", no_wrap=True)
    top = max(shares.values())
    for partner, share in sorted(shares.items(), key=lambda item: (-item[1], item[0])):
        bar = "█" * max(round(BAR * share / top), 1 if share else 0)
        table.add_row(partner, f"{float(figures[partner]):,.2f}", _percent(share), bar)
    _print(table)
    for label, text in (("Source", given.source), ("Method", given.method), ("Estimate", given.estimate)):
        if text:
            say(f"\n{label}: {text}")
    for text in given.missing:
        say(f"\nNot found: {text}")


@key.command()
def apply(
    name: KeyName,
    total: Total,
    member: Members = [],  # noqa: B006 - typer's way of a repeatable option
    year: Year = None,
    as_json: AsJson = False,
) -> None:
    """Divide a total by a key, to the smallest unit of its currency."""
    from comity.funding.contributions.keys import apportion

    money = _money(total)
    given = _loaded(name)
    with well_given():
        shares = (given.among(member) if member else given).shares(year)
        amounts = apportion(money.amount, shares, money.currency)
    if as_json:
        print_json(
            {"total": str(money.amount), "currency": money.currency, "shares": _plain(shares), "amounts": amounts}
        )
        return
    table = _table("partner", right=("share", money.currency))
    for partner, amount in sorted(amounts.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(partner, _percent(shares[partner]), f"{amount:,}")
    table.add_section()
    table.add_row("together", _percent(sum(shares.values())), f"{sum(amounts.values()):,}")
    _print(table)


@key.command()
def explain(name: KeyName, total: Total = "", year: Year = None, as_json: AsJson = False) -> None:
    """Explain a key step by step: each partner's share at the base and after each step, and its amount."""
    from comity.funding.contributions.keys import apportion

    given = _loaded(name)
    money = _money(total) if total else None
    with well_given():
        told = given.explain(year)
        amounts = apportion(money.amount, told[-1].shares, money.currency) if money else {}
    if as_json:
        print_json({"steps": [{"step": t.step, "shares": _plain(t.shares)} for t in told], "amounts": amounts})
        return
    table = _table("partner", right=(*(t.step for t in told), *([money.currency] if money else [])))
    for partner in sorted(told[-1].shares, key=lambda p: (-told[-1].shares[p], p)):
        row = [partner, *(_percent(t.shares[partner]) for t in told)]
        table.add_row(*row, *([f"{amounts[partner]:,}"] if money else []))
    _print(table)
    if given.method:
        say(f"\nMethod: {given.method}")


@key.command()
def compare(
    name: KeyName,
    by: Annotated[str, typer.Option("--by", metavar="KEY", help="The other key.")] = "esa-mandatory",
    year: Year = None,
    as_json: AsJson = False,
) -> None:
    """Compare a key with another on the same partners: who bears more than by the other, and who less."""
    from comity.funding.contributions.keys import compare as differences

    given, other = _loaded(name), _loaded(by)
    with well_given():
        found = differences(given, other, year=year)
    if as_json:
        print_json([{"partner": d.partner, **_plain({"share": d.share, "by": d.other, "more": d.more})} for d in found])
        return
    say(f"{given.name}\nbeside: {other.name}\n")
    table = _table("partner", right=(name[-16:], by[-16:], "points more"))
    table.add_column("less │ more", no_wrap=True)
    top = max((abs(d.more) for d in found), default=0) or 1
    for d in found:
        bar = "█" * round(BAR / 2 * abs(d.more) / top)
        drawn = f"{bar if d.more < 0 else '':>{BAR // 2}}│{bar if d.more > 0 else ''}"
        table.add_row(d.partner, _percent(d.share), _percent(d.other), f"{float(100 * d.more):+.2f}", drawn)
    _print(table)
    left = [partner for partner in given.figures if partner not in {d.partner for d in found}]
    if left:
        say(f"\nNot compared, for want of a figure in {by}: {', '.join(left)}.")
    if given.kind == "paid":
        say("\nWhat was paid holds optional activities too, to which each partner subscribes as it likes.")
    if other.estimate:
        say(f"\nEstimate: {other.estimate}")


@key.command()
def convert(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Such as '450 MUSD', or '450 MEUR@2020' with --ec.")],
    to: Annotated[str, typer.Option("--to", metavar="CUR", help="Into this currency, by the rate of --on.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the rate.")] = "",
    ec: Annotated[int | None, typer.Option("--ec", metavar="YEAR", help="In this year's prices, before --to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Convert an amount by the European Central Bank's rate of a day, or into another year's prices."""
    from fractions import Fraction

    from comity.cli.places import fail
    from comity.funding.exchange import ecb_rates, price_step, rounded

    money = _money(amount)
    if bool(to) != bool(on) or not (to or ec):
        fail("say --to with --on, such as --to USD --on 2024-12-31, or --ec with the year whose prices are wanted")
    if ec and "@" not in amount:
        fail(f"{amount!r} has no economic-conditions year; write such as '450 MEUR@2020'")
    value, currency, said = Fraction(money.amount), money.currency, []
    with well_given():
        if ec:
            step = price_step(_programmes(), currency, money.ec, ec)
            value *= step.factor
            what = f"prices of {money.ec} to {ec}{' (an estimate)' if step.estimate else ''}"
            said.append(f"{what}, factor {float(step.factor):.4f}: {step.source}")
        if to:
            for leg in ecb_rates().legs(currency, to, _day(on)):
                value *= leg.rate
                said.append(f"{leg.currency} in {leg.into} {float(leg.rate):.6g} of {leg.on}: {leg.source}")
            currency = to
        answer = rounded(value, currency)
    if as_json:
        print_json({"amount": str(answer), "currency": currency, "ec": ec, "by": said})
        return
    say(f"{answer:,} {currency}" + (f"@{ec}" if ec else ""))
    for line in said:
        say(f"  by {line}")


# --- what the commands share ----------------------------------------------------------------------------------------------------


def _loaded(name: str) -> Key:
    from comity.funding.contributions.keys import load_key

    with well_given():
        return load_key(name)


def _money(text: str) -> Money:
    from comity.cli.places import fail
    from comity.model.money import Money

    try:
        return Money.parse(text if "@" in text else f"{text}@{_NO_YEAR}")
    except ValueError as error:
        said = str(error).replace(f"@{_NO_YEAR}", "")
        fail(said if "ISO 4217" in said else f"{text!r} is not an amount; write such as '5000 MEUR'")


_NO_YEAR = "0000"


def _programmes() -> Iterator[Programme]:
    """The programmes that come with comity, whose published price indices are used; read only until one serves."""
    from comity.bundled import bundled
    from comity.model.reading import load

    return (load(folder) for folder in bundled().values())


def _day(text: str) -> date:
    from datetime import date

    from comity.funding import FundingError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FundingError(f"{text!r} is not a day; write it such as 2024-12-31") from None


def _plain(shares: dict[str, Fraction]) -> dict[str, str]:
    return {name: str(share) for name, share in shares.items()}


def _percent(share: Fraction | int) -> str:
    return f"{float(100 * share):.2f} %"


def _table(*left: str, right: tuple[str, ...] = ()) -> Table:
    from rich.table import Table

    table = Table(*left, box=None, pad_edge=False, header_style="bold")
    for head in right:
        table.add_column(head, justify="right")
    return table


def _print(table: Table) -> None:
    from rich.console import Console

    Console().print(table)
