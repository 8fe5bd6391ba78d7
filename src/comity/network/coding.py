"""What a code needs of a link: the Eb/N0 at which data come through, from a table with its sources."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from comity.model.base import FrozenMap, Named, Value
from comity.model.problems import nearest
from comity.model.value_file import read_value
from comity.network.errors import NetworkError
from comity.network.stations import Cited, Source

TABLE = Path(__file__).with_name("data") / "codes.yaml"


class Code(Named, Cited):
    """A code with its rate, the Eb/N0 [dB] that it needs on BPSK or QPSK in white noise, and for which errors."""

    rate: float = Field(gt=0, le=1)
    eb_n0_db: float = Field(ge=-2, le=20)
    errors: str = Field(min_length=1)


class CodeFile(Value):
    """The table, and the documents that it rests on."""

    sources: FrozenMap[str, Source]
    codes: FrozenMap[str, Code]


@cache
def codes() -> dict[str, Code]:
    """The codes of the table, by id."""
    read, _ = read_value(TABLE, CodeFile, error=NetworkError)
    return {id: code.model_copy(update={"id": id}) for id, code in read.codes.items()}


def code(id: str) -> Code:
    """A code of the table. NetworkError for one that it has not."""
    if id not in codes():
        raise NetworkError(f"no code {id!r}; {nearest(id, codes()) or 'codes are ' + ', '.join(codes())}")
    return codes()[id]
