"""A programme's export control and agreements as rules that people read and Cedar decides by.

There is no other interpretation of them on the planner's side: what the planner may let cross an interface it asks of
these rules (`transfers.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from comity.model.base import Sourced, rests_on
from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.model.rules import Agreement, ExportRule
from comity.policy.facts import Entity, Facts, Uid
from comity.policy.grants import Grant, grant_condition, grant_rules
from comity.policy.language import Policies, quoted
from comity.policy.licences import Licence, licence_condition, licence_rules

NOT_BARRED = "not-barred"
#: By agreement that stands on a record, what it lets pass; nothing when it is not in force.
GrantsOnRecord = Mapping[str, tuple[Grant, ...]]
NOTHING: GrantsOnRecord = MappingProxyType({})


def programme_rules(
    programme: Programme, *, licences: Iterable[Licence] = (), standing: GrantsOnRecord = NOTHING
) -> str:
    """The rules of transfer that a programme states, as Cedar text.

    Each entry of `export_control` forbids; each agreement that lifts it is an `unless` of its own, with its dates. A
    licence lifts what an agreement could; what no agreement lifts (an embargo) no licence does either. Of an agreement
    that stands on a record (`standing`), what it grants there holds in place of what the programme says of it.
    """
    granted = tuple(licences)
    name = programme.programme.name
    head = f"// The rules of transfer of {' '.join(name.split())}, made from its export_control and agreements."
    text = [head, "", _not_barred(programme)]
    text += [_covering(programme, a) for a in programme.agreements.values() if a.id not in standing]
    text += [rule for grants in standing.values() for rule in grant_rules(grants)]
    text += [_forbidding(programme, rule, granted, standing) for rule in programme.export_control.values()]
    text.append(licence_rules(granted))
    return "\n".join(text).rstrip() + "\n"


def programme_policies(programme: Programme, *, licences: Iterable[Licence] = ()) -> Policies:
    """The same, read. PolicyError when a name in it cannot stand in a rule."""
    return Policies.parse({f"{programme.programme.id}.cedar": programme_rules(programme, licences=licences)})


def programme_facts(programme: Programme, *, licences: Iterable[Licence] = ()) -> Facts:
    """Who is who in a programme: partners in their states, agreements and team, classes in what permits them."""
    return Facts.of(programme_entities(programme, licences=licences))


def programme_entities(programme: Programme, *, licences: Iterable[Licence] = ()) -> Iterator[Entity]:
    """The same, entity by entity."""
    granted, team = tuple(licences), Uid("Team", programme.programme.id)
    for id in programme.partners:
        states = frozenset(Uid("State", s) for s in programme.states(id))
        agreements = {Uid("Agreement", a.id) for a in programme.agreements.values() if is_party(programme, a, id)}
        yield Entity(Uid("Partner", id), {"states": states}, states | agreements | {team})
    for id in programme.technologies:
        permitting = {Uid("Agreement", a.id) for a in programme.agreements.values() if not a.permits or id in a.permits}
        covered = {Uid("Licence", one.id) for one in granted if id in one.classes}
        yield Entity(Uid("Class", id), {}, frozenset(permitting | covered))


def is_party(programme: Programme, agreement: Agreement, partner: str) -> bool:
    """Is a partner party to an agreement?"""
    return is_among(programme, agreement.parties, partner)


def is_among(programme: Programme, parties: Collection[str], partner: str) -> bool:
    """Is a partner among parties: itself, by its country, by all member states or members, or by whom it works for?"""
    who = programme.partners[partner]
    return (
        partner in parties
        or (who.country is not None and who.country in parties)
        or bool(who.member_states and all(s in parties for s in who.member_states))
        or bool(who.members and all(is_among(programme, parties, m) for m in who.members if m != partner))
        or (who.return_to is not None and is_among(programme, parties, who.return_to))
    )


def first_day(month: Month) -> str:
    """The first day of a month as Cedar writes it."""
    return f"{month}-01"


def _not_barred(programme: Programme) -> str:
    return (
        f"@id({quoted(NOT_BARRED)})\n"
        '@because("No export rule of the programme bars it.")\n'
        f"@source({quoted(f'programme {programme.programme.id}: its export_control bars what it names; the rest may pass')})\n"
        'permit (principal, action == Action::"transfer", resource);\n'
    )


def _covering(programme: Programme, agreement: Agreement) -> str:
    """That an agreement covers a transfer: `not-barred` permits it as well, but the answer then names the agreement."""
    because = f"{agreement.name} covers it, in force from {agreement.in_force_from}{_until(agreement)}."
    return (
        f"@id({quoted(f'agreement {agreement.id}')})\n"
        f"@because({quoted(because)})\n"
        f"@source({quoted(_provenance(programme, agreement))})\n"
        'permit (principal, action == Action::"transfer", resource)\n'
        f"when {{ {_under(agreement)} }};\n"
    )


def _forbidding(programme: Programme, rule: ExportRule, licences: tuple[Licence, ...], standing: GrantsOnRecord) -> str:
    lifting = [programme.agreements[name] for name in rule.unless]
    lines = [
        f"@id({quoted(rule.id)})",
        f"@because({quoted(rule.name)})",
        f"@source({quoted(_provenance(programme, rule))})",
    ]
    if lifting:
        said = ", or ".join(f"{a.name} ({_when(a, standing)})" for a in lifting)
        lines.append(
            f"@needs({quoted(f'an agreement that covers it, in force between the two: {said}; or a licence')})"
        )
    lines.append('forbid (principal, action == Action::"transfer", resource)')
    conditions = [
        *_technologies(rule),
        *_who(programme, "principal", rule.giver),
        *_who(programme, "context.receiver", rule.receiver),
    ]
    if conditions:
        lines.append(f"when {{ {' && '.join(conditions)} }}")
    lines.append("unless { principal == context.receiver }")
    lines.append("unless { principal.states == context.receiver.states && !principal.states.isEmpty() }")
    lines += [f"unless {{ {c} }}" for c in _who(programme, "context.receiver", rule.except_receiver)]
    lines += [f"unless {{ {_under(a)} }}" for a in lifting if a.id not in standing]
    lines += [f"unless {{ {grant_condition(g)} }}" for a in lifting for g in standing.get(a.id, ())]
    if lifting:
        lines += [f"unless {{ {licence_condition(licence)} }}" for licence in licences]
    return "\n".join(lines) + ";\n"


def _technologies(rule: ExportRule) -> Iterator[str]:
    if "*" not in rule.technologies:
        yield f"resource in [{', '.join(f'Class::{quoted(t)}' for t in rule.technologies)}]"


def _who(programme: Programme, whose: str, listed: tuple[str, ...]) -> Iterator[str]:
    """That a partner is among those listed by id or by state; nothing to ask for `*`."""
    if not listed or "*" in listed:
        return
    states = {s for id in programme.partners for s in programme.states(id)}
    partners = [f"Partner::{quoted(n)}" for n in listed if n in programme.partners]
    under = [f"State::{quoted(n)}" for n in listed if n not in programme.partners or n in states]
    asked = [f"{whose} in [{', '.join(names)}]" for names in (under, partners) if names]
    yield asked[0] if len(asked) == 1 else f"({' || '.join(asked)})"


def _under(agreement: Agreement) -> str:
    name = f"Agreement::{quoted(agreement.id)}"
    asked = [
        f"principal in {name} && context.receiver in {name} && resource in {name}",
        f'context.at >= datetime("{first_day(agreement.in_force_from)}")',
    ]
    if agreement.in_force_until is not None:
        asked.append(f'context.at < datetime("{first_day(agreement.in_force_until.plus(1))}")')
    return "\n  && ".join(asked)


def _when(agreement: Agreement, standing: GrantsOnRecord) -> str:
    if agreement.id in standing:
        return "as it stands on the record" if standing[agreement.id] else "which on the record lets nothing pass now"
    return f"from {agreement.in_force_from}{_until(agreement)}"


def _until(agreement: Agreement) -> str:
    return f" to {agreement.in_force_until}" if agreement.in_force_until is not None else " on"


def _provenance(programme: Programme, stated: Sourced) -> str:
    """Where it comes from: the text as it stands, and the names of the documents that it cites."""
    for kind, given in (("", stated.source), ("estimate: ", stated.estimate)):
        if given is not None:
            text = given if isinstance(given, str) else "; ".join(given.values())
            cited = [f"{id}: {programme.sources[id].name}" for id in rests_on(text, programme.sources)]
            return kind + text + (f" [{'; '.join(cited)}]" if cited else "")
    return "the programme itself, which names no document"
