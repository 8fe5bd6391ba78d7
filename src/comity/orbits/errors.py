"""What users of orbits give that cannot be taken."""

from __future__ import annotations


class OrbitError(ValueError):
    """Elements, an ephemeris, a time or a name that cannot be used: says what, where, and what would be right."""
