"""Checks across a programme: plain functions from a draft to a list of problems; all run, and all are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comity.model.problems import Problem

if TYPE_CHECKING:
    from comity.model.reading import Draft

CHECKS: tuple = ()


def check(draft: Draft) -> list[Problem]:
    """All problems that the checks find."""
    return [problem for look in CHECKS for problem in look(draft)]
