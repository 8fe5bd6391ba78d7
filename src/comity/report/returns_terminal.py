"""Returns on the terminal: coefficients with small bars, alarms, and what would mend them; within 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from comity.funding.returns import Alarm, Returns
from comity.funding.returns.alternatives import MendedPlan, Swap
from comity.funding.returns.answer import rounded
from comity.funding.returns.mending import Mending
from comity.report.wording import MINUS, MoneyWording, grouped, listed, percent

#: Characters of a bar, which reaches its end at a coefficient of 2.
BAR, FULL = 14, Fraction(2)
KIND_NAMES = {"industrial": "Geographical return", "technology": "Technology return", "training": "Training return"}


def scale_of(unit: str, largest: Fraction) -> MoneyWording:
    """How amounts of a unit are written where the largest is this."""
    exponent = 0 if unit == "person-months" else 6 if largest >= 10**7 else 3 if largest >= 10**4 else 0
    return MoneyWording(unit, 0, exponent)


def number(scale: MoneyWording, amount: Fraction) -> str:
    """An amount in the scale's unit."""
    return scale.number(rounded(amount, 2))


def coefficient(value: Fraction | None) -> str:
    """`0.93`, or a dash where there is none."""
    return "–" if value is None else grouped(rounded(value, 2), 2)


def level(threshold: Fraction) -> str:
    """A threshold: two decimals, or as many as it takes up to four."""
    exact = rounded(threshold, 4).normalize()
    return grouped(exact, max(2, -int(exact.as_tuple().exponent)))


def span(since: date, until: date) -> str:
    """`2021 to 2035` for whole years (`2026` for one), or else the days."""
    if (since.month, since.day, until.month, until.day) != (1, 1, 12, 31):
        return f"{since} to {until}"
    return f"{since.year} to {until.year}" if since.year < until.year else str(until.year)


