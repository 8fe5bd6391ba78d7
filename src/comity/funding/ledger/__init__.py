"""The pool's double-entry ledger on the record."""

from comity.record import Kind

KINDS: tuple[Kind, ...] = ()
