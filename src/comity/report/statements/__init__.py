"""Statements of a ledger as people read them: on a terminal, in a browser, on paper and in a spreadsheet."""
