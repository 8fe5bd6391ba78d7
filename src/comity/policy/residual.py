"""Evaluates a rule while a part of the question is still open, and keeps what depends on it.

With the time open, what is left tells *when* a rule holds (`times.py`); with the resource open, what is left is a
condition on it that a database can apply (`sql.py`). Everything else is worked out as Cedar would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cedarpy import pst

from comity.policy.errors import PolicyError
from comity.policy.facts import Facts, Uid, milliseconds
from comity.policy.language import Rule
from comity.policy.reads import moment_ms, uid_of


@dataclass(frozen=True, slots=True)
class Open:
    """What is still open: an operator and its parts.

    Leaves are `at`, `resource`, `attribute` (name) and `present` (name). `one_of` asks whether an entity is among some.
    """

    op: str
    parts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """The known part of a question; `at` or `resource` is None where it is open. Times are in milliseconds."""

    facts: Facts
    principal: Uid
    resource: Uid | None
    kind: str
    at: int | None
    purpose: str
    receiver: Uid | None = None


_AT, _RESOURCE = Open("at"), Open("resource")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "less": lambda a, b: a < b,
    "less_eq": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "greater_eq": lambda a, b: a >= b,
}


def scope_of(rule: Rule, setting: Setting) -> bool | Open:
    """Does the scope of a rule take the question in? The action is not looked at."""
    principal = _scope(rule.tree.principal, setting.principal, setting.principal.type, setting)
    if principal is False:
        return False
    return both(principal, _scope(rule.tree.resource, setting.resource or _RESOURCE, setting.kind, setting))


def condition_of(rule: Rule, setting: Setting) -> bool | Open:
    """Does a rule hold, scope and clauses together? The action is not looked at."""
    found = scope_of(rule, setting)
    for clause in rule.tree.clauses:
        if found is False:
            return False
        value = evaluate(clause.expr, setting)
        found = both(found, value if isinstance(clause, pst.When) else negated(value))
    return found


def _scope(scope: pst.PrincipalOrResourceConstraint, one: Uid | Open, kind: str, setting: Setting) -> bool | Open:
    if isinstance(scope, pst.ScopeAny):
        return True
    if isinstance(scope, (pst.ScopeIs, pst.ScopeIsIn)) and scope.entity_type.basename != kind:
        return False
    if isinstance(scope, pst.ScopeIs):
        return True
    assert isinstance(scope.entity, pst.EntityUid)
    entity = uid_of(scope.entity)
    return _equal(one, entity) if isinstance(scope, pst.ScopeEq) else _within(one, entity, setting)


def both(one: bool | Open, other: bool | Open) -> bool | Open:
    """One and the other."""
    if one is False or other is False:
        return False
    if one is True:
        return other
    return one if other is True else Open("and", (one, other))


def either(one: bool | Open, other: bool | Open) -> bool | Open:
    """One or the other."""
    if one is True or other is True:
        return True
    if one is False:
        return other
    return one if other is False else Open("or", (one, other))


def negated(value: bool | Open) -> bool | Open:
    """Not so."""
    if isinstance(value, Open):
        return value.parts[0] if value.op == "not" else Open("not", (value,))
    return not value


def evaluate(expr: pst.Expr, setting: Setting) -> Any:
    """The value of an expression, or what is left of it. PolicyError for a form that cannot be left open."""
    match expr:
        case pst.BoolLit(value) | pst.LongLit(value) | pst.StringLit(value):
            return value
        case pst.EntityLit(uid):
            return uid_of(uid)
        case pst.Var(name):
            return _variable(name, setting)
        case pst.GetAttr(base, attr):
            return _attribute(base, attr, setting)
        case pst.HasAttr(base, attrs):
            return _present(base, attrs, setting)
        case pst.UnaryOp(op, arg):
            return _unary(op, arg, setting)
        case pst.BinaryOp(op, left, right):
            return _binary(op, left, right, setting)
        case pst.Set(elements):
            return frozenset(_closed(evaluate(e, setting), "a set") for e in elements)
        case pst.Is(base, kind, inside):
            value = evaluate(base, setting)
            same = kind.basename == (setting.kind if value == _RESOURCE else _closed(value, "is").type)
            return same if inside is None or not same else _within(value, evaluate(inside, setting), setting)
        case pst.IfThenElse(cond, yes, no):
            test = evaluate(cond, setting)
            if isinstance(test, bool):
                return evaluate(yes if test else no, setting)
            one, other = evaluate(yes, setting), evaluate(no, setting)
            return either(both(test, one), both(negated(test), other))
        case pst.Like(base, pattern):
            return _like(_closed(evaluate(base, setting), "like"), pattern)
    raise PolicyError(f"{type(expr).__name__} is not worked out with a part of the question open")


def _closed(value: Any, where: str) -> Any:
    if isinstance(value, Open):
        raise PolicyError(f"{where} is not worked out over {value.op!r} while that is open")
    return value


def _variable(name: str, setting: Setting) -> Any:
    if name == "principal":
        return setting.principal
    if name == "resource":
        return setting.resource or _RESOURCE
    raise PolicyError(f"{name} alone is not worked out with a part of the question open")


def _attribute(base: pst.Expr, attr: str, setting: Setting) -> Any:
    if base == pst.Var("context"):
        if attr == "at":
            return _AT if setting.at is None else setting.at
        return setting.purpose if attr == "purpose" else setting.receiver
    value = evaluate(base, setting)
    if value == _RESOURCE:
        return Open("attribute", (attr,))
    found = setting.facts.entities[_closed(value, "an attribute")].attributes[attr]
    return milliseconds(found) if isinstance(found, datetime) else found


def _present(base: pst.Expr, attrs: tuple[str, ...], setting: Setting) -> Any:
    value = evaluate(base, setting)
    if len(attrs) > 1:
        raise PolicyError("has with more than one name is not worked out")
    if value == _RESOURCE:
        return Open("present", attrs)
    return attrs[0] in setting.facts.entities[_closed(value, "has")].attributes


def _unary(op: str, arg: pst.Expr, setting: Setting) -> Any:
    if op == "datetime" and isinstance(arg, pst.StringLit):
        return moment_ms(arg.value)
    value = evaluate(arg, setting)
    if op == "not":
        return negated(value)
    if op == "is_empty":
        return not _closed(value, "isEmpty")
    if op == "neg":
        return -_closed(value, "a sum")
    raise PolicyError(f"{op} is not worked out with a part of the question open")


def _binary(op: str, left: pst.Expr, right: pst.Expr, setting: Setting) -> Any:
    one = evaluate(left, setting)
    if op == "and":
        return False if one is False else both(one, evaluate(right, setting))
    if op == "or":
        return True if one is True else either(one, evaluate(right, setting))
    other = evaluate(right, setting)
    if op == "eq":
        return _equal(one, other)
    if op == "not_eq":
        return negated(_equal(one, other))
    if op == "in":
        return _within(one, other, setting)
    if op in _ORDER:
        opened = isinstance(one, Open) or isinstance(other, Open)
        return Open(op, (one, other)) if opened else _ORDER[op](one, other)
    if op == "contains":
        if isinstance(other, Open):
            return Open("one_of", (other, _closed(one, "contains")))
        return Open("holds", (one, other)) if isinstance(one, Open) else other in one
    if op == "contains_any":
        return not _closed(one, op).isdisjoint(_closed(other, op))
    if op == "contains_all":
        return bool(_closed(one, op) >= _closed(other, op))
    raise PolicyError(f"{op} is not worked out with a part of the question open")


def _equal(one: Any, other: Any) -> bool | Open:
    if isinstance(one, Open) or isinstance(other, Open):
        return Open("eq", (one, other) if isinstance(one, Open) else (other, one))
    return bool(one == other)


def _within(one: Any, other: Any, setting: Setting) -> bool | Open:
    """Is one entity the other, or in it (or in any of a set)?"""
    above = setting.facts.ancestors
    if isinstance(other, Open):
        return Open("one_of", (other, above[_closed(one, "in")]))
    ends = other if isinstance(other, frozenset) else {other}
    if isinstance(one, Open):
        below = frozenset(uid for uid, all_above in above.items() if not all_above.isdisjoint(ends))
        return Open("one_of", (one, below | frozenset(ends)))
    return not above[one].isdisjoint(ends)


def _like(text: str, pattern: tuple[pst.PatternElem, ...]) -> bool:
    import re

    parts = (".*" if isinstance(p, pst.Wildcard) else re.escape(p.value) for p in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None
