"""What a programme is: its types, units and money; reading, checking and writing it."""

from comity.model.calendar import Month, MonthSpan
from comity.model.money import Money
from comity.model.problems import Problem, ProgrammeError
from comity.model.programme import Programme
from comity.model.reading import Reading, load, read, read_texts

__all__ = [
    "Money",
    "Month",
    "MonthSpan",
    "Problem",
    "Programme",
    "ProgrammeError",
    "Reading",
    "load",
    "read",
    "read_texts",
]
