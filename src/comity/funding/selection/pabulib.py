"""Reads and writes Pabulib's `.pb` files (Faliszewski et al., IJCAI 2023; arXiv:2305.11035 describes the format).

Three sections, META, PROJECTS and VOTES, each with a header line, fields parted by semicolons. Fields that no rule
reads are kept. A voter's `weight` (a whole number) is our own field: its part of the budget; without it all are equal.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast, get_args

from comity.funding.errors import FundingError
from comity.funding.selection.election import Election, Project, Voter, VoteType
from comity.model.problems import nearest

_SECTIONS = ("META", "PROJECTS", "VOTES")
_SHOWN = 20
_OWN = {"PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote", "points", "weight")}


def read_pabulib(file: Path | str) -> Election:
    """The election that a `.pb` file holds. FundingError lists what is wrong, as `file:line: field: what`."""
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FundingError(f"{file}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise FundingError(f"{file}: {error.strerror}") from None
    return parse_pabulib(text, str(file))


def parse_pabulib(text: str, name: str = "text") -> Election:
    """The election that a text in Pabulib's format holds; `name` is how its problems call it."""
    return _Reader(text, name).election()


def pabulib_text(election: Election) -> str:
    """The election in Pabulib's format: reading it gives the same election."""
    meta = dict(election.meta) | {
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(election.voters)),
        "budget": number_text(election.budget),
        "vote_type": election.vote_type,
    }
    for key in ("description", "country", "unit", "instance"):
        meta.setdefault(key, "")
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    out.write("META\n")
    rows.writerows([("key", "value"), *meta.items()])
    out.write("PROJECTS\n")
    extra = list(dict.fromkeys(k for p in election.projects for k in p.about))
    rows.writerow(["project_id", "cost", *extra])
    rows.writerows([p.id, number_text(p.cost), *(p.about.get(k, "None") for k in extra)] for p in election.projects)
    out.write("VOTES\n")
    extra = list(dict.fromkeys(k for v in election.voters for k in v.about))
    own = ["vote"]
    own += ["points"] if election.vote_type in ("scoring", "cumulative") else []
    own += ["weight"] if any(v.weight != 1 for v in election.voters) else []
    rows.writerow(["voter_id", *own, *extra])
    for v in election.voters:
        fields = {
            "vote": ",".join(election.projects[c].id for c in v.choices),
            # An empty list of points means, to readers of the format, that nothing was said at all.
            "points": ",".join(map(number_text, v.points)) if v.points else "None",
            "weight": str(v.weight),
        }
        rows.writerow([v.id, *(fields[k] for k in own), *(v.about.get(k, "None") for k in extra)])
    return out.getvalue()


