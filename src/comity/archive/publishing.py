"""Makes a release of what a dataset holds now; every object is read once more before."""

from __future__ import annotations

from datetime import UTC, datetime

from comity.archive.access import Everything
from comity.archive.errors import ArchiveError
from comity.archive.place import Archive
from comity.archive.release import Release, root_of


def release(
    archive: Archive, dataset: str, version: str, *, at: datetime | None = None, url: str | None = None
) -> Release:
    """What a dataset holds now, to be published as a version. ArchiveError when it is empty, or its objects are not whole."""
    described, _ = archive.register.dataset(dataset, Everything())
    if not version or len(version) > 64 or any(c.isspace() for c in version):
        raise ArchiveError(f"{version!r} is no version; write one such as 1.0, without blanks")
    products = list(archive.register.products(Everything(), dataset=dataset))
    if not products:
        raise ArchiveError(f"dataset {dataset} holds nothing that could be released")
    for product in products:
        if not archive.objects.is_whole(product.sha256):
            raise ArchiveError(
                f"{product.id}: its object is lost or damaged; `comity archive scrub` mends it from a peer"
            )
    prefix = archive.settings.doi_prefix
    files = sorted((p.name, p.sha256, p.size) for p in products)
    return Release(
        described,
        version,
        (at or datetime.now(UTC)).replace(microsecond=0),
        archive.settings.publisher,
        archive.identifier(f"{dataset}#{version}"),
        root_of(files),
        tuple(files),
        doi=f"{prefix}/{dataset}.{version}" if prefix else None,
        url=url,
    )
