"""`comity can` and `comity check` on a record, as its partners use them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from comity.cli.app import app
from comity.governance.agreements import Agreement
from comity.record.programme import CHANGE, change_to, texts_of
from comity.records import Founder, open_record
from tests.policy.test_on_record import ACCORD, BOARD, PARTIES, rule
from tests.record.makers import START, key

RULES = rule("permit", f'principal == Partner::"aurora" / resource == EntryKind::"{CHANGE}"', id="office")


def comity(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with the example programme and, from 2026-01-03 on, the accord in force; and the parties' keys beside it."""
    folder = tmp_path_factory.mktemp("record")
    keys = {party: key(party) for party in PARTIES}
    for party in PARTIES:
        keys[party].write(folder / f"{party}.pem")
    document = Agreement.model_validate(ACCORD)
    with open_record(folder / "moon.record", create=True) as record:
        record.open_with("moon", {p: Founder((keys[p],)) for p in PARTIES}, at=START)
        texts = texts_of(Path(str(files("comity.cli") / "example_programme")))
        body = change_to(record.state, texts) or {}
        record.write(CHANGE, body, author="aurora", keys=[keys["aurora"]], at=START)
        board = {"body": "board", "document": BOARD}
        record.write("body.establish", board, author="aurora", keys=[*keys.values()], at=START)
        draft = {"document": document.to_record(), "digest": document.digest}
        record.write("agreement.propose", draft, author="aurora", keys=[keys["aurora"]], at=START)
        for party in ("aurora", "meridian"):
            act = {"agreement": document.id, "digest": document.digest}
            record.write("agreement.sign", act, author=party, keys=[keys[party]], at=START.replace(day=3))
    return folder


@pytest.fixture
def record(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written on."""
    for file in made.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path / "moon.record"


def adopted(record: Path, text: str, *, at: str = "2026-01-10") -> Result:
    rules = record.parent / "rules.cedar"
    rules.write_text(text)
    keys = [word for party in PARTIES for word in ("--key", record.parent / f"{party}.pem")]
    return comity("can", "adopt", record, "ours", rules, "--by", "aurora", *keys, "--at", at)


def test_an_answer_names_the_adopted_rule_with_the_digest_of_its_text(record: Path) -> None:
    assert adopted(record, RULES).exit_code == 0
    result = comity("can", "aurora", "record", CHANGE, "-p", record, "--json")
    assert result.exit_code == 0
    because = json.loads(result.output)["answers"][0]["because"]
    with open_record(record) as held:
        digest = held.state.get("policies", "ours")["digest"]
    assert [(r["id"], r["file"], r["digest"]) for r in because] == [("office", "adopted/ours", digest)]
    told = comity("can", "meridian", "record", CHANGE, "-p", record)
    who = json.loads(comity("can", "who", "record", CHANGE, "-p", record, "--json").output)
    assert {w["who"]: w["allowed"] for w in who} == {"aurora": True, "meridian": False, "savanna": False}
    assert told.exit_code == 1 and "office (We said so.)" in told.output
    refused = comity(
        "record",
        "append",
        record,
        "policy.licence",
        "--set",
        "{}",
        "--by",
        "meridian",
        "--key",
        record.parent / "meridian.pem",
    )
    assert "grant or revoke" in refused.output


def test_a_record_as_of_a_time_has_the_rules_and_agreements_of_that_time(record: Path) -> None:
    assert adopted(record, RULES).exit_code == 0
    assert comity("can", "meridian", "record", CHANGE, "-p", f"{record}@2026-01-09").exit_code == 0
    assert comity("can", "meridian", "record", CHANGE, "-p", f"{record}@2026-01-11").exit_code == 1
    transfer = ("can", "meridian", "transfer", "landing", "--to", "aurora", "-p")
    assert comity(*transfer, f"{record}@2026-01-02").exit_code == 1
    assert comity(*transfer, f"{record}@2026-01-04").exit_code == 0


def test_rules_of_a_record_are_printed_with_their_digest_and_as_text(record: Path) -> None:
    assert adopted(record, RULES).exit_code == 0
    text = comity("can", "rules", record).output
    assert "// The rules 'ours', adopted on the record, SHA-256 " in text
    for part in ('@id("office")', '@id("agreement landing-accord, export")', '@id("suspended-record")'):
        assert part in text
    told = json.loads(comity("can", "rules", record, "--json").output)
    assert {"office", "record-parties", "suspended-data", "data-open"} <= {rule["id"] for rule in told["rules"]}


def test_data_of_an_agreement_are_asked_for_by_their_name(record: Path) -> None:
    result = comity("can", "savanna", "read", "spectra", "-p", record)
    assert result.exit_code == 1 and "By clause data of landing-accord these data are partners" in result.output
    assert comity("can", "meridian", "read", "spectra", "-p", record).exit_code == 0
    facts = record.parent / "data.yaml"
    facts.write_text("products: {first: {of: maps, made: 2026-02-01}}")
    asked = ("can", "savanna", "read", f"{facts}#first", "-p", record, "--at")
    assert [comity(*asked, day).exit_code for day in ("2026-07-31", "2026-08-01")] == [1, 0]
    assert "no agreement in force" in comity("can", "savanna", "read", f"{facts}#first", "-p", "jwst").output
    barred = json.loads(comity("can", "not", "savanna", "-p", record, "--json").output)
    assert {"landing", *(f"landing-accord: {data}" for data in ("maps", "spectra", "tones"))} == {
        b["what"] for b in barred
    }


def test_a_body_for_a_decision_is_written_down_with_what_it_replaces(record: Path) -> None:
    assert adopted(record, RULES).exit_code == 0
    body = record.parent / "end.json"
    assert comity("can", "adopt", record, "ours", "--end", "--body", body).exit_code == 0
    told = json.loads(body.read_text())
    assert told["text"] == "" and len(told["replaces"]) == 64
    again = comity("can", "adopt", record, "ours", "--end", "--body", body)
    assert again.exit_code == 2 and "cannot be written" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("can", "aurora", "record", "agrement.sign", "-p", "RECORD"), "did you mean 'agreement.sign'"),
        (("can", "aurora", "record", "agreement.sign", "-p", "jwst"), "--programme RECORD"),
        (("can", "aurora", "view", "example", "-p", "RECORD@2026-99"), "is no time"),
        (("can", "adopt", "RECORD", "ours"), "give the file of the rules"),
        (("can", "adopt", "RECORD", "ours", "--end"), "say who signs"),
    ],
)
def test_what_cannot_be_asked_ends_with_two(record: Path, words: tuple[str, ...], said: str) -> None:
    result = comity(*(word.replace("RECORD", str(record)) if word.startswith("RECORD") else word for word in words))
    assert result.exit_code == 2 and said in result.output.replace("\n", " ")


def test_check_tells_where_a_programme_differs_from_the_agreements_in_force(record: Path) -> None:
    assert comity("check", f"{record}@2026-01-02").exit_code == 0
    result = comity("check", record, "--json")
    assert result.exit_code == 2
    problems = {p["path"][-1]: p for p in json.loads(result.output)["problems"]}
    assert "in force from 2031-01; on the record, from 2026-01" in problems["in_force_from"]["message"]
    assert "permits landing; on the record, none from all to all" in problems["permits"]["message"]
    text = (Path(str(files("comity.cli") / "example_programme")) / "rules.yaml").read_text().splitlines()
    assert text[problems["permits"]["line"] - 1].strip().startswith("permits:")
    assert problems["permits"]["file"].endswith("moon.record/rules.yaml")
