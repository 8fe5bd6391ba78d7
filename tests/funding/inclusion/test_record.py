"""Offers, needs and the reserve on a record; floors and indicators of a plan."""

from decimal import Decimal
from pathlib import Path

import pytest

import comity
from comity.funding.inclusion import exchange_on, reserve_standing
from comity.funding.inclusion.export import barring_rule
from comity.funding.inclusion.floors import floors, raised
from comity.funding.inclusion.indicators import indicators
from comity.funding.inclusion.matching import match
from comity.funding.inclusion.votes import power_shares
from comity.governance.bodies import shipped_body
from comity.kinds import GUARDS, KINDS
from comity.record.programme import change_to, texts_of
from comity.roadmap import Question
from tests.record.makers import Scribe, officers

PROGRAMMES = Path(__file__).parents[3] / "programmes"
SCHOOL = {"kind": "training", "topics": ["optics", "orbits"], "places": 1, "from": "2027-01", "until": "2027-12"}
WANTED = {"kind": "training", "topics": ["optics"], "urgency": 4, "from": "2027-01", "until": "2028-12"}


@pytest.fixture
def scribe():
    return Scribe({p: officers(p) for p in ("esa", "rsa", "gsa")}, kinds=KINDS, guards=GUARDS)


def test_an_offer_and_a_need_are_matched_and_agreed_by_both(scribe):
    assert scribe.write("capacity.offer", {"offer": "school", "document": SCHOOL}, by="esa") is None
    assert scribe.write("capacity.need", {"need": "optics", "document": WANTED}, by="rsa") is None
    found = match(exchange_on(scribe.state))
    assert [(m.need, m.offer) for m in found.matches] == [("optics", "school")]
    pair = {"offer": "school", "need": "optics"}
    assert "neither who offers" in scribe.write("capacity.accept", pair, by="gsa")
    assert scribe.write("capacity.accept", pair, by="rsa") is None
    assert scribe.write("capacity.accept", pair, by="esa") is None
    assert scribe.state.get("capacity_agreed", "school/optics")["by"] == ["esa", "rsa"]
    assert scribe.write("capacity.need", {"need": "more", "document": WANTED}, by="gsa") is None
    more = {"offer": "school", "need": "more"}
    assert scribe.write("capacity.accept", more, by="gsa") is None
    assert "all 1 places of 'school' are agreed" in scribe.write("capacity.accept", more, by="esa")


def test_nobody_changes_what_another_offers(scribe):
    assert scribe.write("capacity.offer", {"offer": "school", "document": SCHOOL}, by="esa") is None
    assert "is of esa" in scribe.write("capacity.offer", {"offer": "school", "document": SCHOOL}, by="rsa")
    wrong = {**SCHOOL, "kind": "lesson"}
    assert "kind" in scribe.write("capacity.offer", {"offer": "other", "document": wrong}, by="esa")


def test_what_is_agreed_stands_and_what_does_not_fit_is_not_agreed(scribe):
    assert "no name of offer" in scribe.write("capacity.offer", {"offer": "a/b", "document": SCHOOL}, by="esa")
    assert scribe.write("capacity.offer", {"offer": "school", "document": SCHOOL}, by="esa") is None
    ride = {**WANTED, "kind": "ride"}
    assert scribe.write("capacity.need", {"need": "ride", "document": ride}, by="rsa") is None
    assert "does not serve" in scribe.write("capacity.accept", {"offer": "school", "need": "ride"}, by="rsa")
    assert scribe.write("capacity.need", {"need": "optics", "document": WANTED}, by="rsa") is None
    pair = {"offer": "school", "need": "optics"}
    assert scribe.write("capacity.accept", pair, by="esa") is None
    other = {**SCHOOL, "topics": ["optics"]}
    assert scribe.write("capacity.offer", {"offer": "school", "document": other}, by="esa") is None
    assert scribe.state.get("capacity_agreed", "school/optics") is None  # accepted was what stood there before
    assert scribe.write("capacity.accept", pair, by="esa") is None
    assert scribe.write("capacity.accept", pair, by="rsa") is None
    assert "is agreed" in scribe.write("capacity.offer", {"offer": "school", "withdrawn": True}, by="esa")


