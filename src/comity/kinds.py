"""Every kind of entry that a record may hold, and every guard that an entry passes: the engines' lists, put together."""

from __future__ import annotations

from comity import archive, funding, governance, policy, safety, standing_facts
from comity.funding.inclusion.export import accepting_guard
from comity.record import Guard, Kind, keyring
from comity.record import programme as programme_on_record

_OTHERS: tuple[Kind, ...] = (
    *programme_on_record.KINDS, *governance.KINDS, *policy.KINDS, *funding.KINDS, *safety.KINDS, *archive.KINDS,
)  # fmt: skip
GUARDS: tuple[Guard, ...] = (
    *governance.GUARDS,
    policy.recording_guard(standing_facts.partner_on),
    accepting_guard(standing_facts.on_record),
)
KINDS: tuple[Kind, ...] = (*_OTHERS, *governance.Chamber((*keyring.KINDS, *_OTHERS), GUARDS).kinds)
