"""The planner's door: which rules bar a class of technology between two partners, and in which months they do not.

The planner asks of very many pairs and months. So each rule is worked out once for a class, a giver and a receiver with
the time left open; what is left of it are the months in which it is lifted.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime

from cedarpy import pst

from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.policy.facts import Uid
from comity.policy.language import Rule
from comity.policy.programme_rules import programme_facts, programme_policies
from comity.policy.reads import variables
from comity.policy.residual import Open, Setting, both, evaluate, negated, scope_of
from comity.policy.times import BEGINNING, END, Span, spans

#: The first and the last month of a span, both included; None when it has no end.
Months = tuple[Month, Month | None]


class Transfers:
    """A programme's rules of transfer, worked out for whoever asks and remembered."""

    def __init__(self, programme: Programme) -> None:
        self.facts = programme_facts(programme)
        self.policies = programme_policies(programme)
        self._forbidding = [_Worked(rule) for rule in self.policies.rules if rule.cited.effect == "forbid"]
        self._bars = dict[tuple[str, str, str], Mapping[str, tuple[Months, ...]]]()

    def bars(self, technology: str, giver: str, receiver: str) -> Mapping[str, tuple[Months, ...]]:
        """By rule that bars the class between the two, the spans of months in which each thing that can lift it does."""
        key = (technology, giver, receiver)
        found = self._bars.get(key)
        if found is None:
            setting = Setting(
                self.facts,
                Uid("Partner", giver),
                Uid("Class", technology),
                "Class",
                None,
                "programme",
                Uid("Partner", receiver),
            )
            lifted = ((rule.id, rule.lifted(setting)) for rule in self._forbidding)
            found = self._bars[key] = {id: months for id, months in lifted if months is not None}
        return found


class _Worked:
    """A rule, and the clauses that it is made of."""

    def __init__(self, rule: Rule) -> None:
        self.id, self._rule = rule.id, rule
        self._clauses = [
            (isinstance(c, pst.When), [_Conjunct(e) for e in _conjuncts(c.expr)]) for c in rule.tree.clauses
        ]

    def lifted(self, setting: Setting) -> tuple[Months, ...] | None:
        """When each `unless` of the rule lifts it; None when it does not bar at all."""
        bars, lifted = scope_of(self._rule, setting), list[Span]()
        for is_when, conjuncts in self._clauses:
            value: bool | Open = True
            for conjunct in conjuncts:
                value = both(value, conjunct.value(setting))
                if value is False:
                    break
            if is_when:
                bars = both(bars, value)
            elif value is True:
                return None
            elif value is not False:
                lifted += spans(value)
            if bars is False:
                return None
        # A rule that bars at certain times only is as good as lifted at all others.
        lifted += spans(negated(bars))
        return tuple((_month(a), None if b >= END else _month(b).plus(-1)) for a, b in lifted)


class _Conjunct:
    """One of the conditions that a clause joins by `and`; worked out once for each value of what it reads."""

    def __init__(self, expr: pst.Expr) -> None:
        self._expr, self._known = expr, dict[tuple[Uid | None, ...], bool | Open]()
        read = variables(expr)
        self._reads = tuple(name in read for name in ("principal", "resource", "receiver"))

    def value(self, setting: Setting) -> bool | Open:
        p, r, x = self._reads
        key = (setting.principal if p else None, setting.resource if r else None, setting.receiver if x else None)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = evaluate(self._expr, setting)
        return found


def _conjuncts(expr: pst.Expr) -> list[pst.Expr]:
    if isinstance(expr, pst.BinaryOp) and expr.op == "and":
        return [*_conjuncts(expr.left), *_conjuncts(expr.right)]
    return [expr]


def _month(ms: int) -> Month:
    if ms <= BEGINNING:
        return Month(0)
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return Month.of(at.year, at.month)


_KEPT = 32
_Ids = tuple[int, ...]
_known: OrderedDict[_Ids, tuple[tuple[object, ...], Transfers]] = OrderedDict()


def transfers(programme: Programme) -> Transfers:
    """The transfers of a programme; the same for programmes that share partners, technologies, agreements and export control.

    Known by identity, which is right for values that never change: content would take longer to compare than to read.
    """
    read = (programme.partners, programme.technologies, programme.agreements, programme.export_control)
    key = tuple(map(id, read))
    entry = _known.get(key)
    if entry is None:
        entry = _known[key] = (read, Transfers(programme))  # `read` keeps the ids taken
        if len(_known) > _KEPT:
            _known.popitem(last=False)
    else:
        _known.move_to_end(key)
    return entry[1]
