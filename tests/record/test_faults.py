"""What was acknowledged survives: killed appenders, a killed server, a full disk, torn files."""

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.kills import Tally, check_all, kill_once
from comity.record.audit import audit
from comity.record.checkpoint import Checkpoint
from comity.record.errors import RecordError
from comity.record.log import Log, open_log
from comity.record.store import RecordDamaged, RecordFull, RecordUnavailable
from tests.record.postgres import Cluster


def leaves(n: int, name: str = "leaf") -> list[bytes]:
    return [f"{name} {i} ".encode() * 40 for i in range(n)]


def test_nothing_acknowledged_is_lost_when_appenders_are_killed(place: str) -> None:
    open_log(place, create=True).close()
    tally, dice = Tally(), random.Random(7)
    for _ in range(25 if "/record.db" in place else 6):
        kill_once(place, tally, dice)
    check_all(place, tally)
    assert tally.acknowledged


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(postgres: Cluster) -> None:
    place = postgres.new_schema()
    with open_log(place, create=True) as log:
        acknowledged: list[tuple[int, bytes]] = []
        for crash in range(2):
            mine = leaves(20, f"crash {crash}")
            acknowledged += zip(log.append(mine), mine, strict=True)
            postgres.kill()
            with pytest.raises(RecordUnavailable):
                log.append([b"while it is down"])
            postgres.start()
            assert list(log.read()) == acknowledged
        assert log.append(leaves(20, "crash 0")) == list(range(20))
    assert audit(place).is_whole


def test_an_append_that_the_server_did_not_live_to_acknowledge_can_be_repeated(postgres: Cluster) -> None:
    with open_log(postgres.new_schema(), create=True) as log:
        log.append([b"before"])
        with pytest.raises(RecordUnavailable, match="not known"), log.store.writing() as writing:
            postgres.kill()
            writing.size()
        postgres.start()
        assert log.append([b"before", b"after"]) == [0, 1]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond this size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill(log: Log) -> int:
    """Appends until the disk is full; how many leaves were acknowledged."""
    done = log.size
    with pytest.raises(RecordFull, match="full"):
        for i in range(10_000):
            log.append(leaves(10, f"filling {i}"))
            done += 10
    return done


def check_full(log: Log, done: int) -> None:
    assert log.size == done
    assert sum(1 for _ in log.read()) == done
    assert log.inclusion_proof(0)
    with pytest.raises(RecordFull):
        log.append([bytes(2**20)])


def test_a_full_disk_refuses_the_append_and_spoils_nothing(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    with open_log(place, create=True) as log:
        log.append(leaves(50))
        with largest_file(Path(f"{place}-wal").stat().st_size + 100_000):
            done = fill(log)
            check_full(log, done)
        assert log.append(leaves(50)) == list(range(50))
        assert log.append([b"room again"]) == [done]
    assert audit(place).is_whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte, where the tests may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.getuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root mounts a file system")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_file_system_without_space_refuses_the_append_and_spoils_nothing(small_disk: Path) -> None:
    place = small_disk / "record.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200_000))
    with open_log(place, create=True) as log:
        done = fill(log)
        check_full(log, done)
        ballast.unlink()
        assert log.append([b"room again"]) == [done]
    assert audit(place).is_whole


def killed_with_open_log(place: Path) -> None:
    """A record whose write-ahead log was never moved into the file, since its appender ended without closing."""
    script = (
        "import os, sys; from comity.record.log import open_log; log = open_log(sys.argv[1], create=True)\n"
        "for i in range(12): log.append([b'entry %d ' % i * 200])\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, place], check=True)
    assert Path(f"{place}-wal").stat().st_size > 0


@pytest.mark.parametrize("spoil", ["cut", "zeroed", "noise"])
def test_a_torn_write_ahead_log_is_never_read_as_data_and_a_checkpoint_tells_what_is_gone(
    tmp_path: Path, spoil: str
) -> None:
    genuine = tmp_path / "genuine.db"
    killed_with_open_log(genuine)
    data, wal = genuine.read_bytes(), Path(f"{genuine}-wal").read_bytes()
    with open_log(genuine) as log:
        whole = list(log.read())
        checkpoint = Checkpoint("x", log.size, log.root())
    dice = random.Random(1)
    for cut in [dice.randrange(1, len(wal)) for _ in range(25)]:
        place = tmp_path / f"torn-{cut}.db"
        torn = {"cut": b"", "zeroed": bytes(len(wal) - cut), "noise": dice.randbytes(len(wal) - cut)}[spoil]
        place.write_bytes(data)
        Path(f"{place}-wal").write_bytes(wal[:cut] + torn)
        with open_log(place, create=True) as log:
            assert list(log.read()) == whole[: log.size], "a part of a transaction was read"
        found = audit(place, checkpoints=[checkpoint])
        assert found.size < 12
        assert (found.verdicts[0].first, found.verdicts[0].last) == (found.size, 11)


@pytest.mark.parametrize("spoil", ["cut", "zeroed", "noise"])
def test_a_torn_file_is_reported_and_never_read_as_data(tmp_path: Path, spoil: str) -> None:
    place = tmp_path / "record.db"
    with open_log(place, create=True) as log:
        log.append(leaves(300))
        whole = list(log.read())
        checkpoint = Checkpoint("x", log.size, log.root())
    data = place.read_bytes()
    dice = random.Random(2)
    for at in [dice.randrange(4096, len(data)) // 512 * 512 for _ in range(25)]:
        length = 512 * dice.randrange(1, 9)
        torn = {"cut": data[:at], "zeroed": data[:at] + bytes(length) + data[at + length :],
                "noise": data[:at] + dice.randbytes(length) + data[at + length :]}[spoil]  # fmt: skip
        place.write_bytes(torn[: len(data)])
        read = []
        try:
            with open_log(place) as log:
                for pair in log.read():
                    read.append(pair)
        except RecordDamaged:
            pass
        assert read == whole[: len(read)]
        assert is_found(place, checkpoint) or len(read) == 300


def is_found(place: Path, checkpoint: Checkpoint) -> bool:
    try:
        return not audit(place, checkpoints=[checkpoint]).is_whole
    except RecordError:
        return True


def test_a_failed_disk_while_appending_is_said_and_the_log_goes_on_afterwards(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    with open_log(place, create=True) as log:
        log.append([b"a"])
        holder = sqlite3.connect(place, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        # The writer's connection waits a minute for others; here it need not.
        with log.store._writers.connection() as connection:  # type: ignore[attr-defined]
            connection.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(RecordUnavailable, match="locked"):
            log.append([b"b"])
        holder.execute("ROLLBACK")
        holder.close()
        assert log.append([b"b"]) == [1]
