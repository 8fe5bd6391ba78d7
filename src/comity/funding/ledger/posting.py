"""What may be posted, by whom: the invariants of a ledger, enforced by the fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.record import Entry, State


def post(state: State, entry: Entry, ledger: str, journal: Mapping[str, Any]) -> None:
    """Applies a journal to a ledger, in the fold of any kind of entry. Refused unless it may, with the reason."""
    raise NotImplementedError
