"""Whatever is changed in a record is found, and said by its entry where that can be known."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from comity.record.audit import Audit, What, audit
from comity.record.checkpoint import Checkpoint
from comity.record.entry import sign, statement
from comity.record.errors import RecordError
from comity.record.keys import SigningKey
from comity.record.log import Log, open_log
from comity.record.merkle import Frontier, leaf_hash
from comity.record.store import Note, RecordUnavailable, Row, Store, open_store
from comity.record.witness import publish

KEY = SigningKey.from_seed(bytes(32))
SIZE = 23


def entry(n: int, what: str = "promise") -> bytes:
    text = statement(
        record="", kind="agreement.sign", author="esa", time=datetime(2026, 1, 1, tzinfo=UTC), after=(),
        body={"what": f"{what} {n}"},
    )  # fmt: skip
    return sign(text, [KEY]).to_bytes()


LEAVES = [entry(n) for n in range(SIZE)]


def made(place: str, leaves: list[bytes] = LEAVES) -> Checkpoint:
    """A record at a place, and the checkpoint of its first 16 entries that somebody holds."""
    with open_log(place, create=True) as log:
        log.append(leaves)
        return Checkpoint("comity.example/log", 16, log.root(16))


def change(place: str, *texts: str) -> None:
    if place.startswith("postgresql:"):
        with psycopg.connect(place, autocommit=True) as connection:
            for text in texts:
                connection.execute(text.replace(" leaves", " comity_leaves").encode())
        return
    connection = sqlite3.connect(place)
    for text in texts:
        connection.execute(text.replace("'\\x", "x'"))
    connection.commit()
    connection.close()


def rewritten(place: str, leaves: list[bytes]) -> None:
    """The record of somebody who owns the machine and computes all hashes anew, as if it had always been so."""
    with open_log(place, create=True) as log:
        log.append(leaves)


def test_a_whole_record_has_no_findings_and_holds_its_checkpoints(place: str) -> None:
    checkpoint = made(place)
    with open_log(place) as log:
        publish(log, "comity.example/log", KEY)
        root = log.root()
    seen: list[int] = []
    found = audit(place, checkpoints=[checkpoint, Checkpoint("x", 0, Frontier.empty().root())], on_progress=seen.append)
    assert found.is_whole and found.first is None
    assert (found.size, found.root) == (SIZE, root)
    assert [(v.checkpoint.size, v.holds) for v in found.verdicts] == [(0, True), (16, True), (SIZE, True)]


@pytest.mark.parametrize(
    ("text", "what", "first", "last"),
    [
        ("UPDATE leaves SET leaf = '\\x00' WHERE number = 5", What.ALTERED, 5, 5),
        ("UPDATE leaves SET hash = '\\x00' WHERE number = 5", What.ALTERED, 5, 5),
        ("UPDATE leaves SET subtrees = '\\x00' WHERE number = 5", What.HASHES, 5, 5),
        ("DELETE FROM leaves WHERE number = 5", What.MISSING, 5, 5),
        ("DELETE FROM leaves WHERE number IN (0, 1, 2)", What.MISSING, 0, 2),
        ("DELETE FROM leaves WHERE number > 4 AND number < 22", What.MISSING, 5, 21),
    ],
)
def test_an_altered_row_is_found_and_named(place: str, text: str, what: What, first: int, last: int) -> None:
    checkpoint = made(place)
    change(place, text)
    found = audit(place, checkpoints=[checkpoint])
    assert [(f.first, f.last) for f in found.findings if f.what is what] == [(first, last)]
    assert found.first == first
    assert [v.holds for v in found.verdicts] == [what is What.HASHES or "hash" in text]


def test_an_altered_entry_is_named_by_what_it_says(tmp_path: Path) -> None:
    place = str(tmp_path / "record.db")
    checkpoint = made(place)
    change(place, f"UPDATE leaves SET leaf = '\\x{entry(7, 'nothing').hex()}' WHERE number = 7")
    found = audit(place, checkpoints=[checkpoint])
    assert "entry 7 (agreement.sign by esa, " in found.findings[0].text
    assert "recorded hashes are those of the checkpoint" in found.findings[1].text
    assert (found.verdicts[0].first, found.verdicts[0].last) == (7, 7)


def test_an_altered_entry_is_shown_beside_what_the_copy_has(tmp_path: Path) -> None:
    place, copy = str(tmp_path / "record.db"), str(tmp_path / "copy.db")
    made(place)
    made(copy)
    change(place, f"UPDATE leaves SET leaf = '\\x{entry(7, 'nothing').hex()}' WHERE number = 7")
    found = audit(place, copy=copy)
    assert [(f.what, f.first) for f in found.findings] == [(What.ALTERED, 7), (What.REPLACED, 7)]


def test_an_entry_replaced_with_its_hash_is_found_by_the_tree(place: str) -> None:
    made(place)
    other = entry(9, "nothing")
    change(place, f"UPDATE leaves SET leaf = '\\x{other.hex()}', hash = '\\x{leaf_hash(other).hex()}' WHERE number = 9")
    found = audit(place)
    assert [(f.what, f.first, f.last) for f in found.findings] == [(What.HASHES, 8, 9)]


def test_swapped_entries_are_found_by_the_tree(place: str) -> None:
    made(place)
    change(place, *(f"UPDATE leaves SET number = {to} WHERE number = {n}" for n, to in ((4, -1), (6, 4), (-1, 6))))
    found = audit(place)
    assert [(f.first, f.last) for f in found.findings] == [(4, 5), (6, 7)]


Change = Callable[[list[bytes]], list[bytes]]
CHANGES: list[tuple[Change, What, int]] = [
    (lambda ls: [*ls[:5], entry(5, "nothing"), *ls[6:]], What.REPLACED, 5),
    (lambda ls: [*ls[:5], *ls[6:]], What.DELETED, 5),
    (lambda ls: [*ls[:5], entry(99), *ls[5:]], What.INSERTED, 5),
    (lambda ls: [*ls[:5], ls[7], ls[6], ls[5], *ls[8:]], What.MOVED, 5),
    (lambda ls: ls[:14], What.DELETED, 14),
]


@pytest.mark.parametrize(("forge", "what", "index"), CHANGES)
def test_a_record_computed_anew_is_found_by_a_checkpoint_and_placed_by_a_copy(
    place: str, tmp_path: Path, forge: Change, what: What, index: int
) -> None:
    genuine = str(tmp_path / "genuine.db")
    checkpoint = made(genuine)
    rewritten(place, forge(LEAVES))
    assert audit(place).is_whole

    alone = audit(place, checkpoints=[checkpoint])
    assert [v.holds for v in alone.verdicts] == [False]
    assert alone.verdicts[0].last == 15

    found = audit(place, checkpoints=[checkpoint], copy=genuine)
    assert [(f.what, f.first) for f in found.findings if f.what is not What.CHECKPOINT] == [(what, index)]
    assert "agreement.sign by esa" in found.findings[0].text
    assert found.first == index
    assert found.verdicts[0].first == index


def test_checkpoints_of_several_sizes_narrow_where_the_change_is(tmp_path: Path) -> None:
    place = str(tmp_path / "record.db")
    made(place)
    with open_log(place) as log:
        held = [Checkpoint("x", n, log.root(n)) for n in (4, 8, 12, 16)]
    forged = str(tmp_path / "forged.db")
    rewritten(forged, [*LEAVES[:9], entry(9, "nothing"), *LEAVES[10:]])
    found = audit(forged, checkpoints=held)
    assert [(v.holds, v.first, v.last) for v in found.verdicts] == [
        (True, None, None),
        (True, None, None),
        (False, 8, 11),
        (False, 8, 15),
    ]


def test_a_longer_record_than_the_copy_is_no_fault(place: str, tmp_path: Path) -> None:
    made(place)
    rewritten(str(tmp_path / "copy.db"), LEAVES[:10])
    assert audit(place, copy=str(tmp_path / "copy.db")).is_whole


def test_a_checkpoint_that_the_record_keeps_is_held_against_it(tmp_path: Path) -> None:
    place, forged = str(tmp_path / "record.db"), str(tmp_path / "forged.db")
    made(place)
    rewritten(forged, [entry(0, "nothing"), *LEAVES[1:]])
    with open_log(place) as log, open_log(forged) as other:
        publish(log, "x", KEY)
        with other.store.writing() as writing:
            writing.put(log.store.notes("checkpoint")[0])
            writing.put(Note("checkpoint", "x", 1, "no checkpoint"))
    assert {f.what for f in audit(forged).findings} == {What.NOTE, What.CHECKPOINT}


def test_no_record_is_an_error_and_no_finding(tmp_path: Path) -> None:
    with pytest.raises(RecordUnavailable):
        audit(tmp_path / "none.db")
    (tmp_path / "torn.db").write_bytes(bytes(10_000))
    assert [f.what for f in audit(tmp_path / "torn.db").findings] == [What.FILE]


def test_a_record_of_which_much_is_lost_ends_in_time(tmp_path: Path) -> None:
    place = str(tmp_path / "record.db")
    made(place)
    change(place, f"UPDATE leaves SET number = {2**62} WHERE number = 22")
    found = audit(place)
    assert [(f.what, f.first) for f in found.findings] == [(What.MISSING, 22)]
    change(place, "DELETE FROM leaves WHERE number < 3000")
    assert audit(place).findings[0].first == 0


def content(store: Store) -> tuple[list[Row], list[Note]]:
    return store.rows(-(2**63), 2**63 - 1, limit=-1), store.notes()


def flipped(
    tmp_path: Path, data: bytes, wal: bytes, *, flips: int, seed: int, checkpoint: Checkpoint
) -> tuple[int, int]:
    """Flips a random byte of the file (or of its write-ahead log) again and again; how many were found, how many harmless.

    Harmless is a flip after which the audit finds nothing, and every row and note is what it was, byte for byte.
    """
    path = tmp_path / "flipped.db"
    beside = Path(f"{path}-wal")
    before = content_of(path, data, wal)
    dice = random.Random(seed)
    found = harmless = 0
    for _ in range(flips):
        at, by = dice.randrange(len(data) + len(wal)), dice.randrange(1, 256)
        whole = bytearray(data + wal)
        whole[at] ^= by
        path.write_bytes(whole[: len(data)])
        beside.write_bytes(whole[len(data) :])
        Path(f"{path}-shm").unlink(missing_ok=True)
        if is_found(path, checkpoint):
            found += 1
        else:
            assert content_of(path, bytes(whole[: len(data)]), bytes(whole[len(data) :])) == before, f"byte {at} ^ {by}"
            harmless += 1
    return found, harmless


def is_found(path: Path, checkpoint: Checkpoint) -> bool:
    try:
        result: Audit = audit(path, checkpoints=[checkpoint])
    except RecordError:
        return True
    return not result.is_whole


def content_of(path: Path, data: bytes, wal: bytes) -> tuple[list[Row], list[Note]]:
    path.write_bytes(data)
    Path(f"{path}-wal").write_bytes(wal)
    Path(f"{path}-shm").unlink(missing_ok=True)
    store = open_store(path)
    try:
        return content(store)
    finally:
        store.close()


def test_of_a_thousand_flipped_bytes_each_is_found_or_changed_nothing(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    made(str(place))
    with open_log(place) as log:
        checkpoint = Checkpoint("x", SIZE, log.root())
        publish(log, "x", KEY)
    data = place.read_bytes()
    assert not Path(f"{place}-wal").exists()
    found, harmless = flipped(tmp_path, data, b"", flips=1000, seed=1, checkpoint=checkpoint)
    assert found + harmless == 1000
    assert found > 300


def test_flipped_bytes_of_a_write_ahead_log_are_found_by_a_checkpoint(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    log: Log = open_log(place, create=True)
    for leaf in LEAVES[:6]:
        log.append([leaf])
    shutil.copy(place, tmp_path / "copied.db")
    wal = Path(f"{place}-wal").read_bytes()
    checkpoint = Checkpoint("x", 6, log.root())
    log.close()
    assert wal
    found, harmless = flipped(
        tmp_path, (tmp_path / "copied.db").read_bytes(), wal, flips=200, seed=2, checkpoint=checkpoint
    )
    assert found + harmless == 200
    assert found > 50
