"""The objectives, shared facilities and rules of a programme drawn at random; see `benchmarks.instances`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

MADE = "drawn at random by benchmarks/instances.py"


def objectives(rng: np.random.Generator, leaves: Sequence[str], missions: int) -> dict[str, Any]:
    """Four themes and their leaves; curves reach far enough that no leaf is won by its first few missions."""
    tree: dict[str, Any] = {f"theme{i}": {"name": f"Theme {i}"} for i in range(4)}
    reach = max(1.0, missions / len(leaves) / 6)
    knots = [[0, 0]] + [[round(x * reach, 4), round(1 - 4.0**-x, 6)] for x in (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)]
    for i, leaf in enumerate(leaves):
        tree[leaf] = {
            "name": f"Goal {i}",
            "parent": f"theme{i % 4}",
            "value": f"{rng.lognormal(4, 0.6):.1f}",
            "curve": knots,
        }
    return tree


def facilities(
    rng: np.random.Generator, agencies: Sequence[str], missions: int, chambers: Sequence[str], halls: Sequence[str],
    networks: Sequence[str],
) -> dict[str, Any]:  # fmt: skip
    """Chambers and halls for cash, ground networks for barter, one spaceport; each owned by a large agency."""

    def terms(name: str, kind: str, capacity: str, price: str, settlement: str) -> dict[str, Any]:
        owner = agencies[int(rng.integers(0, min(6, len(agencies))))]
        return {"name": name.capitalize(), "kind": kind, "owner": owner, "capacity": capacity, "price": price,
                "settlement": settlement, "estimate": MADE}  # fmt: skip

    hours = 40 + round(missions / len(networks) * 5)
    return {
        **{c: terms(c, "test_chamber", "2 slot", "0.40 MEUR@2025", "cash") for c in chambers},
        **{h: terms(h, "integration_hall", "3 slot", "0.20 MEUR@2025", "cash") for h in halls},
        **{n: terms(n, "ground_network", f"{hours} hour/week", "0.005 MEUR@2025", "barter") for n in networks},
        "spaceport": terms("spaceport", "launch_site", f"{2 + missions // 80} launch", "1 MEUR@2025", "cash"),
    }


def treaties(rng: np.random.Generator, states: Sequence[str]) -> dict[str, Any]:
    """Two treaties: nearly all states are party to the one, most to the other, some of them only later."""
    return {
        name: {"name": name.replace("_", " ").capitalize(), "estimate": MADE, "parties": {
            s: f"{2026 + int(rng.integers(0, 6))}-01" if rng.random() < 0.1 else "1990-01"
            for s in dict.fromkeys(states) if rng.random() < part
        } or {states[0]: "1990-01"}}
        for name, part in (("outer_space", 0.95), ("registration", 0.8))
    }  # fmt: skip


def agreements(rng: np.random.Generator, blocs: Sequence[Sequence[str]], technologies: Sequence[str]) -> dict[str, Any]:
    """Agreements between a state of the first bloc and one of another, some for a time and some technologies only."""
    found: dict[str, Any] = {}
    for i in range(6):
        one, other = blocs[0], blocs[1 + i % 2]
        if not one or not other:
            continue
        entry: dict[str, Any] = {
            "name": f"Technology safeguards {i}",
            "parties": [str(rng.choice(one)), str(rng.choice(other))],
            "in_force_from": f"{2020 + int(rng.integers(0, 12))}-01",
            "permits": [str(t) for t in rng.choice(technologies, 3, replace=False)] if i % 3 else [],
            "estimate": MADE,
        }
        if rng.random() < 0.3:
            entry["in_force_until"] = f"{2040 + int(rng.integers(0, 10))}-12"
        found[f"safeguards{i}"] = entry
    return found


def export_control(blocs: Sequence[Sequence[str]], technologies: Sequence[str]) -> dict[str, Any]:
    """Some technologies may not pass from the first bloc to the second, one may not leave it, and the second has its own."""
    safeguards = [f"safeguards{i}" for i in range(6) if blocs[0] and blocs[1 + i % 2]]
    rules: dict[str, Any] = {}
    if blocs[0] and blocs[1]:
        rules["first_to_second"] = {"name": "From the first bloc to the second", "technologies": list(technologies[:5]),
                                    "giver": list(blocs[0]), "receiver": list(blocs[1]), "unless": safeguards}  # fmt: skip
        rules["second_to_first"] = {"name": "From the second bloc to the first", "technologies": [technologies[5]],
                                    "giver": list(blocs[1]), "receiver": list(blocs[0])}  # fmt: skip
    if blocs[0]:
        rules["kept"] = {"name": "Does not leave the first bloc", "technologies": [technologies[6]],
                         "giver": list(blocs[0]), "receiver": ["*"], "except_receiver": list(blocs[0]),
                         "unless": safeguards}  # fmt: skip
    return rules


def participation(mean: float, missions: int) -> dict[str, Any]:
    """A pool from which emerging partners may receive, a fair return, a cap on the largest, in-kind work, and barter.

    `mean`: an agency's yearly budget in millions, the mean over all. Where there are few missions, the one agency that can
    pay for a spacecraft must be allowed to.
    """
    rules: dict[str, Any] = {
        "pool": {"kind": "cash_pool", "name": "Common pool", "maximum_paid": "0.1", "receivers": ["emerging"],
                 "maximum_received": f"{max(1.0, 0.3 * mean):.2f} MEUR@2025", "estimate": MADE},
        "return": {"kind": "minimum_return", "name": "Fair return", "minimum": "0.8", "estimate": MADE},
        "kind": {"kind": "in_kind", "name": "Mostly in kind", "minimum": "0.4", "estimate": MADE},
        "place": {"kind": "emerging_place", "name": "A place for newcomers", "minimum_share": "0.01", "estimate": MADE},
        "barter": {"kind": "barter", "name": "Balanced use", "maximum_debt": f"{max(20.0, mean):.2f} MEUR@2025",
                   "estimate": MADE},
    }  # fmt: skip
    if missions >= 40:
        rules["largest"] = {"kind": "maximum_share", "name": "None over half", "maximum": "0.5", "estimate": MADE}
    return rules