def returns_table(
    found: Returns, *, names: Mapping[str, str], unit: str, currency: str, threshold: Fraction, title: str = ""
) -> RenderableType:
    """Every member's return, the lowest coefficient first; `unit` is that of returns, `currency` of contributions."""
    money = scale_of(currency, max((r.contribution for r in found.rows), default=Fraction(0)))
    work = scale_of(unit, max((r.weighted for r in found.rows), default=Fraction(0)))
    what = title or KIND_NAMES[found.kind] + (f" of {found.programme}" if found.programme else "")
    table = Table(
        title=f"{escape(what)}, {span(found.since, found.until)}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("Partner", overflow="fold", min_width=10)
    table.add_column(f"Paid\n{money.unit}", justify="right", no_wrap=True)
    table.add_column(f"Got\n{work.unit}", justify="right", no_wrap=True)
    table.add_column("Return", justify="right", no_wrap=True)
    table.add_column(f"0{'1':^{BAR - 2}}2", no_wrap=True)
    table.add_column(f"Against 1\n{work.unit}", justify="right", no_wrap=True)
    table.add_column(f"To {level(threshold)}\n{work.unit}", justify="right", no_wrap=True)
    for row in sorted(found.rows, key=lambda r: (r.coefficient is None, r.coefficient or 0, r.partner)):
        low, missing = row.below(threshold), row.missing(threshold)
        style = "red" if low else ""
        table.add_row(
            escape(names.get(row.partner, row.partner)),
            number(money, row.contribution),
            number(work, row.weighted),
            f"[{style}]{coefficient(row.coefficient)}[/{style}]" if style else coefficient(row.coefficient),
            _bar(row.coefficient, "red" if low else "blue"),
            signed(number(work, row.surplus), row.surplus),
            number(work, missing) if missing else "",
        )
    return table


def signed(text: str, value: Fraction) -> str:
    """The text of a difference, with its plus."""
    return f"+{text}" if value > 0 and text != "0" else text


def _bar(value: Fraction | None, colour: str) -> str:
    if value is None:
        return ""
    eighths = min(BAR * 8, round(value / FULL * BAR * 8))
    whole, part = divmod(eighths, 8)
    return f"[{colour}]{'█' * whole}{' ▏▎▍▌▋▊▉'[part].strip()}[/{colour}]" if eighths else ""


def totals(found: Returns, unit: str) -> str:
    """One sentence on the sums, and that the mean is 1."""
    work = scale_of(unit, found.contracted)
    outside = f"; {number(work, found.outside)} {work.unit} went to none of them" if found.outside else ""
    mean = found.mean
    said = "" if mean is None else f" The mean by contributions is {coefficient(mean)}."
    return f"{number(work, found.contracted)} {work.unit} among {len(found.rows)} partners{outside}.{said}"


def alarm_lines(
    found: Sequence[Alarm], names: Mapping[str, str], threshold: Fraction, work: MoneyWording
) -> Iterator[str]:
    """A sentence for each partner that is or will be below the threshold; then who was only for a time."""
    if not found:
        yield f"[green]Nobody is ever below {level(threshold)}.[/green]"
    lasting, passing = [a for a in found if a.ends is None], [a for a in found if a.ends is not None]
    for alarm in lasting:
        who = escape(names.get(alarm.partner, alarm.partner))
        yield (
            f"[red]{who}[/red] falls below {level(threshold)} in {when(alarm.begins)} and stays there: "
            f"{coefficient(alarm.final)} at the end, {number(work, alarm.missing)} {work.unit} short"
            + (f" (lowest {coefficient(alarm.lowest)}, {when(alarm.at)})" if alarm.lowest != alarm.final else "")
        )
    if passing:
        told = [f"{escape(names.get(a.partner, a.partner))} {_years(a)}" for a in passing]
        yield f"Below it for a time only: {listed(told)}"


def when(day: date) -> str:
    """The year of its last day, or else the month."""
    return str(day.year) if (day.month, day.day) == (12, 31) else f"{day:%Y-%m}"


def _years(alarm: Alarm) -> str:
    first, last = when(alarm.begins), when(alarm.ends or alarm.begins)
    return first if first == last else f"{first} to {last}"


# --- mending -----------------------------------------------------------------------------------------------------------


def mending(found: Mending, *, names: Mapping[str, str], unit: str, currency: str) -> Iterator[RenderableType]:
    """Where each open contract goes, what that costs, and everybody's return then."""
    work = scale_of(
        unit, max((Fraction(p.contract.offers[p.offer].price) for p in found.placements), default=Fraction(0))
    )
    table = Table(title="Open contracts", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Contract", overflow="fold")
    table.add_column("Goes to", overflow="fold")
    table.add_column("Return to", overflow="fold")
    table.add_column(f"Price\n{work.unit}", justify="right")
    table.add_column("Science lost\npoints", justify="right")
    table.add_column("Instead of", overflow="fold")
    for p in found.placements:
        offer = p.contract.offers[p.offer]
        table.add_row(
            escape(p.contract.id),
            escape(offer.supplier),
            escape(_shared(offer.shares, names)),
            number(work, Fraction(offer.price)),
            f"{p.loss:f}" if p.loss else "",
            escape(p.contract.offers[p.best].supplier) if p.offer != p.best else "",
        )
    yield table
    yield returns_table(
        found.after, names=names, unit=unit, currency=currency, threshold=found.threshold, title="Returns as placed"
    )
    yield _verdict(found, names, work)


def _shared(shares: Mapping[str, Fraction], names: Mapping[str, str]) -> str:
    if len(shares) == 1 and next(iter(shares.values())) == 1:
        return names.get(next(iter(shares)), next(iter(shares)))
    return ", ".join(f"{names.get(p, p)} {percent(float(s))}" for p, s in shares.items())


def _verdict(found: Mending, names: Mapping[str, str], work: MoneyWording) -> str:
    sure = "no placement does with less" if found.proven else "whether one does with less was not proven in the time"
    extra = found.extra_price
    price = (
        f"{number(work, Fraction(abs(extra)))} {work.unit} {'more' if extra > 0 else 'less'}"
        if extra
        else "no more money"
    )
    cost = f"{found.loss:f} points of science and {price}"
    if found.feasible:
        return f"[green]Everybody reaches {level(found.threshold)}[/green] for {cost}; {sure}."
    below = listed([escape(names.get(p, p)) for p in found.below])
    no = "No placement brings" if found.proven else "No placement was found that brings"
    return (
        f"[red]{no} everybody to {level(found.threshold)}.[/red] With the fewest below and the least missing, "
        f"{below} stay{'s' if len(found.below) == 1 else ''} below, for {cost}."
    )


def mended(found: MendedPlan, *, names: Mapping[str, str], unit: str) -> Iterator[RenderableType]:
    """What changes in the plan, what that costs in science, and everybody's return then."""
    if found.swaps:
        table = Table(title="Changes", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
        for head in ("Mission", "Element", "By", "Instead of", "Work of"):
            table.add_column(head, overflow="fold")
        for swap in found.swaps:
            by = swap.after or "(left out)"
            table.add_row(
                *map(escape, (swap.mission, swap.element, by, swap.before or "(not built)", _to(swap, names)))
            )
        yield table
    yield returns_table(
        found.after, names=names, unit=unit, currency=unit, threshold=found.threshold, title="Returns then"
    )
    yield _mended_verdict(found, names)


def _mended_verdict(found: MendedPlan, names: Mapping[str, str]) -> str:
    t = level(found.threshold)
    lost = f"{found.science_lost:.1f} of {found.plan.value + found.science_lost:.1f} points of science"
    if not found.before.below(found.threshold):
        return f"[green]Everybody reaches {t} already.[/green]"
    if found.feasible:
        least = f" ({found.least_loss:.1f} at least, by what each does and pays now)" if found.least_loss else ""
        how = "" if found.swaps else ", by other dates and payments alone"
        return f"[green]Everybody reaches {t}[/green]{how} for {lost}{least}."
    below = listed([escape(names.get(p, p)) for p in found.below])
    if found.proven:
        why = f"No plan of these missions gives everybody the work that {t} asks by what each does and pays now."
    else:
        why = f"No plan was found in which everybody reaches {t}."
    stay = "stays" if len(found.below) == 1 else "stay"
    return f"[red]{why}[/red] The best found has {coefficient(found.reached)} at the lowest, for {lost}; {below} {stay} below {t}."


def swaps(found: Sequence[Swap], *, names: Mapping[str, str], low: Sequence[str]) -> RenderableType:
    """Each change by itself: what it costs in science, and what it does for those who are below."""
    table = Table(
        title="One change at a time, the cheapest in science first",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("Element", overflow="fold")
    table.add_column("By", overflow="fold")
    table.add_column("Instead of", overflow="fold")
    table.add_column("Science\npoints", justify="right", no_wrap=True)
    table.add_column("Return", overflow="fold", min_width=20)
    for swap in found:
        science = "no plan" if swap.science is None else grouped(Decimal(str(round(swap.science, 2))), 1)
        table.add_row(
            escape(f"{swap.mission}/{swap.element}"),
            escape(swap.after),
            escape(swap.before),
            science,
            _gains(swap, names, low),
        )
    return table


def _gains(swap: Swap, names: Mapping[str, str], low: Sequence[str]) -> str:
    """The changes of half a hundredth and more: those who are below first, then the largest."""
    gained = [(p, g) for p, g in swap.gained if abs(g) >= Fraction(1, 200)]
    gained.sort(key=lambda pair: (pair[0] not in low, -abs(pair[1])))
    return ", ".join(f"{escape(names.get(p, p))} {'+' if g > 0 else MINUS}{abs(float(g)):.2f}" for p, g in gained[:4])


def _to(swap: Swap, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(p, p) for p in swap.to)
