"""A statement as one CSV file (RFC 4180, UTF-8, CRLF): a row for each line and currency, a column for each measure."""

from __future__ import annotations

import csv
import io

from comity.funding.amounts import minor_digits
from comity.funding.ledger.statement import Statement


def csv_text(statement: Statement) -> str:
    """The statement for spreadsheets and scripts; `all in` rows hold what was translated into the ledger's currency.

    Columns: table, line, label, kind (heading, line, subtotal, total), account, currency, and the measures of all tables by
    their keys. Amounts have a point and no grouping.
    """
    measures = [*dict.fromkeys(m for t in statement.tables for m in t.measures)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["table", "line", "label", "kind", "account", "currency", *measures])
    for table in statement.tables:
        for row in table.rows:
            told = [table.key, _safe(row.key), _safe(row.label), row.kind, row.account]
            for currency in statement.currencies:
                if any(currency in by for by in row.figures.values()):
                    digits = minor_digits(currency)
                    figures = [f"{row.amount(m, currency):.{digits}f}" if m in table.measures else "" for m in measures]
                    writer.writerow([*told, currency, *figures])
            if row.translated:
                figures = [f"{row.translated[m]:f}" if m in row.translated else "" for m in measures]
                writer.writerow([*told, f"all in {statement.currency}", *figures])
    return text.getvalue()


def _safe(label: str) -> str:
    """A label that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{label}" if label[:1] in ("=", "+", "-", "@", "\t", "\r") else label
