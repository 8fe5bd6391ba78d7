"""The treaties of outer space: who is bound by which since when, and the rules that follow for launches and mishaps."""

from comity.governance.treaties.organisations import organisation, organisations, organisations_of, partner, state_code
from comity.governance.treaties.standing import common, counts, parties, status, status_of
from comity.governance.treaties.table import Treaty, TreatyError, sources, treaties, treaty

__all__ = [
    "Treaty",
    "TreatyError",
    "common",
    "counts",
    "organisation",
    "organisations",
    "organisations_of",
    "parties",
    "partner",
    "sources",
    "state_code",
    "status",
    "status_of",
    "treaties",
    "treaty",
]
