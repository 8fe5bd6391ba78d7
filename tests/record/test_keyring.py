from datetime import timedelta

import pytest

from comity.record.errors import Refused
from comity.record.state import Kind
from tests.record.makers import START, Scribe, key, officers

NOTE = Kind("note.write", lambda state, entry: state.put("notes", entry.id, entry.body["text"]))


@pytest.fixture
def scribe():
    return Scribe(
        {"esa": officers("esa", "deputy", "third", threshold=2), "jaxa": officers("jaxa")},
        kinds=[NOTE],
        grave=["note.grave"],
    )


def note(scribe, text="hello", **how):
    return scribe.write("note.write", {"text": text}, **{"by": "jaxa", **how})


def delegate(scribe, name, rights, **how):
    body = {"public": key(name).public, "person": name, "rights": rights}
    return scribe.write("key.delegate", {**body, **how.pop("body", {})}, **{"by": "esa", **how})


def test_a_party_writes_and_a_stranger_does_not(scribe):
    assert note(scribe) is None
    assert "cnsa is no party" in note(scribe, by="cnsa")
    assert "speaks for esa" in note(scribe, keys=["esa"])
    assert "not on the record" in note(scribe, keys=["nobody"])


def test_all_founders_sign_the_opening():
    founders = {"esa": officers("esa"), "jaxa": officers("jaxa")}
    scribe = Scribe({"esa": officers("esa")})
    assert "open already" in scribe.write("record.open", {"programme": "x", "founders": founders}, by="esa", after=[])
    unsigned = Scribe.__new__(Scribe)
    with pytest.raises(AssertionError):
        unsigned.__init__({"esa": officers("esa"), "jaxa": {**officers("jaxa"), "threshold": 9}})


def test_a_delegate_signs_what_it_was_given_the_right_to_and_no_more(scribe):
    assert delegate(scribe, "clerk", ["note.*"]) is None
    assert note(scribe, by="esa", keys=["clerk"]) is None
    assert "may sign note.*" in scribe.write("key.revoke", {"key": key("clerk").id}, by="esa", keys=["clerk"])


def test_nobody_gives_away_a_right_that_he_does_not_have(scribe):
    assert delegate(scribe, "clerk", ["note.*", "key.delegate"]) is None
    assert "nobody gives more" in delegate(scribe, "friend", ["*"], keys=["clerk"])
    assert delegate(scribe, "friend", ["note.write"], keys=["clerk"]) is None


def test_a_right_ends_at_its_time(scribe):
    end = START + timedelta(hours=1)
    assert delegate(scribe, "clerk", ["note.*"], body={"until": "2026-01-01T01:00:00Z"}) is None
    assert note(scribe, by="esa", keys=["clerk"], at=end - timedelta(seconds=1)) is None
    assert "valid until" in note(scribe, by="esa", keys=["clerk"], at=end)


def test_a_revoked_key_signs_nothing_more_even_for_an_earlier_time(scribe):
    assert delegate(scribe, "clerk", ["note.*"]) is None
    granted = scribe.entries[-1].id
    assert scribe.write("key.revoke", {"key": key("clerk").id, "reason": "lost"}, by="esa") is None
    assert "revoked" in note(scribe, by="esa", keys=["clerk"], at=START + timedelta(seconds=2), after=[granted])


def test_a_rotated_key_keeps_rights_and_seat(scribe):
    assert scribe.write("key.rotate", {"key": key("jaxa").id, "public": key("jaxa2").public}, by="jaxa") is None
    assert "replaced by" in note(scribe)
    assert note(scribe, keys=["jaxa2"]) is None
    assert scribe.state.get("parties", "jaxa")["officers"] == [key("jaxa2").id]


def test_a_key_is_never_used_again(scribe):
    assert delegate(scribe, "clerk", ["note.*"]) is None
    assert scribe.write("key.revoke", {"key": key("clerk").id}, by="esa") is None
    assert "never used again" in delegate(scribe, "clerk", ["note.*"])


def test_what_is_grave_needs_the_threshold(scribe):
    change = {"officers": sorted([key("esa").id, key("deputy").id]), "threshold": 1}
    assert "needs 2 of the 3 officers" in scribe.write("party.officers", change, by="esa")
    assert scribe.write("party.officers", change, by="esa", keys=["esa", "third"]) is None
    assert scribe.state.get("parties", "esa")["threshold"] == 1


def test_one_person_with_two_keys_is_one_officer(scribe):
    twice = {"officers": [{"public": key(n).public, "person": "the director"} for n in ("a", "b")], "threshold": 2}
    said = scribe.write("party.admit", {"partner": "csa", "party": twice}, by="esa", keys=["esa", "jaxa", "a"])
    assert "different persons" in said


