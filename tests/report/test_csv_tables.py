"""A plan's CSV tables: whole, stable, and readable by any spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from comity.report.csv_tables import write_tables
from comity.report.question import ReportInput


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


def test_a_folder_that_is_a_file_is_refused(full: ReportInput, tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("mine", encoding="utf-8")
    with pytest.raises(OSError, match="tables"):
        write_tables(full.plan, tmp_path / "tables")
    assert (tmp_path / "tables").read_text(encoding="utf-8") == "mine"
