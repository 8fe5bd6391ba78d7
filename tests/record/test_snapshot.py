from datetime import timedelta

import orjson
import pytest

from comity.kinds import GUARDS, KINDS
from comity.record import snapshot
from comity.record.fold import Fold
from comity.record.log import open_log
from comity.record.programme import change_to
from comity.records import open_record
from tests.governance.test_decisions import BOARD, PARTIES, propose, vote
from tests.record.makers import START, Scribe, officers

TEXTS = {"m.yaml": "missions:\n  a: {name: A}\n"}


@pytest.fixture
def scribe():
    """A record on which much has happened."""
    scribe = Scribe({p: officers(p) for p in (*PARTIES, "pca")}, kinds=KINDS, guards=GUARDS)
    scribe.write("body.establish", {"body": "board", "document": BOARD}, by="esa", keys=(*PARTIES, "pca"))
    scribe.write("programme.change", change_to(scribe.state, TEXTS), by="esa")
    propose(scribe)
    vote(scribe, "esa", "yes")
    scribe.write("dispute.open", {"dispute": "d", "against": ["esa"], "claim": "late"}, by="csa")
    scribe.write("dispute.interim", {"dispute": "d", "measure": "wait", "freezes": []}, by="csa")
    scribe.write("note.unknown", {}, by="esa")
    scribe.write("decision.comment", {"decision": "cut", "text": "x"}, by="nasa", at=START + timedelta(days=3))
    return scribe


@pytest.fixture
def place(scribe, tmp_path, monkeypatch):
    """That record as a file; two entries are already worth a snapshot, which stands in a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(snapshot, "WORTH", 2)
    with open_log(tmp_path / "trial.record", create=True) as log:
        log.append([e.to_bytes() for e in scribe.entries])
    return tmp_path / "trial.record"


def cached(place):
    (file,) = (place.parent / "cache" / "comity" / "records").iterdir()
    return file


def test_a_fold_goes_on_from_what_was_saved_as_if_it_had_never_stopped(scribe):
    whole = scribe.fold
    for cut in range(len(scribe.entries) + 1):
        first = Fold(KINDS, GUARDS)
        for entry in scribe.entries[:cut]:
            first.take(entry)
        saved = first.saved()
        assert orjson.loads(orjson.dumps(saved)) == saved  # nothing in it that JSON would give back otherwise
        again = Fold.resume(orjson.loads(orjson.dumps(saved)), KINDS, GUARDS)
        for entry in scribe.entries[cut:]:
            again.take(entry)
        assert again.saved() == whole.saved() and again.state.digest() == whole.state.digest()


def test_a_snapshot_spares_the_fold_and_changes_no_answer(scribe, place, monkeypatch):
    with open_record(place) as record:
        assert record.state.digest() == scribe.state.digest()
    assert cached(place).stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(Fold, "take", lambda *_, **__: pytest.fail("folded again"))
    with open_record(place) as record:
        assert record.state.digest() == scribe.state.digest()
        assert [r.index for r in record.refusals] == [r.index for r in scribe.fold.refusals]


@pytest.mark.parametrize("spoilt", ["other code", "other root", "cut short", "no JSON"])
def test_a_snapshot_of_something_else_is_not_used(scribe, place, spoilt):
    with open_record(place) as record:
        assert record.now.size == len(scribe.entries)
    saved = orjson.loads(cached(place).read_bytes())
    saved["fold"]["state"]["parties"] = {}
    if spoilt == "other code":
        saved["code"] = "0" * 64
    elif spoilt == "other root":
        saved["root"] = "0" * 64
    data = orjson.dumps(saved)
    cached(place).write_bytes({"cut short": data[:100], "no JSON": b"\xff"}.get(spoilt, data))
    with open_record(place) as record:
        assert record.state.digest() == scribe.state.digest()


def test_where_nothing_can_be_kept_the_answer_is_the_same(scribe, place, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    with open_record(place) as record:
        assert record.state.digest() == scribe.state.digest()
