"""May WHO do WHAT with WHICH, for what purpose, now: rules as text, decided by Cedar, each answer with the rules that made it."""

from comity.policy.answer import Answer, RuleCited
from comity.policy.catalogue import classes_in, listed_classes
from comity.policy.decide import decide, decide_all
from comity.policy.description import Description, read_description
from comity.policy.errors import PolicyError
from comity.policy.facts import Entity, Facts, Uid, dataset, partner
from comity.policy.inquiry import Standing, cannot, who_can
from comity.policy.kinds import KINDS, licences_in_force, policies_in_force
from comity.policy.language import Policies, schema_text, shipped
from comity.policy.licences import Licence
from comity.policy.programme_rules import programme_facts, programme_policies, programme_rules
from comity.policy.question import PURPOSES, Question
from comity.policy.sql import SqlCondition, access_filter
from comity.policy.transfers import Transfers, transfers
from comity.policy.world import World, crossings, world

__all__ = [
    "KINDS",
    "PURPOSES",
    "Answer",
    "Description",
    "Entity",
    "Facts",
    "Licence",
    "Policies",
    "PolicyError",
    "Question",
    "RuleCited",
    "SqlCondition",
    "Standing",
    "Transfers",
    "Uid",
    "World",
    "access_filter",
    "cannot",
    "classes_in",
    "crossings",
    "dataset",
    "decide",
    "decide_all",
    "licences_in_force",
    "listed_classes",
    "partner",
    "policies_in_force",
    "programme_facts",
    "programme_policies",
    "programme_rules",
    "read_description",
    "schema_text",
    "shipped",
    "transfers",
    "who_can",
    "world",
]
