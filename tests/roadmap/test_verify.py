"""The checker accepts a right plan, and rejects plans corrupted one rule at a time, naming the rule."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comity.model.programme import Programme
from comity.model.reading import read
from comity.roadmap import verification
from comity.roadmap.answer import Plan
from comity.roadmap.verification import RULES, verify
from tests.example_programmes import CASH, PICKS, Cash, example, write_example
from tests.plan_builder import build
from tests.roadmap.joined_programmes import power

ROOT = Path(__file__).parents[2]
Case = tuple[Programme, Plan]


def rules(programme: Programme, plan: Plan, previous: Plan | None = None) -> set[str]:
    return {v.rule for v in verify(programme, plan, previous=previous)}


def otherwise(cash: Cash = CASH, without: str | None = None, picks: Any = None, **changes: Any) -> Case:
    """A plan whose own numbers are right, with other picks, or for an example that is changed."""
    chosen = {**PICKS, **(picks or {})}
    programme = example(**changes)
    return programme, build(
        programme, {k: p for k, p in chosen.items() if "/".join(k) != without and k[0] != without}, cash
    )


def stated(change: Callable[[dict[str, Any]], None]) -> Case:
    """The right plan, with something else stated in it."""
    programme = example()
    raw = build(programme, PICKS, CASH).model_dump(mode="json")
    change(raw)
    return programme, Plan.model_validate(raw)


def put(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        at: Any = raw
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to

    return change


def index(mission: str, element: str) -> int:
    return list(PICKS).index((mission, element))


def state(*path: Any, to: Any) -> Callable[[], Case]:
    return lambda: stated(put(*path, to=to))


def without_delivery() -> Case:
    programme = example(missions__moon__delivery="camera")
    raw = build(programme, PICKS, CASH).model_dump(mode="json")
    del raw["elements"][index("moon", "camera")]
    return programme, Plan.model_validate(raw)


def alone(*members: str, **changes: Any) -> Case:
    programme = example(**changes)
    return programme, build(programme, {k: p for k, p in PICKS.items() if k[0] == "relay"}, coalition=members)


SAIL = {("sail", "craft"): ("jaxa", "2036-01"), ("sail", "operations"): ("jaxa", "2038-08")}
LAUNCHES = {
    ("moon", "launch"): ("esa", "2033-04"),
    ("relay", "launch"): ("jaxa", "2033-04"),
    ("relay", "operations"): ("jaxa", "2034-01"),
}

#: What is corrupted: (the rule that must be named, how). Unless listed in `ALSO`, no other rule may be named.
CORRUPTIONS: dict[str, tuple[str, Callable[[], Case]]] = {
    "another programme's id": ("programme", state("programme", to="exemple")),
    "another programme's digest": (
        "programme",
        lambda: (example(programme__summary="Another"), build(example(), PICKS, CASH)),
    ),
    "an amendment of nobody": (
        "amendments",
        state("amendments", to=[{"kind": "withdraw", "partner": "jaxxa", "month": "2031-01"}]),
    ),
    "an amendment of no kind": ("amendments", state("amendments", to=[{"kind": "miracle"}])),
    "an element left out": (
        "mission_elements",
        lambda: otherwise(without="lander/hatch", participation__place__minimum_share=0),
    ),
    "the delivery element left out": ("mission_elements", lambda: without_delivery()),
    "an element that stands twice": (
        "mission_elements",
        lambda: stated(lambda raw: raw["elements"].append(raw["elements"][0])),
    ),
    "a mission that stands twice": (
        "mission_elements",
        lambda: stated(lambda raw: raw["missions"].append(raw["missions"][0])),
    ),
    "an unknown mission": ("mission_elements", state("missions", 0, "mission", to="sun")),
    "an unknown element": ("mission_elements", state("elements", 0, "element", to="buss")),
    "an option of nobody": ("mission_elements", state("elements", 0, "option", to="nobody")),
    "a committed mission left out": ("committed", lambda: otherwise(without="moon")),
    "a mission beside one that it excludes": ("excludes", lambda: otherwise(picks=SAIL)),
    "a finish too early": ("duration", state("elements", 0, "finish", to="2033-02")),
    "a delivery after the horizon": (
        "horizon",
        lambda: otherwise(programme__horizon={"start": "2030-01", "end": "2036-03"}),
    ),
    "a start before the horizon": ("horizon", lambda: otherwise(picks={("relay", "bus"): ("jaxa", "2029-12")})),
    "work past the horizon": (
        "horizon",
        lambda: otherwise(
            picks={("sail", "craft"): ("jaxa", "2040-06"), ("sail", "operations"): ("jaxa", "2041-12")},
            missions__sail__delivery="operations",
            missions__sail__elements__operations__after=None,
            missions__lander__excludes=None,
        ),
    ),
    "a start before the earliest": ("dates", lambda: otherwise(picks={("moon", "bus"): ("helios", "2030-01")})),
    "a start after the latest": ("dates", lambda: otherwise(missions__moon__elements__operations__latest="2033-09")),
    "an option's start before its earliest": (
        "dates",
        lambda: otherwise(missions__lander__elements__hatch__options__0__earliest="2033-04"),
    ),
    "an option's start after its latest": (
        "dates",
        lambda: otherwise(missions__lander__elements__hatch__options__0__latest="2033-02"),
    ),
    "a finish after its bound": ("dates", lambda: otherwise(missions__moon__elements__camera__finish_by="2032-05")),
    "a lag too short": ("precedence", lambda: otherwise(picks={("moon", "operations"): ("joint", "2033-09")})),
    "a lag too long": ("precedence", lambda: otherwise(picks={("moon", "operations"): ("joint", "2034-08")})),
    "too early for another mission": (
        "precedence",
        lambda: otherwise(picks={("relay", "operations"): ("jaxa", "2035-08")}),
    ),
    "another mission missing": ("precedence", lambda: otherwise(without="relay")),
    "a launch outside of the synodic windows": (
        "launch_window",
        lambda: otherwise(picks={("lander", "launch"): ("esa", "2035-06")}),
    ),
    "a launch outside of the listed windows": (
        "launch_window",
        lambda: otherwise(missions__moon__elements__launch__launch_windows=["2033-03..2033-04", "2033-06"]),
    ),
    "a worker without the technology": ("capability", lambda: otherwise(partners__helios__capabilities=None)),
    "a level not reached": (
        "capability",
        lambda: otherwise(missions__moon__elements__camera__requires__imaging__trl=8),
    ),
    "a partner not party yet": ("treaty", lambda: otherwise(treaties__accords__parties__AE="2033-04")),
    "a member state not party": ("treaty", lambda: otherwise(treaties__accords__parties__IT=None)),
    "technology before the agreement": (
        "export_control",
        lambda: otherwise(picks={("lander", "hatch"): ("uae", "2032-12")}),
    ),
    "technology after the agreement": (
        "export_control",
        lambda: otherwise(
            agreements__sharing=None,
            export_control__japan=None,
            export_control__later={
                "name": "x",
                "technologies": ["*"],
                "giver": ["jaxa"],
                "receiver": ["AE"],
                "unless": ["old"],
            },
            agreements__old={
                "name": "old",
                "parties": ["JP", "uae"],
                "in_force_from": "2030-01",
                "in_force_until": "2033-02",
            },
        ),
    ),
    "an agreement on something else": ("export_control", lambda: otherwise(agreements__sharing__permits=["imaging"])),
    "an agreement with others": ("export_control", lambda: otherwise(agreements__sharing__parties=["jaxa", "esa"])),
    "technology the other way": (
        "export_control",
        lambda: otherwise(
            export_control__back={"name": "x", "technologies": ["imaging"], "giver": ["AE"], "receiver": ["FR"]}
        ),
    ),
    "technology to another mission": (
        "export_control",
        lambda: otherwise(
            export_control__across={"name": "x", "technologies": ["imaging"], "giver": ["IT"], "receiver": ["JP"]}
        ),
    ),
    "a camera of another voltage": (
        "interface",
        lambda: otherwise(
            missions__moon__elements__bus__ports={"bus": power("supply", "120 V")},
            missions__moon__elements__camera__ports={"bus": power("consume", "28 V")},
        ),
    ),
    "two launches from one pad": ("capacity", lambda: otherwise(picks=LAUNCHES)),
    "a chamber that shrinks": (
        "capacity",
        lambda: otherwise(facilities__chamber__capacity={"2030-01": "2 slot", "2034-04": "1 slot"}),
    ),
    "a payment a cent too high": ("payments", state("elements", 0, "payments", "esa", "2030", to="50000000.01")),
    "a payment in another year": ("payments", state("elements", 1, "payments", "uae", "2029", to="1.00")),
    "a payment by another": ("payments", state("elements", 1, "payments", "jaxa", to={"2030": "1.00"})),
    "a budget exceeded": ("budget", lambda: otherwise(partners__uae__budget={"2030-2041": "11 MEUR@2025"})),
    "a budget a euro short": (
        "budget",
        lambda: otherwise(partners__esa__budget={2030: "49_999_999 EUR@2025", "2031-2041": "140 MEUR@2025"}),
    ),
    "a payer without a budget": (
        "budget",
        lambda: otherwise(missions__moon__elements__bus__options__0__paid_by="helios"),
    ),
    "something carried that may not be": ("carry_over", state("carried", "uae", to={"2040": "1.00"})),
    "carried by one without a budget": ("carry_over", state("carried", "helios", to={"2040": "1.00"})),
    "less than nothing carried": ("carry_over", state("carried", "uae", to={"2040": "-1.00"})),
    "a year's pool out of balance": ("cash_pool", state("cash", "2035", "held", to="1.00")),
    "a pool that spends otherwise": ("cash_pool", state("cash", "2034", "spent", to="7246173.60")),
    "a pool in debt": (
        "cash_pool",
        lambda: otherwise(
            cash={
                **CASH,
                2034: ({"esa": "7000000"}, {"uae": "2500000"}),
                2035: ({"jaxa": "2000000"}, {"uae": "1500000"}),
            }
        ),
    ),
    "more paid in than allowed": ("cash_pool", lambda: otherwise(participation__pool__maximum_paid="7%")),
    "paid in by another": ("cash_pool", lambda: otherwise(participation__pool__payers=["esa"])),
    "received by another": ("cash_pool", lambda: otherwise(participation__pool__receivers=["jaxa"])),
    "more received than allowed": ("cash_pool", lambda: otherwise(participation__pool__maximum_received="2 MEUR@2025")),
    "a pool without a rule": ("cash_pool", lambda: otherwise(participation__pool=None)),
    "cash outside of the horizon": ("cash_pool", state("cash", "2042", to={"held": "0"})),
    "too little return": ("minimum_return", lambda: otherwise(participation__return__minimum=1.01)),
    "too great a share": ("maximum_share", lambda: otherwise(participation__share__maximum="50%")),
    "too little in kind": ("in_kind", lambda: otherwise(participation__kind__minimum="99%")),
    "too small a place": ("emerging_place", lambda: otherwise(participation__place__minimum_share="7%")),
    "too few roles": ("emerging_place", lambda: otherwise(participation__place__minimum_roles=4)),
    "too deep in barter debt": ("barter", lambda: otherwise(participation__barter__maximum_debt="7.9 MEUR@2025")),
    "work outside of the coalition": ("coalition", lambda: alone("esa")),
    "a budget outside of the coalition": ("budget", lambda: alone("esa")),
    "a coalition with nobody": ("coalition", lambda: alone("jaxa", "nasa")),
    "barter outside of the coalition": (
        "coalition",
        lambda: alone(
            "jaxa",
            facilities__chamber__owner="esa",
            missions__relay__elements__bus__options__0__uses={"chamber": {"level": "1 slot", "months": "5 months"}},
        ),
    ),
    "something sunk and nothing frozen": ("sunk", state("sunk", to={"uae": {"2040": "1.00"}})),
    "another probability of success": ("success", state("missions", 0, "success", to=0.9)),
    "another delivery": ("delivery", state("missions", 1, "delivery", to="2033-11")),
    "a partner forgotten": ("partners", state("missions", 1, "partners", to=["esa"])),
    "an element's cost": ("cost", state("elements", 2, "cost", to="60000000.00")),
    "work by another": ("cost", state("elements", 2, "work", to={"jaxa": "60000000.00"})),
    "another cost of the whole": ("cost", state("cost", to="1.00")),
    "another coverage": ("objectives", state("objectives", "ice", "coverage", to=1.5)),
    "another part": ("objectives", state("objectives", "life", "part", to=1)),
    "another value of an objective": ("objectives", state("objectives", "climate", "value", to=60)),
    "an objective forgotten": ("objectives", lambda: stated(lambda raw: raw["objectives"].pop("ice"))),
    "an objective that is none": (
        "objectives",
        lambda: stated(lambda raw: raw["objectives"].update(moon={"coverage": 0, "part": 0, "value": 0})),
    ),
    "an account forgotten": ("accounts", lambda: stated(lambda raw: raw["accounts"].pop("uae"))),
    "an account of nobody": (
        "accounts",
        lambda: stated(lambda raw: raw["accounts"].update(nasa=raw["accounts"]["uae"])),
    ),
    **{
        f"an account's {name}": ("accounts", state("accounts", "uae", name, to=to))
        for name, to in {
            "spent": "58000000.01",
            "cash_paid": "1.00",
            "cash_received": "0",
            "contribution": "53000000.01",
            "work": "59000000.00",
            "return_coefficient": 1.0,
            "barter_debt": "0",
            "benefit": 1.0,
            "roles": 4,
        }.items()
    },
    "no return coefficient": ("accounts", state("accounts", "esa", "return_coefficient", to=None)),
    "another value": ("value", state("value", to=150)),
    "a bound below the value": ("gap", lambda: stated(lambda raw: raw.update(bound=raw["value"] / 2, gap=-1.0))),
    "another gap": ("gap", state("gap", to=0.001)),
}

#: Numbers that the plan states about itself, and that follow from the elements that it has.
NUMBERS = {"success", "delivery", "partners", "cost", "value", "objectives", "accounts"}
#: Rules that a corruption may break besides, because one thing makes the other.
ALSO: dict[str, set[str]] = {
    "the delivery element left out": {*NUMBERS, "emerging_place"},
    "an unknown mission": {*NUMBERS, "committed"},
    "an unknown element": NUMBERS,
    "an option of nobody": NUMBERS,
    "a committed mission left out": {"maximum_share"},
    "work outside of the coalition": {"budget"},
    "a budget outside of the coalition": {"coalition"},
    "another value": {"gap"},
}


def test_the_right_plan_breaks_nothing(programme: Programme, plan: Plan) -> None:
    assert verify(programme, plan) == ()


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_each_corruption_is_rejected_and_its_rule_named(corruption: str) -> None:
    rule, corrupt = CORRUPTIONS[corruption]

    named = rules(*corrupt())

    assert rule in named
    assert named - {rule} <= ALSO.get(corruption, set())


def test_the_example_reads_clean(tmp_path: Path, programme: Programme) -> None:
    reading = read(write_example(tmp_path))

    assert reading.problems == ()
    assert reading.programme == programme
    assert reading.programme is not None and reading.programme.digest == programme.digest


def test_every_rule_is_corrupted_at_least_once() -> None:
    replanning = {"frozen"}  # in test_verify_replanning.py

    assert {rule for rule, _ in CORRUPTIONS.values()} | replanning == set(RULES)


def test_the_reference_names_every_rule() -> None:
    page = (ROOT / "docs/reference/planning-rules.md").read_text(encoding="utf-8")

    assert set(RULES) <= set(re.findall(r"`(\w+)`", page))


def test_every_rule_broken_is_reported_at_once() -> None:
    programme, plan = otherwise(
        picks={("lander", "launch"): ("esa", "2035-06"), ("moon", "operations"): ("joint", "2034-08")},
        participation__place__minimum_roles=4,
    )

    assert rules(programme, plan) == {"launch_window", "precedence", "emerging_place"}


def test_a_partner_alone_may_buy_and_hire() -> None:
    assert verify(*alone("jaxa")) == ()


def test_the_member_of_a_consortium_lends_it_what_it_masters() -> None:
    club = {"name": "Club", "kind": "consortium", "members": ["jaxa", "uae"]}
    changes = {
        "partners__club": club,
        "missions__relay__elements__bus__options__0__provider": "club",
        "missions__relay__elements__bus__options__0__id": "jaxa",
        "missions__relay__elements__bus__options__0__paid_by": "jaxa",
        "participation__return": None,
        "participation__kind": None,
    }

    assert verify(*otherwise(**changes)) == ()


def test_a_company_is_party_through_the_contributor_to_whom_its_work_returns() -> None:
    changes = {
        "partners__helios__return_to": "jaxa",
        "partners__helios__capabilities__guidance": {"heritage": 1},
        "missions__lander__elements__module__options__0__provider": "helios",
        "missions__lander__elements__module__options__0__id": "jaxa",
        "export_control__japan__giver": ["FR"],
        "participation__return": None,
        "participation__kind": None,
    }

    assert verify(*otherwise(**changes)) == ()
    assert rules(*otherwise(**{**changes, "partners__helios__return_to": None})) == {"export_control"}


def test_the_violation_says_where_and_what_would_be_right() -> None:
    programme, plan = CORRUPTIONS["a payment a cent too high"][1]()

    (violation,) = verify(programme, plan)

    assert str(violation) == "payments: moon/bus esa 2030: 50000000.01 is stated; 50000000.00 is due"


def test_the_checker_shares_only_the_model_and_the_format_with_the_planner() -> None:
    # Whether ports fit is told by `comity.standards`, whose answers have a checker of their own, which is asked too.
    allowed = ("comity.model", "comity.roadmap.answer", "comity.roadmap.verification", "comity.standards")
    for path in Path(verification.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert all(not n.startswith("comity") or n.startswith(allowed) for n in names), (path.name, names)
