"""Archives and files to test with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from comity.archive import Archive, Dataset, Settings, create
from comity.archive_rules import governed


def new_archive(folder: Path, *datasets: dict[str, object], **settings: object) -> Archive:
    """An archive of three partners, of whom esa and csa are a team, with datasets as their files would describe them."""
    told = {
        "title": "An archive",
        "publisher": "ESA",
        "authority": "esa.example",
        "host": "esa",
        "partners": {"esa": {}, "csa": {}, "jaxa": {}},
        "teams": {"miri": ("esa", "csa")},
        **settings,
    }
    archive = create(folder, Settings.model_validate(told))
    for described in datasets or ({"id": "sky"},):
        add_dataset(archive, **described)
    return archive


def add_dataset(archive: Archive, **told: object) -> Dataset:
    """A dataset, open unless it says otherwise."""
    plain: dict[str, object] = {
        "title": "A sky",
        "creators": [{"name": "ESA"}],
        "owner": "esa",
        "access": "open",
        **told,
    }
    dataset = Dataset.model_validate(plain)
    archive.register.put_dataset(dataset, governed(archive).access(dataset))
    return dataset


def image(
    path: Path, *, ra: float = 10.0, dec: float = 20.0, target: str = "M13", shape: tuple[int, int] = (8, 8)
) -> Path:
    """A small FITS image with a tangent projection of an arcminute a pixel."""
    header = fits.Header()
    for key, value in {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": ra, "CRVAL2": dec, "CDELT1": -1 / 60, "CDELT2": 1 / 60,
        "CRPIX1": (shape[1] + 1) / 2, "CRPIX2": (shape[0] + 1) / 2, "CUNIT1": "deg", "CUNIT2": "deg", "RADESYS": "ICRS",
        "OBJECT": target, "TELESCOP": "TEST", "INSTRUME": "CAM", "DATE-BEG": "2020-01-01T00:00:00",
        "DATE-END": "2020-01-01T00:10:00", "XPOSURE": 600.0,
    }.items():  # fmt: skip
        header[key] = value
    fits.PrimaryHDU(np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape), header).writeto(path)
    return path
