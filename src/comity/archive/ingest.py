"""Takes files into a dataset: read, hashed, kept, registered; each of them whole or not at all."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from comity.archive.access import Everything
from comity.archive.dataset import Dataset
from comity.archive.described import Described, Plain
from comity.archive.errors import ArchiveError
from comity.archive.isolation import Examined, Limits, examined
from comity.archive.obscore import COLUMNS
from comity.archive.place import Archive
from comity.archive.register import NewProduct
from comity.model.problems import nearest

#: Products that are registered at once; and seconds after which those that are waiting are.
BATCH, LATEST_S = 200, 2.0
_VERSIONED = re.compile(r"@\d+$")
#: The file of a folder that describes the dataset that its other files are of.
DESCRIPTION = "dataset.yaml"
_TYPES = {c.name: c.datatype for c in COLUMNS}
#: What the archive itself knows of each product, and nobody states.
_OWN = ("obs_publisher_did", "access_url", "access_format", "access_estsize", "obs_collection", "data_rights",
        "obs_release_date")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of the files: ids are not repeated; `failed` says of each file why it was passed over."""

    new: int
    replaced: int
    same: int
    failed: tuple[tuple[str, str], ...]
    missing: Mapping[str, int]

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "new": self.new,
            "replaced": self.replaced,
            "same": self.same,
            "failed": [{"file": f, "problem": p} for f, p in self.failed],
            "missing": dict(self.missing),
        }


def files_in(given: Iterable[Path]) -> list[tuple[str, Path]]:
    """The files that are meant, each with the name that it will have: all in a folder, by their paths in it.

    Links are not followed out of the folder. ArchiveError when something is not there, or two files have one name.
    """
    found: dict[str, Path] = {}
    for path in given:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not _is_ours(p))
            root = path.resolve()
            named = [(p.relative_to(path).as_posix(), p) for p in inside if p.resolve().is_relative_to(root)]
        elif path.is_file():
            named = [(path.name, path)]
        else:
            raise ArchiveError(f"{path}: there is no such file or folder")
        for name, file in named:
            if name in found and found[name].resolve() != file.resolve():
                raise ArchiveError(f"{file}: {found[name]} has the same name {name!r}; give their folder instead")
            found[name] = file
    return list(found.items())


