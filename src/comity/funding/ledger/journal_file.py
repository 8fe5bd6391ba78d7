"""Transactions in a file (YAML, JSON or CSV) as a journal, each error told with its file, line and column.

YAML and JSON hold a list of transactions, or a map of `key` and `transactions`, in the form of the record or, for hands, with
postings as maps of account, amount and currency. CSV has a row a posting under the columns transaction, date, narration,
account, amount, currency and (if wanted) links; rows of the same `transaction` are one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from comity.funding.amounts import amount_of
from comity.funding.errors import FundingError
from comity.funding.ledger.journal import (
    MOST_TRANSACTIONS,
    amount_text,
    check_account,
    check_date,
    check_key,
    check_links,
    check_transaction,
)
from comity.model.problems import Problem, nearest, problem
from comity.model.value_file import read_text
from comity.model.yaml_tree import Node, Position, parse

_FIELDS, _OF_POSTING = ("date", "narration", "postings", "links"), ("account", "amount", "currency")
_COLUMNS = ("transaction", "date", "narration", "account", "amount", "currency", "links")


@dataclass(frozen=True, slots=True)
class JournalFile:
    """A journal's body, and where in its file each of its transactions begins."""

    journal: dict[str, Any]
    places: tuple[Position, ...]

    def placed(self, reason: str) -> str:
        """What the fold says of one of its transactions, with the place of that."""
        found = re.search(rf"transaction {re.escape(self.journal['key'])}/(\d+): ", reason)
        return f"{self.places[int(found[1])]}: {reason[found.end() :]}" if found else reason


@dataclass(slots=True)
class _Draft:
    """A transaction as it is read: what it says, where, and what is wrong with it."""

    at: Position
    body: dict[str, Any] = field(default_factory=lambda: {"date": "", "narration": "", "postings": []})
    problems: list[Problem] = field(default_factory=list)

    def try_(self, at: Position, work: Callable[[], Any], otherwise: Any = None) -> Any:
        """What `work` comes to, or a problem at this place."""
        try:
            return work()
        except FundingError as error:
            self.problems.append(problem(at, (), str(error)))
            return otherwise

    def add(self, at: Sequence[Position], account: Any, amount: Any, currency: Any) -> None:
        """Adds a posting; `at` are the places of its three parts."""
        text = str(amount) if isinstance(amount, (int, Decimal)) and not isinstance(amount, bool) else amount
        self.try_(at[0], lambda: check_account(_text(account, "account")))
        if self.try_(at[2], lambda: amount_of("0", _text(currency, "currency"))) is not None:
            text = self.try_(at[1], lambda: amount_text(amount_of(text, currency), currency))
        self.body["postings"].append([account, text, currency])

    def finish(self) -> None:
        """Once all is read: does it balance?"""
        if not self.problems:
            self.try_(self.at, lambda: check_transaction(self.body))


def read_journal(file: Path, *, key: str | None = None) -> JournalFile:
    """The journal in a file. Its key is the one given, that in the file, or else made of the file's name and content.

    So the same file is posted once however often it is given. FundingError lists all that is wrong, a line each.
    """
    text = read_text(file, error=FundingError, hint="post it in several files")
    in_file, drafts = (None, list(_rows(text, str(file)))) if file.suffix.lower() == ".csv" else _nodes(text, str(file))
    problems = [p for draft in drafts for p in draft.problems]
    if problems:
        raise FundingError("\n".join(map(str, sorted(problems))))
    if not 1 <= len(drafts) <= MOST_TRANSACTIONS:
        raise FundingError(f"{file}: holds {len(drafts):,} transactions; a journal has from 1 to {MOST_TRANSACTIONS:,}")
    journal = {"key": key or in_file or key_of(file.stem, text), "transactions": [d.body for d in drafts]}
    check_key(journal)
    return JournalFile(journal, tuple(d.at for d in drafts))


def key_of(name: str, content: str) -> str:
    """A key that the same content has again, and no other."""
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('._-')[:64] or 'journal'}-{digest}"


# --- YAML and JSON ---------------------------------------------------------------------------------------------------------------


