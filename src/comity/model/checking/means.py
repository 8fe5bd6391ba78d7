"""Money, budgets, payers and facilities: can everything be counted and paid?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from comity.model.checking.walk import options, titled
from comity.model.missions import Option
from comity.model.money import Money
from comity.model.money import currencies as iso_currencies
from comity.model.problems import Problem, nearest, problem
from comity.model.programme import POOL, Programme
from comity.model.rules import Barter, CashPool
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft


def currencies(draft: Draft) -> Iterator[Problem]:
    """The programme's currency and its rates."""
    if draft.header is None:
        return
    header = draft.header
    named: list[tuple[Path, str, bool]] = [(("programme", "currency"), header.currency, False)]
    named += [(("programme", "currencies", c), c, True) for c in header.currencies]
    for path, code, key in named:
        if code not in iso_currencies():
            said = f"{code!r} is not an ISO 4217 currency"
            yield problem(draft.positions.of(path, key=key), path, said, nearest(code, iso_currencies()))
    own = header.currencies.get(header.currency)
    if own is not None and own.rate != 1:
        path = ("programme", "currencies", header.currency, "rate")
        said = f"the rate of {header.currency} is {own.rate}, but plans are counted in it"
        yield problem(draft.positions.of(path), path, said, "write 1")
    for code, quote in header.currencies.items():
        for year, level in quote.price_index.items():
            if level <= 0:
                at: Path = ("programme", "currencies", code, "price_index", str(year))
                yield problem(
                    draft.positions.of(at), at, f"the price index of {code} in {year} is {level}; it must be positive"
                )


def budgets(draft: Draft) -> Iterator[Problem]:
    """Budgets that leave out a year of the horizon, or are negative."""
    for name, partner in draft.sections["partners"].items():
        if partner.budget is None:
            continue
        path: Path = ("partners", name, "budget")
        missing = [y for y in (draft.header.horizon.years if draft.header else ()) if y not in partner.budget]
        if missing:
            said = f"the budget of {name!r} lacks {_years(missing)}"
            hint = "give every year of the horizon, with 0 where there is none"
            yield problem(draft.positions.of(path), path, said, hint)
        negative = {_year_path(draft, name, y): money for y, money in partner.budget.items() if money.amount < 0}
        for at, money in negative.items():
            yield problem(draft.positions.of(at), at, f"the budget of {name!r} in {at[-1]} is negative: {money}")


def _years(years: list[int]) -> str:
    spans: list[list[int]] = []
    for year in years:
        if spans and spans[-1][1] == year - 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _year_path(draft: Draft, partner: str, year: int) -> Path:
    """The entry of a budget that speaks of a year: `2031`, or a span such as `2030-2035`."""
    for key in draft.positions.names("partners", partner, "budget"):
        first, _, last = key.partition("-")
        if int(first) <= year <= int(last or first):
            return ("partners", partner, "budget", key)
    return ("partners", partner, "budget")


def convertible(draft: Draft) -> Iterator[Problem]:
    """Money that cannot be brought to the programme's currency and prices."""
    if draft.header is None:
        return
    # Worth asks the header alone.
    programme = Programme.model_construct(programme=draft.header, partners={}, objectives={}, missions={})
    for path, money in dict(_amounts(draft)).items():
        try:
            programme.worth(money)
        except ValueError as error:
            said, _, hint = str(error).partition("; ")
            yield problem(draft.positions.of(path), path, f"{money}: {said}", hint)


def _amounts(draft: Draft) -> Iterator[tuple[Path, Money]]:
    for name, partner in draft.sections["partners"].items():
        for year, money in (partner.budget or {}).items():
            yield _year_path(draft, name, year), money
    for name, facility in draft.sections["facilities"].items():
        if facility.price is not None:
            yield ("facilities", name, "price"), facility.price
    for name, rule in draft.sections["participation"].items():
        if isinstance(rule, Barter):
            yield ("participation", name, "maximum_debt"), rule.maximum_debt
        elif isinstance(rule, CashPool) and rule.maximum_received is not None:
            yield ("participation", name, "maximum_received"), rule.maximum_received
    for _, _, option, path in options(draft):
        yield (*path, "cost"), option.cost


def payers(draft: Draft) -> Iterator[Problem]:
    """Options that no budget pays for; a pool that no rule allows; pool rules that name partners without a budget."""
    has_pool = any(isinstance(r, CashPool) for r in draft.sections["participation"].values())
    partners = draft.sections["partners"]
    pool_is_broken = set(draft.names("participation")) - set(draft.sections["participation"])
    for mission, element, option, path in options(draft):
        who = titled(mission, element, option)
        for payer, share in option.payer_shares.items():
            if share == 0:
                continue
            at, key = _payer_path(option, payer, path)
            if payer == POOL and not has_pool and not pool_is_broken:
                said = f"{who} is paid by the pool, but there is no pool"
                yield problem(
                    draft.positions.of(at, key=key), at, said, "add a rule of kind cash_pool under participation:"
                )
            elif payer in partners and partners[payer].budget is None:
                said = f"{who} is paid by {payer!r}, which has no budget"
                hint = "name another payer with paid_by, or give it a budget"
                yield problem(draft.positions.of(at, key=key), at, said, hint)
    for name, rule in draft.sections["participation"].items():
        for field in ("payers", "receivers") if isinstance(rule, CashPool) else ():
            for n, partner in enumerate(getattr(rule, field)):
                if partner in partners and partners[partner].budget is None:
                    place: Path = ("participation", name, field, n)
                    said = f"rule {name!r} lets {partner!r} share in the pool, but it has no budget"
                    yield problem(
                        draft.positions.of(place), place, said, "only partners with a budget pay in or receive"
                    )


def _payer_path(option: Option, payer: str, path: Path) -> tuple[Path, bool]:
    if option.paid_by is not None:
        return (*path, "paid_by", payer), True
    return ((*path, "shares", payer), True) if option.shares is not None else ((*path, "provider"), False)


def facilities(draft: Draft) -> Iterator[Problem]:
    """Uses in another unit than the facility's, or beyond what it ever has."""
    known = draft.sections["facilities"]
    for name, facility in known.items():
        for month, level in facility.capacity.items():
            if not level.compatible(facility.unit):
                at: Path = ("facilities", name, "capacity", str(month))
                said = f"the capacity of {name!r} is in {facility.unit} first and then {level}"
                yield problem(draft.positions.of(at), at, said, "keep to one unit")
            if level.magnitude < 0:
                at = ("facilities", name, "capacity", str(month))
                yield problem(draft.positions.of(at), at, f"the capacity of {name!r} is negative: {level}")
    for mission, element, option, path in options(draft):
        for name, use in option.uses.items():
            place, who = (*path, "uses", name), titled(mission, element, option)
            if name not in known or not all(
                c.compatible(known[name].unit) and c.magnitude >= 0 for c in known[name].capacity.values()
            ):
                continue  # told of above
            unit = known[name].unit
            if not use.level.compatible(unit):
                said = f"{who} uses {use.level} of {name!r}, which is counted in {unit}"
                yield problem(draft.positions.of(place), place, said, f"write such as 1 {unit}")
                continue
            most = max((c.to(unit) for c in known[name].capacity.values()), default=0.0)
            if use.level.to(unit) > most + 1e-9 and use.offset < option.duration:
                said = f"{who} uses {use.level} of {name!r}, which never has more than {most:g} {unit}"
                yield problem(draft.positions.of(place), place, said)
