"""Shared telemetry: CCSDS space packets decoded by their XTCE definition into arrays and tables."""

from comity.messages.telemetry.clocks import Clock, Statement, statement
from comity.messages.telemetry.decoding import Account, Decoded, Fault, Telemetry, check, decode
from comity.messages.telemetry.definition import Definition, PacketType, Parameter, definition
from comity.messages.telemetry.parquet import to_parquet
from comity.messages.telemetry.sequence import Counts

__all__ = [
    "Account",
    "Clock",
    "Counts",
    "Decoded",
    "Definition",
    "Fault",
    "PacketType",
    "Parameter",
    "Statement",
    "Telemetry",
    "check",
    "decode",
    "definition",
    "statement",
    "to_parquet",
]
