"""Agreements on the record: from a draft to its end, and each entry that the fold must refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.governance.agreements import KINDS, in_force, load, obligations, parties_at, standing
from comity.governance.agreements.document import Agreement
from tests.governance.agreements.documents import FRAME, MEMORANDUM, agreement, changed
from tests.record.makers import Scribe, officers

WHO = ("nasa", "esa", "jaxa", "csa")
#: Drafts have no history yet.
DRAFT = changed(
    MEMORANDUM,
    ("  under: [frame]\n", ""),
    ("  in_force: 2030-03-01\n", ""),
    (", by_reference: frame", ", flow_down: [contractors]"),
)
FRAMEWORK = changed(FRAME, ("  in_force: 2030-01-01\n", ""))


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def scribe() -> Scribe:
    return Scribe({name: officers(name) for name in WHO}, kinds=KINDS)


def propose(scribe: Scribe, value: Agreement, by: str = "nasa", **how: object) -> str | None:
    return scribe.write("agreement.propose", {"document": value.to_record(), "digest": value.digest}, by=by, **how)


def act(scribe: Scribe, what: str, value: Agreement, by: str, **how: object) -> str | None:
    return scribe.write(f"agreement.{what}", {"agreement": value.id, "digest": value.digest}, by=by, **how)


def amend(scribe: Scribe, value: Agreement, by: str = "nasa", **more: object) -> str | None:
    at = more.pop("at", None)
    body = {"agreement": value.id, "document": value.to_record(), "digest": value.digest, **more}
    return scribe.write("agreement.amend", body, by=by, at=at)


def say(scribe: Scribe, what: str, name: str, by: str, at: datetime | None = None, **more: object) -> str | None:
    return scribe.write(f"agreement.{what}", {"agreement": name, **more}, by=by, at=at)


def conclude(scribe: Scribe, text: str = DRAFT, *, start: str = "2030-02-01T12:00:00") -> Agreement:
    """Proposed and signed by all, the last of them on the second day."""
    value = agreement(text)
    assert propose(scribe, value, by=next(iter(value.parties)), at=day(start)) is None
    for n, party in enumerate(value.parties):
        assert act(scribe, "sign", value, party, at=day(start) + timedelta(days=n)) is None
    return value


def test_story_proposed_signed_in_force_withdrawn_from_and_out(scribe: Scribe) -> None:
    value = conclude(scribe)  # the last signature on 2 February, thirty days of delay
    state, name = scribe.state, value.id

    assert not in_force(state, name, day("2030-03-04T11:59:59"))
    assert in_force(state, name, day("2030-03-04T12:00:00"))
    assert parties_at(state, name, day("2030-03-04T12:00:00")) == ("nasa", "esa")
    owed = obligations(state, day("2030-12-31T00:00:00"))
    assert {(o.party, str(o.due)) for o in owed if o.what == "report"} == {
        ("nasa", "2030-09-04"),
        ("esa", "2030-09-04"),
    }

    assert say(scribe, "withdraw", name, "esa", at=day("2031-01-15T09:00:00")) is None

    assert parties_at(state, name, day("2031-07-15T08:59:59")) == ("nasa", "esa")  # six months of notice
    assert parties_at(state, name, day("2031-07-15T09:00:00")) == ()
    assert not in_force(state, name, day("2031-07-15T09:00:00"))  # one party is no agreement
    assert obligations(state, day("2031-07-15T09:00:00")) == ()
    assert scribe.fold.refusals == []


def test_only_a_party_proposes(scribe: Scribe) -> None:
    assert propose(scribe, agreement(DRAFT), by="jaxa") == "jaxa is no party to probe-mou; only a party may propose it"


def test_a_document_whose_digest_is_another_is_refused(scribe: Scribe) -> None:
    value = agreement(DRAFT)
    body = {"document": value.to_record(), "digest": "0" * 64}

    why = scribe.write("agreement.propose", body, by="nasa")

    assert why == f"the digest of the document is {value.digest}, not {'0' * 64}"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda d: d["clauses"][0].pop("text"), "clauses.roles.text: Field required"),
        (lambda d: d["agreement"].update(colour="red"), "agreement.colour: Extra inputs are not permitted"),
        (lambda d: d["clauses"][0]["terms"]["roles"][0].update(party="isro"), "'isro' is no party to 'probe-mou'"),
        (lambda d: d.update(clauses={}), "clauses is a list of maps, each with its id"),
        (lambda d: d["parties"].append(d["parties"][0]), "parties has an id twice"),
    ],
)
def test_a_document_that_is_none_is_refused(scribe: Scribe, spoil, why: str) -> None:
    plain = agreement(DRAFT).to_record()
    spoil(plain)

    said = scribe.write("agreement.propose", {"document": plain, "digest": "0" * 64}, by="nasa")

    assert said is not None and why in said


def test_a_new_version_takes_the_draft_s_place_and_is_signed_anew(scribe: Scribe) -> None:
    old, new = (
        agreement(DRAFT),
        agreement(changed(DRAFT, ("  kind: memorandum\n", "  kind: memorandum\n  version: 2\n"))),
    )
    assert propose(scribe, old) is None
    assert act(scribe, "sign", old, "nasa") is None

    assert propose(scribe, old) == "this very text of probe-mou is on the record already"
    same = agreement(changed(DRAFT, ("text: Each its part.", "text: Each its own part.")))
    assert propose(scribe, same) == "version 1 of probe-mou is not new; the next is 2"
    assert propose(scribe, new, by="esa") is None

    assert act(scribe, "sign", old, "esa") == "version 1 of probe-mou was replaced by a later one; sign that"
    assert act(scribe, "sign", new, "esa") is None
    assert standing(scribe.state, new.id, day("2040-01-01T00:00:00")) is None
    assert act(scribe, "sign", new, "nasa") is None
    assert standing(scribe.state, new.id, day("2040-01-01T00:00:00")).digest == new.digest


def test_nobody_takes_over_another_s_draft(scribe: Scribe) -> None:
    assert propose(scribe, agreement(DRAFT)) is None
    theirs = changed(
        DRAFT,
        ("kind: memorandum\n", "kind: memorandum\n  version: 2\n"),
        ("  nasa: {name: NASA, states: [US]}", "  jaxa: {name: J}"),
        ("party: nasa", "party: jaxa"),
    )

    assert (
        propose(scribe, agreement(theirs), by="jaxa")
        == "jaxa is no party to the draft of probe-mou that this would replace"
    )


def test_signatures_that_do_not_count(scribe: Scribe) -> None:
    value = agreement(DRAFT)
    assert (
        act(scribe, "sign", value, "nasa")
        == "no agreement 'probe-mou' is on the record; agreement.propose puts one there"
    )
    assert propose(scribe, value) is None

    assert (
        act(scribe, "sign", value, "jaxa")
        == "jaxa is no party to probe-mou, and cannot sign it; its parties are nasa, esa"
    )
    wrong = scribe.write("agreement.sign", {"agreement": value.id, "digest": "f" * 64}, by="nasa")
    assert wrong == "no version of probe-mou has the digest ffffffffffff; it must be that of the text proposed"
    assert act(scribe, "sign", value, "nasa") is None
    assert act(scribe, "sign", value, "nasa").startswith("nasa did sign this text of probe-mou at ")
    assert act(scribe, "ratify", value, "nasa") == "probe-mou is concluded by signature and needs no ratification"


def test_a_concluded_agreement_is_amended_not_proposed(scribe: Scribe) -> None:
    conclude(scribe)
    new = agreement(changed(DRAFT, ("kind: memorandum\n", "kind: memorandum\n  version: 2\n")))

    assert propose(scribe, new) == "probe-mou is concluded; agreement.amend changes it"


# --- ratification --------------------------------------------------------------------------------------------------------


def ska(scribe: Scribe) -> tuple[Scribe, Agreement]:
    value = load("ska-convention")
    members = Scribe({name: officers(name) for name in value.parties}, kinds=KINDS)
    assert propose(members, value, by="italy", at=day("2026-03-12T00:00:00")) is None
    for party in value.parties:
        assert act(members, "sign", value, party) is None
    return members, value


def test_the_ska_convention_enters_into_force_as_its_article_19_says(scribe: Scribe) -> None:
    # The Netherlands were the first to ratify, the United Kingdom the last needed, on 16 December 2020; in force on
    # 15 January 2021. Here the same steps some years later, for a record has no past.
    members, value = ska(scribe)
    for party, at in (
        ("netherlands", "2027-08-19"),
        ("portugal", "2027-10-01"),
        ("italy", "2028-02-01"),
        ("australia", "2028-03-01"),
        ("south-africa", "2028-06-01"),
    ):
        assert act(members, "ratify", value, party, at=day(f"{at}T00:00:00")) is None
    late = day("2029-12-31T00:00:00")
    assert not in_force(members.state, value.id, late)  # five have ratified, but the United Kingdom is not among them

    assert act(members, "ratify", value, "uk", at=day("2028-12-16T00:00:00")) is None

    assert not in_force(members.state, value.id, day("2029-01-14T23:59:59"))
    assert in_force(members.state, value.id, day("2029-01-15T00:00:00"))
    assert "china" not in parties_at(members.state, value.id, late)

    assert act(members, "ratify", value, "china", at=day("2029-06-01T00:00:00")) is None  # thirty days after its own
    assert "china" not in parties_at(members.state, value.id, day("2029-06-30T23:59:59"))
    assert "china" in parties_at(members.state, value.id, day("2029-07-01T00:00:00"))


def test_who_has_not_signed_cannot_ratify_and_nobody_does_twice(scribe: Scribe) -> None:
    value = load("ska-convention")
    members = Scribe({name: officers(name) for name in value.parties}, kinds=KINDS)
    assert propose(members, value, by="italy") is None

    assert act(members, "ratify", value, "italy") == "italy has not signed ska-convention, and ratifies what it signed"
    assert act(members, "sign", value, "italy") is None
    assert act(members, "ratify", value, "italy") is None
    assert act(members, "ratify", value, "italy").startswith("italy did ratify this text of ska-convention at ")


def test_ten_years_must_pass_before_the_ska_convention_is_left(scribe: Scribe) -> None:
    members, value = ska(scribe)
    for party in value.parties:
        assert act(members, "ratify", value, party, at=day("2028-12-16T00:00:00")) is None

    why = say(members, "withdraw", value.id, "italy", at=day("2039-01-14T00:00:00"))
    assert why is not None and "allows withdrawal from 2039-01-15 on" in why
    assert say(members, "withdraw", value.id, "italy", at=day("2039-01-15T00:00:00")) is None
    assert "italy" in parties_at(members.state, value.id, day("2040-01-14T23:00:00"))
    assert "italy" not in parties_at(members.state, value.id, day("2040-01-15T00:00:00"))
    assert in_force(members.state, value.id, day("2050-01-15T00:00:00"))


# --- amendments ----------------------------------------------------------------------------------------------------------

V2 = ("kind: memorandum\n", "kind: memorandum\n  version: 2\n")
LATER = day("2031-01-01T00:00:00")


def test_an_amendment_binds_once_all_whom_it_needs_have_signed(scribe: Scribe) -> None:
    first = conclude(scribe)
    second = agreement(changed(DRAFT, V2, ("share: 15%", "share: 20%")))

    assert amend(scribe, second, at=LATER) is None
    assert act(scribe, "sign", second, "nasa") is None
    assert standing(scribe.state, first.id, day("2032-01-01T00:00:00")).digest == first.digest
    assert act(scribe, "sign", second, "esa", at=day("2031-02-01T00:00:00")) is None

    now = standing(scribe.state, first.id, day("2032-01-01T00:00:00"))
    assert (now.digest, now.parties) == (second.digest, ("nasa", "esa"))
    assert now.since == day("2030-03-04T12:00:00")
    assert now.version_since == day("2031-02-01T00:00:00")
    assert standing(scribe.state, first.id, day("2031-01-15T00:00:00")).digest == first.digest


THREE = changed(
    DRAFT,
    ("  esa: {name: ESA}", "  esa: {name: ESA}\n  jaxa: {name: JAXA}"),
    ("terms: {kind: amendment}", "terms: {kind: amendment, consent: two_thirds}"),
)


def test_two_of_three_are_enough_where_the_clause_asks_two_thirds(scribe: Scribe) -> None:
    first = conclude(scribe, THREE)
    second = agreement(changed(THREE, V2, ("share: 15%", "share: 20%")))
    assert amend(scribe, second, at=LATER) is None

    assert act(scribe, "sign", second, "nasa") is None
    assert standing(scribe.state, first.id, day("2032-01-01T00:00:00")).digest == first.digest
    assert act(scribe, "sign", second, "jaxa") is None

    now = standing(scribe.state, first.id, day("2032-01-01T00:00:00"))
    assert (now.digest, now.parties) == (second.digest, ("nasa", "esa", "jaxa"))


def test_a_newcomer_must_sign_too(scribe: Scribe) -> None:
    first = conclude(scribe)
    second = agreement(changed(DRAFT, V2, ("  esa: {name: ESA}", "  esa: {name: ESA}\n  csa: {name: CSA}")))
    assert amend(scribe, second, at=LATER) is None
    for party in ("nasa", "esa"):
        assert act(scribe, "sign", second, party) is None
    assert parties_at(scribe.state, first.id, day("2032-01-01T00:00:00")) == ("nasa", "esa")

    assert act(scribe, "sign", second, "csa") is None

    assert parties_at(scribe.state, first.id, day("2032-01-01T00:00:00")) == ("nasa", "esa", "csa")


def test_amendments_that_do_not_count(scribe: Scribe) -> None:
    second = agreement(changed(DRAFT, V2))
    assert amend(scribe, second) == "no agreement 'probe-mou' is on the record; agreement.propose puts one there"
    conclude(scribe)

    assert amend(scribe, second, at=day("2030-02-10T00:00:00")) == "probe-mou is not in force at 2030-02-10T00:00:00Z"
    assert amend(scribe, second, by="jaxa", at=LATER).startswith("jaxa is not bound by probe-mou")
    assert amend(scribe, agreement(changed(DRAFT, ("share: 15%", "share: 20%")))).startswith(
        "version 1 of probe-mou is not new"
    )
    other = agreement(changed(DRAFT, V2, ("id: probe-mou", "id: other")))
    body = {"agreement": "probe-mou", "document": other.to_record(), "digest": other.digest}
    assert scribe.write("agreement.amend", body, by="nasa") == "the document calls itself 'other', not 'probe-mou'"


def test_a_party_is_not_amended_away(scribe: Scribe) -> None:
    conclude(scribe, THREE)
    without = changed(THREE, V2, ("\n  jaxa: {name: JAXA}", ""))

    why = amend(scribe, agreement(without), at=LATER)

    assert why == "the new version leaves out jaxa; a party leaves by agreement.withdraw"


def test_what_a_body_decides_names_its_decision(scribe: Scribe) -> None:
    decided = changed(
        DRAFT, ("terms: {kind: amendment}", "terms: {kind: amendment, consent: decision, decision_of: the board}")
    )
    conclude(scribe, decided)
    second = agreement(changed(decided, V2, ("share: 15%", "share: 20%")))

    assert amend(scribe, second, at=LATER) == "probe-mou is amended by a decision of the board; name it as decision"
    assert "of the board; the decision 'board-7' is not on the record" in amend(scribe, second, decision="board-7")
    for body in ("lunch", "the board"):
        scribe.state.put("decisions", f"{body}-7", {"body": body})
    scribe.state.settle()
    assert "the decision 'lunch-7' is of lunch" in amend(scribe, second, decision="lunch-7")
    assert amend(scribe, second, decision="the board-7") is None
    assert standing(scribe.state, second.id, day("2032-01-01T00:00:00")).digest == second.digest


# --- ends ----------------------------------------------------------------------------------------------------------------


def test_withdrawals_that_do_not_count(scribe: Scribe) -> None:
    conclude(scribe)

    assert say(scribe, "withdraw", "probe-mou", "esa", at=day("2030-02-15T00:00:00")).startswith(
        "probe-mou is not in force"
    )
    assert say(scribe, "withdraw", "probe-mou", "jaxa", at=LATER).startswith("jaxa is not bound by probe-mou")
    assert (
        say(scribe, "withdraw", "prob-mou", "esa")
        == "no agreement 'prob-mou' is on the record; did you mean 'probe-mou'?"
    )
    assert say(scribe, "withdraw", "probe-mou", "esa") is None
    assert say(scribe, "withdraw", "probe-mou", "esa").startswith(
        "esa gave notice already; it takes effect at 2031-07-01"
    )


def test_where_withdrawal_is_barred_it_is_refused(scribe: Scribe) -> None:
    conclude(
        scribe,
        changed(
            DRAFT,
            ("{kind: withdrawal, notice: 6 months, survives: [cross-waiver]}", "{kind: withdrawal, allowed: false}"),
        ),
    )

    why = say(scribe, "withdraw", "probe-mou", "esa", at=LATER)

    assert why == "'probe-mou' allows no withdrawal; it ends by a notice of 1 year"


def test_all_must_agree_to_the_end(scribe: Scribe) -> None:
    conclude(scribe)

    assert say(scribe, "terminate", "probe-mou", "nasa", at=LATER) is None
    assert in_force(scribe.state, "probe-mou", day("2032-01-01T00:00:00"))
    assert say(scribe, "terminate", "probe-mou", "nasa") == "nasa has agreed to end probe-mou already"
    assert say(scribe, "terminate", "probe-mou", "esa", at=day("2031-03-01T00:00:00")) is None

    assert in_force(scribe.state, "probe-mou", day("2031-02-28T00:00:00"))
    assert not in_force(scribe.state, "probe-mou", day("2031-03-01T00:00:00"))
    assert propose(scribe, agreement(DRAFT)).startswith("probe-mou was ended at 2031-03-01")


def test_one_may_end_it_by_notice_where_the_clause_gives_one(scribe: Scribe) -> None:
    conclude(scribe)

    assert (
        say(scribe, "terminate", "probe-mou", "nasa", at=LATER, way="notise")
        == "the way is 'notise'; did you mean 'notice'?"
    )
    assert say(scribe, "terminate", "probe-mou", "nasa", way="notice") is None
    assert in_force(scribe.state, "probe-mou", day("2031-12-31T00:00:00"))
    assert not in_force(scribe.state, "probe-mou", day("2032-01-01T00:01:00"))


def test_without_such_a_clause_no_notice_ends_it(scribe: Scribe) -> None:
    conclude(scribe, changed(DRAFT, ("{kind: termination, notice: 1 year}", "{kind: termination}")))

    why = say(scribe, "terminate", "probe-mou", "nasa", at=LATER, way="notice")

    assert why == "probe-mou cannot be ended by notice; its clause on termination gives none"


def test_it_ends_by_itself_after_its_term(scribe: Scribe) -> None:
    conclude(scribe, changed(DRAFT, ("{kind: termination, notice: 1 year}", "{kind: termination, lasts: 2 years}")))

    assert in_force(scribe.state, "probe-mou", day("2032-03-04T00:00:00"))
    assert not in_force(scribe.state, "probe-mou", day("2032-03-05T00:00:00"))


def under_a_frame(scribe: Scribe) -> None:
    conclude(scribe, FRAMEWORK)
    conclude(
        scribe,
        changed(DRAFT, ("kind: memorandum\n", "kind: memorandum\n  under: [frame]\n")),
        start="2030-03-01T12:00:00",
    )


def test_who_leaves_the_upper_agreement_leaves_what_stands_under_it(scribe: Scribe) -> None:
    under_a_frame(scribe)
    assert say(scribe, "withdraw", "frame", "esa", at=LATER) is None

    assert in_force(scribe.state, "probe-mou", day("2031-12-31T00:00:00"))
    assert parties_at(scribe.state, "frame", day("2032-01-01T00:01:00")) == ("nasa", "jaxa")
    assert not in_force(scribe.state, "probe-mou", day("2032-01-01T00:01:00"))


def test_the_end_of_the_upper_agreement_ends_what_stands_under_it(scribe: Scribe) -> None:
    under_a_frame(scribe)
    for party in ("nasa", "esa", "jaxa"):
        assert say(scribe, "terminate", "frame", party, at=LATER) is None

    assert not in_force(scribe.state, "probe-mou", day("2031-01-01T00:01:00"))


# --- always --------------------------------------------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["propose", "sign", "withdraw", "terminate", "amend"]),
        st.sampled_from(WHO[:3]),
        st.integers(1, 400),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(MOVES)
def test_only_signatories_are_ever_bound_and_a_refused_entry_changes_nothing(moves) -> None:
    scribe, first, second = (
        Scribe({n: officers(n) for n in WHO}, kinds=KINDS),
        agreement(DRAFT),
        agreement(changed(DRAFT, V2)),
    )
    now = day("2030-01-01T00:00:00")
    for what, who, days in moves:
        now += timedelta(days=days)
        before = scribe.state.get("agreements", first.id)
        if what in ("withdraw", "terminate"):
            why = say(scribe, what, first.id, who, at=now)
        elif what == "propose":
            why = propose(scribe, first, by=who, at=now)
        elif what == "amend":
            why = amend(scribe, second, by=who, at=now)
        else:
            why = act(scribe, "sign", first, who, at=now)
        after = scribe.state.get("agreements", first.id)
        assert (after == before) if why is not None else (after != before)
    for at in (now, now + timedelta(days=100), now + timedelta(days=1000)):
        found = standing(scribe.state, first.id, at)
        if found is not None:
            signed = set().union(
                *(v["signatures"] for v in scribe.state.get("agreements", first.id)["versions"].values())
            )
            assert set(found.parties) <= signed
            assert len(found.parties) >= 2
