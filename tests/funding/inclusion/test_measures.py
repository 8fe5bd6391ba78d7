from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.funding.inclusion.measures import gini, lorenz

amounts = st.lists(st.integers(0, 1000), min_size=1, max_size=12)


def test_the_gini_coefficient_of_known_divisions():
    # By the definition of Sen 1973, §2: half the mean difference of all pairs, over the mean.
    assert gini([1, 2, 3, 4]) == Fraction(1, 4)
    assert gini([0, 0, 0, 8]) == Fraction(3, 4)
    assert gini([5, 5]) == 0
    assert gini([0, 0]) is None
    with pytest.raises(ValueError, match="-1"):
        gini([1, -1])


@given(amounts, st.integers(1, 9))
def test_inequality_knows_neither_the_unit_nor_how_often_all_is_repeated(given_, times):
    assert gini(given_) == gini([times * a for a in given_]) == gini(given_ * times)


@given(amounts)
def test_the_lorenz_curve_rises_below_the_diagonal_and_holds_the_gini_coefficient(given_):
    curve = lorenz(given_)
    assert curve[0] == (0, 0) and curve[-1] == (1, 1)
    assert all(y <= x for x, y in curve)
    if sum(given_):
        area = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(curve))
        assert gini(given_) == 1 - 2 * area
