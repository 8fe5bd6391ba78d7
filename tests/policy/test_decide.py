from __future__ import annotations

from datetime import UTC, datetime

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.policy import (
    Facts,
    Policies,
    PolicyError,
    Question,
    cannot,
    dataset,
    decide,
    decide_all,
    partner,
    shipped,
    who_can,
)
from comity.policy.catalogue import listed_entities
from comity.policy.decide import request
from tests.policy.strategies import START, facts, questions

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LISTED = Facts.of(listed_entities())


def cedars_own(policies: Policies, known: Facts, question: Question) -> tuple[bool, set[str]]:
    """What cedarpy says of one question, asked plainly, with nothing remembered."""
    entities = known.handle_with([known.about(question.action, question.what)])
    result = cedarpy.is_authorized(request(known, question), policies.handle, entities)
    return result.allowed, set(result.diagnostics.id_annotations_by_reason.values())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_batch_gets_cedars_own_answers(data: st.DataObject) -> None:
    known = data.draw(facts())
    asked = data.draw(st.lists(questions(known), min_size=1, max_size=60))
    for question, answer in zip(asked, decide_all(shipped(), known, asked), strict=True):
        allowed, reasons = cedars_own(shipped(), known, question)
        assert (answer.allowed, {r.id for r in answer.because}) == (allowed, reasons), question


