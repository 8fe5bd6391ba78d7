"""Each member's power in a body, as a share of all: what its votes are worth."""

from __future__ import annotations

from comity.funding.errors import FundingError
from comity.governance.bodies import Body
from comity.governance.power import TooLarge, power
from comity.governance.power_game import game_of


def power_shares(body: Body, kind: str | None = None) -> dict[str, float]:
    """Each member's Shapley–Shubik power over a kind of decision (default: the body's first). FundingError for an unknown kind."""
    chosen = kind or next(iter(body.powers))
    try:
        game = game_of(body.power(chosen).rule, body.electorate(chosen), chair=body.chair)
        return {m.member: float(m.shapley_shubik) for m in power(game).members}
    except (KeyError, TooLarge) as error:
        raise FundingError(str(error.args[0])) from None
