"""Two ports: which rule says that they fit, and by how much they do not."""

from __future__ import annotations

import pytest

from comity.model.ports import Port
from comity.standards import StandardsError
from comity.standards.measures import Reader
from tests.standards.builder import checked, meet, port, side


def test_28_volts_do_not_feed_a_120_volt_bus() -> None:
    found = meet(port("power", "supply", voltage="28 V"), port("power", "consume", voltage="116..126 V"))
    (fault,) = found.meetings[0].faults
    assert (found.verdict, fault.rule, fault.parameter, fault.excess) == ("misfit", "within", "voltage", 88)
    assert fault.difference == "88 V"
    assert [v.text for v in fault.values if v] == ["28 V", "116 V to 126 V"]


def test_120_volts_burn_a_28_volt_bus_whichever_end_is_named_first() -> None:
    burnt = port("power", "consume", voltage="22..34 V")
    assert meet(burnt, port("power", "supply", voltage="120 V")).meetings[0].faults[0].excess == 86
    assert meet(port("power", "supply", voltage="120 V"), burnt).meetings[0].faults[0].excess == 86


def test_a_supply_that_swings_must_stay_wholly_within_what_is_accepted() -> None:
    swings = port("power", "supply", voltage={"min": "24 V", "nominal": "28 V", "max": "36 V"})
    assert meet(swings, port("power", "consume", voltage="22..34 V")).meetings[0].faults[0].difference == "2 V"
    assert meet(swings, port("power", "consume", voltage="22..36 V")).verdict == "fits"


def test_s_band_does_not_hear_x_band() -> None:
    sends = port("data", "supply", band="X", frequency="8.4..8.45 GHz", protocol="ccsds-tm")
    hears = port("data", "consume", band="S", frequency="2200..2290 MHz", protocol="ccsds-tm")
    found = meet(sends, hears)
    assert {f.parameter: f.difference for f in found.meetings[0].faults} == {"band": "", "frequency": "6110 MHz"}
    assert meet(sends, hears, unit="GHz").meetings[0].faults[1].difference == "6.11 GHz"


@pytest.mark.parametrize(
    ("one", "other", "seconds"),
    [
        # UTC-TAI = -37 s from 2017 January 1, IERS Bulletin C 54; TT = TAI + 32.184 s, GPS = TAI - 19 s by definition.
        ("TAI", "UTC", 37.0),
        ("TT", "UTC", 69.184),
        ("GPS", "UTC", 18.0),
        ("TT", "GPS", 51.184),
    ],
)
def test_clocks_of_two_scales_differ_by_so_many_seconds(one: str, other: str, seconds: float) -> None:
    (fault,) = meet(port("time", scale=one), port("time", scale=other)).meetings[0].faults
    assert (fault.rule, fault.excess) == ("same-scale", pytest.approx(seconds))
    assert meet(port("time", scale=one), port("time", scale=[other, one])).verdict == "fits"


def test_pound_force_seconds_are_taken_4_45_times_too_small_for_newton_seconds() -> None:
    found = meet(port("units", "supply", impulse="lbf*s"), port("units", "consume", impulse="N*s"))
    (fault,) = found.meetings[0].faults
    # Mars Climate Orbiter Mishap Investigation Board, Phase I Report, 10 November 1999: a factor of 4.45.
    assert fault.excess == pytest.approx(4.4482216, rel=1e-7)
    assert "Beta takes every value for one that is 4.44822 times too small" in fault.says


