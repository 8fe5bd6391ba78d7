"""`comity governance`: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from comity.cli.app import app


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["governance", *arguments], env={"COLUMNS": "100"})
    return result.exit_code, result.output


def told(*arguments: str) -> Any:
    code, output = run(*arguments, "--json")
    assert code in (0, 1), output
    return json.loads(output)


def test_bodies_are_listed_and_one_is_shown_with_its_sources() -> None:
    assert "un-security-council" in run("bodies")[1]
    code, output = run("bodies", "skao-council")

    assert code == 0
    assert "Two thirds of the votes cast" in output
    assert "Left out:" in output
    assert {b["id"]: b["members"] for b in told("bodies")}["esa-council"] == 23
    assert told("bodies", "iter-council")["powers"]["extension"]["rule"] == {"needs": {"share": "1"}}


def test_a_rule_is_said_with_its_article() -> None:
    code, output = run("rule", "eu-council", "qualified-majority")

    assert code == 0
    assert "55 % of all members" in output
    assert told("rule", "eu-council", "qualified-majority")["source"] == "teu-16, paragraph 4"


def test_a_vote_that_passes_exits_with_0_and_one_that_fails_with_1() -> None:
    code, output = run("count", "skao-council", "default", "--yes", "others", "--no", "china", "--abstain", "india")
    assert code == 0
    assert "passed: 12 of 13 in favour, two thirds of 13 needed (9)" in output

    code, output = run("count", "un-security-council", "substantive", "--yes", "others", "--no", "france")
    assert code == 1
    assert "failed: barred by France" in output
    assert "Alone could carry it by voting in favour: France" in output


def test_ballots_may_come_from_a_file_with_who_is_present(tmp_path: Path) -> None:
    (tmp_path / "votes.yaml").write_text(
        "ballots: {austria: yes, belgium: no, france: yes}\narrears: [france]\n"
        "present: [bulgaria, czechia, denmark, finland, germany, greece, hungary, israel, italy, norway, poland]\n"
    )
    ballots = str(tmp_path / "votes.yaml")

    found = told("count", "cern-council", "default", "--ballots", ballots)

    assert found["votes"]["suspended"] == ["france"]
    assert found["outcome"] == "failed"
    assert found["criterion"]["have"] == "1"
    assert found["quorum"][0]["have"] == "13"


def test_silence_is_counted_at_the_moment_asked_about(tmp_path: Path) -> None:
    (tmp_path / "board.yaml").write_text(
        "name: Board\norganisation: Two\nsources: {m: {title: Memo, checked: read}}\nmembers_source: m\n"
        "members: [{id: esa}, {id: nasa}]\npowers:\n"
        "  plan: {about: The plan, rule: {needs: {consensus: true, silence: 72 hours}}, source: m}\n"
    )
    asked = ("count", str(tmp_path / "board.yaml"), "plan", "--opened", "2026-03-01")

    assert told(*asked, "--at", "2026-03-03T23:59:59")["outcome"] == "open"
    assert told(*asked, "--at", "2026-03-04")["outcome"] == "passed"


def test_power_of_the_security_council_and_what_another_rule_would_do(tmp_path: Path) -> None:
    assert "0.19627" in run("power", "un-security-council", "substantive")[1]
    (tmp_path / "rule.yaml").write_text("needs: {number: 9}\n")

    found = told("power", "un-security-council", "substantive", "--compare", str(tmp_path / "rule.yaml"))

    assert found["members"][-1]["shapley_shubik_exact"] == "4/2145"
    assert {m["shapley_shubik_exact"] for m in found["after"]["members"]} == {"1/15"}
    assert found["changes"][0]["member"] == "elected-1"


def test_weights_of_a_programme_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("member,programme-contributions\nfrance,50\nitaly,30\nspain,20\n")
    asked = ("esa-council", "optional-programme-phase", "--participants", "france,italy,spain")

    assert run("power", *asked)[0] == 2
    code, output = run("power", *asked, "--weights", str(tmp_path / "w.csv"))

    assert code == 0
    assert "0.66667" in output  # France with either of the others has two thirds of heads and of money; they have not
    assert output.count("0.16667") == 2


def test_blocking_minorities_are_told_by_groups() -> None:
    found = told("blocking", "un-security-council", "substantive")

    assert [(c["size"], c["coalitions"]) for c in found["blocking"]["coalitions"]] == [(1, "5"), (7, "120")]
    assert "any 7 of 10" in run("blocking", "un-security-council", "substantive")[1]


def test_proposals_are_ranked_with_reasons(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("member,weight,lander,relay\nesa,2.5,2,1\nnasa,3,1,2\n")
    ballots = str(tmp_path / "b.csv")

    assert "stronger path than relay (3 to 0)" in run("rank", ballots)[1]
    assert told("rank", ballots, "--method", "ranked-pairs")["locked"] == [["lander", "relay"]]
    code, output = run("rank", ballots, "--method", "approval")
    assert (code, "these rank" in output) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rule", "esa-counci", "accession"), "did you mean 'esa-council'?"),
        (("rule", "esa-council", "acession"), "did you mean 'accession'?"),
        (("count", "esa-council", "accession", "--yes", "frnce"), "did you mean 'france'?"),
        (("count", "esa-council", "accession", "--yes", "france", "--no", "france"), "a member votes once"),
        (("rank", "missing.yaml"), "cannot be read"),
        (("power", "eumetsat-council", "budget"), "give them with --weights FILE"),
        (("rank", "missing.yaml", "--method", "kemeny"), "cannot be read"),
    ],
)
def test_wrong_input_exits_with_2_and_says_what_would_be_right(arguments: tuple[str, ...], message: str) -> None:
    code, output = run(*arguments)

    assert code == 2
    assert message in " ".join(output.split())
