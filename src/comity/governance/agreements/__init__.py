"""Agreements between partners: documents, checks, the text to sign, what they ask and permit, and their entries.

A document is read with `read` or `load`, checked with `check`, compared with `compare`; `withdrawal` says what a party's
leaving takes along. On the record, `KINDS` propose, sign and end agreements, and `in_force`, `parties_at` and
`obligations` say what holds at a moment.
"""

from comity.governance.agreements.checking import check
from comity.governance.agreements.comparison import Comparison, compare
from comity.governance.agreements.document import Agreement, Party, agreement_schema
from comity.governance.agreements.entries import KINDS
from comity.governance.agreements.leaving import Departure, WithdrawalError, withdrawal
from comity.governance.agreements.model_terms import (
    TechnologyPermit,
    data_policies,
    rules_block,
    technology_permits,
    to_model,
)
from comity.governance.agreements.obligations import Obligation
from comity.governance.agreements.obligations import obligations as obligations_of
from comity.governance.agreements.programme_side import differences
from comity.governance.agreements.reading import AgreementError, Reading, load, read, shipped
from comity.governance.agreements.standing import Standing, in_force, obligations, parties_at, standing

__all__ = [
    "KINDS",
    "Agreement",
    "AgreementError",
    "Comparison",
    "Departure",
    "Obligation",
    "Party",
    "Reading",
    "Standing",
    "TechnologyPermit",
    "WithdrawalError",
    "agreement_schema",
    "check",
    "compare",
    "data_policies",
    "differences",
    "in_force",
    "load",
    "obligations",
    "obligations_of",
    "parties_at",
    "read",
    "rules_block",
    "shipped",
    "standing",
    "technology_permits",
    "to_model",
    "withdrawal",
]
