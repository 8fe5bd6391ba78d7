"""Who is liable to whom for a mishap: absolutely or by fault, jointly, and what a cross-waiver leaves of it.

After the Convention on International Liability for Damage Caused by Space Objects (1972); the articles are cited with
each step. Between states of which one is not a party to it, Article VII of the Outer Space Treaty is what remains.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Literal

from comity.governance.treaties.launching import Launch, launching_states, persons_of
from comity.governance.treaties.mishap import CrossWaiver, Mishap, Victim
from comity.governance.treaties.organisations import name_of, organisations
from comity.governance.treaties.standing import status_of
from comity.governance.treaties.table import treaty

Basis = Literal["absolute", "fault", "international law", "none"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One step: the article, and what follows from it here."""

    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claimant may present: against whom, on what basis, until when, and why.

    `liable` are liable together when `joint`; `waived` are those against whom the claim was given up beforehand. The
    Convention sets no ceiling: `capped` is always False under it (Art. XII). `proven` says whether a claim by fault
    rests on fault that is known. An empty `liable` means no claim, for the reasons given.
    """

    claimant: str
    harm: str
    liable: tuple[str, ...]
    waived: tuple[str, ...]
    basis: Basis
    joint: bool
    capped: bool
    proven: bool | None
    present_by: date | None
    reasons: tuple[Reason, ...]


def liabilities(launch: Launch, mishap: Mishap, *, cross_waiver: CrossWaiver | None = None) -> tuple[Claim, ...]:
    """Who is liable to whom for a mishap, one claim for each claimant state of each victim.

    Parameters: the launch of the object that did the damage; the mishap; the cross-waiver between partners, if any.
    Raises TreatyError when a launch names nobody.
    """
    return tuple(
        _claim(launch, mishap, victim, claimant, cross_waiver)
        for victim in mishap.victims
        for claimant in persons_of(victim.who, at=mishap.date)
    )


def _states(launch: Launch) -> tuple[str, ...]:
    return tuple(state.who for state in launching_states(launch))


def _claim(launch: Launch, mishap: Mishap, victim: Victim, claimant: str, waiver: CrossWaiver | None) -> Claim:
    first = _states(launch)
    second = _states(mishap.collided_with) if mishap.collided_with is not None else ()
    reasons = [Reason("Liability Convention Art. I(c)", f"launching states: {_named(first)}")]
    if second:
        reasons.append(Reason("Liability Convention Art. I(c)", f"of the other object: {_named(second)}"))
    excluded = _excluded(first, second, victim, claimant)
    if excluded is not None:
        return _none(claimant, victim, [*reasons, excluded])
    against = second if claimant in first else first if claimant in second else (*first, *second)
    liable = tuple(who for who in dict.fromkeys(against) if who not in victim.invited)
    bound, remaining = _bound(liable, claimant, mishap.date)
    if not bound:
        return _outside(claimant, victim, remaining, reasons, mishap, waiver)
    third = bool(second) and claimant not in (*first, *second)
    basis = _basis(mishap, victim, third, bool(second), reasons)
    if basis == "none":
        return _outside(claimant, victim, bound, reasons, mishap, waiver)
    if remaining:
        reasons.append(
            Reason(
                "Outer Space Treaty Art. VII",
                f"not shown to be parties to the Convention on that day: {_named(remaining)}",
            )
        )
    bound = _by_fault(bound, mishap, reasons) if basis == "fault" else bound
    bound = _exonerated(bound, mishap, victim, reasons) if basis == "absolute" else bound
    left, waived = _waived(bound, claimant, mishap, victim, waiver, reasons)
    left = _with_members(left, mishap.date, reasons)
    if len(left) > 1:
        reasons.append(_jointly(third))
    if not left:
        return Claim(claimant, victim.harm, (), waived, basis, False, False, None, None, tuple(reasons))
    if claimant in organisations():
        reasons.append(Reason("Liability Convention Art. XXII(4)", "a member state that is a party presents the claim"))
    reasons.append(Reason("Liability Convention Art. XII", "full reparation, without a ceiling"))
    until = _term(mishap)
    reasons.append(Reason("Liability Convention Art. IX and X", f"through diplomatic channels, until {until}"))
    proven = None if basis != "fault" else bool(set(mishap.fault) & {w for who in bound for w in _aliases(who)})
    return Claim(claimant, victim.harm, left, waived, basis, len(left) > 1, False, proven, until, tuple(reasons))


def _excluded(first: tuple[str, ...], second: tuple[str, ...], victim: Victim, claimant: str) -> Reason | None:
    if claimant in first and (not second or claimant in second):
        return Reason(
            "Liability Convention Art. VII(a)", f"{name_of(claimant)} is itself a launching state of the object"
        )
    if victim.participating:
        return Reason("Liability Convention Art. VII(b)", "it took part in the operation of the space object")
    if victim.invited and set(first) <= set(victim.invited):
        return Reason("Liability Convention Art. VII(b)", "it was near the launch or recovery by invitation")
    return None


def _bound(liable: tuple[str, ...], claimant: str, at: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those between whom and the claimant the Convention is in force, and the others."""
    convention = treaty("liability_convention")
    if status_of(claimant, convention, at=at).standing != "bound":
        return (), liable
    bound = tuple(w for w in liable if status_of(w, convention, at=at).standing == "bound")
    return bound, tuple(w for w in liable if w not in bound)


