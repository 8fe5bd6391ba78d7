"""Known answers of cooperative game theory, and properties that its solutions have."""

from fractions import Fraction
from itertools import combinations

import coopgame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.shares import rules
from comity.funding.shares.core import least_core, nucleolus, standing
from comity.funding.shares.game import Game, airport, bankruptcy, joined, spanning_tree
from comity.funding.shares.question import Written
from comity.funding.shares.shapley import sampled_shapley, shapley

THREE_WIVES = {"first": 100, "second": 200, "third": 300}


def by_size(kind, values):
    """A game whose values are given as all singles, all pairs, …, all together."""
    n = (len(values) + 1).bit_length() - 1
    players = [str(k + 1) for k in range(n)]
    groups = [g for size in range(1, n + 1) for g in combinations(players, size)]
    return Game.of(kind, players, dict(zip(groups, values, strict=True)))


def fractions(found):
    return [*found.values()]


# --- known answers ---------------------------------------------------------------------------------------------------------


def test_airport_charges_are_those_of_littlechild_and_owen():
    # Needs 8, 11, 13, 18 give charges 2, 3, 4, 9: the example to Littlechild and Owen 1973 in Wikipedia, "Airport problem".
    assert fractions(shapley(airport({"a": 8, "b": 11, "c": 13, "d": 18}))) == [2, 3, 4, 9]


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, [Fraction(100, 3)] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_the_talmud_divides_three_estates_as_the_nucleolus_does(estate, shares):
    # Mishnah, Kethubot 93a; Aumann and Maschler 1985, table I.
    owed = {p: Fraction(c) for p, c in THREE_WIVES.items()}
    assert fractions(rules.talmud(Fraction(estate), owed)) == shares
    assert fractions(nucleolus(bankruptcy(estate, THREE_WIVES))) == shares


def test_the_tennessee_valley_authority_divides_its_dams():
    # Costs in thousands of dollars of navigation, flood control and power: Ransmeier 1942, as in Straffin and Heaney 1981,
    # International Journal of Game Theory 10:35–43. The figures were not read again there; what they give agrees with
    # what is known of them (Shapley 117,829, 100,756.5, 193,998.5; nucleolus 116,234, 93,540, 202,810).
    tva = by_size("cost", [163_520, 140_826, 250_096, 301_607, 378_821, 367_370, 412_584])
    assert fractions(shapley(tva)) == [117_829, Fraction("100756.5"), Fraction("193998.5")]
    assert fractions(nucleolus(tva)) == [116_234, 93_540, 202_810]
    assert standing(tva, nucleolus(tva)).in_core


def test_who_has_the_scarce_glove_takes_all_in_the_core():
    gloves = Game.of("gain", ["l", "r1", "r2"], {("l", "r1"): 1, ("l", "r2"): 1, ("l", "r1", "r2"): 1})
    assert fractions(shapley(gloves)) == [Fraction(2, 3), Fraction(1, 6), Fraction(1, 6)]
    assert fractions(nucleolus(gloves)) == [1, 0, 0]
    left = standing(gloves, shapley(gloves))
    assert (left.in_core, left.leaves, left.gains) == (False, {"l", "r1"}, Fraction(1, 6))


def test_the_nucleolus_of_four_players_is_that_of_coopgame():
    # R package CoopGame 0.2.2, manual page `nucleolus`, second example: 3.5 4.5 5.5 7.5.
    found = nucleolus(by_size("gain", [0, 0, 0, 0, 5, 5, 8, 9, 10, 8, 13, 15, 16, 17, 21]))
    assert fractions(found) == [Fraction("3.5"), Fraction("4.5"), Fraction("5.5"), Fraction("7.5")]


CABLES = {"0+1": 2, "0+2": 2, "0+3": 6, "1+2": 1, "1+3": 2, "2+3": 2}


def test_the_spanning_tree_game_is_that_of_mattugames_and_birds_shares_those_of_coopgame():
    # MatTuGames 1.9 (Meinhardt), mcst_game.m, the example in its head: costs of the coalitions 1, 2, 12, 3, 13, 23, 123.
    written = Written.model_validate({"links": CABLES, "supply": "0"})
    assert written.game().values == (0, 2, 2, 3, 6, 4, 4, 5)
    costs = [[0 if a == b else CABLES["+".join(sorted((a, b)))] for b in "0123"] for a in "0123"]
    peer = coopgame.spanning_tree(costs)
    assert fractions(written.simple()["bird"]) == peer["bird"]
    assert [float(x) for x in nucleolus(written.game()).values()] == pytest.approx(peer["nucleolus"])


@given(st.lists(st.integers(0, 9), min_size=10, max_size=10))
def test_birds_shares_pay_for_the_tree_and_no_group_gains_by_leaving(costs):
    links = dict(zip(map(frozenset, combinations("sabcd", 2)), map(Fraction, costs), strict=True))
    game = spanning_tree(links, supply="s")
    shares = joined(links, supply="s", users=game.players)
    assert sum(shares.values()) == game.whole
    assert standing(game, shares).in_core


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ({"s+a": 1, "a+b": 2}, "b has no link to 's' of its own"),
        ({"s+a": 1, "a+s": 2}, "stands twice"),
        ({"s+a+b": 1}, "has not two ends"),
        ({"a+a": 1}, "has not two ends"),
        ({"s+a": -1}, "the link of a\\+s is -1"),
    ],
)
def test_links_that_join_nobody_say_what_is_wrong(links, said):
    with pytest.raises(FundingError, match=said):
        Written.model_validate({"links": links, "supply": "s"}).game()