ODD_RULES = Policies.parse(
    {
        "odd.cedar": """
@id("exact-time") @because("x") @source("x")
permit (principal, action == Action::"view", resource) when { context == context && principal in resource.programme };
@id("owners-owner") @because("x") @source("x")
permit (principal, action == Action::"read", resource is Dataset) when { resource.owner.states == principal.states };
@id("one-by-name") @because("x") @source("x")
permit (principal == Partner::"jaxa", action == Action::"read", resource == Dataset::"d3");
@id("some-by-name") @because("x") @source("x")
permit (principal, action == Action::"read", resource is Dataset)
when { [Dataset::"d1", Dataset::"d2"].contains(resource) && context.at != datetime("2026-01-01") };
@id("state-gives") @because("x") @source("x")
permit (principal, action == Action::"transfer", resource)
when { principal.states.containsAny(context.receiver.states) || context.receiver == Partner::"esa" };
@id("late") @because("x") @source("x")
forbid (principal, action, resource) when { context.at > datetime("2026-01-02T00:00:00Z") };
@id("date-itself") @because("x") @source("x")
permit (principal, action == Action::"read", resource is Dataset)
when { resource has public_from && resource.public_from == datetime("2026-01-01") };
"""
    }
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_rules_read_is_told_apart(data: st.DataObject) -> None:
    known = data.draw(facts())
    asked = data.draw(st.lists(questions(known), min_size=1, max_size=60))
    for question, answer in zip(asked, decide_all(ODD_RULES, known, asked), strict=True):
        allowed, reasons = cedars_own(ODD_RULES, known, question)
        assert (answer.allowed, {r.id for r in answer.because}) == (allowed, reasons), question


def transfer(who: str, what: str, to: str, at: datetime = NOW, purpose: str = "programme") -> Question:
    return Question(who, "transfer", what, at, purpose, to)


@pytest.mark.parametrize(
    ("question", "allowed", "rules"),
    [
        # 22 CFR 126.1(d)(1) names China; Public Law 112-10 section 1340 of April 2011 binds NASA.
        (transfer("nasa", "USML XV", "cnsa"), False, {"us-arms-embargo", "us-wolf"}),
        (transfer("nasa", "not listed", "cnsa", datetime(2011, 4, 14, tzinfo=UTC)), True, {"transfer-not-listed"}),
        (transfer("nasa", "not listed", "cnsa", datetime(2011, 4, 15, tzinfo=UTC)), False, {"us-wolf"}),
        (transfer("cnsa", "not listed", "nasa"), False, {"us-wolf-reverse"}),
        # 86 FR 14802: policy of denial towards Russia from 18 March 2021, but for government space cooperation.
        (transfer("nasa", "USML XV", "roscosmos", NOW, "commercial"), False, {"us-arms-embargo-russia"}),
        (transfer("nasa", "USML XV", "roscosmos", datetime(2021, 3, 17, tzinfo=UTC), "commercial"), False, set()),
        (transfer("nasa", "USML XV", "roscosmos"), False, set()),
        (transfer("nasa", "USML XV", "noaa"), True, {"transfer-within"}),
        (transfer("jaxa", "EAR 9A515.a", "esa"), True, {"transfer-uncontrolled-giver"}),
        (transfer("csa", "MTCR I production", "jaxa"), False, {"mtcr-category-one-production"}),
        # India is an MTCR partner, but not among those listed: its items need a licence all the same.
        (transfer("isro", "MTCR I systems", "kasa"), False, set()),
        (transfer("jaxa", "not listed", "csa", NOW, "weapons"), False, {"purpose-weapons"}),
    ],
)
def test_the_lists_decide_as_their_text_says(question: Question, allowed: bool, rules: set[str]) -> None:
    answer = decide(shipped(), LISTED, question)
    assert answer.allowed is allowed
    deciding = {r.id for r in answer.because}
    assert rules == deciding if not allowed else rules <= deciding


def test_no_rule_no_permission_and_the_answer_says_what_is_missing() -> None:
    answer = decide(shipped(), LISTED, transfer("nasa", "USML XV", "jaxa"))
    assert (answer.allowed, answer.because) == (False, ())
    assert any("licence" in need for need in answer.missing)


def shared(**other: object) -> Facts:
    given = {"access": "proprietary", "owner": "nasa", "team": "miri", "public_from": START, **other}
    data = dataset("data", **given)  # type: ignore[arg-type]
    return Facts.of([data, partner("nasa"), partner("esa", teams=["miri"]), partner("jaxa")])


def may_read(known: Facts, who: str, at: datetime) -> bool:
    return decide(shipped(), known, Question(who, "read", "data", at)).allowed


def test_a_proprietary_period_ends_at_its_date() -> None:
    before, after = START.replace(year=2025), START
    assert [may_read(shared(), who, before) for who in ("nasa", "esa", "jaxa")] == [True, True, False]
    assert [may_read(shared(), who, after) for who in ("nasa", "esa", "jaxa")] == [True, True, True]


def test_a_restriction_holds_against_the_team_and_against_openness() -> None:
    known = shared(access="open", restriction="security", cleared="safety-board")
    assert [may_read(known, who, NOW) for who in ("nasa", "esa", "jaxa")] == [True, False, False]


def test_partners_only_data_never_become_public() -> None:
    assert [may_read(shared(access="partners"), who, NOW) for who in ("nasa", "esa", "jaxa")] == [True, True, False]


def test_who_can_see_this_and_what_can_a_partner_not_see() -> None:
    known, before = shared(), START.replace(year=2025)
    can = {s.question.who for s in who_can(shipped(), known, "read", "data", before) if s.answer.allowed}
    assert can == {"nasa", "esa"}
    assert [s.question.what for s in cannot(shipped(), known, "jaxa", "read", before)] == ["data"]
    assert cannot(shipped(), known, "jaxa", "read", START) == ()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("nsa", "read", "data", NOW), "there is no partner 'nsa'; did you mean 'nasa'?"),
        (Question("nasa", "reed", "data", NOW), "there is no action 'reed'; did you mean 'read'?"),
        (Question("nasa", "read", "date", NOW), "there is no dataset 'date'; did you mean 'data'?"),
        (Question("nasa", "read", "data", NOW, "sience"), "there is no purpose 'sience'; did you mean 'science'?"),
        (Question("nasa", "read", "data", NOW, to="esa"), "only a transfer, is to somebody"),
        (Question("nasa", "read", "data", datetime(2026, 1, 1)), "has a time zone"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(question: Question, said: str) -> None:
    with pytest.raises(PolicyError, match=said.replace("?", r"\?")):
        decide(shipped(), shared(), question)


def test_an_unknown_kind_of_access_is_refused() -> None:
    with pytest.raises(PolicyError, match="access 'opn' is not known; did you mean 'open'"):
        shared(access="opn")


def test_all_errors_of_a_rules_text_come_at_once_with_their_lines() -> None:
    text = """// a comment; with a semicolon
@id("a") @because("says; so") @source("s")
permit (principal, action == Action::"read", resource is Dataset)
when { resource.acess == "open" };
@id("b") permit (principal, action == Action::"reed", resource);
permt (principal, action, resource);
@id("a") @because("x") @source("s") permit (principal, action, resource) when { context.at > 3 };
"""
    with pytest.raises(PolicyError) as caught:
        Policies.parse({"rules.cedar": text})
    lines = [(p.file, p.line) for p in caught.value.problems]
    assert {line for _, line in lines} == {4, 5, 6, 7}
    said = str(caught.value)
    for part in ("`acess`", "no @because", "reed", "invalid policy effect: permt", "stands already in rules.cedar:2"):
        assert part in said


def test_every_shipped_rule_says_why_and_where_from() -> None:
    assert len(shipped().rules) > 15
    for rule in shipped().rules:
        assert rule.cited.because.endswith(".") and rule.cited.source and rule.cited.line > 0
