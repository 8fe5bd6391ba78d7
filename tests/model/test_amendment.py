"""Amendments: what each changes in a programme, what it leaves alone, and what it says of names it does not know."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from comity.model.amendment import (
    Amendment,
    BudgetCut,
    Delay,
    ExportRuleChange,
    ExtraOption,
    Join,
    LaunchFailure,
    Release,
    Withdraw,
    apply,
    from_dict,
    lost,
)
from comity.model.calendar import Month
from comity.model.missions import Option
from comity.model.money import Money
from comity.model.partners import Partner
from comity.model.programme import Programme
from comity.model.rules import CashPool, ExportRule
from tests.example_programmes import example

PROGRAMME = example()
NEWCOMER = Partner.model_validate(
    {
        "id": "kari",
        "name": "Korea",
        "kind": "agency",
        "country": "KR",
        "budget": {"2030-2041": "15 MEUR@2025"},
        "capabilities": {"imaging": {"trl": 8}},
        "estimate": "invented",
    }
)
CAMERA = Option.model_validate(
    {
        "provider": "kari",
        "cost": "30 MEUR@2025",
        "duration": "20 months",
        "success": 0.95,
        "estimate": "invented",
        "uses": {"chamber": {"level": "1 slot", "offset": "2 months"}},
        "profile": {"curve": "beta", "a": 0.6, "b": 0.2},
    }
)
BAR = ExportRule.model_validate({"name": "Bar", "technologies": ["imaging"], "giver": ["AE"], "receiver": ["*"]})

ALL: list[Amendment] = [
    Withdraw(partner="uae", month=Month.of(2034, 4)),
    BudgetCut(partner="esa", years=(2034, 2035), factor=Decimal("0.8")),
    BudgetCut(partner="esa", years=(2034,), amount=Money.parse("10 MUSD@2024")),
    LaunchFailure(mission="moon", element="launch", month=Month.of(2033, 6)),
    LaunchFailure(mission="moon", element="launch", month=Month.of(2033, 6), rebuild_cost=Decimal("0.7")),
    Delay(mission="relay", element="bus", months=6),
    Delay(mission="relay", element="bus", not_before=Month.of(2031)),
    Join(partner=NEWCOMER, options=(ExtraOption(mission="moon", element="camera", option=CAMERA),)),
    ExportRuleChange(id="bar", rule=BAR),
    ExportRuleChange(id="japan"),
    Release(mission="moon"),
]


def option(programme: Programme, mission: str, element: str, at: int = 0) -> Option:
    return programme.missions[mission].elements[element].options[at]


@pytest.mark.parametrize("amendment", ALL, ids=lambda a: a.kind)
def test_an_amendment_survives_json_and_changes_a_programme_the_same(amendment: Amendment) -> None:
    again = from_dict(json.loads(json.dumps(amendment.to_dict())))

    assert again == amendment
    amended = apply(PROGRAMME, [amendment.to_dict()])
    assert amended == apply(PROGRAMME, [amendment])
    assert amended.digest != PROGRAMME.digest
    assert example() == PROGRAMME


def test_no_amendment_changes_nothing() -> None:
    assert apply(PROGRAMME, []) is PROGRAMME


def test_who_withdraws_has_no_budget_from_then_on() -> None:
    amended = apply(PROGRAMME, [ALL[0]])

    assert [amended.budget("uae", y) for y in (2033, 2034, 2035)] == [20_000_000, 5_000_000, 0]
    assert amended.budget("esa", 2035) == PROGRAMME.budget("esa", 2035)


def test_who_withdraws_starts_only_what_it_still_finishes() -> None:
    amended = apply(PROGRAMME, [ALL[0]])

    assert option(amended, "lander", "hatch").latest == Month.of(2032, 8)  # 20 months before April 2034
    assert option(amended, "moon", "camera", 1) == option(PROGRAMME, "moon", "camera", 1)
    assert option(amended, "lander", "operations").latest == Month.of(2032, 4)  # it has a share of the work


def test_rules_of_participation_no_longer_speak_of_who_withdraws() -> None:
    amended = apply(PROGRAMME, [ALL[0]])

    assert amended.emerging == ()
    assert [amended.participation[r].partners for r in ("return", "share", "kind")] == [("esa", "jaxa")] * 3
    assert amended.participation["barter"].partners == ("esa", "jaxa", "helios")


def test_what_an_emerging_partner_received_before_it_withdrew_stays_received() -> None:
    pool = apply(PROGRAMME, [ALL[0]]).participation["pool"]

    assert isinstance(pool, CashPool)
    assert pool.receivers == ("emerging", "uae")


def test_a_mission_that_is_released_may_be_given_up() -> None:
    amended = apply(PROGRAMME, [Release(mission="moon")])

    assert (PROGRAMME.missions["moon"].committed, amended.missions["moon"].committed) == (True, False)
    with pytest.raises(ValueError, match="did you mean 'moon'"):
        apply(PROGRAMME, [Release(mission="mooon")])


def test_a_rule_for_nobody_else_falls_with_who_withdraws() -> None:
    programme = example(participation__return__partners=["uae"])

    assert "return" not in apply(programme, [ALL[0]]).participation
    assert "place" not in apply(programme, [ALL[0]]).participation  # nobody else is emerging


def test_a_budget_is_cut_by_a_factor_or_an_amount() -> None:
    by_factor, by_amount = apply(PROGRAMME, [ALL[1]]), apply(PROGRAMME, [ALL[2]])

    assert [by_factor.budget("esa", y) for y in (2033, 2034, 2035, 2036)] == [
        155_000_000,
        72_000_000,
        72_000_000,
        90_000_000,
    ]
    assert by_amount.budget("esa", 2034) == 90_000_000 - Decimal("10_000_000") * 102 / 100 * Decimal("0.9")


def test_a_budget_is_never_cut_below_nothing() -> None:
    cut = BudgetCut(partner="uae", years=(2034,), amount=Money.parse("21 MEUR@2025"))

    assert apply(PROGRAMME, [cut]).budget("uae", 2034) == 0


def test_what_flew_on_a_failed_launch_is_built_again_to_print() -> None:
    amended = apply(PROGRAMME, [ALL[3]])
    bus, launch = option(amended, "moon", "bus"), option(amended, "moon", "launch")

    assert (bus.earliest, bus.duration, str(bus.cost)) == (Month.of(2033, 6), 18, "120 MEUR@2025")
    assert (launch.earliest, launch.duration, str(launch.cost)) == (Month.of(2033, 6), 2, "60 MEUR@2025")
    assert option(amended, "moon", "camera").duration == 12
    assert option(amended, "moon", "operations") == option(PROGRAMME, "moon", "operations")
    assert amended.missions["relay"] == PROGRAMME.missions["relay"]


def test_what_stays_on_the_ground_is_not_lost() -> None:
    programme = example(missions__moon__elements__bus__kind="ground_segment")

    assert lost(programme.missions["moon"], "launch") == {"launch", "camera"}
    assert lost(programme.missions["moon"], "operations") == {"operations", "launch", "camera"}


def test_a_delay_lengthens_every_option_or_moves_the_start() -> None:
    longer, later = apply(PROGRAMME, [ALL[5]]), apply(PROGRAMME, [ALL[6]])

    assert option(longer, "relay", "bus").duration == 42
    assert later.missions["relay"].elements["bus"].earliest == Month.of(2031)
    assert option(later, "relay", "bus") == option(PROGRAMME, "relay", "bus")


def test_a_start_that_was_later_still_is() -> None:
    amended = apply(PROGRAMME, [Delay(mission="moon", element="bus", not_before=Month.of(2030, 1))])

    assert amended.missions["moon"].elements["bus"].earliest == Month.of(2030, 2)


def test_who_joins_brings_a_budget_and_options() -> None:
    amended = apply(PROGRAMME, [ALL[7]])

    assert amended.contributors == ("esa", "jaxa", "uae", "kari")
    assert [o.label for o in amended.missions["moon"].elements["camera"].options] == ["uae", "esa", "kari"]


def test_an_export_rule_comes_and_goes() -> None:
    assert list(apply(PROGRAMME, [ALL[8]]).export_control) == ["japan", "bar"]
    assert apply(PROGRAMME, [ALL[8]]).export_control["bar"].id == "bar"
    assert not apply(PROGRAMME, [ALL[9]]).export_control


def test_amendments_follow_one_another() -> None:
    cut = BudgetCut(partner="kari", years=(2034,), factor=Decimal(0))

    assert apply(PROGRAMME, [ALL[7], cut]).budget("kari", 2034) == 0
    with pytest.raises(ValueError, match="no partner is called 'kari'"):
        apply(PROGRAMME, [cut, ALL[7]])


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            {"kind": "withdraw", "partner": "jaxxa", "month": "2031-01"},
            "no partner is called 'jaxxa'; did you mean 'jaxa'?",
        ),
        ({"kind": "withdraw", "partner": "jaxa", "month": "2031"}, "withdraw.month: .*write it as YYYY-MM"),
        ({"kind": "withdraw", "partner": "jaxa"}, "withdraw.month: Field required"),
        ({"kind": "mutiny"}, "not an amendment: .*mutiny"),
        (
            {"kind": "budget_cut", "partner": "esa", "years": [2050], "factor": 0.5},
            "esa has no budget in 2050; .* 2030 to 2041",
        ),
        ({"kind": "budget_cut", "partner": "helios", "years": [2030], "factor": 0.5}, "helios has no budget to cut"),
        ({"kind": "budget_cut", "partner": "esa", "years": [2030]}, "either the factor that remains or the amount"),
        ({"kind": "launch_failure", "mission": "mon", "element": "launch", "month": "2033-06"}, "did you mean 'moon'?"),
        (
            {"kind": "launch_failure", "mission": "moon", "element": "lunch", "month": "2033-06"},
            "no element of moon is called 'lunch'; did you mean 'launch'?",
        ),
        ({"kind": "delay", "mission": "moon", "element": "bus"}, "a delay states how many months"),
        ({"kind": "export_rule", "id": "japam"}, "no export rule is called 'japam'; did you mean 'japan'?"),
        (
            {
                "kind": "export_rule",
                "id": "x",
                "rule": {"name": "x", "technologies": ["imagin"], "giver": ["*"], "receiver": ["*"]},
            },
            "no technology is called 'imagin'; did you mean 'imaging'?",
        ),
        ({"kind": "join", "partner": {"name": "x", "kind": "agency"}}, "needs an id of its own"),
        ({"kind": "join", "partner": {"id": "esa", "name": "x", "kind": "agency"}}, "esa is a partner already"),
        (
            {
                "kind": "join",
                "partner": {"id": "x", "name": "x", "kind": "agency", "budget": {"2030-2040": "1 MEUR@2025"}},
            },
            "the budget of x lacks 2041",
        ),
    ],
)
def test_what_is_wrong_with_an_amendment_is_said(raw: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("?", r"\?")):
        apply(PROGRAMME, [raw])
