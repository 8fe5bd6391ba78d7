"""The messages that operators exchange: CCSDS navigation data messages, and telemetry packets by XTCE."""

from comity.messages.errors import MessageError, Problem
from comity.messages.message import Block, Field, Form, Message, Rows, Segment
from comity.messages.plausibility import doubts
from comity.messages.reading import LIMIT_BYTES, examined, parse, problems, read
from comity.messages.writing import convert, text_of, write

__all__ = [
    "LIMIT_BYTES",
    "Block",
    "Field",
    "Form",
    "Message",
    "MessageError",
    "Problem",
    "Rows",
    "Segment",
    "convert",
    "doubts",
    "examined",
    "parse",
    "problems",
    "read",
    "text_of",
    "write",
]
