"""Simple rules for dividing a cost or an estate, to stand beside those of game theory.

Amounts are exact fractions, non-negative; each rule's answer sums to what is divided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from comity.funding.errors import FundingError
from comity.funding.shares.game import check_claims

Shares = dict[str, Fraction]


def equal(whole: Fraction, players: Mapping[str, Fraction]) -> Shares:
    """The same for each."""
    return {p: whole / len(players) for p in players}


def proportional(whole: Fraction, weights: Mapping[str, Fraction]) -> Shares:
    """In proportion to weights: what each pays alone, claims, or uses. FundingError when they are all zero."""
    total = sum(weights.values(), Fraction(0))
    if total <= 0 or any(w < 0 for w in weights.values()):
        raise FundingError("shares in proportion need weights that are not negative and not all zero")
    return {p: whole * w / total for p, w in weights.items()}


def serial(needs: Mapping[str, Fraction], cost: Callable[[Fraction], Fraction]) -> Shares:
    """Serial cost sharing: nobody pays for what only larger users need.

    With needs q1 ≤ … ≤ qn, and s_k = q1 + … + q(k-1) + (n-k+1) qk, user k pays the sum over j ≤ k of
    (C(s_j) - C(s_(j-1))) / (n - j + 1). Source: Moulin and Shenker 1992, Econometrica 60:1009–1037.
    """
    order = sorted(needs, key=lambda p: (needs[p], p))
    shares: Shares = {}
    paid, before, smaller = Fraction(0), cost(Fraction(0)), Fraction(0)
    for k, player in enumerate(order):
        left = len(order) - k
        level = cost(smaller + left * needs[player])
        paid += (level - before) / left
        shares[player], before = paid, level
        smaller += needs[player]
    return {p: shares[p] for p in needs}


def equal_awards(estate: Fraction, claims: Mapping[str, Fraction]) -> Shares:
    """The same for each, but nobody more than the claim (constrained equal awards, Maimonides)."""
    check_claims(estate, claims)
    return _levelled(estate, claims)


def equal_losses(estate: Fraction, claims: Mapping[str, Fraction]) -> Shares:
    """The same loss for each, but nobody less than nothing (constrained equal losses)."""
    check_claims(estate, claims)
    lost = _levelled(sum(claims.values(), Fraction(0)) - estate, claims)
    return {p: claims[p] - lost[p] for p in claims}


def talmud(estate: Fraction, claims: Mapping[str, Fraction]) -> Shares:
    """Equal awards of half the claims up to half of them all, and equal losses of half beyond.

    The nucleolus of the bankruptcy game. Source: Aumann and Maschler 1985, Journal of Economic Theory 36:195–213.
    """
    check_claims(estate, claims)
    half = {p: c / 2 for p, c in claims.items()}
    whole = sum(claims.values(), Fraction(0))
    if 2 * estate <= whole:
        return _levelled(estate, half)
    lost = _levelled(whole - estate, half)
    return {p: claims[p] - lost[p] for p in claims}


def _levelled(estate: Fraction, most: Mapping[str, Fraction]) -> Shares:
    """The same for each, capped; the caps hold at least the estate."""
    shares: Shares = {}
    left = estate
    for k, player in enumerate(sorted(most, key=lambda p: (most[p], p))):
        shares[player] = min(most[player], left / (len(most) - k))
        left -= shares[player]
    return {p: shares[p] for p in most}