@pytest.mark.parametrize(
    ("given", "taken", "excess", "said"),
    [
        # T/K = t/degC + 273.15 (SI Brochure, 9th edition, 2.3.1); t/degC = (t/degF - 32)/1.8 (NIST SP 811, B.8).
        ("degC", "kelvin", 273.15, "Beta takes every value for one that is 273.15 K too low (0 °C = 273.15 K)"),
        ("kelvin", "degC", 273.15, "Beta takes every value for one that is 273.15 °C too high (0 K = -273.15 °C)"),
        ("degF", "degR", 459.67, "Beta takes every value for one that is 459.67 °R too low (0 °F = 459.67 °R)"),
        (
            "degC",
            "degF",
            32.0,
            "Beta takes 0 °C for a value that is 32 °F too low, and every difference for one that is 1.8 times too small"
            " (0 °C = 32 °F, and 1 °C more = 1.8 °F more)",
        ),
    ],
)
def test_temperatures_of_two_zeros_are_told_by_their_offset(given: str, taken: str, excess: float, said: str) -> None:
    found = meet(port("units", "supply", temperature=given), port("units", "consume", temperature=taken))
    (fault,) = found.meetings[0].faults
    assert fault.excess == pytest.approx(excess)
    assert fault.says.endswith(said)
    assert meet(port("units", "supply", rate="degC/s"), port("units", "consume", rate="K/s")).verdict == "fits"


def test_units_rounded_to_the_digits_that_people_write_are_the_same() -> None:
    # 1 atm = 101 325 Pa; 1 mmHg = 133.3224 Pa (NIST SP 811, B.9): 760 of them are 1.4e-7 more than 1 atm.
    air = port("atmosphere", "supply", pressure="1 atm")
    assert meet(air, port("atmosphere", "consume", pressure="760 mmHg")).verdict == "fits"
    assert meet(air, port("atmosphere", "consume", pressure="760.01 mmHg")).verdict == "misfit"
    assert meet(port("units", "supply", p="atm"), port("units", "consume", p="kPa")).verdict == "misfit"


def test_a_tiny_difference_is_told_and_not_rejected() -> None:
    leak = port("thermal", "supply", coolant="water", flow="1 ng/s")
    need = port("thermal", "consume", coolant="water", flow="2.3456789 ng/s")
    assert meet(leak, need).verdict == "misfit"  # and the check of answers, which `meet` asks, agrees


def test_units_written_otherwise_are_the_same_and_of_another_kind_are_not() -> None:
    supply = port("units", "supply", impulse="N*s")
    assert meet(supply, port("units", "consume", impulse="kg*m/s")).verdict == "fits"
    assert "different things" in meet(supply, port("units", "consume", impulse="N")).meetings[0].faults[0].says


def test_too_little_power_is_told_with_the_shortfall_in_the_readers_unit() -> None:
    need = port("power", "consume", voltage="28 V", power="2.5 kW")
    found = meet(port("power", "supply", voltage="28 V", power="1500 W"), need, unit="kW")
    assert [(f.rule, f.difference) for f in found.meetings[0].faults] == [("covers", "1 kW")]


def test_what_is_needed_and_never_offered_is_for_the_supplier_to_say() -> None:
    need = port("power", "consume", voltage="28 V", power="2.5 kW")
    found = meet(port("power", "supply", voltage="28 V"), need)
    assert found.verdict == "unspecified"
    assert found.meetings[0].faults[0].who == ("alpha-builder",)


@pytest.mark.parametrize(
    ("kind", "needed", "more"),
    [
        ("power", {"voltage": "120 V"}, {"current_type": "ac"}),
        ("power", {"voltage": "28 V"}, {"power": "1 W"}),
        ("data", {"band": "S", "protocol": "ccsds-tm"}, {"modulation": "QPSK"}),
        ("time", {"scale": "UTC"}, {"accuracy": "1 ms"}),
    ],
)
def test_what_one_side_says_and_the_other_does_not_is_for_the_silent_one_to_say(
    kind: str, needed: dict[str, str], more: dict[str, str]
) -> None:
    told, silent = port(kind, "supply", **needed, **more), port(kind, "consume", **needed)
    found = meet(told, silent)
    (fault,) = found.meetings[0].faults
    assert (found.verdict, fault.rule, fault.parameter) == ("unspecified", "stated", next(iter(more)))
    assert fault.who == ("beta-builder",)
    assert meet(silent, told).meetings[0].faults[0].who == ("alpha-builder",)
    assert meet(told, port(kind, "consume", **needed, **more)).verdict == "fits"


