"""May WHO do WHAT with WHICH, for what purpose, now: rules as text, decided by Cedar, each answer with the rules that made it."""

from comity.policy.answer import Answer, RuleCited
from comity.policy.catalogue import classes_in, listed_classes
from comity.policy.decide import decide, decide_all
from comity.policy.description import Description, read_description
from comity.policy.errors import PolicyError
from comity.policy.facts import Entity, Facts, Uid, dataset, partner
from comity.policy.grants import Grant
from comity.policy.inquiry import Standing, cannot, who_can
from comity.policy.kinds import KINDS, licences_in_force, policies_in_force
from comity.policy.language import Policies, schema_text, shipped
from comity.policy.licences import Licence
from comity.policy.programme_rules import is_among, programme_facts, programme_policies, programme_rules
from comity.policy.question import PURPOSES, Question
from comity.policy.recording import entry_kind, is_exempt
from comity.policy.recording import guard as recording_guard
from comity.policy.sql import Dialect, SqlCondition, access_count, access_filter
from comity.policy.transfers import Transfers, transfers
from comity.policy.world import OnRecord, World, crossings, world

__all__ = [
    "KINDS",
    "PURPOSES",
    "Answer",
    "Description",
    "Dialect",
    "Entity",
    "Facts",
    "Grant",
    "Licence",
    "OnRecord",
    "Policies",
    "PolicyError",
    "Question",
    "RuleCited",
    "SqlCondition",
    "Standing",
    "Transfers",
    "Uid",
    "World",
    "access_count",
    "access_filter",
    "cannot",
    "classes_in",
    "crossings",
    "dataset",
    "decide",
    "decide_all",
    "entry_kind",
    "is_among",
    "is_exempt",
    "licences_in_force",
    "listed_classes",
    "partner",
    "policies_in_force",
    "programme_facts",
    "programme_policies",
    "programme_rules",
    "read_description",
    "recording_guard",
    "schema_text",
    "shipped",
    "transfers",
    "who_can",
    "world",
]
