"""What a set of rules reads of a question: two questions that agree in all of it get the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cedarpy import pst

from comity.policy.facts import Attribute, Entity, Facts, Uid, milliseconds
from comity.policy.language import Policies

_COMPARISONS = ("less", "less_eq", "greater", "greater_eq", "eq", "not_eq")


@dataclass(slots=True)
class Part:
    """What rules read of one entity in a question: attributes, whether some are there, and what it is or is in by name.

    `identity` says that rules may read which entity it is in some way not told apart here.
    """

    attributes: set[str] = field(default_factory=set)
    presence: set[str] = field(default_factory=set)
    named: set[Uid] = field(default_factory=set)
    identity: bool = False

    def signature(self, entity: Entity, facts: Facts) -> tuple[object, ...]:
        """All that the rules can see of an entity."""
        given = entity.attributes
        above = facts.ancestors[entity.uid] if self.named else frozenset()
        return (
            entity.uid if self.identity or entity.uid in self.named else entity.uid.type,
            tuple(given.get(name) for name in sorted(self.attributes)),
            tuple(name in given for name in sorted(self.presence)),
            frozenset(uid for uid in self.named if uid in above),
        )


@dataclass(slots=True)
class Reads:
    """What a set of rules reads of a question.

    `dates` are attributes of the resource that are only compared with the question's time: it matters which is earlier,
    and not by how much. `relations` are attributes that the principal is compared with (`eq`), asked to be in (`in`)
    or held by (`held`).
    """

    parts: dict[str, Part] = field(default_factory=lambda: {v: Part() for v in ("principal", "resource", "receiver")})
    dates: set[str] = field(default_factory=set)
    relations: set[tuple[str, str]] = field(default_factory=set)
    meeting: bool = False
    purpose: bool = False
    exact_time: bool = False
    thresholds: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, policies: Policies) -> Reads:
        """What these rules read."""
        reads = cls()
        for rule in policies.rules:
            for name, scope in (("principal", rule.tree.principal), ("resource", rule.tree.resource)):
                if isinstance(scope, (pst.ScopeEq, pst.ScopeIn, pst.ScopeIsIn)):
                    assert isinstance(scope.entity, pst.EntityUid)
                    reads.parts[name].named.add(uid_of(scope.entity))
            for clause in rule.tree.clauses:
                reads._visit(clause.expr)
        return reads

    def dates_of(self, entity: Entity) -> tuple[int | None, ...]:
        """The entity's dates in milliseconds, None where it has none."""
        values = (entity.attributes.get(name) for name in sorted(self.dates))
        return tuple(milliseconds(v) if isinstance(v, datetime) else None for v in values)

    def _visit(self, expr: pst.Expr) -> None:
        if (name := variable(expr)) is not None:
            self.parts[name].identity = True
            return
        match expr:
            case pst.Var("context"):
                self.purpose = self.exact_time = self.parts["receiver"].identity = True
            case pst.GetAttr(pst.Var("context"), "at"):
                self.exact_time = True
            case pst.GetAttr(pst.Var("context"), "purpose"):
                self.purpose = True
            case pst.GetAttr(base, attr) if (name := variable(base)) is not None:
                self.parts[name].attributes.add(attr)
            case pst.HasAttr(base, attrs) if (name := variable(base)) is not None:
                part = self.parts[name]
                (part.presence if len(attrs) == 1 else part.attributes).add(attrs[0])
            case pst.Is(base, _, None) if variable(base) is not None:
                pass
            case pst.BinaryOp(op, left, right) if op in _COMPARISONS or op in ("in", "contains"):
                self._compared(op, left, right)
            case _:
                for child in children(expr):
                    self._visit(child)

    def _compared(self, op: str, left: pst.Expr, right: pst.Expr) -> None:
        """A comparison: the forms whose outcome alone matters are noted, and in all others both sides are read."""
        if op == "contains":
            op, left, right = "held", right, left
        for one, other in ((left, right), (right, left)):
            if is_at(one) and op in _COMPARISONS:
                self._compared_with_time(other)
                return
            if op in ("in", "held") and one is right:
                break
            name = variable(one)
            if name is not None and (names := literals(other)) is not None:
                self.parts[name].named |= names
                return
            if name == "principal" and op in ("eq", "not_eq", "in", "held"):
                if op in ("eq", "not_eq") and variable(other) == "receiver":
                    self.meeting = True
                    return
                if isinstance(other, pst.GetAttr) and variable(other.base) == "resource":
                    self.relations.add((op if op in ("in", "held") else "eq", other.attr))
                    return
        self._visit(left)
        self._visit(right)

    def _compared_with_time(self, other: pst.Expr) -> None:
        match other:
            case pst.UnaryOp("datetime", pst.StringLit(text)):
                self.thresholds.add(moment_ms(text))
            case pst.GetAttr(base, name) if variable(base) == "resource":
                self.dates.add(name)
            case _:
                self.exact_time = True
                self._visit(other)


