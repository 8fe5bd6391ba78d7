"""The archive's pages: what it holds, and a landing page for each dataset, with a .json twin."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from comity.api.service import Service
from comity.archive import ArchiveError
from comity.archive.finding import Hits, find, wanted_of
from comity.archive.query import Stop
from comity.report.archive import DatasetPage, dataset_page, render_dataset, render_front


def routes(service: Service) -> list[Route]:
    """`/`, `/search.json`, `/datasets/ID`, `/datasets/ID.json`. Open to all; what a reader may not see is not there for them."""

    async def front(request: Request) -> Response:
        text = await run_in_threadpool(
            render_front, service.archive, service.reader(request), at=service.clock(), base_url=service.base_url
        )
        return HTMLResponse(text)

    def page(request: Request, dataset: str) -> DatasetPage:
        try:
            return dataset_page(
                service.archive,
                dataset,
                service.reader(request),
                at=service.clock(),
                base_url=service.base_url,
                errata=tuple(service.errata(dataset)),
            )
        except ArchiveError:
            raise HTTPException(404, "there is no such dataset") from None

    async def dataset(request: Request) -> Response:
        name = request.path_params["dataset"]
        if name.endswith(".json"):
            told: dict[str, Any] = (await run_in_threadpool(page, request, name.removesuffix(".json"))).to_dict()
            return JSONResponse(told)
        found = await run_in_threadpool(page, request, name)
        return HTMLResponse(await run_in_threadpool(render_dataset, found))

    async def search(request: Request) -> Response:
        wanted = wanted_of(request.query_params)
        reader = service.reader(request)

        def run(_: Stop) -> Hits:
            return find(service.archive, wanted, reader, at=service.clock(), base_url=service.base_url)

        found = await service.turns.run(request, service.asker(request), run)
        place = None if found.place is None else asdict(found.place)
        return JSONResponse({"place": place, "is_cut": found.is_cut, "products": list(found.rows)})

    return [Route("/", front), Route("/search.json", search), Route("/datasets/{dataset}", dataset)]
