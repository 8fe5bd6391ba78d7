"""Bodies: the shipped ones are whole and sourced, and a wrong file is told line by line."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path

import pytest

from comity.governance.bodies import read_body, shipped, shipped_body
from comity.governance.voting import Choice, count, in_arrears
from comity.governance.voting_rules import VotingRule, measures
from comity.governance.voting_words import rule_words
from comity.model.problems import ProgrammeError

#: How many members each has, by the source that its file names.
MEMBERS = {
    "cern-council": 24,
    "esa-council": 23,
    "eu-council": 27,
    "eumetsat-council": 30,
    "imf-governors": 190,
    "imf-directors": 24,
    "iss-coordination": 5,
    "iter-council": 7,
    "skao-council": 14,
    "un-security-council": 15,
}
BODY = """\
name: A board
organisation: Two agencies
sources:
  memo: {title: A memorandum, checked: read}
members_source: memo, Article 1
members:
  - {id: esa, name: ESA}
  - {id: nasa, name: NASA}
measures:
  money: {about: Contributions, source: memo}
powers:
  plan:
    about: The plan
    rule: {needs: {share: 1/2}}
    source: memo, Article 2
"""


def test_shipped_bodies_have_the_members_their_sources_name() -> None:
    assert {b: len(shipped_body(b).members) for b in shipped()} == MEMBERS


@pytest.mark.parametrize("body_id", MEMBERS)
def test_shipped_bodies_say_what_was_read_and_survive_json(body_id: str) -> None:
    body = shipped_body(body_id)

    assert all(d.checked and (d.url.startswith("http") or d.title) for d in body.sources.values())
    for power in body.powers.values():
        assert VotingRule.model_validate(power.rule.to_json()) == power.rule
        assert rule_words(power.rule, body.names).endswith(".")
        assert {*measures(power.rule)} <= {*body.measures}


def test_votes_of_the_fund_sum_to_what_it_states() -> None:
    """5,039,930 votes of 190 members on 2 October 2022, of which the 24 directors cast all but Venezuela's 38,686."""
    governors, directors = shipped_body("imf-governors"), shipped_body("imf-directors")

    assert sum(m.weight("votes") for m in governors.members) == 5_039_930
    absent = next(m for m in governors.members if m.id == "venezuela")
    assert sum(m.weight("votes") for m in directors.members) == 5_039_930 - absent.weight("votes")


def test_thresholds_of_the_fund_s_directors_are_those_of_all_its_votes() -> None:
    votes = {kind: p.rule.to_json() for kind, p in shipped_body("imf-directors").powers.items()}

    assert int(votes["seventy-percent"]["needs"]["number"]) == ceil(Fraction(70, 100) * 5_039_930)
    assert int(votes["eighty-five-percent"]["needs"]["number"]) == ceil(Fraction(85, 100) * 5_039_930)
    assert int(votes["default"]["quorum"][1]["number"]) == ceil(Fraction(1, 2) * 5_039_930)


def test_esa_decides_by_more_than_half_of_the_votes_cast_where_nothing_else_is_stated() -> None:
    """ESA Convention, Article XI.6(c) and (d): a quorum of more than half of all, and a majority of those who vote."""
    esa = shipped_body("esa-council")
    votes: dict[str, Choice] = dict.fromkeys((m.id for m in esa.members[:12]), "abstain")
    rule = esa.power("default").rule

    assert count(rule, esa.members, {**votes, "austria": "yes"}).passed
    del votes["belgium"]
    assert count(rule, esa.members, {**votes, "austria": "yes"}).outcome == "no quorum"


def test_unanimity_of_esa_takes_no_account_of_a_member_in_arrears() -> None:
    """ESA Convention, Article XI.5(a)(ii), XI.6(b) and (e)."""
    esa = shipped_body("esa-council")
    rule = esa.power("level-of-resources").rule
    all_but_one: dict[str, Choice] = {m.id: "yes" for m in esa.members if m.id != "italy"}
    owes = in_arrears(rule, {"italy": Decimal(110)}, {"italy": [Decimal(100), Decimal(100)]})

    assert not count(rule, esa.members, all_but_one).passed
    assert owes == ("italy",)
    assert count(rule, esa.members, all_but_one, arrears=owes).passed
    assert in_arrears(rule, {"italy": Decimal(90)}, {"italy": [Decimal(100)]}) == ()


