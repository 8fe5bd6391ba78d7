"""A witness cosigns one growing history of each log, and keeps proof of any other."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.record.checkpoint import COSIGNATURE, BadNote, Checkpoint, Quorum, SignedNote, VerifierKey, verified
from comity.record.keys import SigningKey
from comity.record.log import Log, open_log
from comity.record.store import RecordDamaged, Store, open_store
from comity.record.witness import Forked, NotCosigned, Witness, check_extends, keep, publish

ORIGIN = "comity.example/artemis"
LOG_KEY = SigningKey.from_seed(b"l" * 32)
LOG = VerifierKey.of(ORIGIN, LOG_KEY)
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def leaves(n: int, name: str = "leaf") -> list[bytes]:
    return [f"{name} {i}".encode() for i in range(n)]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(tmp_path / "log.db", create=True) as log:
        yield log


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    store = open_store(place, create=True)
    yield store
    store.close()


def witness_in(store: Store, name: str = "w.example", seed: bytes = b"w") -> Witness:
    return Witness(store, name, SigningKey.from_seed(seed * 32), {ORIGIN: [LOG]})


def forked(tmp_path: Path, same: int, size: int) -> Log:
    other = open_log(tmp_path / f"fork-{same}-{size}.db", create=True)
    other.append(leaves(same) + leaves(size - same, "other"))
    return other


def test_a_growing_log_is_cosigned_step_by_step(log: Log, store: Store) -> None:
    witness = witness_in(store)
    old = 0
    for grown in (0, 1, 1, 7, 64):
        log.append(leaves(grown))
        note = publish(log, ORIGIN, LOG_KEY)
        line = witness.cosign(str(note), log.consistency_proof(old, log.size), old=old, at=AT)
        assert line.holds(VerifierKey.of("w.example", SigningKey.from_seed(b"w" * 32), COSIGNATURE), note.text)
        old = log.size
    latest = witness.latest(ORIGIN)
    assert latest is not None and verified(latest, [LOG]).size == 64
    assert witness.forks() == []


def test_a_checkpoint_that_k_of_n_witnesses_cosigned_reaches_its_quorum(log: Log, tmp_path: Path) -> None:
    log.append(leaves(5))
    note = publish(log, ORIGIN, LOG_KEY)
    seeds = (b"a", b"b", b"c")
    names = [f"w{n}.example" for n in range(3)]
    keys = [VerifierKey.of(n, SigningKey.from_seed(s * 32), COSIGNATURE) for n, s in zip(names, seeds, strict=True)]
    quorum = Quorum(2, tuple(keys))
    for n, seed in list(zip(names, seeds, strict=True))[:2]:
        own = open_store(tmp_path / f"{n}.db", create=True)
        note = note.with_signatures([witness_in(own, n, seed).cosign(str(note), [], old=0, at=AT)])
        own.close()
    keep(log, note)
    assert quorum.missing(note) == 0
    kept = log.store.latest("checkpoint", ORIGIN)
    assert kept is not None and quorum.missing(SignedNote.parse(kept.text)) == 0
    assert publish(log, ORIGIN, LOG_KEY) == note


def test_two_histories_of_one_size_are_a_proven_fork(log: Log, store: Store, tmp_path: Path) -> None:
    log.append(leaves(8))
    witness = witness_in(store)
    witness.cosign(str(publish(log, ORIGIN, LOG_KEY)), [], old=0, at=AT)
    with forked(tmp_path, 5, 8) as other:
        lie = str(publish(other, ORIGIN, LOG_KEY))
    for _ in range(2):
        with pytest.raises(Forked) as caught:
            witness.cosign(lie, [], old=8, at=AT)
    assert caught.value.evidence.is_proven([LOG])
    assert witness.forks(ORIGIN) == [caught.value.evidence]
    latest = witness.latest(ORIGIN)
    assert latest is not None and verified(latest, [LOG]).root == log.root()


def test_a_larger_history_without_a_valid_proof_is_kept_as_evidence_and_not_cosigned(
    log: Log, store: Store, tmp_path: Path
) -> None:
    log.append(leaves(8))
    witness = witness_in(store)
    witness.cosign(str(publish(log, ORIGIN, LOG_KEY)), [], old=0, at=AT)
    with forked(tmp_path, 5, 13) as other, pytest.raises(Forked, match="does not continue") as caught:
        witness.cosign(str(publish(other, ORIGIN, LOG_KEY)), other.consistency_proof(8), old=8, at=AT)
    assert not caught.value.evidence.is_proven([LOG])
    assert len(witness.forks()) == 1
    log.append(leaves(13))
    witness.cosign(str(publish(log, ORIGIN, LOG_KEY)), log.consistency_proof(8), old=8, at=AT)


def test_a_smaller_checkpoint_and_a_wrong_old_size_are_refused_with_the_right_one(log: Log, store: Store) -> None:
    witness = witness_in(store)
    log.append(leaves(4))
    small = publish(log, ORIGIN, LOG_KEY)
    log.append(leaves(9))
    large = publish(log, ORIGIN, LOG_KEY)
    witness.cosign(str(large), [], old=0, at=AT)
    for note, proof, old in ((small, [], 0), (small, [], 4), (small, log.consistency_proof(4), 9), (large, [], 0)):
        with pytest.raises(NotCosigned) as caught:
            witness.cosign(str(note), proof, old=old, at=AT)
        assert caught.value.size == 9
        assert not isinstance(caught.value, Forked)
    assert witness.forks() == []
    witness.cosign(str(large), [], old=9, at=AT)


def test_unknown_logs_and_signatures_are_refused(log: Log, store: Store) -> None:
    witness = witness_in(store)
    log.append(leaves(4))
    stranger = SigningKey.from_seed(b"s" * 32)
    with pytest.raises(BadNote, match="no witness of"):
        witness.cosign(str(publish(log, "other.example/log", LOG_KEY)), [], old=0, at=AT)
    with pytest.raises(BadNote, match="none of the log's keys"):
        witness.cosign(str(Checkpoint(ORIGIN, 4, log.root()).signed(ORIGIN, stranger)), [], old=0, at=AT)
    with pytest.raises(NotCosigned, match="empty"):
        witness.cosign(str(publish(log, ORIGIN, LOG_KEY)), [bytes(32)], old=0, at=AT)
    assert witness.latest(ORIGIN) is None


def test_what_was_cosigned_is_remembered_by_the_next_process(log: Log, place: str) -> None:
    log.append(leaves(4))
    note = str(publish(log, ORIGIN, LOG_KEY))
    for old in (0, 4):
        store = open_store(place, create=True)
        witness_in(store).cosign(note, [], old=old, at=AT)
        store.close()


def test_a_log_signs_nothing_that_contradicts_what_it_signed(log: Log, tmp_path: Path) -> None:
    log.append(leaves(6))
    first = publish(log, ORIGIN, LOG_KEY)
    assert publish(log, ORIGIN, LOG_KEY) == first
    with forked(tmp_path, 3, 9) as other:
        with pytest.raises(RecordDamaged, match="another history"):
            keep(other, first)
        with other.store.writing() as writing:
            writing.put(log.store.notes("checkpoint")[0])
        with pytest.raises(RecordDamaged, match="another history"):
            publish(other, ORIGIN, LOG_KEY)
    with forked(tmp_path, 3, 3) as shorter, pytest.raises(RecordDamaged, match="the end is missing"):
        check_extends(shorter, Checkpoint.from_text(first.text))