def test_an_exchanged_value_that_the_taker_does_not_name_is_for_it_to_say() -> None:
    gives = port("units", "supply", impulse="N*s", torque="N*m")
    for takes, unsaid in (
        (port("units", "consume", impulse="N*s"), ["torque"]),
        (port("units", "consume"), ["impulse", "torque"]),
    ):
        found = meet(gives, takes)
        assert (found.verdict, [f.parameter for f in found.meetings[0].faults]) == ("unspecified", unsaid)
        assert {f.who for f in found.meetings[0].faults} == {("beta-builder",)}


def test_of_gear_of_two_makes_nobody_is_asked_more() -> None:
    found = meet(port("docking", mechanism="cbm", hook_pairs="16 count"), port("docking", mechanism="idss"))
    assert [f.parameter for f in found.meetings[0].faults] == ["mechanism"]
    found = meet(port("docking", mechanism="cbm", hook_pairs="16 count"), port("docking", mechanism="cbm"))
    assert [f.parameter for f in found.meetings[0].faults] == ["hook_pairs"]


def test_ripple_and_temperature_have_limits() -> None:
    noisy = port("power", "supply", voltage="28 V", ripple="1.5 V")
    assert (
        meet(noisy, port("power", "consume", voltage="28 V", ripple="500 mV")).meetings[0].faults[0].difference == "1 V"
    )
    warm = port("thermal", "supply", coolant="water", temperature="25 degC")
    cold = port("thermal", "consume", coolant="water", temperature="4..17 degC")
    assert meet(warm, cold).meetings[0].faults[0].difference == "8 °C"
    assert meet(warm, port("thermal", "consume", coolant="water", temperature="60..80 degF")).verdict == "fits"


def test_two_active_halves_and_two_supplies_do_not_join() -> None:
    active = port("docking", "active", mechanism="cbm")
    assert [f.rule for f in meet(active, active).meetings[0].faults] == ["mates"]
    assert meet(active, port("docking", "passive", mechanism="cbm")).verdict == "fits"
    assert meet(active, port("docking", "androgynous", mechanism="cbm")).verdict == "fits"
    supply = port("power", "supply", voltage="28 V")
    assert [f.rule for f in meet(supply, supply).meetings[0].faults] == ["gives-and-takes"]


def test_a_half_whose_role_is_not_said_may_be_the_same_and_must_be_said() -> None:
    active, untold = port("docking", "active", mechanism="cbm"), port("docking", mechanism="cbm")
    for found, who in ((meet(active, untold), "beta-builder"), (meet(untold, active), "alpha-builder")):
        (fault,) = found.meetings[0].faults
        assert (found.verdict, fault.parameter, fault.who) == ("unspecified", "role", (who,))
    assert meet(untold, untold).verdict == "fits"


def test_claiming_a_standard_gives_its_values_with_their_source() -> None:
    found = meet(port("docking", standards="idss@F"), port("docking", mechanism="idss", guide_petals="6 count"))
    petals = next(f for f in found.meetings[0].findings if f.parameter == "guide_petals")
    assert petals.verdict == "misfit"
    assert petals.values[0] is not None
    assert (petals.values[0].text, petals.values[0].origin) == ("3 count", "idss@F")
    assert petals.values[0].provenance.startswith("idss-overview")


def test_what_a_port_states_goes_before_the_standard_that_it_claims() -> None:
    own = port("docking", standards="idss@F", guide_petals="6 count")
    assert meet(own, port("docking", standards="idss@F")).verdict == "misfit"


