"""Counts: thresholds, weights, vetoes, quorums, arrears, ties, silence; and that a result explains itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from comity.governance.bodies import shipped_body
from comity.governance.power_game import game_of
from comity.governance.voting import Choice, Result, VotingError, count, in_arrears
from comity.governance.voting_rules import VotingRule, exact, members_of
from comity.governance.voting_words import number, rule_words

STATES = tuple(f"s{n:02}" for n in range(22))
TEN = members_of("abcdefghij")


def rule(needs: Any, **more: Any) -> VotingRule:
    return VotingRule.model_validate({"needs": needs, **more})


def votes(yes: str = "", no: str = "", abstain: str = "") -> dict[str, Choice]:
    said: dict[Choice, str] = {"yes": yes, "no": no, "abstain": abstain}
    return {member: choice for choice, members in said.items() for member in members}


def by_count(yes: int, needs: Any = None) -> Result:
    asked = rule(needs or {"share": "2/3"})
    return count(asked, members_of(STATES), dict.fromkeys(STATES[:yes], "yes"))


def test_result_says_how_many_were_in_favour_and_how_many_were_needed() -> None:
    assert by_count(15).reason == "passed: 15 of 22 in favour, two thirds of 22 needed (15)"
    assert by_count(13).reason == "failed: 13 of 22 in favour, two thirds of 22 needed (15): 2 missing"


def test_half_is_not_more_than_half() -> None:
    simple = {"share": "1/2", "more_than": True}

    assert by_count(12, simple).passed
    assert not by_count(11, simple).passed
    assert by_count(11, {"share": "1/2"}).passed


def test_abstentions_are_no_votes_cast_unless_the_rule_counts_them_against() -> None:
    ballots = votes(yes="abc", no="de", abstain="fghij")

    assert count(rule({"share": "1/2", "more_than": True, "of": "cast"}), TEN, ballots).passed
    against = {"share": "1/2", "more_than": True, "of": "cast", "abstentions": "count as no"}
    assert not count(rule(against), TEN, ballots).passed
    assert not count(rule({"share": "1/2", "more_than": True, "of": "present"}), TEN, ballots).passed


def test_present_members_without_a_vote_count_among_those_present() -> None:
    needs = rule({"share": "1/2", "more_than": True, "of": "present"})

    assert count(needs, TEN, votes(yes="abc", no="de")).passed
    assert not count(needs, TEN, votes(yes="abc", no="de"), present="abcdef").passed


def test_nothing_passes_without_a_vote_in_favour() -> None:
    assert not count(rule({"share": "1/2", "of": "cast"}), TEN, {}).passed
    assert not count(rule({"share": "1/2", "of": "cast"}), TEN, votes(abstain="abcdefghij")).passed


def test_unanimity_of_votes_cast_is_not_broken_by_an_abstention_and_that_of_all_members_is() -> None:
    ballots = votes(yes="abcdefghi", abstain="j")

    assert count(rule({"share": 1, "of": "cast"}), TEN, ballots).passed
    assert not count(rule({"share": 1}), TEN, ballots).passed


def test_no_quorum_no_decision_and_who_could_mend_it() -> None:
    asked = rule({"share": "1/2", "more_than": True, "of": "cast"}, quorum=[{"share": "2/3"}])

    result = count(asked, TEN, votes(yes="abcdef"))

    assert result.outcome == "no quorum"
    assert "6 of 10 present, two thirds of 10 needed (7): 1 missing" in result.reason
    assert result.alone == ("g", "h", "i", "j")


def test_arrears_suspend_a_vote_only_where_the_rule_says_so() -> None:
    ballots = votes(yes="abcdefg", no="hij")
    strict = rule({"share": "2/3"}, arrears={"years": 1})

    assert count(rule({"share": "2/3"}), TEN, ballots, arrears=["a"]).passed
    suspended = count(strict, TEN, ballots, arrears=["a"])
    assert suspended.tally.suspended == (TEN[0],)
    assert suspended.reason == "passed: 6 of 9 in favour, two thirds of 9 needed (6); a without a vote for arrears"
    assert not count(strict, TEN, ballots, arrears=["a", "b", "c"]).passed


def test_a_member_is_in_arrears_when_it_owes_more_than_fell_due_in_the_years_named() -> None:
    two_years = rule({"share": "2/3"}, arrears={"years": 2})
    due = {"a": (Decimal(100), Decimal(90), Decimal(80)), "b": (Decimal(100), Decimal(90))}

    assert in_arrears(two_years, {"a": Decimal(190), "b": Decimal("190.01")}, due) == ("b",)
    assert in_arrears(rule({"share": "2/3"}), {"b": Decimal(1000)}, due) == ()


def test_chair_decides_a_tie_and_nothing_else() -> None:
    asked = rule({"share": "1/2", "more_than": True, "of": "cast", "casting_vote": True})
    tie = votes(yes="abcde", no="fghij")

    assert count(asked, TEN, tie, chair="a").passed
    assert not count(asked, TEN, tie, chair="f").passed
    assert not count(asked, TEN, tie).passed
    assert not count(asked, TEN, votes(yes="abcd", no="efghij"), chair="a").passed


def test_a_casting_vote_needs_a_majority_that_can_tie() -> None:
    with pytest.raises(ValidationError, match="breaks a tie"):
        rule({"share": "2/3", "casting_vote": True})


def test_weights_are_exact() -> None:
    # A third, three times, is not short of the whole, as it is in binary: 0.1 + 0.2 > 0.3.
    members = members_of("abc", {"shares": {"a": "0.1", "b": "0.2", "c": "0.7"}})
    result = count(rule({"share": "0.3", "weight": "shares"}), members, votes(yes="ab"))

    assert result.passed
    assert result.criterion.have == Fraction(3, 10)


def test_double_majority_needs_both_and_says_which_is_missing() -> None:
    members = members_of("abcd", {"money": {"a": "70", "b": "10", "c": "10", "d": "10"}})
    asked = rule({"all": [{"share": "2/3"}, {"share": "2/3", "weight": "money"}]})

    assert count(asked, members, votes(yes="abc")).passed
    without = count(asked, members, votes(yes="bcd"))
    assert [p.met for p in without.criterion.parts] == [True, False]
    assert without.reason.startswith("failed: 30 of 100 money (30.00 %) in favour, two thirds needed")
    assert without.alone == ("a",)


def test_percentages_in_words_are_cut_and_never_rounded_up_to_what_they_miss() -> None:
    members = members_of("ab", {"people": {"a": "64996", "b": "35004"}})

    said = count(rule({"share": "65 %", "weight": "people"}), members, votes(yes="a")).reason

    assert "64,996 of 100,000 people (64.99 %)" in said


def test_veto_bars_and_an_abstaining_holder_does_not_unless_stated() -> None:
    needs = {"all": [{"number": 3}, {"holders": ["a", "b"]}]}
    strict = {"all": [{"number": 3}, {"holders": ["a", "b"], "abstention": "bars"}]}

    assert "barred by b" in count(rule(needs), TEN, votes(yes="cdef", no="b")).reason
    assert count(rule(needs), TEN, votes(yes="cdef", abstain="ab")).passed
    assert not count(rule(strict), TEN, votes(yes="acdef", abstain="b")).passed


def test_three_largest_cannot_block_the_eu_council_and_four_can() -> None:
    """Treaty on European Union, Article 16(4): a blocking minority has at least four members."""
    council = shipped_body("eu-council")
    asked, names = council.power("qualified-majority").rule, [m.id for m in council.members]
    three: dict[str, Choice] = {n: "no" if n in ("germany", "france", "italy") else "yes" for n in names}

    passed = count(asked, council.members, three)
    blocked = count(asked, council.members, {**three, "malta": "no"})

    assert passed.reason == "passed: 24 of 27 in favour, 55 % of 27 needed (15); 3 not in favour, 4 would block"
    assert not blocked.passed
    assert "4 not in favour, 4 would block" in blocked.reason


def test_silence_runs_its_period_and_one_objection_ends_it() -> None:
    asked = rule({"consensus": True, "silence": "10 days"})
    opened = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def at(day: int, hour: int, ballots: dict[str, Choice]) -> Result:
        return count(asked, TEN, ballots, opened=opened, at=datetime(2026, 3, day, hour, tzinfo=UTC))

    assert at(11, 11, {}).outcome == "open"
    assert at(11, 12, {}).outcome == "passed"
    assert at(11, 12, {}).ends == datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert at(2, 0, votes(no="c")).outcome == "failed"
    assert at(2, 0, votes(no="c")).reason == "failed: c objects"


def test_nobody_alone_could_change_it_but_a_set_that_none_can_be_spared_from() -> None:
    result = by_count(12)

    assert result.alone == ()
    assert len(result.enough) == 3


@pytest.mark.parametrize(
    ("ballots", "message"),
    [
        ({"frnce": "yes"}, "'frnce' is no member with a vote here; did you mean 'france'?"),
        ({"france": "maybe"}, "'france' votes 'maybe'; a vote is yes, no or abstain"),
    ],
)
def test_a_wrong_ballot_is_refused_with_what_would_be_right(ballots: dict[str, Choice], message: str) -> None:
    with pytest.raises(VotingError) as refused:
        count(rule({"share": "2/3"}), members_of(["france", "italy"]), ballots)

    assert str(refused.value) == message


def test_a_missing_weight_is_refused() -> None:
    with pytest.raises(VotingError, match="a, b: no weight by money"):
        count(rule({"share": "2/3", "weight": "money"}), members_of("ab"), {})


@pytest.mark.parametrize("wrong", [0.66, "2/0", "3/2", "0", "two thirds", True])
def test_a_share_is_an_exact_part_of_the_whole(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        rule({"share": wrong})


def test_a_criterion_states_a_share_or_a_number() -> None:
    with pytest.raises(ValidationError, match="one of the two"):
        rule({"share": "1/2", "number": 3})


def test_words_of_a_rule() -> None:
    asked = rule(
        {"all": [{"share": "55%"}, {"any": [{"share": "65%", "weight": "population"}, {"fewer_than": 4}]}]},
        quorum=[{"share": "1/2", "more_than": True}],
        arrears={"years": 2},
    )

    assert rule_words(asked) == (
        "55 % of all members; and (either members with 65 % of population, or fewer than 4 members against). "
        "Quorum: more than half of the members present. No vote for a member that owes more than it had to pay for the "
        "current financial year and the one before."
    )


def test_numbers_read_as_people_write_them() -> None:
    assert [number(Fraction(n)) for n in ("451028881", "21.96", "1/3")] == ["451,028,881", "21.96", "1/3"]
    assert exact("65 %") == exact("0.65") == exact("13/20")


CRITERIA = st.recursive(
    st.builds(
        lambda share, of, more: {"share": share, "of": of, "more_than": more},
        st.sampled_from(["1/2", "2/3", "55 %", "1"]),
        st.sampled_from(["members", "present", "cast"]),
        st.booleans(),
    )
    | st.builds(lambda n: {"number": n}, st.integers(1, 9))
    | st.builds(lambda n: {"fewer_than": n, "who": "not in favour"}, st.integers(1, 9))
    | st.just({"share": "60 %", "weight": "money"})
    | st.just({"holders": ["a", "c"]})
    | st.just({"consensus": True}),
    lambda inner: st.builds(
        lambda kind, parts: {kind: parts}, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)
SEVEN = members_of(
    "abcdefg", {"money": dict(zip("abcdefg", ("30", "20.5", "14.5", "10", "10", "9", "6"), strict=True))}
)


@given(CRITERIA)
def test_rules_pass_through_json_unchanged(needs: Any) -> None:
    asked = rule(needs)

    assert VotingRule.model_validate(json.loads(json.dumps(asked.to_json()))) == asked


@given(CRITERIA, st.sets(st.sampled_from("abcdefg"), min_size=1))
def test_the_game_of_a_rule_is_its_count_when_all_others_vote_against(needs: Any, yes: set[str]) -> None:
    asked = rule(needs)
    ballots: dict[str, Choice] = {m.id: "yes" if m.id in yes else "no" for m in SEVEN}

    assert game_of(asked, SEVEN).wins(yes) == count(asked, SEVEN, ballots).passed


@given(CRITERIA, st.sets(st.sampled_from("abcdefg"), min_size=1), st.sampled_from("abcdefg"))
def test_one_more_vote_in_favour_never_defeats(needs: Any, yes: set[str], one: str) -> None:
    asked = rule(needs)

    def passed(inside: set[str]) -> bool:
        ballots: dict[str, Choice] = {m.id: "yes" if m.id in inside else "no" for m in SEVEN}
        return count(asked, SEVEN, ballots).passed

    assert not passed(yes) or passed(yes | {one})


@given(CRITERIA, st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from(["yes", "no", "abstain"])))
def test_those_who_could_change_it_really_would(needs: Any, ballots: dict[str, Choice]) -> None:
    asked = rule(needs)
    result = count(asked, SEVEN, ballots)
    turn: Choice = "no" if result.passed else "yes"

    for one in result.alone:
        assert count(asked, SEVEN, {**ballots, one: turn}).outcome != result.outcome
    if result.enough:
        together: dict[str, Choice] = dict.fromkeys(result.enough, turn)
        assert count(asked, SEVEN, {**ballots, **together}).outcome != result.outcome
