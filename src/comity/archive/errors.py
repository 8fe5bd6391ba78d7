"""What users of the archive give that cannot be taken."""

from __future__ import annotations


class ArchiveError(ValueError):
    """Input that cannot be taken: says what is wrong, where, and what would be right."""


class UnreadableFile(ArchiveError):
    """A file that is not what it says it is, or asks for more than the limits allow; nothing of it is kept."""