def ingest(
    archive: Archive,
    dataset: str,
    given: Iterable[Path],
    *,
    stated: Mapping[str, Plain] | None = None,
    replaces: str | None = None,
    workers: int = 2,
    limits: Limits | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> Ingested:
    """Takes files (or all in folders) into a dataset that the archive knows.

    `stated` are ObsCore values for those that a file does not tell. A file that cannot be taken is reported and passed over;
    one that is there already is skipped, so that what was interrupted is simply begun again. `on_progress(done, all, name)`.
    A file beside a PDS4 label that the label names goes with it.
    """
    described, _ = archive.register.dataset(dataset, Everything())
    known = check_stated(stated or {})
    all_files = files_in(given)
    before = archive.register.seen(dataset)
    todo = [(name, file) for name, file in all_files if not _unchanged(file, before)]
    same = len(all_files) - len(todo)
    names = [name for name, _ in todo]
    counts = {"new": 0, "replaced": 0, "same": same}
    failed: list[tuple[str, str]] = []
    missing: dict[str, int] = {}
    waiting: list[NewProduct] = []
    told = time.monotonic()

    def register() -> None:
        for product in waiting:
            try:
                (outcome,) = archive.register.add(dataset, [product], replaces=replaces)
                counts[outcome] += 1
            except ArchiveError as error:
                failed.append((product.path, str(error)))
        waiting.clear()

    def settle() -> None:
        try:
            for outcome in archive.register.add(dataset, waiting, replaces=replaces) if waiting else ():
                counts[outcome] += 1
            waiting.clear()
        except ArchiveError:
            register()  # one of them was refused, and none taken: each by itself

    results = examined([file for _, file in todo], limits=limits or Limits(), workers=max(1, workers))
    for number, (name, result) in enumerate(zip(names, results, strict=True), 1):
        if on_progress is not None:
            on_progress(same + number, len(all_files), name)
        if (wrong := _name_problem(name)) is not None:
            failed.append((str(result.path), f"{str(result.path)!r}: {wrong}"))
            continue
        if result.described is None:
            failed.append((str(result.path), result.problem or "cannot be read"))
            continue
        try:
            archive.objects.put(result.path, result.sha256)
        except ArchiveError as error:
            failed.append((str(result.path), str(error)))
            continue
        full = filled(result.described, described, known)
        for lacking in full.missing:
            missing[lacking] = missing.get(lacking, 0) + 1
        waiting.append(_new(name, result, full))
        if len(waiting) >= BATCH or time.monotonic() - told > LATEST_S:
            settle()
            told = time.monotonic()
    settle()
    return Ingested(counts["new"], counts["replaced"], counts["same"], tuple(failed), missing)


def _is_ours(path: Path) -> bool:
    """Hidden, or what describes the data to the archive and is none of them."""
    return path.name.startswith(".") or path.name == DESCRIPTION


def check_stated(stated: Mapping[str, Plain]) -> dict[str, Plain]:
    """ObsCore values as somebody states them, in the types of their columns. ArchiveError says which cannot be."""
    found: dict[str, Plain] = {}
    for name, value in stated.items():
        if name not in _TYPES or name in _OWN:
            why = "the archive itself says it" if name in _OWN else nearest(name, _TYPES) or "no column of ObsCore 1.1"
            raise ArchiveError(f"{name}: cannot be stated; {why}")
        try:
            kind = _TYPES[name]
            found[name] = str(value) if kind == "char" else (float if kind == "double" else int)(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise ArchiveError(f"{name}={value}: not a number, as ObsCore has it ({_TYPES[name]})") from None
    return found


def filled(described: Described, dataset: Dataset, stated: Mapping[str, Plain]) -> Described:
    """What a file says of itself, and in its gaps what the dataset and the user say; what a file says stands.

    A label goes along with its data, and no product of its own: it says nothing, and nothing is said of it.
    """
    if not described.obscore and not described.missing:
        return described
    said: dict[str, Plain] = {"facility_name": dataset.facility, "instrument_name": dataset.instrument, **stated}
    obscore = {**{k: v for k, v in said.items() if v is not None}, **described.obscore}
    return replace(described, obscore=obscore, missing=tuple(m for m in described.missing if obscore.get(m) is None))


def _unchanged(file: Path, before: Mapping[str, tuple[int, int]]) -> bool:
    found = file.stat()
    return before.get(str(file.resolve())) == (found.st_size, found.st_mtime_ns)


def _new(name: str, result: Examined, described: Described) -> NewProduct:
    return NewProduct(
        name=name,
        sha256=result.sha256,
        size=result.size,
        described=described,
        path=str(result.path.resolve()),
        modified_ns=result.modified_ns,
    )


def _name_problem(name: str) -> str | None:
    """Why a file's name cannot be a product's, or None."""
    if not name.isprintable():
        return "its name has characters that cannot be printed; rename it"
    if _VERSIONED.search(name):
        return "its name ends like that of a version (@ and digits); rename it"
    return None


def scrubbed(archive: Archive, *, peers: Sequence[Archive] = ()) -> dict[str, list[str]]:
    """Reads every object again: which are lost, which damaged, which of these were mended from a peer, and which are nobody's."""
    named = archive.register.objects()
    found: dict[str, list[str]] = {"lost": [], "damaged": [], "mended": [], "unnamed": []}
    present = set(archive.objects.digests())
    for digest in sorted(named):
        state = "lost" if digest not in present else None if archive.objects.is_whole(digest) else "damaged"
        if state is None:
            continue
        if any(archive.objects.mend(digest, peer.objects) for peer in peers):
            found["mended"].append(digest)
        else:
            found[state].append(digest)
    found["unnamed"] = sorted(present - set(named))
    return found
