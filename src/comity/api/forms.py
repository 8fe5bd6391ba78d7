"""Parameters and files of a request: from its address, from a form, from a form of several parts."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from comity.archive.dali import Parameters

#: Parameters of one request.
MOST_PARAMETERS = 1_000


async def given(request: Request) -> tuple[Parameters, dict[str, bytes]]:
    """The parameters of a request, and the files in it by the name of their part."""
    pairs = _pairs(request.url.query)
    files: dict[str, bytes] = {}
    if request.method == "POST":
        kind = request.headers.get("content-type", "").lower()
        body = await request.body()
        if kind.startswith("application/x-www-form-urlencoded"):
            pairs += _pairs(body.decode("utf-8", "replace"))
        elif kind.startswith("multipart/form-data"):
            more, files = _parts(request.headers["content-type"], body)
            pairs += more
        elif body:
            raise HTTPException(415, "parameters come as application/x-www-form-urlencoded or multipart/form-data")
    return Parameters(pairs), files


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise HTTPException(400, f"more than {MOST_PARAMETERS} parameters") from None


def _parts(kind: str, body: bytes) -> tuple[list[tuple[str, str]], dict[str, bytes]]:
    """RFC 7578 §4: parts between lines of two dashes and the boundary (RFC 2046 §5.1.1), their headers by the standard library."""
    boundary = Message()
    boundary["content-type"] = kind
    mark = boundary.get_param("boundary")
    if not isinstance(mark, str) or not mark:
        raise HTTPException(400, "this form of several parts names no boundary")
    pairs: list[tuple[str, str]] = []
    files: dict[str, bytes] = {}
    between = (b"\r\n" + body).split(b"\r\n--" + mark.encode("latin-1", "replace"))
    if len(between) < 2 or not between[-1].startswith(b"--") or len(between) > MOST_PARAMETERS:
        raise HTTPException(400, "this is no form of several parts, it is cut short, or has too many")
    for part in between[1:-1]:
        head, _, content = part.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        told = BytesParser(policy=HTTP).parsebytes(head + b"\r\n\r\n", headersonly=True)
        name = told.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise HTTPException(400, "a part of the form has no name")
        files.setdefault(name, content)
        if told.get_filename() is None:
            pairs.append((name, content.decode("utf-8", "replace")))
    return pairs, files
