"""What users of the engine of safety give that cannot be taken."""

from __future__ import annotations


class SafetyError(ValueError):
    """A checklist, a spacecraft or a catalogue that cannot be used: says what, where, and what would be right."""
