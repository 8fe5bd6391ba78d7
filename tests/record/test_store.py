"""One suite for SQLite and PostgreSQL."""

import multiprocessing
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from comity.record.log import LARGEST, Log, _Append, open_log
from comity.record.merkle import EMPTY_ROOT, leaf_hash, proves_consistency, proves_inclusion, root_of
from comity.record.store import Note, RecordDamaged, RecordUnavailable
from comity.record.store.postgresql import without_password
from tests.record.postgres import Cluster


@pytest.fixture
def log(place: str) -> Iterator[Log]:
    with open_log(place, create=True) as log:
        yield log


def leaves(n: int, name: str = "leaf") -> list[bytes]:
    return [f"{name} {i}".encode() * 3 for i in range(n)]


def change(place: str, text: str) -> None:
    """Does to the tables what only an intruder, or a failing disk, would do."""
    if place.startswith("postgresql:"):
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(text.replace(" leaves", " comity_leaves").replace(" notes", " comity_notes").encode())
    else:
        connection = sqlite3.connect(place)
        connection.execute(text.replace("'\\x", "x'"))
        connection.commit()
        connection.close()


def test_what_was_appended_is_read_in_order_and_after_opening_again(place: str) -> None:
    with open_log(place, create=True) as log:
        assert (log.size, log.root(), list(log.read())) == (0, EMPTY_ROOT, [])
        assert log.append(leaves(3)) == [0, 1, 2]
        assert log.append([]) == []
        assert log.append([b""]) == [3]
    with open_log(place) as log:
        assert log.append([b"last"]) == [4]
        assert list(log.read()) == list(enumerate([*leaves(3), b"", b"last"]))
        assert list(log.read(1, 3)) == [(1, leaves(3)[1]), (2, leaves(3)[2])]
        assert list(log.read(4, 100)) == [(4, b"last")]
        assert list(log.read(5)) == []
        assert log.leaf(3) == b""
        assert len(log) == 5


def test_a_leaf_is_kept_once_however_often_it_is_appended(log: Log) -> None:
    assert log.append([b"a", b"b", b"a"]) == [0, 1, 0]
    assert log.append([b"b", b"c", b"a"]) == [1, 2, 0]
    assert log.size == 3
    assert log.index_of(b"c") == 2
    assert log.index_of(b"d") is None


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100])
def test_roots_and_proofs_hold_at_every_size(log: Log, size: int) -> None:
    all_leaves = leaves(size)
    for i in range(0, size, 9):
        log.append(all_leaves[i : i + 9])
    roots = [log.root(n) for n in range(size + 1)]
    assert roots == [root_of(all_leaves[:n]) for n in range(size + 1)]
    for n in range(0, size + 1, max(1, size // 7)):
        assert proves_consistency(n, size, log.consistency_proof(n), roots[n], roots[size])
        for i in range(0, n, max(1, n // 5)):
            assert proves_inclusion(leaf_hash(all_leaves[i]), i, n, log.inclusion_proof(i, n), roots[n])


def test_questions_beyond_the_end_are_refused(log: Log) -> None:
    log.append(leaves(2))
    for question in (
        lambda: log.root(3),
        lambda: log.inclusion_proof(2),
        lambda: log.consistency_proof(3),
        lambda: log.root(-1),
    ):
        with pytest.raises(ValueError):
            question()
    with pytest.raises(ValueError, match="no entry -1"):
        list(log.read(-1))
    for index in (2, -1):
        with pytest.raises(IndexError):
            log.leaf(index)


def test_what_is_no_leaf_is_refused_and_appends_nothing(log: Log) -> None:
    with pytest.raises(ValueError, match="at most"):
        log.append([b"fine", bytes(LARGEST + 1)])
    with pytest.raises(TypeError):
        log.append([b"fine", "text"])  # type: ignore[list-item]
    assert log.size == 0


def test_large_leaves_and_many_small_ones_are_read_alike(log: Log) -> None:
    all_leaves = [bytes(5 * 2**20), *leaves(300), b"x" * 2**22, b"y" * 2**22, *leaves(1500, "small")]
    log.append(all_leaves)
    assert [leaf for _, leaf in log.read()] == all_leaves


def test_the_next_leaf_is_appended_by_whoever_appended_last_and_by_nobody_else(place: str) -> None:
    with open_log(place, create=True) as log, open_log(place) as other:
        assert not log.append_next(b"a", size=0)
        log.append([b"a"])
        assert log.append_next(b"b", size=1)
        assert log.append_next(b"c", size=2)
        assert not log.append_next(b"d", size=2)
        assert not other.append_next(b"d", size=3)
        other.append([b"d"])
        assert not log.append_next(b"e", size=3)
        assert not other.append_next(b"a", size=4)
        assert other.append_next(b"e", size=4)
        assert [leaf for _, leaf in log.read()] == [b"a", b"b", b"c", b"d", b"e"]
        assert log.root() == root_of([b"a", b"b", b"c", b"d", b"e"])
        assert log.append([b"f"]) == [5]
        with pytest.raises(ValueError, match="at most"):
            log.append_next(bytes(LARGEST + 1), size=6)
        assert log.append_next(b"g", size=6)


def test_of_several_logs_that_append_next_one_does(place: str) -> None:
    with open_log(place, create=True) as first:
        first.append([b"leaf"])
    logs = [open_log(place) for _ in range(4)]

    def append(worker: int) -> None:
        for i in range(30):
            mine = b"worker %d leaf %d" % (worker, i)
            if not logs[worker].append_next(mine, size=logs[worker]._frontier.size):
                logs[worker].append([mine])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4)))
    kept = [leaf for _, leaf in logs[0].read()]
    assert len(kept) == len(set(kept)) == 121
    assert logs[0].root() == root_of(kept)
    for log in logs:
        log.close()


def test_threads_that_append_at_once_get_each_index_once(log: Log) -> None:
    def append(worker: int) -> list[tuple[int, bytes]]:
        done = []
        for i in range(20):
            mine = [b"worker %d leaf %d.%d" % (worker, i, k) for k in range(1 + (worker + i) % 3)]
            done += zip(log.append(mine), mine, strict=True)
        return done

    with ThreadPoolExecutor(12) as pool:
        done = [pair for found in pool.map(append, range(12)) for pair in found]
    assert sorted(done) == list(log.read())


def test_one_append_that_is_refused_spoils_no_other(log: Log) -> None:
    def append(i: int) -> bool:
        try:
            log.append([b"good %d" % i, bytes(LARGEST + 1) if i % 3 == 0 else b"also good %d" % i])
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(append, range(30)))
    assert sum(accepted) == 20
    assert log.size == 40


