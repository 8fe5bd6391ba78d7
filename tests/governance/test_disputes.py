from datetime import timedelta

import pytest

from comity.governance.disputes import clock
from comity.kinds import GUARDS, KINDS
from comity.record.programme import CHANGE
from tests.governance.test_decisions import BOARD, PARTIES, close, propose, vote
from tests.record.makers import Scribe, officers

PUT = {
    "put": {
        "p.yaml#missions": {"text": "missions:\n", "after": None},
        "p.yaml#missions/hera": {"text": "  hera: {name: Hera}\n", "after": "p.yaml#missions"},
    }
}


@pytest.fixture
def scribe():
    """A record with a board and a tribunal, and a dispute of CSA against ESA."""
    scribe = Scribe({p: officers(p) for p in (*PARTIES, "pca")}, kinds=KINDS, guards=GUARDS)
    everybody = (*PARTIES, "pca")
    assert scribe.write("body.establish", {"body": "board", "document": BOARD}, by="esa", keys=everybody) is None
    assert dispute(scribe) is None
    return scribe


def dispute(scribe, name="late", **more):
    ladder = [
        {"name": "working level", "within": "30 days"},
        {"name": "board", "acts": ["board"], "within": "1 month"},
        {"name": "arbitration", "acts": ["pca"], "within": "1 year", "binding": True},
    ]
    body = {"dispute": name, "against": ["esa"], "claim": "the instrument is late", "ladder": ladder, **more}
    return scribe.write("dispute.open", body, by="csa")


def say(scribe, kind, by, *, later=0, **body):
    at = scribe.now + timedelta(days=later)
    return scribe.write(f"dispute.{kind}", {"dispute": "late", **body}, by=by, at=at)


def of(scribe):
    return scribe.state.get("disputes", "late")


def test_the_clock_says_who_must_act_by_when(scribe):
    now = clock(scribe.state, "late", scribe.now)
    assert (now.step, now.who, now.overdue) == ("working level", ("csa", "esa"), False)
    assert clock(scribe.state, "late", scribe.now + timedelta(days=31)).overdue


def test_it_climbs_a_step_once_the_period_has_run_out(scribe):
    assert "has until 2026-01-31" in say(scribe, "escalate", "csa")
    assert "is no side" in say(scribe, "escalate", "nasa", later=31)
    assert say(scribe, "escalate", "esa") is None
    assert clock(scribe.state, "late", scribe.now).who == ("board",)


def test_it_ends_when_all_sides_consent_to_terms(scribe):
    assert say(scribe, "settle", "esa", terms="three months more, one instrument free") is None
    assert "consented already" in say(scribe, "consent", "esa", settlement=1)
    assert "no settlement number 2" in say(scribe, "consent", "csa", settlement=2)
    assert say(scribe, "consent", "csa", settlement=1) is None
    assert of(scribe)["status"] == "settled" and "three months" in of(scribe)["outcome"]
    assert clock(scribe.state, "late", scribe.now) is None
    assert "settled already" in say(scribe, "reply", "esa", text="thanks")


def test_the_body_whose_step_it_is_decides_it(scribe):
    outcome = {"kind": "dispute.outcome", "body": {"dispute": "late", "outcome": "ESA pays for the delay"}}
    assert "comes by a body's decision" in say(scribe, "outcome", "esa", outcome="we win")
    say(scribe, "escalate", "csa", later=31)
    propose(scribe, "late", about=outcome)
    for who in PARTIES:
        vote(scribe, who, "yes", "late")
    assert close(scribe, "late") is None
    assert of(scribe)["status"] == "decided" and of(scribe)["outcome"] == "ESA pays for the delay"


def test_the_tribunal_awards_at_the_binding_step_and_nobody_else(scribe):
    assert "binding step" in say(scribe, "award", "pca", award="x")
    say(scribe, "escalate", "csa", later=31)
    say(scribe, "escalate", "csa", later=32)
    assert "last step" in say(scribe, "escalate", "csa", later=400)
    assert "binding step, of pca" in say(scribe, "award", "csa", award="we win")
    assert say(scribe, "award", "pca", award="costs are shared") is None
    assert of(scribe)["status"] == "awarded"


def test_a_side_cannot_choose_the_tribunal_alone():
    scribe = Scribe({p: officers(p) for p in (*PARTIES, "friend")}, kinds=KINDS, guards=GUARDS)
    steps = [{"name": "arbitration", "binding": True}]
    assert dispute(scribe, ladder=steps) is None
    assert "to which all sides consent" in say(scribe, "award", "friend", award="csa wins")
    assert "no side of the dispute" in say(scribe, "consent", "csa", tribunal="csa")
    assert say(scribe, "consent", "csa", tribunal="friend") is None
    assert "to which all sides consent" in say(scribe, "award", "friend", award="csa wins")
    assert say(scribe, "consent", "esa", tribunal="friend") is None
    assert say(scribe, "award", "friend", award="both share") is None


def test_evidence_stands_by_its_digest(scribe):
    assert "64 hexadecimal digits" in say(scribe, "evidence", "esa", title="minutes", sha256="xyz")
    assert say(scribe, "evidence", "esa", title="minutes", sha256="ab" * 32) is None
    assert of(scribe)["evidence"][0]["title"] == "minutes"


def test_an_interim_measure_freezes_once_all_sides_consent_and_until_the_end(scribe):
    freezes = [{"kind": CHANGE, "about": "missions/hera"}]
    assert say(scribe, "interim", "csa", measure="Hera stays as it is", freezes=freezes) is None
    assert scribe.write(CHANGE, PUT, by="nasa") is None
    assert say(scribe, "consent", "esa", measure=1) is None
    assert "the dispute 'late' freezes this" in scribe.write(CHANGE, {"remove": [*PUT["put"]]}, by="nasa")
    assert say(scribe, "withdraw", "csa") is None
    assert scribe.write(CHANGE, {"remove": [*PUT["put"]]}, by="nasa") is None


def test_what_an_agreement_freezes_holds_against_decisions_too(scribe):
    rules = {"agreement": "mou", "freezes": [{"kind": CHANGE, "about": "missions"}]}
    assert "did not sign" in scribe.write("dispute.rules", rules, by="esa")
    assert "does not bind all sides" in dispute(scribe, "other", agreement="mou")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"against": ["jaxa"]}, "jaxa"),
        ({"against": ["csa"]}, "other parties"),
        ({"against": []}, "names whom"),
        ({"ladder": [{"name": "x", "within": "soon"}]}, "period"),
        ({"ladder": []}, "ladder"),
        ({"colour": "red"}, "no field 'colour'"),
    ],
)
def test_a_dispute_that_makes_no_sense_is_refused(scribe, change, said):
    assert said in dispute(scribe, "other", **change)


def test_without_a_ladder_of_its_own_the_usual_one_holds():
    scribe = Scribe({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
    body = {"dispute": "late", "against": ["esa"], "claim": "late"}
    assert scribe.write("dispute.open", body, by="csa") is None
    assert [s["name"] for s in of(scribe)["ladder"]][-1] == "arbitration"
