"""What can be wrong with policies, facts and questions."""

from __future__ import annotations

from collections.abc import Iterable

from comity.model.problems import Problem


class PolicyError(ValueError):
    """Rules, facts or a question that cannot be used; `problems` has all that is wrong, each with its place."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems = (Problem("", 0, 0, (), problems),) if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else "\n".join(map(str, self.problems)))
