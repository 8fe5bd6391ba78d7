"""Parameters of telemetry over time as one page: a panel each on one axis of time, to be looked into with the wheel.

The page needs no network. What stands closer than the picture can show is drawn by its least and its largest value, so that no
spike is lost.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.messages.errors import MessageError
from comity.messages.telemetry import Account, Decoded
from comity.model.problems import nearest
from comity.report.assets import asset

_HERE = Path(__file__).parent
#: Points of one line: more are not seen.
MOST_POINTS = 4000
#: A line is broken where values stand this many times further apart than they mostly do.
BREAK = 10.0
#: Panels of one page.
MOST_PANELS = 24


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter of one type of packets."""

    parameter: str
    packet: str
    unit: str
    description: str
    #: Milliseconds since 1970 UTC, or the number of the packet where no time is told, shape (n,).
    at: NDArray[np.float64]
    #: Values; of labels their places in `labels`.
    values: NDArray[np.float64]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TelemetryPicture:
    """What is drawn."""

    title: str
    lines: tuple[Line, ...]
    #: Whether packets tell their time.
    timed: bool
    account: Account

    @classmethod
    def of(
        cls, found: Decoded, parameters: Sequence[str], *, packet: str | None = None, title: str = "Telemetry"
    ) -> TelemetryPicture:
        """Of these parameters, in each type of packets that has them. MessageError for one that no packet has."""
        if packet is not None and packet not in found:
            raise MessageError(
                f"no packet {packet!r} was decoded; {nearest(packet, found) or ', '.join(found) or 'none was'}"
            )
        chosen = {packet: found[packet]} if packet is not None else dict(found)
        timed = all("time" in dataset.coords for dataset in chosen.values())
        lines: list[Line] = []
        for name in parameters:
            having = [(key, dataset) for key, dataset in chosen.items() if name in dataset.data_vars]
            if not having:
                known = dict.fromkeys(str(one) for dataset in chosen.values() for one in dataset.data_vars)
                raise MessageError(
                    f"no decoded packet has a parameter {name!r}; {nearest(name, known) or 'see `describe`'}"
                )
            lines += [_line(name, key, dataset, timed=timed) for key, dataset in having]
        if len(lines) > MOST_PANELS:
            raise MessageError(f"{len(lines)} lines are too many for one page; at most {MOST_PANELS}")
        return cls(title, tuple(lines), timed, found.account)


def telemetry_page(picture: TelemetryPicture) -> str:
    """The picture and its figures as one HTML page."""
    scripts = [
        (_HERE / name).read_text(encoding="utf-8") for name in ("vendor/echarts-5.6.0.min.js", "templates/telemetry.js")
    ]
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    style = asset("templates/report.css")
    data = json.dumps({"timed": picture.timed, "lines": [_drawn(line) for line in picture.lines]}).replace("</", "<\\/")
    account = picture.account
    missing = sum(counts.missing for counts in account.sequences.values())
    names = ", ".join(dict.fromkeys(line.parameter for line in picture.lines))
    span = _span(picture)
    rows = "".join(_row(line) for line in picture.lines)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(picture.title)}: {escape(names)}</title><style>{style}