def test_two_editions_are_unspecified_and_so_is_one_that_is_not_said() -> None:
    old, new = port("docking", standards="idss@E"), port("docking", standards="idss@F")
    found = meet(old, new)
    assert (found.verdict, found.meetings[0].faults[0].rule) == ("unspecified", "same-edition")
    open_ = port("docking", standards="idss")
    for first, second, who in (
        (open_, new, ("alpha-builder",)),
        (new, open_, ("beta-builder",)),
        (open_, open_, ("alpha-builder", "beta-builder")),
    ):
        found = meet(first, second)
        (fault,) = found.meetings[0].faults
        assert (found.verdict, fault.rule, fault.who) == ("unspecified", "same-edition", who)
        assert "which edition must be said" in fault.says
    assert meet(new, new).verdict == "fits"
    # Of this one the register has one edition, so that none need be said.
    only = port("docking", "androgynous", standards="cbm")
    assert meet(only, port("docking", "androgynous", standards="cbm@ISS")).verdict == "fits"


def test_a_claim_without_an_edition_gives_what_all_editions_have() -> None:
    found = meet(port("docking", standards="idss"), port("docking", mechanism="cbm"))
    (fault,) = found.meetings[0].faults
    assert (fault.verdict, fault.values[0] and fault.values[0].origin) == ("misfit", "idss@?")


def test_one_standard_at_both_ends_settles_what_neither_states() -> None:
    link = port("data", standards=["ccsds-tm@B-3", "ccsds-rf@B-32"])
    assert meet(link, link).verdict == "fits"
    assert meet(link, port("data", standards=["ccsds-aos"])).verdict == "unspecified"


def test_an_end_without_ports_must_say_and_its_provider_is_named() -> None:
    found = checked(side("alpha", a=port("power", "supply", voltage="28 V")), side("beta"))
    assert (found.verdict, found.meetings[0].faults[0].who) == ("unspecified", ("beta-builder",))
    found = checked(side("alpha", a=port("power", "supply", voltage="28 V")), side("beta"), joins=("power", "data"))
    assert [(m.kind, m.verdict) for m in found.meetings] == [("power", "unspecified"), ("data", "unspecified")]


def test_the_ports_that_fit_best_are_paired_and_named_pairs_are_not_chosen_anew() -> None:
    first = side("alpha", low=port("power", "supply", voltage="28 V"), high=port("power", "supply", voltage="120 V"))
    second = side("beta", bus=port("power", "consume", voltage="120 V"))
    assert checked(first, second).meetings[0].ports == ("high", "bus")
    assert checked(first, second, pairs=(("low", "bus"),)).verdict == "misfit"


def test_a_named_port_that_an_option_lacks_is_for_its_provider_to_say() -> None:
    first = side("alpha", bus=port("power", "supply", voltage="28 V"))
    second = side("beta", other=port("power", "consume", voltage="28 V"))
    found = checked(first, second, pairs=(("bus", "bus"),))
    assert (found.verdict, found.meetings[0].faults[0].who) == ("unspecified", ("beta-builder",))


