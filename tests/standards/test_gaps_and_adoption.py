"""Who must say what, and what adopting a standard would close."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.standards import (
    Question,
    StandardsError,
    Subject,
    case_file,
    check,
    gaps_by_partner,
    of_case,
    read_case,
    what_adopting_closes,
)
from comity.standards.joints import joints
from comity.standards.question import Junction, Side
from tests.standards.builder import port, side


def outpost(*, with_catalogue: bool = True) -> Subject:
    return of_case(read_case(case_file("seeded-outpost")), with_catalogue=with_catalogue)


def asked(*pairs: tuple[Side, Side], adapters: tuple[Side, ...] = (), **more: object) -> Question:
    return Question("test", tuple(Junction("m", n, "t", pair, **more) for n, pair in enumerate(pairs)), adapters)  # type: ignore[arg-type]


# --- gaps ----------------------------------------------------------------------------------------------------------------


def test_each_partner_has_its_own_list_with_element_port_and_parameter() -> None:
    found = gaps_by_partner(outpost().answer)
    told = {p.partner: {(g.element, g.port, g.parameter) for g in p.gaps} for p in found.partners}
    assert told == {
        "agency-a": {("hub", "dock", "standards")},
        "agency-b": {("lander", "nose", "standards")},
        "agency-c": set(),
        "agency-d": {("rover", "", "port")},
    }
    (edition,) = found.of("agency-a").gaps
    assert (edition.opposite, edition.others) == ("Lander", ("agency-b",))


def test_both_partners_of_a_misfit_see_it_from_their_own_side() -> None:
    found = gaps_by_partner(outpost().answer)
    (hub,) = [c for c in found.of("agency-a").clashes if c.parameter == "scale"]
    (ferry,) = [c for c in found.of("agency-d").clashes if c.parameter == "scale"]
    assert (hub.own, hub.other, hub.opposite_providers) == ("UTC", "TAI", ("agency-d",))
    assert (ferry.own, ferry.other, ferry.difference) == ("TAI", "UTC", "37 s")


def test_what_an_adapter_settles_is_nobodys_misfit() -> None:
    first, second = side("alpha", a=port("docking", mechanism="cbm")), side("beta", b=port("docking", mechanism="idss"))
    mating = side("mating", x=port("docking", mechanism="cbm"), y=port("docking", mechanism="idss"))
    assert gaps_by_partner(check(asked((first, second), adapters=(mating,)))).partners == ()
    assert len(gaps_by_partner(check(asked((first, second)))).of("alpha-builder").clashes) == 1


def test_behind_a_named_adapter_the_values_that_meet_there_are_told() -> None:
    first, second = side("alpha", a=port("docking", mechanism="cbm")), side("beta", b=port("docking", mechanism="idss"))
    bad = side("bad", x=port("docking", mechanism="cbm"), y=port("docking", mechanism="apas"))
    (clash,) = gaps_by_partner(check(asked((first, second), adapter=(bad,)))).of("beta-builder").clashes
    assert (clash.through, clash.says) == (("Bad",), "mechanism: apas at Bad, idss at Beta; nothing in common")


def test_a_partner_that_is_at_no_interface_is_refused_with_what_is_near() -> None:
    with pytest.raises(StandardsError, match=r"no partner 'agency-e'.*did you mean 'agency-"):
        gaps_by_partner(outpost().answer, only="agency-e")
    assert [p.partner for p in gaps_by_partner(outpost().answer, only="agency-c").partners] == ["agency-c"]


# --- adoption ------------------------------------------------------------------------------------------------------------


def test_taking_idss_closes_the_docking_misfits_and_says_so() -> None:
    found = what_adopting_closes(outpost(with_catalogue=False).question)
    assert (found.misfits, found.unspecified) == (8, 2)
    best = found.alone[0]
    assert best.standards == ("idss@F",)
    assert (len(best.misfits_closed), len(best.settled), best.by_text, best.opened) == (3, 1, 0, ())
    assert best.says == (
        "3 of 8 misfits vanish if all take IDSS IDD rev F; 1 of 2 unspecified is settled; none comes out worse"
    )
    assert {(c.element, c.dropped) for c in best.changes} == {
        ("laboratory", ("cbm@ISS",)),
        ("freighter", ("ssvp@G4000",)),
        ("ferry", ("apas-75@1975",)),
        ("lander", ("idss@E",)),
    }


def test_two_standards_close_more_than_either_and_as_much_as_when_the_file_is_changed_by_hand(tmp_path: Path) -> None:
    found = what_adopting_closes(outpost(with_catalogue=False).question)
    assert (found.together[0].standards, len(found.together[0].misfits_closed)) == (("idss@F", "ids-power@A"), 5)
    both = next(a for a in found.together if a.standards == ("idss@F", "si@9 v3.01"))
    assert len(both.misfits_closed) == 4
    text = case_file("seeded-outpost").read_text(encoding="utf-8")
    for old, new in (("cbm@ISS", "idss@F"), ("ssvp@G4000", "idss@F"), ("apas-75@1975", "idss@F"), ("lbf*s", "kg*m/s")):
        text = text.replace(old, new)
    changed = tmp_path / "changed.yaml"
    changed.write_text(text, encoding="utf-8")
    answer = of_case(read_case(changed), with_catalogue=False).answer
    assert sum(j.verdict == "misfit" for c in answer.checks for j in joints(c)) == 8 - 4


def test_28_and_120_volts_meet_when_all_take_the_power_standard() -> None:
    (power,) = what_adopting_closes(outpost().question, standards=["ids-power"], pairs=False).alone
    assert [key.split()[0] for key in power.misfits_closed] == [
        "seeded-outpost:laboratory~hub#0",
        "seeded-outpost:freighter~hub#1",
    ]
    # What the rover needs of the 12 kW that the hub offers, no standard says: it stays to be said.
    assert (len(power.settled), power.by_text, power.opened) == (0, 0, ())
    assert {c.element for c in power.changes} == {"hub", "laboratory", "freighter", "rover"}


def test_a_standard_of_which_no_values_are_known_closes_no_misfit() -> None:
    (ecss,) = what_adopting_closes(outpost().question, standards=["ecss-power-supply"], pairs=False).alone
    assert ecss.misfits_closed == ()
    assert (ecss.settled, ecss.by_text) == ((), 0)


def test_two_links_of_which_nothing_is_known_are_settled_by_the_text_alone() -> None:
    link = port("data")
    (tm,) = what_adopting_closes(asked((side("alpha", a=link), side("beta", b=link))), standards=["ccsds-tm"]).alone
    assert (len(tm.settled), tm.by_text) == (1, 1)


def test_what_a_port_states_beside_the_standard_stays_and_may_still_not_fit() -> None:
    small = port("docking", mechanism="cbm", closing_speed="0.1 m/s")
    fast = port("docking", mechanism="ssvp", closing_speed="0.35 m/s")
    (idss,) = what_adopting_closes(asked((side("alpha", a=small), side("beta", b=fast))), standards=["idss@F"]).alone
    assert idss.misfits_closed == ()
    assert {c.dropped for c in idss.changes} == {("mechanism: cbm",), ("mechanism: ssvp",)}


def test_an_adapter_that_is_no_longer_needed_is_told_even_when_the_interface_names_it() -> None:
    first, second = (
        side("alpha", a=port("docking", standards="cbm@ISS")),
        side("beta", b=port("docking", standards="idss@F")),
    )
    mating = side("mating", x=port("docking", standards="cbm@ISS"), y=port("docking", standards="idss@F"))
    for question in (asked((first, second), adapters=(mating,)), asked((first, second), adapter=(mating,))):
        (idss,) = what_adopting_closes(question, standards=["idss@F"]).alone
        assert (len(idss.freed), idss.opened) == (1, ())
        assert idss.says == "1 of 1 with an adapter needs none if all take IDSS IDD rev F; none comes out worse"


def test_what_fitted_and_then_lacks_a_value_is_told_as_worse() -> None:
    # By CBM the active half has 16 bolts; IDSS, as the register has it, says nothing of them, and the other half asks for 16.
    first = side("alpha", a=port("docking", "active", standards="cbm@ISS"))
    second = side("beta", b=port("docking", "passive", mechanism="cbm", hook_pairs="16 count"))
    (idss,) = what_adopting_closes(asked((first, second)), standards=["idss@F"]).alone
    assert idss.opened == ("m:m/alpha~m/beta#0 docking",)
    assert idss.says == "nothing comes out better if all take IDSS IDD rev F; 1 comes out worse"


def test_where_all_fits_no_standard_is_recommended() -> None:
    clocks = asked(
        (side("alpha", a=port("time", "supply", scale="UTC")), side("beta", b=port("time", "consume", scale="UTC")))
    )
    assert what_adopting_closes(clocks).alone == ()


def test_an_unknown_standard_is_refused_with_what_is_near() -> None:
    for claim, said in (("idsss", "did you mean 'idss'"), ("idss@Z", "has no edition 'Z'"), ("idss@", r"\[claim\]")):
        with pytest.raises(StandardsError, match=said):
            what_adopting_closes(outpost().question, standards=[claim])
