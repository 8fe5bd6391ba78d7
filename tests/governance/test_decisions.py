from datetime import timedelta

import pytest

from comity.governance.mandates import subjects
from comity.kinds import GUARDS, KINDS
from comity.record import State
from comity.record.programme import CHANGE, change_to, texts_on
from tests.record.makers import START, Scribe, key, officers

PARTIES = ("csa", "esa", "nasa")
BOARD = {
    "name": "Programme Board",
    "organisation": "Trial",
    "sources": {"rules": {"title": "Rules of the Board", "checked": "made for the test"}},
    "members_source": "rules, annex",
    "members": [{"id": p} for p in PARTIES],
    "powers": {
        "budget": {"about": "the budget", "rule": {"needs": {"share": "2/3"}}, "source": "rules, 1"},
        "members": {"about": "who takes part", "rule": {"needs": {"share": "1"}}, "source": "rules, 2"},
        "silent": {
            "about": "small things",
            "rule": {"needs": {"consensus": True, "silence": "10 days"}},
            "source": "rules, 3",
        },
        "optional": {
            "about": "what some do",
            "rule": {"needs": {"share": "1/2", "more_than": True}},
            "electorate": "participants",
            "source": "rules, 4",
        },
    },
}
TEXTS = {"p.yaml": "partners:\n  esa:\n    name: ESA\n    budget: 10\n  nasa:\n    name: NASA\n    budget: 20\n"}


@pytest.fixture
def scribe():
    """A record of three parties with a board, a programme, and a charter: the board decides on budgets and itself."""
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    everybody = {"by": "esa", "keys": PARTIES}
    assert scribe.write("body.establish", {"body": "board", "document": BOARD}, **everybody) is None
    assert scribe.write(CHANGE, change_to(scribe.state, TEXTS), by="esa") is None
    charter = {
        "budgets": {"kind": CHANGE, "about": "partners/*/budget", "body": "board", "decision": "budget"},
        "charter": {"kind": "charter.set", "about": "*", "body": "board", "decision": "members"},
        "accession": {"kind": "party.admit", "about": "*", "body": "board", "decision": "members"},
        "suspension": {"kind": "partner.suspend", "about": "*", "body": "board", "decision": "members"},
        "delegates": {"kind": "key.delegate", "about": "*", "body": "board", "decision": "budget"},
    }
    assert scribe.write("charter.set", {"mandates": charter}, **everybody) is None
    return scribe


def budget(scribe, amount):
    """The entry's body that makes the budget of ESA another."""
    return change_to(scribe.state, {"p.yaml": TEXTS["p.yaml"].replace("budget: 10", f"budget: {amount}")})


def propose(scribe, name="cut", *, kind="budget", about=None, by="esa", days=30, **more):
    closes = (scribe.now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"decision": name, "body": "board", "kind": kind, "title": name, "closes": closes, **more}
    return scribe.write("decision.propose", {**body, **({"about": about} if about else {})}, by=by)


def vote(scribe, by, cast, name="cut", *, version=1, **more):
    return scribe.write("decision.vote", {"decision": name, "version": version, "vote": cast, **more}, by=by)


def close(scribe, name="cut", **how):
    return scribe.write("decision.close", {"decision": name}, **{"by": "esa", **how})


def decision(scribe, name="cut"):
    return scribe.state.get("decisions", name)


def test_a_change_that_needs_a_decision_does_not_count_without_one(scribe):
    assert "needs" in (scribe.write(CHANGE, budget(scribe, 7), by="esa") or "").replace("asks for", "needs")
    assert texts_on(scribe.state) == TEXTS
    renamed = change_to(scribe.state, {"p.yaml": TEXTS["p.yaml"].replace("name: ESA", "name: European")})
    assert scribe.write(CHANGE, renamed, by="esa") is None


HEAD = "p.yaml#partners"
ESA = "p.yaml#partners/esa"


@pytest.mark.parametrize(
    "change",
    [
        {"remove": [ESA]},
        {"put": {"q.yaml#partners/csa": {"text": "partners:\n  esa:\n    budget: 7\n", "after": None}}},
        {"put": {"q.yaml#": {"text": "partners: {esa: {budget: 7}}\n", "after": None}}, "remove": [ESA]},
        {"put": {"p.yaml#notes": {"text": "  csa:\n    budget: 7\n", "after": ESA}}},
        {"put": {ESA: {"text": "  europe:\n    name: ESA\n    budget: 7\n", "after": HEAD}}},
        {"put": {HEAD: {"text": "partners: [\n", "after": None}}},
        {"put": {ESA: {"text": "  esa:\n    name: ESA\n    budget: true\n", "after": HEAD}}},
    ],
    ids=["removed", "another name", "one line", "beside", "renamed", "unreadable", "another type"],
)
def test_no_way_around_a_mandate(scribe, change):
    assert "mandate 'budgets'" in (scribe.write(CHANGE, change, by="esa") or "")
    assert texts_on(scribe.state) == TEXTS


