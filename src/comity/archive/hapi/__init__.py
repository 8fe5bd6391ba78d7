"""HAPI 3.2: the archive's time series for the clients of heliophysics (https://github.com/hapi-server/data-specification).

A request goes through `requests`, which says exactly what is wrong with it; what a reader may see comes from `holdings`, what is
told in JSON from `answers`, and data from `stream`: read by `records` from Parquet, written by `encoding`.
"""

from comity.archive.hapi.answers import about, capabilities, catalog, changed, info
from comity.archive.hapi.encoding import MEDIA_TYPES, warm
from comity.archive.hapi.errors import STATUSES, VERSION, HapiError, status
from comity.archive.hapi.holdings import Holding, Holdings
from comity.archive.hapi.requests import ENDPOINTS, DataRequest, data_request, depth_of, info_request, named
from comity.archive.hapi.stream import stream

__all__ = [
    "ENDPOINTS",
    "MEDIA_TYPES",
    "STATUSES",
    "VERSION",
    "DataRequest",
    "HapiError",
    "Holding",
    "Holdings",
    "about",
    "capabilities",
    "catalog",
    "changed",
    "data_request",
    "depth_of",
    "info",
    "info_request",
    "named",
    "status",
    "stream",
    "warm",
]
