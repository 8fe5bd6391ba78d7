"""Rules on a record: what is adopted there, in force there and suspended there decides questions and bars entries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.governance.agreements import Agreement
from comity.kinds import GUARDS, KINDS
from comity.policy import Description, PolicyError, Question, World, decide, is_exempt, world
from comity.policy import recording as recording_module
from comity.record import Fold, Refused, timestamp
from comity.record.programme import CHANGE, change_to, programme_of, texts_of, texts_on
from comity.standing_facts import on_record
from tests.record.makers import Scribe, officers

PARTIES = ("aurora", "meridian", "savanna")
NAMES = [kind.name for kind in KINDS]
#: What the board decides on by the charter.
ENTRUSTED = ("body.arrears", "partner.suspend", "partner.reinstate")
BOARD = {
    "name": "Board",
    "organisation": "Trial",
    "sources": {"rules": {"title": "Rules of the Board", "checked": "made for the test"}},
    "members_source": "rules, annex",
    "members": [{"id": p} for p in PARTIES],
    "powers": {"all": {"about": "everything", "rule": {"needs": {"share": "2/3"}}, "source": "rules, 1"}},
}
ACCORD: dict[str, Any] = {
    "agreement": {"id": "landing-accord", "title": "Landing accord", "kind": "memorandum"},
    "parties": {
        "aurora": {"name": "Aurora Space Agency", "states": ["SE"]},
        "meridian": {"name": "Meridian Space Office", "states": ["US"]},
    },
    "clauses": {
        "data": {
            "title": "Data",
            "text": "Ours.",
            "terms": {
                "kind": "data_sharing",
                "policies": [
                    {"data": "spectra", "access": "partners", "holders": ["aurora", "meridian"]},
                    {"data": "pictures", "access": "open"},
                    {
                        "data": "maps",
                        "access": "proprietary",
                        "holders": ["meridian"],
                        "proprietary_period": "6 months",
                    },
                    {"data": "tones", "access": "restricted"},
                ],
            },
        },
        "export": {
            "title": "Export",
            "text": "From Meridian.",
            "terms": {
                "kind": "export",
                "grants": [{"technologies": ["landing"], "giver": ["meridian"], "receiver": ["aurora"]}],
            },
        },
        "leaving": {"title": "Withdrawal", "text": "At once.", "terms": {"kind": "withdrawal", "notice": "1 month"}},
    },
}


def rule(effect: str, scope: str, *, id: str = "r", clauses: str = "") -> str:
    """A rule about entries; `scope` is what stands for principal and resource."""
    principal, _, resource = scope.partition(" / ")
    head = f'@id("{id}") @because("We said so.") @source("minutes")\n'
    return (
        f'{head}{effect} ({principal or "principal"}, action == Action::"record", {resource or "resource"}){clauses};\n'
    )


@pytest.fixture
def scribe() -> Scribe:
    """A record of three parties with the example programme and a board."""
    return begun()


def begun() -> Scribe:
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    texts = texts_of(Path(str(files("comity.cli") / "example_programme")))
    assert scribe.write(CHANGE, change_to(scribe.state, texts) or {}, by="aurora") is None
    body = {"body": "board", "document": BOARD}
    assert scribe.write("body.establish", body, by="aurora", keys=PARTIES) is None
    entrust(scribe, *ENTRUSTED)
    return scribe


def entrust(scribe: Scribe, *kinds: str) -> None:
    """The charter asks for the board's decision on these kinds."""
    mandates = {kind: {"kind": kind, "about": "*", "body": "board", "decision": "all"} for kind in kinds}
    assert scribe.write("charter.set", {"mandates": mandates}, by="aurora", keys=PARTIES) is None


def adopt(scribe: Scribe, text: str, name: str = "ours") -> str | None:
    before = scribe.state.get("policies", name)
    body = {"name": name, "text": text, **({"replaces": before["digest"]} if before else {})}
    return scribe.write("policy.adopt", body, by="aurora", keys=PARTIES)