def test_a_decision_that_passes_is_the_change(scribe):
    assert propose(scribe, about={"kind": CHANGE, "body": budget(scribe, 7)}) is None
    assert vote(scribe, "esa", "yes") is None
    assert vote(scribe, "nasa", "yes", statement="with regret") is None
    assert "is open until" in close(scribe)
    assert vote(scribe, "csa", "no") is None
    assert close(scribe) is None
    assert decision(scribe)["status"] == "enacted"
    assert "2 of 3" in decision(scribe)["explanation"]
    assert "budget: 7" in texts_on(scribe.state)["p.yaml"]


def test_a_decision_that_fails_changes_nothing_and_says_what_was_missing(scribe):
    propose(scribe, about={"kind": CHANGE, "body": budget(scribe, 7)})
    vote(scribe, "esa", "yes")
    assert close(scribe, at=scribe.now + timedelta(days=31)) is None
    assert decision(scribe)["status"] == "rejected" and "1 of 3" in decision(scribe)["explanation"]
    assert texts_on(scribe.state) == TEXTS


def test_only_the_body_and_kind_of_decision_that_the_mandate_names_will_do(scribe):
    said = propose(scribe, kind="members", about={"kind": CHANGE, "body": budget(scribe, 7)})
    assert "asks for a decision of board (kind budget)" in said


def test_an_amended_proposal_is_voted_on_anew(scribe):
    propose(scribe, about={"kind": CHANGE, "body": budget(scribe, 7)})
    vote(scribe, "nasa", "yes")
    new = {"decision": "cut", "about": {"kind": CHANGE, "body": budget(scribe, 8)}}
    assert "may amend it" in scribe.write("decision.amend", new, by="nasa")
    assert scribe.write("decision.amend", new, by="esa") is None
    assert "at version 2" in vote(scribe, "nasa", "yes", version=1)
    assert decision(scribe)["ballots"] == {}
    for who in PARTIES:
        assert vote(scribe, who, "yes", version=2) is None
    assert close(scribe) is None
    assert "budget: 8" in texts_on(scribe.state)["p.yaml"]


def test_a_vote_can_be_changed_until_it_closes_and_not_after(scribe):
    propose(scribe)
    assert vote(scribe, "nasa", "yes") is None and vote(scribe, "nasa", "no") is None
    assert decision(scribe)["ballots"]["nasa"]["vote"] == "no"
    late = scribe.now + timedelta(days=31)
    late_vote = scribe.write("decision.vote", {"decision": "cut", "version": 1, "vote": "yes"}, by="csa", at=late)
    assert "closed at" in late_vote
    assert close(scribe) is None
    assert "rejected already" in vote(scribe, "csa", "yes")


def test_silence_is_consent_once_its_period_has_run(scribe):
    propose(scribe, kind="silent", days=5)
    opened = START + timedelta(seconds=4)
    assert "silence runs" in close(scribe, at=opened + timedelta(days=6))
    assert close(scribe, at=opened + timedelta(days=11)) is None
    assert decision(scribe)["status"] == "enacted"


def test_an_objection_breaks_the_silence(scribe):
    propose(scribe, kind="silent", days=20)
    vote(scribe, "csa", "no", statement="we were not asked")
    assert close(scribe, at=scribe.now + timedelta(days=21)) is None
    assert decision(scribe)["status"] == "rejected"


def test_who_does_not_take_part_has_no_vote(scribe):
    assert "name them as participants" in propose(scribe, kind="optional")
    assert "no member of board" in propose(scribe, kind="optional", participants=["jaxa"])
    assert propose(scribe, kind="optional", participants=["esa", "csa"]) is None
    assert "has no vote on this" in vote(scribe, "nasa", "no")


def test_a_decision_takes_effect_when_it_says(scribe):
    later = scribe.now + timedelta(days=60)
    effective = later.strftime("%Y-%m-%dT%H:%M:%SZ")
    propose(scribe, about={"kind": CHANGE, "body": budget(scribe, 7)}, effective=effective)
    for who in PARTIES:
        vote(scribe, who, "yes")
    assert close(scribe) is None and decision(scribe)["status"] == "passed"
    enact = {"decision": "cut"}
    assert "takes effect at" in scribe.write("decision.enact", enact, by="csa")
    assert scribe.write("decision.enact", enact, by="csa", at=later) is None
    assert "budget: 7" in texts_on(scribe.state)["p.yaml"]


