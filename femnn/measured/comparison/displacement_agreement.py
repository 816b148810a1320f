"""How well a model explains displacements of outputs that were measured on the printed lattice, and their ratio."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.measured.comparison.agreement import TRIALS, chance
from femnn.measured.published import MeasuredDisplacements

type Floats = npt.NDArray[np.float64]

DRAWS = 100_000
"""How often measurements are drawn, to see what their scatter does to a perfect model."""
MIRROR = "mirror"
"""The experiment in which the second output was trained to be the larger one."""


@dataclass(frozen=True)
class RatioAgreement:
    """The ratio of the larger to the smaller displacement, of a model and measured."""

    experiment: str
    ratio: float
    """Of the model."""
    measured: float
    deviation: float
    """Of the measured ratio, to first order: r·√((σ₁/u₁)² + (σ₂/u₂)²)."""
    score: float
    """(Computed − measured)/deviation."""


@dataclass(frozen=True, eq=False)
class DisplacementAgreement:
    """Displacements of two outputs by a model, beside those that were measured in several experiments."""

    measured: Mapping[str, MeasuredDisplacements]
    """What was measured, by experiment."""
    computed: Mapping[str, Floats]
    """Displacements by the model (m) in the order of the measurements, each of shape (2,)."""

    @property
    def values(self) -> tuple[Floats, Floats, Floats]:
        """Computed and measured displacements with their deviations (m), of all experiments, each of shape (n,)."""
        own = self.measured.values()
        return (
            np.concatenate([self.computed[name] for name in self.measured]),
            np.concatenate([each.values for each in own]),
            np.concatenate([each.deviations for each in own]),
        )

    @property
    def factor(self) -> float:
        """The factor c = Σ(u·m/σ²)/Σ(u²/σ²) on the model with the smallest χ².

        It is what another modulus of all bonds would do to small displacements.
        """
        u, m, s = self.values
        return float(np.sum(u * m / s**2) / np.sum(u**2 / s**2))

    def chi_squared(self, factor: float = 1.0) -> float:
        """Return Σ((m − c·u)/σ)² with a factor c on the model, by the deviations σ of single repeats."""
        u, m, s = self.values
        return float(np.sum(((m - factor * u) / s) ** 2))

    @property
    def ratios(self) -> list[RatioAgreement]:
        """The ratio of the larger to the smaller displacement, one for each experiment."""
        return [self._ratio(name) for name in self.measured]

    def _ratio(self, name: str) -> RatioAgreement:
        order = [1, 0] if name == MIRROR else [0, 1]
        u, m, s = (np.asarray(each)[order] for each in
                   (self.computed[name], self.measured[name].values, self.measured[name].deviations))  # fmt: skip
        ratio, measured = float(u[0] / u[1]), float(m[0] / m[1])
        deviation = measured * float(np.hypot(*(s / m)))
        return RatioAgreement(name, ratio, measured, deviation, (ratio - measured) / deviation)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Return computed and measured displacement, deviation (m) and score, a row an output, counted from 1."""
        for name, measured in self.measured.items():
            u = self.computed[name]
            columns = {"displacement": u, "measured": measured.values, "deviation": measured.deviations}
            for i, score in enumerate(measured.scores(u)):
                values = {key: float(values[i]) for key, values in columns.items()}
                yield {"experiment": name, "output": i + 1} | values | {"score": float(score)}

    def summary(self) -> dict[str, Any]:
        """Return χ² as it is, with the best factor, and of the ratios, as JSON-able values by name."""
        ratios = self.ratios
        return {
            "count": len(self.values[0]),
            "chi_squared": self.chi_squared(),
            "factor": self.factor,
            "chi_squared_scaled": self.chi_squared(self.factor),
            "ratios": [asdict(ratio) for ratio in ratios],
            "chi_squared_ratios": sum(ratio.score**2 for ratio in ratios),
        }

    def by_chance(self, generator: np.random.Generator, count: int = DRAWS) -> tuple[float, float]:
        """Return χ² of a perfect model with the best factor: its median, and what 95 % of measurements are below.

        Args:
            generator: random numbers.
            count: how often the measurements are drawn.
        """
        _, m, s = self.values
        median, most = chance(m, s, TRIALS, count, generator, fitted=True)
        return len(m) * median, len(m) * most


def displacement_agreement(
    computed: Mapping[str, Sequence[float]], measured: Mapping[str, MeasuredDisplacements]
) -> DisplacementAgreement:
    """Hold computed displacements against measured ones.

    Where the paper does not say which displacement is that of which node, the nearer order is taken.

    Args:
        computed: displacements of the two outputs (m), by experiment.
        measured: what was measured, by experiment.
    """
    ordered = {}
    for name, own in measured.items():
        u = np.asarray(computed[name], dtype=np.float64)
        ordered[name] = u if own.in_order_of(u) is own else u[::-1]
    return DisplacementAgreement(measured, ordered)
