"""What can be wrong with a record, or with what somebody asks of it."""

from __future__ import annotations


class RecordError(Exception):
    """The family of all errors of the record that its users can mend: the text says what, where, and what would be right."""


class Refused(RecordError):
    """An entry that does not count: what it asks for is not allowed, or makes no sense, in the state it meets."""


class BadEntry(RecordError):
    """Bytes that are no entry: not canonical, a field is missing or has the wrong form, a signature does not hold."""
