"""What a measured product of elongations weighs: the deviation over its trials, and the camera's error as a floor.

Deviations are those of single trials, also where a mean of n is measured, which scatters by 1/√n of that: what trials
of one print have in common does not average out. Uncertainties of parameters are the larger for it.

The deviation of three trials is itself uncertain by half, and can come out next to nothing by chance. No product is
known better than the camera reads two elongations e and e′ with an error σ each: the variance of (e + σ)(e′ + σ′) is
(e² + e′²) σ² + σ⁴, which is added to that of the trials.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.measured.measured_gradient import MeasuredGradient
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Observed:
    """Products of elongations with what they weigh."""

    value: Floats
    """Measured (m²), shape (B,)."""
    deviation: Floats
    """Standard deviation that counts (m²), shape (B,)."""

    def scores(self, products: Floats) -> Floats:
        """(Computed − measured)/deviation of every bond, shape (B,)."""
        return np.asarray((products - self.value) / self.deviation)

    def weighted_error(self, products: Floats) -> float:
        """Root of the mean square of the scores; 1 is the scatter of single trials, 1/√n that of a mean of n."""
        return float(np.sqrt(np.mean(self.scores(products) ** 2)))


def chi_squared_change(other: Floats, products: Floats, data: Observed, trials: int) -> tuple[float, float]:
    """Return χ² of another prediction less that of one, and its deviation by the scatter of the measured means.

    It is Σ ((s − m)² − (p − m)²)/w² of the other s, the one p, the measured m and the weights w; a mean over n trials
    scatters by w/√n. Neither prediction is to be fitted to these data, which would have their scatter in it.

    Args:
        other: products of the other (m²), shape (B,).
        products: products of the one (m²), shape (B,).
        data: what was measured.
        trials: of which it is the mean.
    """
    change = data.scores(other) ** 2 - data.scores(products) ** 2
    scatter = 2 * (other - products) / data.deviation / np.sqrt(trials)
    return float(change.sum()), float(np.linalg.norm(scatter))


def observed(measured: MeasuredGradient, elongations: Floats, floor: float, network: Network) -> Observed:
    """A measurement with a floor under its deviations.

    Args:
        measured: products of elongations and their deviations over the trials.
        elongations: of each bond in the two loadings (m), shape (2, B); near enough for an error of an error.
        floor: error σ of the camera's reading of one elongation (m); 0 for the deviations as they are.
        network: that was measured, for messages.

    Raises:
        ConfigError: a bond has neither a deviation nor a floor.
    """
    scatter = np.where(np.isfinite(measured.deviation), measured.deviation, 0.0)
    deviation = np.sqrt(scatter**2 + (elongations**2).sum(axis=0) * floor**2 + floor**4)
    without = np.flatnonzero(deviation == 0)
    if without.size:
        raise ConfigError(
            f"Case {measured.case}: bond {network.bond_name(int(without[0]))} has no deviation, so that its weight is "
            "not known; give a floor above 0."
        )
    return Observed(measured.value, deviation)


def without_floor(measured: MeasuredGradient) -> Observed:
    """Return a measurement with its deviations as they are; not a number where a bond has none.

    Args:
        measured: products of elongations and their deviations over the trials.
    """
    return Observed(measured.value, np.where(measured.deviation > 0, measured.deviation, np.nan))
