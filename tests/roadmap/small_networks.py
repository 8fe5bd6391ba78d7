"""Programmes of one or two missions, as small as a question about delay allows, and plans for them made by hand."""

from __future__ import annotations

from typing import Any

from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from tests.plan_builder import build


def element(kind: str, months: int, **fields: Any) -> dict[str, Any]:
    """An element of 100 MEUR; its option's fields may be given as well (`cost`, `risk`)."""
    option = {
        "id": "way",
        "provider": "agency",
        "cost": fields.pop("cost", "100 MEUR@2025"),
        "duration": f"{months} months",
        "success": 1,
        "profile": "uniform",
        "estimate": "invented",
    }
    return {"name": kind, "kind": kind, "options": [option], **fields}


def programme(missions: dict[str, dict[str, Any]], uncertainty: dict[str, Any] | None = None) -> Programme:
    """Missions given as element by name; none delivers anything, for no question here is about science."""
    return Programme.model_validate(
        {
            "programme": {
                "id": "small",
                "name": "Small",
                "summary": "Invented.",
                "horizon": {"start": "2030-01", "end": "2044-12"},
                "currency": "EUR",
                "economic_conditions": 2025,
                "uncertainty": {"estimate": "invented", **(uncertainty or {})},
            },
            "partners": {
                "agency": {
                    "name": "Agency",
                    "kind": "agency",
                    "budget": {str(y): "9 GEUR@2025" for y in range(2030, 2045)},
                    "estimate": "invented",
                }
            },
            "objectives": {"all": {"name": "All", "value": 1, "curve": "linear", "estimate": "invented"}},
            "missions": {m: {"name": m, "elements": elements} for m, elements in missions.items()},
        }
    )


def plan(of: Programme, starts: dict[str, str], **fields: Any) -> Plan:
    """`{"mission/element": "2030-01"}`."""
    picks = {(m, e): ("way", at) for (m, e), at in ((tuple(name.split("/")), at) for name, at in starts.items())}
    return build(of, picks, **fields)
