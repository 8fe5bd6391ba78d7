"""Objects from a file, whatever it is: TLE or 3LE, OMM (KVN, XML, JSON, CSV), OEM (KVN, XML)."""

from __future__ import annotations

from pathlib import Path

from comity.model.value_file import read_text
from comity.orbits.errors import OrbitError
from comity.orbits.objects import SpaceObject

#: Larger files are refused: all that is catalogued in orbit takes some 50 MB as XML.
MAX_BYTES = 256 * 2**20


def read_objects(path: str | Path) -> tuple[SpaceObject, ...]:
    """The objects of a file, in its order; the kind is known by what stands in it, not by its name.

    OrbitError with file and line for a file that cannot be read whole: a catalogue is taken entirely or not at all.
    """
    path = Path(path)
    text = read_text(path, error=OrbitError, largest=MAX_BYTES)
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
