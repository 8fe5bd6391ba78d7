"""Spreads against scipy's own distributions, and scores against the correlation that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from comity.model.missions import Spread
from comity.roadmap.spread import Scores, factors

LEVELS = np.array([0.0005, 0.01, 0.1, 0.25, 0.5, 0.8, 0.9, 0.99, 0.9995])


def spread(**fields: object) -> Spread:
    return Spread.model_validate({k: str(v) for k, v in fields.items()})


def pert(low: float, likely: float, high: float) -> stats.rv_continuous:
    width = high - low
    return stats.beta(1 + 4 * (likely - low) / width, 1 + 4 * (high - likely) / width, loc=low, scale=width)


def at_levels(given: Spread) -> np.ndarray:
    return factors(given, stats.norm.ppf(LEVELS))


@pytest.mark.parametrize("likely", [0.9, 1.05, 1.6])
def test_triangular_has_scipys_quantiles_even_with_its_mode_at_an_end(likely: float) -> None:
    ours = at_levels(spread(low=0.9, likely=likely, high=1.6))
    assert ours == pytest.approx(
        stats.triang(min(1.0, (likely - 0.9) / 0.7), loc=0.9, scale=0.7).ppf(LEVELS), abs=1e-12
    )


@pytest.mark.parametrize("likely", [0.9, 1.05, 1.6])
def test_pert_is_the_beta_distribution_with_four_times_the_weight_on_the_mode(likely: float) -> None:
    ours = at_levels(spread(distribution="pert", low=0.9, likely=likely, high=1.6))
    assert ours == pytest.approx(pert(0.9, likely, 1.6).ppf(LEVELS), abs=1e-5)


def test_pert_has_the_mean_of_the_three_points_formula() -> None:
    scores = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    drawn = factors(spread(distribution="pert", low=0.8, likely=1, high=2.4), scores)
    assert drawn.mean() == pytest.approx((0.8 + 4 * 1 + 2.4) / 6, abs=1e-5)


def test_lognormal_is_given_by_its_median_and_its_80th_percentile() -> None:
    given = spread(distribution="lognormal", likely=1.05, p80=1.35)
    assert factors(given, stats.norm.ppf([0.5, 0.8])) == pytest.approx([1.05, 1.35])
    sigma = np.log(1.35 / 1.05) / stats.norm.ppf(0.8)
    assert at_levels(given) == pytest.approx(stats.lognorm(sigma, scale=1.05).ppf(LEVELS))


@given(
    kind=st.sampled_from(["triangular", "pert"]),
    low=st.floats(0.1, 1),
    up=st.floats(0, 2),
    over=st.floats(0.01, 3),
    scores=st.lists(st.floats(-12, 12), min_size=2, max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_factors_stay_within_the_spread_and_rise_with_the_score(
    kind: str, low: float, up: float, over: float, scores: list[float]
) -> None:
    given = spread(distribution=kind, low=f"{low:.4f}", likely=f"{low + up:.4f}", high=f"{low + up + over:.4f}")
    assert given.low is not None and given.high is not None
    drawn = factors(given, np.sort(np.array(scores)))
    assert (np.diff(drawn) >= -1e-9).all()
    assert float(given.low) - 1e-9 <= drawn[0] and drawn[-1] <= float(given.high) + 1e-9


def scores_of(
    names: list[str], draws: int, r: float, k: float, *, seed: int = 0, batch: int | None = None
) -> np.ndarray:
    """`(2 * n_names, draws)`: first all cost scores, then all duration scores."""
    scores, parts = Scores(seed, r, k), []
    for first in range(0, draws, batch or draws):
        scores.begin(min(batch or draws, draws - first))
        pairs = [scores.of(name) for name in names]
        parts.append(np.array([c for c, _ in pairs] + [d for _, d in pairs]))
    return np.concatenate(parts, axis=1)


def kronecker(n: int, r: float, k: float) -> np.ndarray:
    return np.kron([[1, k], [k, 1]], (1 - r) * np.eye(n) + r * np.ones((n, n)))


@pytest.mark.parametrize(("r", "k"), [(0.0, 0.0), (0.2, 0.5), (0.7, 0.0), (1.0, 0.3), (0.4, 1.0)])
def test_scores_are_standard_normal_with_the_correlations_asked_for(r: float, k: float) -> None:
    drawn = scores_of(["a", "b", "c"], 40_000, r, k)
    assert np.cov(drawn) == pytest.approx(kronecker(3, r, k), abs=0.03)
    assert all(stats.kstest(row, "norm").pvalue > 1e-4 for row in drawn)


@given(r=st.floats(0, 1), k=st.floats(0, 1), n=st.integers(1, 12))
@settings(deadline=None)
def test_the_correlation_matrix_is_positive_semi_definite(r: float, k: float, n: int) -> None:
    assert np.linalg.eigvalsh(kronecker(n, r, k)).min() > -1e-9


def test_scores_do_not_depend_on_how_many_are_drawn_at_a_time_nor_on_the_other_elements() -> None:
    whole = scores_of(["a", "b"], 1000, 0.3, 0.5)
    assert (scores_of(["a", "b"], 1000, 0.3, 0.5, batch=77) == whole).all()
    assert (scores_of(["b", "x", "y"], 1000, 0.3, 0.5)[0] == whole[1]).all()


def test_another_seed_draws_otherwise() -> None:
    assert (scores_of(["a"], 10, 0.3, 0.5, seed=1) != scores_of(["a"], 10, 0.3, 0.5)).all()
