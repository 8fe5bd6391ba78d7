"""Why no plan exists: a smallest set of rules that no plan can keep together.

The set is a minimal unsatisfiable subset: it is proven that no plan keeps all of it, and without any one of its rules a
plan exists. It is found by QuickXplain (Junker 2004, "QuickXplain: preferred explanations and relaxations for
over-constrained problems"), each set decided exactly over months (`comity.roadmap.feasibility`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from comity.model.programme import Programme
from comity.model.reading import Reading
from comity.roadmap.answer_parts import Clash, Conflict
from comity.roadmap.feasibility import FIRST_WORK, LAST_WORK, UndecidedError, plan_under, shortfall
from comity.roadmap.question import Question
from comity.roadmap.rule_words import Words, millions, place
from comity.roadmap.ways import HELPED, Rule, Ways

Rules = frozenset[Rule]
#: Who must be in the plan: found first, since every other decision then looks at those missions alone.
_DEMANDS = frozenset({"committed", "required", "settled"})
#: Kinds that are lifted all at once where the conflict stands without them; the dearest to decide first.
_BLOCKS: tuple[frozenset[str], ...] = (
    HELPED,
    frozenset({"interface"}),
    frozenset({"export_control", "treaty", "capability", "coalition"}),
    frozenset({"capacity"}),
    frozenset({"excludes", "barred"}),
    frozenset({"budget", "cash_pool"}),
    frozenset({"dates", "launch_window"}),
    frozenset({"precedence"}),
)


#: Programmes of no more rules than this are searched for a conflict twice, in two orders.
SMALL = 150


class NoConflictError(Exception):
    """That no conflict can be told: a plan exists (`plan_exists`), or the work allowed did not suffice to say."""

    def __init__(self, *, plan_exists: bool) -> None:
        self.plan_exists = plan_exists
        found = "the rules are not in conflict: a plan exists"
        super().__init__(found if plan_exists else "it could be neither shown nor excluded that a plan exists")


def minimal_conflict(
    programme: Programme,
    question: Question | None = None,
    *,
    reading: Reading | None = None,
    on_progress: Callable[[str, int], None] | None = None,
    already_spent: Mapping[tuple[str, int], Decimal] | None = None,
    work: float = LAST_WORK,
) -> Conflict:
    """The smallest set found of rules that no plan can keep together, each with its place in the files of `reading`.

    `on_progress` is told what is being done and how many sets of rules have been decided. `work` bounds one decision
    (CP-SAT's deterministic seconds). `already_spent` is as for `solve`. NoConflictError when a plan exists after all.
    The horizon, and that a mission needs its elements, always hold.
    """
    ways = Ways(programme, question or Question(), already_spent)
    court = _Court(ways, work, on_progress)
    core = _core(court, ways.rules, _BLOCKS)
    if len(core) > 3 and len(ways.rules) <= SMALL:
        # Another order may lead to another conflict; the shorter one is told.
        core = min(core, _core(court, tuple(reversed(ways.rules)), tuple(reversed(_BLOCKS))), key=len)
    minimal = all(court.has_plan(frozenset(core) - {rule}) for rule in core)
    words, order = Words(ways), {rule: i for i, rule in enumerate(ways.rules)}
    ranked = sorted(core, key=lambda rule: (rule.kind not in _DEMANDS, order[rule]))
    horizon = programme.programme.horizon
    return Conflict(
        clashes=tuple(_clash(words, rule, frozenset(core), reading) for rule in ranked),
        horizon=f"{horizon.start}..{horizon.end}",
        minimal=minimal,
        decisions=court.decisions,
    )


def told(conflict: Conflict) -> str:
    """A conflict as plain text: a line that sums it up, and one line a rule, `file:line: what it says`."""
    count = len(conflict.clashes)
    within = f"within {conflict.horizon.replace('..', ' to ')}"
    if count == 1:
        head = f"No plan exists: one rule cannot be kept {within}."
    else:
        end = "; without any one of them a plan exists." if conflict.minimal else "."
        head = f"No plan exists: these {count} rules cannot be kept together {within}{end}"
    lines = [head]
    for clash in conflict.clashes:
        at = f"{clash.file}:{clash.line}" if clash.file else clash.path or "the question"
        lines.append(f"  {at}: {clash.says}")
    return "\n".join(lines)


class _Court:
    """Decides sets of rules, and remembers: a subset of what has a plan has one, a superset of what has none has none."""

    def __init__(self, ways: Ways, work: float, on_progress: Callable[[str, int], None] | None) -> None:
        self.ways, self.work, self.on_progress = ways, work, on_progress
        self.possible: list[Rules] = []
        self.impossible: list[Rules] = []
        self.open: dict[Rules, float] = {}  # what could not be decided, and with how much work
        self.decisions = 0

    def has_none(self, rules: Rules, *, work: float | None = None) -> bool:
        """Is it proven that no plan keeps the rules?"""
        self._decide(rules, work or self.work)
        return any(known <= rules for known in self.impossible)

    def has_plan(self, rules: Rules) -> bool:
        """Was a plan found that keeps the rules?"""
        self._decide(rules, self.work)
        return any(known >= rules for known in self.possible)

    def _decide(self, rules: Rules, work: float) -> None:
        if (
            self.open.get(rules, 0.0) >= work
            or any(known >= rules for known in self.possible)
            or any(known <= rules for known in self.impossible)
        ):
            return
        self.decisions += 1
        if self.on_progress is not None:
            self.on_progress(f"deciding {len(rules)} rules", self.decisions)
        try:
            found = plan_under(self.ways, rules, work=work)
        except UndecidedError:
            self.open[rules] = work
        else:
            (self.impossible if found is None else self.possible).append(rules)


def _core(court: _Court, rules: Sequence[Rule], blocks: Iterable[frozenset[str]]) -> tuple[Rule, ...]:
    left = _few_demands(court, rules)
    for block in blocks:
        without = [rule for rule in left if rule.kind not in block]
        if len(without) < len(left) and court.has_none(frozenset(without)):
            left = without
        elif court.has_plan(frozenset(left)):
            raise NoConflictError(plan_exists=True)
    if not court.has_none(frozenset(left)):
        raise NoConflictError(plan_exists=False)
    demands = [rule for rule in left if rule.kind in _DEMANDS]
    others = [rule for rule in left if rule.kind not in _DEMANDS]
    demands = _quick_explain(court, others, demands)
    return (*demands, *_quick_explain(court, demands, others))


def _few_demands(court: _Court, rules: Sequence[Rule]) -> list[Rule]:
    """The rules with as few demands as quickly make a conflict already, or else all rules.

    Where a hundred missions are demanded and a dozen of them are too many, this asks about two dozen at most.
    """
    demands = [rule for rule in rules if rule.kind in _DEMANDS]
    others = [rule for rule in rules if rule.kind not in _DEMANDS]
    count = 1
    while count < len(demands):
        few = [*demands[:count], *others]
        if court.has_none(frozenset(r for r in few if r.kind not in HELPED), work=FIRST_WORK):
            return few
        count *= 2
    return list(rules)


def _quick_explain(court: _Court, kept: Sequence[Rule], rules: Sequence[Rule]) -> list[Rule]:
    """The rules that, with those kept, make a conflict, none of them needless."""

    def explain(background: frozenset[Rule], grown: bool, among: list[Rule]) -> list[Rule]:
        if grown and court.has_none(background):
            return []
        if len(among) == 1:
            return among
        half = len(among) // 2
        second = explain(background | set(among[:half]), True, among[half:])
        return explain(background | set(second), bool(second), among[:half]) + second

    return explain(frozenset(kept), True, list(rules)) if rules else []


def _clash(words: Words, rule: Rule, core: Rules, reading: Reading | None) -> Clash:
    path = words.path(rule)
    file, line = place(reading, path)
    said = words.says(rule)
    if core == {rule} and rule.kind in _DEMANDS:
        said += "; by none of its options can it be carried out and delivered within the horizon"
    if rule.kind == "budget" and rule.subject in words.programme.contributors:
        lack = shortfall(words.ways, core, rule.subject)
        if lack is not None:
            least = "" if lack[1] else "at most "
            said += f"; {least}{millions(words.programme, lack[0])} more, in the years where it lacks, would do"
    return Clash(kind=rule.kind, where=words.where(rule), says=said, path=_written(path), file=file, line=line)


def _written(path: Iterable[str | int]) -> str:
    return ": ".join(f"[{step + 1}]" if isinstance(step, int) else step for step in path)
