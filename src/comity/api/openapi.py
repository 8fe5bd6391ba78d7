"""The description of what is our own, as OpenAPI 3.1; the protocols of others have descriptions of their own (VOSI, HAPI)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comity.api.service import Service
from comity.archive.finding import Wanted
from comity.archive.obscore import PRODUCT_TYPES
from comity.archive.register import QUALITIES

_ERROR = {
    "description": "Why not.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_REFUSED = {
    "401": {**_ERROR, "description": "The token is not known, or over."},
    "429": {
        **_ERROR,
        "description": "Too many requests.",
        "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
    },
}
_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,62}$"}
_FORMS: dict[str, dict[str, Any]] = {
    "region": {"type": "string", "description": "RA, Dec and radius in degrees (ICRS), with blanks between them."},
    "wavelength_m": {
        "type": "string",
        "description": "The shorter and the longer in metres, with a blank between them.",
    },
    "start": {"type": "string", "description": "Ends not before this; ISO 8601, UTC."},
    "stop": {"type": "string", "description": "Begins not after this; ISO 8601, UTC."},
    "product_type": {"type": "string", "enum": list(PRODUCT_TYPES)},
}


def routes(service: Service) -> list[Route]:
    """`/openapi.json`, open to everybody."""

    async def description(_: Request) -> Response:
        return JSONResponse(openapi(service))

    return [Route("/openapi.json", description)]


def openapi(service: Service) -> dict[str, Any]:
    """The description for a service."""
    parameters = [
        {"name": name, "in": "query", "required": False, "schema": _FORMS.get(name, {"type": "string"})}
        for name in (f for f in Wanted.__dataclass_fields__)
    ]
    dataset = {"name": "dataset", "in": "path", "required": True, "schema": _NAME}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": service.archive.settings.title,
            "version": "1",
            "description": "Whoever asks without a token is the public; what a reader may not see is not there for them (404).",
        },
        "servers": [{"url": service.base_url}],
        "security": [{}, {"token": []}],
        "paths": {
            "/health": {"get": _got("Is the server there?", "Health", free=True, security=[{}])},
            "/search.json": {"get": {**_got("Products that are wanted.", "Hits", bad=True), "parameters": parameters}},
            "/datasets/{dataset}.json": {
                "get": {**_got("A dataset.", "Dataset", missing=True), "parameters": [dataset]}
            },
            "/manifests/{dataset}": {
                "get": {
                    **_got("Its files, with hashes and addresses.", "Manifest", missing=True),
                    "parameters": [dataset],
                }
            },
            "/files/{dataset}/{name}": {
                "get": {
                    "summary": "A file as it is.",
                    "parameters": [
                        dataset,
                        {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}},
                        {"name": "Range", "in": "header", "schema": {"type": "string"}},
                    ],
                    "responses": {
                        "200": {"description": "All of it.", "content": {"*/*": {}}},
                        "206": {"description": "The range that was asked for.", "content": {"*/*": {}}},
                        "404": _ERROR,
                        "416": {"description": "The range lies outside of the file."},
                        "503": _ERROR,
                        **_REFUSED,
                    },
                }
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": _object({"error": {"type": "string"}}),
                "Health": _object({"status": {"const": "ok"}}),
                "Dataset": _object(
                    {
                        "dataset": {"type": "object"},
                        "access": {"enum": ["open", "proprietary", "partners", "embargo"]},
                        "files": {"type": "integer", "minimum": 0},
                        "bytes": {"type": "integer", "minimum": 0},
                        "coverage": {"type": "object"},
                        "releases": {"type": "array", "items": {"type": "object"}},
                        "errata": {"type": "array", "items": {"type": "object"}},
                        "manifest": {"type": "string"},
                    }
                ),
                "Manifest": _object(
                    {
                        "dataset": _NAME,
                        "title": {"type": "string"},
                        "licence": {"type": "string"},
                        "files": {
                            "type": "array",
                            "items": _object(
                                {
                                    "id": {"type": "string"},
                                    "name": {"type": "string"},
                                    "bytes": {"type": "integer", "minimum": 0},
                                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                                    "media_type": {"type": "string"},
                                    "url": {"type": "string"},
                                    "quality": {"enum": [*QUALITIES, None]},
                                }
                            ),
                        },
                    }
                ),
                "Hits": _object(
                    {
                        "place": {"type": ["object", "null"]},
                        "is_cut": {"type": "boolean"},
                        "products": {"type": "array", "items": {"type": "object"}},
                    }
                ),
            },
        },
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _got(
    summary: str, schema: str, *, missing: bool = False, bad: bool = False, free: bool = False, **more: Any
) -> dict[str, Any]:
    answer = {
        "description": summary,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    responses = {
        "200": answer,
        **({"404": _ERROR} if missing else {}),
        **({"400": _ERROR} if bad else {}),
        **({} if free else _REFUSED),
    }
    return {"summary": summary, "responses": responses, **more}
