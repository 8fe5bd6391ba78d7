"""However a plan is spoiled, the checker answers with violations, and never falls over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.model.calendar import Month
from comity.roadmap.answer import Plan
from comity.roadmap.verification import RULES, verify
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build

PROGRAMME = example()
PLAN = build(PROGRAMME, PICKS, CASH)
RAW = PLAN.model_dump(mode="json")

months = st.integers(1900, 2200).flatmap(lambda y: st.integers(1, 12).map(lambda m: str(Month.of(y, m))))
amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=2).map(str)
names = st.sampled_from(["esa", "jaxa", "uae", "helios", "pool", "nobody", "moon", "bus", "launch", ""])
years = st.integers(2028, 2045).map(str)
numbers = st.floats(allow_nan=False, allow_infinity=False)
amounts_by_year = st.dictionaries(names, st.dictionaries(years, amounts, max_size=2), max_size=3)
by_name = st.dictionaries(names, amounts, max_size=2)
flows = st.fixed_dictionaries({"paid": by_name, "received": by_name, "spent": amounts, "held": amounts})

#: Fields of the plan, of its elements and of its missions, and what they may be spoiled with.
PLAN_FIELDS: dict[str, Any] = {
    "programme": names,
    "value": numbers,
    "bound": numbers,
    "gap": numbers,
    "cost": amounts,
    "carried": amounts_by_year,
    "sunk": amounts_by_year,
    "frozen_before": st.none() | months,
    "coalition": st.none() | st.lists(names, max_size=3),
    "cash": st.dictionaries(years, flows, max_size=3),
    "amendments": st.lists(st.dictionaries(names, names), max_size=1),
}
ELEMENT_FIELDS: dict[str, Any] = {
    "mission": names,
    "element": names,
    "option": names,
    "start": months,
    "finish": months,
    "cost": amounts,
    "work": by_name,
    "payments": amounts_by_year,
}
MISSION_FIELDS: dict[str, Any] = {
    "mission": names,
    "delivery": months,
    "success": numbers,
    "partners": st.lists(names, max_size=3),
}


@st.composite
def spoiled(draw: st.DrawFn) -> Plan:
    raw = {**RAW, "elements": [dict(e) for e in RAW["elements"]], "missions": [dict(m) for m in RAW["missions"]]}
    for _ in range(draw(st.integers(1, 4))):
        where, fields = draw(
            st.sampled_from(
                [
                    (raw, PLAN_FIELDS),
                    *((e, ELEMENT_FIELDS) for e in raw["elements"]),
                    *((m, MISSION_FIELDS) for m in raw["missions"]),
                ]
            )
        )
        name = draw(st.sampled_from(sorted(fields)))
        where[name] = draw(fields[name])
    raw["elements"] = draw(st.permutations(raw["elements"]))[: draw(st.integers(8, 11))]
    return Plan.model_validate(raw)


@settings(max_examples=60, deadline=None)
@given(spoiled())
def test_a_spoiled_plan_never_makes_the_checker_fall_over(plan: Plan) -> None:
    violations = verify(PROGRAMME, plan, previous=PLAN)

    assert {v.rule for v in violations} <= set(RULES)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(PLAN.elements) - 1), months)
def test_no_start_can_be_moved_unnoticed(element: int, month: str) -> None:
    moved = PLAN.elements[element].model_copy(update={"start": Month.parse(month)})
    plan = PLAN.model_copy(update={"elements": (*PLAN.elements[:element], moved, *PLAN.elements[element + 1 :])})

    assert (moved == PLAN.elements[element]) == (verify(PROGRAMME, plan) == ())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(PLAN.elements) - 1), st.integers(-(10**9), 10**9).filter(bool))
def test_no_cent_can_be_moved_unnoticed(element: int, change: int) -> None:
    raw = PLAN.model_dump(mode="json")
    bill = next(iter(raw["elements"][element]["payments"].values()))
    year = next(iter(bill))
    bill[year] = str(Decimal(bill[year]) + Decimal(change).scaleb(-2))

    assert "payments" in {v.rule for v in verify(PROGRAMME, Plan.model_validate(raw))}
