"""A laboratory of 28 V or of 120 V on a bus of 120 V, with a converter that may stand between: every sum by hand.

Bus 50, operations 5; the laboratory of 28 V costs 20, that of 120 V costs 40; the converter what a test says. MEUR.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from comity.model.programme import Programme

COMMON = {"success": 1, "profile": "uniform", "estimate": "for a test"}


def option(provider: str, cost: float, months: int = 12, **fields: Any) -> dict[str, Any]:
    return {"provider": provider, "cost": f"{cost} MEUR@2025", "duration": f"{months} months", **COMMON, **fields}


def power(role: str, voltage: str) -> dict[str, Any]:
    stated = {"current_type": "dc", "voltage": voltage}
    return {"kind": "power", "role": role, "parameters": stated, "estimate": "for a test"}


def converter(cost: float, **fields: Any) -> dict[str, Any]:
    """An adapter from 120 V to 28 V."""
    ports = {"in": power("consume", "120 V"), "out": power("supply", "28 V")}
    return {"name": "Converter", "kind": "power", "optional": True, "adapter": True, "ports": ports, **fields} | {
        "options": [option("esa", cost, 6)]
    }


def programme(
    budget: float, *, converter: dict[str, Any] | None = None, latest: str = "2033-12", **changes: dict[str, Any]
) -> Programme:
    """The mission `station`, with `changes` to it and further missions by name.

    `budget` is esa's in all; `latest` the last month in which operations may start.
    """
    laboratory = [
        option("jaxa", 20, id="of-28-volts", paid_by="esa", ports={"bus": power("consume", "28 V")}),
        option("esa", 40, id="of-120-volts", ports={"bus": power("consume", "120 V")}),
    ]
    elements: dict[str, Any] = {
        "bus": {
            "name": "Bus",
            "kind": "bus",
            "ports": {"bus": power("supply", "120 V")},
            "options": [option("esa", 50)],
        },
        "laboratory": {"name": "Laboratory", "kind": "module", "options": laboratory},
        "operations": {
            "name": "Operations",
            "kind": "operations",
            "after": ["bus", "laboratory"],
            "latest": latest,
            "contributes": {"climate": 1},
            "options": [option("esa", 5, 6)],
        },
    }
    if converter is not None:
        elements = {"converter": converter, **elements}
    missions: dict[str, Any] = {
        "station": {
            "name": "Station",
            "elements": elements,
            "interfaces": [{"between": ["bus", "laboratory"], "technology": "power"}],
        }
    }
    missions["station"] |= changes.pop("station", {})
    return Programme.model_validate(
        deepcopy(
            {
                "programme": {
                    "id": "joined",
                    "name": "joined",
                    "summary": "A laboratory on a bus.",
                    "horizon": {"start": "2030-01", "end": "2033-12"},
                    "currency": "EUR",
                    "economic_conditions": 2025,
                    "discount_rate": 0.01,
                },
                "technologies": {"power": {"name": "Power"}},
                "partners": {
                    "esa": {
                        "name": "ESA",
                        "kind": "agency",
                        "country": "FR",
                        "carry_over": 1,
                        "budget": {"2030": f"{budget} MEUR@2025", "2031-2033": "0 MEUR@2025"},
                        "estimate": "for a test",
                    },
                    "jaxa": {"name": "JAXA", "kind": "agency", "country": "JP"},
                },
                "objectives": {
                    "climate": {"name": "Climate", "value": 100, "curve": "linear", "estimate": "for a test"}
                },
                "missions": {**missions, **changes},
            }
        )
    )
