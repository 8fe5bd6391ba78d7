"""`comity network stations` and `link`, and the rates of `passes`, as a user meets them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.parsers import expat

import pytest
from typer.testing import CliRunner

from comity.cli.app import app

ISS = ("science", "--only", "ISS (ZARYA)")
# The HGA of MarCO to a 70 m antenna: JPL DESCANSO 18 (2021), table 5-4, lines 7 to 12, 16, 18, 19, 33, 35, 36, 38.
MARCO = """\
name: MarCO, high-gain antenna
source: JPL DESCANSO 18 (2021), table 5-4
frequency_mhz: 8414
power_w: 4.57
circuit_loss_db: 1.3
gain_dbi: 29.2
pointing_loss_db: 2.8
polarisation_loss_db: 0.11
other_loss_db: 0.2
code: turbo-1/6
modulation_loss_db: 0.23
implementation_loss_db: 0.63
rate_bps: 8000
"""


def run(command: str, *arguments: object, code: int = 0, columns: int = 90, apart: bool = False) -> str:
    """What a command says; `apart` leaves its warnings out."""
    found = CliRunner().invoke(app, ["network", command, *map(str, arguments)], env={"COLUMNS": str(columns)})
    assert found.exit_code == code, found.output
    return found.stdout if apart else found.output


@pytest.fixture
def marco(tmp_path: Path) -> Path:
    file = tmp_path / "marco.yaml"
    file.write_text(MARCO, encoding="utf-8")
    return file


def test_the_margin_of_a_published_link_is_shown_term_by_term_with_its_sources(marco: Path) -> None:
    asked = ("dss-63", "-t", marco, "--range", "160e6", "--elevation", "21")
    told = json.loads(run("link", *asked, "--json"))
    # Line 38: 5.4 dB above the threshold.
    assert told["margin_db"] == pytest.approx(5.4, abs=0.1)
    assert all(t["source"] for t in told["terms"] if t["name"] in ("transmit power", "air", "G/T", "required Eb/N0"))
    assert set(told["sources"]) == {"dsn-104l", "marco-2021"} and all(told["sources"].values())
    shown = run("link", *asked)
    assert "[marco-2021] Kobayashi" in shown
    assert all(t["name"] in shown for t in told["terms"]) and "achievable data rate" in shown
    assert max(map(len, shown.splitlines())) <= 90


def test_an_option_goes_before_what_the_file_says(marco: Path) -> None:
    at = ("link", "dss-63", "-t", marco, "--range", "160e6", "--json")
    rate = json.loads(run(*at))["rate_bps"]
    assert json.loads(run(*at, "--margin", "0"))["rate_bps"] == pytest.approx(rate * 10**0.3)
    assert json.loads(run(*at, "--required", "2.9"))["rate_bps"] == pytest.approx(rate / 10**0.3)
    assert json.loads(run(*at, "--highest", "1000"))["rate_bps"] == 1000


def test_a_pass_has_its_rates_and_what_comes_over(marco: Path, tmp_path: Path) -> None:
    asked = ("link", "dss-54", *ISS, "-t", marco, "--highest", "2e7", "--days", "0.5")
    told = json.loads(run(*asked, "--json"))["passes"]
    assert len(told) > 3
    for one in told:
        assert len(one["times"]) == len(one["rate_bps"]) == len(one["elevation_deg"])
        assert one["volume_bit"] <= 2e7 * (one["duration_s"] + 5e-4)  # printed to the millisecond
        assert one["seconds_at_rate"] == pytest.approx(one["duration_s"], abs=0.01)
    shown = run(*asked, "--chart", tmp_path / "rates.svg")
    assert f"{len(told)} passes" in shown and max(map(len, shown.splitlines())) <= 100
    svg = (tmp_path / "rates.svg").read_text(encoding="utf-8")
    expat.ParserCreate().Parse(svg, True)
    assert svg.count("<polyline") == len(told)


def test_passes_show_the_same_rates_and_volume_as_the_link(marco: Path) -> None:
    rows = json.loads(run("passes", *ISS, "-s", "dss-54", "-t", marco, "--days", "0.5", "--json"))["passes"]
    told = json.loads(run("link", "dss-54", *ISS, "-t", marco, "--days", "0.5", "--json"))["passes"]
    assert [r["volume_bit"] for r in rows] == pytest.approx([t["volume_bit"] for t in told], abs=0.1)
    assert [r["highest_rate_bps"] for r in rows] == pytest.approx([max(t["rate_bps"]) for t in told], rel=1e-6)
    for row, one in zip(rows, told, strict=True):
        assert (row["rise_rate_bps"], row["set_rate_bps"]) == pytest.approx((one["rate_bps"][0], one["rate_bps"][-1]))
        assert row["rise_rate_bps"] < row["culmination_rate_bps"] <= row["highest_rate_bps"]
        # The shift is that of the radio's carrier.
        assert row["rise_doppler_hz"] == pytest.approx(-8414e6 * row["rise_range_rate_km_s"] / 299792.458, rel=1e-4)


def test_the_rates_of_passes_stand_in_csv_and_in_a_table_of_eighty_columns(marco: Path) -> None:
    asked = ("science", "-s", "dss-54", "-t", marco, "--days", "0.3", "--radio", "highest_bps=2e6")
    rows = list(csv.DictReader(io.StringIO(run("passes", *asked, "--csv"))))
    assert len(rows) > 5 and all(0 < float(row["highest_rate_bps"]) <= 2e6 for row in rows)
    # What comes over at the highest rate all along is the most.
    assert all(float(r["volume_bit"]) <= 2e6 * (float(r["duration_s"]) + 5e-4) for r in rows)
    none = run("passes", "mars", "--start", "2026-12-01", "-s", "dss-54", "-t", marco, "--min-elevation", "89", "--csv")
    assert none.strip().split(",") == list(rows[0])
    for more in ((), ("--frequency", "8414")):
        shown = run("passes", *asked, *more, columns=80)
        assert "bit/s" in shown and "2M" in shown and max(map(len, shown.splitlines()[:-3])) <= 80
        assert not [line for line in shown.splitlines() if "…  " in line[22:]], "no figure is cut off"


def test_a_station_without_figures_has_no_rate_and_says_why(marco: Path) -> None:
    asked = ("mars", "--start", "2026-12-01", "-t", marco)
    rows = json.loads(run("passes", *asked, "-s", "dss-54", "-s", "cebreros", "--json", apart=True))["passes"]
    assert {(r["station"], r["highest_rate_bps"] is None) for r in rows} == {("dss-54", False), ("cebreros", True)}
    shown = run("passes", *asked, "-s", "dss-54", "-s", "cebreros")
    assert "warning: no G/T of cebreros in X-band is published" in shown and " ? " in shown
    given = ("--radio", "station_g_over_t_db_k=50.8")
    assert " ? " not in run("passes", *asked, "-s", "cebreros", *given)
    assert "no G/T of cebreros" in run("passes", *asked, "-s", "cebreros", code=2)
    assert "needs a --station" in run("passes", *ISS, "--site", "A,40,4", "-t", marco, code=2)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (("power=5",), "did you mean 'power_w'?"),
        (("power_w",), "as power_w=5 does"),
        (("power_w=much",), "power_w: Input should be a valid number"),
        (("code=ps",), "did you mean 'rs'?"),
    ],
)
def test_a_wrong_figure_of_a_radio_is_named(marco: Path, stated: tuple[str, ...], said: str) -> None:
    radio = [word for one in stated for word in ("--radio", one)]
    assert said in run("passes", *ISS, "-s", "dss-54", "-t", marco, "--days", "0.1", *radio, code=2)


def test_the_power_alone_is_said_to_be_no_limit_of_a_radio() -> None:
    at = ("link", "dss-54", "--frequency", "8400", "--eirp", "12", "--required", "3", "--range", "500")
    assert "--highest BPS" in run(*at) and "note:" not in run(*at, "--highest", "1e8")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("dss-54", "--frequency", "8400", "--range", "500"), "give --eirp DBW, or --power W and --gain DBI"),
        (("dss-54", "--frequency", "8400", "--eirp", "1", "--range", "500"), "give --code ID"),
        (("dss-54", "--range", "500"), "give --frequency MHZ"),
        (("dss-54", "--frequency", "8400"), "give --range KM with --elevation DEG, or objects"),
        (("dss-544", "--frequency", "8400", "--range", "500"), "no station 'dss-544'; did you mean 'dss-54'?"),
        (
            ("cebreros", "--frequency", "8400", "--eirp", "1", "--code", "rs", "--range", "500"),
            "give one with --station-g-over-t",
        ),
        (("dss-54", "--frequency", "8400", "--power", "-1", "--range", "500"), "power_w"),
        (("dss-54", "--frequency", "7161", "--up", "--code", "rs", "--range", "500"), "give --g-over-t DB/K"),
        (("dss-54", "--frequency", "8400", "--eirp", "1", "--code", "ps", "--range", "500"), "did you mean 'rs'?"),
    ],
)
def test_what_is_missing_is_said_with_what_gives_it(asked: tuple[str, ...], said: str) -> None:
    assert said in " ".join(run("link", *asked, code=2).split())


def test_a_wrong_line_of_a_terminal_is_named(tmp_path: Path, marco: Path) -> None:
    marco.write_text(MARCO.replace("power_w", "pover_w"), encoding="utf-8")
    said = run("link", "dss-63", "-t", marco, "--range", "1e6", code=2)
    assert "marco.yaml:4:" in said.replace("\n", "") and "power_w" in said
    marco.write_text(MARCO + "eb_n0_db: 3\n", encoding="utf-8")
    assert "give one of them" in run("link", "dss-63", "-t", marco, "--range", "1e6", code=2)


def test_stations_are_listed_chosen_and_drawn(tmp_path: Path) -> None:
    shown = run("stations")
    assert "cebreros" in shown and max(map(len, shown.splitlines())) <= 90
    told = json.loads(run("stations", "--band", "ka", "--owner", "esa", "--json"))["stations"]
    assert told and all("Ka" in s["bands"] and "ESA" in s["owner"] + s.get("network", "") for s in told)
    assert all(s["sources"] for s in told)
    assert "SANTIA12" in run("stations", "santiago-12m")
    for name in ("world.svg", "world.html"):
        run("stations", "--map", tmp_path / name)
    expat.ParserCreate().Parse((tmp_path / "world.svg").read_text(encoding="utf-8"), True)
    assert "<svg " in (tmp_path / "world.html").read_text(encoding="utf-8")
    assert "a map is .svg or .html" in run("stations", "--map", tmp_path / "world.png", code=2)
    assert "cannot be written" in run("stations", "--map", tmp_path / "none" / "world.svg", code=2)
    assert "did you mean" in run("stations", "cebrero", code=2)


OWN = """\
sources: {survey: {title: Survey of our hill}}
stations:
  hill:
    name: Hill
    owner: Us
    position: {latitude_deg: 50.0, longitude_deg: 8.0, source: survey}
    horizon:
      points: [{azimuth_deg: 0, elevation_deg: 5}, {azimuth_deg: 180, elevation_deg: 30}]
      source: survey
    receives: [{band: X, g_over_t: {db_k: 35.1, source: survey}}]
