"""How far the registration of a mission's space objects has come, by the existing form of the Registration Convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comity.governance.treaties import TreatyError, submission
from comity.model.programme import Programme


@dataclass(frozen=True, slots=True)
class Registration:
    """The form of one space object: what Article IV(1) asks and nobody knows yet, and what has to be settled before."""

    element: str
    filled: int
    missing: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """May it be sent, as far as its fields go?"""
        return not self.missing


def registration(
    programme: Programme,
    mission: str,
    element: str,
    *,
    option: str | None = None,
    given: Mapping[str, str] | None = None,
) -> Registration:
    """The state of an element's form. `given` are fields that are known, as `comity treaty register` takes them."""
    try:
        form = submission(programme, mission, element, option=option, given=given)
    except TreatyError as error:
        return Registration(element, 0, (str(error),), ())
    filled = sum(1 for f in form.fields if f.value)
    return Registration(element, filled, tuple(f.title for f in form.missing), form.remarks)
