"""Real cases that come with comity, the register, and files that are wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.bundled import bundled
from comity.cli.app import app
from comity.model import load, read
from comity.standards import (
    InterfaceCheck,
    Reader,
    StandardsError,
    case_file,
    case_question,
    catalogue,
    check,
    check_programme,
    programme_question,
    read_case,
    read_register,
    shipped,
    shipped_cases,
)
from comity.standards.files import DATA
from comity.standards.verify import wrong

RUN = CliRunner()


def of(programme: str, key: str, *, unit: str = "") -> InterfaceCheck:
    question = programme_question(load(bundled()[programme]))
    found = check(question, reader=Reader((unit,) if unit else ()))
    assert wrong(found, question) == ()
    return next(c for c in found.checks if c.key == key)


def test_apollo_and_soyuz_need_the_docking_module_for_gear_and_air() -> None:
    found = of("apollo-soyuz", "joint-flight:joint-flight/apollo~joint-flight/soyuz", unit="psi")
    assert found.verdict == "adapter"
    assert found.adaptation is not None
    assert found.adaptation.adapters == ("joint-flight/docking-module",)
    faults = {(m.kind, f.parameter): f.difference for m in found.meetings for f in m.faults}
    # 5 psi of oxygen against air lowered to 0.68 atmospheres, 10 psi (Encyclopedia Astronautica, ASTP Docking Module).
    assert faults == {
        ("docking", "mechanism"): "",
        ("atmosphere", "gas"): "",
        ("atmosphere", "pressure"): "4.99325 psi",
    }
    assert {m.kind for m in found.adaptation.meetings} == {"docking", "atmosphere"}
    assert len(found.adaptation.meetings) == 4, "both sides in both kinds"


def test_mars_climate_orbiter_mistook_pound_force_for_newton_seconds() -> None:
    (found,) = check(case_question(read_case(case_file("mars-climate-orbiter")))).checks
    (fault,) = found.meetings[0].faults
    assert (found.verdict, fault.rule, fault.parameter) == ("misfit", "same-unit", "impulse")
    assert round(fault.excess or 0, 2) == 4.45


def test_zarya_met_unity_through_a_mating_adapter_and_at_another_voltage() -> None:
    found = of("iss", "core:core/zarya~core/unity")
    assert found.verdict == "adapter"
    assert found.adaptation is not None
    assert found.adaptation.adapters == ("core/pma-1", "core/power-converters")
    faults = {f.parameter: f.difference for m in found.meetings if m.kind == "power" for f in m.faults}
    assert faults == {"voltage": "92 V", "power": ""}, "what Unity needs of the 2 kW nobody has said"


@pytest.mark.parametrize(
    ("programme", "key", "standard"),
    [
        ("iss", "columbus:columbus/laboratory~nodes/harmony", "cbm@ISS"),
        ("iss", "kibo:kibo/kibo-modules~nodes/harmony", "cbm@ISS"),
        ("iss", "logistics:logistics/atv~core/zvezda", "ssvp@G4000"),
        ("iss", "logistics:logistics/progress~core/zvezda", "ssvp@G4000"),
        ("artemis", "gateway-ihab:gateway-ihab/i-hab~gateway-core/halo", "idss@F"),
        ("artemis", "gateway-logistics:gateway-logistics/htv-xg~gateway-core/halo", "idss@F"),
    ],
)
def test_what_docked_or_will_dock_by_one_standard_fits(programme: str, key: str, standard: str) -> None:
    found = of(programme, key)
    docking = next(m for m in found.meetings if m.kind == "docking")
    assert (found.verdict, docking.standards) == ("fits", ((standard,), (standard,)))


def test_orion_and_the_landers_have_not_said_which_edition_they_follow() -> None:
    question = programme_question(load(bundled()["artemis"]))
    found = [f for c in check(question).checks for m in c.meetings for f in m.faults if f.rule == "same-edition"]
    assert {f.says.partition(";")[0].count("no edition said") for f in found} == {2}
    assert len(found) == 4


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("hub", r"case.yaml:\d+:\d+: the adapter 'hub' is one of the two elements"),
        ("tug", r"case.yaml:\d+:\d+: the element 'tug' is no adapter \[adapter\]; give it `adapter: true`"),
    ],
)
def test_a_case_takes_only_a_third_element_that_is_an_adapter(tmp_path: Path, adapter: str, said: str) -> None:
    text = shipped_cases()["seeded-outpost"].read_text(encoding="utf-8")
    file = tmp_path / "case.yaml"
    named = "- between: [laboratory, hub]\n"
    file.write_text(text.replace(named, f"{named}  adapter: {adapter}\n"), encoding="utf-8")
    with pytest.raises(StandardsError, match=said):
        read_case(file)


def test_options_with_other_ports_are_checked_apart() -> None:
    found = check_programme(load(bundled()["iss"]), missions=("core",))
    zarya = [c for c in found.checks if c.number == 0]
    assert [(c.ends[0].options, c.verdict) for c in zarya] == [
        (("khrunichev",), "adapter"),
        (("bus-1",), "unspecified"),
    ]


# --- the register ----------------------------------------------------------------------------------------------------


def test_the_register_has_its_editions_with_sources_of_all_publishers() -> None:
    register = shipped()
    publishers = {s.publisher for s in register.standards.values()}
    assert len(register.standards) >= 40
    assert {"CCSDS", "ECSS", "ISO", "IVOA", "BIPM", "HAPI developers"} <= publishers
    assert all(e.source for s in register.standards.values() for e in s.editions.values())
    assert register.standards["idss"].current == "F"
    assert register.standards["ccsds-odm"].current == "B-3"
    assert register.standards["ccsds-odm"].editions["B-2"].superseded_by == "B-3"


def test_every_cited_document_has_an_address_and_none_is_idle() -> None:
    register = shipped()
    cited = {e.source.partition(",")[0] for s in register.standards.values() for e in s.editions.values()}
    cited |= {
        e.profile.source.partition(",")[0]
        for s in register.standards.values()
        for e in s.editions.values()
        if e.profile
    }
    assert all(source.url.startswith("http") for source in register.sources.values())
    assert set(register.sources) - cited <= {"cbm-overview"}


def test_adapters_of_the_catalogue_have_two_sides_of_each_kind() -> None:
    for known in catalogue():
        kinds = [p.kind for p in known.ports.values()]
        assert all(kinds.count(kind) >= 2 for kind in kinds), known.end.name


def test_a_register_that_is_wrong_names_what_and_where(tmp_path: Path) -> None:
    text = (DATA / "standards.yaml").read_text(encoding="utf-8")
    file = tmp_path / "standards.yaml"
    file.write_text(text.replace("superseded_by: B-5", "superseded_by: B-55", 1), encoding="utf-8")
    with pytest.raises(StandardsError, match=r"standards.yaml:\d+:\d+: ccsds-tm-coding has no edition 'B-55'"):
        read_register(file)
    file.write_text(text.replace("source: nasa-ids, Docking", "source: nasa-idss, Docking", 1), encoding="utf-8")
    with pytest.raises(StandardsError, match="no source 'nasa-idss'"):
        read_register(file)


# --- files that are wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("N*s}", "N*ss}", r":\d+:\d+: .*no unit that is known"),
        (
            "between: [sm-forces, navigation]",
            "between: [sm-force, navigation]",
            r"\[between\]; did you mean 'sm-forces'",
        ),
        ("between: [sm-forces, navigation]", "between: [navigation, navigation]", "to itself"),
        ("joins: [units]", "joins: [unit]", "none of"),
        ("joins: [units]", "ports: [[amd-fil, amd-file]]", "did you mean 'amd-file'"),
        ("joins: [units]", "adapter: nobody", "names element 'nobody'"),
        (
            "source: 'mco-mib-quoted, root cause: the data",
            "source: 'mco-mob, root cause: the data",
            r"no source 'mco-mob' \[origin\]",
        ),
        ("role: consume", "role: passive", "not 'passive'"),
        (
            "role: consume",
            "standards: [idss@F]",
            r":\d+:\d+: idss is a standard of docking ports, not of units \[claim\]",
        ),
        ("role: consume", "standards: [iso-24113]", r"is a standard of no kind of port, not of units \[claim\]"),
        ("role: consume", "standards: [sii]", r"there is no standard 'sii'.*\[claim\]"),
        ("interfaces:", "interface:", "did you mean 'interfaces'"),
    ],
)
def test_a_corrupted_case_is_rejected_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = shipped_cases()["mars-climate-orbiter"].read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "case.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(StandardsError, match=said):
        read_case(file)
    ended = RUN.invoke(app, ["interface", "check", str(file)])
    assert ended.exit_code == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "between: [apollo, soyuz]",
            "between: [apollo, soyuz]\n      ports: [[tail, nose]]",
            "'apollo' has no port 'tail'",
        ),
        ("between: [apollo, soyuz]", "between: [apollo, soyuz]\n      ports: [[cabin, nose]]", "of two kinds [pair]"),
        (
            "between: [apollo, soyuz]",
            "between: [apollo, soyuz]\n      adapter: soyuz",
            "should stand between [adapter]",
        ),
        (
            "between: [apollo, soyuz]",
            "between: [apollo, soyuz]\n      adapter: dockin-module",
            "did you mean 'docking-module'",
        ),
        (
            "between: [apollo, soyuz]",
            "between: [apollo, soyuz]\n      adapter: rehearsal/soyuz-16",
            "is no adapter [adapter]; give it `adapter: true`",
        ),
        (
            "between: [apollo, soyuz]",
            "between: [apollo, soyuz]\n      joins: [power]\n      ports: [[nose, nose]]",
            "which the interface does not join [joins]",
        ),
        ("pressure: 5 psi}, source: 'csc-astp", "pressure: 5 psi}, source: 'csc-astpp", "no source 'csc-astpp'"),
        ("pressure: 5 psi}, source: 'csc-astp", "pressure: 5}, source: 'csc-astp", "without a unit"),
    ],
)
def test_a_corrupted_interface_of_a_programme_is_a_problem_with_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    changed = 0
    for file in bundled()["apollo-soyuz"].rglob("*.yaml"):
        there = tmp_path / file.relative_to(bundled()["apollo-soyuz"])
        there.parent.mkdir(exist_ok=True)
        text = file.read_text(encoding="utf-8")
        changed += old in text
        there.write_text(text.replace(old, new), encoding="utf-8")
    assert changed
    problems = read(tmp_path).problems
    assert any(said in str(p) and p.line for p in problems), problems


# --- the command line ------------------------------------------------------------------------------------------------


def test_the_command_tells_verdicts_and_ends_with_1_when_something_does_not_fit() -> None:
    ended = RUN.invoke(app, ["interface", "check", "mars-climate-orbiter", "--json"])
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["verdicts"]) == (1, {"fits": 0, "adapter": 0, "unspecified": 0, "misfit": 1})
    assert RUN.invoke(app, ["interface", "check", "iss", "columbus"]).exit_code == 0
    shown = RUN.invoke(app, ["interface", "check", "apollo-soyuz", "joint-flight", "--unit", "psi", "--all"])
    assert "fits with adapter" in shown.stdout
    assert "4.99325 psi" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["interface", "check", "iss", "colombus"], "did you mean 'columbus'"),
        (["interface", "check", "iss", "--unit", "psii"], "psii"),
        (["interface", "check", "nowhere"], "there is no such folder"),
        (["interface", "check", "mars-climate-orbiter", "cruise"], "has no missions"),
        (["standards", "show", "idds@F"], "did you mean 'idss'"),
        (["standards", "show", "idss@Z"], "has no edition 'Z'"),
        (["standards", "list", "--kind", "dokcing"], "did you mean 'docking'"),
    ],
)
def test_bad_input_ends_with_2_and_what_would_be_right(arguments: list[str], said: str) -> None:
    ended = RUN.invoke(app, arguments)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_a_claim_of_a_standard_that_is_not_in_the_register_is_refused_with_its_place(tmp_path: Path) -> None:
    for file in bundled()["apollo-soyuz"].rglob("*.yaml"):
        there = tmp_path / file.relative_to(bundled()["apollo-soyuz"])
        there.parent.mkdir(exist_ok=True)
        there.write_text(file.read_text(encoding="utf-8").replace("apas-75@1975", "apas-75@1976"), encoding="utf-8")
    ended = RUN.invoke(app, ["interface", "check", str(tmp_path)])
    assert ended.exit_code == 2
    assert "apas-75 has no edition '1976'" in ended.stderr
    assert ".yaml:" in ended.stderr


def test_standards_are_listed_and_shown() -> None:
    listed = json.loads(RUN.invoke(app, ["standards", "list", "--kind", "docking", "--json"]).stdout)
    assert "idss" in {s["id"] for s in listed["standards"]}
    shown = RUN.invoke(app, ["standards", "show", "ccsds-odm"])
    assert "superseded by B-3" in shown.stdout


def test_a_programme_that_claims_a_standard_of_another_kind_of_port_is_refused(tmp_path: Path) -> None:
    shutil.copytree(bundled()["apollo-soyuz"], tmp_path / "p")
    file = tmp_path / "p" / "missions" / "joint-flight.yaml"
    text = file.read_text(encoding="utf-8")
    claimed = "{kind: language, standards: [idss@F], parameters: {language: [en, ru]}"
    file.write_text(text.replace("{kind: language, parameters: {language: [en, ru]}", claimed), encoding="utf-8")
    for command in (["check"], ["interface", "check"]):
        ended = RUN.invoke(app, [*command, str(tmp_path / "p")])
        assert ended.exit_code == 2
        said = " ".join(ended.output.split())
        assert "joint-flight.yaml:92:" in said
        assert "idss is a standard of docking ports, not of language [claim]" in said
