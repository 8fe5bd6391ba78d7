"""The register in PostgreSQL does as the one in a file: the same walk through both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from comity.archive import Archive, ArchiveError, Everything, ingest
from comity.archive.described import Described
from comity.archive.query import answered
from comity.archive.register import NewProduct
from comity.archive_rules import governed
from tests.archive.samples import add_dataset, image, new_archive

ALL = Everything()


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request, tmp_path):
    more = {"metadata": request.getfixturevalue("postgres").new_schema()} if request.param == "postgresql" else {}
    with new_archive(tmp_path / "archive", **more) as made:
        yield made


def test_both_walk_alike(archive, tmp_path):
    add_dataset(archive, id="new", access="embargo", team="miri", owner="csa", public_from="2027-01-01T12:00:00+00:00")
    file = image(tmp_path / "a.fits")
    assert ingest(archive, "sky", [file], stated={"calib_level": 2}).new == 1
    assert ingest(archive, "sky", [file]).same == 1
    ingest(archive, "new", [image(tmp_path / "b.fits", ra=20)], stated={"calib_level": 2})
    file.unlink()
    assert (
        ingest(archive, "sky", [image(file, target="M31")], stated={"calib_level": 2}, replaces="wrong").replaced == 1
    )
    assert [p.id for p in archive.register.products(ALL, history=True)] == ["sky/a.fits", "new/b.fits", "sky/a.fits@2"]
    before, after = datetime(2027, 1, 1, 11, 59, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)
    public = governed(archive).reader("public")
    assert [d.id for d, _ in archive.register.datasets(public, before)] == ["sky"]
    assert [d.id for d, _ in archive.register.datasets(public, after)] == ["new", "sky"]
    counted = [
        answered(archive, public, "SELECT COUNT(*) AS n FROM ivoa.obscore", at=t).table["n"][0].as_py()
        for t in (before, after)
    ]
    assert counted == [1, 2]
    archive.register.flag("new/b.fits", "bad", "cosmic rays")
    archive.register.flag("new/b.fits", "suspect", "cosmic rays")
    assert archive.register.flags() == {"new/b.fits": ("suspect", "cosmic rays")}
    token = archive.register.new_token("csa", after)
    assert archive.register.holder(token, before) == "csa"
    assert archive.register.holder(token, after + timedelta(seconds=1)) is None
    assert archive.register.revoke_tokens("csa") == 1
    archive.register.note_reading("new", "csa", "new/b.fits", before)
    archive.register.settle_readings({"new": 1})
    assert [r["recorded"] for r in archive.register.readings()] == [True]
    changes = archive.register.changes
    with Archive(archive.folder) as again:
        assert again.register.changes == changes
        assert len(again.register.objects()) == 3


def test_writers_side_by_side_double_and_lose_nothing(archive):
    def write(n):
        made = NewProduct(f"{n % 40}.fits", f"{n % 40:064x}", 1, Described("FITS", "image/fits"), f"/{n % 40}", 0)
        return archive.register.add("sky", [made])[0]

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(write, range(120)))
    assert (told.count("new"), told.count("same")) == (40, 80)
    assert len(list(archive.register.products(ALL))) == 40


def test_what_is_refused_leaves_nothing(archive):
    first, other = (NewProduct("a.fits", digit * 64, 1, Described("FITS", "image/fits"), "/a", 0) for digit in "01")
    archive.register.add("sky", [first])
    with pytest.raises(ArchiveError, match="nothing is replaced silently"):
        archive.register.add("sky", [NewProduct("b.fits", "2" * 64, 1, first.described, "/b", 0), other])
    assert [p.name for p in archive.register.products(ALL)] == ["a.fits"]
