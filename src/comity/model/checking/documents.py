"""Are the documents that figures are taken from dated and addressed so that they can be found?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from comity.model.problems import Problem, problem

if TYPE_CHECKING:
    from comity.model.reading import Draft

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def dated(draft: Draft) -> Iterator[Problem]:
    """Sources whose date is no date."""
    for name, source in draft.sections["sources"].items():
        if source.date and not _DATE.fullmatch(source.date):
            at = ("sources", name, "date")
            said = f"source {name!r} has the date {source.date!r}"
            yield problem(draft.positions.of(at), at, said, "write YYYY, YYYY-MM or YYYY-MM-DD")


def addressed(draft: Draft) -> Iterator[Problem]:
    """Sources and treaties whose address is no web address."""
    for section in ("sources", "treaties"):
        for name, value in draft.sections[section].items():
            parts = urlsplit(value.url)
            if value.url and (parts.scheme not in ("http", "https") or not parts.netloc or " " in value.url):
                at = (section, name, "url")
                said = f"{section[:-1] if section == 'sources' else 'treaty'} {name!r} has the address {value.url!r}"
                yield problem(
                    draft.positions.of(at), at, said, "write a web address, such as https://example.org/report"
                )
