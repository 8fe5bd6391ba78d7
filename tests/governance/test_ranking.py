"""Rankings: textbook elections, what pref_voting finds for drawn ballots, ties, and files with their lines."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.governance.ballots import read_rankings, read_votes, read_weights
from comity.governance.ranking import METHODS, Ballot, rank
from comity.model.problems import ProgrammeError

DRAWN = json.loads((Path(__file__).parent / "rankings_of_pref_voting.json").read_text())["profiles"]


def ballots_of(profile: dict[str, Any]) -> tuple[list[str], list[Ballot]]:
    weighed = zip(profile["rankings"], profile["counts"], strict=True)
    made = [Ballot(f"m{n}", tuple((str(c),) for c in r), weight=Fraction(w)) for n, (r, w) in enumerate(weighed)]
    return [str(c) for c in range(profile["proposals"])], made


def elected(text: str) -> list[Ballot]:
    """Ballots written as `5 ACBED, 5 ADECB`."""
    found = []
    for n, part in enumerate(text.split(",")):
        weight, order = part.split()
        found.append(Ballot(f"m{n}", tuple((c,) for c in order), weight=Fraction(weight)))
    return found


#: The example printed with the method: 45 voters (liquisearch.com/schulze_method/example; M. Schulze, example 1).
FORTY_FIVE = elected("5 ACBED, 5 ADECB, 8 BEDAC, 3 CABED, 7 CAEBD, 2 CBADE, 7 DCEBA, 8 EBADC")


def test_schulze_on_its_own_example() -> None:
    found = rank("ABCDE", FORTY_FIVE, method="schulze")

    assert [p.proposal for p in found.places] == list("EACBD")
    assert found.pairwise["A", "B"] == 20
    assert found.strongest_paths["A", "D"] == 30
    assert found.places[0].reason.startswith("stronger path than A (25 to 24)")


def test_ranked_pairs_leaves_out_the_weakest_link_of_a_circle() -> None:
    """A beats B by 7 to 2, B beats C by 6 to 3, C beats A by 5 to 4: what is locked last would close the circle."""
    found = rank("ABC", elected("4 ABC, 3 CAB, 2 BCA"), method="ranked-pairs")

    assert found.locked == (("A", "B"), ("B", "C"))
    assert found.skipped == (("C", "A"),)
    assert found.winners == ("A",)


@pytest.mark.parametrize("profile", DRAWN, ids=range(len(DRAWN)))
def test_every_method_agrees_with_pref_voting(profile: dict[str, Any]) -> None:
    proposals, ballots = ballots_of(profile)
    approving = [
        Ballot(b.member, (), frozenset(map(str, a)), b.weight)
        for b, a in zip(ballots, profile["approvals"], strict=True)
    ]
    schulze = rank(proposals, ballots, method="schulze")
    paths = schulze.strongest_paths

    beaten = sorted([int(a), int(b)] for (a, b) in paths if paths[a, b] > paths[b, a])
    assert beaten == profile["schulze_defeats"]
    borda = {int(p.proposal): Fraction(p.score) for p in rank(proposals, ballots, method="borda").places}
    assert borda == {int(c): score for c, score in profile["borda"].items()}
    approved = rank(proposals, approving, method="approval").winners
    assert sorted(map(int, approved)) == sorted(profile["approval_winners"])
    if profile["ranked_pairs"] is not None:
        assert [*map(int, rank(proposals, ballots, method="ranked-pairs").winners)] == profile["ranked_pairs"]


def test_level_proposals_share_a_rank_and_stand_as_listed() -> None:
    for method in ("borda", "schulze", "ranked-pairs"):
        found = rank(["x", "y", "z"], elected("1 xyz, 1 yxz"), method=method)

        assert [(p.rank, p.proposal) for p in found.places] == [(1, "x"), (1, "y"), (3, "z")]


def test_what_is_not_ranked_stands_below_and_level_ones_share_borda_points() -> None:
    found = rank("abcd", [Ballot("m", (("b",), ("a",)))], method="borda")

    assert {p.proposal: p.score for p in found.places} == {"b": "3", "a": "2", "c": "0.5", "d": "0.5"}


def test_weights_may_be_fractions() -> None:
    found = rank("ab", [Ballot("m", (("a",), ("b",)), weight=Fraction(1, 3)), Ballot("n", (("b",),))])

    assert found.pairwise["a", "b"] == Fraction(1, 3)
    assert found.winners == ("b",)


@given(
    st.lists(st.tuples(st.permutations("abcd"), st.integers(1, 5)), min_size=1, max_size=6),
    st.sampled_from(["schulze", "ranked-pairs"]),
)
def test_who_beats_every_other_is_first_and_alone(drawn: list[tuple[list[str], int]], method: str) -> None:
    ballots = [Ballot(f"m{n}", tuple((c,) for c in order), weight=Fraction(w)) for n, (order, w) in enumerate(drawn)]
    found = rank("abcd", ballots, method=method)
    above = found.pairwise
    champions = [a for a in "abcd" if all(above[a, b] > above[b, a] for b in "abcd" if a != b)]

    if champions:
        assert found.winners == tuple(champions)


@given(st.lists(st.permutations("abcd"), min_size=1, max_size=6), st.sampled_from([*METHODS][1:]))
def test_one_answer_whatever_the_order_of_the_ballots(orders: list[list[str]], method: str) -> None:
    ballots = [Ballot(f"m{n}", tuple((c,) for c in order)) for n, order in enumerate(orders)]

    assert rank("abcd", ballots, method=method) == rank("abcd", ballots[::-1], method=method)


def test_a_method_that_needs_other_ballots_says_so() -> None:
    with pytest.raises(ValueError, match="these rank"):
        rank("ab", elected("1 ab"), method="approval")
    with pytest.raises(KeyError, match="there are approval, borda, schulze, ranked-pairs"):
        rank("ab", elected("1 ab"), method="kemeny")


# --- files -----------------------------------------------------------------------------------------------------------


def problems(tmp_path: Path, name: str, text: str, read: Any = read_rankings) -> list[str]:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProgrammeError) as refused:
        read(file)
    return [str(p).replace(f"{tmp_path}/", "") for p in refused.value.problems]


def test_rankings_from_yaml_and_from_csv_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "proposals: [lander, relay, probe]\nballots:\n"
        "  - {member: esa, ranking: [relay, [lander, probe]], weight: 2.5}\n  - {member: nasa, ranking: [probe]}\n"
    )
    (tmp_path / "a.csv").write_text("member,weight,lander,relay,probe\nesa,2.5,2,1,2\nnasa,1,,,1\n")
    yaml, table = read_rankings(tmp_path / "a.yaml"), read_rankings(tmp_path / "a.csv")

    assert yaml.ballots == table.ballots
    assert [*yaml.proposals] == [*table.proposals]


def test_approvals_from_csv(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("member,lander,relay\nesa,yes,\nnasa,,\njaxa,yes,yes\n")
    given = read_rankings(tmp_path / "a.csv")

    found = rank([*given.proposals], given.ballots, method="approval")

    assert [(p.proposal, p.reason) for p in found.places] == [
        ("lander", "approved by 2 of 3"),
        ("relay", "approved by 1 of 3"),
    ]


def test_every_wrong_ballot_is_told_with_its_line(tmp_path: Path) -> None:
    text = "proposals: [lander, relay]\nballots:\n  - {member: esa, ranking: [landr]}\n  - {member: esa, approve: [relay, relay]}\n"

    assert problems(tmp_path, "b.yaml", text) == [
        "b.yaml:3:1: 'esa' ranks 'landr', which is no proposal; did you mean 'lander'?",
        "b.yaml:4:1: 'esa' names 'relay' twice",
        "b.yaml:4:1: 'esa' votes twice; each member has one ballot",
    ]


def test_wrong_cells_are_told_with_their_line(tmp_path: Path) -> None:
    found = problems(tmp_path, "b.csv", "member,lander,relay\nesa,first,2\nnasa,1\n\njaxa,1,yes\n")
    assert found == ["b.csv:3:1: has 2 cells; the first line has 3"]
    assert problems(tmp_path, "c.csv", "member,lander,relay\nesa,first,2\n\njaxa,1,yes\n") == [
        "c.csv:2:1: 'first' is no place of 'lander'; it is 1 (best), 2, ..., or yes",
        "c.csv:4:1: mixes places and yes; a ballot ranks, or approves",
    ]


def test_wrong_votes_are_told_with_their_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "v.csv", "member,vote\nesa,yes\nnasa,aye\nesa,no\n", read_votes) == [
        "v.csv:3:1: 'aye' is no vote; it is yes, no or abstain",
        "v.csv:4:1: 'esa' votes twice; each member votes once",
    ]
    found = problems(tmp_path, "v.yaml", "ballots:\n  esa: yes\n  nasa: aye\n", read_votes)
    assert len(found) == 1
    assert found[0].startswith("v.yaml:3:9: ")


def test_a_missing_file_and_missing_columns_are_told(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match="cannot be read: No such file"):
        read_votes(tmp_path / "none.csv")
    assert problems(tmp_path, "w.csv", "state,vote\nx,yes\n", read_votes) == [
        "w.csv:1:1: has no column 'member'; the first line is member,vote"
    ]


def test_weights_by_measure(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("member,money\na,21.96\nb,1/3\n")

    assert read_weights(tmp_path / "w.csv") == {"money": {"a": "21.96", "b": "1/3"}}
    assert problems(tmp_path, "x.csv", "member,money\na,lots\n", read_weights)[0].startswith(
        "x.csv:2:1: 'lots' is no number"
    )
