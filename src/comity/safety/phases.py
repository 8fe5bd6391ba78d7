"""The phases of a mission, in their order, as the common safety procedure counts them."""

from __future__ import annotations

from typing import Literal

Phase = Literal["concept", "design", "test", "launch", "operations", "disposal"]
PHASES: tuple[Phase, ...] = ("concept", "design", "test", "launch", "operations", "disposal")
