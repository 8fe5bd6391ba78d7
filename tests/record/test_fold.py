import os
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.record.entry import Entry
from comity.record.fold import Fold, fold
from comity.record.state import Kind, State
from tests.record.makers import START, Scribe, key, officers

NOTE = Kind("note.write", lambda state, entry: state.put("notes", entry.body["name"], entry.body["text"]))

#: Read by another process: folds what it is given and prints the state's hash.
ELSEWHERE = """
import sys
from comity.record import Entry, fold
from tests.record.test_fold import NOTE
print(fold([Entry.from_bytes(bytes.fromhex(line)) for line in sys.stdin.read().split()], kinds=[NOTE]).state.digest())
"""


@pytest.fixture
def scribe():
    return Scribe({"esa": officers("esa"), "jaxa": officers("jaxa")}, kinds=[NOTE])


def note(scribe, name, text="", **how):
    return scribe.write("note.write", {"name": name, "text": text}, **{"by": "esa", **how})


def pythons():
    """This Python, and every other supported one on the path that has what the record needs."""
    needed = "import cryptography, orjson, pydantic, rfc8785, yaml"
    others = filter(None, (shutil.which(f"python3.{minor}") for minor in (11, 12, 13)))
    able = [p for p in others if subprocess.run([p, "-c", needed], capture_output=True, check=False).returncode == 0]
    return [sys.executable, *able]


def test_every_holder_comes_to_the_same_state(scribe):
    for n in range(20):
        note(scribe, f"n{n}", "ü" * n, by="jaxa" if n % 3 else "esa")
    note(scribe, "x", by="nobody")
    lines = "\n".join(e.to_bytes().hex() for e in scribe.entries)
    digests = set()
    for python in pythons():
        for seed in ("0", "1", "4242"):
            environment = {**os.environ, "PYTHONHASHSEED": seed}
            ran = subprocess.run(
                [python, "-c", ELSEWHERE], input=lines, text=True, capture_output=True, env=environment, check=True
            )
            digests.add(ran.stdout.strip())
    assert digests == {scribe.state.digest()}


def test_a_state_as_of_a_moment_holds_what_was_made_by_then(scribe):
    note(scribe, "early", "1", at=START + timedelta(hours=1))
    note(scribe, "late", "2", at=START + timedelta(hours=2))
    then = fold(scribe.entries, kinds=[NOTE], as_of=START + timedelta(hours=1))
    assert list(then.state.section("notes")) == ["early"]


def test_what_a_record_said_as_of_a_time_does_not_change_any_more(scribe):
    for who in ("esa", "jaxa"):
        note(scribe, who, by=who, at=START + timedelta(hours=3))
    before = fold(scribe.entries, kinds=[NOTE], as_of=START + timedelta(hours=2)).state.digest()
    note(scribe, "dated back", by="esa", at=START + timedelta(hours=1), after=[scribe.entries[0].id])
    assert fold(scribe.entries, kinds=[NOTE], as_of=START + timedelta(hours=2)).state.digest() == before
    assert scribe.state.get("notes", "dated back") == ""


def test_nobody_alone_puts_the_clock_forward(scribe):
    note(scribe, "a", by="jaxa")
    note(scribe, "b", by="esa", at=START + timedelta(days=10_000))
    assert scribe.fold.clock < "2026-01-02"


def test_a_draft_that_came_before_all_had_signed_can_come_again(scribe):
    early = scribe.entry("note.write", {"name": "a", "text": ""}, by="esa", keys=["stranger"])
    assert scribe.fold.take(early) is not None
    assert scribe.fold.take(early.signed_by(key("esa"))) is None
    assert scribe.state.get("notes", "a") == "" and not scribe.state.section("refused")


def test_an_unknown_kind_changes_nothing_and_its_nearest_is_named(scribe):
    assert "did you mean 'note.write'" in scribe.write("note.wrte", {}, by="esa")


def test_an_entry_stands_in_its_record_after_what_it_follows(scribe):
    note(scribe, "a")
    stray = scribe.entry("note.write", {"name": "b", "text": ""}, by="esa", after=["ab" * 32])
    assert "not on the record before it" in scribe.fold.would_refuse(stray)
    early = scribe.entry("note.write", {"name": "b", "text": ""}, by="esa", at=START - timedelta(days=1))
    assert "is before that of entry" in scribe.fold.would_refuse(early)
    assert "belongs to the record" in Fold([NOTE]).would_refuse(early)
    assert "follows" in scribe.fold.would_refuse(
        scribe.entry("note.write", {"name": "b", "text": ""}, by="esa", after=[])
    )


def test_an_entry_counts_once(scribe):
    note(scribe, "a", "first")
    note(scribe, "a", "second")
    again = scribe.fold.take(scribe.entries[1])
    assert again is not None and "already" in again.reason
    assert scribe.state.get("notes", "a") == "second"


def test_a_broken_signature_does_not_count(scribe):
    good = scribe.entry("note.write", {"name": "a", "text": ""}, by="esa")
    data = good.to_bytes().replace(b'"name":"a"', b'"name":"b"')
    assert "does not hold" in scribe.fold.take(Entry.from_bytes(data)).reason


def test_asking_whether_an_entry_would_count_changes_nothing(scribe):
    before = scribe.state.digest()
    assert scribe.fold.would_refuse(scribe.entry("note.write", {"name": "a", "text": ""}, by="esa")) is None
    assert scribe.state.digest() == before and scribe.fold.size == 1


def test_an_entry_that_nobody_foresaw_stops_no_node(caplog):
    clumsy = Kind("note.clumsy", lambda state, entry: state.put("notes", entry.body["name"], 1 // 0))
    scribe = Scribe({"esa": officers("esa")}, kinds=[NOTE, clumsy])
    assert "comity failed on it" in scribe.write("note.clumsy", {"name": "a"}, by="esa")
    assert "met an error" in caplog.text
    assert note(scribe, "a") is None


operations = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.none() | st.integers(0, 9)), max_size=20
)


@settings(deadline=None)
@given(settled=operations, undone=operations)
def test_rolling_back_restores_the_state_exactly(settled, undone):
    state = State()

    def do(steps):
        for section, name, value in steps:
            state.remove(section, name) if value is None else state.put(section, name, value)

    do(settled)
    state.settle()
    before = state.to_dict()
    do(undone)
    state.roll_back()
    assert state.to_dict() == before
