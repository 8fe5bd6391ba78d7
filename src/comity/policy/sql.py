"""The rules of access as a condition that a database applies: a list is filtered where it lies, not row by row.

The datasets stand in a table with a column for each attribute of the schema (`comity.cedarschema`), and `id`: entities by
their ids, times in milliseconds since 1970 UTC, NULL where an attribute is not there. A set of entities or texts stands in
a table of its own, `dataset_<attribute>` with the columns `dataset` and `value`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from comity.policy.errors import PolicyError
from comity.policy.facts import RESOURCES, Facts, Uid, milliseconds
from comity.policy.language import Policies, schema_text
from comity.policy.residual import Open, Setting, condition_of, either

Dialect = Literal["sqlite", "duckdb", "postgresql"]
_PLACEHOLDER: dict[Dialect, str] = {"sqlite": "?", "duckdb": "?", "postgresql": "%s"}
_COMPARED = {"eq": "=", "less": "<", "less_eq": "<=", "greater": ">", "greater_eq": ">="}


@dataclass(frozen=True, slots=True)
class SqlCondition:
    """What stands after WHERE (of `access_count`, the whole query), and the values for its placeholders in order.

    No value is ever part of the text.
    """

    sql: str
    parameters: tuple[str | int | bool, ...]


def access_filter(
    policies: Policies,
    facts: Facts,
    who: str,
    at: datetime,
    *,
    action: str = "read",
    purpose: str = "programme",
    dialect: Dialect = "sqlite",
    table: str = "dataset",
) -> SqlCondition:
    """The condition that holds for exactly those rows of a table on which a partner may do something at a time.

    PolicyError when a rule has a form that no database could apply, or the facts do not know the partner.
    """
    kind = RESOURCES[action]
    permitted, forbidden = _left(policies, facts, who, at, action, purpose)
    writer = _Writer(kind, dialect, table)
    text = writer.text(permitted)
    if forbidden is not False:
        text = f"({text}) AND NOT ({writer.text(forbidden)})"
    return SqlCondition(text, tuple(writer.parameters))


def access_count(
    policies: Policies,
    facts: Facts,
    who: str,
    at: datetime,
    *,
    action: str = "read",
    purpose: str = "programme",
    dialect: Dialect = "sqlite",
    table: str = "dataset",
) -> SqlCondition:
    """The query that counts the rows of `access_filter`, as a sum over the grounds on which rows are permitted.

    No row is counted on two grounds, so that each part can be read from an index of its own; without such indexes a plain
    count by `access_filter` is as fast. The grounds that are the same for everybody come first: they are the large ones, and
    exclude the least.
    """
    kind = RESOURCES[action]
    permitted, forbidden = _left(policies, facts, who, at, action, purpose)
    grounds = sorted(_grounds(permitted), key=_asks_who)
    writer, parts = _Writer(kind, dialect, table), list[str]()
    for place, ground in enumerate(grounds):
        barred = [*grounds[:place], *([] if forbidden is False else [forbidden])]
        text = f"({writer.text(ground)})" + "".join(f" AND NOT ({writer.text(other)})" for other in barred)
        parts.append(f'SELECT count(*) AS n FROM "{table}" WHERE {text}')
    together = " UNION ALL ".join(parts) or "SELECT 0 AS n"
    return SqlCondition(f"SELECT sum(n) FROM ({together}) AS parts", tuple(writer.parameters))


def _left(
    policies: Policies, facts: Facts, who: str, at: datetime, action: str, purpose: str
) -> tuple[bool | Open, bool | Open]:
    """When it is permitted and when forbidden, as far as that depends on the row."""
    setting = Setting(facts, facts.known("Partner", who).uid, None, RESOURCES[action], milliseconds(at), purpose)
    permitted: bool | Open = False
    forbidden: bool | Open = False
    for rule in policies.of_action(action):
        condition = condition_of(rule, setting)
        if rule.cited.effect == "permit":
            permitted = either(permitted, condition)
        else:
            forbidden = either(forbidden, condition)
    return permitted, forbidden


def _grounds(condition: bool | Open) -> list[bool | Open]:
    """The conditions of which any one suffices."""
    if isinstance(condition, Open) and condition.op == "or":
        return [ground for part in condition.parts for ground in _grounds(part)]
    return [] if condition is False else [condition]


def _asks_who(condition: Any) -> bool:
    """Does a condition compare with an entity, and so with who asks?"""
    if isinstance(condition, Open):
        return any(_asks_who(part) for part in condition.parts)
    return isinstance(condition, Uid) or (isinstance(condition, frozenset) and any(map(_asks_who, condition)))


@cache
def attribute_types(kind: str) -> dict[str, str]:
    """By attribute of an entity type its type, as the schema writes it."""
    found = re.search(rf"^entity {kind} \{{(.*?)\}};", schema_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return dict(re.findall(r"(\w+)\??:\s*([\w<>]+)", found[1]))


class _Writer:
    """Writes what is left of a rule, and collects the values in the order of their placeholders."""

    def __init__(self, kind: str, dialect: Dialect, table: str) -> None:
        self.parameters: list[str | int | bool] = []
        self._kind, self._types, self._mark, self._table = kind, attribute_types(kind), _PLACEHOLDER[dialect], table

    def text(self, value: bool | Open) -> str:
        if isinstance(value, bool):
            return "1 = 1" if value else "1 = 0"
        op, parts = value.op, value.parts
        if op in ("and", "or"):
            return f"({self.text(parts[0])} {op.upper()} {self.text(parts[1])})"
        if op == "not":
            return f"NOT ({self.text(parts[0])})"
        if op == "present":
            return f"{self._column(parts[0])} IS NOT NULL"
        if op == "attribute":
            return f"{self._column(parts[0])} IS TRUE"
        if op == "one_of":
            return self._one_of(*parts)
        if op == "holds":
            return self._holds(*parts)
        if op in _COMPARED:
            return f"{self._term(parts[0])} {_COMPARED[op]} {self._term(parts[1])}"
        raise PolicyError(f"no database can apply {op!r} of a rule")

    def _one_of(self, one: Open, among: frozenset[Any]) -> str:
        kind = self._kind if one.op == "resource" else self._types.get(one.parts[0], "")
        fitting = sorted(v.id if isinstance(v, Uid) else v for v in among if not isinstance(v, Uid) or v.type == kind)
        if not fitting:
            return "1 = 0"
        column = self._term(one)
        self.parameters += fitting
        return f"{column} IN ({', '.join([self._mark] * len(fitting))})"

    def _holds(self, one: Open, value: Any) -> str:
        if one.op != "attribute":
            raise PolicyError("no database can apply 'contains' of a rule to this")
        self.parameters.append(_plain(value))
        side = f'"{self._table}_{one.parts[0]}"'
        return f'EXISTS (SELECT 1 FROM {side} s WHERE s."dataset" = "{self._table}"."id" AND s."value" = {self._mark})'

    def _term(self, value: Any) -> str:
        if isinstance(value, Open):
            if value.op == "resource":
                return self._column("id")
            if value.op != "attribute":
                raise PolicyError(f"no database can apply {value.op!r} of a rule")
            return self._column(value.parts[0])
        self.parameters.append(_plain(value))
        return self._mark

    def _column(self, name: str) -> str:
        return f'"{self._table}"."{name}"'


def _plain(value: Any) -> str | int | bool:
    return value.id if isinstance(value, Uid) else value
