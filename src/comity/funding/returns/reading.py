"""Reads return statistics from YAML and CSV files: several files are one, and all that is wrong is told at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from comity.funding.amounts import minor_digits
from comity.funding.errors import FundingError
from comity.funding.returns.question import Contract, Contribution, Offer, OpenContract, Statistics
from comity.funding.returns.rows import ContractRow, ContributionRow, OpenRow, ReturnFile
from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.wording import plain_words
from comity.model.yaml_tree import MAX_BYTES, Position, parse

R = TypeVar("R", bound=BaseModel)
#: How a CSV file is told to hold contracts or contributions: a column that only these have.
_COLUMNS: tuple[tuple[str, type[BaseModel]], ...] = (("value", ContractRow), ("amount", ContributionRow))


@dataclass(slots=True)
class _Gathered:
    """What the files say together, each row with its place, and what is wrong so far."""

    name: str = ""
    header: dict[str, tuple[Any, Position]] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    non_members: list[str] = field(default_factory=list)
    outside_overall: list[tuple[str, Position]] = field(default_factory=list)
    weights: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    contributions: list[tuple[ContributionRow, Position]] = field(default_factory=list)
    contracts: list[tuple[ContractRow, Position]] = field(default_factory=list)
    open: list[tuple[OpenRow, Position]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, at: Position, message: str, hint: str = "") -> None:
        """Notes a problem."""
        self.problems.append(problem(at, (), message, hint))


def read_statistics(files: Sequence[Path | str]) -> Statistics:
    """The statistics that YAML and CSV files hold together.

    FundingError lists all that is wrong, each as `file:line:column: field: what; what would be right`.
    """
    if not files:
        raise FundingError("name at least one file of contributions and contracts")
    gathered = _Gathered()
    for file in map(Path, files):
        text = _text(file)
        if file.suffix.lower() == ".csv":
            _take_csv(text, str(file), gathered)
        else:
            _take_yaml(text, str(file), gathered)
    statistics = _statistics(gathered) if not gathered.problems else None
    if gathered.problems or statistics is None:
        ordered = sorted(set(gathered.problems), key=lambda p: (p.file, p.line, p.column, p.message))
        raise FundingError("\n".join(map(str, ordered)))
    return statistics


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise FundingError(f"{file}: larger than {MAX_BYTES // 2**20} MiB")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FundingError(f"{file}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise FundingError(f"{file}: {error.strerror}") from None


def _take_yaml(text: str, file: str, into: _Gathered) -> None:
    root, errors = parse(text, file)
    into.problems += [problem(e.at, (), e.message, e.hint) for e in errors]
    if errors or root is None or root.kind != "mapping":
        if not errors:
            into.wrong(Position(file, 1, 1), "holds no fields", "it begins with one such as currency: or contracts:")
        return
    positions = Positions(root)
    try:
        given = TypeAdapter(ReturnFile).validate_python(root.plain())
    except ValidationError as error:
        into.problems += plain_words(error, ReturnFile, (), positions)
        return
    for name in ("currency", "since", "threshold"):
        value, at = getattr(given, name), positions.of((name,))
        if value is not None and into.header.setdefault(name, (value, at))[0] != value:
            before, where = into.header[name]
            into.wrong(at, f"{name} is {value} here and {before} in {where.file}:{where.line}", "give it once")
    into.name = into.name or given.name
    into.members |= {m: who.name for m, who in given.members.items()}
    into.non_members += given.non_members
    into.outside_overall += [(p, positions.of(("outside_overall", i))) for i, p in enumerate(given.outside_overall)]
    into.weights |= {(k, c): w for k, table in given.weights.items() for c, w in table.items()}
    into.sources |= set(given.sources)
    into.contributions += [(r, positions.of(("contributions", i))) for i, r in enumerate(given.contributions)]
    into.contracts += [(r, positions.of(("contracts", i))) for i, r in enumerate(given.contracts)]
    into.open += [(r, positions.of(("open", i))) for i, r in enumerate(given.open)]


def _take_csv(text: str, file: str, into: _Gathered) -> None:
    reader = csv.DictReader(io.StringIO(text), strict=True, restkey="", restval="")
    try:
        columns = [c.strip() for c in reader.fieldnames or ()]
        kind = next((kind for column, kind in _COLUMNS if column in columns), None)
        if kind is None:
            hint = "contracts have a column `value`, contributions `amount`"
            into.wrong(Position(file, 1, 1), "holds neither contracts nor contributions", hint)
            return
        plain = [f for f in kind.model_fields if f not in ("shares", "categories")]
        for column in columns:
            if column not in plain:
                hint = nearest(column, plain) or f"the columns are {', '.join(plain)}"
                into.wrong(Position(file, 1, 1), f"unknown column {column!r}", hint)
                return
        for raw in reader:
            at = Position(file, reader.line_num, 1)
            if "" in raw:
                into.wrong(at, f"has more values than the {len(columns)} columns", "quote a value that holds a comma")
                continue
            row = _row(kind, {k.strip(): v.strip() for k, v in raw.items() if v and v.strip()}, at, into)
            if isinstance(row, ContractRow):
                into.contracts.append((row, at))
            elif isinstance(row, ContributionRow):
                into.contributions.append((row, at))
    except csv.Error as error:
        into.wrong(Position(file, reader.line_num, 1), f"not CSV: {error}")


def _row(kind: type[R], given: Mapping[str, str], at: Position, into: _Gathered) -> R | None:
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            name = ".".join(map(str, details["loc"])) or "row"
            said = str(details.get("ctx", {}).get("error", details["msg"])).removeprefix("Value error, ")
            into.wrong(
                at, f"{name}: {said[:1].lower()}{said[1:]}" if details["type"] != "missing" else f"{name} is missing"
            )
        return None


# --- together ----------------------------------------------------------------------------------------------------------


def _statistics(given: _Gathered) -> Statistics | None:
    """The statistics, or None with the problems noted."""
    members = dict(given.members) or {row.partner: row.partner for row, _ in given.contributions}
    known = {*members, *given.non_members}
    for row, at in given.contributions:
        if row.partner not in members:
            given.wrong(at, f"partner: {row.partner!r} is no member", nearest(row.partner, members) or "list it there")
    seen: dict[tuple[str, str], Position] = {}
    to_check: list[tuple[ContractRow | OpenRow, Position]] = [*given.contracts, *given.open]
    for contract, at in to_check:
        first = seen.setdefault((contract.kind, contract.id), at)
        if first is not at:
            given.wrong(
                at, f"id: {contract.id!r} of kind {contract.kind} stands twice", f"it is in {first.file}:{first.line}"
            )
        for partner in _named(contract):
            if partner not in known:
                hint = nearest(partner, known) or "list it under members: or non_members:"
                given.wrong(at, f"partner: {partner!r} is neither a member nor a non-member", hint)
        for category in contract.category_parts:
            if (contract.kind, category) not in given.weights:
                there = [c for k, c in given.weights if k == contract.kind]
                hint = nearest(category, there) or f"give it under weights: {contract.kind}:"
                given.wrong(at, f"category: {category!r} has no weighting factor", hint)
    _check_header(given, members)
    if given.problems:
        return None
    header = {name: value for name, (value, _) in given.header.items()}
    return Statistics(
        name=given.name,
        currency=header["currency"],
        since=header.get("since"),
        threshold=Fraction(header["threshold"]) if "threshold" in header else None,
        members=members,
        outside_overall=frozenset(p for p, _ in given.outside_overall),
        contributions=tuple(
            Contribution(partner=r.partner, programme=r.programme, date=r.date, amount=r.amount)
            for r, _ in given.contributions
        ),
        contracts=tuple(_contract(r, given.weights) for r, _ in given.contracts),
        open=tuple(_open(r, given.weights) for r, _ in given.open),
    )


def _check_header(given: _Gathered, members: Mapping[str, str]) -> None:
    sourced: list[tuple[ContractRow | ContributionRow, Position]] = [*given.contributions, *given.contracts]
    rows = [at for _, at in sourced]
    for row, at in sourced:
        if isinstance(row.source, str) and (document := row.source.partition(",")[0].strip()) not in given.sources:
            hint = nearest(document, given.sources) or "list it under sources:"
            given.wrong(at, f"source: there is no source {document!r}", hint)
    start = Position(rows[0].file, 0, 0) if rows else Position("the files", 0, 0)
    if "currency" not in given.header:
        given.wrong(start, "no file says in which currency the amounts are", "add `currency: EUR` to a YAML file")
    else:
        currency, at = given.header["currency"]
        try:
            minor_digits(currency)
        except FundingError as error:
            given.wrong(at, f"currency: {error}")
    if not given.contributions:
        given.wrong(start, "there are no contributions to measure returns against", "list them under contributions:")
    programmes = {r.programme for r, _ in given.contributions} | {r.programme for r, _ in given.contracts}
    for name, at in given.outside_overall:
        if name not in programmes:
            given.wrong(at, f"outside_overall: no contract or contribution is of {name!r}", nearest(name, programmes))


def _named(row: ContractRow | OpenRow) -> Iterator[str]:
    parts: Iterable[str] = row.parts if isinstance(row, ContractRow) else (p for o in row.offers for p in o.parts)
    yield from dict.fromkeys(parts)


def _weight(row: ContractRow | OpenRow, weights: Mapping[tuple[str, str], Decimal]) -> Fraction:
    """Its weighting factor: of its categories by their parts, times the readiness levels gained."""
    parts = row.category_parts
    factor = sum((Fraction(part) * Fraction(weights[row.kind, c]) for c, part in parts.items()), Fraction(0))
    return (factor if parts else Fraction(1)) * (row.trl_gained or 1)


def _shares(parts: Mapping[str, Decimal]) -> dict[str, Fraction]:
    return {p: Fraction(share) for p, share in parts.items()}


def _contract(row: ContractRow, weights: Mapping[tuple[str, str], Decimal]) -> Contract:
    return Contract(
        id=row.id,
        programme=row.programme,
        date=row.date,
        value=row.value,
        shares=_shares(row.parts),
        kind=row.kind,
        weight=_weight(row, weights),
        supplier=row.supplier,
    )


def _open(row: OpenRow, weights: Mapping[tuple[str, str], Decimal]) -> OpenContract:
    return OpenContract(
        id=row.id,
        programme=row.programme,
        date=row.date,
        kind=row.kind,
        weight=_weight(row, weights),
        offers=tuple(
            Offer(supplier=o.supplier, shares=_shares(o.parts), price=o.price, science=o.science) for o in row.offers
        ),
    )
