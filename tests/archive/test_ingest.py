"""Files come in whole or not at all, once, and one bad file stops none of the others."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from astropy.table import Table

from comity.archive import Archive, ArchiveError, Everything, Limits, ingest, scrubbed
from comity.archive_rules import governed
from tests.archive.samples import add_dataset, image, new_archive

ALL = Everything()


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "archive") as made:
        yield made


def test_a_fits_image_comes_in_with_its_place_and_time(archive, tmp_path):
    done = ingest(archive, "sky", [image(tmp_path / "a.fits", ra=10.0, dec=20.0)], stated={"calib_level": 2})
    assert (done.new, done.failed, done.missing) == (1, (), {})
    (product,) = archive.register.products(ALL)
    told = product.described.obscore
    assert (told["dataproduct_type"], told["target_name"], told["calib_level"]) == ("image", "M13", 2)
    assert (told["s_ra"], told["s_dec"]) == pytest.approx((10.0, 20.0))
    assert told["s_fov"] == pytest.approx(
        2 * 4 * 2**0.5 / 60, rel=1e-4
    )  # eight pixels of an arcminute, by the diagonal
    assert (told["t_min"], told["t_max"]) == pytest.approx((58849.0, 58849.0 + 600 / 86400))
    assert archive.objects.is_whole(product.sha256)


def test_what_is_there_already_is_not_read_again_and_the_same_bytes_come_once(archive, tmp_path):
    file = image(tmp_path / "a.fits")
    ingest(archive, "sky", [file])
    assert ingest(archive, "sky", [file]).same == 1
    os.utime(file, (0, 0))  # seen as changed, read, and found to be the same
    assert ingest(archive, "sky", [file]).same == 1
    assert len(list(archive.register.products(ALL))) == 1


def test_nothing_is_replaced_silently_and_the_old_version_stays(archive, tmp_path):
    file = image(tmp_path / "a.fits")
    ingest(archive, "sky", [file])
    file.unlink()
    image(file, target="M31")
    (failure,) = ingest(archive, "sky", [file]).failed
    assert "nothing is replaced silently" in failure[1]
    assert ingest(archive, "sky", [file], replaces="the wrong target").replaced == 1
    old, new = archive.register.products(ALL, history=True)
    assert (old.state, old.note, new.version, new.id) == ("superseded", "the wrong target", 2, "sky/a.fits@2")
    assert archive.objects.is_whole(old.sha256)


def test_a_bad_file_among_good_ones_is_reported_and_passed_over(archive, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(5):
        image(folder / f"{n}.fits", ra=n)
    cut = folder / "2.fits"
    cut.write_bytes(cut.read_bytes()[:2900])
    (folder / "note.txt").write_bytes(b"\x00\x01")
    done = ingest(archive, "sky", [folder])
    assert done.new == 4
    assert {p.split("/")[-1] for p, _ in done.failed} == {"2.fits", "note.txt"}
    assert any("cut short" in said for _, said in done.failed)


def test_a_file_that_ends_its_reader_is_found_and_the_rest_go_on(archive, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(6):
        image(folder / f"{n}.fits", ra=n)
    killer = tmp_path / "sitecustomize.py"
    killer.write_text(
        "import os\nfrom pathlib import Path\n_open = Path.open\n"
        "def opened(self, *a, **k):\n    if self.name == '3.fits':\n        os._exit(9)\n    return _open(self, *a, **k)\n"
        "Path.open = opened\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = ingest(archive, "sky", [folder])
    assert done.new == 5
    assert [f.split("/")[-1] for f, _ in done.failed] == ["3.fits"]


def test_a_reader_that_hangs_where_no_signal_reaches_it_is_ended_and_reported(archive, tmp_path, monkeypatch):
    image(tmp_path / "a.fits")
    (tmp_path / "sitecustomize.py").write_text(
        "import signal, time\nfrom pathlib import Path\n_open = Path.open\n"
        "def opened(self, *a, **k):\n    if self.name == 'a.fits':\n"
        "        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n        time.sleep(1000)\n"
        "    return _open(self, *a, **k)\nPath.open = opened\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = ingest(archive, "sky", [tmp_path / "a.fits"], limits=Limits(time_s=0.2, grace_s=0.3))
    ((_, said),) = done.failed
    assert "0.2 s, or ended the reader" in said


@pytest.mark.parametrize("mebibytes", [1, 12, 128])
def test_a_table_is_taken_or_reported_whatever_the_memory(archive, tmp_path, mebibytes):
    Table({"ra": [1.0, 2.0], "dec": [3.0, 4.0]}).write(tmp_path / "a.vot", format="votable")
    done = ingest(archive, "sky", [tmp_path / "a.vot"], limits=Limits(memory_bytes=mebibytes * 2**20, time_s=20))
    assert done.new + len(done.failed) == 1
    assert all(f"{mebibytes} MiB" in said for _, said in done.failed)
    assert done.new or mebibytes < 128


def test_a_header_that_claims_more_than_the_file_holds_is_refused(archive, tmp_path):
    file = image(tmp_path / "a.fits")
    file.write_bytes(file.read_bytes().replace(b"NAXIS1  =                    8", b"NAXIS1  =        9999999999999"))
    (failure,) = ingest(archive, "sky", [file]).failed
    assert "claims" in failure[1]


def test_links_out_of_a_folder_are_not_followed(archive, tmp_path):
    secret = image(tmp_path / "secret.fits")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "link.fits").symlink_to(secret)
    assert ingest(archive, "sky", [folder]).new == 0


def test_values_that_no_file_tells_are_stated_in_the_terms_of_obscore(archive, tmp_path):
    file = image(tmp_path / "a.fits")
    with pytest.raises(ArchiveError, match="did you mean 'calib_level'"):
        ingest(archive, "sky", [file], stated={"calib_levl": 2})
    with pytest.raises(ArchiveError, match="not a number"):
        ingest(archive, "sky", [file], stated={"calib_level": "raw"})
    with pytest.raises(ArchiveError, match="the archive itself"):
        ingest(archive, "sky", [file], stated={"access_url": "http://x"})


def test_a_flipped_bit_and_a_lost_object_are_found_and_mended_from_a_peer(archive, tmp_path):
    files = [image(tmp_path / f"{n}.fits", ra=n) for n in range(3)]
    ingest(archive, "sky", files)
    with new_archive(tmp_path / "peer") as peer:
        ingest(peer, "sky", files[:2])
        first, second, third = (p.sha256 for p in archive.register.products(ALL))
        for digest in (first, third):
            place = archive.objects.local(digest)
            place.chmod(0o600)
            spoilt = bytearray(place.read_bytes())
            spoilt[-1] ^= 1
            place.write_bytes(spoilt)
        archive.objects.local(second).unlink()
        assert scrubbed(archive) == {
            "lost": [second], "damaged": sorted([first, third]), "mended": [], "unnamed": [],
        }  # fmt: skip
        found = scrubbed(archive, peers=[peer])
    assert sorted(found["mended"]) == sorted([first, second])
    assert found["damaged"] == [third]


def test_an_embargo_ends_at_its_moment_and_the_team_reads_before(archive, tmp_path):
    add_dataset(
        archive, id="new", access="proprietary", owner="csa", team="miri", public_from="2027-01-01T12:00:00+00:00"
    )
    ingest(archive, "new", [image(tmp_path / "a.fits")])
    rules = governed(archive)

    def seen(who, at):
        return len(list(archive.register.products(rules.reader(who), at=at)))

    before, after = datetime(2027, 1, 1, 11, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert [seen(who, before) for who in ("csa", "esa", "jaxa", "public")] == [1, 1, 0, 0]
    assert [seen(who, after) for who in ("csa", "esa", "jaxa", "public")] == [1, 1, 1, 1]
    with pytest.raises(ArchiveError, match="there is no product"):
        archive.register.product("new/a.fits", rules.reader("jaxa"), before)


def test_a_register_of_another_version_and_a_folder_without_an_archive_are_refused(archive, tmp_path):
    with pytest.raises(ArchiveError, match="comity archive init"):
        Archive(tmp_path)
    with archive.register.database.writing() as run:
        run("UPDATE about SET version = 99")
    with pytest.raises(ArchiveError, match="version 99"):
        Archive(archive.folder)


def test_a_quality_is_told_with_its_reason_and_taken_back(archive, tmp_path):
    from comity.archive.manifest import manifest

    ingest(archive, "sky", [image(tmp_path / "a.fits")])
    archive.register.flag("sky/a.fits", "suspect", "straylight")
    assert manifest(archive, "sky", ALL)["files"][0]["quality"] == "suspect"
    archive.register.flag("sky/a.fits", None, "")
    assert archive.register.flags() == {}
    with pytest.raises(ArchiveError, match="did you mean 'suspect'"):
        archive.register.flag("sky/a.fits", "suspekt", "x")
    with pytest.raises(ArchiveError, match="no product"):
        archive.register.flag("sky/b.fits", "bad", "x")


@pytest.mark.parametrize(
    ("mission", "said"),
    [
        ("observatory/telescope", None),
        ("observatry", "did you mean 'observatory'"),
        ("observatory/telescop", "did you mean 'telescope'"),
    ],
)
def test_a_mission_is_one_of_the_programmes(tmp_path, mission, said):
    with new_archive(
        tmp_path / "webb", {"id": "sky", "owner": "nasa"}, programme="jwst", host="nasa", partners={}, teams={}
    ) as webb:
        told = {"id": "light", "owner": "nasa", "mission": mission}
        if said is None:
            assert add_dataset(webb, **told).mission == mission
        else:
            with pytest.raises(ArchiveError, match=said):
                add_dataset(webb, **told)


def test_an_embargo_that_is_set_during_an_ingest_holds_for_all_that_comes_after(archive, tmp_path):
    files = [image(tmp_path / f"{n}.fits", ra=n) for n in range(6)]

    def embargo(done, of_all, name):
        if done == 3:
            add_dataset(archive, id="sky", access="embargo", team="miri", public_from="2999-01-01")

    ingest(archive, "sky", files, workers=1, on_progress=embargo)
    assert {p.access.access for p in archive.register.products(ALL)} == {"embargo"}


def test_the_first_bytes_may_come_back_as_a_third_version(archive, tmp_path):
    file = tmp_path / "a.fits"
    for target in ("M13", "M31", "M13"):
        file.unlink(missing_ok=True)
        ingest(archive, "sky", [image(file, target=target)], replaces="another")
    assert [p.id for p in archive.register.products(ALL, history=True)] == [
        "sky/a.fits",
        "sky/a.fits@2",
        "sky/a.fits@3",
    ]


@pytest.mark.parametrize("name", ["a.fits@2", "line\nbreak.fits"])
def test_a_name_that_would_be_mistaken_is_refused(archive, tmp_path, name):
    (failure,) = ingest(archive, "sky", [image(tmp_path / name)]).failed
    assert "rename it" in failure[1]


def test_files_of_rows_that_are_given_singly_are_for_their_owner_alone(archive, tmp_path):
    ingest(archive, "sky", [image(tmp_path / "a.fits")])
    archive.register.give_rows_only("sky", "of")
    ingest(archive, "sky", [image(tmp_path / "b.fits")])
    add_dataset(archive, id="sky")  # told of again, it stays so
    rules = governed(archive)
    counts = [len(list(archive.register.products(rules.reader(who)))) for who in ("esa", "csa", "public")]
    assert counts == [2, 0, 0]
    assert [d.id for d, _ in archive.register.datasets(rules.reader("public"))] == ["sky"]