def _nodes(text: str, file: str) -> tuple[str | None, list[_Draft]]:
    root, errors = parse(text, file)
    if errors or root is None:
        said = "\n".join(str(problem(e.at, (), e.message, e.hint)) for e in errors)
        raise FundingError(said or f"{file}: holds no transactions")
    key, listed = None, root
    if root.kind == "mapping":
        wrong = next((k for k in root.entries if k not in ("key", "transactions")), None)
        if wrong is not None or "transactions" not in root.entries:
            at = root.entries[wrong][0] if wrong is not None else root.at
            raise FundingError(f"{at}: a journal is a list of transactions, or a map of key and transactions")
        listed = root.entries["transactions"][1]
        key = root.entries["key"][1].scalar if "key" in root.entries else None
        if key is not None and not isinstance(key, str):
            raise FundingError(f"{root.entries['key'][1].at}: the key {key!r} is no text; write it in quotes")
    if listed.kind != "sequence":
        raise FundingError(f"{listed.at}: transactions are a list")
    return key, [_transaction(node) for node in listed.items]


def _transaction(node: Node) -> _Draft:
    draft = _Draft(node.at)
    if not _is_map(draft, node, _FIELDS, needed=("date", "postings"), what="transaction"):
        return draft
    values = {name: value for name, (_, value) in node.entries.items()}
    draft.body["date"] = draft.try_(values["date"].at, lambda: check_date(values["date"].scalar).isoformat(), "")
    if "narration" in values:
        draft.body["narration"] = draft.try_(
            values["narration"].at, lambda: _text(values["narration"].scalar, "narration")
        )
    if "links" in values:
        draft.body["links"] = values["links"].plain()
        draft.try_(values["links"].at, lambda: check_links(values["links"].plain()))
    for posting in values["postings"].items:
        if posting.kind == "sequence" and len(posting.items) == 3:
            draft.add([p.at for p in posting.items], *(p.scalar for p in posting.items))
        elif _is_map(draft, posting, _OF_POSTING, needed=_OF_POSTING, what="posting"):
            parts = [posting.entries[name][1] for name in _OF_POSTING]
            draft.add([p.at for p in parts], *(p.scalar for p in parts))
    draft.finish()
    return draft


def _is_map(draft: _Draft, node: Node, fields: tuple[str, ...], *, needed: tuple[str, ...], what: str) -> bool:
    """Whether a node is a map of these fields; if not, the draft says what is wrong where."""
    if node.kind != "mapping":
        draft.problems.append(problem(node.at, (), f"a {what} is a map of {', '.join(fields)}"))
        return False
    for name, (at, _) in node.entries.items():
        if name not in fields:
            draft.problems.append(problem(at, (), f"a {what} has no field {name!r}", nearest(name, fields)))
    missing = [name for name in needed if name not in node.entries]
    if missing:
        draft.problems.append(problem(node.at, (), f"this {what} has no {' and no '.join(missing)}"))
    return not missing


# --- CSV -----------------------------------------------------------------------------------------------------------------------


def _rows(text: str, file: str) -> Iterator[_Draft]:
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        for name in header:
            if name not in _COLUMNS:
                hint = nearest(name, _COLUMNS) or f"columns are {', '.join(_COLUMNS)}"
                raise FundingError(f"{file}:1:1: there is no column {name!r}; {hint}")
        missing = [name for name in _COLUMNS[:-1] if name not in header]
        if missing:
            raise FundingError(f"{file}:1:1: the column {missing[0]} is missing; columns are {', '.join(_COLUMNS)}")
        draft: _Draft | None = None
        name = ""
        for row in rows:
            if not row:
                continue
            at = Position(file, rows.line_num, 1)
            if len(row) != len(header):
                raise FundingError(f"{at}: this row has {len(row)} cells, and the header {len(header)}")
            cells = {column: cell.strip() for column, cell in zip(header, row, strict=True)}
            if draft is None or cells["transaction"] != name:
                if draft is not None:
                    draft.finish()
                    yield draft
                draft, name = _begun(at, cells), cells["transaction"]
            elif (cells["date"] or draft.body["date"]) != draft.body["date"]:
                said = f"transaction {name} is of {draft.body['date']} above, and of {cells['date']} here"
                draft.problems.append(problem(at, (), said))
            draft.add([at] * 3, cells["account"], cells["amount"], cells["currency"])
    except csv.Error as error:
        raise FundingError(f"{file}:{rows.line_num}: {error}") from None
    if draft is not None:
        draft.finish()
        yield draft


def _begun(at: Position, cells: dict[str, str]) -> _Draft:
    draft = _Draft(at)
    draft.body["date"] = draft.try_(at, lambda: check_date(cells["date"]).isoformat(), cells["date"])
    draft.body["narration"] = cells["narration"]
    if links := cells.get("links", "").split():
        draft.try_(at, lambda: check_links(links))
        draft.body["links"] = links
    return draft


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise FundingError(f"the {what} {value!r} is no text; write it in quotes")
    return value
