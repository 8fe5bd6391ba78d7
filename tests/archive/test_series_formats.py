"""Time series come out of files as other readers find them in there, with what the files say of them."""

from __future__ import annotations

import cdflib
import numpy as np
import pyarrow as pa
import pytest
import xarray
from astropy import units
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from comity.archive import Described, UnreadableFile
from comity.archive.formats import describe, values
from comity.archive.series import times_of
from tests.archive.series_samples import GOES, GOES_CSV, PSP, field


def read(path):
    series = describe(path).series
    return series, pa.Table.from_batches(list(values(path, series)))


def column(table, name, width=0):
    got = table.column(name).combine_chunks()
    return got.flatten().to_numpy().reshape(-1, width) if width else got.to_numpy()


def test_a_real_cdf_of_parker_solar_probe_is_read_as_cdflib_reads_it():
    described = describe(PSP)
    series, table = read(PSP)
    raw = cdflib.CDF(PSP)
    expected = cdflib.cdfepoch.to_datetime(raw.varget("epoch_mag_RTN_1min"))
    assert (times_of(table.combine_chunks().to_batches()[0]) == expected.astype(np.int64)).all()
    np.testing.assert_array_equal(
        column(table, "psp_fld_l2_mag_RTN_1min", 3), raw.varget("psp_fld_l2_mag_RTN_1min").astype(np.float64)
    )
    field_of = series.parameters[1]
    assert (field_of.units, field_of.size, field_of.label) == ("nT", (3,), ("B_R", "B_T", "B_N"))
    assert float(field_of.fill) == float(np.float32(-1e31))
    assert field_of.valid == (-65536.0, 65536.0)
    assert (series.start, series.n_records, series.cadence) == ("2020-01-04T02:33:30.000000000Z", 118, "PT60S")
    assert described.obscore["facility_name"] == "Parker Solar Probe FIELDS"
    assert described.obscore["obs_id"] == "psp_fld_l2_mag_RTN_1min_20200104_v02"
    assert any("epoch_quality_flags" in r for r in described.remarks)  # the other time of the file
    assert Described.from_dict(described.to_dict()) == described


def test_a_real_netcdf_of_goes_is_read_as_xarray_reads_it_and_its_csv_holds_the_same():
    series, table = read(GOES)
    with xarray.open_dataset(GOES, mask_and_scale=False) as data:
        assert (column(table, "time").astype("datetime64[ns]") == data["time"].values).all()
        for name in ("xrsa_flux", "xrsb_flux", "xrsa_num"):
            np.testing.assert_array_equal(column(table, name), data[name].values)
    told = {p.name: p for p in series.parameters}
    assert (told["xrsa_flux"].type, told["xrsa_flux"].units, told["xrsa_flux"].fill) == ("double", "W/m2", "-9999.0")
    assert (told["xrsa_flag"].type, told["xrsa_flag"].fill) == ("integer", "255")
    _, same = read(GOES_CSV)
    for name in ("time", "xrsa_flux", "xrsb_flux", "xrsa_num"):
        np.testing.assert_array_equal(column(same, name), column(table, name))


def test_tt2000_minds_leap_seconds_and_a_fill_is_no_time(tmp_path):
    """2016-12-31 ended with 23:59:60 (IERS Bulletin C 52); within it the time is that of the second after."""
    before, within, after = ([2016, 12, 31, 23, 59, s, 500, 0, 0] for s in (59, 60, 59))
    after = [2017, 1, 1, 0, 0, 0, 500, 0, 0]
    times = np.array([*(cdflib.cdfepoch.compute_tt2000(t) for t in (before, within, after)), -(2**63)], np.int64)
    assert np.diff(times[:3]).tolist() == [10**9, 10**9]
    series, table = read(field(tmp_path / "a.cdf", times, np.arange(4.0)))
    texts = [str(t)[:23] for t in column(table, "Epoch").astype("datetime64[ns]")]
    assert texts == ["2016-12-31T23:59:59.500", "2017-01-01T00:00:00.500", "2017-01-01T00:00:00.500"]
    assert series.n_records == 3


