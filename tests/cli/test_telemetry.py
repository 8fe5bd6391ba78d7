"""`comity telemetry`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from typer.testing import CliRunner

from comity.cli.app import app
from tests.messages.telemetry.support import JPSS, JPSS_PACKETS, SUDA, SUDA_PACKETS

TIMED = ("--time", "DOY,MSEC,USEC", "--epoch", "1958-01-01")


def run(*arguments: object, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["telemetry", *map(str, arguments)], env={"COLUMNS": "90"})
    assert found.exit_code == code, found.output
    return found.output


def told_at_the_end(*arguments: object) -> dict[str, Any]:
    """The JSON of a command that ends with 2, without what it says beside."""
    found = CliRunner().invoke(app, ["telemetry", *map(str, arguments), "--json"])
    assert found.exit_code == 2, found.output
    told: dict[str, Any] = json.loads(found.stdout)
    return told


def test_a_definition_is_described() -> None:
    assert "JPSS_ATT_EPHEM" in run("describe", JPSS)
    shown = run("describe", JPSS, "--packet", "JPSS_ATT_EPHEM")
    assert "ADGPSPOSX" in shown and "m/s" in shown
    told = json.loads(run("describe", SUDA, "--json"))
    assert told["root"] == "CCSDSPacket"
    assert told["parameters"]["IDX__SCI0PACK"]["labels"] == {"0": "DS", "1": "EN"}
    assert "did you mean 'JPSS_ATT_EPHEM'" in run("describe", JPSS, "--packet", "JPSS_ATT", code=2)


def test_packets_are_decoded_to_tables_with_their_time(tmp_path: Path) -> None:
    told = json.loads(run("decode", JPSS, JPSS_PACKETS, "--out", tmp_path / "out", *TIMED, "--quiet", "--json"))
    assert told["decoded"] == {"JPSS_ATT_EPHEM": 600}
    table = pq.read_table(tmp_path / "out" / "JPSS_ATT_EPHEM.parquet")
    assert str(table["time"][0].as_py())[:19] == "2021-04-09 00:00:00"
    assert "is there already" in run("decode", JPSS, JPSS_PACKETS, "--out", tmp_path / "out", code=2)


def test_a_time_that_nobody_states_is_asked_for(tmp_path: Path) -> None:
    said = run("decode", SUDA, SUDA_PACKETS, "--prefix", "4", "--out", tmp_path / "out", "--quiet")
    assert "No time is told by SciFetchTypeZero, SciFetchTypeNonZero: state it with --time and --epoch" in said
    assert "2 Parquet files" in said
    assert "go together" in run("decode", JPSS, JPSS_PACKETS, "--out", tmp_path / "b", "--time", "DOY", code=2)


def test_what_is_not_whole_is_told_or_refused(tmp_path: Path) -> None:
    torn = tmp_path / "torn"
    content = JPSS_PACKETS.read_bytes()
    torn.write_bytes(content[:710] + content[781:1420] + content[1430:-20])
    said = run("check", JPSS, torn, code=1)
    assert "at octet 1,349" in said and "cut off" in said
    told = json.loads(run("check", JPSS, torn, "--json", code=1))
    assert told["ok"] is False
    assert told["sequences"]["11"]["gaps"] == 2
    assert "at octet" in run("decode", JPSS, torn, "--out", tmp_path / "out", "--strict", code=2)
    assert not (tmp_path / "out").exists()
    assert json.loads(run("check", JPSS, JPSS_PACKETS, "--json"))["ok"] is True


def test_where_not_one_packet_is_decoded_nothing_is_written_and_it_is_said(tmp_path: Path) -> None:
    empty, noise = tmp_path / "empty", tmp_path / "noise"
    empty.write_bytes(b"")
    noise.write_bytes(np.random.default_rng(7).bytes(5000))
    out = tmp_path / "out"
    for file, why in ((empty, "0 octets, no packet"), (noise, "5,000 octets")):
        said = " ".join(run("decode", JPSS, file, "--out", out, "--quiet", code=2).split())
        assert f"{out}: is not written: not one packet was decoded" in said and why in said
        told = told_at_the_end("decode", JPSS, file, "--out", out, "--quiet")
        assert (told["folder"], told["decoded"]) == (None, {})
        assert not out.exists()
    assert "600 not asked for" in run("decode", JPSS, JPSS_PACKETS, "--out", out, "--apid", "12", "--quiet", code=2)
    assert "holds no packet" in run("check", JPSS, empty, code=2)
    assert told_at_the_end("check", JPSS, empty)["ok"] is False
    assert not list(tmp_path.glob(".out*"))


def test_a_definition_alone_is_checked_with_its_lines(tmp_path: Path) -> None:
    assert "1 packet, 27 parameters; no problem" in run("check", JPSS)
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(
        JPSS.read_text(encoding="utf-8").replace('parameterTypeRef="DOY_Type"', 'parameterTypeRef="DOY_Typ"')
    )
    said = run("check", wrong, code=2)
    assert "wrong.xml:" in said and "did you mean 'DOY_Type'?" in said


def test_faults_of_one_kind_are_told_once(tmp_path: Path) -> None:
    short = tmp_path / "short.xml"
    last = '<xtce:ParameterRefEntry parameterRef="ADCFAQ4"/>'
    text = JPSS.read_text(encoding="utf-8")
    assert last in text
    short.write_text(text.replace(last, ""), encoding="utf-8")
    said = run("check", short, JPSS_PACKETS, code=1)
    assert "32 bits more than JPSS_ATT_EPHEM has by the definition (and 599 more of its kind)" in said
    assert "--surplus" in said
    assert json.loads(run("check", short, JPSS_PACKETS, "--surplus", "--json"))["ok"] is True


def test_parameters_are_drawn_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run("chart", JPSS, JPSS_PACKETS, "-p", "ADGPSPOSX", "-p", "ADCFAQ1", "--out", page, *TIMED)
    text = page.read_text(encoding="utf-8")
    assert "2021-04-09T00:00:00Z to 2021-04-09T00:09:59Z" in text
    assert "ADGPSPOSX [m]" in text and "://" not in text.split("<script>", maxsplit=1)[0]
    assert "did you mean 'ADGPSPOS" in run("chart", JPSS, JPSS_PACKETS, "-p", "ADGPSPOS", "--out", page, code=2)
