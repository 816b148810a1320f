"""What a fit knows of its parameters: their deviations after it, and the directions of which it tells nothing.

With A the derivatives of the scores by the parameters in units of their priors, the covariance is (1 + AᵀA)⁻¹ in these
units. A direction of singular value s has deviation 1/√(1 + s²): above 1 the data tell more of it than the prior.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.measured.calibration.fit import Fit
from femnn.measured.calibration.misfit_weights import Observed
from femnn.measured.calibration.parameters import WIDTHS, Parameters

type Floats = npt.NDArray[np.float64]

LARGE = 0.4
"""Share of a parameter in a direction from which it is named."""
EVEN = "width of all bonds"
"""The direction in which all widths change alike."""


@dataclass(frozen=True)
class Direction:
    """A combination of the parameters of the whole lattice."""

    singular_value: float
    """Of the data alone, in units of the priors; the error of each single width counts as unknown."""
    components: dict[str, float]
    """Share of each parameter, in units of its prior; the squares add up to 1."""

    @property
    def told(self) -> bool:
        """Whether the data tell more of it than the prior."""
        return self.singular_value > 1

    def __str__(self) -> str:
        """The larger components, the first one positive: ``0.8 modulus − 0.6 end-width``."""
        large = {name: c for name, c in self.components.items() if abs(c) >= LARGE}
        ordered = sorted(large.items(), key=lambda item: -abs(item[1]))
        turn = np.sign(ordered[0][1])
        text = " ".join(f"{'+' if turn * c > 0 else '−'} {abs(c):.2f} {name}" for name, c in ordered)
        return text.removeprefix("+ ")


@dataclass(frozen=True)
class Identifiability:
    """What is known of the parameters of a fit."""

    deviations: Floats
    """Standard deviations of p after the measurement, shape (n,)."""
    covariance: Floats
    """Of p, shape (n, n)."""
    singular_values: Floats
    """Of all parameters together, descending, shape (n,); 0 for those beyond the number of data."""
    directions: tuple[Direction, ...]
    """Of the parameters of the whole lattice, best known first."""
    size: float
    """Relative standard deviation of the size of the elongations, as the fit leaves it."""
    trade_off: tuple[str, str, float] | None
    """The two parameters of the whole lattice that are least told apart, and the correlation of their errors."""

    @property
    def told(self) -> int:
        """Number of directions of which the data tell more than the prior."""
        return int((self.singular_values > 1).sum())


def identifiability(found: Fit, parameters: Parameters, data: Observed) -> Identifiability:
    """What a fit knows of its parameters, as far as the model is linear near them and right.

    Args:
        found: the fit.
        parameters: what was fitted.
        data: what it was fitted to.
    """
    A, prior = found.jacobian, parameters.prior
    scaled = np.linalg.inv(np.eye(parameters.size) + A.T @ A)
    covariance = scaled * np.outer(prior, prior)
    singular = np.zeros(parameters.size)
    if A.size:
        values = np.linalg.svd(A, compute_uv=False)
        singular[: len(values)] = values
    # Of log ‖g‖, g the products; elongations are as their root
    by_size = (found.products * data.deviation) @ A / (found.products @ found.products)
    return Identifiability(
        np.sqrt(np.diag(covariance)),
        covariance,
        singular,
        _directions(A, parameters),
        float(np.sqrt(by_size @ scaled @ by_size)) / 2,
        _trade_off(covariance, parameters),
    )


def _trade_off(covariance: Floats, parameters: Parameters) -> tuple[str, str, float] | None:
    """The pair of shared parameters whose errors are correlated most."""
    names = [name for name in parameters.names if name != WIDTHS]
    if len(names) < 2:
        return None
    deviations = np.sqrt(np.diag(covariance))[: len(names)]
    correlations = covariance[: len(names), : len(names)] / np.outer(deviations, deviations)
    i, j = np.unravel_index(np.argmax(np.abs(np.triu(correlations, 1))), correlations.shape)
    return names[i], names[j], float(correlations[i, j])


def _directions(A: Floats, parameters: Parameters) -> tuple[Direction, ...]:
    """Singular directions of what holds for the whole lattice, single errors of widths being one more scatter."""
    names = [name for name in parameters.names if name != WIDTHS]
    shared, place = A[:, : len(names)], parameters.place(WIDTHS)
    if place is not None:
        mean = A[:, place].mean(axis=1, keepdims=True)
        single = A[:, place] - mean
        names, shared = [*names, EVEN], np.hstack([shared, mean * np.sqrt(parameters.bonds)])
        # Whitened by the covariance 1 + S Sᵀ that single errors make of the scores
        lower = np.linalg.cholesky(np.eye(len(A)) + single @ single.T)
        shared = np.linalg.solve(lower, shared)
    if not names:
        return ()
    _, values, rows = np.linalg.svd(shared, full_matrices=True)
    padded = np.concatenate([values, np.zeros(len(names) - len(values))])
    return tuple(
        Direction(float(s), {name: float(c) for name, c in zip(names, row, strict=True)})
        for s, row in zip(padded, rows, strict=True)
    )
