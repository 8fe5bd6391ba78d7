"""Are the dates of an agreement in order, and which obligations are past theirs?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from comity.governance.agreements.obligations import obligations
from comity.model.problems import Problem

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading


def order(reading: Reading) -> Iterator[Problem]:
    """A document that is in force before it is signed, or ends before it begins; duties outside its life."""
    agreement = reading.agreement
    assert agreement is not None
    heading = agreement.agreement
    if heading.signed and heading.until and heading.until < heading.signed:
        yield reading.problem(
            ("agreement", "until"), f"it ends on {heading.until}, before it is signed on {heading.signed}"
        )
    if heading.in_force and heading.until and heading.until < heading.in_force:
        said = f"it ends on {heading.until}, before it is in force from {heading.in_force}"
        yield reading.problem(("agreement", "until"), said)
    if heading.until is None:
        return
    for owed in obligations(agreement):
        if owed.due is not None and owed.due > heading.until:
            said = f"{owed.what!r} is due on {owed.due}, after the agreement ends on {heading.until}"
            yield reading.problem(owed.path, said)


def overdue(reading: Reading, at: date) -> Iterator[Problem]:
    """Obligations of an agreement in force that are past their day and not done."""
    agreement = reading.agreement
    assert agreement is not None
    if agreement.agreement.until is not None and agreement.agreement.until < at:
        return
    for owed in obligations(agreement):
        if owed.overdue(at):
            assert owed.due is not None
            days = (at - owed.due).days
            said = f"{owed.party} owes {owed.what!r} since {owed.due}, {days} day{'' if days == 1 else 's'} ago"
            yield reading.problem(owed.path, said, "say `done:` with its day, or agree a later one")
