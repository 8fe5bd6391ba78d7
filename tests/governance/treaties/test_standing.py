"""Who is bound by what: the counts that the United Nations published, and single states by the depositaries' lists."""

from __future__ import annotations

from datetime import date, timedelta

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.governance.treaties import (
    TreatyError,
    common,
    counts,
    organisations,
    parties,
    partner,
    sources,
    state_code,
    status,
    status_of,
    treaties,
    treaty,
)
from comity.governance.treaties.mishap import cross_waivers
from comity.governance.treaties.when import When

DAYS = st.dates(date(1960, 1, 1), date(2030, 1, 1))
KEYS = st.sampled_from(sorted(treaties()))


def states(key: str, at: date) -> list[str]:
    return [who for who in parties(key, at=at) if len(who) == 2]


@pytest.mark.parametrize(
    ("key", "bound", "signed"),
    # A/AC.105/C.2/2015/CRP.8, the row of totals (signatures without ratification).
    [
        ("outer_space_treaty", 103, 25),
        ("rescue_agreement", 94, 24),
        ("liability_convention", 92, 21),
        ("registration_convention", 62, 4),
        ("moon_agreement", 16, 4),
    ],
)
def test_the_counts_of_1_january_2015_are_those_of_the_united_nations(key: str, bound: int, signed: int) -> None:
    found = counts(key, at=date(2015, 1, 1))
    assert found.bound == bound
    # Montenegro's signature of the Outer Space Treaty, by succession, is in the list of 2026 only, without a day.
    later = 1 if key == "outer_space_treaty" else 0
    assert found.signed == signed + later


def test_registration_convention_had_45_parties_on_1_january_2005() -> None:
    # UNOOSA's presentation of the Register: "As of 1 January 2005, there were 45 ratifications and 4 signatures".
    assert len(states("registration_convention", date(2005, 1, 1))) == 45


def test_moon_agreement_has_17_parties_from_the_day_saudi_arabia_left() -> None:
    # ANZSIL Perspective: notice on 5 January 2023, to take effect on 5 January 2024; 18 parties until then.
    assert len(states("moon_agreement", date(2024, 1, 4))) == 18
    assert len(states("moon_agreement", date(2024, 1, 5))) == 17
    assert status_of("SA", treaty("moon_agreement"), at=date(2025, 1, 1)).standing == "withdrawn"


def test_moon_agreement_binds_on_the_thirtieth_day_after_deposit() -> None:
    # Art. 19(4); Armenia acceded on 19 January 2018.
    assert "AM" not in parties("moon_agreement", at=date(2018, 2, 17))
    assert "AM" in parties("moon_agreement", at=date(2018, 2, 18))


def test_moon_agreement_entered_into_force_with_the_fifth_instrument() -> None:
    # In force 11 July 1984: the thirtieth day after Austria's ratification of 11 June 1984.
    assert parties("moon_agreement", at=date(1984, 7, 10)) == ()
    assert states("moon_agreement", date(1984, 7, 11)) == ["AT", "CL", "NL", "PH", "UY"]


def test_kenya_is_party_to_two_of_the_five() -> None:
    found = {s.treaty: s for s in status("KE", at=date(2025, 1, 1))}
    assert found["outer_space_treaty"].since == When.parse("1984-01-19")
    assert found["liability_convention"].since == When.parse("1975-09-25")
    for key in ("rescue_agreement", "registration_convention", "moon_agreement"):
        assert found[key].standing == "none"
        assert found[key].as_at is not None


def test_the_outer_space_treaty_binds_nobody_before_its_entry_into_force() -> None:
    # Bulgaria deposited on 28 March 1967; Art. XIV(3), in force on 10 October 1967.
    assert parties("outer_space_treaty", at=date(1967, 10, 9)) == ()
    assert "BG" in parties("outer_space_treaty", at=date(1967, 10, 10))


def test_what_is_known_only_from_a_later_list_is_unknown_in_between() -> None:
    # Finland: no party to the Registration Convention in the list of 2015, party in that of 2026.
    of = treaty("registration_convention")
    assert status_of("FI", of, at=date(2015, 1, 1)).standing == "none"
    assert status_of("FI", of, at=date(2020, 1, 1)).standing == "unknown"
    assert status_of("FI", of, at=date(2026, 1, 1)).standing == "bound"


def test_what_binds_nasa_cnsa_and_esa() -> None:
    found = {c.treaty: c for c in common(["nasa", "cnsa", "esa"], at=date(2026, 1, 1))}
    assert [key for key, c in found.items() if c.all_bound] == [
        "outer_space_treaty",
        "liability_convention",
        "registration_convention",
    ]
    by = {b.partner: b.how for b in found["liability_convention"].bonds}
    assert by == {
        "nasa": "United States: ratified 1973-10-09",
        "cnsa": "China: acceded 1988-12-19",
        "esa": "accepted 1976",
    }
    assert "23 member states" in {b.partner: b.how for b in found["outer_space_treaty"].bonds}["esa"]


