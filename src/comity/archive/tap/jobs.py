"""Queries that are not waited for: jobs of UWS 1.1, kept on disk, run by a few threads, ended when their time is over.

jobs/ID/job.json      what was asked, of whom, and how it stands
jobs/ID/upload.NAME   the parts of the request that UPLOAD names
jobs/ID/result        the answer

A job is its owner's: nobody else sees it, and it runs as what its owner may see when it runs. A job of the public is seen by
whoever knows its id, of which there are 2^128. After a restart what was queued runs; what ran is aborted, and says so.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.archive.access import PUBLIC
from comity.archive.dali import Parameters, UsageError
from comity.archive.errors import ArchiveError
from comity.archive.query import JOBS_AT_ONCE, Stop
from comity.archive.tap.request import ASYNC_S, MOST_ASYNC_S, TapRequest, tap_request
from comity.model.whole_files import write_whole

PHASES = ("PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "UNKNOWN", "HELD", "SUSPENDED", "ARCHIVED")
#: Phases in which a job can still change by itself.
ACTIVE = ("PENDING", "QUEUED", "EXECUTING")
#: Days that a job is kept, and at most; jobs of one owner; longest wait of a request [s].
KEPT, MOST_KEPT, MOST_JOBS, MOST_WAIT_S = timedelta(days=1), timedelta(days=7), 100, 60.0
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands; times are UTC."""

    id: str
    owner: str
    phase: str
    created: str
    destruction: str
    duration_s: float
    parameters: tuple[tuple[str, str], ...]
    run_id: str | None = None
    started: str | None = None
    ended: str | None = None
    error: str | None = None
    media_type: str | None = None
    size: int | None = None
    files: tuple[str, ...] = field(default=())


class NoSuchJob(ArchiveError):
    """A job that is not there, or is somebody else's."""


#: Runs a request for an owner: the bytes of the answer and their media type.
Runner = Callable[[str, TapRequest, float, Stop], tuple[bytes, str]]


