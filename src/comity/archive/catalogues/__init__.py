"""Catalogues: the tables of a dataset in the order of HEALPix, in the HATS layout, read by whoever may.

`build` makes one, `open_catalogue` opens it for a reader.
"""

from comity.archive.catalogues.about import About
from comity.archive.catalogues.building import build
from comity.archive.catalogues.opened import Catalogue, catalogues, is_stale, open_catalogue
from comity.archive.catalogues.runs import HEALPIX

__all__ = ["HEALPIX", "About", "Catalogue", "build", "catalogues", "is_stale", "open_catalogue"]
