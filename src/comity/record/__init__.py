"""The signed, append-only record of what was agreed: entries, who may sign them, and the state that they come to."""

from comity.record.entry import Entry, moment, timestamp
from comity.record.errors import BadEntry, RecordError, Refused
from comity.record.fold import Fold, Refusal, fold
from comity.record.keyring import BODY, by_all_or_decided, deciding_body, field, only
from comity.record.keys import SigningKey
from comity.record.state import Guard, Kind, State

__all__ = [
    "BODY",
    "BadEntry",
    "Entry",
    "Fold",
    "Guard",
    "Kind",
    "RecordError",
    "Refusal",
    "Refused",
    "SigningKey",
    "State",
    "by_all_or_decided",
    "deciding_body",
    "field",
    "fold",
    "moment",
    "only",
    "timestamp",
]