def test_a_majority_of_three_has_no_core():
    majority = by_size("gain", [0, 0, 0, 1, 1, 1, 1])
    assert least_core(majority).excess == Fraction(1, 3)
    assert not standing(majority, {"1": Fraction(1, 3), "2": Fraction(1, 3), "3": Fraction(1, 3)}).in_core


def test_serial_shares_are_those_of_moulin_and_shenker():
    # By the formula of Moulin and Shenker 1992: with C(q) = q² and needs 1, 2, 3 the levels are 3, 5 and 6.
    assert rules.serial({"a": Fraction(1), "b": Fraction(2), "c": Fraction(3)}, lambda q: q * q) == {
        "a": Fraction(9, 3),
        "b": Fraction(9, 3) + Fraction(25 - 9, 2),
        "c": Fraction(9, 3) + Fraction(25 - 9, 2) + Fraction(36 - 25),
    }


# --- properties ------------------------------------------------------------------------------------------------------------

values = st.integers(-20, 20).map(Fraction)


@st.composite
def games(draw):
    n = draw(st.integers(1, 4))
    table = draw(st.lists(values, min_size=2**n - 1, max_size=2**n - 1))
    return Game(draw(st.sampled_from(["gain", "cost"])), tuple("abcd"[:n]), (Fraction(0), *table))


@settings(max_examples=60, deadline=None)
@given(games())
def test_all_solutions_divide_all_that_there_is(game):
    assert sum(shapley(game).values()) == game.whole
    assert sum(nucleolus(game).values()) == game.whole


@settings(max_examples=60, deadline=None)
@given(games())
def test_no_allocation_has_a_smaller_largest_excess_than_the_nucleolus(game):
    least, other = least_core(game).excess, shapley(game)
    sign = 1 if game.kind == "gain" else -1
    groups = [g for size in range(1, len(game.players)) for g in combinations(game.players, size)]
    if groups:
        assert least <= max(sign * (game.value(g) - sum(other[p] for p in g)) for g in groups)


@settings(max_examples=40, deadline=None)
@given(games(), games(), values)
def test_the_shapley_value_adds_up_and_ignores_who_adds_nothing(a, b, more):
    if a.players == b.players:
        both = Game("gain", a.players, tuple(x + y for x, y in zip(a.values, b.values, strict=True)))
        assert shapley(both) == {p: shapley(a)[p] + shapley(b)[p] for p in a.players}
    dummy = Game(a.kind, (*a.players, "z"), (*a.values, *(v + more for v in a.values)))
    assert shapley(dummy) == {**shapley(a), "z": more}


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 50), min_size=1), st.data())
def test_the_talmud_is_its_own_dual_and_the_nucleolus_of_what_is_left(claims, data):
    owed = {p: Fraction(c) for p, c in claims.items()}
    whole = int(sum(owed.values()))
    estate = data.draw(st.integers(0, whole))
    shares = rules.talmud(Fraction(estate), owed)
    lost = rules.talmud(Fraction(whole - estate), owed)
    assert {p: owed[p] - lost[p] for p in owed} == shares
    assert nucleolus(bankruptcy(estate, claims)) == shares
    for rule in (rules.equal_awards, rules.equal_losses):
        assert sum(rule(Fraction(estate), owed).values()) == estate
        assert all(0 <= share <= owed[p] for p, share in rule(Fraction(estate), owed).items())


def test_samples_come_near_the_value_within_what_they_say_and_with_one_seed_are_the_same():
    needs = {"a": 8, "b": 11, "c": 13, "d": 18}
    cost = airport(needs).value
    found = sampled_shapley(list(needs), cost, orders=2_000, confidence=0.999, seed=7)
    exact = shapley(airport(needs))
    assert all(abs(found.estimates[p] - float(exact[p])) <= found.within[p] for p in needs)
    assert sampled_shapley(list(needs), cost, orders=2_000, confidence=0.999, seed=7) == found
    assert sampled_shapley(list(needs), cost, orders=100_000, within=0.5, seed=7).orders < 2_000


def test_in_samples_a_coalition_has_no_less_than_a_part_of_it_that_was_drawn():
    worth = {frozenset("a"): 4.0, frozenset("b"): 1.0, frozenset("ab"): 3.0}
    asked = []
    found = sampled_shapley("ab", worth.__getitem__, orders=20, monotone=True, ahead=asked.extend)
    assert sorted(map(len, asked)) == [1, 1, 2]  # each is asked for once, and before it is needed
    assert sum(found.estimates.values()) == pytest.approx(4)
    assert found.estimates == pytest.approx({"a": 3.5, "b": 0.5})


def test_bad_games_say_what_is_wrong():
    with pytest.raises(FundingError, match="did you mean 'nasa'"):
        airport({"nasa": 1, "esa": 2}).value(["naza"])
    with pytest.raises(FundingError, match="need of esa is -2"):
        airport({"nasa": 1, "esa": -2})
    with pytest.raises(FundingError, match="nothing is disputed"):
        bankruptcy(700, THREE_WIVES)
    with pytest.raises(FundingError, match="'d' gets nothing"):
        standing(airport({"a": 1, "d": 2}), {"a": 2})
