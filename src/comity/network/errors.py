"""What users of the network give that cannot be taken."""

from __future__ import annotations


class NetworkError(ValueError):
    """Input that cannot be taken: says what is wrong, where, and what would be right."""