"""


def test_stations_of_ones_own_serve_like_those_of_the_catalogue(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(OWN, encoding="utf-8")
    given = ("--stations", own)
    assert "1 antenna of 1 owner;" in run("stations", *given) and "Survey of our hill" in run(
        "stations", "hill", *given
    )
    rows = json.loads(run("passes", *ISS, "-s", "hill", *given, "--json"))["passes"]
    assert rows
    for row in rows:  # rises where the mask is, which climbs from 5° in the north to 30° in the south
        azimuth = row["rise_azimuth_deg"]
        assert row["rise_elevation_deg"] == pytest.approx(5 + 25 * (1 - abs(180 - azimuth) / 180), abs=0.01)
    at = ("link", "hill", *given, "--frequency", "8420", "--eirp", "10", "--code", "rs", "--range", "1000", "--json")
    assert next(t for t in json.loads(run(*at))["terms"] if t["name"] == "G/T")["value"] == 35.1
    own.write_text(OWN.replace("owner: Us", "ownr: Us").replace("30}", "95}"), encoding="utf-8")
    for asked in (
        ("stations",),
        ("passes", *ISS, "-s", "hill"),
        ("link", "hill", "--range", "1000", "--frequency", "8420"),
    ):
        said = run(*asked, *given, code=2).replace("\n", "")
        assert "own.yaml:5:5: unknown field 'ownr'; did you mean 'owner'?" in said
        assert "own.yaml:8:" in said and "95 must be less than 90" in said
    assert "No such file" in run("stations", "--stations", tmp_path / "none.yaml", code=2)
