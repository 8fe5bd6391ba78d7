"""What an offer is worth to the buyer once its risks are counted: net present value over many draws of luck.

A draw settles how far the provider gets, how long it takes and, where the buyer bears the cost, how dear it becomes. What
is paid for milestones before the one that is missed is lost; nothing is paid for that one or those after it. Everything
is discounted to the first month of the need at a real rate, since money is at one year's prices.

Source: expected net present value over stated probabilities, OMB Circular A-94 (1992, revised 2023), "Benefit-Cost
Analysis of Federal Programs", on expected values and risk; the fee of a cost-plus-incentive contract, FAR 16.405-1.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.funding.partnerships.offers import Comparison, CostPlus, Need, Offer, Option, price_of
from comity.model.missions import Spread
from comity.model.money import Money
from comity.roadmap.spread import factors

Floats = NDArray[np.float64]
#: How many draws, and the percentiles that are told.
DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Valuation:
    """An offer's worth and cost in millions of the comparison's money, over all draws, discounted unless said otherwise."""

    offer: str
    name: str
    asked: Money
    completes: float
    net: float
    net_p10: float
    net_p50: float
    net_p90: float
    worth: float
    paid: float
    lost: float
    growth: float
    months_late: float
    options: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {name: str(v) if isinstance(v := getattr(self, name), Money) else v for name in self.__slots__}


def valuations(comparison: Comparison, *, draws: int = DRAWS, seed: int = 0) -> tuple[Valuation, ...]:
    """Each offer's risk-adjusted net present value, the best first; of equal ones the first by name.

    An offer's luck depends on the seed and its own name, not on the other offers.
    """
    found = [valuation(comparison.need, key, offer, draws=draws, seed=seed) for key, offer in comparison.offers.items()]
    return tuple(sorted(found, key=lambda v: (-v.net, v.offer)))


def valuation(need: Need, key: str, offer: Offer, *, draws: int = DRAWS, seed: int = 0) -> Valuation:
    """One offer's risk-adjusted net present value over so many draws."""
    luck = np.random.default_rng([seed, zlib.crc32(key.encode())])
    times = _times(need, offer, luck.standard_normal(draws))
    reached = _reached(offer, luck.random((draws, len(offer.milestones))))
    done = reached[:, -1]
    payments, growth = _payments(need, offer, reached, luck.standard_normal(draws))
    discount = _discount(need, times)
    paid = (payments * discount).sum(axis=1)
    late = np.maximum(0.0, times[:, -1] - (need.by.index - need.start.index))
    worth_then = np.maximum(0.0, 1 - float(need.lateness) * late / 12) * _millions(need.worth)
    worth = done * worth_then * discount[:, -1]
    options = sum((_option(need, o, late) for o in offer.options), np.zeros(draws)) * done
    after = _anchor(need, offer, times[:, -1]) * done
    net = worth - paid + options + after
    p10, p50, p90 = (float(q) for q in np.quantile(net, (0.1, 0.5, 0.9)))
    return Valuation(
        offer=key,
        name=offer.name,
        asked=price_of(offer),
        completes=float(done.mean()),
        net=float(net.mean()),
        net_p10=p10,
        net_p50=p50,
        net_p90=p90,
        worth=float(worth.mean()),
        paid=float(paid.mean()),
        lost=float((paid * ~done).mean()),
        growth=growth,
        months_late=float(late[done].mean()) if done.any() else 0.0,
        options=float((options + after).mean()),
    )


def _millions(money: Money) -> float:
    return float(money.amount) / 1e6


def _spread(spread: Spread | None, scores: Floats) -> Floats:
    return np.ones_like(scores) if spread is None else factors(spread, scores)


def _times(need: Need, offer: Offer, scores: Floats) -> Floats:
    """Months from the start to each milestone, `(draws, milestones)`: one delay stretches all of a draw."""
    due = np.array([m.due.index - need.start.index for m in offer.milestones], dtype=float)
    return np.outer(_spread(offer.delay, scores), due)


def _reached(offer: Offer, luck: Floats) -> NDArray[np.bool_]:
    """Which milestones are met, `(draws, milestones)`: none after one that is missed."""
    met = luck < np.array([float(m.chance) for m in offer.milestones])
    return np.logical_and.accumulate(met, axis=1)


def _discount(need: Need, months: Floats) -> Floats:
    return np.asarray((1 + float(need.discount_rate)) ** (-months / 12))


def _payments(need: Need, offer: Offer, reached: NDArray[np.bool_], scores: Floats) -> tuple[Floats, float]:
    """What is paid at each milestone [millions], `(draws, milestones)`, and the mean growth of what it all costs."""
    share = np.array([_millions(m.amount) for m in offer.milestones])
    asked = _millions(price_of(offer))
    if not isinstance(offer.price, CostPlus):
        return reached * share, 1.0
    whole = _cost_plus(offer.price, _spread(offer.price.growth, scores))
    # What is spent follows the milestones' amounts as a profile; where they are all zero, it is spent evenly.
    profile = share / share.sum() if share.sum() > 0 else np.full(len(share), 1 / len(share))
    # The work towards a milestone that is missed is paid all the same: the buyer bears the cost.
    worked = np.concatenate([np.ones((len(reached), 1), dtype=bool), reached[:, :-1]], axis=1)
    return worked * np.outer(whole, profile), float(whole.mean() / asked)


def _cost_plus(price: CostPlus, growth: Floats) -> Floats:
    """Cost and fee [millions] when the work costs `growth` times its target."""
    target, fee = _millions(price.target), _millions(price.fee)
    cost = target * growth
    earned = fee - float(price.provider_share) * (cost - target)
    least = _millions(price.least_fee) if price.least_fee is not None else (fee if not price.provider_share else 0.0)
    earned = np.maximum(earned, least)
    if price.most_fee is not None:
        earned = np.minimum(earned, _millions(price.most_fee))
    ceiling = _millions(price.ceiling) if price.ceiling is not None else np.inf
    return np.asarray(np.minimum(cost + earned, ceiling))


def _option(need: Need, option: Option, late: Floats) -> Floats:
    """What the right is worth [millions]: it is used only when it is wanted and brings more than it costs."""
    gain = float(option.chance) * max(0.0, _millions(option.worth) - _millions(option.price))
    return gain * _discount(need, option.exercise.index - need.start.index + late)


def _anchor(need: Need, offer: Offer, done: Floats) -> Floats:
    """What promised purchases bring beyond what they cost [millions]; it may be less than nothing."""
    anchor = offer.anchor
    if anchor is None:
        return np.zeros_like(done)
    yearly = anchor.units_a_year * (_millions(anchor.worth) - _millions(anchor.price))
    return np.asarray(sum(yearly * _discount(need, done + 12 * (year + 1)) for year in range(anchor.years)))
