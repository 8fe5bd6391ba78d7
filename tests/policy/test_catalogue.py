from __future__ import annotations

import pycountry

from comity.bundled import bundled
from comity.model import read
from comity.policy import classes_in, listed_classes
from comity.policy.catalogue import agencies, country_lists, left_out


def test_each_listed_class_has_its_source_and_stands_in_its_list() -> None:
    for entry in listed_classes().values():
        assert entry.source and entry.read
        if entry.id != "not listed":
            assert entry.url.startswith("http")
            assert entry.within is not None
            top = entry
            while top.within in listed_classes():
                top = listed_classes()[str(top.within)]
            assert top.within in ("USML", "EAR", "MTCR", "EU 2021/821")


def test_every_state_is_a_state() -> None:
    for states in (*country_lists().values(), *agencies().values()):
        for state in states:
            assert pycountry.countries.get(alpha_2=state) is not None, state
    assert len(country_lists()["EU"]) == 27


def test_a_regime_is_read_as_the_most_particular_class() -> None:
    assert classes_in("USML XV(a), EAR 9A004 (space station) since 2002") == ("EAR 9A004", "USML XV")
    assert classes_in("EAR 9A5150") == ()
    assert classes_in("not listed") == ("not listed",)


def test_what_programmes_cite_is_known_or_counted_as_left_out() -> None:
    """Each USML, EAR and EU number that a shipped programme cites is listed, or stands among those left out."""
    for folder in bundled().values():
        programme = read(folder).programme
        assert programme is not None
        for technology in programme.technologies.values():
            for cited in technology.regime.replace(",", ";").split(";"):
                text = cited.strip()
                if text.startswith(("USML", "EAR 9", "EAR 5", "EAR 6", "EAR 7", "EU 2021")):
                    assert classes_in(text) or any(text.startswith(entry) for entry in left_out()), text
