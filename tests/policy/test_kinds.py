from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from comity.policy import KINDS, licences_in_force, policies_in_force, shipped
from comity.record import Fold
from tests.record.makers import Scribe, officers

RULE = '@id("ours") @because("We said so.") @source("minutes 3")\npermit (principal, action == Action::"view", resource);\n'
LICENCE: dict[str, Any] = {
    "id": "TAA-1",
    "authority": "DDTC",
    "givers": ["nasa"],
    "receivers": ["esa"],
    "classes": ["USML XV"],
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "source": "case 1",
}


@pytest.fixture
def scribe() -> Scribe:
    return Scribe({"nasa": officers("nasa"), "esa": officers("esa")}, kinds=KINDS)


def adopt(scribe: Scribe, *keys: str, **body: str) -> str | None:
    return scribe.write("policy.adopt", {"name": "ours", "text": RULE, **body}, by="nasa", keys=keys or ("esa", "nasa"))


def test_all_parties_adopt_rules_as_text(scribe: Scribe) -> None:
    assert adopt(scribe) is None
    assert [rule.id for rule in policies_in_force(scribe.state).rules] == ["ours"]
    assert len(scribe.state.get("policies", "ours")["digest"]) == 64


def test_one_party_alone_adopts_nothing(scribe: Scribe) -> None:
    assert "esa did not sign" in str(adopt(scribe, "nasa"))
    assert not policies_in_force(scribe.state).rules


def test_rules_that_do_not_parse_are_refused_with_their_errors(scribe: Scribe) -> None:
    said = adopt(scribe, text=RULE.replace("permit", "permt") + '@id("x") permit (principal, action, resource);')
    assert said is not None
    assert "ours:1:1: not Cedar" in said and "ours:3:1: the rule says no @because" in said
    assert scribe.state.get("policies", "ours") is None


def test_rules_of_two_sets_do_not_share_a_name(scribe: Scribe) -> None:
    assert adopt(scribe) is None
    assert "'ours' stands already in" in str(adopt(scribe, name="theirs"))


def test_a_new_version_names_the_one_that_it_replaces(scribe: Scribe) -> None:
    assert adopt(scribe) is None
    digest = scribe.state.get("policies", "ours")["digest"]
    later = RULE.replace("We said so.", "We said so again.")
    assert "say replaces:" in str(adopt(scribe, text=later))
    assert "say replaces:" in str(adopt(scribe, text=later, replaces="0" * 64))
    assert adopt(scribe, text=later, replaces=digest) is None
    newer = scribe.state.get("policies", "ours")["digest"]
    assert adopt(scribe, text="", replaces=newer) is None
    assert not policies_in_force(scribe.state).rules


def test_the_shipped_rules_can_be_adopted(scribe: Scribe) -> None:
    text = "\n".join(shipped("data", "property").texts.values())
    assert adopt(scribe, text=text) is None
    assert len(policies_in_force(scribe.state).rules) == len(shipped("data", "property").rules)


def grant(scribe: Scribe, *, by: str = "nasa", **other: Any) -> str | None:
    return scribe.write("policy.licence", {"act": "grant", "licence": {**LICENCE, **other}}, by=by)


def in_force(scribe: Scribe, day: int, month: int = 6) -> list[str]:
    return [licence.id for licence in licences_in_force(scribe.state, datetime(2026, month, day, tzinfo=UTC))]


def test_a_licence_runs_on_its_days_until_it_is_revoked(scribe: Scribe) -> None:
    assert grant(scribe) is None
    assert in_force(scribe, 1) == ["TAA-1"]
    assert licences_in_force(scribe.state, datetime(2027, 1, 1, tzinfo=UTC)) == ()
    revoked = {"act": "revoke", "id": "TAA-1", "from": "2026-06-15", "reason": "lapse of trust"}
    assert scribe.write("policy.licence", revoked, by="nasa") is None
    assert (in_force(scribe, 14), in_force(scribe, 15)) == (["TAA-1"], [])
    assert "revoked already" in str(scribe.write("policy.licence", revoked, by="nasa"))


@pytest.mark.parametrize(
    ("by", "body", "said"),
    [
        ("esa", {"act": "grant", "licence": LICENCE}, "esa is no giver"),
        ("nasa", {"act": "grant", "licence": {**LICENCE, "valid_until": "2025-01-01"}}, "before it begins"),
        ("nasa", {"act": "grant", "licence": {**LICENCE, "clases": []}}, "clases"),
        ("nasa", {"act": "revoke", "id": "TAA-2", "from": "2026-06-15", "reason": "x"}, "no licence 'TAA-2'"),
        ("nasa", {"act": "renew", "id": "TAA-1"}, "grant or revoke"),
        ("nasa", {"act": "grant", "licence": LICENCE, "more": 1}, "no field 'more'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    scribe: Scribe, by: str, body: dict[str, Any], said: str
) -> None:
    assert said in str(scribe.write("policy.licence", body, by=by))
    assert not scribe.state.section("licences")


def test_a_licence_is_granted_once(scribe: Scribe) -> None:
    assert grant(scribe) is None
    assert "granted already" in str(grant(scribe))


def test_the_same_entries_come_to_the_same_state(scribe: Scribe) -> None:
    assert (adopt(scribe), grant(scribe)) == (None, None)
    again = Fold(KINDS, ())
    for entry in scribe.entries:
        again.take(entry)
    assert again.state.digest() == scribe.state.digest()
