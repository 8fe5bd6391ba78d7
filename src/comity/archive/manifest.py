"""What there is to fetch of a dataset: every file with its size, its hash, and its address; and the fetching of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from comity.archive.access import Everything, Reader
from comity.archive.place import Archive


def manifest(
    archive: Archive, dataset: str, reader: Reader | Everything, *, at: datetime | None = None, base_url: str = ""
) -> dict[str, Any]:
    """The files of a dataset that a reader may see, in the order of their names.

    ArchiveError when there is no such dataset for this reader.
    """
    described, _ = archive.register.dataset(dataset, reader, at)
    flags = archive.register.flags()
    return {
        "dataset": dataset,
        "title": described.title,
        "licence": described.licence,
        "files": sorted(
            (
                {
                    "id": p.id,
                    "name": p.name,
                    "bytes": p.size,
                    "sha256": p.sha256,
                    "media_type": p.described.media_type,
                    "url": address(base_url, p.id),
                    "quality": flags[p.id][0] if p.id in flags else None,
                }
                for p in archive.register.products(reader, dataset=dataset, at=at)
            ),
            key=lambda f: str(f["name"]),
        ),
    }


def address(base_url: str, product: str) -> str:
    """Where a product's bytes are fetched."""
    return f"{base_url}/files/{quote(product)}"