def test_what_passed_but_cannot_be_done_says_why_and_can_be_tried_again(scribe):
    propose(scribe, about={"kind": CHANGE, "body": {"remove": ["p.yaml#partners/jaxa"]}})
    for who in PARTIES:
        vote(scribe, who, "yes")
    assert close(scribe) is None
    assert decision(scribe)["status"] == "passed" and "no block" in decision(scribe)["obstacle"]
    block = {"put": {"p.yaml#partners/jaxa": {"text": "  jaxa: {name: JAXA}\n", "after": "p.yaml#partners/nasa"}}}
    assert scribe.write(CHANGE, block, by="esa") is None
    assert scribe.write("decision.enact", {"decision": "cut"}, by="esa") is None
    assert texts_on(scribe.state) == TEXTS


def test_a_decision_entitles_to_what_a_party_must_do_itself(scribe):
    body = {"public": key("clerk").public, "person": "Clerk", "rights": ["decision.vote"]}
    assert "asks for a decision" in scribe.write("key.delegate", body, by="nasa")
    propose(scribe, "clerk", about={"kind": "key.delegate", "body": body})
    for who in PARTIES:
        vote(scribe, who, "yes", "clerk")
    assert close(scribe, "clerk") is None
    assert decision(scribe, "clerk")["status"] == "passed"
    other = {**body, "rights": ["*"]}
    assert "asks for a decision" in scribe.write("key.delegate", other, by="nasa")
    assert scribe.write("key.delegate", body, by="nasa") is None


def test_a_newcomer_that_a_body_admits_signs_when_it_is_enacted(scribe):
    admission = {"partner": "jaxa", "party": officers("jaxa")}
    propose(scribe, "jaxa joins", kind="members", about={"kind": "party.admit", "body": admission})
    for who in PARTIES:
        vote(scribe, who, "yes", "jaxa joins")
    assert close(scribe, "jaxa joins") is None
    assert "no officer's key of jaxa" in decision(scribe, "jaxa joins")["obstacle"]
    assert scribe.write("decision.enact", {"decision": "jaxa joins"}, by="esa", keys=["esa", "jaxa"]) is None
    assert scribe.state.get("parties", "jaxa") is not None


def test_what_changes_who_decides_is_decided_only_where_the_charter_says_so():
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    scribe.write("body.establish", {"body": "board", "document": BOARD}, by="esa", keys=PARTIES)
    for kind, body in (("partner.suspend", {"partner": "csa", "reason": "x"}), ("record.grave", {"grave": []})):
        assert "no mandate of the charter" in propose(scribe, about={"kind": kind, "body": body})


def test_a_vote_dated_back_before_the_end_comes_too_late(scribe):
    propose(scribe, days=10)
    opened = scribe.now
    vote(scribe, "esa", "yes")
    for who in ("esa", "nasa"):  # two parties have written since: the time has passed
        scribe.write(
            "decision.comment", {"decision": "cut", "text": "it is over"}, by=who, at=opened + timedelta(days=20)
        )
    back = scribe.write("decision.vote", {"decision": "cut", "version": 1, "vote": "no"}, by="csa",
                        at=opened + timedelta(days=1), after=[scribe.entries[-4].id])  # fmt: skip
    assert "closed at" in back


def test_a_mandate_about_a_kind_that_there_is_not_is_refused():
    new = {"typo": {"kind": "programme.chnage", "about": "*", "body": "board", "decision": "budget"}}
    fresh = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    fresh.write("body.establish", {"body": "board", "document": BOARD}, by="esa", keys=PARTIES)
    assert "did you mean 'programme.change'" in fresh.write("charter.set", {"mandates": new}, by="esa", keys=PARTIES)


def test_the_charter_keeps_itself(scribe):
    away = {"mandates": {"budgets": None}}
    assert "the mandate 'charter'" in scribe.write("charter.set", away, by="esa", keys=PARTIES)


def test_one_party_alone_sets_up_no_body():
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    said = scribe.write("body.establish", {"body": "board", "document": BOARD}, by="esa")
    assert "csa, nasa did not sign" in said
    assert "two" in scribe.write("body.establish", {"body": "b", "document": {**BOARD, "members": [{"id": "esa"}] * 2}},
                                 by="esa", keys=PARTIES).replace("twice", "two")  # fmt: skip


