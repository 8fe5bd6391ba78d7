"""What a record says of its partners, agreements and suspensions, as facts and rules of policy.

Engines do not know each other's insides: here what governance holds (who is bound by what, who is suspended) becomes what
policy asks about (who is in which team and agreement, what may pass to whom, which data are whose).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from comity.governance import mandates, seats
from comity.governance.agreements import Standing, data_policies, parties_at, standing
from comity.governance.agreements.terms import DataPolicy, Export, Responsibilities
from comity.model.programme import Programme
from comity.model.yaml_tree import parse
from comity.policy import (
    Entity,
    Grant,
    OnRecord,
    Uid,
    dataset,
    entry_kind,
    is_among,
    licences_in_force,
    partner,
    policies_in_force,
)
from comity.policy.recording import SUSPENDED_RECORD, among, keepers, named
from comity.record import State
from comity.record.programme import BLOCKS, FILES

AGREEMENTS, PARTIES = "agreements", "parties"
ALL_TYPES = frozenset({"State", "Team", "Agreement", "Standing"})


def on_record(state: State, at: datetime, programme: Programme, kinds: Iterable[str]) -> OnRecord:
    """What a record adds to its programme's rules and facts at a moment; `kinds` are the kinds of entries that there are."""
    known = tuple(dict.fromkeys((*programme.partners, *state.section(PARTIES))))
    bound = in_force(state, at)
    teams = {uid: who for now in bound.values() for uid, who in _teams(now, programme)}
    out = seats.suspended(state, at)
    return OnRecord(
        adopted=policies_in_force(state),
        licences=licences_in_force(state, at),
        standing={
            name: tuple(_grants(bound[name], programme)) if name in bound else ()
            for name in sorted(state.section(AGREEMENTS))
        },
        rules={"standing.cedar": suspended_rule()},
        within={
            p: _with(partner_on(state, p, at, ALL_TYPES), (uid for uid in teams if p in teams[uid])) for p in known
        },
        facts=tuple(_facts(bound, programme, out, kinds)),
        opens={
            name: policy.proprietary_period.after
            for now in bound.values()
            for name, _, policy in data_sets(now)
            if policy.proprietary_period is not None
        },
    )


def in_force(state: State, at: datetime) -> Mapping[str, Standing]:
    """The agreements on the record that bind somebody at a moment."""
    found = ((name, standing(state, name, at)) for name in sorted(state.section(AGREEMENTS)))
    return {name: now for name, now in found if now is not None}


def about(state: State, at: datetime, action: str, what: str) -> tuple[str, str]:
    """What a word means on a record, and what there is to know besides: a class of data by its clause, a kind by its mandates."""
    if action == "read":
        sets = [one for now in in_force(state, at).values() for one in data_sets(now)]
        for name, clause, policy in sets:
            if what == name or (what == policy.data and sum(p.data == what for *_, p in sets) == 1):
                after = f", open {policy.proprietary_period} after they were made" if policy.proprietary_period else ""
                return name, f"by clause {clause} of {name.partition(':')[0]} these data are {policy.access}{after}"
    if action == "record":
        kept = [f"{r.id} ({r.because})" for r in keepers(policies_in_force(state), what)]
        asked = [m for _, m in sorted(state.section(mandates.SECTION).items()) if m["kind"] == what]
        bodies = [f"about {m['about']} a decision of {m['body']} (kind {m['decision']})" for m in asked]
        notes = (("it is kept to those whom these rules permit", kept), ("the charter asks for it", bodies))
        return what, "; ".join(f"{note}: {', '.join(said)}" for note, said in notes if said)
    return what, ""


# --- partners ----------------------------------------------------------------------------------------------------------------


def partner_on(state: State, id: str, at: datetime, sees: frozenset[str]) -> Entity:
    """A partner as the record itself knows it at a moment, without its programme being whole.

    The states are those of its block in the programme's files; the teams are the bodies that it is a member of and
    `record`, the parties; `sees` are the types of what it is in that matter.
    """
    above = set[Uid]()
    if "Standing" in sees or "Team" in sees:
        party = state.get(PARTIES, id)
        if party is not None and not party.get("left"):
            above |= {Uid("Standing", "party"), Uid("Team", "record")}
        if id in seats.suspended(state, at):
            above.add(Uid("Standing", "suspended"))
    if "Team" in sees:
        bodies = state.section(seats.SECTION)
        above |= {Uid("Team", name) for name in bodies if id in seats.body_on(state, name).names}
    if "Agreement" in sees:
        agreements = state.section(AGREEMENTS)
        above |= {Uid("Agreement", name) for name in agreements if id in parties_at(state, name, at)}
    return partner(id, states=_states(state, id, frozenset()) if "State" in sees else (), parents=above)