def test_a_signature_of_the_artemis_accords_is_the_commitment() -> None:
    assert states("artemis_accords", date(2020, 10, 13)) == ["AE", "AU", "CA", "GB", "IT", "JP", "LU", "US"]
    assert states("artemis_accords", date(2020, 10, 12)) == []


def test_ilrs_has_china_russia_and_thirteen_more() -> None:
    # Roscosmos, 29 April 2025: thirteen countries have joined.
    assert len(states("ilrs", date(2025, 4, 29))) == 15


@given(KEYS, DAYS, DAYS)
def test_nobody_leaves_but_by_withdrawal(key: str, one: date, other: date) -> None:
    early, late = sorted((one, other))
    gone = {w for w, e in treaty(key).entries.items() if e.withdrawn is not None}
    assert set(parties(key, at=early)) - gone <= set(parties(key, at=late))


@given(KEYS, DAYS)
def test_every_row_has_one_standing(key: str, at: date) -> None:
    found = counts(key, at=at)
    rows = [status_of(w, treaty(key), at=at) for w in treaty(key).entries if len(w) == 2]
    assert found.bound == sum(s.standing == "bound" for s in rows) == found.dated + found.undated
    assert len(rows) == found.bound + found.signed + found.withdrawn + found.unknown + sum(
        s.standing == "none" for s in rows
    )


def test_every_row_cites_documents_that_are_listed_and_every_document_is_cited() -> None:
    cited = {s for of in treaties().values() for e in of.entries.values() for s in e.sources}
    cited |= {p.source for of in treaties().values() for p in of.published}
    cited |= {c.source for of in treaties().values() for c in of.checked}
    cited |= {s for o in organisations().values() for s in o.sources}
    cited |= {s for o in organisations().values() for m in o.members for s in m.sources}
    cited |= {s for w in cross_waivers().values() for s in w.sources}
    texts = {"liability-text", "registration-text", "unoosa-form"}
    assert cited <= set(sources())
    assert set(sources()) - cited <= texts
    assert all(e.sources for of in treaties().values() for e in of.entries.values())


def test_every_row_is_a_state_or_a_shipped_organisation() -> None:
    known = {c.alpha_2 for c in pycountry.countries} | set(organisations())
    assert {w for of in treaties().values() for w in of.entries} <= known
    assert {m.who for o in organisations().values() for m in o.members} <= known


def test_signature_precedes_ratification_and_no_treaty_is_signed_before_it_opens() -> None:
    for of in treaties().values():
        for who, entry in of.entries.items():
            if entry.signed is not None and entry.signed.dated:
                assert entry.signed.last >= of.opened.first, (of.key, who)
                if entry.bound is not None:
                    assert entry.signed.first <= entry.bound.last, (of.key, who)
            if entry.bound is not None and entry.bound.dated:
                assert entry.bound.last >= of.opened.first, (of.key, who)


def test_members_are_as_many_as_the_sources_count() -> None:
    full = {k: sum(m.relation == "member" for m in o.members) for k, o in organisations().items()}
    assert full["eumetsat"] == organisations()["eumetsat"].published == 30
    assert full["cern"] == organisations()["cern"].published == 25
    assert full["esa"] == organisations()["esa"].published == 23
    assert full["iadc"] == organisations()["iadc"].published == 13
    assert full["copuos"] == 72  # of 2011; 47 of them with the year, by the resolutions of 1958 to 1977
    assert all(n <= (organisations()[k].published or n) for k, n in full.items())


def test_committee_grew_to_47_by_1977() -> None:
    members = organisations()["copuos"].members
    # 47 with the German Democratic Republic and Yugoslavia, which are no longer members.
    assert sum(1 for m in members if m.since is not None and m.since.dated) == 45


def test_names_are_found_and_mistakes_get_the_nearest() -> None:
    assert state_code("kenya") == state_code("KEN") == "KE"
    assert partner("NASA") == "nasa"
    with pytest.raises(TreatyError, match="did you mean 'Kenya'"):
        partner("Kenia")
    with pytest.raises(TreatyError, match="did you mean 'moon_agreement'"):
        treaty("mon_agreement")


@given(DAYS, st.integers(0, 400))
def test_a_date_to_the_day_has_passed_or_not(day: date, after: int) -> None:
    when = When.parse(day.isoformat())
    assert when.passed(day + timedelta(after)) is True
    assert when.passed(day - timedelta(after + 1)) is False


@pytest.mark.parametrize("text", ["2023-13", "2023-02-30", "spring 2023", "23", ""])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        When.parse(text)
