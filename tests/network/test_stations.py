"""The catalogue of stations, and what is said of a file of stations that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from comity.network.errors import NetworkError
from comity.network.horizon import horizons
from comity.network.stations import cited_by, figures, read_station_file, read_stations

GOOD = """\
sources:
  survey:
    title: Survey of our hill
    date: "2026"
stations:
  hill:
    name: Hill
    owner: Us
    position: {latitude_deg: 50.0, longitude_deg: 8.0, height_m: 100, source: "survey, page 2"}
    diameter: {m: 12, source: survey}
    receives:
      - {band: X, mhz: [8400, 8500], source: survey, g_over_t: {db_k: 35.1, source: survey}}
"""


def test_the_catalogue_is_of_many_agencies_and_each_figure_has_a_source_that_was_seen_or_a_method() -> None:
    read = read_station_file()
    stations = tuple(read.stations.values())
    assert len(stations) >= 30 and len({s.owner for s in stations}) >= 10
    for station in stations:
        for place, figure in figures(station):
            assert figure.source or figure.estimate, f"{station.id}: {place}"
            assert set(cited_by(figure)) <= set(read.sources)
    assert all(source.title and source.seen for source in read.sources.values())


def test_every_source_is_used_and_no_two_antennas_stand_on_each_other() -> None:
    read = read_station_file()
    stations = tuple(read.stations.values())
    assert {id for s in stations for _, f in figures(s) for id in cited_by(f)} == set(read.sources)
    # An estimate may be that of a whole site; a position with a source is of one antenna.
    places = [(s.latitude_deg, s.longitude_deg) for s in stations if s.position.source]
    assert len(set(places)) == len(places)


def test_the_horizon_of_santiago_is_that_of_the_catalogue_of_the_vlbi_service() -> None:
    # mask.cat, SANTIA12: "0 9.5 10 8 22 9.5 45 9.5 52 11.5 …", straight between the points.
    seen = horizons([next(s for s in read_stations() if s.id == "santiago-12m")])
    azimuths = np.array([0.0, 10.0, 16.0, 48.5, 78.0, 220.0, 359.999])
    limit = seen.limit_deg(np.zeros(len(azimuths), dtype=np.int64), azimuths)
    assert limit == pytest.approx([9.5, 8.0, 8.75, 10.5, 12.0, 5.5, 9.5], abs=1e-3)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(GOOD, encoding="utf-8")
    (hill,) = read_stations(tmp_path / "s.yaml")
    assert (hill.id, hill.diameter_m, hill.bands) == ("hill", 12.0, ("X",))
    assert hill.receiver(8450.0) is not None and hill.receiver(8300.0) is None


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("latitude_deg: 50.0", "latitude_deg: 95.0", 9, "latitude_deg"),
        ("diameter: {m: 12", "diametre: {m: 12", 10, "diameter"),
        ("band: X", "band: Q", 12, "'Q' is no band"),
        (
            "[8400, 8500]",
            "[2200, 2300]",
            12,
            "2200 to 2300 MHz is not in band X, but in S; X goes from 7,000 to 12,000 MHz",
        ),
        ("[8400, 8500]", "[8400, 12500]", 12, "8400 to 12500 MHz is not in band X; X goes"),
        ("[8400, 8500]", "[8500, 8400]", 12, "the lower of two positive numbers comes first"),
        ("{m: 12, source: survey}", "{m: 12, source: survy}", 10, "did you mean 'survey'?"),
        ("    owner: Us\n", "", 6, "owner"),
        ("{m: 12, source: survey}", "{m: twelve, source: survey}", 10, "m"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_field(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert GOOD.count(old) == 1
    file = tmp_path / "s.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(NetworkError) as found:
        read_stations(file)
    assert f"s.yaml:{line}:" in str(found.value) and said in str(found.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "s.yaml:1:1: holds no fields"),
        (b"stations: [", "s.yaml:2:1: not YAML"),
        (b"\xff\xfe\x00", "s.yaml: not UTF-8 text"),
        (b"sources: {}\n", "the field 'stations' is missing"),
        (None, "s.yaml: No such file"),
    ],
)
def test_a_file_that_holds_no_stations_is_told_so(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "s.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NetworkError) as found:
        read_stations(file)
    assert said in str(found.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(GOOD.replace("50.0", "95.0").replace("m: 12", "m: -1"), encoding="utf-8")
    with pytest.raises(NetworkError) as found:
        read_stations(file)
    assert len(str(found.value).splitlines()) == 2
