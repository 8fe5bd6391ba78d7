"""`comity record` and what stands on a record, as its users call it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from comity.bundled import bundled
from comity.cli.app import app
from comity.cli.record import record as record_commands
from comity.record.log import open_log

RUNNER = CliRunner()


def comity(*arguments: str | Path, ends: int = 0) -> str:
    """What a command prints on standard output; its exit code is as expected."""
    done = RUNNER.invoke(app, [str(a) for a in arguments])
    assert done.exit_code == ends, f"{done.stdout}{done.stderr}"
    return done.stdout if ends == 0 else done.stdout + done.stderr


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the keys of two partners, and the record of jwst that they opened."""
    monkeypatch.chdir(tmp_path)
    for name in ("nasa", "deputy", "esa"):
        comity("record", "key", "new", f"{name}.pem")
    comity("record", "init", "jwst.record", "--programme", "jwst", "--founder", "nasa=nasa.pem,deputy.pem",
           "--threshold", "nasa=2", "--founder", "esa=esa.pem", "--at", "2025-01-01")  # fmt: skip
    comity("record", "import", "jwst", "jwst.record", "--by", "nasa", "--key", "nasa.pem", "--at", "2025-01-02")
    return tmp_path


def test_a_programme_goes_in_and_comes_out_whole(place: Path) -> None:
    comity("record", "export", "jwst.record", "out")
    original = bundled()["jwst"]
    for file in (f for f in original.rglob("*") if f.is_file()):
        assert (place / "out" / file.relative_to(original)).read_bytes() == file.read_bytes()
    assert "is there already" in comity("record", "export", "jwst.record", "out", ends=2)


def test_commands_read_a_record_like_a_folder(place: Path) -> None:
    from_record = json.loads(comity("show", "jwst.record", "--json"))
    assert from_record["programme"] == json.loads(comity("show", "jwst", "--json"))["programme"]
    assert "no programme is on this record yet" in comity("check", "jwst.record@2025-01-01", ends=2)
    assert "is no time" in comity("check", "jwst.record@2025-13", ends=2)


def test_nothing_new_is_not_written(place: Path) -> None:
    comity("record", "import", "jwst", "jwst.record", "--by", "esa", "--key", "esa.pem")
    assert json.loads(comity("record", "state", "jwst.record", "--json"))["entries"] == 2


