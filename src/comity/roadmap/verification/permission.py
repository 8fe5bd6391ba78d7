"""Who may do what: capabilities, treaties, export control, and who takes part."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from comity.model.calendar import Month
from comity.model.missions import Interface
from comity.model.programme import POOL
from comity.model.rules import Agreement, ExportRule
from comity.roadmap.verification.examined import Built, Examined
from comity.roadmap.verification.violation import Violation


def capability(x: Examined) -> Iterator[Violation]:
    """`capability`: some worker, or a member of it, masters each technology required."""
    for b in x.built:
        for technology, needed in b.element.requires.items():
            masters = (
                x.programme.partners[member].capabilities.get(technology)
                for worker in b.workers
                for member in _with_members(x, worker)
            )
            if not any(level is not None and level.reaches(needed) for level in masters):
                levels = (("TRL", needed.trl), ("heritage", needed.heritage))
                wanted = ", ".join(f"{name} {level}" for name, level in levels if level) or "any level"
                who = ", ".join(b.workers)
                yield Violation("capability", b.where, f"none of {who} masters {technology} at {wanted}")


def _with_members(x: Examined, partner: str) -> list[str]:
    found, queue = [], [partner]
    while queue:
        who = queue.pop()
        if who not in found and who in x.programme.partners:
            found.append(who)
            queue.extend(x.programme.partners[who].members)
    return found


def treaty(x: Examined) -> Iterator[Violation]:
    """`treaty`: workers and payers are party to what the mission requires, in the month when the element starts."""
    for b in x.built:
        for name in b.mission.requires_treaties:
            parties = x.programme.treaties[name].parties
            joined = {who for who, since in parties.items() if since <= b.start}
            for partner in sorted({*b.workers, *b.payers} - {POOL}):
                if not _is_party(x, partner, joined):
                    yield Violation("treaty", b.where, f"{partner} is not party to {name} in {b.start}")


def _is_party(x: Examined, partner: str, joined: Collection[str], seen: frozenset[str] = frozenset()) -> bool:
    """By id, by country, by all member states, or (a consortium) by all members."""
    who = x.programme.partners[partner]
    if partner in joined or (who.country is not None and who.country in joined):
        return True
    if who.member_states and all(state in joined for state in who.member_states):
        return True
    members = [m for m in who.members if m in x.programme.partners and m not in seen]
    return bool(members) and all(_is_party(x, m, joined, seen | {partner}) for m in members)


def export_control(x: Examined) -> Iterator[Violation]:
    """`export_control`: nothing listed crosses an interface, unless under an agreement in force."""
    for mission_id in x.missions:
        for interface in x.programme.missions[mission_id].interfaces:
            one, other = (x.by_key.get(x.programme.element(mission_id, end)) for end in interface.between)
            if one is None or other is None:
                continue
            ways = [(one, other)] if interface.flow == "forward" else [(one, other), (other, one)]
            for giving, receiving in ways:
                yield from _transfer(x, interface, giving, receiving)


def _transfer(x: Examined, interface: Interface, giving: Built, receiving: Built) -> Iterator[Violation]:
    for giver in giving.workers:
        for receiver in receiving.workers:
            for name, rule in x.programme.export_control.items():
                if _bars(x, rule, interface.technology, giver, receiver) and not _lifted(
                    x, rule, interface.technology, (giver, receiver), (giving.start, receiving.start)
                ):
                    unless = f" without {' or '.join(rule.unless)} in force" if rule.unless else ""
                    yield Violation(
                        "export_control",
                        f"{giving.where} to {receiving.where}",
                        f"{interface.technology} may not pass from {giver} to {receiver} by rule {name}{unless}",
                    )


def _bars(x: Examined, rule: ExportRule, technology: str, giver: str, receiver: str) -> bool:
    if giver == receiver or (x.states[giver] and x.states[giver] == x.states[receiver]):
        return False
    return (
        _named(rule.technologies, {technology})
        and _named(rule.giver, {giver, *x.states[giver]})
        and _named(rule.receiver, {receiver, *x.states[receiver]})
        and not {receiver, *x.states[receiver]} & set(rule.except_receiver)
    )


def _named(listed: Collection[str], names: set[str]) -> bool:
    return "*" in listed or any(name in names for name in listed)


def _lifted(
    x: Examined, rule: ExportRule, technology: str, partners: tuple[str, str], starts: tuple[Month, Month]
) -> bool:
    agreements: Mapping[str, Agreement] = x.programme.agreements
    for name in rule.unless:
        agreement = agreements[name]
        if agreement.permits and technology not in agreement.permits:
            continue
        if any(month < agreement.in_force_from for month in starts):
            continue
        if agreement.in_force_until is not None and any(month > agreement.in_force_until for month in starts):
            continue
        if all(any(_is_party(x, p, agreement.parties) for p in x.home[partner]) for partner in partners):
            return True
    return False


def coalition(x: Examined) -> Iterator[Violation]:
    """`coalition`: workers, payers and barter partners are members, or hired; only members have means."""
    if x.plan.coalition is None:
        return
    for unknown in sorted(set(x.plan.coalition) - set(x.programme.partners)):
        yield Violation("coalition", unknown, "the programme has no such partner")
    for b in x.built:
        for partner in sorted({*b.workers, *b.payers} - {POOL}):
            if not x.takes_part(partner):
                yield Violation("coalition", b.where, f"{partner} works on it or pays for it, but does not take part")
        for facility in b.option.uses:
            terms = x.programme.facilities[facility]
            if terms.settlement == "barter" and terms.price is not None and not x.takes_part(terms.owner):
                message = f"{facility} is bartered with {terms.owner}, who does not take part"
                yield Violation("coalition", b.where, message)
