"""`comity fund select` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from comity.cli.app import app
from comity.funding.selection.pabulib import pabulib_text, read_pabulib
from tests.funding.selection.elections import approval


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["fund", "select", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Six voters like two projects, four a third: equal shares serves both groups, greedy one."""
    path = tmp_path / "small.pb"
    path.write_text(pabulib_text(approval(60, {"a": 30, "b": 30, "c": 24}, ["a b"] * 6 + ["c"] * 4)))
    return path


def test_run_prints_what_is_chosen_and_what_it_costs(file: Path) -> None:
    shown = run("run", file)
    assert shown.exit_code == 0
    assert "2 of 3 projects cost 54 of 60 (90.0%); 0.0% of 10 voters are left with nothing" in shown.output
    answer = json.loads(run("run", file, "--rule", "greedy", "--json").output)
    assert answer["chosen"] == ["a", "b"] and answer["nothing"] == 0.4


def test_run_and_from_write_a_page(file: Path, tmp_path: Path) -> None:
    assert str(tmp_path / "small.html") in run("run", file, "--html", tmp_path / "small.html").output
    assert "Mission by mission" in (tmp_path / "small.html").read_text()
    assert run("from", "jwst", "--html", tmp_path / "jwst.html", "--json").exit_code == 0
    assert "James Webb Space Telescope" in (tmp_path / "jwst.html").read_text()
    nowhere = run("run", file, "--html", tmp_path / "not" / "there.html")
    assert nowhere.exit_code == 2 and "cannot be written" in nowhere.output


def test_compare_shows_every_rule_within_80_columns(file: Path) -> None:
    shown = run("compare", file)
    assert shown.exit_code == 0
    assert all(len(line) <= 80 for line in shown.output.splitlines()[:-1])
    rows = json.loads(run("compare", file, "--json").output)
    assert [r["rule"] for r in rows][-1] == "phragmen" and len(rows) == 7


def test_explain_says_who_paid_and_what_was_missing(file: Path) -> None:
    shown = run("explain", file, "--mission", "a", "--mission", "b", "--voter", "v9").output
    assert "a, cost 30.00, 6 supporters: chosen as number 1" in shown
    assert "v0 paid 5.00" in shown
    assert "its supporters lack 24.00 of its cost at the end" in shown
    assert "with all that was chosen it would exceed the budget by 24.00" in shown
    assert "you held 6.00 and paid for these:" in shown and "c: 6.00" in shown and "0.00 is left" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain", "--mission", "q"], "there is no project 'q'"),
        (["explain"], "say what to explain"),
        (["run", "--rule", "mees"], "'mees' is none of greedy, mes, phragmen"),
        (["run", "--satisfaction", "points"], "without points"),
    ],
)
def test_wrong_input_ends_with_2(file: Path, words: list[str], said: str) -> None:
    shown = run(words[0], file, *words[1:])
    assert shown.exit_code == 2 and said in shown.output


def test_convert_writes_a_file_that_reads_the_same_and_nothing_when_it_is_wrong(file: Path, tmp_path: Path) -> None:
    assert run("convert", file, tmp_path / "out.pb").exit_code == 0
    assert read_pabulib(tmp_path / "out.pb").voters == read_pabulib(file).voters
    file.write_text(file.read_text().replace(";a,b", ";a,x"))
    assert run("convert", file, tmp_path / "not.pb").exit_code == 2
    assert not (tmp_path / "not.pb").exists()


def test_a_programmes_missions_are_chosen_and_handed_to_the_planner(tmp_path: Path) -> None:
    answer = json.loads(run("from", "jwst", "--out", tmp_path / "jwst.pb", "--json").output)
    assert answer["required"] == ["extended", "observatory"]
    assert answer["command"] == "comity plan jwst --require extended --require observatory"
    assert read_pabulib(tmp_path / "jwst.pb").vote_type == "scoring"


def test_own_ballots_and_weights_decide(tmp_path: Path) -> None:
    ballots = tmp_path / "ballots.yaml"
    ballots.write_text("ballots:\n  esa: {observatory: 3}\n  csa: {extended: 2}\nweights: {esa: 1, csa: 99}\n")
    answer = json.loads(run("from", "jwst", "--ballots", ballots, "--budget", "2_000_000_000", "--json").output)
    assert answer["required"] == ["extended"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ballots: {esa: {observatry: 3}}", "did you mean 'observatory'"),
        ("ballots: {esa: {observatory: -3}}", "they are not negative"),
        ("ballots: {esa: {observatory: 3}}\nweights: {eas: 2}", "did you mean 'esa'"),
        ("ballots: {esa: {observatory: 3}}\nweights: {esa: 0}", "is not a whole number"),
        ("ballot: {}", "ballots"),
    ],
)
def test_wrong_ballots_end_with_2(tmp_path: Path, text: str, said: str) -> None:
    ballots = tmp_path / "ballots.yaml"
    ballots.write_text(text)
    shown = run("from", "jwst", "--ballots", ballots)
    assert shown.exit_code == 2 and said in shown.output