def test_a_link_is_checked_in_each_direction() -> None:
    first = side(
        "alpha",
        up=port("data", "supply", band="S", protocol="tc"),
        down=port("data", "consume", band="X", protocol="tm"),
    )
    second = side(
        "beta",
        up=port("data", "consume", band="S", protocol="tc"),
        down=port("data", "supply", band="Ka", protocol="tm"),
    )
    assert [(m.ports, m.verdict) for m in checked(first, second).meetings] == [
        (("up", "up"), "fits"),
        (("down", "down"), "misfit"),
    ]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"voltage": 28}, "quantity without a unit"),
        ({"voltage": "28 A"}, r"wrong unit \[unit\]"),
        ({"voltge": "28 V"}, r"\[parameter\]; did you mean 'voltage'"),
        ({"voltage": "dc"}, r"wrong unit \[unit\]"),
        ({"current_type": "28 V"}, "said in words"),
        ({"voltage": {"min": "30 V", "max": "28 V"}}, r"out of order.*\[range\]"),
        ({"voltage": {"mim": "30 V"}}, "did you mean 'min'"),
        ({"voltage": {"min": "30 V", "max": "28 A"}}, "mixes units"),
        ({"voltage": []}, "empty"),
        ({"voltage": ["28 V", "dc"]}, r"words stand beside quantities \[value\]"),
    ],
)
def test_a_corrupted_port_is_rejected_with_what_would_be_right(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Port.model_validate({"kind": "power", "parameters": parameters})


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("thermal", {"temperature": "-500 degC"}, r"temperature: -500 degC cannot be \[possible\].*absolute zero"),
        ("thermal", {"temperature": "-600..100 degC"}, "absolute zero"),
        ("atmosphere", {"temperature": "-1 kelvin"}, "absolute zero"),
        ("fluid", {"temperature": ["20 degC", "-460 degF"]}, "absolute zero"),
        ("atmosphere", {"pressure": "-5 psi"}, "at least 0 kPa"),
        ("fluid", {"pressure": {"max": "-1 Pa"}}, "at least 0 kPa"),
        ("power", {"power": "-10..5 W"}, "at least 0 W"),
        ("fluid", {"purity": "100.1 percent"}, "at most 100 percent"),
        ("docking", {"guide_petals": "2.5 count"}, "a whole number"),
        ("time", {"accuracy": "-1 ms"}, "at least 0 s"),
    ],
)
def test_what_nature_does_not_allow_is_refused(kind: str, parameters: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        port(kind, **parameters)


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("data", {"band": "S-band"}, r"band: there is no 'S-band' \[word\]; write S"),
        ("data", {"band": ["X", "Z"]}, "it is one of VHF"),
        ("data", {"protocol": "CCSDS TM"}, r"'CCSDS TM' is written otherwise \[word\]; write ccsds-tm"),
        ("data", {"polarisation": "rhpc"}, "did you mean 'rhcp'"),
        ("time", {"scale": "UTX"}, "did you mean 'UTC'"),
        ("power", {"current_type": "DC current"}, "it is one of dc, ac"),
        ("docking", {"mechanism": "APAS 75"}, "write apas-75"),
        ("language", {"language": "english"}, r"no ISO 639-1 code \[word\]"),
        ("data", {"band": "S", "frequency": "8450 MHz"}, r"8450 MHz is not in band S \[band\]; S is 1550 to 4000 MHz"),
        ("data", {"band": ["S", "X"], "frequency": ["2.2 GHz", "32 GHz"]}, "32000 MHz is not in band S or X"),
        ("power", {"voltage": "120"}, r"120 is a quantity without a unit \[value\]; .* such as 120 V or 5 psi"),
        ("power", {"voltage": {"max": 120}}, "such as 120 V or 5 psi"),
        ("power", {"voltage": "120 vlt"}, "such as 120 V or 5 psi"),
    ],
)
def test_a_word_that_there_is_not_is_refused_with_the_one_that_there_is(
    kind: str, parameters: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        port(kind, **parameters)


def test_a_word_is_the_same_in_capitals_and_others_are_free_where_the_list_is_open() -> None:
    port("data", band="ka", protocol="CCSDS-TM", modulation="APSK", frequency="25.5..27 GHz")
    port("data", band=["S", "X"], frequency="7.19 GHz")
    assert meet(port("time", scale="utc"), port("time", scale="UTC")).verdict == "fits"


def test_the_least_that_nature_allows_is_taken() -> None:
    for temperature in ("-273.15 degC", "0 kelvin", "-459.67 degF", "0 degR"):
        port("thermal", temperature=temperature)
    port("power", voltage="-28 V")
    port("fluid", purity="100 percent", pressure="0 Pa")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"kind": "docking", "role": "supply"}, r"is not 'supply' \[role\]"),
        ({"kind": "power", "role": "androgynous"}, "is not 'androgynous'"),
        ({"kind": "units", "parameters": {"impulse": "lbff*s"}}, "no unit that is known"),
        ({"kind": "docking", "standards": ["idss@"]}, r"\[claim\].*behind @"),
        ({"kind": "dokcing"}, "Input should be"),
    ],
)
def test_a_corrupted_role_unit_or_claim_is_rejected(raw: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Port.model_validate(raw)


def test_a_reader_with_a_unit_that_is_not_known_is_told() -> None:
    with pytest.raises(StandardsError, match="psii"):
        Reader(("psii",))
