"""Planning anew: what is past stays, money spent is not forgotten, and the checker finds nothing wrong."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from comity.model.amendment import (
    Amendment,
    BudgetCut,
    Delay,
    ExportRuleChange,
    Join,
    LaunchFailure,
    Release,
    Withdraw,
    apply,
)
from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.model.rules import ExportRule
from comity.roadmap import NoPlanError, Plan, Question
from comity.roadmap.answer_parts import Change
from comity.roadmap.exposure import exposure
from comity.roadmap.history import opening, paid_before, settled_by, sunk_by
from comity.roadmap.replanning import ReplanError, change, replan
from comity.roadmap.verification import verify
from tests.example_programmes import CASH, PICKS, example
from tests.plan_builder import build

SHORT = Question(time_s=0.5, threads=1)
LOOSE: dict[str, Any] = {
    f"participation__{rule}": None for rule in ("return", "place", "share", "kind", "barter", "pool")
}
#: Nobody pays by the pool: the landing module is Japan's alone, which has the means for it.
ALONE: dict[str, Any] = {
    "missions__lander__elements__module__options__0__paid_by": None,
    "partners__jaxa__budget": {"2030-2041": "165 MUSD@2024"},
}
M = Month.parse


@cache
def loose(**changes: Any) -> Programme:
    return example(**{**LOOSE, **ALONE, **changes})


@cache
def before() -> Plan:
    return build(loose(), PICKS)


def anew(since: str, *amendments: Amendment, plan: Plan | None = None, programme: Programme | None = None) -> Change:
    """Plans anew, has the checker judge it, and returns what changes; the plan itself is `LAST`."""
    programme, plan = programme or loose(), plan or before()
    solved, changed = replan(programme, plan, amendments, since=M(since), question=SHORT)
    assert verify(programme, solved.plan, previous=plan) == ()
    LAST[:] = [solved.plan]
    return changed


LAST: list[Plan] = []


def starts(plan: Plan) -> dict[tuple[str, str], tuple[str, str]]:
    return {(e.mission, e.element): (e.option, str(e.start)) for e in plan.elements}


# --- what stays --------------------------------------------------------------------------------------------------------


def test_the_plan_made_by_hand_is_right() -> None:
    assert verify(loose(), before()) == ()


def test_when_nothing_happens_what_has_begun_stays_as_it_was() -> None:
    anew("2034-01")

    begun = {key: pick for key, pick in PICKS.items() if pick[1] < "2034-01"}
    assert starts(LAST[0]).items() >= begun.items()
    assert LAST[0].sunk == {}
    assert LAST[0].frozen_before == M("2034-01")


def test_who_withdraws_keeps_what_it_has_finished_and_its_unfinished_work_is_sunk() -> None:
    changed = anew("2034-01", Withdraw(partner="uae", month=M("2034-01")))

    assert changed.dropped == ("lander",)
    assert starts(LAST[0])["moon", "camera"] == ("uae", "2030-06")
    assert LAST[0].sunk["uae"] == {2033: Decimal("15000000.00")}  # ten months of twenty, at 1.5 MEUR each
    assert changed.event == "UAE Space Agency withdraws from 2034-01."


@pytest.mark.parametrize("since", ["2030-04", "2033-03", "2034-07"])
@pytest.mark.parametrize(
    "amendments",
    [
        (),
        (Withdraw(partner="uae", month=M("2036-06")),),
        (BudgetCut(partner="esa", years=(2037, 2038), factor=Decimal("0.5")),),
        (Delay(mission="lander", element="launch", months=3),),
        (Release(mission="moon"), Withdraw(partner="esa", month=M("2034-07"))),
    ],
    ids=lambda a: "+".join(x.kind for x in a) or "nothing",
)
def test_every_plan_made_anew_is_right(since: str, amendments: tuple[Amendment, ...]) -> None:
    anew(since, *amendments)


def test_a_mission_whose_element_is_late_may_go_on_and_its_payments_are_spread_anew() -> None:
    changed = anew("2034-01", Delay(mission="lander", element="hatch", months=6))

    hatch = next(e for e in LAST[0].elements if (e.mission, e.element) == ("lander", "hatch"))
    assert (str(hatch.start), str(hatch.finish)) == ("2033-03", "2035-05")
    assert sum(sum(bill.values()) for bill in hatch.payments.values()) == Decimal("30000000")
    assert changed.dropped == ()


def test_what_is_lost_in_a_launch_is_built_anew_and_its_first_cost_is_sunk() -> None:
    programme = loose(missions__moon__elements__camera__finish_by=None)
    plan = build(programme, PICKS)

    anew("2033-06", LaunchFailure(mission="moon", element="launch", month=M("2033-06")), plan=plan, programme=programme)

    assert M(starts(LAST[0])["moon", "bus"][1]) >= M("2033-06")
    assert sum(LAST[0].sunk["esa"].values(), Decimal(0)) == Decimal(
        "250000000.00"
    )  # the bus, the first month of launch


def test_a_plan_made_anew_can_be_made_anew_again() -> None:
    anew("2034-01", Withdraw(partner="uae", month=M("2034-01")))
    first = LAST[0]

    anew("2036-03", BudgetCut(partner="jaxa", years=(2037,), factor=Decimal("0.9")), plan=first)

    assert LAST[0].sunk["uae"] == first.sunk["uae"]
    assert [a["kind"] for a in LAST[0].amendments] == ["withdraw", "budget_cut"]


def test_a_rule_that_bars_a_begun_interface_has_the_element_begun_anew_or_its_mission_dropped() -> None:
    bar = ExportRule.model_validate(
        {"name": "No cameras", "technologies": ["imaging"], "giver": ["AE"], "receiver": ["*"]}
    )

    changed = anew("2031-01", ExportRuleChange(id="cameras", rule=bar))

    assert starts(LAST[0]).get(("moon", "camera"), ("", ""))[0] != "uae"
    assert "moon" not in changed.dropped
    assert changed.event == "The export rule cameras holds: No cameras."


def test_a_partner_that_joins_brings_its_options() -> None:
    raw = {
        "id": "kari",
        "name": "Korea",
        "kind": "agency",
        "country": "KR",
        "budget": {"2030-2041": "60 MEUR@2025"},
        "estimate": "invented",
    }
    option = {"provider": "kari", "cost": "20 MEUR@2025", "duration": "12 months", "success": 1, "estimate": "invented"}
    joining = Join.model_validate(
        {"partner": raw, "options": [{"mission": "lander", "element": "module", "option": option}]}
    )

    changed = anew("2031-01", joining)

    assert "kari" in {p.partner for p in changed.partners}
    assert "kari" in LAST[0].accounts


def test_a_commitment_that_cannot_be_met_is_said_so() -> None:
    with pytest.raises(NoPlanError):
        anew("2031-01", Withdraw(partner="esa", month=M("2031-01")))


# --- money -------------------------------------------------------------------------------------------------------------


def test_what_was_paid_before_is_the_years_gone_by_and_this_years_months() -> None:
    hatch = loose().missions["lander"].elements["hatch"].options[0]

    assert paid_before(loose(), hatch, M("2033-03"), M("2034-04")) == {
        "uae": {2033: Decimal("15000000.00"), 2034: Decimal("4500000.00")}
    }
    assert paid_before(loose(), hatch, M("2033-03"), M("2033-03")) == {}


def test_what_is_kept_is_not_sunk() -> None:
    settled = settled_by(loose(), before(), M("2034-01"))

    assert sunk_by(settled, before().elements) == {}
    assert set(sunk_by(settled, [])) == {"esa", "jaxa", "uae"}


def test_the_opening_has_what_the_plan_before_left_of_the_year() -> None:
    programme, plan = example(), build(example(), PICKS, CASH)

    found = opening(programme, settled_by(programme, plan, M("2035-01")))

    assert found.overdrawn == ()
    assert found.left["esa"] == Decimal(90_000_000) + plan.carried["esa"][2034]
    assert found.pool == plan.cash[2034].held
    assert found.cash["uae"] == Decimal(-3_500_000)


def test_who_leaves_within_a_year_has_paid_what_it_has_paid() -> None:
    """In 2033 Japan pays for the relay in the first months more than the twelfths of its budget."""
    programme = loose()
    plan = build(programme, PICKS)
    free = Release(mission="moon")

    solved, _ = replan(
        programme, plan, [free, Withdraw(partner="jaxa", month=M("2033-02"))], since=M("2033-02"), question=SHORT
    )

    assert [v for v in verify(programme, solved.plan, previous=plan) if v.where == "jaxa 2033"] == []


# --- what cannot be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "amendment", "told"),
    [
        ("2034-01", Withdraw(partner="jaxxa", month=M("2034-01")), "did you mean 'jaxa'"),
        ("2044-01", Withdraw(partner="jaxa", month=M("2044-01")), "outside of the horizon"),
        ("2034-01", Withdraw(partner="jaxa", month=M("2033-01")), "which is before 2034-01"),
        ("2034-01", BudgetCut(partner="jaxa", years=(2033,), factor=Decimal("0.5")), "cannot be cut"),
        ("2034-01", Delay(mission="moon", element="bus", months=3), "was finished by 2033-03"),
    ],
)
def test_what_is_past_cannot_be_changed(since: str, amendment: Amendment, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        anew(since, amendment)


def test_a_plan_for_another_version_of_the_programme_is_refused() -> None:
    with pytest.raises(ReplanError, match="another version"):
        replan(loose(programme__open_data="0.4"), before(), [], since=M("2034-01"), question=SHORT)


def test_a_plan_made_anew_cannot_be_from_an_earlier_month() -> None:
    with pytest.raises(ReplanError, match="itself made anew from 2034-01"):
        anew("2033-01", plan=before().model_copy(update={"frozen_before": M("2034-01")}))


# --- what changes ------------------------------------------------------------------------------------------------------


def test_a_change_tells_what_is_dropped_added_and_moved() -> None:
    sooner = {**PICKS, ("moon", "operations"): ("joint", "2033-09")}
    less = {key: pick for key, pick in sooner.items() if key[0] != "lander"}

    changed = change(before(), build(loose(), less))

    assert (changed.dropped, changed.added) == (("lander",), ())
    assert [(m.mission, str(m.before), str(m.after)) for m in changed.moved] == [("moon", "2033-10", "2033-09")]
    uae = next(p for p in changed.partners if p.partner == "uae")
    assert (uae.contribution_before, uae.contribution_after) == (Decimal("58000000"), Decimal("24000000"))


def test_the_programme_is_most_exposed_to_whom_its_commitment_needs() -> None:
    seen: list[tuple[int, int]] = []

    found = exposure(
        loose(),
        before(),
        since=M("2031-01"),
        question=Question(time_s=3, threads=2),
        on_progress=lambda done, of: seen.append((done, of)),
    )

    assert {e.partner for e in found} == {"esa", "jaxa", "uae"}
    assert [e.lost_value for e in found] == sorted((e.lost_value for e in found), reverse=True)
    assert seen[-1] == (3, 3)
    by_partner = {e.partner: e for e in found}
    assert by_partner["esa"].commitments_broken == ("moon",)
    assert "lander" in by_partner["uae"].given_up


def test_amendments_of_the_plan_before_hold_on() -> None:
    anew("2034-01", Withdraw(partner="uae", month=M("2034-01")))

    assert apply(loose(), LAST[0].amendments).budget("uae", 2035) == 0
