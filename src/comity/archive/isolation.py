"""Files are read in processes of their own, with limits of memory and time: a hostile one harms none but itself."""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from comity.archive.described import Described
from comity.archive.errors import ArchiveError, UnreadableFile
from comity.archive.formats import describe
from comity.archive.objects import sha256
from comity.workers import WorkerError, streamed

#: Files that a worker has at hand.
AHEAD = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take: bytes on disk, bytes of memory beyond what the reader itself has, seconds.

    `grace_s` is the time after which a reader that has not ended by itself is ended.
    """

    file_bytes: int = 64 * 2**30
    memory_bytes: int = 4 * 2**30
    time_s: float = 60.0
    grace_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was read: its hash, its size, the time of its last change [ns since 1970], what it says of itself.

    `problem` says why it cannot be taken; then `described` is None.
    """

    path: Path
    sha256: str
    size: int
    modified_ns: int
    described: Described | None
    problem: str | None


def examined(files: Sequence[Path], *, limits: Limits, workers: int) -> Iterator[Examined]:
    """What each file is, in order. One that ends its reader is read once more alone, and reported if it does so again."""
    done = 0
    while done < len(files):
        try:
            for result in streamed(
                examine,
                ((f,) for f in files[done:]),
                workers=min(workers, len(files) - done),
                shared=limits,
                ahead=AHEAD,
            ):
                done += 1
                yield result
        except WorkerError:  # one of those under way: each goes alone, till the culprit is found
            for file in files[done : done + AHEAD * workers + 1]:
                yield _alone(file, limits)
                done += 1


def _alone(file: Path, limits: Limits) -> Examined:
    try:
        (found,) = streamed(examine, [(file,)], workers=1, shared=limits)
        assert isinstance(found, Examined)
        return found
    except WorkerError:
        most = f"{limits.memory_bytes >> 20} MiB or {limits.time_s:g} s"
        return _bad(file, f"{file}: reading it took more than {most}, or ended the reader")


def examine(limits: Limits, file: Path) -> Examined:
    """Hashes and reads a file within limits; to be called in a process of its own."""
    try:
        with limited(limits):
            found = file.stat()
            if not file.is_file():
                return _bad(file, f"{file}: is not a file")
            if found.st_size > limits.file_bytes:
                return _bad(file, f"{file}: {found.st_size:,} bytes; at most {limits.file_bytes:,} are taken")
            with file.open("rb") as opened:
                digest = sha256(opened)
            described = describe(file)
            return Examined(file, digest, found.st_size, found.st_mtime_ns, described, None)
    except ArchiveError as error:
        return _bad(file, str(error))
    except OSError as error:
        return _bad(file, f"{file}: {error.strerror or error}")
    except MemoryError:
        return _bad(file, f"{file}: reading it takes more than {limits.memory_bytes >> 20} MiB")
    except RecursionError:
        return _bad(file, f"{file}: is nested too deeply")


def _bad(file: Path, problem: str) -> Examined:
    return Examined(file, "", 0, 0, None, problem)


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Holds a process to limits of memory and time: MemoryError, or UnreadableFile when it took too long.

    What does neither is ended from a thread that needs nothing of Python: a library that got no memory may wait for ever
    where no handler of a signal runs.
    """
    # Its threads and their memory are the reader's own; when they are refused, OpenBLAS ends the process or hangs.
    import numpy  # noqa: F401

    def too_long(_: int, __: FrameType | None) -> None:
        raise UnreadableFile(f"reading took longer than {limits.time_s:g} s")

    nowhere = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(limits.time_s + limits.grace_s, exit=True, file=nowhere)
    before = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = held + limits.memory_bytes
    resource.setrlimit(
        resource.RLIMIT_AS, (most if before[1] == resource.RLIM_INFINITY else min(most, before[1]), before[1])
    )
    kept = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, limits.time_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, kept)
        resource.setrlimit(resource.RLIMIT_AS, before)
        faulthandler.cancel_dump_traceback_later()
        os.close(nowhere)
