import re
from datetime import date

import pytest

from comity.bundled import bundled
from comity.governance.agreements import load, shipped
from comity.model.programme import Programme
from comity.model.reading import load as load_programme

PROGRAMMES = {"iss": "iss-", "jwst": "jwst-", "artemis": "gateway-", "ska": "ska-"}


@pytest.mark.parametrize("name", list(shipped()))
def test_each_clause_says_which_listed_document_and_place_its_words_are_from(name: str) -> None:
    value = load(name)

    assert value.id == name
    assert value.agreement.text in ("paraphrase", "public_domain")
    for clause in value.clauses.values():
        source, _, place = clause.source.partition(",")
        assert source in value.sources and place.strip(), clause.id


@pytest.mark.parametrize("name", list(shipped()))
def test_the_days_of_each_heading_say_where_they_are_from(name: str) -> None:
    heading = load(name).agreement

    assert bool(heading.source) == bool(heading.signed or heading.in_force)


@pytest.mark.parametrize("name", list(shipped()))
def test_each_source_has_an_address_and_says_how_it_was_checked(name: str) -> None:
    for source in load(name).sources.values():
        assert re.match(r"https?://\S+$", source.url), source.id
        assert source.checked, source.id


def test_the_hierarchy_of_the_space_station_is_whole() -> None:
    memoranda = {n: load(n) for n in shipped() if n.startswith("iss-mou-")}

    assert {tuple(v.parties) for v in memoranda.values()} == {
        ("nasa", "esa"),
        ("nasa", "roscosmos"),
        ("nasa", "csa"),
        ("nasa", "jaxa"),
    }
    assert all(v.agreement.under == ("iss-iga",) for v in memoranda.values())
    assert load("iss-nodes-barter").agreement.under == ("iss-mou-esa",)


def test_known_days() -> None:
    # TIAS 12927, title page; Canada Treaty Information 105652; SR 0.425.511, preamble.
    assert load("iss-iga").agreement.in_force == date(2001, 3, 27)
    assert load("gateway-csa").agreement.in_force == date(2022, 12, 21)
    assert load("ska-convention").agreement.in_force == date(2021, 1, 15)


@pytest.mark.parametrize("programme", list(PROGRAMMES))
def test_elements_written_as_the_programme_s_stand_in_it(programme: str) -> None:
    made: Programme = load_programme(bundled()[programme])
    known = {f"{m}/{e}" for m, mission in made.missions.items() for e in mission.elements}
    for name in shipped():
        if name.startswith(PROGRAMMES[programme]):
            value = load(name)
            assert set(value.parties) <= set(made.partners), name
            named = {r.element for _, t in value.of(_responsibilities()) for r in t.roles if "/" in r.element}
            assert named <= known, name


def _responsibilities():
    from comity.governance.agreements.terms import Responsibilities

    return Responsibilities
