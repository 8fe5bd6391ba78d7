"""The treaties of outer space: who is bound by which since when, and the rules that follow for launches and mishaps."""

from comity.governance.treaties.launching import Launch, LaunchingState, launching_states, read_launch
from comity.governance.treaties.liability import Claim, liabilities
from comity.governance.treaties.mishap import (
    CrossWaiver,
    Mishap,
    Victim,
    cross_waivers,
    read_cross_waiver,
    read_mishap,
)
from comity.governance.treaties.organisations import (
    Organisation,
    name_of,
    organisation,
    organisations,
    organisations_of,
    partner,
    state_code,
)
from comity.governance.treaties.programmes import differences, export_yaml, of_partners, programme_treaty
from comity.governance.treaties.registration import Submission, as_markdown, submission
from comity.governance.treaties.standing import Status, common, counts, parties, status, status_of
from comity.governance.treaties.table import Treaty, TreatyError, sources, treaties, treaty

__all__ = [
    "Claim",
    "CrossWaiver",
    "Launch",
    "LaunchingState",
    "Mishap",
    "Organisation",
    "Status",
    "Submission",
    "Treaty",
    "TreatyError",
    "Victim",
    "as_markdown",
    "common",
    "counts",
    "cross_waivers",
    "differences",
    "export_yaml",
    "launching_states",
    "liabilities",
    "name_of",
    "of_partners",
    "organisation",
    "organisations",
    "organisations_of",
    "parties",
    "partner",
    "programme_treaty",
    "read_cross_waiver",
    "read_launch",
    "read_mishap",
    "sources",
    "state_code",
    "status",
    "status_of",
    "submission",
    "treaties",
    "treaty",
]
