from datetime import date

import pytest

import comity
from comity.governance.agreements import load
from comity.governance.bodies import shipped_body
from comity.governance.suspension import suspension

ISS = ("iss-iga", "iss-mou-rsa", "iss-mou-esa", "iss-mou-csa", "iss-mou-japan", "iss-nodes-barter")


@pytest.fixture(scope="module")
def programme():
    return comity.load("iss").programme


def absent(partner, programme, names=ISS, **more):
    return suspension(partner, date(2022, 3, 1), programme=programme, agreements={n: load(n) for n in names}, **more)


def test_what_rests_is_told_by_clause_and_what_goes_on_too(programme):
    found = absent("roscosmos", programme)
    rests = {(s.agreement, s.article) for s in found.stops if not s.survives}
    assert ("iss-iga", "Annex") in rests
    # What the shipped agreement's clause on withdrawal lists as surviving.
    assert [s.article for s in found.stops if s.survives] == ["Article 19"]
    assert {s.agreement for s in found.stops} == {"iss-iga", "iss-mou-rsa"}


def test_a_notice_of_withdrawal_runs_a_year(programme):
    # As the shipped agreement's clause on withdrawal has it, with its source.
    (departure,) = absent("roscosmos", programme).departures
    assert (departure.agreement, departure.ends) == ("iss-iga", date(2023, 3, 1))


def test_who_could_take_over_is_who_has_an_option_or_masters_the_technologies(programme):
    able = {i.element: i.able for i in absent("esa", programme).inherits}
    assert able, "ESA works on elements of the station"
    for element, partners in able.items():
        assert "esa" not in partners, element


def test_an_heir_is_named_where_a_clause_names_one(programme):
    mou = load("iss-mou-esa")
    handover = {"party": "esa", "element": "columbus/laboratory", "to": "nasa"}
    clause = {"title": "Withdrawal", "text": "NASA takes it over.", "terms": {
        "kind": "withdrawal", "notice": "6 months", "handovers": [handover]}}  # fmt: skip
    plain = mou.to_dict()
    plain["clauses"]["withdrawal"] = clause
    changed = type(mou).model_validate(plain)
    found = suspension("esa", date(2022, 3, 1), programme=programme, agreements={changed.id: changed})
    heirs = {i.element: (i.heir, i.agreement) for i in found.inherits}
    assert heirs["columbus/laboratory"] == ("nasa", "iss-mou-esa")


def test_its_facilities_seats_and_the_amendment_to_plan_anew_with_are_told(programme):
    found = absent("roscosmos", programme, bodies=[shipped_body("iss-coordination")])
    assert found.facilities == ("proton-pad",)
    assert [a.to_dict() for a in found.amendments] == [{"kind": "withdraw", "partner": "roscosmos", "month": "2022-03"}]
    assert set(found.to_dict()) >= {"stops", "inherits", "departures", "locked_in", "amendments"}


def test_a_partner_that_the_programme_does_not_know_is_an_error(programme):
    with pytest.raises(KeyError, match="cnsa"):
        absent("cnsa", programme)
