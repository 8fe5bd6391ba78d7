from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest

from comity.bundled import bundled
from comity.model import read
from comity.model.calendar import Month
from comity.model.programme import Programme
from comity.model.rules import Agreement
from comity.policy import (
    Description,
    Licence,
    PolicyError,
    Question,
    crossings,
    decide,
    decide_all,
    programme_facts,
    programme_policies,
    transfers,
    world,
)

_read: dict[str, Programme] = {}


def bundled_programme(name: str) -> Programme:
    if name not in _read:
        programme = read(bundled()[name]).programme
        assert programme is not None
        _read[name] = programme
    return _read[name]


def first_day(month: Month) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


# --- what the format says of export rules (docs/reference/programme-format.md), read plainly ---------------------------------


def party(p: Programme, agreement: Agreement, partner: str) -> bool:
    who, parties = p.partners[partner], agreement.parties
    return bool(
        partner in parties
        or who.country in parties
        or (who.member_states and set(who.member_states) <= set(parties))
        or (who.members and all(party(p, agreement, m) for m in who.members))
        or (who.return_to and party(p, agreement, who.return_to))
    )


def named(p: Programme, listed: tuple[str, ...], partner: str) -> bool:
    return "*" in listed or partner in listed or bool(p.states(partner) & set(listed))


def plain_bars(p: Programme, technology: str, giver: str, receiver: str) -> dict[str, tuple[object, ...]]:
    if giver == receiver or (p.states(giver) and p.states(giver) == p.states(receiver)):
        return {}
    found: dict[str, tuple[object, ...]] = {}
    for rule in p.export_control.values():
        if not {"*", technology} & set(rule.technologies):
            continue
        if not named(p, rule.giver, giver) or not named(p, rule.receiver, receiver):
            continue
        if named(p, rule.except_receiver, receiver):
            continue
        lifting = (p.agreements[name] for name in rule.unless)
        found[rule.id] = tuple(
            (a.in_force_from, a.in_force_until)
            for a in lifting
            if (not a.permits or technology in a.permits) and party(p, a, giver) and party(p, a, receiver)
        )
    return found


@pytest.mark.parametrize("name", sorted(bundled()))
def test_the_rules_bar_what_the_programme_says(name: str) -> None:
    p = bundled_programme(name)
    pairs = [(a, b) for a in p.partners for b in p.partners]
    for technology in p.technologies if len(pairs) < 1000 else random.Random(name).sample([*p.technologies], 4):
        for giver, receiver in pairs:
            found = transfers(p).bars(technology, giver, receiver)
            assert list(found.items()) == list(plain_bars(p, technology, giver, receiver).items())


@pytest.mark.parametrize("name", sorted(bundled()))
def test_the_months_that_the_planner_is_told_are_those_that_cedar_decides(name: str) -> None:
    p = bundled_programme(name)
    draw, policies, facts = random.Random(name), programme_policies(p), programme_facts(p)
    asked, told = [], []
    edges = {a.in_force_from for a in p.agreements.values()} | {Month.of(1990), Month.of(2050)}
    edges |= {a.in_force_until for a in p.agreements.values() if a.in_force_until is not None}
    months = sorted({m.plus(n) for m in edges for n in (-1, 0, 1)})
    for _ in range(300):
        technology, month = draw.choice([*p.technologies]), draw.choice(months)
        giver, receiver = draw.choice([*p.partners]), draw.choice([*p.partners])
        bars = transfers(p).bars(technology, giver, receiver)
        lifted = [any(a <= month and (b is None or month <= b) for a, b in spans) for spans in bars.values()]
        told.append(all(lifted))
        asked.append(Question(giver, "transfer", technology, first_day(month), to=receiver))
    assert [a.allowed for a in decide_all(policies, facts, asked)] == told
    assert set(told) == {True, False} or name == "ska"


def test_programmes_that_share_their_rules_share_what_was_worked_out() -> None:
    iss = bundled_programme("iss")
    assert transfers(iss) is transfers(iss.model_copy())
    freer = iss.model_copy(update={"export_control": {}})
    assert transfers(freer) is not transfers(iss)
    assert transfers(freer).bars("docking", "nasa", "roscosmos") == {}


