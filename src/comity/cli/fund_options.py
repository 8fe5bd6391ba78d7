"""The options and arguments that several commands of `comity fund` have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Ledger = Annotated[str, typer.Argument(metavar="LEDGER", help="The name of the ledger.")]
Milestone = Annotated[str, typer.Argument(metavar="MILESTONE", help="The milestone's id.")]
Day = Annotated[str | None, typer.Option("--date", metavar="DATE", help="The day of the posting. Default: today, UTC.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Decision = Annotated[str, typer.Option("--decision", metavar="NAME", help="What the decision is called.")]
DecisionKind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="The kind of decision, as the body knows it.")
]
Closes = Annotated[str, typer.Option("--closes", metavar="TIME", help="When the vote closes, UTC.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with pictures, too.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the figures as CSV, too.")]
