from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.files import value_of
from comity.funding.partnerships.offers import Comparison, load
from comity.funding.partnerships.valuation import valuations

NEED = """
need: {name: A relay, currency: EUR, economic_conditions: 2025, discount_rate: 0.05, from: 2026-01, worth: 100 MEUR@2025,
       by: 2028-01, lateness: 0.2}
offers:
"""


def compared(offers: str, **how: int) -> dict[str, object]:
    return {v.offer: v for v in valuations(value_of(NEED + offers, "offers.yaml", Comparison), **how)}


def test_a_sure_fixed_price_is_worth_its_discounted_worth_less_its_discounted_price() -> None:
    found = compared("  sure: {name: Sure, milestones: [{name: Delivered, due: 2028-01, amount: 60 MEUR@2025}]}\n")[
        "sure"
    ]
    assert found.net == pytest.approx((100 - 60) / 1.05**2)  # type: ignore[attr-defined]
    assert found.lost == 0 and found.completes == 1  # type: ignore[attr-defined]


def test_a_milestone_that_may_be_missed_is_paid_as_often_as_it_is_met_and_what_came_before_is_lost() -> None:
    offer = """  half:
    name: Half
    milestones:
      - {name: Design, due: 2026-01, amount: 10 MEUR@2025}
      - {name: Delivered, due: 2028-01, amount: 50 MEUR@2025, chance: 0.5}
"""
    found = compared(offer, draws=200_000)["half"]
    assert found.paid == pytest.approx(10 + 0.5 * 50 / 1.05**2, rel=0.01)  # type: ignore[attr-defined]
    assert found.lost == pytest.approx(0.5 * 10, rel=0.01)  # type: ignore[attr-defined]
    assert found.completes == pytest.approx(0.5, abs=0.01)  # type: ignore[attr-defined]


def test_an_incentive_fee_falls_by_the_providers_share_of_the_overrun_down_to_the_least() -> None:
    # By the formula of FAR 16.405-1: fee = target fee - share × (cost - target cost), within its limits.
    from comity.funding.partnerships.offers import CostPlus
    from comity.funding.partnerships.valuation import _cost_plus

    price = CostPlus.model_validate(
        {"kind": "cost_plus", "target": "100 MEUR@2025", "fee": "8 MEUR@2025", "provider_share": "0.2",
         "least_fee": "3 MEUR@2025", "most_fee": "10 MEUR@2025"}
    )  # fmt: skip
    import numpy as np

    assert _cost_plus(price, np.array([0.8, 1.0, 1.1, 1.5])).tolist() == pytest.approx([90, 108, 116, 153])


def test_the_buyer_bears_the_growth_of_a_cost_plus_offer_and_not_that_of_a_fixed_price() -> None:
    offers = """  plus:
    name: Plus
    price: {kind: cost_plus, target: 50 MEUR@2025, fee: 5 MEUR@2025, growth: {low: 1, likely: 1.5, high: 2}}
    milestones: [{name: Delivered, due: 2028-01, amount: 0 MEUR@2025}]
  fixed: {name: Fixed, milestones: [{name: Delivered, due: 2028-01, amount: 55 MEUR@2025}]}
"""
    found = compared(offers)
    assert found["plus"].growth == pytest.approx((75 + 5) / 55, rel=0.01)  # type: ignore[attr-defined]
    assert found["fixed"].growth == 1  # type: ignore[attr-defined]
    assert found["fixed"].net > found["plus"].net  # type: ignore[attr-defined]


def test_a_year_late_takes_its_part_of_the_worth() -> None:
    offer = "  late: {name: Late, milestones: [{name: Delivered, due: 2029-01, amount: 0 MEUR@2025}]}\n"
    assert compared(offer)["late"].net == pytest.approx(80 / 1.05**3)  # type: ignore[attr-defined]


def test_an_option_is_worth_nothing_when_it_costs_more_than_it_brings() -> None:
    def offer(price: int) -> str:
        option = f"{{name: More, exercise: 2028-01, price: {price} MEUR@2025, worth: 30 MEUR@2025, chance: 0.5}}"
        return f"  o: {{name: O, milestones: [{{name: D, due: 2028-01, amount: 0 MEUR@2025}}], options: [{option}]}}\n"

    assert compared(offer(40))["o"].options == 0  # type: ignore[attr-defined]
    assert compared(offer(20))["o"].options == pytest.approx(5 / 1.05**2)  # type: ignore[attr-defined]


def test_a_promise_to_buy_dear_services_costs_its_buyer() -> None:
    anchor = "anchor: {units_a_year: 2, price: 10 MEUR@2025, worth: 7 MEUR@2025, years: 2}"
    offer = f"  a: {{name: A, milestones: [{{name: D, due: 2026-01, amount: 0 MEUR@2025}}], {anchor}}}\n"
    assert compared(offer)["a"].options == pytest.approx(-6 / 1.05 - 6 / 1.05**2)  # type: ignore[attr-defined]


@settings(max_examples=25, deadline=None)
@given(st.decimals(0, 1, places=2), st.decimals(0, 1, places=2))
def test_a_better_chance_never_makes_an_offer_complete_less_often(a: Decimal, b: Decimal) -> None:
    def completes(chance: Decimal) -> float:
        offer = f"  x: {{name: X, milestones: [{{name: D, due: 2028-01, amount: 1 MEUR@2025, chance: {chance}}}]}}\n"
        return compared(offer, draws=500)["x"].completes  # type: ignore[attr-defined,no-any-return]

    assert (completes(a) <= completes(b)) == (a <= b) or completes(a) == completes(b)


def test_the_order_of_offers_changes_no_value() -> None:
    given_ = load("clps-2019")
    turned = given_.model_copy(update={"offers": dict(reversed(list(given_.offers.items())))})
    assert valuations(given_) == valuations(turned)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("amount: 60 MUSD@2025", "offers are compared in EUR@2025"),
        ("amount: 60 MEUR@2020", "offers are compared in EUR@2025"),
        ("amount: -60 MEUR@2025", "an amount is not negative"),
        ("amount: 60 MEUR@2025, chance: 1.5", "offers.yaml:5:"),
        ("amonut: 60 MEUR@2025", "amount"),
    ],
)
def test_an_offer_that_cannot_be_taken_is_named_by_its_place(line: str, said: str) -> None:
    with pytest.raises(FundingError, match=r"offers.yaml:\d+:\d+") as error:
        compared(f"  sure: {{name: Sure, milestones: [{{name: Delivered, due: 2028-01, {line}}}]}}\n")
    assert said in str(error.value)


def test_a_shipped_case_that_is_misspelt_is_found_near() -> None:
    with pytest.raises(FundingError, match="did you mean 'clps-2019'"):
        load("clps-2091")
