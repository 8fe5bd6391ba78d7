"""Systems of linear equations in fractions, solved exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Row = list[Fraction]


def reduced(rows: Sequence[Sequence[Fraction]]) -> list[Row]:
    """The reduced row echelon form without its empty rows; how many rows are left is the rank."""
    done: list[Row] = []
    leads: list[int] = []
    for given in rows:
        row = list(given)
        for known, other in zip(leads, done, strict=True):
            if row[known]:
                factor = row[known]
                row = [a - factor * b for a, b in zip(row, other, strict=True)]
        lead = next((k for k, value in enumerate(row) if value), None)
        if lead is None:
            continue
        row = [value / row[lead] for value in row]
        for n, other in enumerate(done):
            if other[lead]:
                factor = other[lead]
                done[n] = [a - factor * b for a, b in zip(other, row, strict=True)]
        done.append(row)
        leads.append(lead)
    return done


def solution(system: Sequence[Sequence[Fraction]], wanted: int) -> Row:
    """The first `wanted` unknowns of a system whose last column is the right side. ValueError unless they are determined."""
    width = len(system[0])
    found: dict[int, Fraction] = {}
    for row in reduced(system):
        lead = next(k for k, value in enumerate(row) if value)
        if lead == width - 1:
            raise ValueError("the equations contradict each other")
        if all(not value for value in row[lead + 1 : -1]):
            found[lead] = row[-1]
    if any(k not in found for k in range(wanted)):
        raise ValueError("the equations leave an unknown open")
    return [found[k] for k in range(wanted)]