def related_to(who: Uid, part: tuple[str, Attribute | None], facts: Facts) -> str:
    """How a principal stands to a value: `yes` when it is it (`eq`), is in it (`in`) or is held by it (`held`); `none` without."""
    op, value = part
    if value is None:
        return "none"
    if op == "eq":
        return "yes" if value == who else "no"
    if op == "held":
        return "yes" if isinstance(value, frozenset) and who in value else "no"
    ends = value if isinstance(value, frozenset) else (value,)
    return "yes" if any(end in facts.ancestors[who] for end in ends) else "no"


def variable(expr: pst.Expr) -> str | None:
    """Which entity of the question this is, if it is one."""
    match expr:
        case pst.Var("principal"):
            return "principal"
        case pst.Var("resource"):
            return "resource"
        case pst.GetAttr(pst.Var("context"), "receiver"):
            return "receiver"
    return None


def variables(expr: pst.Expr) -> frozenset[str]:
    """Which entities of the question an expression reads."""
    name = variable(expr)
    if name is not None:
        return frozenset({name})
    return frozenset().union(*map(variables, children(expr)))


def is_at(expr: pst.Expr) -> bool:
    """Is this the question's time?"""
    return isinstance(expr, pst.GetAttr) and expr.attr == "at" and expr.base == pst.Var("context")


def literals(expr: pst.Expr) -> set[Uid] | None:
    """The entities that an expression names outright, alone or as a set; None when it is anything else."""
    parts: Iterable[pst.Expr] = expr.elements if isinstance(expr, pst.Set) else (expr,)
    found = set[Uid]()
    for part in parts:
        if not isinstance(part, pst.EntityLit):
            return None
        found.add(uid_of(part.value))
    return found


def uid_of(uid: pst.EntityUid) -> Uid:
    """An entity's name in our form."""
    return Uid("::".join((*uid.type.namespace, uid.type.basename)), uid.id)


def moment_ms(text: str) -> int:
    """The milliseconds of a time as Cedar writes it (RFC 80 of Cedar: a date, or a date and a time with a zone)."""
    if len(text) == 10:
        text += "T00:00:00Z"
    if text[-5] in "+-" and ":" not in text[-5:]:
        text = text[:-2] + ":" + text[-2:]
    return milliseconds(datetime.fromisoformat(text.replace("Z", "+00:00")))


def children(expr: pst.Expr) -> tuple[pst.Expr, ...]:
    """The parts of an expression."""
    match expr:
        case pst.UnaryOp(_, arg):
            return (arg,)
        case pst.BinaryOp(_, left, right):
            return (left, right)
        case pst.GetAttr(base) | pst.HasAttr(base) | pst.Like(base):
            return (base,)
        case pst.Is(base, _, inside):
            return (base,) if inside is None else (base, inside)
        case pst.IfThenElse(cond, yes, no):
            return (cond, yes, no)
        case pst.Set(elements):
            return elements
        case pst.Record(fields):
            return tuple(fields.values())
    return ()
