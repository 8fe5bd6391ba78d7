from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.contributions.keys import Key, apportion, compare, load_key, shipped_keys
from comity.funding.contributions.scale import level

figures = st.dictionaries(
    st.sampled_from("abcdefgh"), st.decimals("0.01", "1000", places=2, allow_nan=False), min_size=1
)
totals = st.decimals("0.00", "1000000000.00", places=2, allow_nan=False)


def key(**fields: object) -> Key:
    return Key.model_validate({"name": "k", "kind": "negotiated", "source": "a test"} | fields)


@pytest.mark.parametrize("name", shipped_keys())
def test_every_shipped_key_has_a_source_and_shares_that_sum_to_one(name: str) -> None:
    shipped = load_key(name)
    assert shipped.source
    assert sum(shipped.shares().values()) == 1


@given(figures, totals)
def test_amounts_sum_to_exactly_the_total(given_figures: dict[str, Decimal], total: Decimal) -> None:
    assert sum(apportion(total, key(figures=given_figures).shares(), "EUR").values()) == total


@given(figures, st.fractions(0, 1), st.fractions(0, 1))
def test_limits_hold_and_the_rest_is_shared_in_proportion(
    given_figures: dict[str, Decimal], low: Fraction, high: Fraction
) -> None:
    weights = {name: Fraction(figure) for name, figure in given_figures.items()}
    low, high = low / len(weights), max(high, Fraction(1, len(weights)))
    shares = level(weights, low=dict.fromkeys(weights, low), high=dict.fromkeys(weights, high))
    assert sum(shares.values()) == 1
    assert all(low <= share <= high for share in shares.values())
    assert len({shares[name] / weights[name] for name in weights if low < shares[name] < high}) <= 1


def test_excess_over_a_cap_goes_to_the_rest_until_nobody_passes_it() -> None:
    # 50 > 40: b and c share 60 as 30 to 20, so 36 and 24; with a cap of 35, b is capped in its turn: c has the rest.
    capped = key(figures={"a": 50, "b": 30, "c": 20}, steps=[{"cap": "0.35"}])
    assert capped.shares() == {"a": Fraction(7, 20), "b": Fraction(7, 20), "c": Fraction(3, 10)}


def test_a_floor_after_a_cap_leaves_the_cap_in_force() -> None:
    both = key(figures={"a": 90, "b": 9, "c": 1}, steps=[{"cap": "0.6"}, {"floor": "0.1"}])
    assert both.shares() == {"a": Fraction(3, 5), "b": Fraction(3, 10), "c": Fraction(1, 10)}


@pytest.mark.parametrize(("year", "part"), [(2025, "0"), (2026, "0.25"), (2028, "0.75"), (2029, "1")])
def test_new_member_is_phased_in(year: int, part: str) -> None:
    steps = [{"joined": {"b": 2026}, "phase_in": ["0.25", "0.5", "0.75"]}]
    assert key(figures={"a": 60, "b": 40}, steps=steps).shares(year)["b"] == Fraction(2, 5) * Fraction(part)


def test_rebate_is_borne_by_the_others_in_proportion() -> None:
    rebated = key(figures={"a": 50, "b": 30, "c": 20}, steps=[{"rebate": {"a": "0.2"}}])
    assert rebated.shares() == {"a": Fraction(2, 5), "b": Fraction(9, 25), "c": Fraction(6, 25)}


def test_income_is_the_mean_of_the_three_latest_years_before() -> None:
    income = key(kind="income", mean_over=3, figures={"a": {2020: 9, 2021: 1, 2022: 2, 2023: 3, 2024: 99}, "b": "2.0"})
    assert income.shares(2024) == {"a": Fraction(1, 2), "b": Fraction(1, 2)}


def test_no_member_passes_a_quarter_by_the_mandatory_method() -> None:
    # ESA Convention, Article XIII.1(a); among four members alone the cap of a quarter makes all equal.
    four = load_key("esa-mandatory").among(["DE", "FR", "GB", "IT"])
    assert set(four.shares().values()) == {Fraction(1, 4)}


def test_germany_and_france_paid_more_to_esa_than_by_the_product_alone() -> None:
    more = {d.partner: d.more for d in compare(load_key("esa-2012"), load_key("esa-mandatory"))}
    assert sum(more.values()) == 0
    assert more["FR"] > 0 and more["DE"] > 0 and more["GB"] < 0


def test_explanation_begins_with_the_base_and_ends_with_the_shares() -> None:
    told = key(figures={"a": 3, "b": 1}, steps=[{"cap": "0.6"}]).explain()
    assert [t.step for t in told] == ["base", "cap 60 %"]
    assert told[0].shares["a"] == Fraction(3, 4)
    assert told[-1].shares["a"] == Fraction(3, 5)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"cap": "0.2"}], "must be at least 50 %"),
        ([{"floor": "0.6"}], "at most 50 %"),
        ([{"cap": "0.6"}, {"floor": "0.7"}], "above the cap"),
    ],
)
def test_limits_that_cannot_be_met_say_what_could(steps: list[dict[str, str]], said: str) -> None:
    with pytest.raises(FundingError, match=said):
        key(figures={"a": 3, "b": 1}, steps=steps).shares()


def test_negative_total_is_refused() -> None:
    with pytest.raises(FundingError, match="negative"):
        apportion(Decimal("-1"), {"a": Fraction(1)}, "EUR")


def test_shares_that_leave_a_part_unpaid_are_refused() -> None:
    with pytest.raises(FundingError, match="sum to 3/4, not to one"):
        apportion(Decimal("100"), {"a": Fraction(1, 2), "b": Fraction(1, 4)}, "EUR")


def test_file_with_a_negative_figure_says_where(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("name: own\nkind: use\nsource: us\nfigures: {a: -1, b: 2}\n")
    with pytest.raises(FundingError, match=r"own\.yaml:4.*zero or more"):
        load_key(file)


def test_others_are_all_whom_a_published_table_does_not_name() -> None:
    paid, scale = load_key("esa-2023"), load_key("esa-mandatory")
    found = {d.partner: d for d in compare(paid, scale)}
    assert found["DE"].other == scale.shares(2023)["DE"]
    assert sum(d.other for d in found.values()) == 1
    assert sum(d.more for d in found.values()) == 0


def test_keys_of_different_partners_are_not_compared() -> None:
    with pytest.raises(FundingError, match="no partner in common"):
        compare(load_key("equal"), load_key("esa-2012"))
