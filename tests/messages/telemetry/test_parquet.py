from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from comity.messages import MessageError
from comity.messages.telemetry import decode, definition, parquet, statement, to_parquet
from tests.messages.telemetry.support import JPSS, JPSS_PACKETS, SUDA, SUDA_PACKETS, packet, read, xtce

TIMED = statement("DOY,MSEC,USEC", "1958-01-01")


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("rows", [64, 131_072])
def test_tables_hold_what_datasets_hold(raw: bool, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", rows)
    monkeypatch.setattr("comity.messages.telemetry.decoding.PIECE", 10_000)
    for xml, packets, prefix, time in ((JPSS, JPSS_PACKETS, 0, TIMED), (SUDA, SUDA_PACKETS, 4, None)):
        defined = definition(xml, time=time)
        account = to_parquet(packets, defined, tmp_path / xml.stem, raw=raw, prefix=prefix)
        found = decode(packets, defined, raw=raw, prefix=prefix)
        assert account == found.account
        assert {p.stem for p in (tmp_path / xml.stem).iterdir()} == found.keys()
        for name, dataset in found.items():
            table = pq.read_table(tmp_path / xml.stem / f"{name}.parquet")
            assert table.column_names[: 4 if time else 3][-1] == "byte_offset"
            assert set(table.column_names) == {*dataset.data_vars, *dataset.coords}
            for column in table.column_names:
                mine = (
                    table[column].to_numpy() if column == "time" else np.array(table[column].to_pylist(), dtype=object)
                )
                theirs = dataset[column].values
                assert mine.tolist() == theirs.tolist(), column


def test_columns_say_what_they_are(tmp_path: Path) -> None:
    to_parquet(JPSS_PACKETS, definition(JPSS, time=TIMED), tmp_path / "out")
    schema = pq.read_schema(tmp_path / "out" / "JPSS_ATT_EPHEM.parquet")
    assert schema.field("ADGPSPOSX").metadata[b"units"] == b"m"
    assert schema.metadata[b"time"] == b"DOY + MSEC + USEC since 1958-01-01, counted in UTC"
    assert str(schema.field("time").type) == "timestamp[ns, tz=UTC]"
    assert len(schema.metadata[b"definition_sha256"]) == 64


def test_many_groups_of_rows_are_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 200)
    monkeypatch.setattr("comity.messages.telemetry.decoding.PIECE", 5_000)
    content = JPSS_PACKETS.read_bytes() * 20
    to_parquet(content, definition(JPSS), tmp_path / "out")
    file = pq.ParquetFile(tmp_path / "out" / "JPSS_ATT_EPHEM.parquet")
    assert file.metadata.num_rows == 12_000
    assert file.metadata.num_row_groups > 5


def test_little_waits_in_memory_however_many_types_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "WAITING_OCTETS", 50_000)
    monkeypatch.setattr("comity.messages.telemetry.decoding.PIECE", 20_000)
    to_parquet(JPSS_PACKETS.read_bytes() * 10, definition(JPSS), tmp_path / "out")
    assert pq.ParquetFile(tmp_path / "out" / "JPSS_ATT_EPHEM.parquet").metadata.num_row_groups > 1


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(MessageError, match="is there already"):
        to_parquet(JPSS_PACKETS, definition(JPSS), tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine"]


def test_what_is_refused_strictly_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MessageError, match="cut off"):
        to_parquet(JPSS_PACKETS.read_bytes()[:-3], definition(JPSS), tmp_path / "out", strict=True)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet._Table, "flush", full)
    with pytest.raises(MessageError, match="No space left"):
        to_parquet(JPSS_PACKETS, definition(JPSS), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_parameter_that_is_called_as_a_coordinate_keeps_both(tmp_path: Path) -> None:
    text = xtce(
        '<IntegerParameterType name="T"><IntegerDataEncoding sizeInBits="8"/></IntegerParameterType>',
        '<Parameter name="apid" parameterTypeRef="T"/>',
        entries='<ParameterRefEntry parameterRef="apid"/>',
    )
    found = decode(packet(b"\x09"), read(text))["P"]
    assert (found["apid_parameter"].values[0], found.apid.values[0]) == (9, 5)
    to_parquet(packet(b"\x09"), read(text), tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "P.parquet")["apid_parameter"].to_pylist() == [9]


def test_names_that_no_file_may_have_are_spelled(tmp_path: Path) -> None:
    text = xtce(containers="", entries='<ParameterRefEntry parameterRef="TYPE"/>').replace('name="P"', 'name="../a/b"')
    account = to_parquet(packet(b"\x00"), read(text), tmp_path / "out", surplus=True)
    assert account.decoded == {"../a/b": 1}
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["%2Fa%2Fb.parquet"]


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int | None]] = []
    from comity.messages.telemetry import Telemetry

    for _ in Telemetry(JPSS_PACKETS, definition(JPSS), on_progress=lambda done, total: told.append((done, total))):
        pass
    assert told[-1] == (42_600, 42_600)
