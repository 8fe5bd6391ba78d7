"""An archive with images, a catalogue, and the same under embargo, for the tests of the IVOA's protocols."""

from __future__ import annotations

from pathlib import Path

from comity.archive import Archive, ingest
from comity.archive.catalogues import build
from comity.archive.synthetic import drawn, write
from tests.archive.samples import image, new_archive

EMBARGOED = {"access": "proprietary", "owner": "csa", "team": "miri", "public_from": "2027-01-01T00:00:00+00:00"}
ROWS = 5_000


def observatory(folder: Path) -> Archive:
    """Five images along declination 20° from right ascension 10° on and a catalogue, open; one image and a catalogue, secret."""
    archive = new_archive(
        folder / "archive",
        {"id": "sky"},
        {"id": "stars-1"},
        {"id": "hidden", "title": "Nobody knows", **EMBARGOED},
        {"id": "hidden_stars", **EMBARGOED},
    )
    files = folder / "sky"
    files.mkdir()
    for n in range(5):
        image(files / f"m{n}.fits", ra=10.0 + n, dec=20.0, target=f"M{n}")
    ingest(archive, "sky", [files], stated={"calib_level": 2})
    secret = folder / "hidden"
    secret.mkdir()
    ingest(
        archive,
        "hidden",
        [image(secret / "classified.fits", ra=200.0, dec=-40.0, target="Sgr X")],
        stated={"calib_level": 2},
    )
    write(drawn(ROWS), folder / "stars.parquet")
    for dataset in ("stars-1", "hidden_stars"):
        ingest(archive, dataset, [folder / "stars.parquet"], stated={"calib_level": 3})
        build(archive, dataset)
    return archive
