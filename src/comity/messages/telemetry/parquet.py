"""Decoded packets as Parquet: one file a packet type, in a folder that is there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from comity.messages.errors import MessageError
from comity.messages.telemetry.columns import Column, kind_of
from comity.messages.telemetry.datasets import COORDINATES, attributes, description, name_of, times_of
from comity.messages.telemetry.decoding import Account, Part, Source, Telemetry, joined
from comity.messages.telemetry.definition import Definition, PacketType

#: Rows of a group, which is read as a whole; and octets that wait for their group to fill, of all types together.
GROUP_ROWS = 131_072
WAITING_OCTETS = 96 * 2**20


def to_parquet(
    packets: Source | Sequence[Source],
    definition: Definition,
    folder: str | PathLike[str],
    *,
    apid: int | Sequence[int] | None = None,
    raw: bool = False,
    strict: bool = False,
    surplus: bool = False,
    prefix: int = 0,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> Account:
    """Writes packets as `FOLDER/TYPE.parquet`, one row a packet, and tells what became of all octets.

    Files of any size are read in pieces, with bounded memory. The folder must not be there, or be empty: it appears when all is
    written, and not at all when not one packet was decoded. Columns say their unit and description in their metadata.
    `on_progress` is told the octets done, and how many there are if that is known. Else as `decode`. MessageError when the
    folder is there, or cannot be written.
    """
    place = Path(folder)
    telemetry = Telemetry(
        packets, definition, apid=apid, strict=strict, surplus=surplus, prefix=prefix, on_progress=on_progress
    )
    if place.exists() and not (place.is_dir() and not any(place.iterdir())):
        raise MessageError(f"{place}: is there already; give a folder that is not")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.", suffix=".part"))
    except OSError as error:
        raise MessageError(f"{place}: cannot be written: {error.strerror or error}") from None
    try:
        _write(telemetry, definition, beside, raw=raw)
        if any(beside.iterdir()):
            beside.chmod(0o777 & ~_umask())
            beside.replace(place)
    except OSError as error:
        raise MessageError(f"{place}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return telemetry.account()


def _write(telemetry: Telemetry, definition: Definition, folder: Path, *, raw: bool) -> None:
    tables: dict[str, _Table] = {}
    try:
        for part in telemetry:
            if part.type not in tables:
                tables[part.type] = _Table(definition, definition.packets[part.type], folder, raw=raw)
            tables[part.type].add(part)
            if sum(table.octets for table in tables.values()) > WAITING_OCTETS:
                max(tables.values(), key=lambda table: table.octets).flush()
    finally:
        for table in tables.values():
            table.close()
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of a table: of which parameter, and whether its labels, its values or its raw values."""

    parameter: str
    labelled: bool


class _Table:
    """The file of one packet type, as it grows by groups of rows."""

    def __init__(self, definition: Definition, packet: PacketType, folder: Path, *, raw: bool) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._packet, self._raw = packet, raw
        self._parts: list[Part] = []
        self._rows = 0
        self.octets = 0
        fields = [pa.field(name, kind, metadata={"long_name": COORDINATES[name]}) for name, kind in self._beside(pa)]
        self._fields: list[_Field] = []
        for name in packet.parameters:
            kind = kind_of(definition.library.parameters[name].parameter_type)
            one = _Field(name, bool(kind.labels) and not raw)
            self._fields.append(one)
            told = {key: str(value) for key, value in attributes(definition.parameters[name], raw=raw).items()}
            fields.append(pa.field(name_of(name), self._type(pa, one, kind, definition), metadata=told))
        about = dict(description(packet, definition, raw=raw))
        if packet.clock is not None:
            about["time"] = str(packet.clock)
        self._schema = pa.schema(fields, metadata=about)
        self._path = folder / f"{_file_name(packet.name)}.parquet"
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")

    def _beside(self, pa: Any) -> list[tuple[str, Any]]:
        time = [("time", pa.timestamp("ns", tz="UTC"))] if self._packet.clock is not None else []
        return [*time, ("apid", pa.uint16()), ("sequence_count", pa.uint16()), ("byte_offset", pa.int64())]

    def _type(self, pa: Any, one: _Field, kind: Any, definition: Definition) -> Any:
        if one.labelled:
            return pa.dictionary(pa.int32(), pa.string())
        dtype = kind.raw if self._raw else kind.value
        if kind.labels and self._raw:
            dtype = kind.raw
        if dtype == np.dtype(object):
            text = definition.parameters[one.parameter].kind == "string" and not self._raw
            return pa.string() if text else pa.binary()
        return pa.from_numpy_dtype(dtype)

    def add(self, part: Part) -> None:
        """Takes packets; writes a group when enough of them wait."""
        self._parts.append(part)
        self._rows += len(part.apid)
        self.octets += sum(_octets(column) for column in part.columns.values())
        if self._rows >= GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes what waits as one group of rows."""
        if not self._parts:
            return
        import pyarrow as pa

        arrays = []
        stamps = [times_of(part, self._packet) for part in self._parts]
        for name, kind in self._beside(pa):
            values = stamps if name == "time" else [getattr(part, name) for part in self._parts]
            joint = np.concatenate([value for value in values if value is not None])
            arrays.append(pa.array(joint, from_pandas=True).cast(kind))
        for one, field in zip(self._fields, list(self._schema)[len(arrays) :], strict=True):
            column = joined([part.columns[one.parameter] for part in self._parts])
            if one.labelled:
                arrays.append(pa.DictionaryArray.from_arrays(pa.array(column.value), pa.array(list(column.labels))))
            else:
                arrays.append(pa.array(column.raw if self._raw else column.value, type=field.type))
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema), row_group_size=self._rows)
        self._parts, self._rows, self.octets = [], 0, 0

    def close(self) -> None:
        """Writes what is left, and has it on the disk."""
        try:
            self.flush()
        finally:
            self._writer.close()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())


def _octets(column: Column) -> int:
    if column.raw.dtype == object:
        return sum(len(value) + 40 for value in column.raw)
    return int(column.raw.nbytes + (0 if column.value is column.raw else column.value.nbytes))


def _file_name(name: str) -> str:
    """A packet's name as that of a file: what no file may be called is spelled by its number."""
    return "".join(c if c.isalnum() or c in "-_." else f"%{ord(c):02X}" for c in name).lstrip(".")[:200] or "packet"


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
