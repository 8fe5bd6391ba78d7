"""Mutual accounts: a real barter walked on a record; what each side sees; what neither may owe."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding.contributions.barter import confirmation, statement
from comity.kinds import GUARDS, KINDS
from tests.record.makers import Scribe, officers

CASE = yaml.safe_load((Path(__file__).parent / "iss_barters.yaml").read_text())


class Partners(Scribe):
    """A record of two partners."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__({p: officers(p) for p in (one, other)}, kinds=KINDS, guards=GUARDS)
        self.sides = one, other

    def says(self, kind: str, body: dict[str, object], by: str) -> None:
        assert self.write(kind, body, by=by) is None

    def open(self, name: str, **how: str) -> None:
        one, other = self.sides
        self.says("barter.open", {"barter": name, "with": other, **how}, one)
        self.says("barter.confirm", {"barter": name}, other)

    def give(self, name: str, by: str, **gift: str) -> str | None:
        """Gives, and has the other side confirm it; why that was refused, or None."""
        self.says("barter.give", {"barter": name, **gift}, by)
        held = self.state.get("barters", name)
        number = len(held["gives"])
        body = {"barter": name, "number": number}
        journal = confirmation(held, name, number)
        body |= {} if journal is None else {"ledger": held["ledger"], "journal": journal}
        return self.write("barter.confirm", body, by=next(p for p in self.sides if p != by))

    def owed(self, name: str, partner: str) -> Decimal:
        return statement(self.state.get("barters", name), name, partner).owed_to_it


def test_the_service_module_of_orion_pays_for_four_years_of_the_station():
    case = CASE["accounts"]["orion-service-module"]
    partners = Partners(*case["between"])
    partners.open("orion", currency=case["currency"], limit=case["limit"], about=case["about"])
    course = []
    for gift in case["gives"]:
        given = {k: str(gift[k]) for k in ("what", "quantity", "value", "date")}
        assert partners.give("orion", gift["by"], **given) is None
        course.append(partners.owed("orion", "nasa") / 1_000_000)
    assert course == [Decimal(n) for n in ("112.5", "225", "-225", "-112.5", "0")]
    ours, theirs = (statement(partners.state.get("barters", "orion"), "orion", p) for p in ("nasa", "esa"))
    assert (ours.gave, ours.received) == (theirs.received, theirs.gave) == (450_000_000, 450_000_000)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 10_000)), max_size=10), st.integers(1, 12_000))
def test_both_sides_see_the_same_account_and_neither_owes_more_than_the_limit(gifts, limit):
    partners, owed = Partners("asa", "bsa"), 0
    partners.open("rides", currency="JPY", limit=str(limit))
    for first, units in gifts:
        refused = partners.give("rides", "asa" if first else "bsa", what="a ride", quantity="1", value=str(units))
        after = owed + (units if first else -units)
        assert (refused is None) == (abs(after) <= limit)
        owed = owed if refused else after
        assert partners.owed("rides", "asa") == owed == -partners.owed("rides", "bsa")
