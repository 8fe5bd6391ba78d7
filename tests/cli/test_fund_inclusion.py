"""`comity fund inclusion`, as a user meets it."""

import json

import pytest
from typer.testing import CliRunner

from comity.cli.app import app

GIVEN = """
offers:
  school: {giver: esa, kind: training, topics: [optics], places: 1, from: 2027-01, until: 2027-12, technology: launch-vehicle}
  ride: {giver: nasa, kind: ride, topics: [cubesat], places: 1, from: 2027-01, until: 2027-12, technology: launch-vehicle}
needs:
  optics: {taker: rsa, kind: training, topics: [optics], from: 2027-01, until: 2027-12}
  cubesat: {taker: cnsa, kind: ride, topics: [cubesat], from: 2027-01, until: 2027-12}
"""


def run(*arguments, code=0):
    found = CliRunner().invoke(app, ["fund", "inclusion", *map(str, arguments)])
    assert found.exit_code == code, found.output
    return found.stdout if not code else found.output


@pytest.fixture
def given(tmp_path):
    (tmp_path / "given.yaml").write_text(GIVEN)
    return tmp_path / "given.yaml"


def test_what_may_not_pass_is_not_matched_and_the_rule_is_named(given):
    free = json.loads(run("match", given, "--json"))
    assert {m["need"]: m["offer"] for m in free["matches"]} == {"optics": "school", "cubesat": "ride"}
    ruled = json.loads(run("match", given, "--programme", "global-2040", "--json"))
    assert {m["need"]: m["offer"] for m in ruled["matches"]} == {"optics": "school", "cubesat": None}
    assert ruled["barred"] == [{"offer": "ride", "need": "cubesat", "rule": "itar-china"}]
    assert "barred by itar-china" in run("match", given, "--programme", "global-2040", "--method", "heaviest")


def test_a_plan_is_told_who_takes_part_in_words_and_pictures(tmp_path):
    found = CliRunner().invoke(app, ["plan", "jwst", "--time", "5", "--out", str(tmp_path / "jwst"), "--quiet"])
    assert found.exit_code == 0, found.output
    page = tmp_path / "page.html"
    answer = json.loads(run("indicators", tmp_path / "jwst", "--html", page, "--json"))
    assert answer["partners"] == ["nasa", "esa", "csa"]
    assert "James Webb" in page.read_text()
    assert "Gini coefficient" in run("indicators", tmp_path / "jwst")
    assert "No rule gives emerging partners a floor" in run("floors", tmp_path / "jwst")
    assert "emerging_place makes one" in run("floors", tmp_path / "jwst", "--raise", "5%", code=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["match", "nowhere.yaml"], "there is no such file"),
        (["match", "given.yaml", "--method", "best"], "stable or heaviest"),
        (["indicators", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_ends_with_2(arguments, said, given, monkeypatch):
    monkeypatch.chdir(given.parent)
    assert said in run(*arguments, code=2)