def _basis(mishap: Mishap, victim: Victim, third: bool, collision: bool, reasons: list[Reason]) -> Basis:
    if mishap.place != "space":
        place = "on the surface of the Earth" if mishap.place == "surface" else "to aircraft in flight"
        article = "Art. IV(1)(a)" if third else "Art. II"
        reasons.append(Reason(f"Liability Convention {article}", f"damage {place}: liability is absolute"))
        return "absolute"
    if victim.on_board is None and not collision:
        reasons.append(
            Reason("Liability Convention Art. III", "elsewhere it covers only space objects and what is on board")
        )
        return "none"
    article = "Art. IV(1)(b)" if third else "Art. III"
    reasons.append(Reason(f"Liability Convention {article}", "damage in space: liable only by fault"))
    return "fault"


def _aliases(who: str) -> tuple[str, ...]:
    """A state and its agencies: fault may be told of either."""
    return (who, *(o.id for o in organisations().values() if o.state == who))


def _by_fault(bound: tuple[str, ...], mishap: Mishap, reasons: list[Reason]) -> tuple[str, ...]:
    at_fault = tuple(who for who in bound if set(_aliases(who)) & set(mishap.fault))
    if not mishap.fault:
        reasons.append(Reason("Liability Convention Art. III", "no fault is known yet: the claimant has to show it"))
    elif at_fault:
        reasons.append(Reason("Liability Convention Art. III", f"at fault: {_named(at_fault)}"))
    else:
        reasons.append(
            Reason("Liability Convention Art. III", f"at fault is {_named(mishap.fault)}, none of the liable")
        )
        return ()
    return bound


def _exonerated(bound: tuple[str, ...], mishap: Mishap, victim: Victim, reasons: list[Reason]) -> tuple[str, ...]:
    if not victim.negligent:
        return bound
    if mishap.unlawful:
        reasons.append(
            Reason("Liability Convention Art. VI(2)", "no exoneration: the activity was against international law")
        )
        return bound
    extent = "wholly" if victim.negligent == "whole" else "to the extent established"
    reasons.append(
        Reason(
            "Liability Convention Art. VI(1)", f"exonerated {extent}: gross negligence or intent on the claimant's side"
        )
    )
    return () if victim.negligent == "whole" else bound


