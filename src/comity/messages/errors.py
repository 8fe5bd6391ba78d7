"""What users of messages give that cannot be taken, and what is found wrong in a message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a message: where, what, and what would be right."""

    #: Line of the file, from 1.
    line: int
    #: The keyword, or the part of the message, that it is about.
    field: str
    what: str
    right: str
    #: Whether the message cannot be read for it: what it means is not sure.
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.line}: {self.field}: {self.what}; {self.right}"


class MessageError(ValueError):
    """A message, or what is asked of it, that cannot be used: says what, where, and what would be right."""

    def __init__(self, text: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(text)
        #: All that was found, when a message was refused for what stands in it.
        self.problems = problems
