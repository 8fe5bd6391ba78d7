"""A selection in words: why a mission was chosen or not, and what a member paid for; for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from comity.funding.selection.explain import ProjectReason, VoterReason

#: How an amount of money is written.
Money = Callable[[Fraction], str]
_PRICES = {"shares": "price per unit of satisfaction", "loads": "money per unit of weight when bought"}
_WAYS = {
    "free": "it costs nothing",
    "greedy": "by satisfaction per cost",
    "unsupported": "it fits, though nobody named it",
}


def plainly(amount: Fraction) -> str:
    """An amount with two decimals: `1,234.50`."""
    return f"{float(amount):,.2f}"


def exactly(price: Fraction) -> str:
    """A price to six digits."""
    return f"{float(price):.6g}"


def how_chosen(reason: ProjectReason, number: Money = exactly) -> str:
    """`chosen as number 2 at 1.5 (price per unit of satisfaction)`, or `not chosen`."""
    if not reason.chosen:
        return "not chosen"
    price = f" at {number(reason.price)} ({_PRICES[reason.by]})" if reason.price is not None else ""
    return f"chosen as number {reason.place}{price}" + (f", {_WAYS[reason.by]}" if reason.by in _WAYS else "")


def why_left_out(reason: ProjectReason, money: Money = plainly) -> list[str]:
    """What a mission lacked that was not chosen."""
    said = []
    if reason.missing is not None:
        short = f"lack {money(reason.missing)} of its cost" if reason.missing else "have its cost, but too late"
        said.append(f"its supporters {short} at the end")
    if reason.over_budget:
        said.append(f"with all that was chosen it would exceed the budget by {money(reason.over_budget)}")
    return said


def who_paid(reason: ProjectReason, money: Money = plainly, *, most: int = 10) -> list[str]:
    """Who paid how much for a chosen mission, the largest first; past `most` together."""
    paid = sorted(reason.paid, key=lambda pair: -pair[1])
    said = [f"{name} paid {money(amount)}" for name, amount in paid[:most]]
    if len(paid) > most:
        rest = sum((amount for _, amount in paid[most:]), Fraction(0))
        said.append(f"and {len(paid) - most} more, {money(rest)} together")
    return said


def supports(reason: VoterReason) -> str:
    """`2 of 3 supported projects are chosen`."""
    return f"{len(reason.supported_chosen)} of {reason.supported} supported projects are chosen"