def decided(scribe: Scribe, kind: str, body: dict[str, Any], name: str, *, by: tuple[str, ...] = PARTIES) -> None:
    """The board decides by the votes of these members, and closes."""
    closes = timestamp(scribe.now + timedelta(days=9))
    proposal = {"decision": name, "body": "board", "kind": "all", "title": name, "closes": closes}
    assert scribe.write("decision.propose", {**proposal, "about": {"kind": kind, "body": body}}, by=by[0]) is None
    for party in by:
        assert scribe.write("decision.vote", {"decision": name, "version": 1, "vote": "yes"}, by=party) is None
    assert scribe.write("decision.close", {"decision": name}, by=by[-1]) is None
    assert scribe.state.get("decisions", name)["status"] == "enacted"


def sign_accord(scribe: Scribe) -> None:
    document = Agreement.model_validate(ACCORD)
    body = {"document": document.to_record(), "digest": document.digest}
    assert scribe.write("agreement.propose", body, by="meridian") is None
    for party in ("aurora", "meridian"):
        act = {"agreement": "landing-accord", "digest": document.digest}
        assert scribe.write("agreement.sign", act, by=party) is None


def change(scribe: Scribe, by: str, *, text: str = "# more\n") -> str | None:
    """A change of a comment in the programme's files."""
    texts = texts_on(scribe.state)
    body = change_to(scribe.state, {**texts, "rules.yaml": texts["rules.yaml"] + text})
    assert body is not None
    return scribe.write(CHANGE, body, by=by)


def standing_world(scribe: Scribe, at: datetime | None = None) -> World:
    programme = programme_of(scribe.state, called="trial")
    return world(programme, None, on_record(scribe.state, at or scribe.now, programme, NAMES))


def may(
    scribe: Scribe, who: str, action: str, what: str, *, to: str | None = None, days: int = 0
) -> tuple[bool, set[str]]:
    """Whether it may be done (some days from now), and the rules that say so."""
    at = scribe.now + timedelta(days=days)
    held = standing_world(scribe, at)
    answer = decide(held.rules_for(action, what), held.facts, Question(who, action, what, at, to=to))
    return answer.allowed, {cited.id for cited in answer.because}


# --- entries -----------------------------------------------------------------------------------------------------------------


def test_a_rule_that_forbids_bars_a_kind_to_a_partner_and_is_named(scribe: Scribe) -> None:
    text = rule("forbid", f'principal == Partner::"savanna" / resource == EntryKind::"{CHANGE}"')
    assert adopt(scribe, text) is None
    digest = scribe.state.get("policies", "ours")["digest"]
    refused = str(change(scribe, "savanna"))
    assert "bar programme.change to savanna" in refused and "We said so." in refused
    assert f"'r' (ours, SHA-256 {digest[:12]})" in refused
    assert change(scribe, "meridian") is None


def test_a_rule_that_permits_keeps_a_kind_to_those_whom_it_names(scribe: Scribe) -> None:
    assert adopt(scribe, rule("permit", f'principal == Partner::"aurora" / resource == EntryKind::"{CHANGE}"')) is None
    refused = str(change(scribe, "meridian"))
    assert "keep programme.change to others than meridian" in refused and "'r' (ours" in refused
    assert change(scribe, "aurora") is None
    assert (
        scribe.write("policy.licence", {"act": "renew"}, by="meridian")
        == "the act of policy.licence is grant or revoke, not 'renew'"
    )


def test_a_family_of_kinds_is_barred_together(scribe: Scribe) -> None:
    assert adopt(scribe, rule("forbid", 'principal / resource in EntryFamily::"agreement"')) is None
    assert "bar agreement.sign" in str(scribe.write("agreement.sign", {}, by="aurora"))
    assert "bar agreement.withdraw" in str(scribe.write("agreement.withdraw", {}, by="meridian"))
    assert change(scribe, "savanna") is None


