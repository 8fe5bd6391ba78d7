"""Reads ballots from YAML and CSV files; every error tells its file and line.

A vote is `ballots: {esa: yes, nasa: no}`, or CSV with the columns `member,vote`. Rankings are a list of `proposals` and of
`ballots`, each with `member`, a `weight` if not 1, and `ranking` (best first, level ones in brackets) or `approve`; or
CSV with the columns `member`, `weight` (if any), and one for each proposal, that holds its place (1 is best), or `yes`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path

from pydantic import Field

from comity.governance.bodies import read_value
from comity.governance.ranking import Ballot
from comity.governance.voting import CHOICES, Choice
from comity.governance.voting_rules import Number, exact
from comity.model.base import FrozenMap, Value
from comity.model.problems import Problem, ProgrammeError, nearest


class _Votes(Value):
    ballots: FrozenMap[str, Choice]
    present: tuple[str, ...] | None = None
    arrears: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Votes:
    """Members' votes; who else is present, and whose arrears suspend a vote, where the file says so."""

    ballots: Mapping[str, Choice]
    present: tuple[str, ...] | None = None
    arrears: tuple[str, ...] = ()


class _Ranked(Value):
    member: str
    weight: Number = "1"
    ranking: tuple[str | tuple[str, ...], ...] | None = Field(default=None, description="Best first.")
    approve: tuple[str, ...] | None = None


class _Rankings(Value):
    proposals: FrozenMap[str, str] | tuple[str, ...]
    ballots: tuple[_Ranked, ...]


@dataclass(frozen=True, slots=True)
class Rankings:
    """Proposals by identifier with their names, and the ballots on them."""

    proposals: Mapping[str, str]
    ballots: tuple[Ballot, ...]


def read_votes(file: Path) -> Votes:
    """The votes in a file. ProgrammeError, with all problems and their lines, when it has any."""
    if file.suffix.lower() == ".csv":
        return _csv_votes(file)
    read: _Votes = read_value(file, _Votes)
    return Votes(read.ballots, read.present, read.arrears)


def read_rankings(file: Path) -> Rankings:
    """The proposals and ranked ballots in a file. ProgrammeError, with all problems and their lines, when it has any."""
    return _csv_rankings(file) if file.suffix.lower() == ".csv" else _yaml_rankings(file)


def read_weights(file: Path) -> dict[str, dict[str, str]]:
    """Weights by measure and member, from CSV: a column `member`, and one for each measure."""
    found, rows = list[Problem](), _rows(file, ("member",))
    weights: dict[str, dict[str, str]] = {}
    for line, row in rows:
        for measure, text in row.items():
            if measure == "member" or not text:
                continue
            if _number(file, line, text, found) is not None:
                weights.setdefault(measure, {})[row["member"]] = text
    _raise(found)
    return weights


def _csv_votes(file: Path) -> Votes:
    found, ballots = list[Problem](), dict[str, Choice]()
    for line, row in _rows(file, ("member", "vote")):
        choice = next((c for c in CHOICES if c == row["vote"].lower()), None)
        if choice is None:
            found.append(_problem(file, line, f"{row['vote']!r} is no vote", "it is yes, no or abstain"))
        elif row["member"] in ballots:
            found.append(_problem(file, line, f"{row['member']!r} votes twice", "each member votes once"))
        else:
            ballots[row["member"]] = choice
    _raise(found)
    return Votes(ballots)


def _yaml_rankings(file: Path) -> Rankings:
    read: _Rankings = read_value(file, _Rankings)
    listed = read.proposals
    proposals = dict(listed) if isinstance(listed, Mapping) else {p: p for p in listed}
    found, ballots = list[Problem](), list[Ballot]()
    lines = _ballot_lines(file)
    for n, given in enumerate(read.ballots):
        groups = tuple(g if isinstance(g, tuple) else (g,) for g in given.ranking or ())
        named = [p for g in groups for p in g] if given.ranking is not None else [*(given.approve or ())]
        found += _ballot_problems(file, lines[n], given.member, named, proposals)
        if (given.ranking is None) == (given.approve is None):
            found.append(
                _problem(file, lines[n], f"the ballot of {given.member!r} ranks, or approves", "one of the two")
            )
        approved = None if given.approve is None else frozenset(given.approve)
        ballots.append(Ballot(given.member, groups, approved, exact(given.weight)))
    found += _twice(file, lines, [b.member for b in ballots])
    _raise(found)
    return Rankings(proposals, tuple(ballots))


