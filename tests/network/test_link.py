"""Link budgets beside published design control tables, and what a caller may rely on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.network.air import itur_loss_db, sky_noise_k, slant_loss_db
from comity.network.coding import codes
from comity.network.errors import NetworkError
from comity.network.link import (
    Budget,
    Demand,
    Losses,
    Receiver,
    Sender,
    dish_gain_dbi,
    free_space_loss_db,
    link_budget,
    station_losses,
    station_receiver,
    station_sender,
)
from comity.network.stations import Station, read_stations

STATIONS = {s.id: s for s in read_stations()}
#: A line of the table is printed to 0.1 dB, and so are the lines that it is made of.
TOLERANCE_DB = 0.1
# Kobayashi, Shihabi, Taylor, Mars Cube One Telecommunications Subsystem Design, JPL DESCANSO 18 (2021), table 5-4, "X-band
# downlink link budget", 8414 MHz. By column: lines 5, 8, 9, 10, 12, 16, 17, 21, 33; then, to be reproduced, 11, 13, 20, 25, 26,
# 37, 38. Losses are printed negative there.
DOWNLINK = {
    "LGA to 34 m": (
        (62.5, 0.7, 7.6, 13.4, 15e6, 1.40, 68.3, 30.5, 1.63),
        (30.1, 254.4, -157.8, -183.8, 26.0, 20.12, 5.8),
    ),
    "MGA to 34 m": (
        (62.5, 0.9, 8.4, 0.8, 74.8e6, 0.31, 68.3, 30.5, 1.63),
        (43.3, 268.4, -157.5, -183.8, 26.3, 20.12, 6.1),
    ),
    "HGA to 34 m": (
        (1000, 1.3, 29.2, 2.8, 160e6, 0.11, 68.3, 30.5, 0.44),
        (61.7, 275.0, -145.5, -183.8, 38.2, 30.97, 7.3),
    ),
    "HGA to 70 m": (
        (8000, 1.3, 29.2, 2.8, 160e6, 0.11, 74.3, 24.8, 0.23),
        (61.7, 275.0, -139.5, -184.7, 45.2, 39.79, 5.4),
    ),
}


@pytest.mark.parametrize("column", DOWNLINK)
def test_every_line_of_the_downlink_of_marco_is_reproduced(column: str) -> None:
    (rate, circuit, gain, missed, km, polarisation, dish, noise, modulation), expected = DOWNLINK[column]
    found = link_budget(
        Sender(power_dbw=36.6 - 30, circuit_loss_db=circuit, gain_dbi=gain, pointing_loss_db=missed),  # line 7 in dBm
        Receiver(gain_dbi=dish, noise_k=noise, pointing_loss_db=0.1),  # line 18
        # Lines 35, 36 (turbo 1/6 at a frame error rate of 1e-4) and 39; wind loading, line 19; air, line 14.
        Demand.of(
            "turbo-1/6", modulation_loss_db=modulation, implementation_loss_db=0.63, margin_db=3.0, rate_bps=rate
        ),
        frequency_hz=8414e6,
        range_km=km,
        elevation_deg=21.0,
        losses=Losses(air_db=(0.15,), polarisation_db=polarisation, other_db=0.1),
    )
    eirp, space, merit = (found.term(name)[0] for name in ("EIRP", "free-space loss", "G/T"))
    density_dbm_hz = -228.599 + 10 * math.log10(noise) + 30
    assert found.margin_db is not None
    assert (
        eirp + 30,
        space,
        found.pt_n0_db_hz[0] + density_dbm_hz,
        density_dbm_hz,
        found.pt_n0_db_hz[0],
        found.term("required Pt/N0")[0],
        found.margin_db[0],
    ) == pytest.approx(expected, abs=TOLERANCE_DB)
    assert merit == pytest.approx(dish - 10 * math.log10(noise), abs=1e-9)
    # Line 40: how far the margin exceeds its threshold is how much faster the link could be.
    assert 10 * math.log10(found.rate_bps[0] / rate) == pytest.approx(expected[-1] - 3.0, abs=TOLERANCE_DB)


def test_the_uplink_of_marco_is_reproduced_with_the_station_of_the_catalogue() -> None:
    # The same document, table 5-3, "X-band uplink link budget", 7161 MHz from DSS-54: lines 12, 14, 16 to 21, 33, 35; then 26, 38.
    columns = (
        ((15e6, 0.21, 1.40, 7.1, 12.9, 0.9, 446.1), (50.0, 17.7)),
        ((160.1e6, 0.22, 0.31, 8.9, 1.4, 1.6, 480.9), (42.8, 10.5)),
    )
    for (km, air, polarisation, gain, missed, cable, noise), expected in columns:
        found = link_budget(
            replace(station_sender(STATIONS["dss-54"], 7161.0), pointing_loss_db=0.1),  # line 10
            Receiver(gain_dbi=gain - cable, noise_k=noise, pointing_loss_db=missed),
            Demand.of("uncoded", modulation_loss_db=2.06, implementation_loss_db=2.68, rate_bps=62.5),
            frequency_hz=7161e6,
            range_km=km,
            losses=Losses(air_db=(air,), polarisation_db=polarisation),
        )
        assert found.margin_db is not None
        assert (found.pt_n0_db_hz[0], found.margin_db[0]) == pytest.approx(expected, abs=TOLERANCE_DB)


def test_a_link_in_ka_band_is_reproduced() -> None:
    # "Mars MicroSpacecraft Link Budget", baseline system, downlink (scribd.com/document/604182575): every line to 0.01 dB, but
    # its margin counts the implementation loss, 4.33 - 0.45 - 0.80 = 3.08.
    assert dish_gain_dbi(0.5, 32_300e6, 0.60) == pytest.approx(42.34, abs=0.05)  # its wavelength is rounded to 9.3 mm
    found = link_budget(
        Sender(power_dbw=10 * math.log10(4.0), circuit_loss_db=1.39, gain_dbi=42.34, pointing_loss_db=0.70),
        Receiver(gain_dbi=74.70, noise_k=31.2, pointing_loss_db=0.10),
        Demand.of("rs-conv-1/6", implementation_loss_db=0.45, rate_bps=2_400.0),
        frequency_hz=32_300e6,
        range_km=378e6,
        losses=Losses(air_db=(0.1 + 1.0,), polarisation_db=1.0, other_db=0.1),
    )
    assert found.term("EIRP")[0] == pytest.approx(46.28, abs=0.02)
    assert found.term("free-space loss")[0] == pytest.approx(294.20, abs=0.05)
    assert found.term("G/T")[0] == pytest.approx(59.76, abs=0.01)
    assert found.pt_n0_db_hz[0] == pytest.approx(38.14, abs=0.1)
    assert found.margin_db is not None and found.margin_db[0] == pytest.approx(3.08, abs=0.1)


def test_free_space_loss_is_that_of_the_recommendation() -> None:
    # ITU-R P.525-4: 32.4 + 20 log f/MHz + 20 log d/km, its constant rounded down by 0.05 dB.
    for km, mhz in ((1, 1), (36_000, 4_000), (2_566, 8_380), (160e6, 8_414)):
        expected = 32.4478 + 20 * math.log10(mhz) + 20 * math.log10(km)
        assert free_space_loss_db(km, mhz * 1e6) == pytest.approx(expected, abs=1e-3)


def test_gain_and_noise_of_a_deep_space_antenna_follow_its_elevation() -> None:
    # DSN 810-005, 104L, equations with table A-2, DSS-24 and A-5, Goldstone, by hand at 51.5 and 6 degrees, 90 %.
    station = STATIONS["dss-24"]
    losses = station_losses(station, 8_420.0, 45.0, percent=90)
    assert losses.zenith_db == 0.047 and "104l" in losses.source
    found = link_budget(
        Sender(eirp_dbw=0.0), station_receiver(station, 8_420.0), Demand(0.0), frequency_hz=8_420e6, range_km=1e6,
        elevation_deg=[51.5, 6.0], losses=losses,
    )  # fmt: skip
    assert found.term("receive antenna gain") == pytest.approx([68.24, 68.24 - 0.000027 * 45.5**2])
    for k, elevation in enumerate((51.5, 6.0)):
        loss = 10 ** (0.047 / math.sin(math.radians(elevation)) / 10)
        sky = 277.5 * (1 - 1 / loss) + 2.725 / loss
        assert found.term("system noise temperature")[k] == pytest.approx(
            30.39 + 2.9 * math.exp(-0.11 * elevation) + sky
        )


def test_the_figures_of_the_34_m_class_agree_with_each_other() -> None:
    # Two documents: the chain of DSS-35 (104L) and the 30.5 K and 68.3 dBi of the class at 21 degrees, 90 % (DESCANSO 18).
    station = STATIONS["dss-35"]
    found = link_budget(
        Sender(eirp_dbw=0.0), station_receiver(station, 8_414.0), Demand(0.0), frequency_hz=8_414e6, range_km=1e6,
        elevation_deg=21.0, losses=station_losses(station, 8_414.0, 21.0, percent=90),
    )  # fmt: skip
    assert found.term("G/T")[0] == pytest.approx(53.5, abs=0.5)


@given(st.floats(0.0, 90.0), st.floats(0.0, 90.0), st.floats(0.01, 20.0))
def test_the_air_takes_more_the_lower_the_path_and_without_a_step(a: float, b: float, zenith: float) -> None:
    low, high = sorted((a, b))
    assert slant_loss_db(zenith, low) >= slant_loss_db(zenith, high) - 1e-12
    assert slant_loss_db(zenith, 5.0 - 1e-9) == pytest.approx(slant_loss_db(zenith, 5.0), rel=1e-6)
    assert slant_loss_db(zenith, 90.0) == pytest.approx(zenith)
    assert 2.7 <= sky_noise_k(zenith, 90) <= 280.0


@given(st.floats(1e2, 1e10), st.floats(1.001, 10.0), st.floats(0.0, 10.0), st.sampled_from(sorted(codes())))
def test_the_rate_keeps_the_margin_and_falls_with_the_square_of_the_range(
    km: float, further: float, margin: float, id: str
) -> None:
    def at(range_km: float, **demand: float) -> Budget:
        return link_budget(
            Sender(eirp_dbw=30.0), Receiver(g_over_t_db_k=30.0), Demand.of(id, margin_db=margin, **demand),
            frequency_hz=8.4e9, range_km=range_km,
        )  # fmt: skip

    near, far = at(km), at(km * further)
    assert near.rate_bps[0] / far.rate_bps[0] == pytest.approx(further**2, rel=1e-9)
    again = at(km, rate_bps=float(near.rate_bps[0]))
    assert again.margin_db is not None and again.margin_db[0] == pytest.approx(margin, abs=1e-9)


def test_gains_less_losses_are_what_the_budget_comes_to() -> None:
    found = link_budget(
        Sender(power_dbw=10.0, circuit_loss_db=1.0, gain_dbi=40.0, pointing_loss_db=0.5), Receiver(g_over_t_db_k=53.0),
        Demand(2.4, 0.3, 0.7, 3.0), frequency_hz=8.4e9, range_km=1e8, losses=Losses(zenith_db=0.05),
    )  # fmt: skip
    total = sum(t.adds * t.value[0] for t in found.terms if t.name != "data rate asked")
    assert 10 * math.log10(found.rate_bps[0]) == pytest.approx(total)


def test_what_is_not_published_is_asked_for_and_never_guessed() -> None:
    cases = (
        (lambda: station_receiver(STATIONS["cebreros"], 8_420.0), "no G/T of cebreros in X-band is published"),
        (
            lambda: station_receiver(STATIONS["cebreros"], 2_250.0),
            "cebreros receives X, K, Ka, not 2250 MHz \\(S-band\\)",
        ),
        (lambda: station_receiver(STATIONS["misasa"], 8_300.0), "misasa receives X, Ka, not 8300 MHz"),
        (lambda: station_sender(STATIONS["kiruna-1"], 2_050.0), "no EIRP of kiruna-1 in S-band is published"),
        (lambda: station_losses(STATIONS["misasa"], 32_000.0, 30.0), "no loss in the air is published for misasa"),
        (lambda: Demand.of("turbo-1/5"), "did you mean 'turbo-1/6'"),
        (
            lambda: link_budget(Sender(), Receiver(g_over_t_db_k=1.0), Demand(0), frequency_hz=1e9, range_km=1),
            "no EIRP",
        ),
        (lambda: link_budget(Sender(1.0), Receiver(), Demand(0), frequency_hz=1e9, range_km=1), "no G/T"),
        (lambda: link_budget(Sender(1.0), Receiver(1.0), Demand(0), frequency_hz=1e9, range_km=-1), "a range is"),
        (lambda: link_budget(Sender(1.0), Receiver(1.0), Demand(0, -1.0), frequency_hz=1e9, range_km=1), "a loss is"),
        (lambda: link_budget(Sender(1.0), Receiver(1.0), Demand(0), frequency_hz=1.0, range_km=1), "is no carrier"),
    )
    for asked, said in cases:
        with pytest.raises(NetworkError, match=said):
            asked()


def test_weather_by_the_itu_models_agrees_with_the_published_loss_of_a_complex() -> None:
    pytest.importorskip("itur")
    station: Station = STATIONS["dss-63"]
    gases = 0.055  # 810-005, 104L, table A-5: Madrid, not exceeded 90 % of the time
    loss = itur_loss_db(station.latitude_deg, station.longitude_deg, 8_420.0, [90.0, 21.0], 95.0, 70.0)
    assert gases * 0.7 < loss[0] < 3 * gases and loss[1] > 2 * loss[0]
    with pytest.raises(NetworkError, match="hold from 95 to"):
        itur_loss_db(0.0, 0.0, 8_420.0, 90.0, 50.0, 34.0)


def test_each_code_says_where_it_comes_from_and_a_stronger_one_needs_less() -> None:
    known = codes()
    assert all(c.source or c.estimate for c in known.values())
    order = ["uncoded", "rs", "conv-1/2", "rs-conv-1/2", "rs-conv-1/6", "turbo-1/6"]
    needed = [known[id].eb_n0_db for id in order]
    assert needed == sorted(needed, reverse=True)
    # None beats Shannon's limit at its rate: Eb/N0 > (2^(2r) - 1) / 2r for real signals.
    for code in known.values():
        limit = 10 * np.log10((2 ** (2 * code.rate) - 1) / (2 * code.rate))
        assert code.eb_n0_db > limit
