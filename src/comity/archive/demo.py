"""An archive of real samples, a product of each format at least, to try everything on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from comity.archive.access import Access, Everything
from comity.archive.catalogues import build
from comity.archive.dataset import Dataset, read_dataset
from comity.archive.described import Plain
from comity.archive.errors import ArchiveError
from comity.archive.ingest import DESCRIPTION, Ingested, ingest
from comity.archive.place import Archive, Settings, create
from comity.archive.series import build_series

SAMPLES = Path(__file__).with_name("data") / "samples"
#: The UCD of a table of places.
_PLACE = "pos.eq.ra;meta.main"
#: Whose archive it is; the samples are owned by its keeper, and open.
HOST = "host"
SETTINGS = Settings(
    title="Samples of open science data",
    publisher="Comity's demonstration",
    authority="comity.example",
    host=HOST,
    partners={HOST: {}, "visitor": {}},
)
#: What no file of a sample tells, by dataset, and how we know.
STATED: Mapping[str, Mapping[str, Plain]] = {
    "sdo-aia": {"calib_level": 2, "target_name": "Sun"},  # LVL_NUM = 1.0: AIA's level 1 is calibrated
    "planetary-nebulae": {"calib_level": 4},  # a published catalogue
    "psp-fields": {"calib_level": 2},  # level 2 of the mission
    "goes15-xrs": {"calib_level": 2},  # level 2 of the mission
    "goes15-xrs-table": {
        "calib_level": 2,
        "facility_name": "GOES-15",
        "instrument_name": "XRS",
    },  # as the file it was made of
    "comet-colours-table": {"calib_level": 3},  # as the table that it was made of
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A sample that was taken in."""

    dataset: Dataset
    result: Ingested


def samples() -> Iterator[Path]:
    """The folders of the samples, in order."""
    yield from sorted(p.parent for p in SAMPLES.glob(f"*/{DESCRIPTION}"))


def demo(folder: Path, *, on_sample: Callable[[str], None] | None = None) -> tuple[Archive, tuple[Taken, ...]]:
    """A new archive of all samples in a folder; open, and to be closed by the caller. ArchiveError when one does not come in."""
    archive = create(folder, SETTINGS)
    taken = []
    try:
        for sample in samples():
            dataset = read_dataset(sample / DESCRIPTION)
            if on_sample is not None:
                on_sample(dataset.title)
            assert dataset.access is not None
            archive.register.put_dataset(dataset, Access(dataset.access, dataset.owner, "partners"))
            result = ingest(archive, dataset.id, [sample], stated=STATED.get(dataset.id))
            if result.failed:
                raise ArchiveError("\n".join(problem for _, problem in result.failed))
            products = list(archive.register.products(Everything(), dataset=dataset.id))
            if any(p.described.series is not None for p in products):
                build_series(archive, dataset.id)
            if any(c.ucd == _PLACE for p in products for c in p.described.columns):
                build(archive, dataset.id)
            taken.append(Taken(dataset, result))
    except BaseException:
        archive.close()
        raise
    return archive, tuple(taken)
