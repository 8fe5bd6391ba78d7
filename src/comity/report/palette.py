"""Which colour stands for which partner, all through a report.

Eight distinct hues after Okabe & Ito (2008, "Color Universal Design"), with black and yellow replaced by slate and
olive for contrast on white and on dark; then a lighter and a darker shade of each. The page's style sheet gives each
colour `--c0` ... `--c23` its value, one for light and one for dark; `--cx` is grey, for whoever comes after.
"""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

from comity.model.programme import Programme
from comity.roadmap.answer import Plan

HUES = 8
SHADES = 24


def weights(programme: Programme, plan: Plan) -> dict[str, Decimal]:
    """How large each partner is in the plan: its work done and its payments on elements."""
    size = dict.fromkeys(programme.partners, Decimal(0))
    for element in plan.elements:
        for worker, work in element.work.items():
            size[worker] = size.get(worker, Decimal(0)) + work
        for payer, bills in element.payments.items():
            if payer in size:
                size[payer] += sum(bills.values())
    return size


def partner_colours(programme: Programme, plan: Plan) -> dict[str, str]:
    """A CSS colour for each partner: the eight largest get a hue each, the rest a shade in an order that depends on their id.

    The shade of a small partner does not change when another's size does, unless two claim the same one.
    """
    size = weights(programme, plan)
    ranked = sorted(size, key=lambda p: (-size[p], p))
    colours = {partner: f"var(--c{place})" for place, partner in enumerate(ranked[:HUES])}
    free = list(range(HUES, SHADES))
    for partner in sorted(ranked[HUES : HUES + len(free)]):
        wanted = HUES + int(sha256(partner.encode()).hexdigest()[:8], 16) % (SHADES - HUES)
        place = min(free, key=lambda shade: (shade - wanted) % (SHADES - HUES))
        free.remove(place)
        colours[partner] = f"var(--c{place})"
    return {partner: colours.get(partner, "var(--cx)") for partner in size}
