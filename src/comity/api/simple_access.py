"""The IVOA's simple protocols: cone search under `/scs`, SIA 2 under `/sia2`, DataLink under `/datalink`, maps under `/moc`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comity.api.forms import given
from comity.api.service import Service
from comity.api.tap import Answer, guarded, xml
from comity.archive import ArchiveError, Reader, cone_search, coverage, datalink, sia
from comity.archive.dali import VOTABLE, Parameters
from comity.archive.query import Answered, QueryLimits, Stop, answered
from comity.archive.tap import capabilities, results, uws
from comity.archive.tap.request import DEFAULT_ROWS, MOST_ROWS, SYNC_S

#: What a protocol's answer is made of: parameters and who asks.
Found = Callable[[Request, Parameters, Reader], Answered]


def routes(service: Service) -> list[Route]:
    """All addresses of the simple protocols."""
    simple = _Simple(service)
    methods = ["GET", "POST"]
    made = [
        Route("/scs/{dataset}", simple.answering(simple.cone), methods=methods),
        Route("/sia2/query", simple.answering(simple.images, with_links=True), methods=methods),
        Route("/datalink/links", simple.answering(simple.links, media_type=datalink.MEDIA_TYPE), methods=methods),
        Route("/moc/{dataset}", guarded(simple.moc), methods=["GET"]),
    ]
    for name, (standard, path) in {"sia2": (sia.STANDARD, "query"), "datalink": (datalink.STANDARD, "links")}.items():
        base = f"{service.base_url}/{name}"
        document = capabilities.capabilities(
            capabilities.capability(standard, f"{base}/{path}"), capabilities.vosi(base)
        )
        made += [
            Route(f"/{name}/capabilities", simple.document(document), methods=["GET"]),
            Route(
                f"/{name}/availability", simple.document(uws.availability_document(service.clock())), methods=["GET"]
            ),
        ]
    return made


class _Simple:
    def __init__(self, service: Service) -> None:
        self._service = service

    def document(self, text: str) -> Answer:
        """A document that stays. Open to everybody."""

        async def answer(_: Request) -> Response:
            return xml(text)

        return answer

    def answering(self, find: Found, *, with_links: bool = False, media_type: str | None = None) -> Answer:
        """An answer in the format that is asked for; errors as VOTable (DALI 1.1 §4.4)."""

        async def answer(request: Request) -> Response:
            reader = self._service.reader(request)
            parameters, _ = await given(request)

            def run(_: Stop) -> Response:
                asked = parameters.one("RESPONSEFORMAT")
                short = results.format_of(asked)
                extra = datalink.descriptor(self._service.base_url) if with_links else ""
                found = find(request, parameters, reader)
                self._service.note_answer(reader, found, self._service.clock())
                body = results.encoded(found, short, extra=extra)
                kind = media_type if media_type and short == "votable" else results.media_type(short, asked)
                return Response(body, media_type=kind)

            return await self._service.turns.run(request, self._service.asker(request), run)

        return guarded(answer)

    def cone(self, request: Request, parameters: Parameters, reader: Reader) -> Answered:
        """What lies around a place."""
        dataset = request.path_params["dataset"]
        if dataset != cone_search.PRODUCTS:
            self._there(dataset, reader)
        return cone_search.cone_answer(
            self._service.archive, reader, dataset, parameters, self._service.clock(), self._service.base_url
        )

    def _there(self, dataset: str, reader: Reader) -> None:
        """404 when there is no such dataset for this reader."""
        try:
            self._service.archive.register.dataset(dataset, reader, self._service.clock())
        except ArchiveError:
            raise HTTPException(404, "there is no such dataset") from None

    def images(self, _: Request, parameters: Parameters, reader: Reader) -> Answered:
        """Images and cubes by what they show."""
        rows = parameters.whole("MAXREC")
        limits = QueryLimits(rows=DEFAULT_ROWS if rows is None else min(rows, MOST_ROWS), time_s=SYNC_S)
        return answered(
            self._service.archive, reader, sia.sia_query(parameters), at=self._service.clock(), limits=limits,
            base_url=self._service.base_url,
        )  # fmt: skip

    def links(self, _: Request, parameters: Parameters, reader: Reader) -> Answered:
        """The files of products."""
        return datalink.links(self._service.archive, reader, parameters, self._service.clock(), self._service.base_url)

    async def moc(self, request: Request) -> Response:
        """Where a dataset lies on the sky, as far as who asks may know."""
        reader = self._service.reader(request)
        parameters, _ = await given(request)
        order = parameters.whole("ORDER")
        kind = (parameters.one("FORMAT") or "fits").lower()

        def run(_: Stop) -> bytes:
            self._there(request.path_params["dataset"], reader)
            found = coverage.coverage(
                self._service.archive, reader, request.path_params["dataset"], self._service.clock(),
                order=coverage.DEFAULT_ORDER if order is None else order,
            )  # fmt: skip
            return coverage.written(found, kind)

        body = await self._service.turns.run(request, self._service.asker(request), run)
        return Response(body, media_type=coverage.FORMATS.get(kind, VOTABLE))