@given(st.integers(-(2**42), 2**42), st.integers(0, 999_999))
def test_cdf_epoch_is_milliseconds_since_the_year_0(milliseconds, micro):
    from comity.archive.formats.cdf import utc_ns

    raw = np.array([milliseconds + 62_167_219_200_000.0])
    found, known = utc_ns(raw, 31)
    assert known.all()
    assert found[0] == milliseconds * 1_000_000
    seconds, rest = divmod(milliseconds, 1000)
    raw16 = np.array([complex(seconds + 62_167_219_200, rest * 1e9 + micro * 1000.0)])
    assert utc_ns(raw16, 32)[0][0] == seconds * 10**9 + rest * 10**6 + micro


def test_cdf_epochs_agree_with_cdflib(tmp_path):
    moment = [2021, 3, 4, 5, 6, 7, 89]
    _, table = read(
        field(tmp_path / "a.cdf", np.array([cdflib.cdfepoch.compute_epoch(moment)]), np.zeros(1), kind="CDF_EPOCH")
    )
    assert str(column(table, "Epoch")[0])[:23] == "2021-03-04T05:06:07.089"
    from comity.archive.formats.cdf import utc_ns

    sixteen = np.array([cdflib.cdfepoch.compute_epoch16([*moment, 123, 456, 0])], np.complex128)
    assert utc_ns(sixteen, 32)[0].astype("datetime64[ns]") == cdflib.cdfepoch.to_datetime(sixteen)


@pytest.mark.parametrize("engine", ["scipy", "h5netcdf"])
def test_packed_netcdf_is_unpacked_and_bins_are_told(tmp_path, engine):
    data = xarray.Dataset(
        {"flux": (("time", "energy"), np.array([[1, 2], [-1, 4]], np.int16), {
            "units": "cm-2", "scale_factor": 0.5, "add_offset": 10.0, "_FillValue": np.int16(-1), "long_name": "Flux"})},
        {"time": ("time", [0.0, 1.5], {"units": "hours since 2020-02-29 12:00"}),
         "energy": ("energy", [5.0, 7.0], {"units": "keV"})},
    )  # fmt: skip
    data.to_netcdf(tmp_path / "a.nc", engine=engine)
    series, table = read(tmp_path / "a.nc")
    np.testing.assert_array_equal(column(table, "flux", 2), [[10.5, 11.0], [np.nan, 12.0]])
    flux = series.parameters[1]
    assert (flux.fill, flux.units, flux.bins[0].centers, flux.bins[0].units) == ("NaN", "cm-2", (5.0, 7.0), "keV")
    assert series.stop == "2020-02-29T13:30:00.000000000Z"


def test_a_calendar_with_days_that_never_were_is_no_series(tmp_path):
    xarray.Dataset({"x": ("time", [1.0])}, {"time": ("time", [59.0], {
        "units": "days since 2001-01-01", "calendar": "360_day"})}).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")  # fmt: skip
    described = describe(tmp_path / "a.nc")
    assert described.series is None
    assert any("360_day" in r for r in described.remarks)


@pytest.mark.parametrize(
    ("times", "unit", "said"),
    [
        ([1.0, 2.0], "seconds since yesterday", "no times of UTC"),
        ([1.0, 2.0], "months since 2000-01-01", "no times of UTC"),
        ([1.0, 1e300], "seconds since 2000-01-01", "no times of UTC"),
        ([np.nan, np.inf], "seconds since 2000-01-01", "no times"),
    ],
)
def test_times_that_cannot_be_read_make_a_remark_and_no_series(tmp_path, times, unit, said):
    data = xarray.Dataset({"x": ("time", [1.0, 2.0])}, {"time": ("time", times, {"units": unit})})
    data.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    described = describe(tmp_path / "a.nc")
    assert described.series is None
    assert any(said in r for r in described.remarks)


