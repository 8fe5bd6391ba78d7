from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from comity.cli.app import app

FILE = """
teams: {miri: [nasa, esa]}
datasets:
  first-light: {access: proprietary, owner: nasa, team: miri, public_from: 2027-01-01}
works:
  mirror: {ground: background, owner: nasa, programme: miri}
"""


def can(*words: object) -> Result:
    return CliRunner().invoke(app, ["can", *map(str, words)])


def test_nasa_may_not_give_propulsion_to_china_in_artemis() -> None:
    result = can("nasa", "transfer", "propulsion", "--to", "cnsa", "--programme", "artemis")
    assert result.exit_code == 1
    assert "No bilateral work with China" in result.output and "wolf, section 1340" in result.output


def test_docking_passed_to_roscosmos_under_the_interim_agreement() -> None:
    said = ("nasa", "transfer", "docking", "--to", "roscosmos", "--programme", "iss", "--at")
    assert can(*said, "1993-12").exit_code == 1
    result = can(*said, "1996-01", "--json")
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert told["allowed"]
    assert "agreement interim-1994" in [rule["id"] for rule in told["answers"][0]["because"]]


def test_a_dataset_is_described_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(FILE)
    assert can("esa", "read", f"{file}#first-light", "--at", "2026-12").exit_code == 0
    assert can("jaxa", "read", f"{file}#first-light", "--at", "2026-12").exit_code == 1
    assert can("jaxa", "read", "first-light", "--facts", file, "--at", "2027-01").exit_code == 0
    assert can("esa", "use", f"{file}#mirror").exit_code == 0
    assert can("esa", "use", f"{file}#mirror", "--purpose", "commercial").exit_code == 1


def test_who_can_and_what_is_barred(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(FILE)
    told = json.loads(can("who", "read", f"{file}#first-light", "--at", "2026-12", "--json").output)
    assert sorted(t["who"] for t in told if t["allowed"]) == ["esa", "nasa"]
    barred = json.loads(can("not", "cnsa", "-p", "artemis", "--at", "2026-01", "--json").output)
    assert {rule["id"] for b in barred for rule in b["because"]} == {"wolf", "itar-ear"}
    assert "wolf" in can("not", "cnsa", "-p", "artemis", "--at", "2026-01").output
    assert "itar-station" in can("who", "transfer", "docking", "-p", "iss", "--from", "nasa").output


def test_the_rules_are_printed_as_text_that_can_be_read_again() -> None:
    from comity.policy import Policies

    text = can("rules", "iss").output
    assert 'forbid (principal, action == Action::"transfer", resource)' in text
    assert "itar-station" in Policies.parse({"iss.cedar": text}).by_id
    told = json.loads(can("rules", "--json").output)
    assert {"us-wolf", "data-open"} <= {rule["id"] for rule in told["rules"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nsa", "transfer", "docking", "--to", "esa", "-p", "iss"), "did you mean 'nasa'"),
        (("nasa", "transfr", "docking", "--to", "esa", "-p", "iss"), "did you mean 'transfer'"),
        (("nasa", "transfer", "docking", "-p", "iss"), "--to PARTNER"),
        (("nasa", "transfer", "dockin", "--to", "esa", "-p", "iss"), "did you mean 'docking'"),
        (("nasa", "transfer", "docking", "--to", "esa", "-p", "iss", "--at", "yesterday"), "is no date"),
        (("nasa", "read", "nowhere.yaml#data"), "cannot be read"),
    ],
)
def test_what_cannot_be_asked_ends_with_two(words: tuple[str, ...], said: str) -> None:
    result = can(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_a_file_with_problems_tells_them_all_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "data.yaml"
    file.write_text("datasets:\n  a: {access: opn, owner: nasa, team: t}\n  b:\n    acces: open\n")
    result = can("esa", "read", f"{file}#a")
    assert result.exit_code == 2
    for part in (f"{file}:2:", f"{file}:4:", "did you mean 'access'", "'owner' is missing"):
        assert part in result.output
