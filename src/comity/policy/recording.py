"""Who may put which kind of entry on the record: the adopted rules about the action `record`, asked before an entry counts.

What a party may say the record itself decides (keys, mandates, the entry's own sense). Adopted rules can only narrow it: a
rule that forbids bars the kinds that it covers; and where a rule that permits names a kind or a family of kinds, that is
for those alone whom such rules permit. What a body decides is barred by no rule, and some kinds are exempt altogether
(`EXEMPT`), so that no rule can keep the parties from changing the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cedarpy import pst

from comity.policy.answer import Answer, RuleCited
from comity.policy.decide import Decider
from comity.policy.errors import PolicyError
from comity.policy.facts import Entity, Facts, Uid
from comity.policy.language import Policies, Rule, quoted
from comity.policy.question import Question
from comity.policy.reads import Reads, uid_of
from comity.record import Entry, Guard, Refused, State, deciding_body

#: Kinds that no rule bars: to decide, to look after one's keys, to leave, to dispute, and to change the rules.
EXEMPT = ("record.open", "party.leave", "party.officers", "policy.adopt", "key.", "decision.", "dispute.")
#: Rules that comity makes for each record; no adopted rule may take their names.
PARTIES_RECORD, SUSPENDED_RECORD = "record-parties", "suspended-record"
#: The state's section of adopted rules, and how the files begin that they are cited as.
SECTION, ADOPTED = "policies", "adopted/"
#: A party as the rules see it at a time; of what it is in, the types that are named suffice.
PartnerOn = Callable[[State, str, datetime, frozenset[str]], Entity]


def is_exempt(kind: str) -> bool:
    """Is this a kind of entry that no rule bars?

    >>> is_exempt("decision.vote"), is_exempt("policy.licence")
    (True, False)
    """
    return any(kind == one or (one.endswith(".") and kind.startswith(one)) for one in EXEMPT)


def entry_kind(name: str) -> Entity:
    """A kind of entry as the rules see it: in its family."""
    return Entity(Uid("EntryKind", name), {}, frozenset({Uid("EntryFamily", name.partition(".")[0])}))


def parties_rule(adopted: Policies) -> str:
    """The rule that lets parties record whatever the adopted rules do not keep to some of them, as Cedar text."""
    kept = sorted({uid for rule in adopted.rules for uid in _kept(rule)})
    return (
        f"@id({quoted(PARTIES_RECORD)})\n"
        '@because("A party to the record says what no adopted rule bars or keeps to others; the record itself decides the rest.")\n'
        '@source("Comity: what a record is for")\n'
        '@needs("being a party to the record")\n'
        'permit (principal in Standing::"party", action == Action::"record", resource)'
        + (f"\nunless {{ ({among(kept)}) && !({among(map(named, EXEMPT))}) }};\n" if kept else ";\n")
    )


def named(pattern: str) -> Uid:
    """The kind, or (with a dot at its end) the family of kinds, that a word such as `party.leave` or `key.` means."""
    return Uid("EntryFamily", pattern[:-1]) if pattern.endswith(".") else Uid("EntryKind", pattern)


def among(uids: Iterable[Uid]) -> str:
    """That the resource is among kinds or families of kinds, in Cedar, whose sets hold one type each."""
    by_type: dict[str, list[str]] = {}
    for uid in uids:
        by_type.setdefault(uid.type, []).append(f"{uid.type}::{quoted(uid.id)}")
    return " || ".join(f"resource in [{', '.join(names)}]" for names in by_type.values())


def _kept(rule: Rule) -> Iterator[Uid]:
    """The kinds and families that a rule keeps to those whom it permits."""
    scope = rule.tree.resource
    if rule.cited.effect == "permit" and not isinstance(scope, (pst.ScopeAny, pst.ScopeIs)):
        assert isinstance(scope.entity, pst.EntityUid)
        uid = uid_of(scope.entity)
        if uid.type in ("EntryKind", "EntryFamily"):
            yield uid


def keepers(adopted: Policies, kind: str) -> tuple[RuleCited, ...]:
    """The adopted rules that keep a kind of entry to those whom they permit."""
    meant = {entry_kind(kind).uid, *entry_kind(kind).parents}
    return () if is_exempt(kind) else tuple(r.cited for r in adopted.rules if not meant.isdisjoint(_kept(r)))


@dataclass(frozen=True, eq=False)
class Recording:
    """The adopted rules about entries; `sees` are the types of what they ask whether a partner is in."""

    policies: Policies
    sees: frozenset[str]


@lru_cache(maxsize=64)
def recording(adopted: tuple[tuple[str, str], ...]) -> Recording | None:
    """What rules adopted as (name, text) say about entries; None when they say nothing."""
    rules = Policies.parse({f"{ADOPTED}{name}": text for name, text in adopted})
    about = rules.of_action("record")
    if not about:
        return None
    policies = Policies(about, rules.texts).beside(Policies.parse({"record.cedar": parties_rule(rules)}))
    seen = Reads.of(policies).parts["principal"]
    sees = {uid.type for uid in seen.named}
    if "states" in seen.attributes or seen.identity:
        sees |= {"State", "Team", "Agreement", "Standing"}
    return Recording(policies, frozenset(sees))


def guard(partner_on: PartnerOn) -> Guard:
    """Refuses an entry that the adopted rules bar to its author, and names the rule."""

    def bar(state: State, entry: Entry) -> None:
        adopted = state.section(SECTION)
        # Nearly every entry of nearly every record ends here.
        if not adopted or deciding_body(entry) is not None or is_exempt(entry.kind):
            return
        rules = recording(tuple((name, adopted[name]["text"]) for name in sorted(adopted)))
        if rules is None:
            return
        who = partner_on(state, entry.author, entry.at, rules.sees)
        states = who.attributes["states"]
        assert isinstance(states, frozenset)
        try:
            answer = _decider(rules, who.uid.id, states, who.parents, entry.kind).decide_all(
                (Question(who.uid.id, "record", entry.kind, entry.at),)
            )[0]
        except PolicyError as error:
            raise Refused(str(error)) from None
        if not answer.allowed:
            raise Refused(_said(entry, answer, keepers(rules.policies, entry.kind)))

    return bar


@lru_cache(maxsize=4096)
def _decider(rules: Recording, who: str, states: frozenset[Uid], parents: frozenset[Uid], kind: str) -> Decider:
    facts = Facts.of([Entity(Uid("Partner", who), {"states": states}, parents), entry_kind(kind)])
    # Each entry has a time of its own: what was said of the times before is worth little.
    return Decider(rules.policies, facts, remembered=1000)


def _said(entry: Entry, answer: Answer, keeping: tuple[RuleCited, ...]) -> str:
    """Why the entry is refused: the rules that forbid it, or those that keep its kind to others."""
    rules = "; ".join(
        f"{r.id!r} ({r.file.removeprefix(ADOPTED)}, SHA-256 {r.digest[:12]}): {r.because}"
        for r in answer.because or keeping
    )
    barred = f"bar {entry.kind} to" if answer.because else f"keep {entry.kind} to others than"
    return f"the adopted rules {barred} {entry.author}: {rules}"
