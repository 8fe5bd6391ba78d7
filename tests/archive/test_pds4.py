"""PDS4 labels: what they say of their data files; what is broken or hostile is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import comity.archive
from comity.archive import Everything, UnreadableFile, ingest
from comity.archive.formats import describe
from tests.archive.samples import new_archive

SAMPLE = Path(comity.archive.__file__).parent / "data" / "samples" / "comet-colours"


@pytest.fixture
def product(tmp_path):
    return Path(shutil.copytree(SAMPLE, tmp_path / "in"))


def test_a_table_is_described_by_its_label(product):
    told = describe(product / "colors.tab")
    assert (told.format, told.n_rows, len(told.columns)) == ("PDS4", 76, 13)
    assert told.obscore["obs_id"] == "urn:nasa:pds:litcomp-comets:nuc_properties:colors"
    assert (told.obscore["calib_level"], told.obscore["dataproduct_type"]) == (3, "measurements")  # Derived; a table
    assert told.obscore["t_max"] == 55409.0  # 2010-08-01
    assert (told.epncore["target_class"], told.epncore["granule_uid"][-5:]) == ("comet", "::1.0")
    assert "t_min" not in told.obscore  # nil in the label


def test_label_and_data_come_in_together(product, tmp_path):
    with new_archive(tmp_path / "archive") as archive:
        assert ingest(archive, "sky", [product]).new == 2
        kinds = {p.name: p.described.media_type for p in archive.register.products(Everything())}
    assert kinds == {"colors.tab": "application/octet-stream", "colors.xml": "application/xml"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<?xml version", '<!DOCTYPE a [<!ENTITY b "c">]><?xml version', "no DOCTYPE"),
        ("colors.tab", "../secret.tab", "not beside it"),
        ("colors.tab", "other.tab", "not beside it"),
        (">76<", ">7600<", "claims 858,800 bytes"),
        ("</Identification_Area>", "", "not well-formed"),
        ("logical_identifier", "illogical_identifier", "no logical_identifier"),
    ],
)
def test_a_label_that_is_broken_or_reaches_out_is_refused(product, old, new, said):
    label = product / "colors.xml"
    text = label.read_text()
    assert old in text
    changed = text.replace(old, new)
    if new.startswith("<!DOCTYPE"):
        changed = text.replace("?>", "?>" + new[:-13], 1)
    label.write_text(changed)
    target = product / "colors.tab" if said.startswith("no logical") else label
    with pytest.raises(UnreadableFile, match=said):
        describe(target)
