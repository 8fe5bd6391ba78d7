"""A plan's CSV tables: whole, stable, and readable by any spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from comity.report.csv_tables import table_texts, write_tables
from comity.report.question import ReportInput

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.fixture
def tables(full: ReportInput, tmp_path: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for path in write_tables(full.plan, tmp_path / "tables"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


def total(amounts: Iterable[str]) -> Decimal:
    return sum(map(Decimal, amounts), Decimal(0))


def test_costs_add_up_to_the_plan_s(tables: dict[str, list[dict[str, str]]], full: ReportInput) -> None:
    assert total(row["cost"] for row in tables["missions"]) == full.plan.cost
    by_element = {(row["mission"], row["element"]): row["cost"] for row in tables["elements"]}
    assert total(by_element.values()) == full.plan.cost


def test_payments_add_up_to_what_partners_and_pool_spent(
    tables: dict[str, list[dict[str, str]]], full: ReportInput
) -> None:
    pool = total(row["pool_spent"] for row in tables["cash"] if row["partner"] == "pool")
    partners = total(row["spent"] for row in tables["partners"])
    assert total(row["amount"] for row in tables["payments"]) == pool + partners
    assert pool > 0


def test_objectives_add_up_to_the_plan_s_science(tables: dict[str, list[dict[str, str]]], full: ReportInput) -> None:
    assert sum(float(row["value"]) for row in tables["objectives"]) == pytest.approx(full.plan.value)


def test_the_same_plan_gives_the_same_bytes_in_another_order(full: ReportInput, tmp_path: Path) -> None:
    turned = full.plan.model_copy(
        update={
            "elements": full.plan.elements[::-1],
            "missions": full.plan.missions[::-1],
            "accounts": dict(reversed(full.plan.accounts.items())),
        }
    )
    one, other = write_tables(full.plan, tmp_path / "one"), write_tables(turned, tmp_path / "other")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]
    assert all(p.read_bytes().endswith(b"\r\n") for p in one)


def test_no_cell_is_a_formula(full: ReportInput, tmp_path: Path) -> None:
    first = full.plan.missions[0].model_copy(update={"mission": "=1+1"})
    plan = full.plan.model_copy(update={"missions": (first,)})
    write_tables(plan, tmp_path)
    assert "'=1+1" in (tmp_path / "missions.csv").read_text(encoding="utf-8")


def test_text_comes_back_by_taking_one_apostrophe_away(full: ReportInput) -> None:
    texts = ["=1+1", "-x", "'quoted", 'a "b", c', "two\r\nlines", "@home", "plain", "+7"]
    missions = tuple(full.plan.missions[0].model_copy(update={"mission": text}) for text in texts)
    table = table_texts(full.plan.model_copy(update={"missions": missions}))["missions.csv"]
    read = [row["mission"].removeprefix("'") for row in csv.DictReader(io.StringIO(table, newline=""))]
    assert sorted(read) == sorted(texts)


def test_amounts_come_back_exactly_and_without_exponents(full: ReportInput) -> None:
    amounts = [Decimal("1E+7"), Decimal("0.01"), Decimal("-12345678901234567890.05"), Decimal("0E+2")]
    elements = tuple(
        full.plan.elements[0].model_copy(update={"element": str(i), "cost": a}) for i, a in enumerate(amounts)
    )
    table = table_texts(full.plan.model_copy(update={"elements": elements}))["elements.csv"]
    costs = {row["element"]: row["cost"] for row in csv.DictReader(io.StringIO(table))}
    assert [Decimal(costs[str(i)]) for i in range(len(amounts))] == amounts
    assert not any("E" in cost for cost in costs.values())


def test_every_payment_and_all_that_is_kept_is_in_a_table(
    full: ReportInput, tables: dict[str, list[dict[str, str]]]
) -> None:
    told = {(r["mission"], r["element"], r["payer"], int(r["year"])): Decimal(r["amount"]) for r in tables["payments"]}
    for e in full.plan.elements:
        for payer, bills in e.payments.items():
            for year, amount in bills.items():
                assert told[e.mission, e.element, payer, year] == amount
    plan = full.plan.model_copy(update={"carried": {"esa": {2040: Decimal("7.50")}}})
    cash = list(csv.DictReader(io.StringIO(table_texts(plan)["cash.csv"])))
    assert [r["kept"] for r in cash if (r["partner"], r["year"]) == ("esa", "2040")] == ["7.50"]


def test_an_element_on_which_nobody_works_is_still_listed(full: ReportInput) -> None:
    idle = full.plan.elements[0].model_copy(update={"work": {}})
    table = table_texts(full.plan.model_copy(update={"elements": (idle,)}))["elements.csv"]
    assert [row["element"] for row in csv.DictReader(io.StringIO(table))] == [idle.element]


def test_the_reference_names_every_table_and_column_in_order(full: ReportInput) -> None:
    sections = (DOCS / "plan-tables.md").read_text(encoding="utf-8").split("\n## ")[1:]
    documented = {s.partition("\n")[0]: re.findall(r"^\| `(\w+)` \|", s, re.MULTILINE) for s in sections}
    assert documented == {name: text.partition("\r\n")[0].split(",") for name, text in table_texts(full.plan).items()}


def test_a_folder_that_is_a_file_is_refused(full: ReportInput, tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("mine", encoding="utf-8")
    with pytest.raises(OSError, match="tables"):
        write_tables(full.plan, tmp_path / "tables")
    assert (tmp_path / "tables").read_text(encoding="utf-8") == "mine"