def test_a_netcdf_of_a_million_million_times_that_are_not_there_is_refused(tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.nc", "w") as file:
        time = file.create_dataset("time", shape=(2**40,), chunks=(1024,), dtype="f8")
        time.attrs["units"] = "seconds since 2000-01-01"
        time.make_scale("time")
    with pytest.raises(UnreadableFile, match="more than a file of"):
        describe(tmp_path / "a.nc")


def test_units_of_text_come_from_ecsv_and_are_never_guessed(tmp_path):
    table = Table({"t": ["2020-001", "2020-002T10:00"], "b": [1.5, 2.0] * units.nT, "quality": ["ok", "a,b"]})
    table.write(tmp_path / "a.ecsv")
    series, _ = read(tmp_path / "a.ecsv")
    assert [(p.name, p.type, p.units) for p in series.parameters] == [
        ("t", "isotime", "UTC"), ("b", "double", "nT"), ("quality", "string", None),
    ]  # fmt: skip
    assert series.stop == "2020-01-02T10:00:00.000000000Z"
    (tmp_path / "a.csv").write_text('time,B (nT),note\n2020-01-01T00:00Z,1,"x, ""y"""\n2020-01-01T00:01Z,,\n')
    series, plain = read(tmp_path / "a.csv")
    assert [(p.name, p.units) for p in series.parameters[1:]] == [("B (nT)", None), ("note", None)]
    np.testing.assert_array_equal(column(plain, "B (nT)"), [1.0, np.nan])
    assert plain.column("note").to_pylist() == ['x, "y"', ""]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,a\n2020-01-01T00:00:00Z,1,2\n", "Expected 2 columns, got 3"),
        ("2020-01-01T00:00:00Z,1\n", "values where the names"),
        ("a,a\n1,2\n", "same name"),
        ("# only\n", "no line with names"),
    ],
)
def test_a_table_that_is_none_says_what_is_wrong(tmp_path, text, said):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=said):
        describe(path)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of h5netcdf, closing what never opened
@pytest.mark.parametrize("source", [PSP, GOES], ids=["CDF", "NetCDF"])
def test_a_file_that_is_cut_or_spoilt_is_refused_or_read_but_never_a_traceback(tmp_path, source):
    whole = source.read_bytes()
    path = tmp_path / f"a{source.suffix}"
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(UnreadableFile, match=r"not sound|more than a file"):
        list(values(path, describe(path).series))
    draw = np.random.default_rng(7)
    for _ in range(12):
        spoilt = bytearray(whole)
        for place in draw.integers(8, min(len(whole), 6000), 12):
            spoilt[place] = int(draw.integers(256))
        path.write_bytes(spoilt)
        try:
            series = describe(path).series
            if series is not None:
                list(values(path, series))
        except UnreadableFile as error:
            assert str(path) in str(error)
        except MemoryError:  # a length that is absurd; where files are taken in, the reader's limits tell it
            pass


def test_text_of_older_files_is_read_as_it_was_meant(tmp_path):
    """UTF-8, or ISO 8859-1 where it is none; both say Å here."""
    path = field(tmp_path / "a.cdf", np.array([0, 10**9]), np.zeros(2), CATDESC="wavelength [XX]")
    assert path.read_bytes().count(b"[XX]") == 1
    for bytes_of in ("Å".encode(), b" \xc5"):
        path.write_bytes(path.read_bytes().replace(b"[XX]", b"[" + bytes_of + b"]"))
        assert "Å]" in describe(path).series.parameters[1].description
        path.write_bytes(path.read_bytes().replace(b"[" + bytes_of + b"]", b"[XX]"))


def test_a_cdf_that_claims_more_records_than_it_holds_is_refused(tmp_path):
    path = field(tmp_path / "a.cdf", np.array([0, 10**9]), np.zeros(2))
    raw = bytearray(path.read_bytes())
    place = raw.find(b"Epoch\x00") - 84 + 24  # zVDR (CDF internal format 2.6): MaxRec stands 60 bytes before Name
    assert int.from_bytes(raw[place : place + 4], "big") == 1
    raw[place : place + 4] = (2**31 - 2).to_bytes(4, "big")
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match="more than a file of"):
        describe(path)
