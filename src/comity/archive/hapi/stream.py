"""Data as they are sent: a header if it is asked for, then record after record, as soon as they are read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import orjson

from comity.archive.hapi.answers import info
from comity.archive.hapi.encoding import encoder
from comity.archive.hapi.records import records
from comity.archive.hapi.requests import DataRequest
from comity.archive.place import Archive


def stream(archive: Archive, asked: DataRequest) -> tuple[int, Iterator[bytes]]:
    """HAPI's code, 1200 or 1201 when no record lies between the times, and the bytes of the answer."""
    names = [p.name for p in asked.parameters]
    batches = records(asked.holding.parts, names, asked.start_ns, asked.stop_ns)
    first = next(batches, None)
    code = 1200 if first is not None else 1201
    header = {**info(archive, asked.holding, asked.parameters, code), "format": asked.form}
    encode = encoder(asked.form, asked.parameters)
    encoded = (encode(b) for b in chain([first], batches)) if first is not None else iter(())
    if asked.form == "json":
        return code, _json(header, encoded)
    if asked.with_header:
        lines = orjson.dumps(header, option=orjson.OPT_INDENT_2).split(b"\n")
        return code, chain([b"".join(b"#" + line + b"\n" for line in lines)], encoded)
    return code, encoded


def _json(header: dict[str, Any], encoded: Iterator[Any]) -> Iterator[bytes]:
    """The header's object with `data` as its last member; of each batch the last comma waits for the next."""
    yield orjson.dumps(header)[:-1] + b',"data":['
    separator = b"\n"
    for block in encoded:
        yield separator + bytes(block[: len(block) - 2])
        separator = b",\n"
    yield b"\n]}\n"
