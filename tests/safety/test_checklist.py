"""Checklists: what a mission is asked, by whom; and how they are agreed, shown, accepted, refused and waived on a record."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import comity
from comity.kinds import GUARDS, KINDS
from comity.model.programme import Programme
from comity.safety import SafetyError
from comity.safety.checklist import Checklist, checklist, read_template, shipped_templates, space_objects
from comity.safety.files import file_evidence
from comity.safety.kinds import LISTS, SAID
from comity.safety.phases import PHASES
from comity.safety.standing import agreed_items, differences, owed, party, planned, standing
from tests.record.makers import Scribe, officers

COMMON = read_template("common")
PARTIES = ("csa", "esa", "nasa")


def programme(name: str) -> Programme:
    return comity.load(name).programme


@pytest.fixture(scope="module")
def apollo() -> Programme:
    return programme("apollo-soyuz")


@pytest.fixture(scope="module")
def webb() -> Programme:
    return programme("jwst")


def whole(of: Programme, mission: str, **more) -> Checklist:
    return checklist(COMMON, of, mission, has_not=COMMON.traits, **more)


# --- what is asked -----------------------------------------------------------------------------------------------------------


def test_every_item_of_a_shipped_list_has_an_owner_evidence_and_a_listed_source():
    assert list(shipped_templates()) == ["common"]
    assert {item.phase for item in COMMON.items.values()} == set(PHASES)
    for item in COMMON.items.values():
        assert item.evidence and item.sources
    assert all(document.checked for document in COMMON.sources.values())


def test_a_crewed_mission_is_asked_for_its_crew(apollo, webb):
    crewed, not_crewed = whole(apollo, "rehearsal"), whole(webb, "observatory")
    assert crewed.crewed and not not_crewed.crewed
    assert "crew-survival" in {due.id for due in crewed.items}
    assert "crew-survival" not in {due.id for due in not_crewed.items}
    assert "crew-survival" in {due.id for due in whole(webb, "observatory", crewed=True).items}


def test_a_trait_that_nobody_says_stays_open_and_one_that_it_has_not_goes(webb):
    said = {
        due.id: due.if_trait
        for due in checklist(COMMON, webb, "observatory", has=["nuclear"], has_not=["station"]).items
    }
    assert said["nuclear-approach"] is None
    assert said["planetary-category"] == "planetary"
    assert "station-safety-design" not in said


def test_each_builder_owes_the_hazards_of_its_own_element(webb):
    owners = {due.id: due.owners for due in whole(webb, "observatory").items}
    assert owners["hazard-reports/mirrors"] == ("northrop",)
    assert owners["hazard-reports/fgs-niriss"] == ("csa", "nasa")
    taken = whole(webb, "observatory", options={"fgs-niriss": "csa"})
    assert {due.id: due.owners for due in taken.items}["hazard-reports/fgs-niriss"] == ("csa",)


def test_what_one_integration_joins_is_one_space_object_registered_by_who_pays(webb, apollo):
    # Mirrors, telescope and sunshield fly on the bus; NASA pays Northrop for it.
    assert space_objects(webb.missions["observatory"]) == ("bus",)
    owners = {due.id: due.owners for due in whole(webb, "observatory", options={"bus": "northrop"}).items}
    assert owners["register/bus"] == ("nasa",)
    assert [due for due in owners if due.startswith("register/")] == ["register/bus"]
    assert {"apollo", "soyuz"} <= set(space_objects(apollo.missions["joint-flight"]))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mission": "observatry"}, "did you mean 'observatory'"),
        ({"has": ["nuklear"]}, "did you mean 'nuclear'"),
        ({"has": ["nuclear"], "has_not": ["nuclear"]}, "both have 'nuclear' and not"),
        ({"owners": {"leed": "nasa"}}, "did you mean 'lead'"),
        ({"owners": {"lead": "nassa"}}, "did you mean 'nasa'"),
        ({"options": {"buss": "x"}}, "did you mean 'bus'"),
        ({"options": {"bus": "x"}}, "no option 'x'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(webb, more, said):
    with pytest.raises(SafetyError, match=said):
        checklist(COMMON, webb, **{"mission": "observatory", **more})


def test_a_list_of_ones_own_is_read_and_all_its_mistakes_are_told_with_their_place(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(
        "name: Own\nsources:\n  rules: {name: Rules, publisher: us, date: '2026', url: 'https://x', checked: all of it}\n"
        "items:\n  plan: {name: Plan, phase: concept, owner: lead, evidence: the plan, sources: ['rules, 1']}\n"
    )
    assert list(read_template(str(file)).items) == ["plan"]
    file.write_text(file.read_text().replace("concept", "conzept").replace("owner: lead", "owner: boss"))
    with pytest.raises(SafetyError) as refused:
        read_template(str(file))
    assert str(refused.value).count("own.yaml:5:") == 2
    with pytest.raises(SafetyError, match="did you mean 'common'"):
        read_template("comon")


# --- on a record -------------------------------------------------------------------------------------------------------------

ITEMS = {
    "plan": {"name": "Plan", "phase": "concept", "owner": "esa", "evidence": "The plan"},
    "hazards/arm": {"name": "Hazards", "phase": "design", "owner": "csa", "evidence": "Reports"},
}
BOARD = {
    "name": "Safety Board",
    "organisation": "Trial",
    "sources": {"rules": {"title": "Rules of the Board", "checked": "made for the test"}},
    "members_source": "rules, annex",
    "members": [{"id": p} for p in PARTIES],
    "powers": {"safety": {"about": "safety", "rule": {"needs": {"share": "2/3"}}, "source": "rules, 1"}},
}
FILE = {"file": "plan.pdf", "sha256": hashlib.sha256(b"plan").hexdigest()}


@pytest.fixture
def scribe() -> Scribe:
    """A record of three parties with a board that is entrusted with waivers, and a checklist of two items."""
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    everybody = {"by": "esa", "keys": PARTIES}
    assert scribe.write("body.establish", {"body": "board", "document": BOARD}, **everybody) is None
    waivers = {"waivers": {"kind": "safety.waive", "about": "*", "body": "board", "decision": "safety"}}
    assert scribe.write("charter.set", {"mandates": waivers}, **everybody) is None
    assert agree(scribe) is None
    return scribe


def agree(scribe: Scribe, items=None, *, keys=PARTIES, **more) -> str | None:
    body = {"checklist": "arm", "mission": "arm", "items": ITEMS if items is None else items, **more}
    return scribe.write("safety.agree", body, by="esa", keys=keys)


def sign(scribe: Scribe, item="plan", *, by="esa", evidence=None, **more) -> str | None:
    body = {"checklist": "arm", "item": item, "evidence": evidence or FILE, **more}
    return scribe.write("safety.sign", body, by=by)


def judge(scribe: Scribe, kind: str, item="plan", *, by="nasa", signed=None, **more) -> str | None:
    held = (scribe.state.get(SAID, f"arm/{item}") or {}).get("signed", {}).get("entry", "nothing")
    return scribe.write(f"safety.{kind}", {"checklist": "arm", "item": item, "signed": signed or held, **more}, by=by)


def status(scribe: Scribe, *, after_days: int = 0) -> dict[str, str]:
    return {one.item: one.status for one in standing(scribe.state, "arm", scribe.now + timedelta(days=after_days))}


def test_a_list_needs_all_parties_and_owners_that_are_parties(scribe):
    assert "nasa did not sign" in agree(scribe, keys=("csa", "esa"))
    stranger = {"plan": {**ITEMS["plan"], "owner": "jaxa"}}
    assert "'jaxa' owns plan and is no party" in agree(scribe, stranger)
    assert "'jaxa' accepts evidence and is no party" in agree(scribe, accepts=["jaxa"])
    assert "none; did you mean 'concept'" in agree(scribe, {"plan": {**ITEMS["plan"], "phase": "conzept"}})
    assert "from 1 to 500 items" in agree(scribe, {})
    assert "none of them empty" in agree(scribe, {"plan": {**ITEMS["plan"], "evidence": ""}})


def test_evidence_is_signed_by_its_owner_and_accepted_by_another(scribe):
    assert status(scribe) == {"plan": "owed", "hazards/arm": "owed"}
    assert "esa's to show, not nasa's" in sign(scribe, by="nasa")
    assert sign(scribe) is None
    assert status(scribe)["plan"] == "signed"
    assert "another party judges it" in judge(scribe, "accept", by="esa")
    assert judge(scribe, "accept") is None
    assert status(scribe)["plan"] == "accepted"
    assert "accepted by nasa already" in sign(scribe)
    assert "accepted by nasa already" in judge(scribe, "refuse", reason="late")


def test_refused_evidence_may_be_signed_anew_and_an_old_judgement_does_not_count_for_it(scribe):
    assert sign(scribe) is None
    before = scribe.state.get(SAID, "arm/plan")["signed"]["entry"]
    assert judge(scribe, "refuse", reason="No hazards of the battery") is None
    assert status(scribe)["plan"] == "refused"
    assert sign(scribe, evidence={"link": "https://example.org/plan-2"}) is None
    assert "has changed" in judge(scribe, "accept", signed=before)
    assert judge(scribe, "accept") is None


def test_only_who_accepts_may_accept(scribe):
    assert agree(scribe, accepts=["csa"]) is None
    assert sign(scribe) is None
    assert "csa accept evidence of this checklist, not nasa" in judge(scribe, "accept")
    assert judge(scribe, "accept", by="csa") is None


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"file": "a.pdf"}, "a file with its sha256"),
        ({"file": "a.pdf", "sha256": "AB"}, "64 hexadecimal digits"),
        ({"link": "ftp://x"}, "begins with https://"),
        ({"decision": "d"}, "the decision 'd' is not on the record"),
        ({"link": "https://x", "decision": "d"}, "a file with its sha256, a link, or a decision"),
    ],
)
def test_what_is_no_evidence_is_refused(scribe, evidence, said):
    assert said in sign(scribe, evidence=evidence)
    assert status(scribe)["plan"] == "owed"


def test_unknown_lists_and_items_are_refused_with_the_nearest(scribe):
    assert "did you mean 'plan'" in sign(scribe, "plam")
    assert "nothing is signed for arm/plan yet; esa owes it" in judge(scribe, "accept")
    with pytest.raises(SafetyError, match="did you mean 'arm'"):
        standing(scribe.state, "arms", scribe.now)
    with pytest.raises(SafetyError, match="no party"):
        party(scribe.state, "jaxa")


def test_a_waiver_is_a_bodys_decision_and_ends_in_time(scribe):
    change = {"checklist": "arm", "item": "plan", "reason": "The same as last year's"}
    assert "asks for a decision of board" in scribe.write("safety.waive", change, by="esa", keys=PARTIES)
    until = (scribe.now + timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    closes = (scribe.now + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    proposal = {
        "decision": "w", "body": "board", "kind": "safety", "title": "Waiver", "closes": closes,
        "about": {"kind": "safety.waive", "body": {**change, "until": until}},
    }  # fmt: skip
    assert scribe.write("decision.propose", proposal, by="esa") is None
    for who in PARTIES:
        assert scribe.write("decision.vote", {"decision": "w", "version": 1, "vote": "yes"}, by=who) is None
    scribe.now += timedelta(days=11)
    assert scribe.write("decision.close", {"decision": "w"}, by="esa") is None
    assert status(scribe)["plan"] == "waived"
    assert status(scribe, after_days=90)["plan"] == "owed"


def test_agreed_anew_what_was_said_of_items_that_stay_stays(scribe):
    assert sign(scribe) is None and sign(scribe, "hazards/arm", by="csa") is None
    changed = {**ITEMS, "hazards/arm": {**ITEMS["hazards/arm"], "evidence": "Reports of both halves"}}
    assert agree(scribe, changed) is None
    assert status(scribe) == {"plan": "signed", "hazards/arm": "owed"}


def test_who_owes_what_counts_phase_by_phase(scribe):
    items = standing(scribe.state, "arm", scribe.now)
    assert {who: [o.item for o in what] for who, what in owed(items, by="concept").items()} == {"esa": ["plan"]}
    assert set(owed(items, by="disposal")) == {"csa", "esa"}
    assert sign(scribe) is None and judge(scribe, "accept") is None
    assert owed(standing(scribe.state, "arm", scribe.now), by="concept") == {}


@given(st.lists(st.tuples(st.sampled_from(["sign", "accept", "refuse"]), st.sampled_from(PARTIES)), max_size=8))
def test_however_partners_act_nothing_is_accepted_by_who_gave_it(acts):
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    assert agree(scribe) is None
    for act, who in acts:
        _ = (
            sign(scribe, by=who)
            if act == "sign"
            else judge(scribe, act, by=who, **({"reason": "x"} if act == "refuse" else {}))
        )
    said = scribe.state.get(SAID, "arm/plan") or {}
    assert not (said.get("accepted") and said.get("refused"))
    for word in ("accepted", "refused"):
        if said.get(word):
            assert said["signed"]["by"] == "esa" != said[word]["by"]
    assert scribe.state.get(LISTS, "arm")["items"] == ITEMS


# --- both together -----------------------------------------------------------------------------------------------------------


def test_a_list_is_agreed_only_when_every_owner_and_trait_is_settled(apollo, webb):
    with pytest.raises(SafetyError, match="does the mission have geostationary, low_orbit"):
        agreed_items(checklist(COMMON, apollo, "rehearsal"))
    with pytest.raises(SafetyError, match="its owner is one of"):
        agreed_items(whole(webb, "observatory"))
    assert {item["owner"] for item in agreed_items(whole(apollo, "rehearsal")).values()} == {"ussr"}


def test_what_differs_from_the_programme_is_told_but_not_what_nobody_said(apollo):
    agreed, open_list = whole(apollo, "rehearsal"), checklist(COMMON, apollo, "rehearsal")
    items = planned(agreed)
    assert differences(agreed, items) == differences(open_list, items) == ()
    assert differences(agreed, items[1:]) == (f"not on the record: {items[0].item}",)
    led = whole(apollo, "rehearsal", owners={"lead": "nasa"})
    count = sum(due.owners == ("nasa",) for due in led.items)
    assert count > 1
    assert differences(led, items) == (f"{count} items owned by ussr on the record, by nasa in the programme",)


def test_a_file_is_named_by_its_digest(tmp_path):
    file = tmp_path / "plan.pdf"
    file.write_bytes(b"plan")
    assert file_evidence(file) == FILE
    with pytest.raises(SafetyError, match="No such file"):
        file_evidence(Path(tmp_path / "none.pdf"))
