"""Dates as sources give them: to the day, the month or the year, or only as having passed by some day."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class When:
    """When something came about: on some day from `first` to `last`, both included.

    `text` is how the source has it: `1967-10-10`, `2023-09`, `1976`, or `by 2015-01-01`.
    """

    text: str
    first: date
    last: date

    def passed(self, at: date) -> bool | None:
        """Had it come about on a day? None when the source is too coarse to say.

        >>> When.parse("2023-09").passed(date(2023, 9, 15)) is None
        True
        """
        if self.last <= at:
            return True
        return False if self.first > at else None

    def later(self, days: int) -> When:
        """The same, some days later."""
        if not days:
            return self
        earliest = self.first if self.first == date.min else self.first + timedelta(days)
        return When(self.text, earliest, self.last + timedelta(days))

    def not_before(self, day: date | None) -> When:
        """The same, but no earlier than a day."""
        return self if day is None else When(self.text, max(self.first, day), max(self.last, day))

    @property
    def dated(self) -> bool:
        """Is there a day, month or year, and not only a bound?"""
        return not self.text.startswith("by ")

    @classmethod
    def parse(cls, text: str) -> When:
        """Reads `2023`, `2023-09` or `2023-09-29`. Raises ValueError for anything else.

        >>> When.parse("1976").last
        datetime.date(1976, 12, 31)
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a date; write 2024, 2024-01 or 2024-01-05")
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        try:
            if month is None:
                return cls(text, date(year, 1, 1), date(year, 12, 31))
            if day is None:
                return cls(text, date(year, month, 1), date(year, month, monthrange(year, month)[1]))
            return cls(text, date(year, month, day), date(year, month, day))
        except ValueError as error:
            raise ValueError(f"{text!r} is not a date: {error}") from error

    @classmethod
    def by(cls, day: str, *, after: str | None = None) -> When:
        """What a list of a day shows to have come about; `after` is the day of a list that did not show it yet."""
        earliest = date.min if after is None else cls.parse(after).last + timedelta(1)
        return cls(f"by {day}", earliest, cls.parse(day).last)
