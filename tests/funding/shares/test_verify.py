"""The nucleolus by one method, tested by another: Kohlberg's balanced families."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding.shares.core import nucleolus
from comity.funding.shares.game import Game, airport, bankruptcy
from comity.funding.shares.shapley import shapley
from comity.funding.shares.verify import is_prenucleolus


def by_mask(kind, values):
    n = (len(values) + 1).bit_length() - 1
    return Game(kind, tuple("abcdefg"[:n]), (Fraction(0), *map(Fraction, values)))


@st.composite
def games(draw):
    """Games with many ties, where a wrong choice of what is fixed would show, and games without."""
    n = draw(st.integers(1, 6))
    value = draw(st.sampled_from([st.integers(0, 2), st.integers(-1000, 1000), st.sampled_from([0, Fraction(1, 3)])]))
    return by_mask(draw(st.sampled_from(["gain", "cost"])), draw(st.lists(value, min_size=2**n - 1, max_size=2**n - 1)))


@settings(max_examples=60, deadline=None)
@given(games())
def test_what_the_linear_programmes_find_is_the_nucleolus(game):
    assert is_prenucleolus(game, nucleolus(game))


@settings(max_examples=30, deadline=None)
@given(games(), st.integers(0, 5), st.integers(0, 5), st.fractions(Fraction(-1), Fraction(1)).filter(bool))
def test_nothing_else_is(game, one, other, moved):
    found = nucleolus(game)
    a, b = (game.players[k % len(game.players)] for k in (one, other))
    if a != b:
        assert not is_prenucleolus(game, {**found, a: found[a] + moved, b: found[b] - moved})


def test_a_majority_by_weights_gives_nothing_to_whom_no_group_needs():
    # Seats 3, 2, 2, 1 with a quota of 5: the last is in no group that wins only with it.
    seats = (3, 2, 2, 1)
    game = by_mask("gain", [int(sum(s for k, s in enumerate(seats) if m >> k & 1) >= 5) for m in range(1, 16)])
    assert is_prenucleolus(game, nucleolus(game))
    assert nucleolus(game)["d"] == 0


def test_the_shapley_value_of_an_airport_is_another_allocation():
    game = airport({"a": 8, "b": 11, "c": 13, "d": 18})
    assert is_prenucleolus(game, nucleolus(game))
    assert not is_prenucleolus(game, shapley(game))


def test_the_talmud_passes_for_the_nucleolus_of_what_is_left():
    # Aumann and Maschler 1985: claims 100, 200, 300 on 200 are paid 50, 75, 75.
    game = bankruptcy(200, {"a": 100, "b": 200, "c": 300})
    assert is_prenucleolus(game, {"a": Fraction(50), "b": Fraction(75), "c": Fraction(75)})
    assert not is_prenucleolus(game, {"a": Fraction(51), "b": Fraction(74), "c": Fraction(75)})


def test_what_does_not_divide_all_is_no_allocation():
    assert not is_prenucleolus(airport({"a": 1, "b": 2}), {"a": Fraction(0), "b": Fraction(1)})