def _states(state: State, id: str, seen: frozenset[str]) -> frozenset[str]:
    """The states under whose law a partner works, from its block; as `Programme.states` has them."""
    said = next(
        (_block(text) for path in state.section(FILES) if (text := state.get(BLOCKS, f"{path}#partners/{id}"))), {}
    ).get(id)
    if not isinstance(said, dict):
        return frozenset()
    own = {s for s in (*_texts(said.get("member_states")), said.get("country")) if isinstance(s, str)}
    members = (m for m in _texts(said.get("members")) if m != id and m not in seen)
    return frozenset(own).union(*(_states(state, m, seen | {id}) for m in members))


@lru_cache(maxsize=512)
def _block(text: str) -> dict[str, Any]:
    tree, errors = parse(text, "")
    plain = tree.plain() if tree is not None and not errors else None
    return plain if isinstance(plain, dict) else {}


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, (list, tuple)) else []


def _with(entity: Entity, teams: Iterable[Uid]) -> Entity:
    return Entity(entity.uid, entity.attributes, entity.parents | frozenset(teams))


def suspended_rule() -> str:
    """That a suspended partner records only what `seats.STILL` leaves it, as Cedar text."""
    return (
        f'@id("{SUSPENDED_RECORD}")\n'
        '@because("Who is suspended says nothing on the record but what defends it, keeps its keys, or leaves.")\n'
        '@source("Comity: what a suspension is; the decision of a body on the record")\n'
        '@needs("reinstatement, by a decision of the body that suspended it")\n'
        'forbid (principal in Standing::"suspended", action == Action::"record", resource)\n'
        f"unless {{ {among(map(named, seats.STILL))} }};\n"
    )


# --- agreements ------------------------------------------------------------------------------------------------------------------


def _grants(now: Standing, programme: Programme) -> Iterator[Grant]:
    """What the export clauses of an agreement let pass between partners of the programme."""
    for clause, terms in now.agreement.of(Export):
        for grant in terms.grants:
            givers = _partners(now, programme, grant.giver or now.parties)
            receivers = _partners(now, programme, grant.receiver or now.parties)
            classes = tuple(t for t in grant.technologies if t in programme.technologies)
            if givers and receivers and classes:
                heading = now.agreement.agreement
                article = clause.article or clause.title
                yield Grant(
                    agreement=now.agreement.id,
                    clause=clause.id,
                    givers=givers,
                    receivers=receivers,
                    classes=classes,
                    since=now.version_since,
                    because=f"{heading.title} covers it ({article}), in force since {now.since:%Y-%m-%d}.",
                    source=f"agreement {now.agreement.id}, version {heading.version}, SHA-256 {now.digest}",
                )


def _partners(now: Standing, programme: Programme, parties: Iterable[str]) -> tuple[str, ...]:
    """The partners of the programme that parties are: themselves or the agency they act through; or else by their states."""
    names = set[str]()
    for party in parties:
        if party in now.parties:
            who = now.agreement.parties[party]
            own = {p for p in (party, who.acts_through) if p in programme.partners}
            names |= own or set(who.states)
    return tuple(p for p in programme.partners if p in names or is_among(programme, names, p))


def data_sets(now: Standing) -> Iterator[tuple[str, str, DataPolicy]]:
    """(name, clause, policy) of each class of data that an agreement speaks of."""
    for clause, policy in data_policies(now.agreement):
        yield f"{now.agreement.id}: {policy.data}", clause, policy


def _teams(now: Standing, programme: Programme) -> Iterator[tuple[Uid, tuple[str, ...]]]:
    """Who shares each class of data."""
    for name, _, policy in data_sets(now):
        yield Uid("Team", name), _partners(now, programme, policy.holders or now.parties)


def _facts(
    bound: Mapping[str, Standing], programme: Programme, out: frozenset[str], kinds: Iterable[str]
) -> Iterator[Entity]:
    """The classes of data that agreements speak of, the kinds of entries, and the record with its parties."""
    for now in bound.values():
        for name, _, policy in data_sets(now):
            closed = policy.access == "restricted"
            # What becomes open after a period is proprietary until then, whoever has it first.
            shared = "proprietary" if policy.proprietary_period is not None else "partners"
            yield dataset(
                name,
                access=shared if closed or policy.access == "partners" else policy.access,
                owner=_owner(now, programme, policy, out),
                team=name,
                restriction="security" if closed else None,
                cleared=name if closed else None,
            )
    yield from map(entry_kind, sorted(kinds))
    host = Uid("Partner", next(iter(programme.partners)))
    yield Entity(Uid("Record", programme.programme.id), {"programme": Uid("Team", "record"), "host": host})


def _owner(now: Standing, programme: Programme, policy: DataPolicy, out: frozenset[str]) -> str:
    """Who provides what the data come from; or else the first of those who have them. None that is suspended, if it can be."""
    having = [p for p in policy.holders or now.parties if p in now.parties] or [*now.parties]
    roles = (role for _, terms in now.agreement.of(Responsibilities) for role in terms.roles)
    providing = [r.party for r in roles if r.role == "provide" and r.element == policy.element and r.party in having]
    able = [p for party in (*providing, *having) for p in _partners(now, programme, (party,))] or having
    return next((p for p in able if p not in out), able[0])
