"""Skin tones as colours: sRGB to CIELAB, the individual typology angle, and the ten tones of the Monk scale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Monk (2019), "The Monk Skin Tone Scale": the ten published orbs, lightest first, sRGB.
MONK_COLOURS: tuple[tuple[int, int, int], ...] = (
    (0xF6, 0xED, 0xE4),
    (0xF3, 0xE7, 0xDB),
    (0xF7, 0xEA, 0xD0),
    (0xEA, 0xDA, 0xBA),
    (0xD7, 0xBD, 0x96),
    (0xA0, 0x7E, 0x56),
    (0x82, 0x5C, 0x43),
    (0x60, 0x41, 0x34),
    (0x3A, 0x31, 0x2A),
    (0x29, 0x24, 0x20),
)
# IEC 61966-2-1 (sRGB), linear light to CIE XYZ; the white point is D65 of the 2-degree observer.
_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
_FITZPATRICK_LIMITS = (55.0, 41.0, 28.0, 10.0, -30.0)  # degrees
_WHITE = np.array([0.95047, 1.0, 1.08883])


class MonkTone(NamedTuple):
    """The nearest of the ten tones, 1 (lightest) to 10 (darkest), and its CIELAB distance (delta E 1976)."""

    tone: int
    distance: float


def to_lab(rgb: ArrayLike) -> NDArray[np.float64]:
    """Return CIELAB (D65) of 8-bit sRGB colours, float64 of the same shape (..., 3).

    L* is in [0, 100]; a* and b* in about [-128, 128]. Raises ValueError for another last dimension than 3.
    Source: IEC 61966-2-1 for sRGB, CIE 15:2004 section 8.2.1 for CIELAB.
    """
    colours = np.asarray(rgb, dtype=np.float64)
    if colours.ndim == 0 or colours.shape[-1] != 3:
        raise ValueError(f"colours of shape {colours.shape} are not RGB; the last dimension must be 3")
    encoded = colours / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    relative = linear @ _TO_XYZ.T / _WHITE
    f = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ita(rgb: ArrayLike) -> float:
    """Return the individual typology angle of one sRGB colour, in degrees: about 90 (very light) to -90 (very dark).

    ITA = atan2(L* - 50, b*). Source: Chardon, Cretois and Hourseau (1991), Int. J. Cosmetic Science 13.
    """
    return ita_of_lab(to_lab(rgb))


def ita_of_lab(lab: ArrayLike) -> float:
    """Return the individual typology angle of one CIELAB colour, in degrees; see `ita`."""
    lightness, _, yellowness = np.asarray(lab, dtype=np.float64)
    return float(np.degrees(np.arctan2(lightness - 50, yellowness)))


def fitzpatrick(ita_degrees: float) -> int:
    """Return the Fitzpatrick type, 1 (lightest) to 6 (darkest), that an individual typology angle stands for.

    Limits 55, 41, 28, 10 and -30 degrees, each belonging to the darker side. It is a reading of colour: Fitzpatrick's
    types were of how skin burns. Source: Del Bino and Bernerd (2013), British Journal of Dermatology 169 S3, 33-40.
    """
    return 1 + sum(ita_degrees <= limit for limit in _FITZPATRICK_LIMITS)


def monk_distances(lab: ArrayLike) -> NDArray[np.float64]:
    """Return the distance (delta E 1976) of CIELAB colours (..., 3) from the ten Monk tones, float64 (..., 10)."""
    tones = to_lab(MONK_COLOURS)
    return np.asarray(np.linalg.norm(np.asarray(lab, dtype=np.float64)[..., None, :] - tones, axis=-1))


def monk_tone(rgb: ArrayLike) -> int:
    """Return the Monk tone nearest to one sRGB colour in CIELAB, 1 (lightest) to 10 (darkest); see `nearest_monk`."""
    return nearest_monk(rgb).tone


def nearest_monk(rgb: ArrayLike) -> MonkTone:
    """Return the Monk tone nearest to one sRGB colour in CIELAB, and how far off it is.

    The ten published colours map to themselves at distance 0. A colour far from every tone is not human skin: the
    caller decides how far is too far.
    """
    distances = monk_distances(to_lab(rgb))
    nearest = int(distances.argmin())
    return MonkTone(nearest + 1, float(distances[nearest]))
