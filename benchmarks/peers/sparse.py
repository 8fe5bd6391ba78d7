"""A mixed-integer programme under construction: variables and rows, collected as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
INFINITE = float("inf")


@dataclass(slots=True)
class Sparse:
    """`lower <= A x <= upper`, bounds and aim of each variable.

    `step` is the smallest amount that a variable can change by where a solver knows integers alone (1 for a 0/1
    variable, a thousandth of a million for money); `unit` is that of a row. Rows are within a unit of exact.
    """

    aim: list[Floats] = field(default_factory=list)
    least: list[Floats] = field(default_factory=list)
    most: list[Floats] = field(default_factory=list)
    step: list[Floats] = field(default_factory=list)
    whole: list[NDArray[np.bool_]] = field(default_factory=list)
    n_variables: int = 0
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    unit: list[float] = field(default_factory=list)
    entries: list[tuple[Integers, Integers, Floats]] = field(default_factory=list)

    def literals(self, count: int, *, least: float = 0.0) -> Integers:
        """So many new 0/1 variables."""
        return self._variables(count, 0.0, least, 1.0, 1.0, whole=True)

    def amounts(self, count: int, *, most: float, step: float, aim: float = 0.0) -> Integers:
        """So many new continuous variables from 0 to `most`."""
        return self._variables(count, aim, 0.0, most, step, whole=False)

    def _variables(self, count: int, aim: float, least: float, most: float, step: float, *, whole: bool) -> Integers:
        for values, value in ((self.aim, aim), (self.least, least), (self.most, most), (self.step, step)):
            values.append(np.full(count, value))
        self.whole.append(np.full(count, whole))
        self.n_variables += count
        return np.arange(self.n_variables - count, self.n_variables)

    def row(self, *, lower: float = -INFINITE, upper: float = INFINITE, unit: float = 1.0) -> int:
        """A new row without entries."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.unit.append(unit)
        return len(self.lower) - 1

    def put(self, rows: Integers | int, columns: Integers | int, values: Floats | float) -> None:
        """Adds entries; scalars stand for as many as the longest of the three."""
        r, c, v = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=np.float64))
        self.entries.append((r.ravel().astype(np.int64), c.ravel().astype(np.int64), v.ravel()))

    def matrix(self) -> csc_matrix:
        """All entries, those of the same place summed."""
        rows, columns, values = (np.concatenate([e[k] for e in self.entries]) for k in range(3))
        return csc_matrix((values, (rows, columns)), shape=(len(self.lower), self.n_variables))

    def by_row(self) -> csr_matrix:
        """As `matrix`, to be walked row by row."""
        return self.matrix().tocsr()

    def variables(self) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
        """Aim, least, most, step, and whether it is whole, of every variable."""
        aim, least, most, step = (np.concatenate(v) for v in (self.aim, self.least, self.most, self.step))
        return aim, least, most, step, np.concatenate(self.whole)
