"""`comity record` and what stands on a record, as its users call it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.bundled import bundled
from comity.cli.app import app

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
