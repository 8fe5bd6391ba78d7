"""Splines of a definition with their last point, which the library refuses.

`SplineCalibrator` of space-packet-parser looks for the first point beyond a value; beyond the last there is none, so that a value
at the end of the table, within the range that XTCE gives it, raises a ValueError.
"""

from __future__ import annotations

from typing import Any


def mend(library: Any) -> None:
    """Makes each spline of the library's definition give the value of its last point at its last point."""
    from space_packet_parser.xtce.calibrators import SplineCalibrator

    class Spline(SplineCalibrator):  # type: ignore[misc]
        def calibrate(self, uncalibrated_value: float) -> float:
            if uncalibrated_value == self.points[-1].raw:
                return float(self.points[-1].calibrated)
            return float(super().calibrate(uncalibrated_value))

    def mended(one: Any) -> Any:
        return Spline(one.points, one.order, one.extrapolate) if isinstance(one, SplineCalibrator) else one

    for kind in library.parameter_types.values():
        encoding = kind.encoding
        if getattr(encoding, "default_calibrator", None) is not None:
            encoding.default_calibrator = mended(encoding.default_calibrator)
        for context in getattr(encoding, "context_calibrators", None) or ():
            context.calibrator = mended(context.calibrator)
