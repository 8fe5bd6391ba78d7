"""Counts a vote by a rule, and says why it passed or failed, what is missing, and who could change it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from comity.governance.voting_rules import (
    AllOf,
    AnyOf,
    Consensus,
    Counting,
    Criterion,
    Majority,
    Member,
    Opposition,
    Quorum,
    Veto,
    VotingRule,
    exact,
    measures,
    silence_of,
    span,
)
from comity.governance.voting_words import criterion_words, needed_words, number, quorum_words, share_words
from comity.model.problems import nearest

Choice = Literal["yes", "no", "abstain"]
CHOICES: tuple[Choice, ...] = ("yes", "no", "abstain")
Outcome = Literal["passed", "failed", "no quorum", "open"]


class VotingError(ValueError):
    """A vote that cannot be counted: an unknown member, a missing weight; says what would be right."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one criterion came out; `met` is None while a period of silence still runs."""

    words: str
    met: bool | None
    said: str
    have: Fraction | None = None
    needed: Fraction | None = None
    of: Fraction | None = None
    missing: Fraction = Fraction(0)
    parts: tuple[Finding, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, numbers as text."""
        numbers = {n: getattr(self, n) for n in ("have", "needed", "of", "missing")}
        exact_texts = {n: None if v is None else number(v).replace(",", "") for n, v in numbers.items()}
        return {
            "words": self.words,
            "met": self.met,
            "said": self.said,
            **exact_texts,
            "parts": [p.to_json() for p in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """Who voted how. `silent` are present without a vote; `suspended` members have none, whatever they sent."""

    yes: tuple[Member, ...]
    no: tuple[Member, ...]
    abstain: tuple[Member, ...]
    silent: tuple[Member, ...]
    absent: tuple[Member, ...]
    suspended: tuple[Member, ...]

    @property
    def voting(self) -> tuple[Member, ...]:
        return self.yes + self.no + self.abstain + self.silent + self.absent

    @property
    def present(self) -> tuple[Member, ...]:
        return self.yes + self.no + self.abstain + self.silent


@dataclass(frozen=True, slots=True)
class Result:
    """How a vote came out, and why.

    `alone` could each change the outcome by themselves: by voting in favour of what failed, or against what passed.
    `enough` is one set of members that together would, none of whom can be spared; empty when nobody could.
    `ends` is when the period of silence has run.
    """

    outcome: Outcome
    reason: str
    criterion: Finding
    quorum: tuple[Finding, ...]
    tally: Tally
    alone: tuple[str, ...]
    enough: tuple[str, ...]
    ends: datetime | None = None

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        votes = {n: [m.id for m in getattr(self.tally, n)] for n in self.tally.__slots__}
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "criterion": self.criterion.to_json(),
            "quorum": [q.to_json() for q in self.quorum],
            "votes": votes,
            "could_change_alone": [*self.alone],
            "could_change_together": [*self.enough],
            "silence_ends": None if self.ends is None else self.ends.isoformat(),
        }


def count(
    rule: VotingRule,
    members: Iterable[Member],
    ballots: Mapping[str, Choice],
    *,
    arrears: Collection[str] = (),
    present: Collection[str] | None = None,
    chair: str | None = None,
    opened: datetime | None = None,
    at: datetime | None = None,
) -> Result:
    """Whether a decision passes, and why.

    - `members`: all that the rule asks, such as a programme's participating states; with the weights it weighs by.
    - `ballots`: by member; who has none did not vote.
    - `arrears`: members whose arrears exceed what the rule allows (`in_arrears`); ignored by a rule without arrears.
    - `present`: who is in the room; by default, who sent a ballot.
    - `chair`: the member whose vote decides a tie, where the rule says so.
    - `opened`, `at`: when silence began and the moment asked about; without them a period of silence has not run.

    VotingError for a ballot of no member, a choice that is none, or a weight that is missing.
    """
    everyone = tuple(members)
    _check(rule, everyone, ballots, (*arrears, *(present or ()), *((chair,) if chair else ())))
    suspended = frozenset(arrears) if rule.arrears is not None else frozenset()
    asked = _Asked(rule, chair, opened, at)
    tally = tally_of(everyone, ballots, suspended, present)
    outcome, criterion, quorum = asked.judge(tally)
    silence = silence_of(rule)
    ends = opened + silence if opened is not None and silence is not None else None
    alone, enough = _who_could_change(asked, tally, outcome)
    return Result(outcome, _reason(outcome, criterion, quorum, tally), criterion, quorum, tally, alone, enough, ends)


def tally_of(
    members: Sequence[Member],
    ballots: Mapping[str, Choice],
    suspended: Collection[str] = (),
    present: Collection[str] | None = None,
) -> Tally:
    """Who voted how, in the order of the members."""
    here = set(ballots) if present is None else set(present) | set(ballots)
    groups: dict[str, list[Member]] = {n: [] for n in Tally.__slots__}
    for member in members:
        group = ballots.get(member.id, "silent" if member.id in here else "absent")
        groups["suspended" if member.id in suspended else group].append(member)
    return Tally(**{name: tuple(group) for name, group in groups.items()})


def in_arrears(rule: VotingRule, owed: Mapping[str, Decimal], due: Mapping[str, Sequence[Decimal]]) -> tuple[str, ...]:
    """The members whose arrears suspend their vote, in the order of `owed`.

    `owed` is what is unpaid; `due` the contributions by financial year, the current one first. A member passes the limit
    when it owes more than fell due in the years that the rule names.
    """
    if rule.arrears is None:
        return ()
    years = rule.arrears.years
    return tuple(m for m, unpaid in owed.items() if unpaid > sum(due.get(m, ())[:years], Decimal(0)))


# --- judging ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rule with what it is asked about besides ballots."""

    rule: VotingRule
    chair: str | None
    opened: datetime | None
    at: datetime | None

    def judge(self, tally: Tally) -> tuple[Outcome, Finding, tuple[Finding, ...]]:
        quorum = tuple(_quorum(q, tally) for q in self.rule.quorum)
        criterion = self._find(self.rule.needs, tally)
        if not all(q.met for q in quorum):
            return "no quorum", criterion, quorum
        outcomes: dict[bool | None, Outcome] = {True: "passed", False: "failed", None: "open"}
        return outcomes[criterion.met], criterion, quorum

    def _find(self, criterion: Criterion, tally: Tally) -> Finding:
        if isinstance(criterion, AllOf):
            inner = tuple(self._find(c, tally) for c in criterion.all)
            met = False if any(f.met is False for f in inner) else None if any(f.met is None for f in inner) else True
            return _joined(criterion, met, inner)
        if isinstance(criterion, AnyOf):
            inner = tuple(self._find(c, tally) for c in criterion.any)
            met = True if any(f.met for f in inner) else None if any(f.met is None for f in inner) else False
            return _joined(criterion, met, inner)
        if isinstance(criterion, Majority):
            return _majority(criterion, tally, self.chair)
        if isinstance(criterion, Opposition):
            return _opposition(criterion, tally)
        return _veto(criterion, tally) if isinstance(criterion, Veto) else self._consensus(criterion, tally)

    def _consensus(self, criterion: Consensus, tally: Tally) -> Finding:
        words = criterion_words(criterion)
        if tally.no:
            return Finding(words, False, f"{_listed(tally.no)} object{'s' if len(tally.no) == 1 else ''}")
        if criterion.silence is None:
            return Finding(words, True, "nobody objects")
        if self.opened is None or self.at is None:
            return Finding(words, None, f"nobody objects so far; silence of {criterion.silence} must run")
        ends = self.opened + span(criterion.silence)
        if self.at < ends:
            return Finding(words, None, f"nobody objects so far; silence runs until {ends:%Y-%m-%d %H:%M %Z}")
        return Finding(words, True, f"nobody objected until {ends:%Y-%m-%d %H:%M %Z}")


def _joined(criterion: Criterion, met: bool | None, inner: tuple[Finding, ...]) -> Finding:
    # What is said is what decides: for `all` the parts that are not met, for `any` the parts that are.
    wanted = True if isinstance(criterion, AnyOf) and met else False if met is False else met
    telling = [f for f in inner if f.met is wanted] or [*inner]
    return Finding(criterion_words(criterion), met, "; ".join(f.said for f in telling), parts=inner)


def _majority(majority: Majority, tally: Tally, chair: str | None) -> Finding:
    cast = tally.yes + tally.no + (tally.abstain if majority.abstentions == "count as no" else ())
    counted = {"members": tally.voting, "present": tally.present, "cast": cast}[majority.of]
    have, of = _sum(tally.yes, majority.weight), _sum(counted, majority.weight)
    needed, met = _threshold(majority, have, of)
    met = met and have > 0
    said = f"{_amount(have, of, majority.weight)} in favour, {_needed(majority, needed, of)}"
    if majority.casting_vote and have * 2 == of and chair is not None:
        met = any(m.id == chair for m in tally.yes)
        said += f"; the chair ({chair}) decides the tie {'in favour' if met else 'against'}"
    missing = Fraction(0) if met else max(needed - have, Fraction(0))
    return Finding(criterion_words(majority), met, said + _short(missing, majority), have, needed, of, missing)


def _quorum(quorum: Quorum, tally: Tally) -> Finding:
    have, of = _sum(tally.present, quorum.weight), _sum(tally.voting, quorum.weight)
    needed, met = _threshold(quorum, have, of)
    missing = Fraction(0) if met else max(needed - have, Fraction(0))
    said = f"{_amount(have, of, quorum.weight)} present, {_needed(quorum, needed, of)}{_short(missing, quorum)}"
    return Finding(f"quorum: {quorum_words(quorum)}", met, said, have, needed, of, missing)


def _threshold(counting: Counting, have: Fraction, of: Fraction) -> tuple[Fraction, bool]:
    """What is needed (for heads, the whole number of them), and whether it is there."""
    limit = exact(counting.share) * of if counting.share is not None else exact(counting.number or "0")
    met = have > limit if counting.more_than else have >= limit
    if counting.weight is None:
        floor = Fraction(limit.numerator // limit.denominator)
        limit = floor + 1 if counting.more_than or floor != limit else floor
    return limit, met


def _opposition(criterion: Opposition, tally: Tally) -> Finding:
    against = tally.no
    if criterion.who == "not in favour":
        against = tally.no + tally.abstain + tally.silent + tally.absent
    have, limit = _sum(against, criterion.weight), exact(criterion.fewer_than)
    met = have < limit
    who = "against" if criterion.who == "no" else "not in favour"
    said = f"{number(have)}{f' of {criterion.weight}' if criterion.weight else ''} {who}, {number(limit)} would block"
    return Finding(criterion_words(criterion), met, said, have, limit, _sum(tally.voting, criterion.weight))


def _veto(veto: Veto, tally: Tally) -> Finding:
    holders = set(veto.holders)
    bar = tally.no if veto.abstention == "passes" else tally.no + tally.abstain + tally.silent + tally.absent
    barring = tuple(m for m in bar if m.id in holders)
    said = f"barred by {_listed(barring)}" if barring else "no veto"
    return Finding(criterion_words(veto), not barring, said)


# --- who could change it ---------------------------------------------------------------------------------------------


def _who_could_change(asked: _Asked, tally: Tally, outcome: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who alone, and one set of members who together, by turning their votes."""
    undo = outcome in ("passed", "open")
    movers = tally.yes + tally.silent + tally.abstain + tally.absent if undo else _not_in_favour(tally)
    movers = tuple(m for m in tally.voting if m in movers) if undo else movers

    def changed(turned: Collection[Member]) -> bool:
        to = asked.judge(_turn(tally, turned, "no" if undo else "yes"))[0]
        return to == "failed" if undo else to in ("passed", "open")

    alone = tuple(m.id for m in movers if changed((m,)))
    if alone:
        return alone, alone[:1]
    return (), _enough(movers, changed, measures(asked.rule))


def _enough(
    movers: Sequence[Member], changed: Callable[[Collection[Member]], bool], by: Sequence[str]
) -> tuple[str, ...]:
    """The heaviest until it changes, then without those that can be spared, the lightest first."""
    ordered = sorted(movers, key=lambda m: (*(-m.weight(w) for w in by), m.id))
    taken: list[Member] = []
    for member in ordered:
        taken.append(member)
        if changed(taken):
            break
    else:
        return ()
    for member in reversed(tuple(taken)):
        fewer = [m for m in taken if m is not member]
        if fewer and changed(fewer):
            taken = fewer
    return tuple(m.id for m in taken)


def _turn(tally: Tally, turned: Collection[Member], to: Literal["yes", "no"]) -> Tally:
    ids = {m.id for m in turned}
    left = {n: tuple(m for m in getattr(tally, n) if m.id not in ids) for n in Tally.__slots__}
    return replace(Tally(**left), **{to: left[to] + tuple(turned)})


def _not_in_favour(tally: Tally) -> tuple[Member, ...]:
    return tally.no + tally.abstain + tally.silent + tally.absent


# --- words and checks ------------------------------------------------------------------------------------------------


def _reason(outcome: Outcome, criterion: Finding, quorum: Sequence[Finding], tally: Tally) -> str:
    said = criterion.said
    if outcome == "no quorum":
        said = "; ".join(q.said for q in quorum if not q.met)
    if tally.suspended:
        said += f"; {_listed(tally.suspended)} without a vote for arrears"
    return f"{outcome}: {said}"


def _sum(members: Iterable[Member], measure: str | None) -> Fraction:
    return sum((m.weight(measure) for m in members), Fraction(0))


def _amount(have: Fraction, of: Fraction, measure: str | None) -> str:
    if measure is None:
        return f"{number(have)} of {number(of)}"
    part = f" ({_percent(have, of)})" if of else ""
    return f"{number(have)} of {number(of)} {measure}{part}"


def _percent(have: Fraction, of: Fraction) -> str:
    # Cut, not rounded: 64.996 % must not be read as the 65 % that it misses.
    hundredths = have * 10000 // of
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _needed(counting: Counting, needed: Fraction, of: Fraction) -> str:
    if counting.share is None:
        return f"{needed_words(counting)} needed"
    if exact(counting.share) == 1:
        return f"all {number(of)} needed" if counting.weight is None else "all needed"
    more = "more than " if counting.more_than else ""
    if counting.weight is not None:
        return f"{more}{share_words(counting.share)} needed"
    return f"{more}{share_words(counting.share)} of {number(of)} needed ({number(needed)})"


def _short(missing: Fraction, counting: Counting) -> str:
    if not missing:
        return ""
    return f": {number(missing)}{f' of {counting.weight}' if counting.weight else ''} missing"


def _listed(members: Sequence[Member]) -> str:
    return ", ".join(m.called for m in members)


def _check(rule: VotingRule, members: Sequence[Member], ballots: Mapping[str, Choice], named: Iterable[str]) -> None:
    known = [m.id for m in members]
    if len(set(known)) != len(known):
        raise VotingError(f"{next(i for i in known if known.count(i) > 1)!r} is a member twice; each votes once")
    for member in (*ballots, *named):
        if member not in set(known):
            hint = nearest(member, known)
            raise VotingError(f"{member!r} is no member with a vote here" + (f"; {hint}" if hint else ""))
    for member, choice in ballots.items():
        if choice not in CHOICES:
            raise VotingError(f"{member!r} votes {choice!r}; a vote is yes, no or abstain")
    for measure in measures(rule):
        without = [m.id for m in members if measure not in m.weights]
        if without:
            raise VotingError(f"{', '.join(without)}: no weight by {measure}, which the rule weighs by")
