"""May WHO do WHAT with WHICH, for what purpose, now: rules as text, decided by Cedar, each answer with the rules that made it."""

from comity.policy.answer import Answer, RuleCited
from comity.policy.decide import decide, decide_all
from comity.policy.errors import PolicyError
from comity.policy.facts import Entity, Facts, Uid, dataset, partner
from comity.policy.language import Policies, schema_text, shipped
from comity.policy.licences import Licence
from comity.policy.programme_rules import programme_facts, programme_policies, programme_rules
from comity.policy.question import PURPOSES, Question
from comity.policy.transfers import Transfers, transfers

__all__ = [
    "PURPOSES",
    "Answer",
    "Entity",
    "Facts",
    "Licence",
    "Policies",
    "PolicyError",
    "Question",
    "RuleCited",
    "Transfers",
    "Uid",
    "dataset",
    "decide",
    "decide_all",
    "partner",
    "programme_facts",
    "programme_policies",
    "programme_rules",
    "schema_text",
    "shipped",
    "transfers",
]