def test_the_reserve_is_kept_by_what_was_spent_for_them(scribe):
    everybody = {"by": "esa", "keys": ["esa", "rsa", "gsa"]}
    opening = {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"], "from": "2026-01-01"}
    assert scribe.write("ledger.open", opening, **everybody) is None
    accounts = {
        "Assets:Bank:Main": {}, "Income:Contributions:Esa": {}, "Expenses:Relay:Bus": {"partner": "esa"},
        "Expenses:Relay:Antenna": {"partner": "rsa"},
    }  # fmt: skip
    assert scribe.write("ledger.account", {"ledger": "pool", "opens": accounts}, by="esa") is None
    reserve = {"ledger": "pool", "fraction": "1/10", "partners": ["rsa"]}
    assert "did not sign" in scribe.write("inclusion.reserve", reserve, by="esa")
    assert scribe.write("inclusion.reserve", reserve, **everybody) is None

    def spend(key, account, amount, of="Income:Contributions:Esa"):
        postings = [[account, amount, "EUR"], [of, f"-{amount}", "EUR"]]
        journal = {"key": key, "transactions": [{"date": "2026-02-01", "narration": key, "postings": postings}]}
        assert scribe.write("ledger.post", {"ledger": "pool", "journal": journal}, by="esa") is None

    spend("call", "Assets:Bank:Main", "60.00")
    spend("bus", "Expenses:Relay:Bus", "95.00")
    assert not reserve_standing(scribe.state, "pool").kept
    spend("antenna", "Expenses:Relay:Antenna", "15.00")
    now = reserve_standing(scribe.state, "pool")
    assert (now.kept, now.due, now.spent) == (True, Decimal("11.00"), Decimal("15.00"))
    [room] = now.rooms
    assert (room.what, room.used, room.limit, room.left) == ("spent", Decimal(95), Decimal(153), Decimal(58))


def test_export_rules_bar_an_offer_for_the_months_in_which_nothing_lifts_them():
    programme = comity.load("iss").programme
    bar = barring_rule(programme)
    from comity.funding.inclusion.capacity import Need, Offer

    def asked(technology, giver, taker, first="1993-01", last="1993-12"):
        common = {"kind": "expertise", "topics": ["docking"], "from": first, "until": last}
        offer = Offer.model_validate({**common, "giver": giver, "technology": technology})
        return bar(offer, Need.model_validate({**common, "taker": taker}))

    barred = [t for t in programme.technologies if asked(t, "nasa", "roscosmos")]
    assert barred  # before the agreements of 1994 and 1998 something may not pass
    assert asked(barred[0], "nasa", "nasa") is None
    assert asked(None, "nasa", "roscosmos") is None


def exchanging(technology, *, first="1993-01", last="1993-12"):
    """The space station's programme on a record; NASA offers to Roscosmos what hands on a class of technology."""
    texts = texts_of(PROGRAMMES / "iss")
    scribe = Scribe({p: officers(p) for p in ("nasa", "roscosmos", "esa")}, kinds=KINDS, guards=GUARDS)
    assert scribe.write("programme.change", change_to(scribe.state, texts), by="nasa") is None
    common = {"kind": "expertise", "topics": ["docking"], "from": first, "until": last}
    offer = {"offer": "help", "document": {**common, "technology": technology}}
    assert scribe.write("capacity.offer", offer, by="nasa") is None
    assert scribe.write("capacity.need", {"need": "docking", "document": common}, by="roscosmos") is None
    return scribe


def test_nothing_is_agreed_that_export_rules_bar():
    pair = {"offer": "help", "need": "docking"}
    programme = comity.load("iss").programme
    rules = barring_rule(programme)
    barred = {}
    for technology in programme.technologies:
        scribe = exchanging(technology)
        exchange = exchange_on(scribe.state)
        barred[technology] = rules(exchange.offers["help"], exchange.needs["docking"])
        said = scribe.write("capacity.accept", pair, by="roscosmos")
        assert (said is None) == (barred[technology] is None)
        assert said is None or f"{technology} may not pass from nasa to roscosmos" in said
    assert set(barred.values()) > {None}
    technology = next(t for t, rule in barred.items() if rule)
    scribe = exchanging(technology)
    licence = {
        "id": "DSP-5", "authority": "DDTC", "givers": ["nasa"], "receivers": ["roscosmos"], "classes": [technology],
        "valid_from": "1993-01-02", "valid_until": "2040-12-31", "source": "a story",
    }  # fmt: skip
    assert scribe.write("policy.licence", {"act": "grant", "licence": licence}, by="nasa") is None
    assert "on 1993-01-01" in scribe.write("capacity.accept", pair, by="nasa")
    longer = {**licence, "id": "DSP-6", "valid_from": "1993-01-01"}
    assert scribe.write("policy.licence", {"act": "grant", "licence": longer}, by="nasa") is None
    assert scribe.write("capacity.accept", pair, by="nasa") is None


def test_a_plan_is_told_who_takes_part_and_which_floors_it_keeps():
    case = comity.load("artemis")
    plan = case.plan(time_s=40, gap=0.05, aims=("science",)).plan
    found = indicators(case.programme, plan)
    for window in (*found.windows, found.whole):
        for shares in window.shares.values():
            assert sum(shares.values()) in (0, 1)
    assert found.whole.shares["work"]["nasa"] > found.whole.shares["work"]["mbrsc"] > 0
    [floor] = floors(case.programme, plan)
    assert floor.kept and floor.roles["mbrsc"] >= floor.minimum_roles
    again = raised(case.programme, plan, floor.rule, Decimal(0), question=Question(time_s=40, gap=0.05))
    assert again.science == pytest.approx(plan.value, rel=0.1)
    with pytest.raises(ValueError, match="no floor"):
        raised(case.programme, plan, "barter", Decimal(0))


def test_votes_are_worth_their_power():
    shares = power_shares(shipped_body("un-security-council"), "substantive")
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares.values()) == pytest.approx(
        0.1963, abs=1e-4
    )  # Shapley and Shubik 1954, as commonly computed for 15
    with pytest.raises(ValueError, match="takes no decision"):
        power_shares(shipped_body("un-security-council"), "lunch")
