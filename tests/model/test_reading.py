"""Reading a programme: values as YAML 1.2 has them, and every problem with its place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from comity.model import ProgrammeError, load, read
from comity.model.yaml_tree import MAX_DEPTH, parse

EXAMPLE = Path(__file__).parents[2] / "src" / "comity" / "cli" / "example_programme"
Change = Callable[[str, str, str], list[str]]


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Replaces a text in one file of the example, and gives the problems with their paths below the folder."""
    for file in EXAMPLE.rglob("*.yaml"):
        target = tmp_path / file.relative_to(EXAMPLE)
        target.parent.mkdir(exist_ok=True)
        target.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")

    def changed(name: str, old: str, new: str) -> list[str]:
        file = tmp_path / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return [str(p).removeprefix(f"{tmp_path}/") for p in read(tmp_path).problems]

    return changed


def plain(text: str) -> object:
    tree, errors = parse(text, "f.yaml")
    assert not errors
    assert tree is not None
    return tree.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("2031-02", "2031-02"),
        ("2031-02-01", "2031-02-01"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("true", True),
        ("null", None),
        ("~", None),
        ("-17", -17),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("0.1", Decimal("0.1")),
        ("1e3", Decimal(1000)),
        ("'1'", "1"),
        (".inf", ".inf"),
        ("1e999", "1e999"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    given = plain(f"a: {text}")
    assert given == {"a": value}
    assert type(next(iter(given.values()))) is type(value)  # type: ignore[attr-defined]


def test_anchors_and_aliases_repeat_a_value() -> None:
    assert plain("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


def test_aliases_that_explode_are_refused_before_they_do() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    tree, errors = parse("\n".join(lines), "bomb.yaml")
    assert tree is None
    assert "aliases counted in full" in errors[0].message


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: [1, 2", "f.yaml:2:1", "not YAML"),
        ("a: 1\na: 2", "f.yaml:2:1", "'a' stands twice here; it is already in line 1"),
        ("a: *b", "f.yaml:1:4", "names no anchor"),
        ("a: !python/object:os.system 1", "f.yaml:1:4", "has no meaning here"),
        ("a: &a [*a]", "f.yaml:1:8", "names no anchor that is complete"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1", "second document"),
        ("[" * (MAX_DEPTH + 2), f"f.yaml:1:{MAX_DEPTH + 2}", "nested deeper"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, place: str, said: str) -> None:
    _, errors = parse(text, "f.yaml")
    assert str(errors[0].at) == place
    assert said in errors[0].message


def test_the_example_checks_clean() -> None:
    assert read(EXAMPLE).problems == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "partners.yaml",
            "country: SE",
            "country: UK",
            "partners.yaml:6:14: partner 'aurora': 'UK' is not an ISO 3166-1 alpha-2 country code; did you mean 'GB'?",
        ),
        (
            "partners.yaml",
            "return_to: aurora",
            "return_to: arora",
            "partners.yaml:37:16: partner 'skylift' names partner 'arora'; did you mean 'aurora'?",
        ),
        ("partners.yaml", "kind: agency", "kind: agncy", "did you mean 'agency'?"),
        (
            "partners.yaml",
            "carry_over: 20%",
            "carryover: 20%",
            "partners.yaml:8:5: unknown field 'carryover'; did you mean 'carry_over'?",
        ),
        (
            "partners.yaml",
            "2030-2039: 60 MEUR",
            "2030-2037: 60 MEUR",
            "partners.yaml:7:13: the budget of 'aurora' lacks 2038-2039; give every year of the horizon, with 0 where there is none",
        ),
        ("partners.yaml", "60 MEUR@2025}", "60}", "money without a currency"),
        ("partners.yaml", "60 MEUR@2025}", "60 MJPY@2025}", "no exchange rate for JPY"),
        ("partners.yaml", "50 MUSD@2025", "50 MUSD@2020", "no price index of USD for 2020"),
        (
            "partners.yaml",
            "    estimate: Invented for this example\n",
            "",
            "partners.yaml:7:5: the figure 'budget' has neither source nor estimate",
        ),
        (
            "partners.yaml",
            "estimate: Invented",
            "source: budget-2029, page 3 Invented",
            "partners.yaml:9:13: there is no source 'budget-2029'",
        ),
        (
            "partners.yaml",
            "estimate: Invented for this example",
            "estimate: {budgt: x}",
            "estimate speaks of 'budgt', which is no figure here; did you mean 'budget'?",
        ),
        (
            "partners.yaml",
            "spectrometer: {trl: 8}",
            "spectrometr: {trl: 8}",
            "names technology 'spectrometr'; did you mean 'spectrometer'?",
        ),
        (
            "partners.yaml",
            "{sun: 1,",
            "{sunn: 1,",
            "partners.yaml:13:18: partner 'aurora' names objective 'sunn'; did you mean 'sun'?",
        ),
        ("partners.yaml", "trl: 9, heritage: 4", "trl: 12, heritage: 4", "12 must be at most 9"),
        (
            "objectives.yaml",
            "parent: moon, value: 60",
            "parent: mon, value: 60",
            "objective 'lunar-water' names parent 'mon'; did you mean 'moon'?",
        ),
        (
            "objectives.yaml",
            "{name: The Moon}",
            "{name: The Moon, value: 3}",
            "groups others and has a value of its own",
        ),
        (
            "objectives.yaml",
            "{name: The Moon}",
            "{name: The Moon, parent: lunar-water}",
            "objectives that are each other's parents: lunar-water -> moon -> lunar-water",
        ),
        ("objectives.yaml", "    value: 50\n", "", "objective 'sun' is a leaf without a value"),
        ("objectives.yaml", "[2, 1]", "[2, 1.9]", "not concave"),
        (
            "facilities.yaml",
            "owner: aurora",
            "owner: auror",
            "facility 'test-chamber' names owner 'auror'; did you mean 'aurora'?",
        ),
        (
            "facilities.yaml",
            "capacity: 1 slot",
            "capacity: 1 hour/week",
            "which is counted in hour / week; write such as 1 hour / week",
        ),
        ("facilities.yaml", "capacity: 1 slot", "capacity: 0.5 slot", "which never has more than 0.5 slot"),
        ("facilities.yaml", "capacity: 1 slot", "capacity: 1", "a quantity without a unit"),
        ("rules.yaml", "SE: 2000-01", "XX: 2000-01", "treaty 'registration' names party 'XX'"),
        ("rules.yaml", "parties: [aurora, meridian]", "parties: [aurora, meridan]", "did you mean 'meridian'?"),
        (
            "rules.yaml",
            "permits: [landing]",
            "permits: [landin]",
            "agreement 'landing-accord' names technology 'landin'",
        ),
        (
            "rules.yaml",
            "unless: [landing-accord]",
            "unless: [landing-acord]",
            "names agreement 'landing-acord'; did you mean 'landing-accord'?",
        ),
        ("rules.yaml", "receiver: ['*']", "receiver: [Mars]", "export rule 'landing-control' names receiver 'Mars'"),
        ("rules.yaml", "kind: barter", "kind: bartr", "did you mean 'barter'?"),
        ("rules.yaml", "receivers: [emerging]", "receivers: [skylift]", "but it has no budget"),
        (
            "rules.yaml",
            "partners: [aurora, meridian]",
            "partners: [aurora, merdian]",
            "rule 'fair-return' names partner 'merdian'",
        ),
        (
            "missions/lunar-lander.yaml",
            "after: [craft,",
            "after: [kraft,",
            "missions/lunar-lander.yaml:49:17: element 'lunar-lander/launch' names element 'kraft'; did you mean 'craft'?",
        ),
        (
            "missions/lunar-lander.yaml",
            "after: [craft,",
            "after: [solar-observer/spacecaft,",
            "did you mean 'solar-observer/spacecraft'?",
        ),
        (
            "missions/lunar-lander.yaml",
            "kind: lander\n",
            "kind: lander\n        after: [operations]\n",
            "lunar-lander/craft -> lunar-lander/operations -> lunar-lander/launch -> lunar-lander/craft",
        ),
        (
            "missions/lunar-lander.yaml",
            "[registration]",
            "[registraton]",
            "names treaty 'registraton'; did you mean 'registration'?",
        ),
        (
            "missions/lunar-lander.yaml",
            "{lunar-water: 0.9}",
            "{moon: 0.9}",
            "which groups others; name a leaf: lunar-water, lunar-interior",
        ),
        (
            "missions/lunar-lander.yaml",
            "provider: savanna",
            "provider: savana",
            "names provider 'savana'; did you mean 'savanna'?",
        ),
        ("missions/lunar-lander.yaml", "pool: 0.3", "skylift: 0.3", "is paid by 'skylift', which has no budget"),
        (
            "missions/lunar-lander.yaml",
            "meridian: 0.6, aurora: 0.4",
            "meridian: 0.6, aurora: 0.5",
            "shares sum to 1.1, not to 1",
        ),
        ("missions/lunar-lander.yaml", "duration: 40 months", "duration: 40", "a duration without a unit"),
        ("missions/lunar-lander.yaml", "duration: 40 months", "duration: 40 kg", "wrong unit for a duration"),
        ("missions/lunar-lander.yaml", "{level: 1 slot,", "{level: 1 hour/week,", "which is counted in slot"),
        (
            "missions/lunar-lander.yaml",
            "{antennas: 20",
            "{antenas: 20",
            "names facility 'antenas'; did you mean 'antennas'?",
        ),
        (
            "missions/lunar-lander.yaml",
            "technology: spacecraft-bus",
            "technology: spacecraft-buss",
            "names technology 'spacecraft-buss'",
        ),
        (
            "missions/lunar-lander.yaml",
            "[craft, launch]",
            "[craft, lunch]",
            "an interface of mission 'lunar-lander' names element 'lunch'",
        ),
        (
            "missions/lunar-lander.yaml",
            "landing: {trl: 7} ",
            "landing: {trl: 8} ",
            "requires 'landing' at TRL 8; best has TRL 7: meridian",
        ),
        (
            "missions/lunar-lander.yaml",
            "    elements:",
            "    delivery: spectrometer\n    elements:",
            "with 'spectrometer', which is optional",
        ),
        (
            "missions/lunar-lander.yaml",
            "name: Polar lander",
            "name: Polar lander\n    excludes: [lunar-lander]",
            "excludes itself",
        ),
        (
            "missions/mars-scout.yaml",
            "after: [craft]",
            "after: [craft]\n        latest: 2030-03",
            "has no launch window from 2030-01 to 2030-03",
        ),
        (
            "missions/mars-scout.yaml",
            "after: [craft]",
            "after: [craft]\n        earliest: 2035-02\n        latest: 2034-12",
            "cannot start before 2035-02 nor after 2034-12",
        ),
        (
            "missions/mars-scout.yaml",
            "  mars-scout:",
            "  solar-observer:",
            "'solar-observer' stands in missions twice; it is already at",
        ),
        (
            "missions/mars-scout.yaml",
            "missions:",
            "mission:",
            "missions/mars-scout.yaml:2:1: there is no section 'mission'; did you mean 'missions'?",
        ),
        ("partners.yaml", "return_to: aurora", "return_to: skylift", "the work of partner 'skylift' returns to itself"),
        (
            "partners.yaml",
            "return_to: aurora",
            "members: [aurora]",
            "has members, but is of kind commercial; write kind: consortium, or member_states",
        ),
        (
            "partners.yaml",
            "2030-2039: 60 MEUR",
            "2030-2039: -60 MEUR",
            "the budget of 'aurora' in 2030-2039 is negative: -60 MEUR@2025",
        ),
        (
            "objectives.yaml",
            "[1, 0.8]",
            "[1]",
            "objectives.yaml:9:21: curve: one is missing here; there are 1, of which two are needed",
        ),
        ("facilities.yaml", "capacity: 1 slot", "capacity: -1 slot", "the capacity of 'test-chamber' is negative"),
        ("facilities.yaml", "capacity: 1 slot", "capacity: one slot", "'one slot' is not a quantity"),
        ("facilities.yaml", "capacity: 1 slot", "capacity: 1 slott", "not known: slott; did you mean 'slot'?"),
        (
            "rules.yaml",
            "[aurora, meridian]",
            "[aurora, aurora]",
            "rules.yaml:11:23: parties: 'aurora' stands here twice",
        ),
        (
            "missions/lunar-lander.yaml",
            "duration: 40 months",
            "duration: 400 months",
            "and takes 400 months; it must finish by the end of the horizon, 2039-12",
        ),
        (
            "missions/lunar-lander.yaml",
            "max_lag: 0 months",
            "lag: 3 months, max_lag: 0 months",
            "waits for 'launch' at least 3 and at most 0 months",
        ),
        ("missions/lunar-lander.yaml", "offset: 30 months", "offset: 44 months", "from month 44 on, but takes 44"),
        ("missions/lunar-lander.yaml", "[craft, spectrometer]", "[craft, craft]", "joins 'craft' to itself"),
        ("missions/lunar-lander.yaml", "earliest: 2031-01", "earliest: 2051-01", "past the horizon's 2039-12"),
        ("missions/mars-scout.yaml", "after: [craft]", "after: [craft, craft]", "stands here twice; leave one out"),
        (
            "missions/mars-scout.yaml",
            "after: [craft]",
            "after: [craft]\n        finish_by: 2029-01",
            "takes 1 months from 2030-01, so that it cannot finish by 2029-01",
        ),
        (
            "programme.yaml",
            "estimate: A round figure for this example",
            "estimate: Round, after [rates-2025, page 3]",
            "programme.yaml:13:17: the estimate cites [rates-2025], which is no source; list the document under sources:",
        ),
        ("programme.yaml", "sources: {}", "sources: {a: {name: x, date: May}}", "has the date 'May'; write YYYY"),
        (
            "programme.yaml",
            "sources: {}",
            "sources: {a: {name: x, url: a.org}}",
            "has the address 'a.org'; write a web",
        ),
        ("programme.yaml", "  id: example\n", "", "the field 'id' is missing"),
        ("programme.yaml", "currency: EUR", "currency: EUO", "'EUO' is not an ISO 4217 currency"),
        ("programme.yaml", "end: 2039-12", "end: 2029-12", "the horizon ends before it starts"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_what_would_be_right(
    change: Change, file: str, old: str, new: str, expected: str
) -> None:
    problems = change(file, old, new)
    assert any(expected in p for p in problems), problems


def test_a_pool_that_no_rule_allows_pays_for_nothing(change: Change) -> None:
    problems = change(
        "rules.yaml",
        "kind: cash_pool\n    maximum_paid: 20%\n    receivers: [emerging]",
        "kind: in_kind\n    minimum: 0",
    )
    assert any("is paid by the pool, but there is no pool" in p for p in problems), problems


def test_two_missions_that_exclude_each_other_cannot_both_be_committed(change: Change) -> None:
    change("missions/mars-scout.yaml", "name: Mars scout", "name: Mars scout\n    committed: true")
    problems = change(
        "missions/solar-observer.yaml",
        "name: Solar wind observer",
        "name: Solar wind observer\n    committed: true\n    excludes: [mars-scout]",
    )
    assert problems == [
        "missions/solar-observer.yaml:6:16: the missions 'solar-observer' and 'mars-scout' are both committed,"
        " yet exclude each other; drop the exclusion or one commitment"
    ]


def test_one_broken_mission_hides_no_error_elsewhere(change: Change) -> None:
    change("missions/solar-observer.yaml", "kind: orbiter", "kind: orbitr")
    change("missions/solar-observer.yaml", "provider: savanna", "provider: savana")
    problems = change("partners.yaml", "return_to: aurora", "return_to: arora")
    assert [p.split(": ")[0] for p in problems] == [
        "missions/solar-observer.yaml:8:15",
        "missions/solar-observer.yaml:18:24",
        "partners.yaml:37:16",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "missions/lunar-lander.yaml",
            "profile: rayleigh",
            "profile: raleigh",
            "16:22: profile: 'raleigh' is none of uniform, rayleigh, beta; did you mean 'rayleigh'?",
        ),
        (
            "missions/lunar-lander.yaml",
            "share: 0.6}",
            "share: 0.7}",
            "54:22: profile: the milestones' shares sum to 1.1, not to 1",
        ),
        (
            "missions/lunar-lander.yaml",
            "paid_by: {aurora: 1}",
            "paid_by: {aurora: 0.9}",
            "51:13: number 1 of options: paid_by sum to 0.9, not to 1",
        ),
        ("missions/mars-scout.yaml", "width: 3 months", "width: 3", "17:57: width: 3 is a duration without a unit; "),
        (
            "missions/mars-scout.yaml",
            "{synodic: [earth, mars], width: 3 months}",
            "[2031]",
            "17:26: launch_windows: 2031 is not a span of months; write it as 2031-02..2031-04",
        ),
    ],
)
def test_what_may_be_written_in_several_ways_is_told_of_once(
    change: Change, file: str, old: str, new: str, expected: str
) -> None:
    problems = change(file, old, new)
    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{file}:{expected}")


def test_a_file_that_cannot_be_read_is_told_of_without_the_names_it_holds(change: Change) -> None:
    change("objectives.yaml", "value: 30", "value: thirty")
    problems = change("partners.yaml", "  skylift:", "\t skylift:")
    assert [p.partition(": ")[0] for p in problems] == ["objectives.yaml:5:68", "partners.yaml:33:1"]


def test_loading_a_programme_with_problems_raises_them_all(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("programme: {id: x}\npartners: {}\n", encoding="utf-8")
    with pytest.raises(ProgrammeError) as raised:
        load(tmp_path)
    said = str(raised.value)
    for field in ("name", "summary", "horizon", "currency", "economic_conditions"):
        assert f"a.yaml:1:1: the field '{field}' is missing" in said
    assert "the programme has no missions" in said


def test_a_folder_that_is_none_is_a_problem(tmp_path: Path) -> None:
    assert "there is no such folder" in str(read(tmp_path / "none").problems[0])
    assert "has no file that ends in .yaml" in str(read(tmp_path).problems[0])
