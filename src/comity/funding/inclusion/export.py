"""Whether what is offered may pass: the rules of transfer of a programme, asked for each pair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from comity.funding.inclusion.capacity import Need, Offer
from comity.funding.inclusion.kinds import NEEDS, OFFERS
from comity.funding.inclusion.matching import Bar
from comity.model.programme import Programme
from comity.policy import OnRecord, PolicyError, Question, decide_all, transfers, world
from comity.record import Entry, Guard, Refused, State
from comity.record.programme import FILES, reading_of


def barring_rule(programme: Programme) -> Bar:
    """Names the rule by which an offer's technology may not go to a need's partner in the months that they share.

    A rule that is lifted in all of these months bars nothing. Who is no partner of the programme is not asked about.
    """
    rules = transfers(programme)

    def bar(offer: Offer, need: Need) -> str | None:
        known = programme.partners
        if offer.technology is None or offer.giver not in known or need.taker not in known:
            return None
        first, last = max(offer.start, need.start), min(offer.until, need.until)
        for rule, lifted in sorted(rules.bars(offer.technology, offer.giver, need.taker).items()):
            if not any(since <= first and (until is None or last <= until) for since, until in lifted):
                return rule
        return None

    return bar


#: What a record adds to a programme's rules at a moment; the last are the kinds of entries that there are.
Adds = Callable[[State, datetime, Programme, Iterable[str]], OnRecord]


def accepting_guard(adds: Adds) -> Guard:
    """Bars `capacity.accept` where a rule of transfer does, by all that holds on the record at the entry's time.

    It is asked on the first and the last day of each month that the offer and the need share. A record without a programme
    bars nothing; with a broken one nothing can be asked, and what hands on technology is refused.
    """

    def guard(state: State, entry: Entry) -> None:
        if entry.kind != "capacity.accept":
            return
        given, wanted = (_document(state, entry, what) for what in ("offer", "need"))
        if given is None or wanted is None or not given.get("technology") or not state.section(FILES):
            return  # what is not there the kind itself refuses
        offer, need = Offer.model_validate(given), Need.model_validate(wanted)
        programme = reading_of(state, called="the record").programme
        if programme is None:
            raise Refused(
                "the programme on this record has problems, so its export rules cannot be asked; mend it first"
            )
        if not {offer.giver, need.taker} <= programme.partners.keys():
            return  # as for `barring_rule`
        rules, facts = world(programme, on_record=adds(state, entry.at, programme, ()))
        questions = [
            Question(offer.giver, "transfer", str(offer.technology), at, to=need.taker) for at in _days(offer, need)
        ]
        try:
            answers = decide_all(rules, facts, questions)
        except PolicyError as error:
            raise Refused(f"the export rules cannot be asked: {error}") from None
        for question, answer in zip(questions, answers, strict=True):
            if not answer.allowed:
                why = ", ".join(rule.id for rule in answer.because) or "no rule that permits it"
                raise Refused(
                    f"{offer.technology} may not pass from {offer.giver} to {need.taker} on {question.at:%Y-%m-%d}: {why}"
                )

    return guard


def _document(state: State, entry: Entry, what: str) -> Mapping[str, Any] | None:
    name = entry.body.get(what)
    value = state.get({"offer": OFFERS, "need": NEEDS}[what], name) if isinstance(name, str) else None
    return value["document"] if value else None


def _days(offer: Offer, need: Need) -> Iterator[datetime]:
    """The first and the last day of each month that both share."""
    month, last = max(offer.start, need.start), min(offer.until, need.until)
    while month <= last:
        following = month.plus(1)
        yield datetime(month.year, month.month, 1, tzinfo=UTC)
        yield datetime(following.year, following.month, 1, tzinfo=UTC) - timedelta(days=1)
        month = following
