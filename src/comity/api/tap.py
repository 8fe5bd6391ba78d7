"""TAP 1.1 under `/tap`: queries that are waited for and jobs, what the service can, its tables, examples."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from comity.api.forms import given
from comity.api.service import Service
from comity.archive import ArchiveError, Reader, datalink
from comity.archive.dali import VOTABLE, Parameters, UsageError, error_document
from comity.archive.query import Answered, Stop, answered, seen_tables
from comity.archive.tables.tap_schema import written
from comity.archive.tap import capabilities, results, uws
from comity.archive.tap.jobs import ACTIVE, MOST_WAIT_S, PHASES, Job, Jobs, NoSuchJob
from comity.archive.tap.request import SYNC_S, TapRequest, tap_request

#: Seconds between two looks at a job.
LOOK_S = 0.1
Answer = Callable[[Request], Awaitable[Response]]


def routes(service: Service) -> list[Route]:
    """All addresses of TAP."""
    tap = _Tap(service)
    return [
        Route("/tap/sync", tap.guarded(tap.sync), methods=["GET", "POST"]),
        Route("/tap/async", tap.guarded(tap.jobs_list), methods=["GET"]),
        Route("/tap/async", tap.guarded(tap.create), methods=["POST"]),
        Route("/tap/async/{id}", tap.guarded(tap.job), methods=["GET", "HEAD"]),
        Route("/tap/async/{id}", tap.guarded(tap.act), methods=["POST", "DELETE"]),
        Route("/tap/async/{id}/results/result", tap.guarded(tap.result), methods=["GET"]),
        Route("/tap/async/{id}/{part}", tap.guarded(tap.part), methods=["GET"]),
        Route("/tap/async/{id}/{part}", tap.guarded(tap.set_part), methods=["POST"]),
        Route("/tap/availability", tap.availability, methods=["GET"]),
        Route("/tap/capabilities", tap.capabilities, methods=["GET"]),
        Route("/tap/tables", tap.guarded(tap.tables), methods=["GET"]),
        Route("/tap/tables/{name:path}", tap.guarded(tap.table), methods=["GET"]),
        Route("/tap/examples", tap.examples, methods=["GET"]),
    ]


def xml(text: str, status: int = 200) -> Response:
    """A document."""
    return Response(text, status, media_type="text/xml")


def votable_error(message: str, status: int) -> Response:
    """An error as DALI has it."""
    return Response(error_document(message), status, media_type=VOTABLE)


def guarded(answer: Answer) -> Answer:
    """What is wrong with a request as a VOTable that says so."""

    async def answering(request: Request) -> Response:
        try:
            return await answer(request)
        except NoSuchJob as error:
            return votable_error(str(error), 404)
        except ArchiveError as error:
            return votable_error(str(error), 400)

    return answering


class _Tap:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._base = f"{service.base_url}/tap"
        self._since = service.clock()
        self._jobs = Jobs(service.archive.room("jobs"), self._run, service.clock, own=service.base_url)
        service.closing.append(self._jobs.close)
        self.guarded = guarded

    def _run(self, owner: str, asked: TapRequest, time_s: float, stop: Stop) -> tuple[bytes, str]:
        """Runs a job as what its owner may see now."""
        return self._answer(self._service.reader_called(owner), asked, time_s, stop)

    def _answer(self, reader: Reader, asked: TapRequest, time_s: float, stop: Stop | None = None) -> tuple[bytes, str]:
        found = answered(
            self._service.archive, reader, asked.query, at=self._service.clock(), limits=asked.limits(time_s),
            base_url=self._service.base_url, uploads=asked.uploads, stop=stop,
        )  # fmt: skip
        self._service.note_answer(reader, found, self._service.clock())
        links = datalink.descriptor(self._service.base_url) if _names_products(found) else ""
        return results.encoded(found, asked.format, extra=links), results.media_type(asked.format, asked.asked_format)

    async def sync(self, request: Request) -> Response:
        """A query that is waited for."""
        reader = self._service.reader(request)
        parameters, files = await given(request)

        def run(stop: Stop) -> tuple[bytes, str]:
            return self._answer(reader, tap_request(parameters, files, own=self._service.base_url), SYNC_S, stop)

        body, media_type = await self._service.turns.run(request, self._service.asker(request), run)
        return Response(body, media_type=media_type)

    # --- jobs -------------------------------------------------------------------------------------------------------

    def _job(self, request: Request) -> Job:
        return self._jobs.job(request.path_params["id"], self._service.reader(request).partner)

    def _to(self, job: Job | None) -> Response:
        return RedirectResponse(f"{self._base}/async" + (f"/{job.id}" if job else ""), 303)

    async def jobs_list(self, request: Request) -> Response:
        """The jobs of who asks."""
        parameters, _ = await given(request)
        phases = [p.upper() for p in parameters.all("PHASE")]
        if unknown := [p for p in phases if p not in PHASES]:
            raise UsageError(f"PHASE={unknown[0][:30]}: there are {', '.join(PHASES)}")
        owner = self._service.reader(request).partner
        found = self._jobs.listed(
            owner, phases=phases, after=parameters.one("AFTER"), last=parameters.whole("LAST", least=1)
        )
        return xml(uws.list_document(found, f"{self._base}/async"))

    async def create(self, request: Request) -> Response:
        """A new job; with PHASE=RUN it starts."""
        parameters, files = await given(request)
        owner = self._service.reader(request).partner
        phase = _phase(parameters)
        job = await run_in_threadpool(self._jobs.create, owner, parameters, files)
        if phase == "RUN":
            self._jobs.start(job)
        return self._to(job)

    async def job(self, request: Request) -> Response:
        """A job; with WAIT when it has changed (UWS 1.1 §2.2.1.1)."""
        job = self._job(request)
        parameters, _ = await given(request)
        seconds = parameters.whole("WAIT", least=-1)
        phase = (parameters.one("PHASE") or job.phase).upper()
        if seconds is not None and phase == job.phase and phase in ACTIVE:
            end = time.monotonic() + (MOST_WAIT_S if seconds < 0 else min(seconds, MOST_WAIT_S))
            while (now := self._jobs.now(job.id)) is not None and now.phase == phase and time.monotonic() < end:
                await asyncio.sleep(LOOK_S)
            job = self._job(request)
        return xml(uws.job_document(job, f"{self._base}/async/{job.id}"))

    async def act(self, request: Request) -> Response:
        """Deletes a job."""
        job = self._job(request)
        if request.method == "POST":
            parameters, _ = await given(request)
            if (parameters.one("ACTION") or "").upper() != "DELETE":
                raise UsageError("a job takes ACTION=DELETE")
        await run_in_threadpool(self._jobs.delete, job)
        return self._to(None)

    async def part(self, request: Request) -> Response:
        """One of the parts of a job."""
        job = self._job(request)
        url = f"{self._base}/async/{job.id}"
        part = request.path_params["part"]
        plain = {
            "phase": job.phase, "executionduration": str(round(job.duration_s)), "destruction": job.destruction,
            "quote": "", "owner": "" if job.owner == "public" else job.owner,
        }  # fmt: skip
        if part in plain:
            return PlainTextResponse(plain[part])
        if part == "parameters":
            return xml(uws.parameters_document(job))
        if part == "results":
            return xml(uws.results_document(job, url))
        if part == "error":
            if job.phase in ("ERROR", "ABORTED"):
                return votable_error(job.error or "unknown", 200)
            raise NoSuchJob("the job has no error")
        raise HTTPException(404, "a job has no such part")

    async def set_part(self, request: Request) -> Response:
        """Starts, aborts or changes a job."""
        job = self._job(request)
        parameters, _ = await given(request)
        part = request.path_params["part"]
        if part == "phase":
            phase = _phase(parameters)
            if phase is None:
                raise UsageError("PHASE is RUN or ABORT")
            self._jobs.start(job) if phase == "RUN" else self._jobs.abort(job)
        elif part == "executionduration":
            self._jobs.change(job, duration=parameters.one("EXECUTIONDURATION") or "")
        elif part == "destruction":
            self._jobs.change(job, destruction=parameters.one("DESTRUCTION") or "")
        elif part == "parameters":
            self._jobs.change(job, parameters=parameters)
        else:
            raise HTTPException(405, "this part of a job cannot be set")
        return self._to(job)

    async def result(self, request: Request) -> Response:
        """The answer of a job."""
        job = self._job(request)
        return FileResponse(self._jobs.result(job), media_type=job.media_type)

    # --- what there is ----------------------------------------------------------------------------------------------

    async def availability(self, _: Request) -> Response:
        """That the service is there. Open to everybody."""
        return xml(uws.availability_document(self._since))

    async def capabilities(self, _: Request) -> Response:
        """What the service can. Open to everybody."""
        return xml(capabilities.tap_capabilities(self._base))

    async def tables(self, request: Request) -> Response:
        """The tables that who asks may see."""
        parameters, _ = await given(request)
        # astroquery's TapPlus asks so for names; it reads columns only from services of ESA (astroquery issue 1597).
        is_short = (parameters.one("ONLY_TABLES") or "").lower() == "true"
        detail = (parameters.one("DETAIL") or ("min" if is_short else "max")).lower()
        if detail not in ("min", "max"):
            raise UsageError("detail is min or max")
        sources = await run_in_threadpool(
            seen_tables, self._service.archive, self._service.reader(request), self._service.clock()
        )
        return xml(capabilities.tableset(sources, with_columns=detail == "max"))

    async def table(self, request: Request) -> Response:
        """One of them."""
        wanted = request.path_params["name"].lower()
        sources = await run_in_threadpool(
            seen_tables, self._service.archive, self._service.reader(request), self._service.clock()
        )
        for source in sources:
            if wanted in (source.name.lower(), written(source).lower()):
                return xml(capabilities.table_document(source))
        return votable_error("there is no such table", 404)

    async def examples(self, _: Request) -> Response:
        """Queries that work here. Open to everybody."""
        return Response(capabilities.examples_document(), media_type="application/xhtml+xml")


def _names_products(found: Answered) -> bool:
    """Has an answer the column by which DataLink knows products?"""
    return any(c.name == "obs_publisher_did" and c.utype == "obscore:Curation.publisherDID" for c in found.columns)


def _phase(parameters: Parameters) -> str | None:
    phase = parameters.one("PHASE")
    if phase is None:
        return None
    if phase.upper() not in ("RUN", "ABORT"):
        raise UsageError(f"PHASE={phase[:30]}: RUN or ABORT")
    return phase.upper()
