"""What the books demand beyond keywords: spans and order of times, interpolation, covariances, what goes with what."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from comity.messages.books import book_of
from comity.messages.drafting import Report
from comity.messages.message import Block, Field, Floats, Message, Rows, Segment
from comity.messages.values import clock_reading, clock_readings

#: A correlation may miss positive definiteness by this: what a covariance written to four digits loses.
LOST_DIGITS = 2e-3


def check_rules(message: Message, report: Report) -> None:
    """Reports what breaks a rule; for messages whose keywords and values are right already."""
    for segment in message.segments:
        _times_in_order(segment.metadata, report)
        for block in segment.blocks("covarianceMatrix"):
            _covariance(block, message, report)
    _RULES[message.kind](message, report)


def _seconds(field: Field | None) -> float | None:
    return None if field is None else clock_reading(field.value)


def _times_in_order(metadata: Block, report: Report) -> None:
    names = ("START_TIME", "USEABLE_START_TIME", "USEABLE_STOP_TIME", "STOP_TIME")
    given = [(f, t) for name in names if (f := metadata.field(name)) and (t := _seconds(f)) is not None]
    for (before, early), (after, late) in pairwise(given):
        if late < early:
            report.add(
                after.line, after.keyword, f"is {after.value}, before {before.keyword}", f"not before {before.value}"
            )


def _strictly_later(rows: Rows, report: Report) -> Floats | None:
    """The epochs of lines, on their own clock; reported where one is not later than the one before."""
    times = clock_readings(rows.texts("EPOCH"))
    if times is None:
        return None
    for i in np.flatnonzero(np.diff(times) <= 0):
        report.add(
            rows.lines[i + 1],
            "EPOCH",
            f"is {rows.rows[i + 1][0]}, not later than the line before",
            f"later than {rows.rows[i][0]}",
        )
    return times


def _within_span(rows: Rows, times: Floats, metadata: Block, report: Report, *, open_ended: bool) -> None:
    """Lines cover the span that the metadata says.

    In a form that has no mark at the end of the lines, a gap of more than a step means that the message was cut.
    """
    start, stop = metadata.field("START_TIME"), metadata.field("STOP_TIME")
    begins, ends = _seconds(start), _seconds(stop)
    if start is None or stop is None or begins is None or ends is None or not len(times):
        return
    step = float(np.max(np.diff(times))) if len(times) > 1 else 0.0
    if times[0] < begins or times[-1] > ends:
        line, which = (rows.lines[0], start) if times[0] < begins else (rows.lines[-1], stop)
        report.add(line, "EPOCH", f"lies outside {which.keyword} = {which.value}", "lines within the span", fatal=False)
    for gap, line, text, which in (
        (times[0] - begins, rows.lines[0], "the first line is at " + rows.texts("EPOCH")[0], start),
        (ends - times[-1], rows.lines[-1], "the last line is at " + rows.texts("EPOCH")[-1], stop),
    ):
        if gap > 0:
            lost = open_ended and gap > step * 1.000001
            right = "lines for the whole span: the message is cut" if lost else "the span of the lines"
            report.add(line, which.keyword, f"is {which.value}, {text}", right, fatal=lost)


def _interpolation(metadata: Block, method: str, count: int, report: Report) -> None:
    named, degree = metadata.field(method), metadata.field("INTERPOLATION_DEGREE")
    if named is None:
        return
    if degree is None:
        report.add(named.line, "INTERPOLATION_DEGREE", "is missing", f"it goes with {method}", fatal=False)
        return
    wanted, kind = int(degree.value), named.value.upper()
    if wanted < 1 or (kind == "LINEAR" and wanted != 1) or (kind == "HERMITE" and wanted % 2 == 0):
        right = {"LINEAR": "1", "HERMITE": "odd: each state gives two conditions"}.get(kind, "1 or more")
        report.add(degree.line, "INTERPOLATION_DEGREE", f"is {wanted} for {kind}", right, fatal=False)
    needed = (wanted + 2) // 2 if kind == "HERMITE" else wanted + 1
    if count < needed:
        report.add(
            degree.line, "INTERPOLATION_DEGREE", f"{wanted} needs {needed} lines, there are {count}", "a lower degree or more lines",
            fatal=False,
        )  # fmt: skip


def _covariance(block: Block, message: Message, report: Report) -> None:
    book = book_of(message.kind, message.version)
    table = next(t for t in book.blocks if t.name == block.name) if book else None
    assert table is not None
    given = {f.keyword: f for f in block.fields}
    size = 0
    for row in table.triangle:
        if not all(name in given for name in row):
            if any(name in given for name in row):
                missing = [name for name in row if name not in given]
                report.add(block.line, missing[0], "is missing in its row of the covariance", "all of a row or none")
            break
        size += 1
    later = [name for row in table.triangle[size + 1 :] for name in row if name in given]
    if later:
        report.add(given[later[0]].line, later[0], "is given without the rows before it", "all rows before it, too")
    matrix = covariance_of(block, table.triangle[:size])
    found = _not_positive(matrix)
    if found:
        report.add(block.line, block.name, found, "symmetric and positive (no negative variance)", fatal=False)


def covariance_of(block: Block, triangle: tuple[tuple[str, ...], ...]) -> Floats:
    """The whole matrix of a lower triangle, in the units of the message."""
    matrix = np.zeros((len(triangle), len(triangle)))
    for i, row in enumerate(triangle):
        for j, name in enumerate(row):
            matrix[i, j] = matrix[j, i] = block.number(name) or 0.0
    return matrix


def _not_positive(matrix: Floats) -> str:
    variances = np.diag(matrix)
    if np.any(variances < 0):
        return f"has a negative variance, {variances[variances < 0][0]:g}"
    # A variance of zero discounts its row and column (CCSDS 508.0-B-1 §5.2.8).
    kept = variances > 0
    if not kept.any():
        return ""
    deviations = np.sqrt(variances[kept])
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        correlation = matrix[np.ix_(kept, kept)] / deviations[:, None] / deviations[None, :]
    if not np.isfinite(correlation).all():
        return "has values too large or too small to correlate"
    least = float(np.linalg.eigvalsh(correlation)[0])
    return f"is not positive: its correlations have the eigenvalue {least:.2g}" if least < -LOST_DIGITS else ""


def _oem(message: Message, report: Report) -> None:
    stopped: tuple[float, Field] | None = None
    first = message.segments[0].metadata
    for segment in message.segments:
        metadata, rows = segment.metadata, segment.rows
        assert rows is not None
        times = _strictly_later(rows, report)
        if times is not None:
            _within_span(rows, times, metadata, report, open_ended=message.form == "kvn")
        _interpolation(metadata, "INTERPOLATION", len(rows.rows), report)
        _rising(segment, report)
        for name in ("TIME_SYSTEM", "OBJECT_ID"):
            if (here := metadata.field(name)) and here.value.upper() != (first.get(name) or "").upper():
                report.add(
                    here.line,
                    name,
                    f"is {here.value}, before {first.get(name)}",
                    "the same in all segments",
                    fatal=False,
                )
        start = metadata.field("USEABLE_START_TIME") or metadata.field("START_TIME")
        begins = _seconds(start)
        if (
            stopped
            and start
            and begins is not None
            and begins < stopped[0]
            and "USEABLE" in stopped[1].keyword + start.keyword
        ):
            report.add(
                start.line,
                start.keyword,
                "lies before the useable end of the last segment",
                stopped[1].value,
                fatal=False,
            )
        stop = metadata.field("USEABLE_STOP_TIME") or metadata.field("STOP_TIME")
        ends = _seconds(stop)
        stopped = (ends, stop) if stop and ends is not None else None


def _rising(segment: Segment, report: Report) -> None:
    before = -math.inf
    for block in segment.blocks("covarianceMatrix"):
        at = _seconds(block.field("EPOCH"))
        if at is not None and at <= before:
            report.add(
                block.line, "EPOCH", "of a covariance is not later than the one before", "in order of time", fatal=False
            )
        before = at if at is not None else before


def _elements(block: Block, report: Report) -> None:
    """Bounds of elements: what is outside is no orbit."""
    for name, low, high in (("ECCENTRICITY", 0.0, math.inf), ("INCLINATION", 0.0, 180.0)):
        field = block.field(name)
        if field and not low <= float(field.value) <= high:
            report.add(
                field.line, name, f"is {field.value}", f"from {low:g}" + (f" to {high:g}" if high < math.inf else " on")
            )
    motion = block.field("MEAN_MOTION")
    if motion and float(motion.value) <= 0:
        report.add(motion.line, "MEAN_MOTION", f"is {motion.value}", "above 0")


def _opm(message: Message, report: Report) -> None:
    segment = message.segments[0]
    heavy = any(b.field("MASS") for b in segment.blocks("spacecraftParameters"))
    for block in segment.blocks("keplerianElements"):
        _elements(block, report)
    for block in segment.blocks("maneuverParameters"):
        if not heavy:
            report.add(block.line, "MASS", "is missing, and a maneuver is given", "MASS (§3.2.4.9)", fatal=False)
        duration, spent = block.field("MAN_DURATION"), block.field("MAN_DELTA_MASS")
        if duration and float(duration.value) < 0:
            report.add(duration.line, "MAN_DURATION", f"is {duration.value}", "0 for an impulse, or above", fatal=False)
        if spent and float(spent.value) > 0:
            report.add(
                spent.line, "MAN_DELTA_MASS", f"is {spent.value}", "negative: the mass that is spent", fatal=False
            )


def _omm(message: Message, report: Report) -> None:
    segment = message.segments[0]
    (elements,) = segment.blocks("meanElements")
    _elements(elements, report)
    # `SGP/SGP4` is how the books and catalogues write it.
    theory = (segment.metadata.get("MEAN_ELEMENT_THEORY") or "").upper().rpartition("/")[2]
    if theory not in ("SGP", "SGP4", "SDP4", "SGP4-XP", "PPT3"):
        return
    for name, right in (("CENTER_NAME", "EARTH"), ("REF_FRAME", "TEME"), ("TIME_SYSTEM", "UTC")):
        field = segment.metadata.field(name)
        if field and field.value.upper() != right:
            report.add(field.line, name, f"is {field.value}", f"{right} goes with {theory} (§4.2.4.6)", fatal=False)
    if elements.field("MEAN_MOTION") is None:
        report.add(elements.line, "MEAN_MOTION", "is missing", f"it goes with {theory} (§4.2.4.6)", fatal=False)
    tle = segment.blocks("tleParameters")
    needed = {"SGP4": ("BSTAR",), "SGP4-XP": ("BTERM", "AGOM"), "SGP": ("MEAN_MOTION_DOT", "MEAN_MOTION_DDOT")}
    for name in ("NORAD_CAT_ID", *needed.get(theory, ())):
        if not any(b.field(name) for b in tle):
            line = tle[0].line if tle else elements.line
            report.add(line, name, "is missing", f"it goes with {theory} (table 4-3)", fatal=False)


def _cdm(message: Message, report: Report) -> None:
    relative = message.relative
    assert relative is not None
    for segment, right in zip(message.segments, ("OBJECT1", "OBJECT2"), strict=True):
        said = segment.metadata.field("OBJECT")
        if said and said.value.upper() != right:
            report.add(said.line, "OBJECT", f"is {said.value}", f"{right}: the first object, then the second")
    one, other = (s.metadata.field("REF_FRAME") for s in message.segments)
    if one and other and one.value.upper() != other.value.upper():
        report.add(other.line, "REF_FRAME", f"is {other.value}, for OBJECT1 {one.value}", "the same for both")
    probability = relative.field("COLLISION_PROBABILITY")
    if probability and not 0 <= float(probability.value) <= 1:
        report.add(probability.line, "COLLISION_PROBABILITY", f"is {probability.value}", "from 0 to 1")
    miss = relative.field("MISS_DISTANCE")
    for said, what in ((miss, "RELATIVE_POSITION"), (relative.field("RELATIVE_SPEED"), "RELATIVE_VELOCITY")):
        parts = [relative.number(f"{what}_{axis}") for axis in "RTN"]
        if said and None not in parts:
            norm = math.hypot(*(p for p in parts if p is not None))
            _agrees(said, norm, f"the length of {what}_R, _T and _N", report)
    if miss:
        apart = [[s.blocks("stateVector")[0].number(axis) or 0.0 for axis in "XYZ"] for s in message.segments]
        _agrees(miss, math.dist(*apart) * 1000.0, "the distance of both states", report)


def _agrees(said: Field, found: float, what: str, report: Report) -> None:
    # Messages round to a metre, or to a metre per second.
    if abs(float(said.value) - found) > max(1.0, 0.01 * found):
        report.add(said.line, said.keyword, f"is {said.value}, {what} {found:.6g}", "the same", fatal=False)


def _tdm(message: Message, report: Report) -> None:
    for segment in message.segments:
        metadata, rows = segment.metadata, segment.rows
        assert rows is not None
        if not any(f.keyword.startswith("PARTICIPANT_") for f in metadata.fields):
            report.add(metadata.line, "PARTICIPANT_1", "is missing", "at least one participant")
        _paths(metadata, report)
        if {"ANGLE_1", "ANGLE_2"} & {row[0] for row in rows.rows} and metadata.field("ANGLE_TYPE") is None:
            report.add(
                metadata.line,
                "ANGLE_TYPE",
                "is missing, and angles are observed",
                "AZEL, RADEC, XEYN or XSYE",
                fatal=False,
            )
        if (metadata.get("ANGLE_TYPE") or "").upper() == "RADEC" and metadata.field("REFERENCE_FRAME") is None:
            report.add(metadata.line, "REFERENCE_FRAME", "is missing", "it goes with ANGLE_TYPE = RADEC", fatal=False)
        _observations(rows, metadata, report)


def _paths(metadata: Block, report: Report) -> None:
    known = {f.keyword[-1] for f in metadata.fields if f.keyword.startswith("PARTICIPANT_")}
    for name in ("PATH", "PATH_1", "PATH_2"):
        field = metadata.field(name)
        stray = [p for p in (part.strip() for part in field.value.split(",")) if p not in known] if field else []
        if field and stray:
            report.add(field.line, name, f"names participant {stray[0][:20]!r}", f"one of {', '.join(sorted(known))}")
    mode = (metadata.get("MODE") or "").upper()
    wanted = {"SEQUENTIAL": ("PATH",), "SINGLE_DIFF": ("PATH_1", "PATH_2")}.get(mode, ())
    for name in wanted:
        if metadata.field(name) is None:
            report.add(metadata.line, name, "is missing", f"it goes with MODE = {mode}", fatal=False)


def _observations(rows: Rows, metadata: Block, report: Report) -> None:
    """Each keyword in order of time, no epoch twice (§3.4.10, §3.4.11); within the span; angles within their range."""
    begins, ends = (_seconds(metadata.field(name)) for name in ("START_TIME", "STOP_TIME"))
    times = clock_readings(rows.texts("EPOCH"))
    latest: dict[str, float] = {}
    for line, (keyword, epoch, value), at in zip(
        rows.lines, rows.rows, times if times is not None else (), strict=True
    ):
        if keyword in latest and at <= latest[keyword]:
            again = at == latest[keyword]
            what = "is given twice" if again else "is earlier than the one before"
            report.add(line, keyword, f"{what} at {epoch}", "in order of time, once each", fatal=False)
        latest[keyword] = max(at, latest.get(keyword, -math.inf))
        if (begins is not None and at < begins) or (ends is not None and at > ends):
            report.add(line, keyword, f"at {epoch} lies outside START_TIME and STOP_TIME", "within", fatal=False)
        if keyword in ("ANGLE_1", "ANGLE_2") and not -180 <= float(value) < 360:
            report.add(line, keyword, f"is {value}", "from -180 to below 360 (§3.5.4)", fatal=False)


def _aem(message: Message, report: Report) -> None:
    for segment in message.segments:
        metadata, rows = segment.metadata, segment.rows
        assert rows is not None
        times = _strictly_later(rows, report)
        if times is not None:
            _within_span(rows, times, metadata, report, open_ended=False)
        _interpolation(metadata, "INTERPOLATION_METHOD", len(rows.rows), report)
        kind = (metadata.get("ATTITUDE_TYPE") or "").upper()
        for needs, name in (("EULER", "EULER_ROT_SEQ"), ("ANGVEL", "ANGVEL_FRAME")):
            if needs in kind and metadata.field(name) is None:
                report.add(metadata.line, name, "is missing", f"it goes with ATTITUDE_TYPE = {kind}")
        if "QC" in rows.columns:
            norms = np.linalg.norm(rows.numbers(("Q1", "Q2", "Q3", "QC")), axis=1)
            for i in np.flatnonzero(np.abs(norms - 1) > 0.01):
                report.add(rows.lines[i], "Q1", f"to QC have the length {norms[i]:.4g}", "1: a rotation", fatal=False)
        _sequence(metadata, message, report)


def _sequence(block: Block, message: Message, report: Report) -> None:
    said = block.field("EULER_ROT_SEQ")
    axes = "123" if message.version == "1.0" else "XYZ"
    if said is None:
        return
    value = said.value.upper()
    if len(value) != 3 or set(value) - set(axes) or value[0] == value[1] or value[1] == value[2]:
        report.add(said.line, "EULER_ROT_SEQ", f"is {said.value[:20]!r}", f"three of {axes}, none twice in a row")


def _apm(message: Message, report: Report) -> None:
    segment = message.segments[0]
    blocks = [b for b in segment.data if isinstance(b, Block) and b.name != "data"]
    if not blocks:
        report.add(segment.metadata.line, "data", "holds no block", "at least one (§3.2.4.3)")
    for block in blocks:
        _sequence(block, message, report)
        if block.name == "quaternionState":
            norm = math.hypot(*(block.number(q) or 0.0 for q in ("Q1", "Q2", "Q3", "QC")))
            if abs(norm - 1) > 0.01:
                report.add(block.line, "Q1", f"to QC have the length {norm:.4g}", "1: a rotation", fatal=False)
        for group in _GROUPS if block.name == "spin" else ():
            count = sum(block.field(name) is not None for name in group)
            if 0 < count < len(group):
                report.add(
                    block.line, ", ".join(group), f"are not all given ({count})", "all or none (§3.2.4.6)", fatal=False
                )


_GROUPS = (("NUTATION", "NUTATION_PER", "NUTATION_PHASE"), ("MOMENTUM_ALPHA", "MOMENTUM_DELTA", "NUTATION_VEL"))
_RULES: dict[str, Callable[[Message, Report], None]] = {
    "oem": _oem, "opm": _opm, "omm": _omm, "tdm": _tdm, "cdm": _cdm, "aem": _aem, "apm": _apm,
}  # fmt: skip