def test_a_programme_with_problems_is_not_imported(place: Path) -> None:
    shutil.copytree(bundled()["jwst"], place / "broken")
    with (place / "broken" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write("\ncolour: red\n")
    said = comity("record", "import", "broken", "jwst.record", "--by", "nasa", "--key", "nasa.pem", ends=2)
    assert "rules.yaml" in said and "colour" in said
    assert json.loads(comity("record", "state", "jwst.record", "--json"))["entries"] == 2


def test_what_would_not_count_is_not_written_and_says_why(place: Path) -> None:
    said = comity(
        "record", "append", "jwst.record", "party.leave", "--set", "{}", "--by", "nasa", "--key", "nasa.pem", ends=2
    )
    assert "is grave" in said and "needs 2 of the 2 officers" in said
    said = comity(
        "record", "append", "jwst.record", "party.leve", "--set", "{}", "--by", "esa", "--key", "esa.pem", ends=2
    )
    assert "did you mean 'party.leave'" in said
    assert json.loads(comity("record", "state", "jwst.record", "--json"))["entries"] == 2


def test_officers_sign_one_draft_after_the_other(place: Path) -> None:
    comity("record", "append", "jwst.record", "party.leave", "--set", '{"reason": "the story ends"}', "--by", "nasa",
           "--key", "nasa.pem", "--draft", "leave.json")  # fmt: skip
    assert "needs 2 of the 2" in comity("record", "submit", "jwst.record", "leave.json", ends=2)
    assert json.loads(comity("record", "sign", "leave.json", "--key", "deputy.pem", "--show"))["kind"] == "party.leave"
    comity("record", "sign", "leave.json", "--key", "deputy.pem")
    assert json.loads(comity("record", "submit", "jwst.record", "leave.json", "--json"))["author"] == "nasa"
    text = (place / "leave.json").read_text(encoding="utf-8").replace("the story ends", "the story stays")
    (place / "leave.json").write_text(text, encoding="utf-8")
    assert "does not hold" in comity("record", "submit", "jwst.record", "leave.json", ends=2)


def test_a_delegate_signs_until_its_key_is_revoked(place: Path) -> None:
    clerk = json.loads(comity("record", "key", "new", "clerk.pem"))
    comity("record", "key", "delegate", "jwst.record", clerk["public"], "--person", "Clerk", "--right", "agreement.*",
           "--by", "esa", "--key", "esa.pem")  # fmt: skip
    said = comity("agreement", "propose", "jwst.record", "jwst-esa", "--by", "esa", "--key", "clerk.pem")
    assert "agreement.propose by esa" in said
    comity("record", "key", "revoke", "jwst.record", clerk["key"], "--by", "esa", "--key", "esa.pem")
    assert "revoked" in comity(
        "agreement", "sign", "jwst.record", "jwst-esa", "--by", "esa", "--key", "clerk.pem", ends=2
    )
    assert "revoked" in comity("record", "key", "list", "jwst.record")


def test_a_proof_convinces_who_has_only_the_key(place: Path) -> None:
    log_key = json.loads(comity("record", "checkpoint", "jwst.record", "--key", "nasa.pem", "--json"))["log_key"]
    comity("record", "prove", "jwst.record", "1", "--out", "proof.json")
    assert "holds; programme.change by nasa" in comity("record", "check-proof", "proof.json", "--log-key", log_key)
    forged = (place / "proof.json").read_text(encoding="utf-8").replace("NASA", "ESA", 1)
    (place / "proof.json").write_text(forged, encoding="utf-8")
    assert "does not hold" in comity("record", "check-proof", "proof.json", "--log-key", log_key, ends=1)


def test_a_witness_cosigns_what_continues_and_catches_a_fork(place: Path) -> None:
    def cosign(record: str, ends: int = 0) -> str:
        return comity("record", "cosign", record, "--witness", "w.witness", "--name", "w.example", "--key", "esa.pem",
                      "--log-key", log_key, ends=ends)  # fmt: skip

    shutil.copy("jwst.record", "fork.record")
    for record, text in (("jwst.record", "true"), ("fork.record", "other")):
        comity("record", "append", record, "decision.propose", "--by", "esa", "--key", "esa.pem", "--set", "{}", ends=2)
        comity("record", "append", record, "party.officers", "--by", "esa", "--key", "esa.pem", "--at", "2025-02-01",
               "--set", json.dumps({"officers": [json.loads(comity("record", "key", "show", "esa.pem"))["key"]],
                                    "threshold": 1}))  # fmt: skip
        comity("record", "append", record, "key.delegate", "--by", "esa", "--key", "esa.pem", "--at", "2025-02-02", "--set",
               json.dumps({"public": json.loads(comity("record", "key", "new", f"{text}.pem"))["public"], "person": text,
                           "rights": ["*"]}))  # fmt: skip
        log_key = json.loads(comity("record", "checkpoint", record, "--key", "nasa.pem", "--json"))["log_key"]
    assert "w.example" in cosign("jwst.record")
    assert "kept both checkpoints" in cosign("fork.record", ends=1)


def test_an_audit_says_what_was_changed(place: Path) -> None:
    comity("record", "checkpoint", "jwst.record", "--key", "nasa.pem", "--out", "head.txt")
    assert "whole" in comity("record", "audit", "jwst.record", "--checkpoint", "head.txt")
    data = bytearray((place / "jwst.record").read_bytes())
    at = data.find(b"James Webb Space Telescope")
    data[at] ^= 1
    (place / "forged.record").write_bytes(data)
    found = json.loads(RUNNER.invoke(app, ["record", "audit", "forged.record", "--json"]).stdout)
    assert not found["whole"] and found["findings"][0]["first"] == 1


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("record", "log", "none.record"), "none.record"),
        (("record", "show", "jwst.record", "99"), "names 0 entries"),
        (("record", "state", "jwst.record", "colours"), "there is no section"),
        (("record", "state", "jwst.record", "--as-of", "soon"), "is no time"),
        (("record", "checkpoint", "jwst.record", "--key", "none.pem"), "No such file"),
        (("record", "key", "new", "nasa.pem"), "exists"),
        (("record", "init", "jwst.record", "--programme", "x", "--founder", "esa=esa.pem"), "open already"),
        (("record", "init", "x.record", "--programme", "x", "--founder", "esa"), "PARTNER=VALUE"),
        (
            ("record", "init", "x.record", "--programme", "x", "--founder", "esa=esa.pem", "--threshold", "csa=1"),
            "no founder",
        ),
        (
            ("record", "init", "y.record", "--programme", "x", "--founder", "esa=A:esa.pem,A:nasa.pem"),
            "different persons",
        ),
        (("record", "append", "jwst.record", "party.leave", "--by", "esa", "--key", "esa.pem"), "--body"),
        (("record", "append", "jwst.record", "party.leave", "--by", "esa", "--key", "esa.pem", "--set", "{"), "--set"),
        (("record", "submit", "jwst.record", "head.txt"), "head.txt"),
        (("governance", "decisions", "jwst.record", "nothing"), "there is no decision"),
        (("agreement", "standing", "jwst.record", "nothing"), "no agreement"),
        (("governance", "absence", "eas", "-p", "jwst", "--from", "2005-01-01"), "did you mean 'esa'"),
    ],
)
def test_bad_input_says_what_would_be_right(place: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in comity(*arguments, ends=2)
    assert sorted(f.name for f in place.glob("*.record")) == ["jwst.record"]


def test_an_entry_whose_signature_does_not_hold_is_found_though_all_hashes_fit(place: Path) -> None:
    with open_log("jwst.record") as log:
        leaves = [leaf for _, leaf in log.read()]
    with open_log("forged.record", create=True) as log:
        log.append([leaves[0], leaves[1].replace(b"European", b"Atlantic")])
    said = comity("record", "audit", "forged.record", ends=1)
    assert "entry 1 is forged" in said and "NOT WHOLE" in said
    found = json.loads(comity("record", "audit", "forged.record", "--json", ends=1))
    assert not found["whole"] and found["findings"][0]["what"] == "forged"


def test_what_is_no_entry_is_told_and_stops_nobody(place: Path) -> None:
    with open_log("jwst.record") as log:
        log.append([b"no entry"])
    assert "entry 2 is forged" in comity("record", "audit", "jwst.record", ends=1)
    assert len(json.loads(comity("record", "log", "jwst.record", "--json"))) == 2
    assert "is no entry" in comity("record", "show", "jwst.record", "2", ends=2)


def test_slips_of_the_pen_end_with_what_would_be_right(place: Path) -> None:
    (place / "head.txt").write_text("comity/jwst\nx\nAAAA\n\n\u2014 a AAAAAAAA\n")
    assert "head.txt: " in comity("record", "audit", "jwst.record", "--checkpoint", "head.txt", ends=2)
    assert "names 0 entries" in comity("record", "show", "jwst.record", "9" * 5000, ends=2)
    start = ("record", "init", "other.record", "--programme", "x", "--founder", "esa=esa.pem")
    assert "agreement.terminate" in comity(*start, "--grave", "agreement.terminat", ends=2)
    assert "covers no kind" in comity(*start, "--grave", "agreement*", ends=2)
    assert not (place / "other.record").exists()


def test_what_partners_write_does_not_move_the_cursor_of_others(place: Path) -> None:
    claim = json.dumps({"dispute": "late", "against": ["nasa"], "claim": "\x1b[2J\u202edial"})
    comity("record", "append", "jwst.record", "dispute.open", "--set", claim, "--by", "esa", "--key", "esa.pem")
    shown = comity("governance", "dispute", "list", "jwst.record")
    assert "\\x1b[2J\\u202edial" in shown and "\x1b" not in shown


def test_times_stand_whole_on_a_narrow_terminal(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "2025-01-02T00:00:00Z" in comity("record", "log", "jwst.record")


def test_all_commands_of_a_record_speak_json() -> None:
    def commands(group: Any, *path: str) -> Iterator[tuple[str, Any]]:
        if not hasattr(group, "commands"):
            yield " ".join(path), group
        for name, command in getattr(group, "commands", {}).items():
            yield from commands(command, *path, name)

    speaking = dict(commands(get_command(record_commands)))
    assert len(speaking) > 15
    assert [n for n, c in speaking.items() if "--json" not in {o for p in c.params for o in p.opts}] == []
