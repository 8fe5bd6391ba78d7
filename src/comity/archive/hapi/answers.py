"""What HAPI tells in JSON: about, capabilities, catalog, info (HAPI 3.2 §3.3 to 3.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from comity.archive.described import Parameter
from comity.archive.hapi.encoding import MEDIA_TYPES
from comity.archive.hapi.errors import status
from comity.archive.hapi.holdings import Holding
from comity.archive.hapi.requests import DEPTHS
from comity.archive.hapi.times import begin, end
from comity.archive.place import Archive

#: What §3.3 and §3.5 suggest for titles.
TITLE_LENGTH = 40


def about(archive: Archive) -> dict[str, Any]:
    """Who serves."""
    settings = archive.settings
    return {
        **status(),
        "id": settings.authority,
        "title": _short(settings.title),
        "contact": settings.publisher,
        "description": settings.title,
    }


def capabilities() -> dict[str, Any]:
    """What is served: all formats, the catalog in both depths."""
    return {**status(), "outputFormats": list(MEDIA_TYPES), "catalogDepthOptions": list(DEPTHS)}


def catalog(archive: Archive, seen: Mapping[str, Holding], depth: str) -> dict[str, Any]:
    """The datasets that a reader may see; with `all` what `info` tells of each."""
    datasets = []
    for holding in seen.values():
        told: dict[str, Any] = {"id": holding.id, "title": _short(holding.dataset.title)}
        if depth == "all":
            told["info"] = information(archive, holding, holding.parameters)
        datasets.append(told)
    return {**status(), "catalog": datasets}


def info(archive: Archive, holding: Holding, parameters: Sequence[Parameter], code: int = 1200) -> dict[str, Any]:
    """A dataset and its parameters, or some of them."""
    return {**status(code), **information(archive, holding, parameters)}


def information(archive: Archive, holding: Holding, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The same without version and status; every date comes from what the reader may see.

    `startDate` is the first record's time cut to the millisecond, `stopDate` the first millisecond after the last record, for
    `stop` is exclusive. Where in its measurement a time lies is told by no file alike: `timeStampLocation` is `other`.
    """
    dataset = holding.dataset
    told: dict[str, Any] = {
        "startDate": begin(holding.start_ns),
        "stopDate": end(holding.stop_ns),
        "timeStampLocation": "other",
    }
    if holding.cadence is not None:
        told["cadence"] = holding.cadence
    told["description"] = dataset.description or dataset.title
    told["resourceID"] = archive.identifier(dataset.id)
    told["modificationDate"] = holding.changed
    told["contact"] = "; ".join(c.name for c in dataset.creators)
    told["x_licence"] = dataset.licence
    told["parameters"] = [_parameter(p, _bins(p, parameters)) for p in parameters]
    return told


def _bins(one: Parameter, parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """What §3.6.11 asks: units are text; centers that change lie in another parameter that is there, and that has no bins itself."""
    others = {p.name for p in parameters} - {one.name}
    referred = {b.centers for p in parameters if p.name != one.name for b in p.bins if isinstance(b.centers, str)}
    if one.name in referred:
        return []
    found: list[dict[str, Any]] = []
    for along in one.bins:
        centers = list(along.centers) if isinstance(along.centers, tuple) else along.centers
        if isinstance(centers, str) and centers not in others:
            centers = None
        found.append({"name": along.name, "units": along.units or "dimensionless", "centers": centers})
    return found if any(b["centers"] for b in found) else []


def changed(*holdings: Holding) -> datetime | None:
    """When the latest part of any was taken in; None when there is none."""
    return datetime.fromisoformat(max(h.changed for h in holdings)) if holdings else None


def _parameter(one: Parameter, bins: list[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {"name": one.name, "type": one.type, "units": one.units, "fill": one.fill}
    if one.length is not None:
        told["length"] = one.length
    if one.size:
        told["size"] = list(one.size)
    if one.description:
        told["description"] = one.description
    if one.label:
        told["label"] = list(one.label) if isinstance(one.label, tuple) else one.label
    if one.valid is not None:
        told["x_validRange"] = list(one.valid)
    if bins:
        told["bins"] = bins
    return told


def _short(title: str) -> str:
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"
