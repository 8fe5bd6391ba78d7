from datetime import date

import pytest
import yaml

from comity.governance.agreements import AgreementError, data_policies, load, technology_permits, to_model
from comity.governance.agreements.model_terms import rules_text
from comity.model.calendar import Month
from comity.model.reading import read as read_programme
from comity.model.rules import Agreement as ModelAgreement
from tests.example_programmes import write_example
from tests.governance.agreements.documents import MEMORANDUM, agreement, changed

EXPORT = """
  export:
    title: Export
    text: May pass.
    terms:
      kind: export
      grants:
        - {technologies: [optics]}
        - {technologies: [cooler], giver: [nasa], receiver: [esa]}
  data:
    title: Data
    text: Data.
    terms: {kind: data_sharing, policies: [{data: images, access: proprietary, holders: [esa], proprietary_period: 1 year}]}
  entry:"""


def with_export():
    return agreement(changed(MEMORANDUM, ("\n  entry:", EXPORT)))


def test_the_planner_gets_parties_states_months_and_what_any_may_give_to_any() -> None:
    found = to_model(with_export())

    assert found == ModelAgreement(
        id="probe-mou",
        name="Memorandum on the Probe",
        kind="memorandum",
        parties=("nasa", "US", "esa"),
        in_force_from=Month.of(2030, 3),
        permits=("optics",),
    )


def test_the_policy_engine_gets_each_way_a_technology_may_pass() -> None:
    found = {(p.technology, p.giver, p.receiver) for p in technology_permits(with_export())}

    assert found == {("optics", "nasa", "esa"), ("optics", "esa", "nasa"), ("cooler", "nasa", "esa")}


def test_data_policies_come_with_their_clause() -> None:
    ((clause, policy),) = data_policies(with_export())

    assert (clause, policy.access, policy.holders, str(policy.proprietary_period)) == (
        "data",
        "proprietary",
        ("esa",),
        "1 year",
    )


def test_an_agreement_of_unknown_entry_into_force_is_no_rule_yet() -> None:
    value = agreement(changed(MEMORANDUM, ("  in_force: 2030-03-01\n", "")))

    with pytest.raises(AgreementError, match="does not say since when it is in force"):
        to_model(value)
    assert to_model(value, in_force_from=date(2031, 4, 5)).in_force_from == Month.of(2031, 4)


def test_the_end_is_the_earlier_of_the_last_day_and_the_term() -> None:
    value = agreement(
        changed(MEMORANDUM, ("{kind: termination, notice: 1 year}", "{kind: termination, lasts: 10 years}"))
    )

    assert to_model(value).in_force_until == Month.of(2040, 3)


def test_the_block_is_taken_by_a_programme_as_it_stands(tmp_path) -> None:
    folder = write_example(tmp_path / "example")
    known = set(read_programme(folder).programme.partners)
    value = agreement(
        changed(
            MEMORANDUM,
            ("in_force: 2030-03-01", "in_force: 2026-03-01"),
            ("nasa: {name: NASA", "jaxa: {name: JAXA"),
            ("party: nasa", "party: jaxa"),
        )
    )
    assert set(value.parties) <= known
    (folder / "probe.yaml").write_text(rules_text(value), encoding="utf-8")

    found = read_programme(folder)

    assert found.problems == ()
    assert found.programme.agreements["probe-mou"].parties == ("jaxa", "US", "esa")


def test_the_space_station_s_agreement_becomes_a_rule_with_its_source() -> None:
    block = yaml.safe_load(rules_text(load("iss-iga")))

    assert block["agreements"]["iss-iga"]["in_force_from"] == "2001-03"
    assert set(block["sources"]) == {"tias-12927"}
    assert block["agreements"]["iss-iga"]["source"] == "tias-12927, title page; in force 2001-03-27"