def test_arrears_suspend_a_vote_where_the_rule_says_so():
    power = {**BOARD["powers"]["budget"], "rule": {"needs": {"share": "2/3"}, "arrears": {"years": 1}}}
    document = {**BOARD, "powers": {"budget": power}}
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    scribe.write("body.establish", {"body": "board", "document": document}, by="esa", keys=PARTIES)
    assert scribe.write("body.arrears", {"body": "board", "members": ["csa"]}, by="esa", keys=PARTIES) is None
    propose(scribe)
    for who, cast in zip(PARTIES, ("no", "yes", "yes"), strict=True):
        vote(scribe, who, cast)
    assert close(scribe) is None
    assert decision(scribe)["status"] == "enacted"


def suspend(scribe, partner, **more):
    about = {"kind": "partner.suspend", "body": {"partner": partner, "reason": "sanctions", **more}}
    assert propose(scribe, f"suspend {partner}", kind="members", about=about) is None
    for who in PARTIES:
        assert vote(scribe, who, "yes", f"suspend {partner}") is None
    assert close(scribe, f"suspend {partner}") is None


def test_a_partner_is_suspended_by_decision_alone_and_then_takes_no_part(scribe):
    assert "asks for a decision" in scribe.write("partner.suspend", {"partner": "csa", "reason": "x"}, by="esa")
    suspend(scribe, "csa")
    assert "csa is suspended" in scribe.write(CHANGE, budget(scribe, 9), by="csa")
    propose(scribe)
    assert "csa is suspended" in vote(scribe, "csa", "no")
    assert scribe.write("decision.comment", {"decision": "cut", "text": "we object"}, by="csa") is None
    assert vote(scribe, "esa", "yes") is None and vote(scribe, "nasa", "yes") is None
    assert close(scribe) is None and "2 of 2" in decision(scribe)["explanation"]


def test_a_suspension_ends_at_its_time(scribe):
    suspend(scribe, "csa", until="2026-06-01T00:00:00Z")
    assert "suspended" in scribe.write("decision.withdraw", {"decision": "x"}, by="csa")
    propose(scribe, days=300)
    later = START + timedelta(days=160)
    assert scribe.write("decision.vote", {"decision": "cut", "version": 1, "vote": "no"}, by="csa", at=later) is None


def test_a_mandate_covers_an_entry_by_each_name_in_it():
    body = {"partner": "csa", "agreement": "lander", "reason": "so"}
    assert subjects(State(), "partner.suspend", body) == ("lander", "csa")
    document = {"document": {"agreement": {"id": "lander"}}, "digest": "0"}
    assert subjects(State(), "agreement.propose", document) == ("lander",)


@pytest.mark.parametrize("wrong", [{"kind": 5, "body": {}}, {"kind": CHANGE, "body": {"put": [1]}}, {"kind": CHANGE}])
def test_a_proposal_about_nonsense_is_refused_by_what_is_wrong_with_it(scribe, wrong):
    assert "comity failed" not in (propose(scribe, about=wrong) or "comity failed")


def test_a_title_stays_text(scribe):
    propose(scribe, about={"kind": CHANGE, "body": budget(scribe, 7)})
    assert "holds text" in scribe.write("decision.amend", {"decision": "cut", "title": {}}, by="esa")


def test_one_partner_that_takes_part_alone_decides_nothing_for_all(scribe):
    about = {"kind": "partner.suspend", "body": {"partner": "nasa", "reason": "so"}}
    assert "asks for a decision of board (kind members)" in propose(
        scribe, kind="optional", participants=["esa"], about=about
    )


def test_the_vote_of_who_lost_its_seat_is_none():
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    everybody = {"by": "esa", "keys": PARTIES}
    scribe.write("body.establish", {"body": "board", "document": BOARD}, **everybody)
    propose(scribe)
    vote(scribe, "nasa", "yes")
    vote(scribe, "esa", "yes")
    smaller = {**BOARD, "members": [{"id": "esa"}, {"id": "csa"}]}
    assert scribe.write("body.establish", {"body": "board", "document": smaller}, **everybody) is None
    assert close(scribe, at=scribe.now + timedelta(days=31)) is None
    assert decision(scribe)["status"] == "rejected" and "1 of 2" in decision(scribe)["explanation"]


def test_a_power_that_is_gone_decides_nothing():
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    everybody = {"by": "esa", "keys": PARTIES}
    scribe.write("body.establish", {"body": "board", "document": BOARD}, **everybody)
    propose(scribe)
    fewer = {**BOARD, "powers": {k: v for k, v in BOARD["powers"].items() if k != "budget"}}
    assert scribe.write("body.establish", {"body": "board", "document": fewer}, **everybody) is None
    assert "takes no decision of kind 'budget'" in close(scribe, at=scribe.now + timedelta(days=31))
