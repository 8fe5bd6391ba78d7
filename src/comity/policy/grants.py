"""What an agreement on a record lets pass, as its export clauses say it and as it binds at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from comity.policy.facts import cedar_time
from comity.policy.language import quoted


@dataclass(frozen=True, slots=True)
class Grant:
    """Classes of technology that an agreement in force lets pass from givers to receivers (partners' ids)."""

    agreement: str
    clause: str
    givers: tuple[str, ...]
    receivers: tuple[str, ...]
    classes: tuple[str, ...]
    since: datetime
    because: str
    source: str


def grant_condition(grant: Grant) -> str:
    """That a transfer is within a grant, in Cedar."""
    return "\n  && ".join(
        (
            f"principal in [{_listed('Partner', grant.givers)}]",
            f"context.receiver in [{_listed('Partner', grant.receivers)}]",
            f"resource in [{_listed('Class', grant.classes)}]",
            f'context.at >= datetime("{cedar_time(grant.since)}")',
        )
    )


def grant_rules(grants: Iterable[Grant]) -> Iterator[str]:
    """The rules that grants are: each permits what it covers, and is cited by its agreement and clause."""
    seen: dict[tuple[str, str], int] = {}
    for grant in grants:
        number = seen[grant.agreement, grant.clause] = seen.get((grant.agreement, grant.clause), 0) + 1
        place = f"{grant.clause}, grant {number}" if number > 1 else grant.clause
        yield (
            f"@id({quoted(f'agreement {grant.agreement}, {place}')})\n"
            f"@because({quoted(grant.because)})\n"
            f"@source({quoted(grant.source)})\n"
            'permit (principal, action == Action::"transfer", resource)\n'
            f"when {{ {grant_condition(grant)} }};\n"
        )


def _listed(kind: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{kind}::{quoted(name)}" for name in names)
