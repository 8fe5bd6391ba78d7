"""What is told of a catalogue beside its HATS files: of what it is made, by which columns, and when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: The file that tells it, in the folder of a version; and the link to the version that holds.
ABOUT, CURRENT = "comity.json", "current"


@dataclass(frozen=True, slots=True)
class About:
    """A version of a catalogue: of which products (SHA-256 by id), by which columns, when (UTC), and its rows.

    `unplaced` are rows without a place on the sky, left out. `rows_of` is a column that names for each row a dataset whose readers may
    see it, `rows_by_dataset` how many rows each has.
    """

    dataset: str
    version: int
    made: str
    ra: str
    dec: str
    rows: int
    unplaced: int
    files: int
    bytes: int
    products: dict[str, str]
    rows_of: str | None = None
    rows_by_dataset: dict[str, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