h1 {{ overflow-wrap: anywhere; }} #telemetry {{ min-width: 22rem; }} td.n, th.n {{ white-space: nowrap; }}</style></head>
<body><main><section><p class="eyebrow">{escape(span)}</p><h1>{escape(picture.title)}</h1>
<p>{sum(account.decoded.values()):,} packets decoded; {account.refused:,} refused, {account.torn_octets:,} octets no whole packet,
{missing:,} missing by their sequence counts. Drag below the picture, or turn the wheel over it, to look closer.</p>
<div id="telemetry" role="img" aria-label="{escape(names)} over time"></div></section>
<section><h2>In figures</h2><div class="scroll" tabindex="0" role="region" aria-label="Figures"><table><thead><tr>
<th scope="col">Parameter</th><th scope="col">Packet</th><th scope="col" class="n">Values</th><th scope="col" class="n">Least</th>
<th scope="col" class="n">Mean</th><th scope="col" class="n">Largest</th><th scope="col">Unit</th></tr></thead>
<tbody>{rows}</tbody></table></div></section></main>
<script type="application/json" id="lines">{data}</script>
<script>{scripts[0]}</script><script>{scripts[1]}</script></body></html>
"""


def _line(name: str, packet: str, dataset: Any, *, timed: bool) -> Line:
    one = dataset[name]
    values = one.values
    labels: tuple[str, ...] = ()
    if values.dtype.kind in "US":
        found, values = np.unique(values, return_inverse=True)
        labels = tuple(map(str, found))
    elif values.dtype.kind not in "uifb":
        raise MessageError(f"{name} is {one.attrs.get('kind', 'no number')}: it has no curve")
    if timed:
        times = dataset["time"].values
        at = np.where(np.isnat(times), np.nan, times.astype("datetime64[ns]").astype(np.int64) / 1e6)
    else:
        at = np.arange(len(values), dtype=np.float64)
    attrs: Mapping[str, Any] = one.attrs
    return Line(
        name, packet, str(attrs.get("units", "")), str(attrs.get("long_name", "")), at, values.astype(np.float64), labels
    )  # fmt: skip


def _drawn(line: Line) -> dict[str, Any]:
    at, values = _fewer(line.at, line.values)
    points: list[list[float | None]] = []
    steps = np.diff(at)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    for i, (x, y) in enumerate(zip(at.tolist(), values.tolist(), strict=True)):
        if i and usual and steps[i - 1] > BREAK * usual:
            points.append([at[i - 1] + usual, None])
        points.append([x, y if np.isfinite(y) else None])
    name = line.parameter + (f" [{line.unit}]" if line.unit else "")
    return {"name": name, "packet": line.packet, "points": points, "labels": list(line.labels)}


def _fewer(at: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """In the order of time, and no more than can be seen: of each stretch the least and the largest value."""
    good = np.isfinite(at)
    at, values = at[good], values[good]
    order = np.argsort(at, kind="stable")
    at, values = at[order], values[order]
    if len(at) <= MOST_POINTS:
        return at, values
    edges = np.linspace(0, len(at), MOST_POINTS // 2 + 1).astype(np.int64)
    kept: list[int] = []
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        stretch = np.where(np.isfinite(values[begin:end]), values[begin:end], 0.0)
        kept += sorted({begin + int(np.argmin(stretch)), begin + int(np.argmax(stretch))})
    return at[kept], values[kept]


def _span(picture: TelemetryPicture) -> str:
    if not picture.timed:
        return "By the order of packets: no time is told"
    ends = [line.at[np.isfinite(line.at)] for line in picture.lines]
    whole = np.concatenate(ends) if ends else np.array([])
    if not len(whole):
        return "No packet tells its time"
    first, last = (str(np.datetime64(int(t), "ms"))[:19] for t in (whole.min(), whole.max()))
    return f"{first}Z to {last}Z"


def _row(line: Line) -> str:
    good = line.values[np.isfinite(line.values)]
    if line.labels:
        counts = np.bincount(good.astype(np.int64), minlength=len(line.labels))
        told = ", ".join(
            f"{escape(label)} {count:,}" for label, count in zip(line.labels, counts.tolist(), strict=True)
        )
        figures = f"<td colspan='3'>{told}</td>"
    else:
        numbers = (good.min(), good.mean(), good.max()) if len(good) else (np.nan,) * 3
        figures = "".join(f"<td class='n'>{number:.6g}</td>" for number in numbers)
    title = f"<br><span class='note'>{escape(line.description)}</span>" if line.description else ""
    return (
        f"<tr><th scope='row'>{escape(line.parameter)}{title}</th><td>{escape(line.packet)}</td>"
        f"<td class='n'>{len(good):,}</td>{figures}<td>{escape(line.unit)}</td></tr>"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