def _ballot_lines(file: Path) -> list[int]:
    from comity.model.yaml_tree import parse

    root, _ = parse(file.read_text(encoding="utf-8"), str(file))
    found = root.child("ballots") if root is not None else None
    return [item.at.line for item in found[1].items] if found is not None else []


def _csv_rankings(file: Path) -> Rankings:
    found, rows = list[Problem](), _rows(file, ("member",))
    proposals = [c for c in (rows[0][1] if rows else {}) if c not in ("member", "weight")]
    ballots = []
    for line, row in rows:
        weight = _number(file, line, row.get("weight") or "1", found)
        marks = {p: row[p].strip() for p in proposals if row[p].strip()}
        approves = [p for p, mark in marks.items() if mark.lower() == "yes"]
        ranks = {p: int(mark) for p, mark in marks.items() if mark.isdecimal() and int(mark) > 0}
        for p, mark in marks.items():
            if p not in approves and p not in ranks:
                found.append(_problem(file, line, f"{mark!r} is no place of {p!r}", "it is 1 (best), 2, ..., or yes"))
        if approves and ranks:
            found.append(_problem(file, line, "mixes places and yes", "a ballot ranks, or approves"))
        groups = tuple(tuple(p for p in proposals if ranks.get(p) == r) for r in sorted(set(ranks.values())))
        ballots.append(Ballot(row["member"], groups, frozenset(approves) if approves else None, weight or Fraction(1)))
    found += _twice(file, [line for line, _ in rows], [b.member for b in ballots])
    _raise(found)
    if any(b.approved is not None for b in ballots):  # an empty line among approvals approves of nothing
        ballots = [b if b.ranking or b.approved else Ballot(b.member, (), frozenset(), b.weight) for b in ballots]
    return Rankings({p: p for p in proposals}, tuple(ballots))


# --- lines and problems ----------------------------------------------------------------------------------------------


def _rows(file: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their lines; every row has every column of the header."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not text in UTF-8"
        raise ProgrammeError([Problem(str(file), 0, 0, (), f"cannot be read: {why}")]) from error
    reader, found = csv.reader(StringIO(text)), list[Problem]()
    header = [c.strip() for c in next(reader, [])]
    for column in needed:
        if column not in header:
            found.append(_problem(file, 1, f"has no column {column!r}", f"the first line is {','.join(needed)}"))
    found += [_problem(file, 1, f"column {c!r} stands twice") for c in dict.fromkeys(header) if header.count(c) > 1]
    rows = []
    for cells in reader:
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(header):
            found.append(_problem(file, reader.line_num, f"has {len(cells)} cells; the first line has {len(header)}"))
            continue
        rows.append((reader.line_num, {c: cell.strip() for c, cell in zip(header, cells, strict=True)}))
    _raise(found)
    return rows


def _number(file: Path, line: int, text: str, found: list[Problem]) -> Fraction | None:
    try:
        return exact(text)
    except ValueError as error:
        found.append(_problem(file, line, str(error)))
        return None


def _ballot_problems(
    file: Path, line: int, member: str, named: Sequence[str], proposals: Mapping[str, str]
) -> list[Problem]:
    found = [
        _problem(file, line, f"{member!r} ranks {p!r}, which is no proposal", nearest(p, proposals))
        for p in named
        if p not in proposals
    ]
    twice = [p for p in dict.fromkeys(named) if named.count(p) > 1]
    return found + [_problem(file, line, f"{member!r} names {p!r} twice") for p in twice]


def _twice(file: Path, lines: Sequence[int], members: Sequence[str]) -> list[Problem]:
    return [
        _problem(file, line, f"{member!r} votes twice", "each member has one ballot")
        for n, (line, member) in enumerate(zip(lines, members, strict=True))
        if member in members[:n]
    ]


def _problem(file: Path, line: int, message: str, hint: str = "") -> Problem:
    return Problem(str(file), line, 1, (), message, hint)


def _raise(found: Sequence[Problem]) -> None:
    if found:
        raise ProgrammeError(found)
