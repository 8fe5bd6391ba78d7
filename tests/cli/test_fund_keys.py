"""`comity fund key`, as a user meets it."""

import json

import pytest
from typer.testing import CliRunner

from comity.cli.app import app


def run(*arguments, code=0):
    found = CliRunner().invoke(app, ["fund", "key", *arguments])
    assert found.exit_code == code, found.output
    return found.stdout if not code else found.output


def test_what_was_paid_stands_beside_the_scale_of_the_mandatory_activities():
    rows = {row["partner"]: row for row in json.loads(run("compare", "esa-2024", "--by", "esa-mandatory", "--json"))}
    assert set(rows) == {"DE", "FR", "IT", "others"}
    assert "optional activities" in run("compare", "esa-2012", "--by", "esa-mandatory")


def test_amounts_of_a_key_sum_to_the_total():
    told = json.loads(run("apply", "cern-2009", "--total", "1100 MCHF", "--json"))
    assert sum(round(100 * float(amount)) for amount in told["amounts"].values()) == 110_000_000_000
    assert "1,100,000,000.00" in run("apply", "cern-2009", "--total", "1100 MCHF")


def test_explanation_has_a_column_for_each_step():
    assert [s["step"] for s in json.loads(run("explain", "esa-mandatory", "--json"))["steps"]] == [
        "base",
        "phase-in",
        "cap 25 %",
    ]


def test_an_amount_in_other_prices_and_another_currency():
    told = json.loads(run("convert", "100 EUR@2020", "--ec", "2024", "--to", "USD", "--on", "2024-12-31", "--json"))
    assert told["amount"] == "124.67"  # 100 × 120.0 / 100.0 × 1.0389
    assert len(told["by"]) == 2


def test_list_and_show_name_the_source():
    assert "iter-construction" in run("list")
    assert "Source: " in run("show", "iss-common-operations")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["apply", "esa-2012", "--total", "5 MEUX"], "ISO 4217"),
        (["apply", "esa-2012", "--total", "-5 MEUR"], "negative"),
        (["apply", "esa-2012", "--total", "much"], "5000 MEUR"),
        (["apply", "esa-2012", "--total", "5 MEUR", "--member", "DEE"], "did you mean"),
        (["show", "esa-2013"], "did you mean 'esa-20"),
        (["convert", "5 MAED", "--to", "EUR", "--on", "2024-12-31"], "no rate of AED"),
        (["convert", "5 MUSD", "--to", "EUR", "--on", "someday"], "2024-12-31"),
        (["convert", "5 MUSD"], "--on"),
        (["convert", "5 MUSD", "--ec", "2024"], "economic-conditions year"),
    ],
)
def test_what_cannot_be_taken_ends_with_two_and_says_what_would_be_right(arguments, said):
    assert said in run(*arguments, code=2)
