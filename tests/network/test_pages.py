"""The pages of stations and links name all that there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comity.network.coding import codes
from comity.network.link import Demand, Losses, Receiver, Sender, link_budget, station_receiver
from comity.network.stations import (
    Receives,
    Source,
    Station,
    StationFile,
    Transmits,
    figures,
    read_station_file,
    read_stations,
)
from comity.network.terminal import Terminal

REFERENCE = Path(__file__).parents[2] / "docs/reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def words(text: str) -> set[str]:
    """What stands as code in a text."""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in (span, *re.findall(r"[a-z0-9_]+", span))}


def test_every_field_of_a_file_of_stations_is_documented() -> None:
    told = words(page("stations.md"))
    for kind in (Source, Station, Receives, Transmits):
        own = set(kind.model_fields) - {"id", "source", "estimate"}
        assert own <= told, f"{kind.__name__}: {own - told}"
        for field in own:
            part = kind.model_fields[field].annotation
            inner = next((t for t in getattr(part, "__args__", (part,)) if hasattr(t, "model_fields")), None)
            if inner is not None:
                assert set(inner.model_fields) - {"source", "estimate"} <= told, field


def test_the_file_of_the_page_reads_and_its_counts_are_the_catalogue_s(tmp_path: Path) -> None:
    text = page("stations.md")
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    (tmp_path / "mine.yaml").write_text(example[1], encoding="utf-8")
    (hill,) = read_stations(tmp_path / "mine.yaml")
    assert hill.bands == ("X",) and station_receiver(hill, 8450.0).g_over_t_db_k == 35.1
    read: StationFile = read_station_file()
    stations = tuple(read.stations.values())
    all_figures = [f for s in stations for _, f in figures(s)]
    sourced = sum(bool(f.source) for f in all_figures)
    assert f"{len(stations)} antennas of {len({s.owner for s in stations})} owners" in text
    assert f"Each of its {len(all_figures)} figures has a source ({sourced})" in text
    assert f"({len(all_figures) - sourced})" in text
    for what, count in (
        ("size", sum(s.diameter is not None for s in stations)),
        ("bands", sum(bool(s.bands) for s in stations)),
        ("lowest elevation", sum(s.minimum_elevation is not None for s in stations)),
        ("horizon mask by azimuth", sum(s.horizon is not None for s in stations)),
        (
            "G/T, or gain and noise by elevation",
            sum(any(r.g_over_t or r.chain for r in s.receives) for s in stations),
        ),
        ("EIRP, or power and gain", sum(any(t.eirp or (t.power and t.gain) for t in s.transmits) for s in stations)),
    ):
        assert f"| {what} | {count} |" in text


def test_every_term_of_a_budget_is_documented() -> None:
    told = words(page("link-budget.md"))
    chain = station_receiver(next(s for s in read_stations() if s.id == "dss-24"), 8_420.0)
    for sender, receiver in (
        (Sender(power_dbw=1.0, gain_dbi=10.0), chain),
        (Sender(eirp_dbw=10.0), Receiver(g_over_t_db_k=30.0)),
    ):
        found = link_budget(
            sender, receiver, Demand(3.0, rate_bps=1e3), frequency_hz=8.42e9, range_km=1e6, losses=Losses()
        )
        assert {t.name for t in found.terms} <= told


def test_every_field_of_a_radio_and_every_code_is_documented() -> None:
    text = page("link-budget.md")
    assert set(Terminal.model_fields) <= words(text)
    for id, code in codes().items():
        assert f"| `{id}` | {code.eb_n0_db:g} | {code.errors} |" in text
    assert len(re.findall(r"^\| `(?:uncoded|[a-z-]+\d?/?\d?)` \| -?\d", text, re.MULTILINE)) == len(codes())


@pytest.mark.parametrize("name", ["stations.md", "link-budget.md", "passes.md"])
def test_links_of_the_pages_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page(name)):
        assert target.startswith("http") or (REFERENCE / target).exists(), target