def test_one_who_appends_for_others_and_is_interrupted_stops_nobody_for_ever(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_all, interrupted = log._append, [False]

    def interrupt_once(appends: Sequence[_Append]) -> None:
        if len(appends) > 1 and not interrupted[0]:
            interrupted[0] = True
            raise KeyboardInterrupt
        append_all(appends)

    def append(i: int) -> str:
        try:
            log.append([b"leaf %d" % i])
        except (KeyboardInterrupt, RecordUnavailable) as error:
            return type(error).__name__
        return "appended"

    monkeypatch.setattr(log, "_append", interrupt_once)
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(append, range(200)))
    assert done.count("KeyboardInterrupt") == 1
    assert log.size == done.count("appended")
    assert {append(i) for i in range(200)} == {"appended"}
    assert log.size == 200


def _append_many(place: str, worker: int) -> list[tuple[int, bytes]]:
    with open_log(place, create=True) as log:
        mine = [b"process %d leaf %d" % (worker, i) for i in range(40)]
        shared = [b"shared %d" % i for i in range(10)]
        return [pair for leaf in mine + shared for pair in zip(log.append([leaf]), [leaf], strict=True)]


def test_processes_that_append_at_once_get_one_order_without_gaps(place: str) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        done = {pair for found in pool.starmap(_append_many, [(place, w) for w in range(3)]) for pair in found}
    with open_log(place) as log:
        assert sorted(done) == list(log.read())
        assert log.size == 3 * 40 + 10


def _open_new(place: str) -> int:
    with open_log(place, create=True) as log:
        return log.append([b"first"])[0]


def test_processes_that_make_a_record_at_once_make_one(tmp_path: Path, postgres: Cluster) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        for i in range(10):
            assert pool.map(_open_new, [str(tmp_path / f"{i}.db")] * 4, chunksize=1) == [0] * 4
        for _ in range(5):
            assert pool.map(_open_new, [postgres.new_schema()] * 4, chunksize=1) == [0] * 4


def test_reading_goes_on_while_another_appends(log: Log) -> None:
    log.append(leaves(200))
    reading = log.read()
    first = next(reading)
    log.append(leaves(5, "later"))
    assert [first, *reading] == list(enumerate(leaves(200)))


def test_a_transaction_that_fails_leaves_nothing(log: Log) -> None:
    log.append([b"a"])
    with pytest.raises(ZeroDivisionError), log.store.writing() as writing:
        writing.put(Note("shelf", "origin", 1, "text"))
        raise ZeroDivisionError
    assert log.store.notes("shelf") == []
    assert log.append([b"b"]) == [1]


