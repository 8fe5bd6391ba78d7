"""Liability for mishaps: cases that happened, and each article of the Liability Convention and of the IGA by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from comity.governance.treaties import (
    Launch,
    Mishap,
    TreatyError,
    Victim,
    cross_waivers,
    launching_states,
    liabilities,
    read_cross_waiver,
    read_launch,
    read_mishap,
)

ROCKET = Launch(date(2012, 1, 1), launches=("RU",), territory=("RU",))
STATION = Launch(date(2001, 2, 7), launches=("nasa",), territory=("US",))
HIT = Mishap(date(2013, 1, 1), "space", (Victim("US", on_board=STATION, protected=True),), in_protected_operations=True)
ISS = cross_waivers()["iss"]


def articles(claim: Any) -> str:
    return "; ".join(r.article for r in claim.reasons)


def test_cosmos_954_russia_is_absolutely_liable_to_canada() -> None:
    # Cosmos 954 fell on Canada on 24 January 1978; Canada claimed under Art. II on 23 January 1979, within the year.
    launch = Launch(date(1977, 9, 18), launches=("RU",), territory=("KZ",))
    (claim,) = liabilities(launch, Mishap(date(1978, 1, 24), "surface", (Victim("CA"),)))
    assert (claim.liable, claim.basis, claim.capped) == (("RU",), "absolute", False)
    assert claim.present_by == date(1979, 1, 24)
    assert "Art. II" in articles(claim)


def test_a_collision_in_orbit_is_by_fault() -> None:
    # Cosmos 2251 and Iridium 33, 10 February 2009.
    cosmos = Launch(date(1993, 6, 16), launches=("RU",), territory=("RU",))
    iridium = Launch(date(1997, 9, 14), launches=("RU",), procures=("US",), territory=("KZ",))
    mishap = Mishap(date(2009, 2, 10), "space", (Victim("US", on_board=iridium),))
    (claim,) = liabilities(cosmos, mishap)
    assert (claim.liable, claim.basis, claim.proven) == (("RU",), "fault", False)
    (shown,) = liabilities(cosmos, replace(mishap, fault=("roscosmos",)))
    assert shown.proven
    (other,) = liabilities(cosmos, replace(mishap, fault=("US",)))
    assert other.liable == ()


def test_joint_launching_states_are_jointly_and_severally_liable() -> None:
    launch = Launch(date(2010, 1, 1), launches=("FR",), procures=("DE",), territory=("FR",))
    (claim,) = liabilities(launch, Mishap(date(2010, 1, 1), "aircraft", (Victim("BR"),)))
    assert (claim.liable, claim.joint) == (("FR", "DE"), True)
    assert "Art. V" in articles(claim)


def test_states_of_two_colliding_objects_are_liable_together_to_a_third() -> None:
    other = Launch(date(2010, 1, 1), launches=("CN",), territory=("CN",))
    (claim,) = liabilities(ROCKET, Mishap(date(2013, 1, 1), "surface", (Victim("KE"),), collided_with=other))
    assert (claim.liable, claim.basis, claim.joint) == (("RU", "CN"), "absolute", True)
    assert "Art. IV(1)(a)" in articles(claim)
    (own,) = liabilities(
        ROCKET, Mishap(date(2013, 1, 1), "space", (Victim("CN", on_board=other),), collided_with=other)
    )
    assert own.liable == ("RU",)


def test_own_nationals_participants_and_the_invited_have_no_claim() -> None:
    for victim in (Victim("RU"), Victim("FR", participating=True), Victim("FR", invited=("RU",))):
        (claim,) = liabilities(ROCKET, Mishap(date(2013, 1, 1), "surface", (victim,)))
        assert claim.liable == ()
        assert "Art. VII" in articles(claim)


def test_gross_negligence_of_the_claimant_exonerates_but_not_an_unlawful_activity() -> None:
    mishap = Mishap(date(2013, 1, 1), "surface", (Victim("FR", negligent="whole"),))
    (claim,) = liabilities(ROCKET, mishap)
    assert (claim.liable, claim.present_by) == ((), None)
    assert "Art. VI(1)" in articles(claim)
    (unlawful,) = liabilities(ROCKET, replace(mishap, unlawful=True))
    assert unlawful.liable == ("RU",)
    (part,) = liabilities(ROCKET, Mishap(date(2013, 1, 1), "surface", (Victim("FR", negligent="part"),)))
    assert part.liable == ("RU",)


def test_the_term_runs_from_when_the_launching_state_was_identified() -> None:
    mishap = Mishap(date(2023, 6, 1), "surface", (Victim("FR"),), identified=date(2024, 2, 29))
    (claim,) = liabilities(ROCKET, mishap)
    assert claim.present_by == date(2025, 2, 28)


def test_an_organisation_answers_first_and_its_members_after_it() -> None:
    launch = Launch(date(2010, 1, 1), launches=("esa",))
    (claim,) = liabilities(launch, Mishap(date(2013, 1, 1), "surface", (Victim("KE"),)))
    assert claim.liable[0] == "esa"
    assert {"FR", "DE", "IT"} <= set(claim.liable)
    assert "Art. XXII(3)" in articles(claim)


def test_without_the_convention_the_outer_space_treaty_remains() -> None:
    # Bangladesh is party to the Outer Space Treaty (1986) and not to the Liability Convention.
    (claim,) = liabilities(ROCKET, Mishap(date(2013, 1, 1), "surface", (Victim("BD"),)))
    assert (claim.liable, claim.basis, claim.present_by) == (("RU",), "international law", None)
    # Angola is party to neither.
    (none,) = liabilities(ROCKET, Mishap(date(2013, 1, 1), "surface", (Victim("AO"),)))
    assert (none.liable, none.basis) == ((), "none")


def test_harm_in_space_outside_a_space_object_is_not_in_article_iii() -> None:
    (claim,) = liabilities(ROCKET, Mishap(date(2013, 1, 1), "space", (Victim("FR", "person"),)))
    assert claim.basis == "international law"


def test_the_iss_cross_waiver_takes_the_claim_away() -> None:
    (claim,) = liabilities(ROCKET, HIT, cross_waiver=ISS)
    assert (claim.liable, claim.waived) == ((), ("RU",))
    assert "IGA Art. 16(3)(a) and (c)" in articles(claim)
    (before,) = liabilities(ROCKET, HIT)
    assert before.liable == ("RU",)


@pytest.mark.parametrize(
    ("changed", "article"),
    [
        ({"victims": (Victim("US", "person", on_board=STATION, protected=True),)}, "16(3)(d)(2)"),
        ({"wilful": ("roscosmos",)}, "16(3)(d)(3)"),
        ({"intellectual_property": True}, "16(3)(d)(4)"),
        ({"no_flow_down": ("RU",)}, "16(3)(d)(5)"),
        ({"in_protected_operations": False}, "16(3)(a)"),
        ({"date": date(2001, 3, 26)}, "16(3)(a)"),
    ],
)
def test_what_the_cross_waiver_does_not_cover_stays(changed: dict[str, Any], article: str) -> None:
    (claim,) = liabilities(replace(ROCKET, date=date(2000, 1, 1)), replace(HIT, **changed), cross_waiver=ISS)
    assert (claim.liable, claim.waived) == (("RU",), ())
    assert article in articles(claim)


def test_the_united_kingdom_signed_the_iga_and_is_not_bound_by_its_waiver() -> None:
    mishap = replace(HIT, victims=(Victim("GB", on_board=STATION, protected=True),))
    (claim,) = liabilities(ROCKET, mishap, cross_waiver=ISS)
    assert claim.liable == ("RU",)


def test_launching_states_of_a_launch_with_four_grounds() -> None:
    launch = Launch(date(2021, 12, 25), ("FR",), ("nasa", "esa", "csa"), ("FR",), ("esa",))
    found = {s.who: s for s in launching_states(launch)}
    assert found["FR"].grounds == ("launches", "territory")
    assert found["esa"].grounds == ("procures", "facility")
    assert found["CA"].through == ("csa",)
    assert found["US"].articles == ("Liability Convention Art. I(c)(i), Registration Convention Art. I(a)(i)",)


def test_an_organisation_that_did_not_accept_stands_for_its_members() -> None:
    found = launching_states(Launch(date(2020, 1, 1), procures=("apsco",)))
    assert "CN" in [s.who for s in found] and "apsco" not in [s.who for s in found]


@pytest.mark.parametrize(
    ("read", "raw", "told"),
    [
        (read_launch, {"launches": "RU"}, "needs `date`"),
        (read_launch, {"date": "2020-01-01", "launchs": "RU"}, "did you mean 'launches'"),
        (read_launch, {"date": "2020-13-01", "launches": "RU"}, "is not a day"),
        (read_launch, {"date": "2020-01-01", "territory": "Kenia"}, "did you mean 'Kenya'"),
        (read_mishap, {"date": "2020-01-01", "place": "moon", "victims": ["US"]}, "surface, aircraft, space"),
        (read_mishap, {"date": "2020-01-01", "place": "space", "victims": []}, "at least one"),
        (read_mishap, {"date": "2020-01-01", "place": "space", "victims": [{"harm": "x"}]}, "needs `who`"),
        (read_mishap, {"date": "2020-01-01", "place": "space", "victims": [{"who": "US", "harm": "x"}]}, "person or property"),
        (read_cross_waiver, "isss", "did you mean 'iss'"),
        (read_cross_waiver, {"parties": {"US": "2001-01-01"}}, "at least two"),
    ],
)  # fmt: skip
def test_a_wrong_case_says_where_and_what_would_be_right(read: Any, raw: Any, told: str) -> None:
    with pytest.raises(TreatyError, match=told):
        read(raw)