def test_nobody_can_be_kept_from_deciding_keys_leaving_and_changing_the_rules(scribe: Scribe) -> None:
    keeping = rule("permit", 'principal == Partner::"aurora" / resource in EntryFamily::"party"', id="k")
    assert adopt(scribe, rule("forbid", "principal / resource") + keeping) is None
    assert "bar programme.change" in str(change(scribe, "aurora"))
    new = officers("other")["officers"][0]["public"]
    delegated = {"public": new, "person": "a deputy", "rights": ["agreement.*"]}
    assert scribe.write("key.delegate", delegated, by="savanna") is None
    decided(scribe, "body.arrears", {"body": "board", "members": ["savanna"]}, "arrears")
    assert scribe.write("party.leave", {"reason": "enough"}, by="savanna") is None
    body = {"name": "ours", "text": "", "replaces": scribe.state.get("policies", "ours")["digest"]}
    assert scribe.write("policy.adopt", body, by="aurora", keys=("aurora", "meridian")) is None
    assert change(scribe, "aurora") is None


def test_what_a_body_decides_is_barred_by_no_rule(scribe: Scribe) -> None:
    assert adopt(scribe, rule("forbid", f'principal / resource == EntryKind::"{CHANGE}"')) is None
    texts = texts_on(scribe.state)
    body = change_to(scribe.state, {**texts, "rules.yaml": texts["rules.yaml"] + "# decided\n"})
    assert body is not None
    decided(scribe, CHANGE, body, "files")
    assert texts_on(scribe.state)["rules.yaml"].endswith("# decided\n")


def test_a_body_adopts_rules_and_ends_them(scribe: Scribe) -> None:
    text = rule("forbid", f'principal == Partner::"savanna" / resource == EntryKind::"{CHANGE}"')
    entrust(scribe, "policy.adopt")
    decided(scribe, "policy.adopt", {"name": "ours", "text": text}, "first")
    assert "bar programme.change" in str(change(scribe, "savanna"))
    digest = scribe.state.get("policies", "ours")["digest"]
    decided(scribe, "policy.adopt", {"name": "ours", "text": "", "replaces": digest}, "second")
    assert change(scribe, "savanna") is None


def test_rules_ask_for_states_bodies_agreements_and_the_entrys_own_time(scribe: Scribe) -> None:
    texts = [
        rule("forbid", f'principal in State::"KE" / resource == EntryKind::"{CHANGE}"', id="state"),
        rule(
            "forbid",
            'principal / resource == EntryKind::"policy.licence"',
            id="a",
            clauses='\nunless { principal in Team::"board" }',
        ),
        rule(
            "permit",
            'principal in Agreement::"landing-accord" / resource == EntryKind::"agreement.amend"',
            id="agreement",
        ),
        rule(
            "forbid",
            f'principal / resource == EntryKind::"{CHANGE}"',
            id="t",
            clauses='\nwhen { context.at >= datetime("2026-06-01") }',
        ),
    ]
    assert adopt(scribe, "".join(texts)) is None
    assert "'state'" in str(change(scribe, "savanna"))
    assert change(scribe, "aurora", text="# by aurora\n") is None
    assert "not 'renew'" in str(scribe.write("policy.licence", {"act": "renew"}, by="savanna"))
    assert "'agreement'" in str(scribe.write("agreement.amend", {}, by="aurora"))
    sign_accord(scribe)
    assert "field agreement of agreement.amend is missing" in str(scribe.write("agreement.amend", {}, by="aurora"))
    scribe.now = datetime(2026, 6, 1, tzinfo=UTC)
    assert "'t'" in str(change(scribe, "aurora", text="# too late\n"))


