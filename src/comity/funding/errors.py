"""What users of the funding engine did wrong, said so that they can put it right."""

from __future__ import annotations


class FundingError(ValueError):
    """Money, a key, a ballot, an offer or a game that cannot be taken as it is: what is wrong, where, what would be right."""
