from __future__ import annotations

from pathlib import Path

import ccsds_ndm as peer
import numpy as np
import pytest

from comity.messages import Form, MessageError, convert, parse, read, text_of, write
from comity.model import whole_files
from tests.messages.support import ALL, SAMPLES, bare, text


def forms(path: Path) -> list[Form]:
    return ["kvn"] if "1_0" in path.name else ["kvn", "xml"]


@pytest.mark.parametrize("path", ALL, ids=lambda p: p.name)
def test_what_is_written_reads_back_the_same_in_either_form(path: Path) -> None:
    message = read(path)
    for form in forms(path):
        written = text_of(message, form)
        assert bare(parse(written, path.name)) == bare(message)
        # In KVN a comment on all data is one on the first block: after that there is nothing left to change.
        again = text_of(parse(written, path.name), form)
        assert text_of(parse(again, path.name), form) == again


@pytest.mark.parametrize("path", [p for p in ALL if "1_0" not in p.name], ids=lambda p: p.name)
def test_another_library_reads_what_is_written(path: Path) -> None:
    if path.name.startswith("glonass"):
        pytest.skip("it takes no message without an originator")
    for form in forms(path):
        if path.name == "ndm_g21.xml" and form == "kvn":
            continue  # the book has combined messages in XML alone
        again = peer.from_str(text_of(read(path), form))
        assert type(again).__name__.lower() == read(path).kind


def test_another_library_reads_the_same_states() -> None:
    ours = read(SAMPLES / "leo_60s.kvn").segments[0].rows
    assert ours is not None
    theirs = peer.from_str(text_of(read(SAMPLES / "leo_60s.kvn"), "xml")).segments[0].data.state_vector_numpy
    np.testing.assert_array_equal(theirs, ours.numbers(ours.columns[1:]))


def test_digits_are_kept_and_units_shown_where_they_were(tmp_path: Path) -> None:
    convert(SAMPLES / "opm_g4.kvn", tmp_path / "o.xml")
    content = (tmp_path / "o.xml").read_text(encoding="utf-8")
    assert '<X units="km">6655.9942</X>' in content
    convert(tmp_path / "o.xml", tmp_path / "o.kvn")
    assert "6655.9942 [km]" in (tmp_path / "o.kvn").read_text(encoding="utf-8")
    assert "-063.042" in text_of(read(SAMPLES / "oem_g13.kvn"), "xml")


def test_a_conjunction_message_shows_all_its_units() -> None:
    bare_units = text("cdm_3_6_2.kvn").replace("[m**2/s]", "")
    written = text_of(parse(bare_units), "xml")
    assert '<CRDOT_R units="m**2/s">2.520E-03</CRDOT_R>'.replace("2.520E-03", "").split(">")[0] in written


def test_a_writer_that_dies_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "m.kvn"
    target.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_files.os, "fsync", full)
    with pytest.raises(MessageError, match="No space left"):
        write(read(SAMPLES / "omm_g7.kvn"), target)
    assert target.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["m.kvn"]


def test_what_a_form_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MessageError, match=r"AEM 1\.0 is not written in XML"):
        write(read(SAMPLES / "aem_1_0.kvn"), tmp_path / "a.xml", "xml")
    long = parse(text("omm_g10.xml").replace("GOES-9", "GOES-9" * 60))
    with pytest.raises(MessageError, match="too long for a line of KVN"):
        write(long, tmp_path / "o.kvn", "kvn")
    assert not list(tmp_path.iterdir())