def test_the_rules_that_the_documentation_shows_can_be_adopted_and_do_what_it_says(scribe: Scribe) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"
    (text,) = re.findall(r"^```cedar\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert adopt(scribe, text) is None
    assert "'no-changes-meanwhile'" in str(change(scribe, "aurora"))
    assert "'licences-by-offices'" in str(scribe.write("policy.licence", {"act": "renew"}, by="aurora"))
    assert "not 'renew'" in str(scribe.write("policy.licence", {"act": "renew"}, by="meridian"))
    scribe.now = datetime(2026, 6, 30, tzinfo=UTC)
    assert change(scribe, "aurora") is None


def test_no_adopted_rule_takes_the_name_of_one_that_comity_makes(scribe: Scribe) -> None:
    for id in ("record-parties", "suspended-record"):
        assert "choose another @id" in str(adopt(scribe, rule("forbid", "principal", id=id)))


def test_rules_are_compiled_once_and_asked_only_when_they_are_about_entries(
    scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = '@id("v") @because("x") @source("x") permit (principal, action == Action::"view", resource);'
    with monkeypatch.context() as patch:
        patch.setattr(recording_module, "recording", lambda _: pytest.fail("nothing is adopted"))
        assert change(scribe, "savanna", text="# before\n") is None
    assert adopt(scribe, view) is None
    with monkeypatch.context() as patch:
        patch.setattr(recording_module, "_decider", lambda *_: pytest.fail("no rule is about entries"))
        assert change(scribe, "savanna", text="# one\n") is None
    assert adopt(scribe, rule("forbid", 'principal / resource in EntryFamily::"agreement"')) is None
    misses = recording_module.recording.cache_info().misses
    for number in range(5):
        assert change(scribe, "savanna", text=f"# {number}\n") is None
    assert recording_module.recording.cache_info().misses <= misses + 1


def test_the_same_entries_come_to_the_same_state_and_refusals(scribe: Scribe) -> None:
    adopt(scribe, rule("permit", f'principal in State::"SE" / resource == EntryKind::"{CHANGE}"'))
    for party in PARTIES:
        change(scribe, party, text=f"# {party}\n")
    again = Fold(KINDS, GUARDS)
    recording_module.recording.cache_clear()
    for entry in scribe.entries:
        again.take(entry)
    assert again.state.digest() == scribe.state.digest()
    assert again.refusals == scribe.fold.refusals and len(again.refusals) == 2


POOL = (
    rule("forbid", f'principal == Partner::"savanna" / resource == EntryKind::"{CHANGE}"', id="p1"),
    rule("forbid", 'principal in State::"US" / resource in EntryFamily::"policy"', id="p2"),
    rule("permit", 'principal in Team::"board" / resource in EntryFamily::"party"', id="p3"),
    rule("permit", f'principal == Partner::"aurora" / resource == EntryKind::"{CHANGE}"', id="p4"),
    rule("forbid", "principal", id="p5", clauses='\nunless { principal in [Partner::"aurora", Partner::"meridian"] }'),
    rule("permit", 'principal in State::"KE" / resource == EntryKind::"agreement.sign"', id="p6"),
    rule(
        "forbid",
        "principal",
        id="p7",
        clauses='\nwhen { principal.states.contains(State::"SE") && context.at < datetime("2026-01-01T00:00:05Z") }',
    ),
    rule("permit", 'principal in Agreement::"landing-accord" / resource in EntryFamily::"decision"', id="p8"),
)


@pytest.fixture(scope="module")
def records() -> Iterator[dict[bool, Scribe]]:
    """A record with an agreement, and the same with savanna suspended."""
    plain, suspended = begun(), begun()
    for scribe in (plain, suspended):
        sign_accord(scribe)
    decided(suspended, "partner.suspend", {"partner": "savanna", "reason": "sanctions"}, "out")
    yield {False: plain, True: suspended}


@settings(max_examples=25, deadline=None)
@given(chosen=st.sets(st.integers(0, len(POOL) - 1)), suspended=st.booleans())
def test_what_comity_can_answers_is_what_the_record_does(
    records: dict[bool, Scribe], chosen: set[int], suspended: bool
) -> None:
    scribe = records[suspended]
    before = scribe.state.savepoint()
    text = "".join(POOL[n] for n in sorted(chosen))
    if text:
        scribe.state.put("policies", "ours", {"text": text, "digest": "0" * 64, "by": "aurora", "entry": ""})
    try:
        held = standing_world(scribe)
        # What the charter gives to the board, no party does by itself, whatever the rules say.
        for name in (n for n in NAMES if n not in ENTRUSTED):
            for party in PARTIES:
                entry = scribe.entry(name, {}, by=party)
                answer = decide(held.rules_for("record", name), held.facts, Question(party, "record", name, entry.at))
                barred = None
                for one in GUARDS:
                    try:
                        one(scribe.state, entry)
                    except Refused as error:
                        barred = str(error)
                assert answer.allowed == (barred is None), (party, name, answer, barred)
                assert not is_exempt(name) or answer.allowed or party == "savanna"
    finally:
        scribe.state.roll_back(before)


# --- transfers and data ------------------------------------------------------------------------------------------------------


def test_an_agreement_on_the_record_lifts_a_bar_only_while_and_as_it_is_in_force_there(scribe: Scribe) -> None:
    def passes(giver: str, to: str, days: int = 0) -> bool:
        return may(scribe, giver, "transfer", "landing", to=to, days=days)[0]

    # By the programme's own statement the accord is in force from 2031 on.
    assert not passes("meridian", "aurora") and passes("meridian", "aurora", days=365 * 6)
    document = Agreement.model_validate(ACCORD)
    body = {"document": document.to_record(), "digest": document.digest}
    assert scribe.write("agreement.propose", body, by="meridian") is None
    # On the record but unsigned, it lets nothing pass, whatever the programme says.
    assert not passes("meridian", "aurora", days=365 * 6)
    for party in ("aurora", "meridian"):
        act = {"agreement": "landing-accord", "digest": document.digest}
        assert scribe.write("agreement.sign", act, by=party) is None
    allowed, rules = may(scribe, "meridian", "transfer", "landing", to="aurora")
    assert allowed and "agreement landing-accord, export" in rules
    assert not passes("meridian", "savanna")
    assert scribe.write("agreement.withdraw", {"agreement": "landing-accord"}, by="aurora") is None
    assert passes("meridian", "aurora") and not passes("meridian", "aurora", days=40)


def test_a_grant_is_cited_with_the_digest_of_the_text_that_was_signed(scribe: Scribe) -> None:
    sign_accord(scribe)
    cited = standing_world(scribe).policies.by_id["agreement landing-accord, export"].cited
    assert Agreement.model_validate(ACCORD).digest in cited.source


def test_a_licence_on_the_record_lifts_a_bar_until_it_is_revoked(scribe: Scribe) -> None:
    licence = {"id": "L-1", "authority": "Office", "givers": ["meridian"], "receivers": ["savanna"], "source": "case 1"}
    licence |= {"classes": ["landing"], "valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    assert scribe.write("policy.licence", {"act": "grant", "licence": licence}, by="meridian") is None
    assert may(scribe, "meridian", "transfer", "landing", to="savanna") == (True, {"not-barred", "licence L-1"})
    revoked = {"act": "revoke", "id": "L-1", "from": "2026-01-10", "reason": "trust"}
    assert scribe.write("policy.licence", revoked, by="meridian") is None
    assert may(scribe, "meridian", "transfer", "landing", to="savanna")[0]
    assert may(scribe, "meridian", "transfer", "landing", to="savanna", days=10) == (False, {"landing-control"})


def test_a_suspended_partner_is_given_nothing_and_sees_only_what_is_open_or_its_own(scribe: Scribe) -> None:
    sign_accord(scribe)
    spectra, pictures = "landing-accord: spectra", "landing-accord: pictures"
    assert may(scribe, "aurora", "read", spectra)[0] and may(scribe, "meridian", "read", spectra)[0]
    assert not may(scribe, "savanna", "read", spectra)[0] and may(scribe, "savanna", "read", pictures)[0]
    decided(scribe, "partner.suspend", {"partner": "aurora", "reason": "sanctions"}, "out")
    assert may(scribe, "meridian", "transfer", "landing", to="aurora") == (False, {"suspended-transfer"})
    assert may(scribe, "savanna", "transfer", "spectrometer", to="aurora") == (False, {"suspended-transfer"})
    assert may(scribe, "aurora", "transfer", "spectrometer", to="savanna")[0]
    assert may(scribe, "aurora", "read", spectra) == (False, {"suspended-data"})
    assert may(scribe, "aurora", "read", pictures)[0] and may(scribe, "meridian", "read", spectra)[0]
    assert may(scribe, "aurora", "record", CHANGE) == (False, {"suspended-record"})
    assert may(scribe, "aurora", "record", "dispute.open")[0] and may(scribe, "aurora", "view", "example")[0]
    decided(scribe, "partner.reinstate", {"partner": "aurora", "reason": "lifted"}, "in", by=("meridian", "savanna"))
    assert may(scribe, "aurora", "read", spectra)[0]


def test_data_made_under_an_agreement_are_open_once_its_period_is_over(scribe: Scribe) -> None:
    def reads(who: str, product: str, month: int) -> bool:
        described = Description.model_validate({"products": {"p": {"of": product, "made": "2026-02-01"}}})
        at = datetime(2026, month, 1, tzinfo=UTC)
        programme = programme_of(scribe.state, called="trial")
        held = world(programme, described, on_record(scribe.state, at, programme, NAMES))
        return decide(held.policies, held.facts, Question(who, "read", "p", at)).allowed

    with pytest.raises(PolicyError, match=r"no agreement in force on a record speaks of data 'maps'"):
        reads("meridian", "maps", 3)
    sign_accord(scribe)
    assert [reads("meridian", "maps", m) for m in (3, 8)] == [True, True]
    assert [reads("savanna", "maps", m) for m in (3, 7, 8)] == [False, False, True]
    assert [reads(who, "landing-accord: tones", 12) for who in PARTIES] == [True, True, False]


def test_an_adopted_rule_holds_beside_the_shipped_ones_or_in_place_of_the_one_with_its_name(scribe: Scribe) -> None:
    text = """
@id("data-open") @because("Our own.") @source("m")
permit (principal in Team::"board", action == Action::"read", resource is Dataset) when { resource.access == "open" };
@id("no-landing") @because("None.") @source("m")
forbid (principal, action == Action::"transfer", resource == Class::"landing");
"""
    sign_accord(scribe)
    assert may(scribe, "nasa", "read", "landing-accord: pictures")[0]
    assert adopt(scribe, text) is None
    digest = scribe.state.get("policies", "ours")["digest"]
    assert not may(scribe, "nasa", "read", "landing-accord: pictures")[0]
    assert may(scribe, "savanna", "read", "landing-accord: pictures") == (True, {"data-open"})
    assert may(scribe, "meridian", "transfer", "landing", to="aurora") == (False, {"no-landing"})
    held = standing_world(scribe).policies.by_id
    assert (held["data-open"].cited.file, held["data-open"].cited.digest) == ("adopted/ours", digest)
    assert "data-team" in held


def test_an_adopted_rule_may_not_stand_for_one_of_the_programmes_own(scribe: Scribe) -> None:
    text = '@id("landing-control") @because("x") @source("x") permit (principal, action == Action::"view", resource);'
    assert adopt(scribe, text) is None
    with pytest.raises(PolicyError, match=r"'landing-control' stands already in adopted/ours:1"):
        standing_world(scribe)