def number_text(value: Fraction) -> str:
    """The number as decimals where they end, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator)
    rest, tens = value.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest, tens = (rest // 10 if rest % 10 == 0 else rest // 5 if rest % 5 == 0 else rest // 2), tens + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    whole = abs(value.numerator) * 10**tens // value.denominator
    text = str(whole).rjust(tens + 1, "0")
    return f"{'-' if value < 0 else ''}{text[:-tens]}.{text[-tens:]}"


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.problems: list[tuple[int, str]] = []
        self.places: dict[str, int] = {}

    def wrong(self, line: int, field: str, what: str) -> None:
        self.problems.append((line, f"{field}: {what}"))

    def election(self) -> Election:
        sections = self.sections()
        meta_rows = sections["META"]
        meta = {row.get("key", ""): (row.get("value", ""), line) for line, row in meta_rows}
        vote_type = self.vote_type(meta)
        text, line = meta.get("budget", ("", 1))
        budget = self.number(text, line, "budget") if text else None
        if not text:
            self.wrong(line, "budget", "is missing from META")
        elif budget is not None and budget <= 0:
            self.wrong(line, "budget", f"is {text}; it must be above zero")
        projects = tuple(self.projects(sections["PROJECTS"]))
        voters = tuple(self.voters(sections["VOTES"], vote_type, projects))
        for key, count in (("num_projects", len(projects)), ("num_votes", len(voters))):
            if key in meta and meta[key][0] != str(count) and not self.problems:
                self.wrong(meta[key][1], key, f"says {meta[key][0]}, but the file holds {count}")
        if not self.problems:
            limits = self.limits(meta)
            for (line, _), voter in zip(sections["VOTES"], voters, strict=True):
                self.within(limits, line, voter, projects)
        if self.problems:
            self.problems.sort()
            shown = [f"{self.name}:{line}: {what}" for line, what in self.problems[:_SHOWN]]
            more = len(self.problems) - _SHOWN
            raise FundingError("\n".join(shown + ([f"and {more} more"] if more > 0 else [])))
        assert budget is not None
        return Election(budget, projects, voters, vote_type, {k: v for k, (v, _) in meta.items()})

    def sections(self) -> dict[str, list[tuple[int, Mapping[str, str]]]]:
        """Each section's rows with their lines, by the names of its header."""
        found: dict[str, list[tuple[int, Mapping[str, str]]]] = {s: [] for s in _SECTIONS}
        section, header = "", None
        rows = csv.reader(io.StringIO(self.text, newline=""), delimiter=";")
        try:
            for row in rows:
                line, first = rows.line_num, row[0].strip().upper() if row else ""
                if not any(cell.strip() for cell in row):
                    continue
                if first in _SECTIONS and not any(cell.strip() for cell in row[1:]):
                    section, header = first, None
                elif not section:
                    self.wrong(line, "META", f"the file begins with {row[0][:40]!r}; it begins with the line META")
                    break
                elif header is None:
                    header = [cell.strip() for cell in row]
                    self.headed(section, header, line)
                else:
                    while len(row) > len(header) and not row[-1].strip():
                        row.pop()
                    if len(row) > len(header) and section != "META":
                        self.wrong(line, section, f"has {len(row)} fields, but the header names {len(header)}")
                    found[section].append((line, {k: v.strip() for k, v in zip(header, row, strict=False)}))
        except csv.Error as error:
            self.wrong(rows.line_num, section or "META", str(error))
        for name in _SECTIONS:
            if not found[name]:
                self.wrong(1, name, "this section is missing or empty")
        return found

    def headed(self, section: str, header: Sequence[str], line: int) -> None:
        needed = {"META": ("key", "value"), "PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote")}[section]
        for field in needed:
            if field not in header:
                self.wrong(line, section, f"the header lacks {field}; it has {', '.join(header)[:80]}")

    def vote_type(self, meta: Mapping[str, tuple[str, int]]) -> VoteType:
        text, line = meta.get("vote_type", ("", 1))
        if text not in get_args(VoteType):
            known = get_args(VoteType)
            self.wrong(line, "vote_type", f"{text!r} is none of {', '.join(known)}. {nearest(text, known)}".strip())
            return "approval"
        return cast(VoteType, text)

    def number(self, text: str, line: int, field: str) -> Fraction | None:
        try:
            if len(text) <= 60:
                return Fraction(text.strip().replace(",", "."))
        except (ValueError, ZeroDivisionError):
            pass
        self.wrong(line, field, f"{text[:60]!r} is not a number")
        return None

    def projects(self, rows: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[Project]:
        for line, row in rows:
            id_ = row.get("project_id", "")
            cost = self.number(row.get("cost", ""), line, "cost")
            if not id_ or "," in id_:
                self.wrong(line, "project_id", f"{id_!r} is not a name; it must not be empty, nor hold a comma")
            elif id_ in self.places:
                self.wrong(line, "project_id", f"project {id_} stands twice")
            if cost is not None and cost < 0:
                self.wrong(line, "cost", f"project {id_} costs {row['cost']}; a cost is not negative")
            self.places.setdefault(id_, len(self.places))
            yield Project(id_, cost if cost is not None else Fraction(0), _about(row, "PROJECTS"))

    def voters(
        self, rows: Sequence[tuple[int, Mapping[str, str]]], vote_type: VoteType, projects: Sequence[Project]
    ) -> Iterator[Voter]:
        seen: dict[str, int] = {}
        values: dict[str, Fraction | None] = {}
        for line, row in rows:
            id_ = row.get("voter_id", "")
            if id_ in seen:
                self.wrong(line, "voter_id", f"voter {id_} voted already on line {seen[id_]}")
            seen[id_] = line
            named = _listed(row.get("vote", ""))
            choices = [self.places.get(n, -1) for n in named]
            for name, choice in zip(named, choices, strict=True):
                if choice < 0:
                    hint = nearest(name, self.places)
                    self.wrong(line, "vote", f"voter {id_} names {name!r}, which is no project. {hint}".strip())
            if len(set(choices)) < len(choices) and -1 not in choices:
                twice = next(n for n in named if named.count(n) > 1)
                self.wrong(line, "vote", f"voter {id_} names project {twice} twice")
            points: list[Fraction] = []
            if vote_type in ("scoring", "cumulative"):
                texts = _listed(row.get("points", ""))
                if len(texts) != len(named):
                    self.wrong(
                        line, "points", f"voter {id_} names {len(named)} projects, but gives {len(texts)} points"
                    )
                for text in texts:
                    if text not in values:
                        values[text] = self.number(text, line, "points")
                    points.append(values[text] or Fraction(0))
            weight = row.get("weight", "1")
            if not (weight.isascii() and weight.isdigit() and 0 < int(weight) < 10**9):
                self.wrong(line, "weight", f"{weight!r} is not a whole number from 1 to 999999999")
                weight = "1"
            yield Voter(id_, tuple(choices), tuple(points), int(weight), _about(row, "VOTES"))

    def limits(self, meta: Mapping[str, tuple[str, int]]) -> dict[str, Fraction]:
        names = ("min_length", "max_length", "max_sum_cost", "max_sum_points", "min_points", "max_points")
        given = {n: self.number(meta[n][0], meta[n][1], n) for n in names if meta.get(n, ("",))[0]}
        return {n: value for n, value in given.items() if value is not None}

    def within(self, limits: Mapping[str, Fraction], line: int, voter: Voter, projects: Sequence[Project]) -> None:
        """A ballot keeps the limits that META states for all."""
        said = {
            "max_length": (len(voter.choices), "projects named"),
            "max_sum_cost": (sum(projects[c].cost for c in voter.choices) if "max_sum_cost" in limits else 0, "cost"),
            "max_sum_points": (sum(voter.points), "points together"),
            "max_points": (max(voter.points, default=0), "points for one project"),
        }
        for limit, (value, what) in said.items():
            if limit in limits and value > limits[limit]:
                over = f"{number_text(Fraction(value))} {what}, over the {number_text(limits[limit])} of {limit}"
                self.wrong(line, "points" if "points" in limit else "vote", f"voter {voter.id}: {over}")
        if voter.choices and len(voter.choices) < limits.get("min_length", 0):
            need = number_text(limits["min_length"])
            self.wrong(
                line, "vote", f"voter {voter.id}: {len(voter.choices)} projects named, under the {need} of min_length"
            )


def _listed(text: str) -> list[str]:
    return [t.strip() for t in text.split(",") if t.strip()] if text.lower() != "none" else []


def _about(row: Mapping[str, str], section: str) -> dict[str, str]:
    return {k: v for k, v in row.items() if k not in _OWN[section] and v.lower() != "none"}
