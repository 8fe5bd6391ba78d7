"""What cannot be joined is not planned, and what joins it is in the price: 28 V against 120 V, Apollo against Soyuz."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.bundled import bundled
from comity.model import load
from comity.model.programme import Programme
from comity.roadmap import NoPlanError, Plan, plan, solve
from comity.roadmap.binding import bindings
from comity.roadmap.conflict import minimal_conflict
from comity.roadmap.delay import network
from comity.roadmap.feasibility import plan_under
from comity.roadmap.joining import demands
from comity.roadmap.joints import joints
from comity.roadmap.question import Question
from comity.roadmap.reasons import reasons
from comity.roadmap.verification import verify
from comity.roadmap.ways import Ways
from tests.roadmap.joined_programmes import converter, option, power, programme


def planned(of: Programme) -> Plan:
    found = plan(of, time_s=2)
    assert verify(of, found) == ()
    return found


def taken(of: Programme) -> dict[str, str]:
    """The options of the plan, by element."""
    return {e.element: e.option for e in planned(of).elements}


def millions(of: Programme) -> float:
    return float(planned(of).cost) / 1e6


# --- the dear and the cheap way ----------------------------------------------------------------------------------------

OF_28_VOLTS, OF_120_VOLTS = 50 + 20 + 5, 50 + 40 + 5


def test_without_an_adapter_only_options_that_fit_are_taken_together() -> None:
    assert taken(programme(200))["laboratory"] == "of-120-volts"
    assert millions(programme(200)) == OF_120_VOLTS


def test_an_adapter_is_bought_where_it_is_cheaper_than_the_option_that_fits() -> None:
    of = programme(90, converter=converter(10))
    assert taken(of) == {"converter": "esa", "bus": "esa", "laboratory": "of-28-volts", "operations": "esa"}
    assert millions(of) == OF_28_VOLTS + 10


def test_the_option_that_fits_is_taken_where_the_adapter_is_dearer() -> None:
    of = programme(100, converter=converter(30))
    assert "converter" not in taken(of)
    assert millions(of) == OF_120_VOLTS


def test_money_for_the_parts_without_the_adapter_is_not_enough() -> None:
    assert millions(programme(OF_28_VOLTS + 4, converter=converter(5))) == 0
    assert millions(programme(OF_28_VOLTS + 5, converter=converter(5))) == OF_28_VOLTS + 5


@settings(max_examples=12, deadline=None)
@given(budget=st.integers(60, 110), cost=st.integers(1, 40))
def test_the_mission_flies_when_the_cheapest_way_that_fits_can_be_paid(budget: int, cost: int) -> None:
    found = planned(programme(budget, converter=converter(cost)))
    ways = [OF_28_VOLTS + cost, OF_120_VOLTS]
    assert bool(found.missions) == (min(ways) <= budget)
    assert float(found.cost) / 1e6 in (0, *ways)


def test_an_adapter_is_finished_when_the_mission_delivers() -> None:
    late = converter(10, earliest="2030-09")
    starts = {e.element: str(e.start) for e in planned(programme(90, converter=late)).elements}
    assert (starts["converter"], starts["operations"]) == ("2030-09", "2031-03")
    assert millions(programme(90, converter=late, latest="2031-02")) == 0
    assert millions(programme(90, converter=late, latest="2031-03")) == OF_28_VOLTS + 10


def silent() -> Programme:
    """The bus says nothing of its power."""
    raw = programme(200).model_dump(mode="json", exclude_unset=True)
    raw["missions"]["station"]["elements"]["bus"]["ports"] = {}
    return Programme.model_validate(raw)


def test_a_late_adapter_holds_the_delivery_up() -> None:
    of = programme(90, converter=converter(10))
    late = network(of, planned(of))
    first, last = late.index["station", "converter"], late.index["station", "operations"]
    assert first in {wait.earlier for wait in late.activities[last].waits}


def test_what_nobody_has_specified_may_be_taken_together() -> None:
    assert demands(silent()) == ()
    assert millions(silent()) in (OF_28_VOLTS, OF_120_VOLTS)


def test_an_adapter_of_which_more_must_be_said_may_be_bought_and_this_is_told() -> None:
    untold = {"kind": "power", "role": "supply", "parameters": {"voltage": "28 V"}, "estimate": "for a test"}
    of = programme(200, converter=converter(10, ports={"in": power("consume", "120 V"), "out": untold}))
    found = planned(of)
    assert {e.element: e.option for e in found.elements}["laboratory"] == "of-28-volts"
    (point,) = joints(of, found).open
    assert (point.parameter, point.who) == ("current_type", ("esa",))


def test_the_adapter_that_an_interface_names_must_be_the_one() -> None:
    named = [{"between": ["bus", "laboratory"], "technology": "power", "adapter": "converter"}]
    of = programme(90, converter=converter(10), station={"interfaces": named})
    assert millions(of) == OF_28_VOLTS + 10
    wrong = {**converter(10), "ports": {"in": power("consume", "120 V"), "out": power("supply", "50 V")}}
    assert millions(programme(90, converter=wrong, station={"interfaces": named})) == 0


def leads(bus: str, row: Sequence[tuple[str, str]], laboratory: str) -> bool:
    """Does each step take in what the one before gives out?"""
    given = [bus, *(out for _, out in row)]
    return given == [*(taken_in for taken_in, _ in row), laboratory]


VOLTS = ("28 V", "50 V", "120 V", "270 V")
volts = st.sampled_from(VOLTS)


@settings(max_examples=25, deadline=None)
@given(bus=volts, laboratory=volts, steps=st.lists(st.tuples(volts, volts), max_size=4))
def test_a_row_of_up_to_three_converters_joins_what_they_lead_to(
    bus: str, laboratory: str, steps: list[tuple[str, str]]
) -> None:
    raw = programme(200, station={"committed": True}).model_dump(mode="json", exclude_unset=True)
    elements = raw["missions"]["station"]["elements"]
    elements["bus"]["ports"] = {"bus": power("supply", bus)}
    elements["laboratory"]["options"] = [option("esa", 20, ports={"bus": power("consume", laboratory)})]
    for n, (taken_in, given_out) in enumerate(steps):
        ports = {"in": power("consume", taken_in), "out": power("supply", given_out)}
        elements[f"step-{n}"] = {**converter(10), "ports": ports}
    of = Programme.model_validate(raw)
    rows = (row for length in range(4) for row in permutations(steps, length))
    fewest = next((len(row) for row in rows if leads(bus, row, laboratory)), None)
    ways = Ways(of, Question())
    assert (plan_under(ways, frozenset(ways.rules)) is None) == (fewest is None)
    if fewest is None:
        with pytest.raises(NoPlanError):
            plan(of, time_s=1)
    else:
        assert sum(e.element.startswith("step") for e in planned(of).elements) >= fewest


# --- between missions ----------------------------------------------------------------------------------------------------


def kit(cost: float) -> dict[str, Any]:
    """A mission of its own that brings the converter, and nothing else."""
    return {
        "name": "Kit",
        "elements": {"converter": converter(cost, optional=False)},
        "interfaces": [],
    }


def test_an_adapter_of_another_mission_brings_that_mission_into_the_plan() -> None:
    of = programme(90, kit=kit(10))
    assert [m.mission for m in planned(of).missions] == ["station", "kit"]
    assert millions(of) == OF_28_VOLTS + 10
    assert millions(programme(80, kit=kit(10))) in (0, 10)


GUEST: dict[str, Any] = {
    "name": "Guest",
    "elements": {
        "ship": {
            "name": "Ship",
            "kind": "module",
            "contributes": {"climate": 0.1},
            "options": [option("esa", 10, ports={"bus": power("consume", "28 V")})],
        }
    },
    "interfaces": [{"between": ["ship", "station/bus"], "technology": "power"}],
}


def test_elements_of_two_missions_that_do_not_fit_do_not_fly_together() -> None:
    guest = GUEST
    both = {"station", "guest"}
    assert {m.mission for m in planned(programme(200, guest=guest)).missions} == {"station"}
    assert {m.mission for m in planned(programme(200, guest=guest, converter=converter(10))).missions} == both
    assert {m.mission for m in planned(programme(200, guest=guest, kit=kit(10))).missions} == {*both, "kit"}


def test_what_binds_is_told_where_a_further_mission_brings_the_adapter_that_is_named() -> None:
    named = [{"between": ["bus", "laboratory"], "technology": "power", "adapter": "kit/converter"}]
    of = programme(90, kit=kit(10), latest="2031-06", station={"interfaces": named})
    solved = solve(of, time_s=1)
    assert {m.mission for m in solved.plan.missions} == {"station", "kit"}
    assert "date" not in {b.kind for b in bindings(solved)}  # of its dates nothing binds, once the kit is known


# --- why there is no plan ------------------------------------------------------------------------------------------------


def test_the_conflict_names_interface_parameter_both_values_and_by_how_much() -> None:
    of = programme(90, station={"committed": True})
    conflict = minimal_conflict(of)
    assert {c.kind for c in conflict.clashes} == {"committed", "budget", "interface"}
    says = next(c for c in conflict.clashes if c.kind == "interface")
    assert says.where == "station:station/bus~station/laboratory"
    assert says.path == "missions: station: interfaces: [1]"
    assert "power voltage: 120 V at Bus, 28 V at Laboratory; they miss by 92 V [within]" in says.says
    assert "Power Transfer Unit of the Shuttle" in says.says


def test_an_adapter_too_dear_is_named_in_the_conflict() -> None:
    conflict = minimal_conflict(programme(90, converter=converter(30), station={"committed": True}))
    says = next(c for c in conflict.clashes if c.kind == "interface").says
    assert says.endswith("needed between them: station/converter")


def test_an_adapter_of_another_mission_ends_a_conflict() -> None:
    with pytest.raises(NoPlanError):
        plan(programme(90, station={"committed": True}), time_s=1)
    assert plan(programme(90, kit=kit(10), station={"committed": True}), time_s=2).missions


def test_a_mission_left_out_says_at_which_interface_it_does_not_fit() -> None:
    raw = programme(200).model_dump(mode="json", exclude_unset=True)
    del raw["missions"]["station"]["elements"]["laboratory"]["options"][1]
    (why,) = reasons(solve(Programme.model_validate(raw), time_s=1))
    assert not why.in_plan
    assert "they miss by 92 V [within]" in why.reasons[0]


def test_a_guest_left_out_says_with_what_it_does_not_fit() -> None:
    (_, why) = reasons(solve(programme(200, guest=GUEST), time_s=1))
    assert (why.mission, why.in_plan) == ("guest", False)
    assert why.reasons[0].startswith(
        "At its interface guest/ship and station/bus do not fit: power voltage: 28 V at Ship"
    )


# --- what is told of a plan ----------------------------------------------------------------------------------------------


def test_what_joins_is_told_with_price_and_dates_and_what_is_not_specified_with_who_must_say_it() -> None:
    of = programme(90, converter=converter(10))
    found = joints(of, plan(of, time_s=2))
    (adapted,) = found.adapted
    assert (adapted.adapter, adapted.kinds, float(adapted.cost), adapted.by) == (
        "station/converter",
        ("power",),
        10e6,
        ("esa",),
    )
    assert str(adapted.finish) == "2030-07"
    assert not found.open and not found.unstated

    (point,) = joints(silent(), plan(silent(), time_s=2)).open
    assert (point.who, point.interface) == (("esa",), "station:station/bus~station/laboratory")


# --- Apollo and Soyuz ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apollo_soyuz() -> Programme:
    return load(bundled()["apollo-soyuz"])


def without_the_docking_module(of: Programme) -> Programme:
    raw = of.model_dump(mode="json", exclude_unset=True)
    flight = raw["missions"]["joint-flight"]
    del flight["elements"]["docking-module"]
    flight["elements"]["launch-apollo"]["after"] = [
        a for a in flight["elements"]["launch-apollo"]["after"] if a.get("element", a) != "docking-module"
    ]
    flight["interfaces"] = [i for i in flight["interfaces"] if "docking-module" not in i["between"]]
    return Programme.model_validate(raw)


def test_apollo_and_soyuz_fly_with_the_docking_module_in_the_price(apollo_soyuz: Programme) -> None:
    found = planned(apollo_soyuz)
    module = next(e for e in found.elements if e.element == "docking-module")
    assert (module.option, float(module.cost)) == ("rockwell", 50e6)
    assert float(found.cost) == 384e6  # as before interfaces were looked at: it was in the plan by order of the mission


def test_apollo_and_soyuz_do_not_fly_without_the_docking_module(apollo_soyuz: Programme) -> None:
    bare = without_the_docking_module(apollo_soyuz)
    with pytest.raises(NoPlanError) as refused:
        plan(bare, time_s=5)
    assert refused.value.proven
    conflict = minimal_conflict(bare)
    assert [c.kind for c in conflict.clashes] == ["committed", "interface"]
    # 0.68 atm of 101.325 kPa less 5 psi of 6.894757 kPa.
    assert "they miss by 34.4272 kPa" in conflict.clashes[1].says


def test_the_checker_rejects_a_flight_whose_docking_module_is_left_out_or_late(apollo_soyuz: Programme) -> None:
    found = plan(apollo_soyuz, time_s=5)
    module = next(e for e in found.elements if e.element == "docking-module")
    kept = tuple(e for e in found.elements if e is not module)
    without = found.model_copy(update={"elements": kept})
    late = found.model_copy(update={"elements": (*kept, module.model_copy(update={"start": module.start.plus(24)}))})
    for wrong, said in ((without, "no adapter in the plan joins them"), (late, "is finished in 1976-11, too late")):
        (violation,) = [v for v in verify(apollo_soyuz, wrong) if v.rule == "interface"]
        assert violation.where == "joint-flight/apollo to joint-flight/soyuz"
        assert "they miss by 34.4272 kPa" in violation.message
        assert said in violation.message