def test_the_station_agreements_let_docking_pass_from_their_month_on() -> None:
    iss = bundled_programme("iss")
    for at, allowed, rule in (
        (datetime(1993, 12, 31, tzinfo=UTC), False, "itar-station"),
        (datetime(1994, 1, 1, tzinfo=UTC), True, "agreement interim-1994"),
    ):
        question = Question("nasa", "transfer", "docking", at, to="roscosmos")
        answer = decide(programme_policies(iss), programme_facts(iss), question)
        assert answer.allowed is allowed
        assert rule in {r.id for r in answer.because}


def licence(**other: object) -> Licence:
    given = {
        "id": "TAA-1",
        "authority": "DDTC",
        "givers": ["nasa"],
        "receivers": ["isro"],
        "classes": ["docking", "USML XV"],
        "valid_from": date(2025, 1, 1),
        "valid_until": date(2026, 12, 31),
        "source": "case 1",
        **other,
    }
    return Licence.model_validate(given)


def asked_of_isro(at: datetime, purpose: str = "programme", **other: object) -> tuple[bool, set[str]]:
    described = Description.model_validate({"licences": {"TAA-1": licence(**other)}})
    rules, facts = world(bundled_programme("iss"), described)
    answer = decide(rules, facts, Question("nasa", "transfer", "docking", at, purpose, "isro"))
    return answer.allowed, {r.id for r in answer.because}


def test_a_licence_lifts_what_an_agreement_could_on_its_days_only() -> None:
    assert asked_of_isro(datetime(2024, 12, 31, 23, tzinfo=UTC)) == (False, {"itar-station"})
    assert asked_of_isro(datetime(2025, 1, 1, tzinfo=UTC)) == (True, {"not-barred", "licence TAA-1"})
    assert asked_of_isro(datetime(2026, 12, 31, 23, tzinfo=UTC))[0]
    assert not asked_of_isro(datetime(2027, 1, 1, tzinfo=UTC))[0]


def test_a_licence_holds_for_its_purposes_and_classes() -> None:
    at = datetime(2025, 6, 1, tzinfo=UTC)
    assert not asked_of_isro(at, "commercial", purposes=["programme"])[0]
    assert asked_of_isro(at, "programme", purposes=["programme"])[0]
    assert not asked_of_isro(at, classes=["power"])[0]


def test_no_licence_lifts_an_embargo() -> None:
    described = Description.model_validate(
        {"licences": {"L": licence(id="L", receivers=["cnsa"], classes=["payload"])}}
    )
    rules, facts = world(bundled_programme("artemis"), described)
    answer = decide(rules, facts, Question("nasa", "transfer", "payload", datetime(2025, 6, 1, tzinfo=UTC), to="cnsa"))
    assert not answer.allowed
    assert [r.id for r in answer.because] == ["wolf"]


def test_without_a_programme_a_licence_permits_by_itself() -> None:
    described = Description.model_validate({"licences": {"TAA-1": licence(provisos=["no production know-how"])}})
    rules, facts = world(None, described)
    answer = decide(rules, facts, Question("nasa", "transfer", "USML XV", datetime(2025, 6, 1, tzinfo=UTC), to="isro"))
    assert answer.allowed
    assert "no production know-how" in answer.because[0].because


def test_an_interface_means_what_crosses_there() -> None:
    iss = bundled_programme("iss")
    assert [c.technology for c in crossings(iss, "core/zarya+unity")] == ["module"]
    assert {c.technology for c in crossings(iss, "core/zarya")} == {"module", "docking"}
    assert [c.technology for c in crossings(bundled_programme("artemis"), "propulsion")] == ["electric-propulsion"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("dockin", "did you mean 'docking'"),
        ("cor/zarya", "did you mean 'core'"),
        ("core/zaria", "did you mean 'zarya'"),
        ("core/zvezda+unity", "no interface"),
    ],
)
def test_what_means_nothing_is_told_with_the_nearest(what: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        crossings(bundled_programme("iss"), what)


def test_text_from_a_programme_cannot_break_out_of_its_rule() -> None:
    evil = 'x"); permit (principal, action, resource); // \\'
    iss = bundled_programme("iss")
    rule = iss.export_control["itar-station"].model_copy(update={"name": evil})
    policies = programme_policies(iss.model_copy(update={"export_control": {"itar-station": rule}}))
    assert policies.by_id["itar-station"].cited.because == evil
    assert len(policies.rules) == len(programme_policies(iss).rules)
