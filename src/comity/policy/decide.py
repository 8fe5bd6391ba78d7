"""Decides questions: Cedar decides one of each class of questions that the rules cannot tell apart, once.

Which parts of a question the rules read is known from their syntax (`reads.py`); what was decided for one question
holds for all that agree in those parts. That is exact, and is what makes a batch fast.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import cedarpy

from comity.model.problems import nearest
from comity.policy.answer import Answer, RuleCited
from comity.policy.errors import PolicyError
from comity.policy.facts import Attribute, Facts, Uid, cedar_time, json_value, milliseconds
from comity.policy.language import Policies
from comity.policy.question import PURPOSES, Question
from comity.policy.reads import Reads, related_to

#: How many classes of questions are remembered before all are forgotten.
_REMEMBERED = 1_000_000
_Key = tuple[object, ...]


def decide(policies: Policies, facts: Facts, question: Question) -> Answer:
    """May it be done, and by which rules? PolicyError when the question names what the facts do not know."""
    return decide_all(policies, facts, (question,))[0]


def decide_all(policies: Policies, facts: Facts, questions: Sequence[Question]) -> list[Answer]:
    """The answers to many questions, in their order; equal to asking one by one, and much faster."""
    return decider(policies, facts).decide_all(questions)


class Decider:
    """Rules and facts, and what was decided by them so far; all is forgotten after so many (`remembered`)."""

    def __init__(self, policies: Policies, facts: Facts, *, remembered: int = _REMEMBERED) -> None:
        self.policies, self.facts, self._remembered = policies, facts, remembered
        self._reads = Reads.of(policies)
        self._thresholds = sorted(self._reads.thresholds)
        self._answers = dict[_Key, Answer]()
        #: By action and resource: its class, the class of what the principal is compared with, and its dates.
        self._abouts = dict[tuple[str, str], tuple[int, int, tuple[int | None, ...]]]()
        #: By principal and the class of what it is compared with; by principal and receiver; by time.
        self._standings = dict[tuple[str, int], int]()
        self._pairs = dict[tuple[str, str | None], int]()
        self._moments = dict[datetime, tuple[int, int]]()
        self._numbers = dict[tuple[object, ...], int]()
        self._compared = dict[int, tuple[tuple[str, Attribute | None], ...]]()
        self._looks = dict[str, int]()
        self._related = dict[tuple[str, tuple[str, Attribute | None]], str]()

    def decide_all(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers to many questions, in their order."""
        for memory in (self._answers, self._standings, self._pairs, self._moments):
            if len(memory) > self._remembered:
                memory.clear()
        answers, waiting, new = list[Any](), list[tuple[int, _Key]](), dict[_Key, Question]()
        known, abouts, standings, pairs, moments = (
            self._answers,
            self._abouts,
            self._standings,
            self._pairs,
            self._moments,
        )
        purposes = self._reads.purpose
        for place, q in enumerate(questions):
            number, compared, dates = abouts.get((q.action, q.what)) or self._about(q)
            moment = moments.get(q.at) or self._moment(q.at)
            key: _Key = (
                number,
                standings.get((q.who, compared)) or self._standing(q.who, compared),
                pairs.get((q.who, q.to)) or self._pair(q.who, q.to),
                q.purpose if purposes else q.purpose in PURPOSES,
                moment[1],
            )
            if dates:
                ms = moment[0]
                key += tuple([None if d is None else (ms > d) - (ms < d) for d in dates])
            answer = known.get(key)
            answers.append(answer)
            if answer is None:
                new.setdefault(key, q)
                waiting.append((place, key))
        if new:
            known.update(zip(new, self._asked(new.values()), strict=True))
            for place, key in waiting:
                answers[place] = known[key]
        return answers

    def _number(self, *signature: object) -> int:
        """A number for all that look the same; never 0."""
        return self._numbers.setdefault(signature, len(self._numbers) + 1)

    def _about(self, q: Question) -> tuple[int, int, tuple[int | None, ...]]:
        entity, reads = self.facts.about(q.action, q.what), self._reads
        signature = reads.parts["resource"].signature(entity, self.facts)
        parts = tuple((op, entity.attributes.get(name)) for op, name in sorted(reads.relations))
        compared = self._number("compared", parts)
        self._compared[compared] = parts
        found = (self._number("about", q.action, signature), compared, reads.dates_of(entity))
        self._abouts[q.action, q.what] = found
        return found

    def _standing(self, who: str, compared: int) -> int:
        looks = self._looks.get(who)
        if looks is None:
            entity = self.facts.known("Partner", who)
            looks = self._looks[who] = self._number(
                "looks", self._reads.parts["principal"].signature(entity, self.facts)
            )
        related = []
        for part in self._compared[compared]:
            stands = self._related.get((who, part))
            if stands is None:
                stands = self._related[who, part] = related_to(Uid("Partner", who), part, self.facts)
            related.append(stands)
        found = self._standings[who, compared] = self._number("standing", looks, *related)
        return found

    def _pair(self, who: str, to: str | None) -> int:
        signature: tuple[object, ...] = ()
        if to is not None:
            receiver = self.facts.known("Partner", to)
            signature = (
                self._reads.parts["receiver"].signature(receiver, self.facts),
                who == to and self._reads.meeting,
            )
        found = self._pairs[who, to] = self._number("pair", to is None, signature)
        return found

    def _moment(self, at: datetime) -> tuple[int, int]:
        """The time in milliseconds, and a number that is the same for all times which the rules cannot tell apart."""
        try:
            ms = milliseconds(at)
        except ValueError as error:
            raise PolicyError(f"the question's time {at}: {error}") from None
        if self._reads.exact_time:
            number = ms
        else:
            place = bisect_left(self._thresholds, ms)
            number = 2 * place + (place < len(self._thresholds) and self._thresholds[place] == ms)
        found = self._moments[at] = (ms, number)
        return found

    def _asked(self, questions: Iterable[Question]) -> list[Answer]:
        """Cedar's own answers."""
        asked = list(questions)
        requests = [request(self.facts, q) for q in asked]
        about = {(q.action, q.what): self.facts.about(q.action, q.what) for q in asked}
        handle = self.facts.handle_with({e.uid: e for e in about.values()}.values())
        results = cedarpy.is_authorized_batch(requests, self.policies.handle, handle)
        return [self._answer(q, result) for q, result in zip(asked, results, strict=True)]

    def _answer(self, question: Question, result: cedarpy.AuthzResult) -> Answer:
        said = result.diagnostics
        if said.errors:
            raise PolicyError(f"a rule cannot be evaluated for {question}: {'; '.join(said.errors)}")
        names = said.id_annotations_by_reason
        because = [self.policies.by_id[names[reason]].cited for reason in said.reasons]
        order = {rule.id: place for place, rule in enumerate(self.policies.rules)}
        because.sort(key=lambda cited: order[cited.id])
        return Answer(result.allowed, tuple(because), () if result.allowed else self._missing(question, because))

    def _missing(self, question: Question, because: list[RuleCited]) -> tuple[str, ...]:
        """What would make it allowed: what the rules that forbid need, or else what any that permits does."""
        permits = [r.cited for r in self.policies.of_action(question.action) if r.cited.effect == "permit"]
        return tuple(dict.fromkeys(cited.needs for cited in because or permits if cited.needs))


@lru_cache(maxsize=16)
def decider(policies: Policies, facts: Facts) -> Decider:
    """The decider of these rules and facts, which remembers."""
    return Decider(policies, facts)


def request(facts: Facts, question: Question) -> dict[str, Any]:
    """A question as Cedar asks it. PolicyError when it names what the facts do not know, or lacks a part."""
    about = facts.about(question.action, question.what)
    who = facts.known("Partner", question.who)
    if question.purpose not in PURPOSES:
        hint = nearest(question.purpose, PURPOSES) or f"known are {', '.join(PURPOSES)}"
        raise PolicyError(f"there is no purpose {question.purpose!r}; {hint}")
    context: dict[str, Any] = {
        "at": {"__extn": {"fn": "datetime", "arg": cedar_time(question.at)}},
        "purpose": question.purpose,
    }
    if (question.action == "transfer") != (question.to is not None):
        raise PolicyError("a transfer, and only a transfer, is to somebody: say to whom (--to PARTNER)")
    if question.to is not None:
        context["receiver"] = json_value(facts.known("Partner", question.to).uid)
    return {
        "principal": who.uid._asdict(),
        "action": Uid("Action", question.action)._asdict(),
        "resource": about.uid._asdict(),
        "context": context,
    }
