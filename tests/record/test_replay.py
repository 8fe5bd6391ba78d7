from comity.record.fold import Fold
from comity.record.replay import replay
from comity.record.state import Kind
from tests.record.makers import Scribe, officers

NOTE = Kind("note.write", lambda state, entry: state.put("notes", entry.id, entry.body["text"]))


def test_a_record_replayed_on_all_cores_comes_to_the_same_state():
    scribe = Scribe({"esa": officers("esa")}, kinds=[NOTE])
    for n in range(2100):
        scribe.write("note.write", {"text": f"{n}"}, by="esa" if n % 7 else "nobody")
    seen = []
    again = replay((e.to_bytes() for e in scribe.entries), Fold([NOTE]), workers=2, on_progress=seen.append)
    assert again.state.digest() == scribe.state.digest()
    assert [r.index for r in again.refusals] == [r.index for r in scribe.fold.refusals]
    assert seen == [500, 1000, 1500, 2000, 2101]


def test_what_does_not_hold_counts_for_nothing_and_keeps_its_place():
    scribe = Scribe({"esa": officers("esa")}, kinds=[NOTE])
    scribe.write("note.write", {"text": "a"}, by="esa")
    scribe.write("note.write", {"text": "b"}, by="esa")
    first, forged, last = (e.to_bytes() for e in scribe.entries)
    forged = forged.replace(b'"text":"a"', b'"text":"z"')
    again = replay([first, b"garbage", forged, last], Fold([NOTE]))
    reasons = {r.index: r.reason for r in again.refusals}
    assert again.size == 4 and "not JSON" in reasons[1] and "does not hold" in reasons[2]
    # What followed the true entry knows of nothing that stands before it here.
    assert "not on the record before it" in reasons[3] and not again.state.section("notes")