def test_notes_are_kept_in_order(log: Log) -> None:
    for note in (
        Note("s", "a", 1, "one\n"),
        Note("s", "b", 5, "other\n"),
        Note("s", "a", 2, "two — é\n"),
        Note("t", "a", 9, "x"),
    ):
        with log.store.writing() as writing:
            writing.put(note)
    assert [n.text for n in log.store.notes("s")] == ["one\n", "other\n", "two — é\n"]
    assert [(n.size, n.text) for n in log.store.notes("s", "a")] == [(1, "one\n"), (2, "two — é\n")]
    latest = log.store.latest("s", "a")
    assert latest is not None and latest.text == "two — é\n"
    assert log.store.latest("s", "c") is None


def test_a_place_without_a_record_is_refused(place: str) -> None:
    with pytest.raises(RecordUnavailable, match="no record"):
        open_log(place)
    with open_log(place, create=True) as log:
        log.append([b"a"])
    with open_log(place, create=True) as log:
        assert log.size == 1


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("UPDATE leaves SET leaf = '\\x00' WHERE number = 5", 5),
        ("UPDATE leaves SET hash = '\\x00' WHERE number = 5", 5),
        ("UPDATE leaves SET subtrees = '\\x00' WHERE number = 5", 5),
        ("DELETE FROM leaves WHERE number = 5", 5),
        ("UPDATE leaves SET number = 50 WHERE number = 5", 5),
        ("DELETE FROM leaves WHERE number < 3", 0),
    ],
)
def test_an_altered_row_is_reported_with_its_index_and_never_read(place: str, text: str, index: int) -> None:
    with open_log(place, create=True) as log:
        log.append(leaves(20))
        change(place, text)
        read = []
        with pytest.raises(RecordDamaged, match=f"entry {index}") as caught:
            read.extend(log.read())
            read.extend(pair for pair in log.read())
        assert caught.value.index == index
        for i, leaf in log.read(0, index):
            assert leaf == leaves(20)[i]


def test_swapped_entries_are_found_though_each_fits_its_hash(place: str) -> None:
    with open_log(place, create=True) as log:
        log.append(leaves(20))
    for text in ("number = -1 WHERE number = 4", "number = 4 WHERE number = 6", "number = 6 WHERE number = -1"):
        change(place, f"UPDATE leaves SET {text}")
    with open_log(place) as log, pytest.raises(RecordDamaged, match="entry 5: it does not fit the tree"):
        list(log.read())


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE leaves SET leaf = '\\x00' WHERE number = 19",
        "UPDATE leaves SET subtrees = '\\x00' WHERE number = 19",
        "DELETE FROM leaves WHERE number = 17",
        "UPDATE leaves SET hash = '\\x00' WHERE number = 15",
    ],
)
def test_a_torn_end_is_found_when_the_record_is_opened(place: str, text: str) -> None:
    with open_log(place, create=True) as log:
        log.append(leaves(20))
    change(place, text)
    with pytest.raises(RecordDamaged):
        open_log(place)


def test_a_proof_from_an_altered_hash_is_not_handed_on(place: str) -> None:
    with open_log(place, create=True) as log:
        log.append(leaves(20))
        other = "00" * 32
        change(place, f"UPDATE leaves SET subtrees = '\\x{other}' WHERE number = 5")
        with pytest.raises(RecordDamaged, match="altered"):
            log.inclusion_proof(6)
        with pytest.raises(RecordDamaged, match="altered"):
            log.consistency_proof(6)
        assert log.inclusion_proof(17)


def test_an_altered_note_is_reported(place: str) -> None:
    with open_log(place, create=True) as log:
        with log.store.writing() as writing:
            writing.put(Note("s", "a", 1, "one"))
        change(place, "UPDATE notes SET size = 2")
        with pytest.raises(RecordDamaged, match="note 1"):
            log.store.notes("s")


def test_a_closed_log_answers_no_more(place: str) -> None:
    log = open_log(place, create=True)
    log.close()
    with pytest.raises(ValueError, match="closed"):
        log.append([b"a"])


def test_another_sqlite_file_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    for create in (False, True):
        with pytest.raises(RecordDamaged, match="no record"):
            open_log(path, create=create)
    path.write_bytes(b"hello, this is text" * 100)
    with pytest.raises(RecordDamaged, match="not a database"):
        open_log(path)


def test_a_folder_or_a_missing_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordUnavailable):
        open_log(tmp_path / "missing" / "record.db", create=True)
    with pytest.raises(RecordUnavailable):
        open_log(tmp_path, create=True)


def test_a_server_that_does_not_answer_is_said_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(RecordUnavailable) as caught:
        open_log(f"postgresql://esa:secret@/x?host={tmp_path}")
    assert "secret" not in str(caught.value)
    assert without_password("postgresql://esa:secret@h/x?password=secret") == "postgresql://esa@h/x"