def test_one_third_of_those_voting_with_two_thirds_of_the_coefficients_carry_an_optional_programme_of_eumetsat() -> (
    None
):
    """EUMETSAT Convention, Article 5.3(b)."""
    eumetsat = shipped_body("eumetsat-council")
    coefficients = {"france": "30", "germany": "30", "italy": "20", "spain": "10", "norway": "5", "austria": "5"}
    asked = eumetsat.electorate("optional-programme", coefficients, {"coefficients": coefficients})
    rule = eumetsat.power("optional-programme").rule

    def passes(*yes: str) -> bool:
        return count(rule, asked, {m: "yes" if m in yes else "no" for m in coefficients}).passed

    assert passes("france", "germany", "spain")
    assert not passes("france", "germany", "norway")
    assert not passes("italy", "spain", "norway", "austria")


def test_percentages_of_the_union_s_population_are_whole() -> None:
    """Two decimals each, of 27: their sum is 100 but for rounding."""
    total = sum((m.weight("population") for m in shipped_body("eu-council").members), Fraction(0))

    assert abs(total - 100) <= Fraction(27 * 5, 1000)


def test_participants_alone_decide_on_what_they_take_part_in() -> None:
    esa = shipped_body("esa-council")
    money = {"programme-contributions": {"france": "60", "italy": "40"}}

    asked = esa.electorate("optional-programme-phase", ["italy", "france"], money)

    assert [(m.id, m.weights["programme-contributions"]) for m in asked] == [("france", "60"), ("italy", "40")]
    assert len(esa.electorate("accession", ["italy"])) == 23


def test_unknown_bodies_kinds_and_participants_are_told_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="did you mean 'esa-council'"):
        shipped_body("esa-counci")
    with pytest.raises(KeyError, match="did you mean 'accession'"):
        shipped_body("esa-council").power("acession")
    with pytest.raises(KeyError, match="did you mean 'france'"):
        shipped_body("esa-council").electorate("cooperation-arrangements", ["frnce"])


def test_a_body_of_one_s_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "board.yaml").write_text(BODY)

    body = read_body(tmp_path / "board.yaml")

    assert body.id == "board"
    assert body.names == {"esa": "ESA", "nasa": "NASA"}


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "share: 1/2",
            "share: 0.5, weight: mony",
            "board.yaml:14:11: weighs by 'mony', which is no measure here; did you mean 'money'?",
        ),
        (
            "share: 1/2",
            "holders: [esa, nsa]",
            "board.yaml:14:11: gives a veto to 'nsa', which is no member; did you mean 'nasa'?",
        ),
        (
            "memo, Article 2",
            "mmo, Article 2",
            "board.yaml:15:13: cites 'mmo', which is no document here; did you mean 'memo'?",
        ),
        ("id: nasa", "id: esa", "board.yaml:8:5: 'esa' is a member twice; leave one out"),
    ],
)
def test_what_does_not_fit_together_is_told_with_its_line(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    (tmp_path / "board.yaml").write_text(BODY.replace(right, wrong))

    with pytest.raises(ProgrammeError) as refused:
        read_body(tmp_path / "board.yaml")

    assert str(refused.value).replace(f"{tmp_path}/", "") == told


@pytest.mark.parametrize(
    "wrong", ["share: 3/2", "shar: 1/2", "share: 1/2, of: everybody", "silence: soon, consensus: true"]
)
def test_a_wrong_rule_is_told_with_its_line(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "board.yaml").write_text(BODY.replace("share: 1/2", wrong))

    with pytest.raises(ProgrammeError) as refused:
        read_body(tmp_path / "board.yaml")

    assert all(p.line == 14 for p in refused.value.problems)
