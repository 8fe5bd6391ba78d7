"""Pabulib files: what is read is written back the same, readable by pabutools; and errors say the line and the field."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.selection.election import Election, Project
from comity.funding.selection.pabulib import number_text, pabulib_text, parse_pabulib, read_pabulib
from tests.funding.selection.elections import as_pabutools, elections

GOOD = """META
key;value
description;Small missions
country;none
unit;Lagrange
instance;2031
num_projects;3
num_votes;2
budget;100,5
vote_type;approval
max_length;2
currency;EUR
PROJECTS
project_id;cost;name;category
hera;40;"Hera; a second look";defence,science
juno;30.5;Juno;None
vega;20;Vega;science
VOTES
voter_id;age;vote
esa;50;hera,juno
jaxa;;vega
"""


def broken(old: str, new: str) -> str:
    """The problems of the good file with one text replaced."""
    assert old in GOOD
    with pytest.raises(FundingError) as error:
        parse_pabulib(GOOD.replace(old, new), "f.pb")
    return str(error.value)


def test_a_file_is_read_with_fields_that_no_rule_needs() -> None:
    election = parse_pabulib(GOOD)
    assert election.budget == Fraction(201, 2)
    assert [(p.id, p.cost) for p in election.projects] == [("hera", 40), ("juno", Fraction(61, 2)), ("vega", 20)]
    assert election.projects[0].about == {"name": "Hera; a second look", "category": "defence,science"}
    assert [(v.id, v.choices, v.about) for v in election.voters] == [
        ("esa", (0, 1), {"age": "50"}),
        ("jaxa", (2,), {"age": ""}),
    ]
    assert election.meta["currency"] == "EUR"
    again = parse_pabulib(pabulib_text(election))
    assert again.projects == election.projects and again.voters == election.voters


@pytest.mark.parametrize("kind", ["ordinal", "choose-1", "cumulative", "scoring"])
def test_every_kind_of_vote_is_read(kind: str) -> None:
    text = GOOD.replace("vote_type;approval", f"vote_type;{kind}")
    if kind in ("cumulative", "scoring"):
        text = text.replace("voter_id;age;vote", "voter_id;age;vote;points")
        text = text.replace("hera,juno", "hera,juno;2,1.5").replace(";;vega", ";;vega;3")
        assert parse_pabulib(text).voters[0].points == (2, Fraction(3, 2))
    assert parse_pabulib(text).vote_type == kind
    again = parse_pabulib(pabulib_text(parse_pabulib(text)))
    assert again.voters == parse_pabulib(text).voters


@settings(max_examples=100, deadline=None)
@given(st.one_of(elections(weighted=True), elections("scoring", weighted=True)))
def test_what_is_written_reads_the_same_here_and_by_pabutools(election: Election) -> None:
    again = parse_pabulib(pabulib_text(election))
    assert (again.budget, again.projects, again.voters) == (election.budget, election.projects, election.voters)
    assert pabulib_text(again) == pabulib_text(parse_pabulib(pabulib_text(again)))
    instance, profile = as_pabutools(election)
    assert {p.name: p.cost for p in instance} == {p.id: p.cost for p in election.projects}
    assert instance.budget_limit == election.budget
    for theirs, ours in zip(profile, election.voters, strict=True):
        assert {p.name for p in theirs} == {election.projects[c].id for c in ours.choices}
        if ours.points:
            assert [theirs[p] for p in theirs] == list(ours.points)


@given(st.fractions())
def test_numbers_are_written_exactly(value: Fraction) -> None:
    assert Fraction(number_text(value)) == value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hera,juno", "hera,juna", "f.pb:20: vote: voter esa names 'juna', which is no project. did you mean 'juno'?"),
        ("hera,juno", "hera,hera", "f.pb:20: vote: voter esa names project hera twice"),
        ("hera,juno", "hera,juno,vega", "f.pb:20: vote: voter esa: 3 projects named, over the 2 of max_length"),
        ("max_length;2", "max_sum_cost;60", "f.pb:20: vote: voter esa: 70.5 cost, over the 60 of max_sum_cost"),
        ("max_length;2", "min_length;2", "f.pb:21: vote: voter jaxa: 1 projects named, under the 2 of min_length"),
        ("juno;30.5", "juno;-30.5", "f.pb:16: cost: project juno costs -30.5; a cost is not negative"),
        ("juno;30.5", "juno;much", "f.pb:16: cost: 'much' is not a number"),
        ("juno;30.5", "hera;30.5", "f.pb:16: project_id: project hera stands twice"),
        ("jaxa;", "esa;", "f.pb:21: voter_id: voter esa voted already on line 20"),
        ("budget;100,5", "budget;0", "f.pb:9: budget: is 0; it must be above zero"),
        ("budget;100,5", "purse;100", "f.pb:1: budget: is missing from META"),
        ("vote_type;approval", "vote_type;approve", "f.pb:10: vote_type: 'approve' is none of approval"),
        ("vote_type;approval", "vote_type;scoring", "f.pb:20: points: voter esa names 2 projects, but gives 0 points"),
        ("num_votes;2", "num_votes;3", "f.pb:8: num_votes: says 3, but the file holds 2"),
        ("voter_id;age;vote", "voter_id;age;votes", "f.pb:19: VOTES: the header lacks vote"),
        ("META\n", "", "f.pb:1: META: the file begins with 'key'; it begins with the line META"),
        ("esa;50;hera,juno", "esa;50;hera;juno", "f.pb:20: VOTES: has 4 fields, but the header names 3"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_field(old: str, new: str, said: str) -> None:
    assert said in broken(old, new)


def test_a_ballot_over_its_points_is_refused() -> None:
    text = GOOD.replace("vote_type;approval", "vote_type;cumulative").replace("max_length;2", "max_sum_points;3")
    text = text.replace("voter_id;age;vote", "voter_id;age;vote;points")
    text = text.replace("hera,juno", "hera,juno;2,2").replace(";;vega", ";;vega;3")
    with pytest.raises(FundingError, match=r"f\.pb:20: points: voter esa: 4 points together, over the 3"):
        parse_pabulib(text, "f.pb")


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FundingError, match="No such file"):
        read_pabulib(tmp_path / "none.pb")
    (tmp_path / "bytes.pb").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FundingError, match="not UTF-8"):
        read_pabulib(tmp_path / "bytes.pb")


def test_a_cost_that_ends_nowhere_is_written_as_a_fraction() -> None:
    election = parse_pabulib(GOOD)
    third = replace(election, projects=(Project("x", Fraction(1, 3)), *election.projects[1:]))
    assert parse_pabulib(pabulib_text(third)).projects[0].cost == Fraction(1, 3)
