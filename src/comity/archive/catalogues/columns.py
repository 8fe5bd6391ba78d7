"""The columns of a catalogue: one schema for all its tables, and which of them tell the place on the sky."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from comity.archive.catalogues.layout import RESERVED
from comity.archive.catalogues.runs import HEALPIX
from comity.archive.errors import ArchiveError
from comity.archive.healpix import Cells, cells
from comity.model.problems import nearest

#: UCD1+ of the main coordinates (IVOA SCS 1.03 §2.2 in the words of UCD1+ 1.5).
RA_UCD, DEC_UCD = "pos.eq.ra;meta.main", "pos.eq.dec;meta.main"
_DEGREES = ("deg", "degree", "degrees")


@dataclass(frozen=True, slots=True)
class Positions:
    """The names of the columns of right ascension and declination [deg]."""

    ra: str
    dec: str


def one_schema(schemas: Sequence[tuple[str, Any]]) -> Any:
    """The schema that the tables (name, schema) of a catalogue have in common. ArchiveError when they do not go together."""
    import pyarrow as pa

    (first_name, first), *others = [(name, without_cells(schema)) for name, schema in schemas]
    taken = [n for n in first.names if n in RESERVED]
    if taken:
        raise ArchiveError(f"{first_name}: a column is called {taken[0]!r}, as a folder of the layout is; rename it")
    if len(set(first.names)) != len(first.names):
        twice = sorted(n for n in set(first.names) if first.names.count(n) > 1)
        raise ArchiveError(f"{first_name}: two columns are called {twice[0]!r}")
    together = first
    for name, schema in others:
        if set(schema.names) != set(first.names):
            odd = sorted(set(schema.names) ^ set(first.names))
            raise ArchiveError(f"{name} has other columns than {first_name}: {', '.join(odd[:8])}")
        for field in schema:
            told, known = field.metadata or {}, first.field(field.name).metadata or {}
            if told.get(b"unit") != known.get(b"unit"):
                raise ArchiveError(
                    f"{name}: column {field.name} is in {_unit(told)}, in {first_name} in {_unit(known)}; one catalogue has one"
                )
        try:
            together = pa.unify_schemas([together, schema], promote_options="permissive")
        except pa.ArrowException as error:
            raise ArchiveError(f"{name} and {first_name}: {str(error).splitlines()[0][:200]}") from None
    return pa.schema(
        [pa.field(f.name, pa.float64() if pa.types.is_null(f.type) else f.type, metadata=f.metadata) for f in together]
    )


def without_cells(schema: Any) -> Any:
    """A schema without the column of cells, which is made anew."""
    position = schema.get_field_index(HEALPIX)
    return schema if position < 0 else schema.remove(position)


def positions(schema: Any, ra: str | None, dec: str | None) -> Positions:
    """The columns of the place: those that are named, or the ones with the UCDs of the main coordinates.

    ArchiveError when there are none or several, or one is no number in degrees. Nothing is taken by its name alone.
    """
    return Positions(_one(schema, ra, RA_UCD, "--ra"), _one(schema, dec, DEC_UCD, "--dec"))


def _one(schema: Any, named: str | None, ucd: str, option: str) -> str:
    import pyarrow.types as types

    if named is None:
        found = [f.name for f in schema if (f.metadata or {}).get(b"ucd", b"").decode().lower() == ucd]
        if len(found) != 1:
            how = f"{len(found)} columns ({', '.join(found)}) have" if found else "no column has"
            raise ArchiveError(
                f"{how} the UCD {ucd}: name the column with {option}; there are {', '.join(schema.names[:20])}"
            )
        named = found[0]
    if named not in schema.names:
        hint = nearest(named, schema.names) or f"there are {', '.join(schema.names[:20])}"
        raise ArchiveError(f"{option} {named}: there is no such column; {hint}")
    field = schema.field(named)
    unit = (field.metadata or {}).get(b"unit", b"deg").decode()
    if not (types.is_floating(field.type) or types.is_integer(field.type)) or unit.lower() not in _DEGREES:
        raise ArchiveError(
            f"column {named} is {field.type} in {unit}: a catalogue has its places as numbers in degrees"
        )
    return str(named)


def placed(batch: Any, where: Positions) -> tuple[Any, Cells]:
    """The rows of a batch that have a place on the sky, and their cells."""
    ra = batch.column(where.ra).to_numpy(zero_copy_only=False).astype(np.float64)
    dec = batch.column(where.dec).to_numpy(zero_copy_only=False).astype(np.float64)
    sound = np.isfinite(ra) & np.isfinite(dec) & (np.abs(dec) <= 90.0) & (np.abs(ra) <= 360.0)
    if not sound.all():
        import pyarrow as pa

        batch, ra, dec = batch.filter(pa.array(sound)), ra[sound], dec[sound]
    return batch, cells(ra, dec) if len(ra) else np.empty(0, dtype=np.int64)


def cast(batch: Any, schema: Any) -> Any:
    """A batch in the order and the types of a schema."""
    import pyarrow as pa

    if batch.schema.equals(schema):
        return pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    return pa.RecordBatch.from_arrays([batch.column(f.name).cast(f.type) for f in schema], schema=schema)


def _unit(metadata: Any) -> str:
    return str(metadata.get(b"unit", b"no unit that is told").decode())