def _waived(
    liable: tuple[str, ...],
    claimant: str,
    mishap: Mishap,
    victim: Victim,
    waiver: CrossWaiver | None,
    reasons: list[Reason],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Against whom the claim remains, and against whom it was waived."""
    if waiver is None:
        return liable, ()
    partners = tuple(who for who in liable if waiver.binds(who, at=mishap.date))
    if not waiver.binds(claimant, at=mishap.date) or not partners:
        reasons.append(Reason(waiver.article, "does not apply: claimant and liable are not both parties to it"))
        return liable, ()
    if not (mishap.in_protected_operations and victim.protected):
        reasons.append(Reason(waiver.article, "does not apply: not both sides were in the operations that it protects"))
        return liable, ()
    cases: list[tuple[bool, str, str]] = [
        (victim.harm == "person", "natural_person", "a natural person's claim for injury or death is not waived"),
        (mishap.intellectual_property, "intellectual_property", "claims over intellectual property are not waived"),
    ]
    for applies, exception, text in cases:
        if applies and exception in waiver.exceptions:
            reasons.append(Reason(waiver.exceptions[exception], text))
            return liable, ()
    kept: list[str] = []
    for who in partners:
        named = set(_aliases(who))
        if named & set(mishap.wilful) and "wilful_misconduct" in waiver.exceptions:
            kept.append(who)
            reasons.append(Reason(waiver.exceptions["wilful_misconduct"], f"wilful misconduct: {name_of(who)}"))
        elif named & set(mishap.no_flow_down) and "no_flow_down" in waiver.exceptions:
            kept.append(who)
            reasons.append(
                Reason(waiver.exceptions["no_flow_down"], f"{name_of(who)} did not extend the waiver to its entities")
            )
    waived = tuple(who for who in partners if who not in kept)
    if waived:
        reasons.append(Reason(waiver.article, f"claims waived against {_named(waived)}"))
    return tuple(who for who in liable if who not in waived), waived


def _with_members(liable: tuple[str, ...], at: date, reasons: list[Reason]) -> tuple[str, ...]:
    """With an organisation its members that are parties are liable too, after it."""
    convention, found = treaty("liability_convention"), list(liable)
    for who in liable:
        body = organisations().get(who)
        if body is None:
            continue
        members = [m for m in body.states(at) if status_of(m, convention, at=at).standing == "bound"]
        found += [m for m in members if m not in found]
        reasons.append(
            Reason(
                "Liability Convention Art. XXII(3)",
                f"{name_of(who)} first, and if unpaid for six months its {len(members)} members that are parties",
            )
        )
    return tuple(found)


def _jointly(third: bool) -> Reason:
    article = "Art. IV and V" if third else "Art. V"
    return Reason(f"Liability Convention {article}", "jointly and severally; who paid may claim from the others")


def _outside(
    claimant: str,
    victim: Victim,
    liable: tuple[str, ...],
    reasons: list[Reason],
    mishap: Mishap,
    waiver: CrossWaiver | None,
) -> Claim:
    """What remains without the Convention: Article VII of the Outer Space Treaty between its parties."""
    space = treaty("outer_space_treaty")
    parties = [w for w in (claimant, *liable) if _in_space_treaty(w, mishap.date)]
    if claimant not in parties:
        why = f"{name_of(claimant)} is party to neither the Liability Convention nor the Outer Space Treaty"
        return _none(claimant, victim, [*reasons, Reason(space.name, why)])
    left = tuple(w for w in liable if w in parties)
    reasons.append(Reason("Outer Space Treaty Art. VII", "the Convention does not settle it; internationally liable"))
    left, waived = _waived(left, claimant, mishap, victim, waiver, reasons)
    basis: Basis = "international law" if left else "none"
    return Claim(claimant, victim.harm, left, waived, basis, len(left) > 1, False, None, None, tuple(reasons))


def _in_space_treaty(who: str, at: date) -> bool:
    body = organisations().get(who)
    members = (who,) if body is None else body.states(at)
    return bool(members) and all(status_of(m, treaty("outer_space_treaty"), at=at).standing == "bound" for m in members)


def _none(claimant: str, victim: Victim, reasons: list[Reason]) -> Claim:
    return Claim(claimant, victim.harm, (), (), "none", False, False, None, None, tuple(reasons))


def _term(mishap: Mishap) -> date:
    """One year after the damage, or after the launching state was identified (Art. X)."""
    known = max(mishap.date, mishap.identified or mishap.date)
    day = min(known.day, calendar.monthrange(known.year + 1, known.month)[1])
    return known.replace(year=known.year + 1, day=day)


def _named(who: tuple[str, ...]) -> str:
    return ", ".join(map(name_of, who)) or "nobody"