class Jobs:
    """The jobs of an archive. `run` answers a request as its owner; `clock` gives the time; `own` is the service's address."""

    def __init__(
        self, folder: Path, run: Runner, clock: Callable[[], datetime], *, workers: int = JOBS_AT_ONCE, own: str = ""
    ) -> None:
        self._folder, self._run, self._clock, self._own = folder, run, clock, own
        self._changed = threading.Condition()
        self._closing = False
        self._stops: dict[str, Stop] = {}
        self._jobs: dict[str, Job] = {}
        self._threads = ThreadPoolExecutor(workers, "comity-job")
        folder.mkdir(parents=True, exist_ok=True)
        self._recover()

    def close(self) -> None:
        """Ends what runs, which is aborted then; what waits stays so, and runs after the next start."""
        self._closing = True
        for stop in list(self._stops.values()):
            stop()
        self._threads.shutdown(wait=True, cancel_futures=True)

    # --- what users do ----------------------------------------------------------------------------------------------

    def create(self, owner: str, parameters: Parameters, files: Mapping[str, bytes]) -> Job:
        """A new job, in phase PENDING. Its query is checked when it runs; what names no upload is not kept."""
        self.sweep()
        if owner != PUBLIC and sum(1 for j in self._jobs.values() if j.owner == owner) >= MOST_JOBS:
            raise UsageError(f"{owner} has {MOST_JOBS} jobs; delete some first")
        if (
            owner == PUBLIC
            and sum(1 for j in self._jobs.values() if j.owner == PUBLIC and j.phase in ACTIVE) >= MOST_JOBS
        ):
            raise UsageError("the public has as many jobs under way as are taken; try again later")
        now = self._clock()
        named = set(re.findall(r"param:([^;,\s]+)", " ".join(parameters.all("UPLOAD"))))
        kept = {n: b for n, b in files.items() if n in named and re.fullmatch(r"[\w.-]{1,64}", n)}
        job = Job(
            id=secrets.token_hex(16),
            owner=owner,
            phase="PENDING",
            created=_iso(now),
            destruction=_iso(now + KEPT),
            duration_s=ASYNC_S,
            parameters=tuple((n, v) for n, v in parameters.pairs() if n not in ("PHASE", "RUNID")),
            run_id=parameters.one("RUNID"),
            files=tuple(kept),
        )
        place = self._place(job.id)
        place.mkdir()
        for name, body in kept.items():
            write_whole(place / f"upload.{name}", body)
        self._put(job)
        return job

    def job(self, id: str, owner: str) -> Job:
        """A job of an owner. NoSuchJob when there is none for them."""
        self.sweep()
        job = self._jobs.get(id) if _ID.fullmatch(id) else None
        if job is None or job.owner not in (owner, PUBLIC):
            raise NoSuchJob(f"there is no job {id[:40]}")
        return job

    def listed(
        self, owner: str, *, phases: Sequence[str] = (), after: str | None = None, last: int | None = None
    ) -> list[Job]:
        """The jobs of an owner, the newest first; none of the public's, whose ids are what protects them."""
        self.sweep()
        found = [j for j in self._jobs.values() if j.owner == owner and owner != PUBLIC]
        found = [j for j in found if (not phases or j.phase in phases) and (after is None or j.created > after)]
        return sorted(found, key=lambda j: j.created, reverse=True)[:last]

    def start(self, job: Job) -> None:
        """Queues a job that is pending. UsageError when it is not."""
        with self._changed:
            job = self._jobs.get(job.id, job)
            if job.phase != "PENDING":
                raise UsageError(f"the job is {job.phase}; only a pending one can be started")
            self._put(replace(job, phase="QUEUED"))
        self._threads.submit(self._work, job.id)

    def abort(self, job: Job) -> None:
        """Ends a job; one that has ended stays as it is (UWS 1.1 §2.1.3)."""
        with self._changed:
            job = self._jobs.get(job.id, job)
            if job.phase in ACTIVE:
                self._put(replace(job, phase="ABORTED", ended=_iso(self._clock()), error="aborted by its owner"))
        if job.id in self._stops:
            self._stops[job.id]()

    def delete(self, job: Job) -> None:
        """Ends a job and removes all of it."""
        self.abort(job)
        with self._changed:
            self._jobs.pop(job.id, None)
            shutil.rmtree(self._place(job.id), ignore_errors=True)
            self._changed.notify_all()

    def change(
        self,
        job: Job,
        *,
        destruction: str | None = None,
        duration: str | None = None,
        parameters: Parameters | None = None,
    ) -> Job:
        """Another time of destruction, another longest duration, other parameters: within the limits. UsageError when not."""
        with self._changed:
            job = self._jobs.get(job.id, job)
            if destruction is not None:
                asked = _time(destruction)
                job = replace(job, destruction=_iso(min(asked, self._clock() + MOST_KEPT)))
            if duration is not None:
                try:
                    seconds = float(duration)
                except ValueError:
                    raise UsageError(f"EXECUTIONDURATION={duration[:30]} is no number of seconds") from None
                if not seconds >= 0:
                    raise UsageError("EXECUTIONDURATION is no negative number")
                job = replace(job, duration_s=min(seconds or MOST_ASYNC_S, MOST_ASYNC_S))
            if parameters is not None:
                if job.phase != "PENDING":
                    raise UsageError(f"the job is {job.phase}; only a pending one takes other parameters")
                new = [p for p in parameters.pairs() if p[0] not in ("PHASE", "RUNID", "ACTION")]
                names = {n for n, _ in new}
                job = replace(job, parameters=(*(p for p in job.parameters if p[0] not in names), *new))
            self._put(job)
            return job

    def result(self, job: Job) -> Path:
        """The file of an answer. NoSuchJob when there is none."""
        place = self._place(job.id) / "result"
        if job.phase != "COMPLETED" or not place.is_file():
            raise NoSuchJob(f"the job is {job.phase} and has no result")
        return place

    def now(self, id: str) -> Job | None:
        """A job as it stands, whoever's."""
        return self._jobs.get(id)

    # --- what runs --------------------------------------------------------------------------------------------------

    def _work(self, id: str) -> None:
        stop = Stop()
        with self._changed:
            job = self._jobs.get(id)
            if job is None or job.phase != "QUEUED":
                return
            self._stops[id] = stop
            job = replace(job, phase="EXECUTING", started=_iso(self._clock()))
            self._put(job)
        try:
            place = self._place(id)
            files = {n: (place / f"upload.{n}").read_bytes() for n in job.files}
            asked = tap_request(Parameters(job.parameters), files, own=self._own)
            body, media_type = self._run(job.owner, asked, job.duration_s, stop)
            write_whole(place / "result", body)
            self._end(id, phase="COMPLETED", media_type=media_type, size=len(body))
        except ArchiveError as error:
            if self._closing and stop.is_asked:
                self._end(id, phase="ABORTED", error="the service was restarted while it ran")
            else:
                self._end(id, phase="ERROR", error=str(error))
        except FileNotFoundError:  # most likely the job was deleted meanwhile
            self._end(id, phase="ERROR", error="a file that the query needs is lost")
        except Exception:
            logging.getLogger(__name__).exception("job %s", id)
            self._end(id, phase="ERROR", error="the service failed; its keeper finds more in the log")
        finally:
            self._stops.pop(id, None)

    def _end(self, id: str, **changes: Any) -> None:
        with self._changed:
            job = self._jobs.get(id)
            if job is not None and job.phase == "EXECUTING":
                self._put(replace(job, ended=_iso(self._clock()), **changes))

    # --- what is kept -----------------------------------------------------------------------------------------------

    def _recover(self) -> None:
        waiting = []
        for place in sorted(self._folder.iterdir()):
            if not _ID.fullmatch(place.name):
                continue
            try:
                plain = json.loads((place / "job.json").read_text())
                job = Job(
                    **{**plain, "parameters": tuple(map(tuple, plain["parameters"])), "files": tuple(plain["files"])}
                )
            except (OSError, ValueError, TypeError, KeyError):
                shutil.rmtree(place, ignore_errors=True)  # half made when the service ended
                continue
            if job.phase == "EXECUTING":
                job = replace(
                    job, phase="ABORTED", ended=_iso(self._clock()), error="the service was restarted while it ran"
                )
            self._put(job)
            if job.phase == "QUEUED":
                waiting.append(job)
        for job in sorted(waiting, key=lambda j: j.created):
            self._threads.submit(self._work, job.id)

    def sweep(self) -> None:
        """Removes the jobs whose time is over."""
        now = _iso(self._clock())
        for job in [j for j in list(self._jobs.values()) if j.destruction <= now]:
            self.delete(job)

    def _put(self, job: Job) -> None:
        with self._changed:
            with contextlib.suppress(FileNotFoundError):
                write_whole(self._place(job.id) / "job.json", json.dumps(asdict(job)))
                self._jobs[job.id] = job
            self._changed.notify_all()

    def _place(self, id: str) -> Path:
        return self._folder / id

    def wait(self, id: str, phase: str, seconds: float) -> None:
        """Waits till a job is in another phase, for some seconds at most. For tests and programs; a server asks `now`."""
        end = time.monotonic() + seconds
        with self._changed:
            while (job := self._jobs.get(id)) is not None and job.phase == phase and time.monotonic() < end:
                self._changed.wait(end - time.monotonic())


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{text[:40]} is no time as 2027-01-31T12:00:00Z") from None
