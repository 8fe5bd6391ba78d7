"""The pages of an archive: what it holds, and the landing page of a dataset (DataCite's best practice: a DOI leads to one)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comity.archive import Access, Archive, Dataset, Everything, Product, Reader, Release, citation
from comity.report.assets import environment, json_in_page, style

#: Files that a landing page lists; the manifest has them all.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """A dataset as one reader sees it at one time, with its releases and the errata that a record has of them."""

    archive: str
    publisher: str
    dataset: Dataset
    access: Access
    products: tuple[Product, ...]
    releases: tuple[Release, ...]
    errata: tuple[dict[str, Any], ...]
    base_url: str
    flags: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(p.size for p in self.products)

    @property
    def coverage(self) -> tuple[tuple[str, str], ...]:
        """From when to when, where on the sky, and which wavelengths, as far as the files say."""
        from comity.archive.measured import mjd_to_iso

        def all_of(name: str) -> list[float]:
            found = (p.described.obscore.get(name) for p in self.products)
            return [float(v) for v in found if isinstance(v, (int, float))]

        told: list[tuple[str, str]] = []
        begins, ends = all_of("t_min"), all_of("t_max")
        if begins:
            told.append(("From", mjd_to_iso(min(begins))))
        if ends:
            told.append(("To", mjd_to_iso(max(ends))))
        if (low := all_of("em_min")) and (high := all_of("em_max")):
            told.append(("Wavelengths", f"{min(low):.4g} to {max(high):.4g} m"))
        for column, name in (
            ("target_name", "Targets"),
            ("facility_name", "Facilities"),
            ("instrument_name", "Instruments"),
        ):
            values = sorted({str(v) for p in self.products if (v := p.described.obscore.get(column))})
            if values:
                told.append(
                    (name, ", ".join(values[:12]) + (f" and {len(values) - 12} more" if len(values) > 12 else ""))
                )
        return tuple(told)

    def to_dict(self) -> dict[str, Any]:
        """The page as plain values: its .json."""
        return {
            "dataset": self.dataset.model_dump(mode="json", exclude_defaults=True),
            "access": self.access.access,
            "files": len(self.products),
            "bytes": self.bytes,
            "coverage": dict(self.coverage),
            "releases": [{**r.body(), "at": r.at.isoformat()} for r in self.releases],
            "errata": list(self.errata),
            "manifest": f"{self.base_url}/manifests/{self.dataset.id}",
        }


def dataset_page(
    archive: Archive, dataset: str, reader: Reader | Everything, *, at: datetime, base_url: str,
    errata: tuple[dict[str, Any], ...] = (),
) -> DatasetPage:  # fmt: skip
    """What a reader may know of a dataset at a time. ArchiveError when that is nothing."""
    described, access = archive.register.dataset(dataset, reader, at)
    return DatasetPage(
        archive.settings.title,
        archive.settings.publisher,
        described,
        access,
        tuple(archive.register.products(reader, dataset=dataset, at=at)),
        tuple(archive.releases(dataset)),
        errata,
        base_url,
        archive.register.flags(),
    )


def render_dataset(page: DatasetPage) -> str:
    """The landing page as HTML; it carries the dataset as schema.org has it, by which search engines find it."""
    return (
        environment()
        .get_template("archive_dataset.html.j2")
        .render(
            page=page,
            citations=[citation(r) for r in page.releases],
            shown=page.products[:SHOWN],
            style=style("report.css", "archive.css"),
            linked=json_in_page(_schema_org(page)),
        )
    )


def render_front(archive: Archive, reader: Reader | Everything, *, at: datetime, base_url: str) -> str:
    """The archive's own page: the datasets that a reader may see, and the addresses for programs."""
    rows = [
        (dataset, access, sum(1 for _ in archive.register.products(reader, dataset=dataset.id, at=at)))
        for dataset, access in archive.register.datasets(reader, at)
    ]
    return (
        environment()
        .get_template("archive_front.html.j2")
        .render(settings=archive.settings, rows=rows, base_url=base_url, style=style("report.css", "archive.css"))
    )


def _schema_org(page: DatasetPage) -> dict[str, Any]:
    dataset = page.dataset
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{page.base_url}/datasets/{dataset.id}",
        "name": dataset.title,
        "description": dataset.description or dataset.title,
        "creator": [
            {"@type": "Person" if c.kind == "Personal" else "Organization", "name": c.name} for c in dataset.creators
        ],
        "publisher": {"@type": "Organization", "name": page.publisher},
        "license": f"https://spdx.org/licenses/{dataset.licence}",
        "keywords": list(dataset.keywords),
        "isAccessibleForFree": True,
        **({"version": page.releases[-1].version} if page.releases else {}),
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{page.base_url}/manifests/{dataset.id}",
                "encodingFormat": "application/json",
            }
        ],
    }
