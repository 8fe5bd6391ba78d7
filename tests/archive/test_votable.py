"""VOTable files: what they say of themselves, and hostile ones that end nobody."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units
from astropy.table import MaskedColumn, Table

from comity.archive import UnreadableFile, ingest
from comity.archive.formats import describe
from tests.archive.samples import new_archive


def written(path, serialization="tabledata", **columns):
    table = Table(columns or {"ra": [10.0, 10.2], "dec": [20.0, 20.2], "name": ["a", "b"]})
    for name, ucd in (("ra", "pos.eq.ra;meta.main"), ("dec", "pos.eq.dec;meta.main")):
        if name in table.colnames:
            table[name].unit = units.deg
            table[name].meta["ucd"] = ucd
    from astropy.io.votable import from_table

    document = from_table(table)
    for field in document.get_first_table().fields:
        field.ucd = {"ra": "pos.eq.ra;meta.main", "dec": "pos.eq.dec;meta.main"}.get(field.name)
    document.to_xml(str(path), tabledata_format=serialization)
    return path


@pytest.mark.parametrize("serialization", ["tabledata", "binary", "binary2"])
def test_columns_and_the_field_are_read_in_each_serialization(tmp_path, serialization):
    told = describe(written(tmp_path / "a.vot", serialization))
    assert (told.format, told.n_rows) == ("VOTable", 2)
    assert [(c.name, c.datatype, c.unit, c.ucd) for c in told.columns[:2]] == [
        ("ra", "double", "deg", "pos.eq.ra;meta.main"),
        ("dec", "double", "deg", "pos.eq.dec;meta.main"),
    ]
    assert told.obscore["dataproduct_type"] == "measurements"
    assert (told.obscore["s_ra"], told.obscore["s_dec"]) == pytest.approx((10.1, 20.1), abs=1e-3)
    assert told.obscore["s_fov"] == pytest.approx(np.hypot(0.2 * np.cos(np.radians(20.1)), 0.2), rel=1e-3)


def test_a_field_across_the_meridian_has_its_middle_there(tmp_path):
    told = describe(written(tmp_path / "a.vot", ra=MaskedColumn([359.5, 0.5]), dec=MaskedColumn([0.0, 0.0])))
    assert min(told.obscore["s_ra"], 360 - told.obscore["s_ra"]) == pytest.approx(0, abs=1e-9)
    assert told.obscore["s_fov"] == pytest.approx(1.0)


def test_it_comes_in_with_what_its_parameters_say(tmp_path):
    file = tmp_path / "a.vot"
    file.write_text(
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><PARAM name="telescope" datatype="char" '
        'arraysize="*" utype="obscore:Provenance.ObsConfig.Facility.name" value="JWST"/>'
        '<PARAM name="calib_level" datatype="int" value="3"/><PARAM name="access_url" datatype="char" arraysize="*" value="evil"/>'
        '<TABLE><FIELD name="x" datatype="int"/><DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>'
    )
    told = describe(file)
    assert (told.obscore["facility_name"], told.obscore["calib_level"]) == ("JWST", 3)
    assert "access_url" not in told.obscore
    with new_archive(tmp_path / "archive") as archive:
        assert ingest(archive, "sky", [file]).new == 1


def bomb():
    lines = ['<?xml version="1.0"?><!DOCTYPE VOTABLE [<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return "".join(lines) + "]><VOTABLE><DESCRIPTION>&a9;</DESCRIPTION></VOTABLE>"


END = "</TABLE></RESOURCE></VOTABLE>"
HEAD = '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>'
TABLE = HEAD + '<TABLE><FIELD name="a" datatype="int"/>'


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (bomb(), "document type"),
        ('<!DOCTYPE VOTABLE SYSTEM "http://127.0.0.1/x.dtd"><VOTABLE/>', "document type"),
        (HEAD + '<TABLE nrows="999999999999"><FIELD name="a" datatype="int"/></TABLE></RESOURCE></VOTABLE>', "nrows"),
        (HEAD + '<TABLE><FIELD name="a" datatype="double" arraysize="99999x99999x9"/></TABLE></RESOURCE></VOTABLE>', "arraysize"),
        (TABLE + '<DATA><BINARY><STREAM href="file:///etc/passwd"/></BINARY></DATA>' + END, "href"),
        (TABLE + '<DATA><BINARY><STREAM encoding="gzip">H4sI</STREAM></BINARY></DATA>' + END, "compressed"),
        (HEAD + "<RESOURCE>" * 10_000, "deep"),
        (HEAD + "</RESOURCE></VOTABLE>", "no table"),
        (HEAD + "<TABLE>", ":1:"),
        (TABLE.replace("<TABLE>", '<INFO name="QUERY_STATUS" value="ERROR">no such thing</INFO><TABLE>') + END, "no such thing"),
        ("<x><VOTABLE/></x>", "not VOTABLE"),
    ],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_refused_with_its_reason(tmp_path, document, said):
    file = tmp_path / "a.vot"
    file.write_text(document)
    with pytest.raises(UnreadableFile, match=said):
        describe(file)


def test_short_rows_of_long_fields_are_refused_before_room_is_made_for_them(tmp_path):
    file = tmp_path / "a.vot"
    rows = "<TR><TD/></TR>" * 20_000
    file.write_text(
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        f'<FIELD name="a" datatype="char" arraysize="20000"/><DATA><TABLEDATA>{rows}</TABLEDATA></DATA>'
        "</TABLE></RESOURCE></VOTABLE>"
    )
    with pytest.raises(UnreadableFile, match="rows of 20,000 values"):
        describe(file)
