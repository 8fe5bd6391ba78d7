"""ADQL 2.1: read, checked part by part, and written as SQL for DuckDB."""

from comity.archive.adql.errors import AdqlError
from comity.archive.adql.extensions import register
from comity.archive.adql.translate import GEOMETRY, PLAIN, USER_DEFINED, Translated, translated

__all__ = ["GEOMETRY", "PLAIN", "USER_DEFINED", "AdqlError", "Translated", "register", "translated"]