def test_a_programme_marks_kinds_as_grave(scribe):
    assert note(scribe, by="esa") is None
    marked = {"grave": ["note.*"]}
    assert "is grave" in scribe.write("record.grave", marked, by="esa")
    assert "jaxa did not sign" in scribe.write("record.grave", marked, by="esa", keys=["deputy", "third"])
    assert "esa did not sign" in scribe.write("record.grave", marked, by="jaxa", keys=["jaxa", "third"])
    assert scribe.write("record.grave", marked, by="esa", keys=["deputy", "third", "jaxa"]) is None
    assert "is grave" in note(scribe, by="esa")
    assert note(scribe, by="esa", keys=["esa", "deputy"]) is None


def test_the_last_officers_cannot_be_revoked_below_the_threshold(scribe):
    assert scribe.write("key.revoke", {"key": key("third").id}, by="esa", keys=["third"]) is None
    assert "threshold of 2" in scribe.write("key.revoke", {"key": key("deputy").id}, by="esa", keys=["deputy"])


@pytest.mark.parametrize("end", [{"kind": "key.rotate", "public": key("mine").public}, {"kind": "key.revoke"}])
def test_one_officer_does_not_take_the_seats_of_the_others(scribe, end):
    body = {"key": key("deputy").id, **{k: v for k, v in end.items() if k != "kind"}}
    assert "by 2 of the officers" in scribe.write(end["kind"], body, by="esa")
    assert scribe.write(end["kind"], body, by="esa", keys=["esa", "third"]) is None


def test_a_key_whose_time_is_over_gives_no_right(scribe):
    end = START + timedelta(hours=1)
    assert delegate(scribe, "director", ["*"], body={"until": "2026-01-01T01:00:00Z"}) is None
    assert delegate(scribe, "clerk", ["key.delegate"]) is None
    body = {"public": key("friend").public, "person": "friend", "rights": ["note.*"]}
    assert "until 2026-01-01T01:00:00Z at most" in scribe.write("key.delegate", body, by="esa", keys=["director"])
    both = {"by": "esa", "keys": ["clerk", "director"]}
    assert "may not give" in scribe.write("key.delegate", body, **both, at=end)


def test_nobody_comes_back_in_the_name_of_who_left(scribe):
    assert scribe.write("party.leave", {"reason": "budget"}, by="jaxa") is None
    body = {"partner": "jaxa", "party": officers("not jaxa")}
    assert "jaxa left" in scribe.write("party.admit", body, by="esa", keys=["esa", "not jaxa"])
    assert scribe.write("party.admit", body, by="esa", keys=["esa", "not jaxa", "jaxa"]) is None


def test_a_newcomer_is_admitted_by_all_and_shows_that_it_has_its_key(scribe):
    body = {"partner": "csa", "party": officers("csa")}
    assert "jaxa did not sign" in scribe.write("party.admit", body, by="esa", keys=["esa", "csa"])
    assert "no officer's key of csa" in scribe.write("party.admit", body, by="esa", keys=["esa", "jaxa"])
    assert scribe.write("party.admit", body, by="esa", keys=["esa", "jaxa", "csa"]) is None
    assert note(scribe, by="csa") is None
    assert scribe.write("party.leave", {"reason": "budget"}, by="csa") is None
    assert "left this record" in note(scribe, by="csa")


@pytest.mark.parametrize(
    "body, said",
    [
        ({}, "public"),
        ({"public": "zz", "person": "A", "rights": ["*"]}, "base64"),
        ({"public": "A" * 43 + "=", "person": "A", "rights": ["a*b"]}, "no kind"),
        ({"public": "A" * 43 + "=", "person": "A", "rights": ["agreement*"]}, "no kind"),
        ({"public": "A" * 43 + "=", "person": "A", "rights": ["*"], "colour": "red"}, "no field 'colour'"),
    ],
)
def test_a_bad_key_is_refused_with_what_is_wrong(scribe, body, said):
    assert said in scribe.write("key.delegate", body, by="jaxa")


def test_what_is_refused_changes_nothing():
    def half(state, entry):
        state.put("notes", "half", "done")
        raise Refused("no")

    scribe = Scribe({"esa": officers("esa")}, kinds=[Kind("note.half", half)])
    before = scribe.state.to_dict()
    assert scribe.write("note.half", {}, by="esa") == "no"
    after = scribe.state.to_dict()
    assert after.pop("refused") and after == before


def test_a_misspelt_partner_is_told_its_name(scribe):
    assert "did you mean 'jaxa'" in note(scribe, by="jaxxa", keys=["jaxa"])
