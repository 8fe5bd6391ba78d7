"""Objects from a file, whatever it is: TLE or 3LE, OMM (KVN, XML, JSON, CSV), OEM (KVN, XML)."""

from __future__ import annotations

from pathlib import Path

from comity.orbits.errors import OrbitError
from comity.orbits.objects import SpaceObject


def read_objects(path: str | Path) -> tuple[SpaceObject, ...]:
    """The objects of a file, in its order; the kind is known by what stands in it, not by its name.

    OrbitError with file and line for a file that cannot be read whole: a catalogue is taken entirely or not at all.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OrbitError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise OrbitError(f"{path}: is no text in UTF-8") from None
    objects = _read(text, path)
    if not objects:
        raise OrbitError(f"{path}: holds no object")
    return objects


def _read(text: str, path: Path) -> tuple[SpaceObject, ...]:
    from comity.orbits import oem, omm, tle

    head = text.lstrip()[:4000]
    if head.startswith("<"):
        return oem.read_oem(text, path) if "<oem" in head else omm.read_omm_xml(text, path)
    if head.startswith(("[", "{")):
        return omm.read_omm_json(text, path)
    if "MEAN_MOTION" in head.partition("\n")[0] and "," in head.partition("\n")[0]:
        return omm.read_omm_csv(text, path)
    if "CCSDS_OEM_VERS" in head:
        return oem.read_oem(text, path)
    if "CCSDS_OMM_VERS" in head:
        return omm.read_omm_kvn(text, path)
    if tle.looks_like_tle(text):
        return tle.read_tle(text, path)
    raise OrbitError(f"{path}: is none of TLE, OMM (KVN, XML, JSON, CSV) and OEM (KVN, XML)")
