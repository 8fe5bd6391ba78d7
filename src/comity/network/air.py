"""What the air takes from a signal, and the noise that it adds, by elevation.

Where a station's loss straight up is published it is used; for other weather, places and frequencies the ITU-R models are
asked through `itur` (`pip install 'comity[weather]'`).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.network.errors import NetworkError
from comity.network.stations import Air

Floats = NDArray[np.float64]
#: Down to here [deg] the loss grows as 1 / sin(elevation) (ITU-R P.676).
COSECANT_DEG = 5.0
#: The layer that holds the gases, and the Earth's radius (as bent rays see it) [km], for lower paths (ITU-R P.618, equation 2).
LAYER_KM, RADIUS_KM = 6.0, 8500.0
#: The cosmic background [K].
COSMIC_K = 2.725
#: Weather that the ITU-R models of rain are good for [% of time that a loss is not exceeded].
ITUR_PERCENT = (95.0, 99.999)


def slant_loss_db(zenith_db: float | Floats, elevation_deg: Any) -> Floats:
    """The loss [dB] on a path at an elevation [deg], from that straight up: 810-005, module 104, equation A-5.

    Below 5° the path is that through a layer of air over the round Earth.
    """
    elevation = np.maximum(np.asarray(elevation_deg, dtype=np.float64), 0.0)
    sine = np.sin(np.radians(elevation))
    least = np.sin(np.radians(COSECANT_DEG))
    longer = _layer(least) / _layer(sine)
    return np.asarray(zenith_db * np.where(sine >= least, 1.0 / np.maximum(sine, least), longer / least))


def _layer(sine: Any) -> Any:
    """In proportion to one over the path through a layer of air."""
    return sine + np.sqrt(sine**2 + 2 * LAYER_KM / RADIUS_KM)


def sky_noise_k(loss_db: Any, percent: float) -> Floats:
    """Noise of sky and air [K] behind a loss, in weather of a percentage: equations A-4 and A-6 to A-9."""
    loss = 10.0 ** (np.asarray(loss_db, dtype=np.float64) / 10.0)
    physical_k = 255.0 + 25.0 * percent / 100.0
    return np.asarray(physical_k * (1.0 - 1.0 / loss) + COSMIC_K / loss)


def published_zenith_db(air: Air, percent: float) -> float | None:
    """The loss [dB] straight up that is not exceeded for a percentage of time; None beyond what is published."""
    shares, losses = zip(*air.zenith_db, strict=True)
    return float(np.interp(percent, shares, losses)) if shares[0] <= percent <= shares[-1] else None


def itur_loss_db(
    latitude_deg: float,
    longitude_deg: float,
    frequency_mhz: float,
    elevation_deg: Any,
    percent: float,
    diameter_m: float,
) -> Floats:
    """Loss [dB] by gases, clouds, rain and scintillation that is not exceeded for a percentage of an average year.

    ITU-R P.618 with P.676, P.840 and the maps of rain, through itur; elevations below 5° count as 5°. NetworkError without itur,
    or outside of what the models hold for.
    """
    if not ITUR_PERCENT[0] <= percent <= ITUR_PERCENT[1]:
        raise NetworkError(
            f"weather of {percent:g} % is not in the ITU-R models, which hold from {ITUR_PERCENT[0]:g} to {ITUR_PERCENT[1]:g} %"
        )
    try:
        import itur
    except ImportError:
        raise NetworkError(
            f"the loss in weather of {percent:g} % at {frequency_mhz:g} MHz is published for no such station; "
            "`pip install 'comity[weather]'` asks the ITU-R models, or give the loss straight up with --zenith-loss DB"
        ) from None
    elevation = np.maximum(np.atleast_1d(np.asarray(elevation_deg, dtype=np.float64)), COSECANT_DEG)
    with warnings.catch_warnings():
        # It warns at 5° exactly, which its recommendation allows.
        warnings.simplefilter("ignore", RuntimeWarning)
        loss = itur.atmospheric_attenuation_slant_path(
            latitude_deg, longitude_deg, frequency_mhz / 1e3, elevation, 100.0 - percent, diameter_m
        )
    return np.asarray(loss.value, dtype=np.float64).reshape(np.shape(elevation_deg))
