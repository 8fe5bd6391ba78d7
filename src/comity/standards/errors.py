"""What users of the engine of standards did wrong, said so that they can put it right."""

from __future__ import annotations


class StandardsError(ValueError):
    """A register, a case or a programme whose interfaces cannot be taken as they are: what, where, what would be right."""
