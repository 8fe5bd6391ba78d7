"""`comity ndm`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.parsers import expat

import pytest
from typer.testing import CliRunner

from comity.cli.app import app

SAMPLES = Path(__file__).parents[1] / "messages" / "samples"


def run(*arguments: object, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["ndm", *map(str, arguments)], env={"COLUMNS": "90"})
    assert found.exit_code == code, found.output
    return found.output


def test_a_message_is_shown_and_told() -> None:
    shown = run("show", SAMPLES / "cdm_3_6_2.kvn")
    assert "Conjunction Data Message 1.0, KVN, by JSPOC" in shown and "715 m" in shown
    assert "15 lines of DOPPLER_INTEGRATED, ANGLE_1, ANGLE_2" in run("show", SAMPLES / "tdm_e8.kvn")
    told = json.loads(run("show", SAMPLES / "oem_g13.kvn", "--json"))
    assert told["segments"][0]["metadata"]["REF_FRAME"] == "EME2000"
    assert told["segments"][0]["rows"][0][1] == "-2432.166"


def test_what_is_wrong_is_told_with_its_line_and_the_exit_code_says_how_bad(tmp_path: Path) -> None:
    broken = tmp_path / "broken.oem"
    broken.write_text(
        (SAMPLES / "oem_g13.kvn").read_text(encoding="utf-8").replace("7.33702", "7.3x"), encoding="utf-8"
    )
    (told,) = json.loads(run("check", broken, "--json", code=1))
    assert told["readable"] is False
    assert told["problems"][0] == {
        "line": 19, "field": "X_DOT", "what": "is '7.3x'", "right": "a number such as 1.5 or -2.5E-03", "fatal": True,
    }  # fmt: skip
    assert "keeps its book" in run("check", SAMPLES / "omm_g7.kvn")
    assert "19" in run("check", broken, SAMPLES / "omm_g7.kvn", code=1)
    assert "No such file" in run("check", tmp_path / "none", code=2)
    said = run("show", broken, code=2)
    assert "broken.oem:19: X_DOT: is '7.3x'" in said and "is not read: 1 problem" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("hello\n", "holds no message; CCSDS_…_VERS"),
        ("COMMENT alone\n", "holds no message"),
        ("<html/>", "holds no message; <html>"),
        ("<ndm></ndm>", "holds no message"),
    ],
)
def test_a_file_without_any_message_ends_with_two_as_the_page_says(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "m.oem"
    file.write_text(content, encoding="utf-8")
    assert said in " ".join(run("check", file, code=2).split())
    (told,) = json.loads(run("check", file, "--json", code=2))
    assert told["ok"] is False and said in told["error"]
    file.write_text("CCSDS_OEM_VERS 3.0\n", encoding="utf-8")
    assert "read are versions" in run("check", file, code=1)


def test_what_keeps_its_book_but_can_hardly_be_meant_is_doubted(tmp_path: Path) -> None:
    shown = " ".join(run("check", SAMPLES / "oem_g11.kvn").split())
    assert "keeps its book" in shown and "3 doubts, it may not be meant so" in shown and "within it" in shown
    (told,) = json.loads(run("check", SAMPLES / "oem_g11.kvn", "--json"))
    assert told["ok"] is True and told["doubts"][0]["line"] == 19 and told["problems"] == []
    assert "doubt" not in run("check", SAMPLES / "leo_60s.kvn")


def test_a_message_is_converted_there_and_back(tmp_path: Path) -> None:
    run("convert", SAMPLES / "opm_g2.kvn", tmp_path / "o.xml")
    run("convert", tmp_path / "o.xml", tmp_path / "o.kvn")
    one, other = (json.loads(run("show", f, "--json")) for f in (SAMPLES / "opm_g2.kvn", tmp_path / "o.kvn"))
    assert one == other
    assert "neither kvn nor xml" in run("convert", tmp_path / "o.xml", tmp_path / "x", "--to", "json", code=2)
    assert not (tmp_path / "x").exists()


def test_two_ephemerides_are_compared_and_drawn(tmp_path: Path) -> None:
    first, second = SAMPLES / "apart_1.kvn", SAMPLES / "apart_2.kvn"
    told = json.loads(run("compare", first, second, "--step", "600", "--json"))
    assert told["position_km"]["rms"]["along"] == pytest.approx(1.16555, abs=1e-5)
    assert len(told["epochs"]) == 7
    shown = run("compare", first, second)
    assert "1.166" in shown and all(len(line) <= 90 for line in shown.splitlines())
    page, picture = tmp_path / "c.html", tmp_path / "c.svg"
    run("compare", first, second, "--chart", page)
    run("compare", first, second, "--chart", picture)
    expat.ParserCreate().Parse(picture.read_text(encoding="utf-8"), True)
    assert "default-src 'none'" in page.read_text(encoding="utf-8") and "1.166 km" in page.read_text(encoding="utf-8")
    assert "a chart is .svg or .html" in run("compare", first, second, "--chart", tmp_path / "c.png", code=2)
    assert "no epoch in common" in run("compare", first, SAMPLES / "leo_60s.kvn", code=2)
    assert "different objects" in run("compare", SAMPLES / "leo_60s.kvn", SAMPLES / "glonass.kvn")


def test_states_between_states_are_told_on_the_clock_of_the_message() -> None:
    shown = run("interpolate", SAMPLES / "leo_60s.kvn", "2020-06-01T12:10:17.5")
    # As the library `oem` has it: -3265.896180136 km.
    assert "-3265.89618" in shown and "Lagrange 7, ICRF about Earth" in shown
    lines = run("interpolate", SAMPLES / "leo_60s.kvn", "--step", "600", "--csv").splitlines()
    assert len(lines) == 8 and lines[1].startswith("2020-06-01T12:00:00.000000,-4706.641952872,")
    told = json.loads(run("interpolate", SAMPLES / "leo_60s.kvn", "2020-153T12:30:31.25", "--json"))
    assert told["states"][0]["x"] == pytest.approx(2704.41842825, abs=3e-6)
    assert "outside the useable spans" in run("interpolate", SAMPLES / "leo_60s.kvn", "2020-06-01T13:10:00", code=2)
    assert "is no epoch" in run("interpolate", SAMPLES / "leo_60s.kvn", "noon", code=2)
    assert "holds no ephemeris" in run("interpolate", SAMPLES / "omm_g7.kvn", "--step", "60", code=2)
    assert "at which epochs?" in run("interpolate", SAMPLES / "leo_60s.kvn", code=2)
    assert "at most" in run("interpolate", SAMPLES / "leo_60s.kvn", "--step", "1e-9", code=2)


def test_states_too_far_apart_are_refused_or_warned_of(tmp_path: Path) -> None:
    assert "is no orbit" in run("interpolate", SAMPLES / "oem_g11.kvn", "2019-12-23T00:00:00", code=2)
    run("convert", SAMPLES / "oem_g11.kvn", tmp_path / "g11.xml")
    assert "none of the 8 epochs" in run("compare", SAMPLES / "oem_g11.kvn", tmp_path / "g11.xml", code=2)
    sparse = tmp_path / "sparse.oem"
    lines = (SAMPLES / "leo_60s.kvn").read_text(encoding="utf-8").splitlines()
    states = [line for line in lines if line.startswith("2020-06-01T")]
    kept = "\n".join(line for line in lines if not line.startswith("2020-06-01T") or line in states[::20])
    sparse.write_text(kept.replace("INTERPOLATION_DEGREE = 7", "INTERPOLATION_DEGREE = 3") + "\n", encoding="utf-8")
    assert "warning: the states of" in run("interpolate", sparse, "2020-06-01T12:10:17.5")
    assert "warning" not in run("interpolate", sparse, "2020-06-01T12:20:00")
    found = CliRunner().invoke(app, ["ndm", "interpolate", str(sparse), "2020-06-01T12:10:17.5", "--json"])
    assert "revolutions" in json.loads(found.stdout)["warnings"][0]
    assert "warning: the states of" in run("compare", sparse, SAMPLES / "leo_60s.kvn", "--step", "600")
