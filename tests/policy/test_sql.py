from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.policy import Facts, Policies, PolicyError, Question, access_count, access_filter, decide_all, shipped
from comity.policy.facts import milliseconds
from comity.policy.sql import attribute_types
from tests.policy.strategies import PARTNERS, facts, times

COLUMNS = ("access", "owner", "team", "public_from", "restriction", "cleared")
TABLE = "CREATE TABLE dataset (id TEXT, access TEXT, owner TEXT, team TEXT, public_from BIGINT, restriction TEXT, cleared TEXT)"


def rows(known: Facts) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for id in known.of_type("Dataset"):
        given = known.known("Dataset", id).attributes
        values = [given.get(column) for column in COLUMNS]
        plain = [milliseconds(v) if isinstance(v, datetime) else getattr(v, "id", v) for v in values]
        found.append((id, *plain))
    return found


def by_row(policies: Policies, known: Facts, who: str, at: datetime) -> set[str]:
    asked = [Question(who, "read", id, at) for id in known.of_type("Dataset")]
    return {q.what for q, a in zip(asked, decide_all(policies, known, asked), strict=True) if a.allowed}


ODD = Policies.parse(
    {
        "odd.cedar": """
@id("a") @because("x") @source("x")
permit (principal, action == Action::"read", resource is Dataset)
when { resource.owner in State::"US" || [Dataset::"d1", Dataset::"d4"].contains(resource) };
@id("b") @because("x") @source("x")
permit (principal, action == Action::"read", resource is Dataset)
when { if resource has cleared then principal in resource.cleared else !(resource.owner == principal) };
@id("c") @because("x") @source("x")
forbid (principal, action, resource)
when { resource is Dataset && resource has public_from && resource.public_from < context.at }
unless { ["open", "embargo"].contains(resource.access) };
@id("d") @because("x") @source("x")
permit (principal in Team::"iss", action == Action::"read", resource == Dataset::"d7");
"""
    }
)


@pytest.mark.parametrize("policies", [shipped(), ODD], ids=["shipped", "odd"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_filter_keeps_the_rows_that_are_allowed_one_by_one(policies: Policies, data: st.DataObject) -> None:
    known, who, at = data.draw(facts()), data.draw(st.sampled_from(PARTNERS)), data.draw(times)
    wanted = by_row(policies, known, who, at)
    for dialect, connection in (("sqlite", sqlite3.connect(":memory:")), ("duckdb", duckdb.connect())):
        connection.execute(TABLE)
        connection.executemany("INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?)", rows(known))
        condition = access_filter(policies, known, who, at, dialect=dialect)  # type: ignore[arg-type]
        found = connection.execute(f"SELECT id FROM dataset WHERE {condition.sql}", condition.parameters).fetchall()
        counting = access_count(policies, known, who, at, dialect=dialect)  # type: ignore[arg-type]
        counted = connection.execute(counting.sql, counting.parameters).fetchall()
        connection.close()
        assert {row[0] for row in found} == wanted, dialect
        assert counted == [(len(wanted),)], dialect


def test_a_count_asks_first_what_is_the_same_for_everybody_and_counts_nothing_where_nothing_is_permitted() -> None:
    from comity.policy import partner

    known = Facts.of([partner("esa", teams=["miri"])])
    query = access_count(shipped("data"), known, "esa", NOW)
    first, *_, last = query.sql.split(" UNION ALL ")
    assert '"access" = ?' in first.partition(" AND NOT ")[0] and '"team"' in last.partition(" AND NOT ")[0]
    nothing = access_count(shipped("data"), known, "esa", NOW, action="view")
    assert sqlite3.connect(":memory:").execute(nothing.sql, nothing.parameters).fetchall() == [(0,)]


NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_no_value_is_pasted_into_the_text() -> None:
    from comity.policy import partner

    evil = "x'); DROP TABLE dataset; --"
    known = Facts.of([partner(evil, teams=["'; --"])])
    condition = access_filter(shipped(), known, evil, NOW, dialect="postgresql")
    assert "DROP" not in condition.sql and "--" not in condition.sql
    assert condition.sql.count("%s") == len(condition.parameters)
    assert evil in condition.parameters


def test_a_rule_that_no_database_can_apply_is_refused_by_name() -> None:
    rule = '@id("a") @because("x") @source("x")\npermit (principal, action == Action::"read", resource) '
    hard = Policies.parse({"a.cedar": rule + 'when { resource.access like "op*" };'})
    from comity.policy import partner

    with pytest.raises(PolicyError, match="like"):
        access_filter(hard, Facts.of([partner("esa")]), "esa", NOW)


def test_columns_are_those_of_the_schema() -> None:
    assert set(attribute_types("Dataset")) == set(COLUMNS)
    assert attribute_types("Dataset")["owner"] == "Partner"
