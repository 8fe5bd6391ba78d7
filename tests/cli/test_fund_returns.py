"""`comity fund return`: what it prints, writes, and how it exits."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from comity.cli import places
from comity.cli.app import app
from comity.roadmap.plan_file import write_plan
from tests.example_programmes import CASH, PICKS, example, write_example
from tests.plan_builder import build

POOL = """\
name: A small pool
currency: EUR
since: 2026-01-01
threshold: 0.7
contributions:
  - {partner: at, programme: hera, amount: 40 M, date: 2026}
  - {partner: be, programme: hera, amount: 35 M, date: 2026}
  - {partner: cz, programme: hera, amount: 25 M, date: 2026}
contracts:
  - {id: bus, programme: hera, partner: at, value: 30 M, date: 2026-04}
  - {id: study, programme: hera, partner: be, value: 4 M, date: 2026-02}
open:
  - id: camera
    programme: hera
    date: 2026-10
    offers:
      - {supplier: Alpine Optics, partner: at, price: 20 M, science: 100}
      - {supplier: Brabant Cameras, partner: be, price: 21 M, science: 97}
      - {supplier: Bohemian Glass, partner: cz, price: 19 M, science: 95}
  - id: software
    programme: hera
    date: 2026-11
    offers:
      - {supplier: Brussels Code, partner: be, price: 12 M, science: 40}
      - {supplier: Prague Code, partner: cz, price: 11 M, science: 39}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a pool, a programme, and a right plan for it."""
    bundled = {"example": write_example(tmp_path / "example")}
    monkeypatch.setattr(places, "bundled", lambda: bundled)
    write_plan(build(example(), PICKS, CASH), tmp_path / "plan.json")
    (tmp_path / "pool.yaml").write_text(POOL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["fund", "return", *arguments])
    return result.exit_code, result.output


def test_returns_of_files_are_shown_within_a_hundred_columns(folder: Path) -> None:
    code, told = run("show", "pool.yaml")
    assert code == 0
    assert "cz falls below 0.70 in 2026 and stays there" in told
    assert max(len(line) for line in told.splitlines()) <= 100
    narrow = CliRunner().invoke(app, ["fund", "return", "show", "pool.yaml"], env={"COLUMNS": "80"}).output
    assert max(len(line) for line in narrow.splitlines()) <= 80


def test_json_holds_exact_amounts_and_coefficients(folder: Path) -> None:
    code, told = run("show", "pool.yaml", "--json", "--by-programme")
    found = json.loads(told)
    at = next(p for p in found["overall"]["partners"] if p["partner"] == "at")
    assert code == 0
    assert (at["weighted"], at["ideal"], at["coefficient"]) == ("30000000.00", "13600000.00", "2.205882")
    assert [p["programme"] for p in found["programmes"]] == ["hera"]


def test_a_forecast_exits_with_1_when_somebody_is_below_at_the_end(folder: Path) -> None:
    assert run("forecast", "example", "plan.json", "--threshold", "0.9")[0] == 0
    code, told = run("forecast", "example", "plan.json", "--threshold", "99.9%")
    assert code == 1
    assert "Japan Aerospace Exploration Agency falls below 0.999 in" in told


def test_figures_are_written_as_a_table(folder: Path) -> None:
    code, told = run("show", "--plan", "plan.json", "--csv", "returns.csv")
    assert code == 0
    assert "Written to returns.csv" in told
    with (folder / "returns.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {r["partner"] for r in rows} == {"esa", "jaxa", "uae"}
    assert len(rows) == 3 * 12


def test_open_contracts_are_placed(folder: Path) -> None:
    code, told = run("mend", "pool.yaml")
    assert code == 0
    assert "Everybody reaches 0.70 for 5 points of science and 1.0 MEUR less; no placement does with less." in " ".join(
        told.split()
    )


def test_what_cannot_be_mended_exits_with_1_and_names_who_stays_below(folder: Path) -> None:
    code, told = run("mend", "pool.yaml", "--threshold", "0.9", "--json")
    found = json.loads(told)
    assert (code, found["feasible"], found["proven"], found["below"]) == (1, False, True, ["cz"])


def test_published_figures_stand_with_their_sources(folder: Path) -> None:
    code, told = run("published", "--json")
    assert code == 0
    assert "hansard-2004" in json.loads(told)["sources"]
    assert "not found" in run("published")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show",), "name files, or a plan with --plan"),
        (("show", "pool.yaml", "--plan", "plan.json"), "one of the three"),
        (("show", "none.yaml"), "none.yaml: No such file"),
        (("show", "pool.yaml", "--threshold", "often"), "--threshold often: is not a coefficient"),
        (("show", "pool.yaml", "--since", "soon"), "--since 'soon' is not a date"),
        (("show", "pool.yaml", "--html", "no/where.html"), "no/where.html: cannot be written"),
        (("show", "--plan", "plan.json", "--weight", "optics"), "write TECHNOLOGY=FACTOR"),
        (("show", "--plan", "plan.json", "--weight", "optics=2"), "no technology 'optics'"),
        (("forecast", "example", "pool.yaml"), "not JSON"),
        (("mend",), "name files with open contracts, or a plan"),
        (("mend", "pool.yaml", "--single"), "--single and --out are for a plan"),
        (("mend", "pool.yaml", "--kind", "training"), "no open contract of kind training"),
        (("mend", "--plan", "plan.json", "--kind", "training"), "geographical returns only"),
        (("mend", "--plan", "plan.json", "--threshold", "1.2"), "the mean by contributions is 1"),
    ],
)
def test_wrong_input_exits_with_2_and_says_what_would_be_right(
    arguments: tuple[str, ...], said: str, folder: Path
) -> None:
    result = CliRunner().invoke(app, ["fund", "return", *arguments])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.browser
def test_the_page_fits_a_phone_and_loads_nothing(folder: Path, chromium: Any) -> None:
    assert run("forecast", "example", "plan.json", "--html", "returns.html")[0] == 0
    said: list[str] = []
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    page.goto((folder / "returns.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".panel svg").count() == 3
    assert page.locator(".panel circle").count() == 3 * 12
    page.close()
    assert said == []


def test_names_in_the_page_are_escaped(folder: Path) -> None:
    text = POOL.replace(
        "currency: EUR\n", "currency: EUR\nmembers: {at: {name: '<b>A</b>'}, be: {name: B}, cz: {name: C}}\n"
    )
    (folder / "pool.yaml").write_text(text, encoding="utf-8")
    assert run("show", "pool.yaml", "--html", "page.html")[0] == 0
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "<b>A</b>" not in page
    assert "&lt;b&gt;A&lt;/b&gt;" in page
