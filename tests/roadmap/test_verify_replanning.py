"""What the checker demands of a plan made anew: what had begun stays as it was, and money spent is not forgotten."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from comity.model.amendment import apply
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from comity.roadmap.verification import verify
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build

MOON = {k: p for k, p in PICKS.items() if k[0] == "moon"}
LEAVING = {"kind": "withdraw", "partner": "uae", "month": "2034-01"}
LOOSE = {
    "participation__return": None,
    "participation__place": None,
    "participation__share": None,
    "participation__kind": None,
}
#: Paid on the hatch in 2033: ten months of twenty, at 1.5 MEUR each.
HATCH = {2033: Decimal("15000000.00")}


def replanned(**others: Any) -> tuple[Programme, Plan, Plan]:
    """(programme, plan before, plan after the UAE leaves in 2034: the lander is given up)."""
    programme = example(**LOOSE)
    before = build(programme, PICKS, CASH)
    amended = apply(programme, [LEAVING])
    picks = {k: p for k, p in PICKS.items() if k[0] != "lander"}
    fields: dict[str, Any] = {
        "amendments": [LEAVING],
        "frozen_before": "2034-01",
        "sunk": _sunk(before),
        **others,
    }
    cash = {2033: ({"esa": "8589146.94"}, {})}
    return programme, before, build(amended, fields.pop("picks", picks), cash, made_for=programme, **fields)


def _sunk(before: Plan) -> dict[str, dict[int, Decimal]]:
    module = next(e for e in before.elements if (e.mission, e.element) == ("lander", "module"))
    return {"uae": HATCH, **{payer: {2033: bill[2033]} for payer, bill in module.payments.items()}}


def test_a_plan_made_anew_after_a_withdrawal_is_right() -> None:
    programme, before, after = replanned()

    assert after.sunk["uae"] == HATCH
    assert verify(programme, after, previous=before) == ()


def test_money_that_is_sunk_still_weighs_on_the_budget() -> None:
    _, before, after = replanned()
    tight = example(**LOOSE, partners__uae__budget={"2030-2032": "20 MEUR@2025", "2033-2041": "14 MEUR@2025"})
    after = after.model_copy(update={"programme_digest": tight.digest})

    assert {(v.rule, v.where) for v in verify(tight, after, previous=before)} == {("budget", "uae 2033")}


@pytest.mark.parametrize(
    "sunk",
    [
        {},
        {"uae": {2033: Decimal("15000000.01")}},
        {"uae": {2034: Decimal(1)}},
        {"uae": {2033: Decimal(-1)}},
    ],
)
def test_another_sum_sunk_is_rejected(sunk: Any) -> None:
    programme, before, after = replanned()
    told = {**_sunk(before), **sunk} if sunk else {}

    wrong = verify(programme, after.model_copy(update={"sunk": told}), previous=before)

    assert "sunk" in {v.rule for v in wrong}


def test_money_paid_within_the_year_of_replanning_is_sunk_to_the_month() -> None:
    programme, before, _ = replanned()
    picks = {k: p for k, p in PICKS.items() if k[0] != "lander"}
    amended = apply(programme, [{**LEAVING, "month": "2034-04"}])
    after = build(
        amended,
        picks,
        {},
        made_for=programme,
        amendments=[{**LEAVING, "month": "2034-04"}],
        frozen_before="2034-04",
        sunk={"uae": {2033: Decimal("15000000"), 2034: Decimal("4500000")}},
    )

    wrong = [v for v in verify(programme, after, previous=before) if v.rule == "sunk" and v.where.startswith("uae")]

    assert wrong == []


def test_an_element_that_had_begun_may_not_move() -> None:
    moved = {**{k: p for k, p in PICKS.items() if k[0] != "lander"}, ("moon", "camera"): ("uae", "2030-08")}
    programme, before, after = replanned(picks=moved)

    assert "frozen" in {v.rule for v in verify(programme, after, previous=before)}


def test_nothing_new_starts_in_the_past() -> None:
    more = {
        **{k: p for k, p in PICKS.items() if k[0] != "lander"},
        ("sail", "craft"): ("jaxa", "2033-12"),
        ("sail", "operations"): ("jaxa", "2036-08"),
    }
    programme, before, after = replanned(picks=more)

    assert {(v.rule, v.where) for v in verify(programme, after, previous=before)} == {("frozen", "sail/craft")}


def test_an_element_begun_anew_is_new_and_its_first_cost_is_sunk() -> None:
    programme = example(**LOOSE)
    failure = {"kind": "launch_failure", "mission": "moon", "element": "launch", "month": "2033-06"}
    before = build(programme, MOON)
    again = {
        ("moon", "bus"): ("helios", "2033-06"),
        ("moon", "camera"): ("uae", "2033-06"),
        ("moon", "launch"): ("esa", "2035-01"),
        ("moon", "operations"): ("joint", "2035-06"),
    }
    loose = example(**LOOSE, missions__moon__elements__camera__finish_by=None)
    before = before.model_copy(update={"programme_digest": loose.digest})
    sunk = {
        "esa": {2030: Decimal("50000000.00"), 2031: Decimal("70000000.00"), 2033: Decimal("130000000.00")},
        "uae": {2030: Decimal("7000000.00"), 2031: Decimal("12000000.00"), 2032: Decimal("5000000.00")},
    }
    after = build(
        apply(loose, [failure]), again, made_for=loose, amendments=[failure], frozen_before="2033-06", sunk=sunk
    )

    assert [v for v in verify(loose, after, previous=before) if v.rule != "budget"] == []


def test_without_the_plan_before_what_is_frozen_cannot_be_judged() -> None:
    programme, _, after = replanned()

    assert verify(programme, after) == ()
