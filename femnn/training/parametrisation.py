"""Parameters θ that stand for the stiffness of the bonds, k = k(θ), and keep it between its bounds.

Bounds, stiffness and θ are arrays of one entry a bond, shape (B,). A bond whose bounds are equal is fixed: its
stiffness does not depend on θ.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from femnn.config.settings import nearest
from femnn.errors import ConfigError, NetworkError
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]
type Booleans = npt.NDArray[np.bool_]

CLOSEST = 1e-6
"""Share of the range to which the inverse of the sigmoid lets k come to a bound: there β θ = ±13.8 and not ±∞."""
ROUNDING = 1e-9
"""Share by which a stiffness may be outside its bounds and counts as being on them."""


@dataclass(frozen=True, eq=False)
class Parametrisation(ABC):
    """What the parametrisations share: the bounds, and the gradient in θ.

    Raises:
        NetworkError: bounds of different sizes, not above zero, not finite, or inverted; the message names the bond.
    """

    lower: Floats
    """Smallest stiffness (N/m), shape (B,)."""
    upper: Floats
    """Largest stiffness (N/m), shape (B,)."""
    chain_rule: bool = field(default=True, kw_only=True)
    """Whether dL/dk is multiplied by dk/dθ for the gradient in θ; False passes it through, as Li & Mao (2024) do."""

    def __post_init__(self) -> None:
        """Bring the bounds to their type and check them."""
        lower, upper = (np.array(bound, dtype=np.float64) for bound in (self.lower, self.upper))
        if lower.ndim != 1 or lower.shape != upper.shape:
            raise NetworkError(
                f"Bounds of the stiffness must be two arrays of shape (bonds,), not {lower.shape} and {upper.shape}."
            )
        _refuse(~(np.isfinite(lower) & np.isfinite(upper)), lower, upper, "bounds must be finite")
        _refuse(lower <= 0, lower, upper, "the bond could vanish; give a lower bound above 0")
        _refuse(lower > upper, lower, upper, "the bounds are inverted")
        object.__setattr__(self, "lower", lower)
        object.__setattr__(self, "upper", upper)

    @abstractmethod
    def stiffness(self, theta: Floats) -> Floats:
        """k(θ) (N/m), shape (B,)."""

    @abstractmethod
    def derivative(self, theta: Floats) -> Floats:
        """dk/dθ (N/m) of each bond, shape (B,)."""

    @abstractmethod
    def parameters(self, stiffness: Floats) -> Floats:
        """θ of a stiffness (N/m), shape (B,).

        Raises:
            NetworkError: a stiffness is outside its bounds; the message names the bond.
        """

    @property
    @abstractmethod
    def bounds(self) -> tuple[Floats, Floats]:
        """Smallest and largest θ, each of shape (B,)."""

    @property
    def fixed(self) -> Booleans:
        """Bonds whose bounds are equal, shape (B,)."""
        return self.lower == self.upper

    def project(self, theta: Floats) -> Floats:
        """The nearest θ within the bounds."""
        return np.clip(self._checked(theta), *self.bounds)

    def gradient_in_parameters(self, theta: Floats, gradient: Floats) -> Floats:
        """dL/dθ from dL/dk, shape (B,); without the chain rule dL/dk as it is. Fixed bonds have none either way.

        Args:
            theta: θ.
            gradient: dL/dk, shape (B,).

        Raises:
            ConfigError: arrays of another shape, or NaN in θ.
        """
        theta = self._checked(theta)
        if gradient.shape != theta.shape:
            raise ConfigError(f"The gradient must be of shape {theta.shape}, one entry a bond, not {gradient.shape}.")
        return gradient * self.derivative(theta) if self.chain_rule else np.where(self.fixed, 0.0, gradient)

    def _checked(self, theta: Floats) -> Floats:
        theta = np.asarray(theta, dtype=np.float64)
        if theta.shape != self.lower.shape:
            raise ConfigError(f"θ must be of shape {self.lower.shape}, one entry a bond, not {theta.shape}.")
        if np.isnan(theta).any():
            raise ConfigError(
                f"θ of bond {np.flatnonzero(np.isnan(theta))[0] + 1} is NaN; use a smaller learning rate."
            )
        return theta

    def _within(self, stiffness: Floats) -> Floats:
        stiffness = np.asarray(stiffness, dtype=np.float64)
        if stiffness.shape != self.lower.shape:
            raise NetworkError(f"Stiffness must be of shape {self.lower.shape}, one a bond, not {stiffness.shape}.")
        inside = (stiffness >= self.lower * (1 - ROUNDING)) & (stiffness <= self.upper * (1 + ROUNDING))
        if not inside.all():
            bond = int(np.flatnonzero(~inside)[0])
            raise NetworkError(
                f"Stiffness of bond {bond + 1} is {stiffness[bond]:.6g} N/m, outside its bounds "
                f"{self.lower[bond]:.6g} to {self.upper[bond]:.6g} N/m."
            )
        return np.clip(stiffness, self.lower, self.upper)


@dataclass(frozen=True, eq=False)
class Sigmoid(Parametrisation):
    """k = lower + (upper − lower)/(1 + exp(−β θ)), of θ without bounds, as in Li & Mao (2024) with β = 10 or 5.

    Raises:
        NetworkError: the bounds of the stiffness are ill-formed; the message names the bond.
        ConfigError: β is not above 0.
    """

    beta: float = 10.0

    def __post_init__(self) -> None:
        """Check the fields."""
        super().__post_init__()
        if not (np.isfinite(self.beta) and self.beta > 0):
            raise ConfigError(f"β of the sigmoid must be above 0 and finite, not {self.beta}.")

    def stiffness(self, theta: Floats) -> Floats:
        """k(θ) (N/m), shape (B,)."""
        range_ = self.upper - self.lower
        return np.clip(self.lower + range_ * expit(self.beta * self._checked(theta)), self.lower, self.upper)

    def derivative(self, theta: Floats) -> Floats:
        """dk/dθ = β (upper − lower) σ(β θ) σ(−β θ) (N/m), shape (B,)."""
        steepness = self.beta * self._checked(theta)
        return self.beta * (self.upper - self.lower) * expit(steepness) * expit(-steepness)

    def parameters(self, stiffness: Floats) -> Floats:
        """θ of a stiffness (N/m), shape (B,); that of 1e-6 of the range away from a bound where it is nearer.

        Fixed bonds have θ = 0.

        Raises:
            NetworkError: a stiffness is outside its bounds; the message names the bond.
        """
        shares = _shares(self._within(stiffness) - self.lower, self.upper - self.lower)
        return logit(np.clip(shares, CLOSEST, 1 - CLOSEST)) / self.beta

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """−∞ and ∞, each of shape (B,)."""
        return np.full(self.lower.shape, -np.inf), np.full(self.lower.shape, np.inf)


@dataclass(frozen=True, eq=False)
class Box(Parametrisation):
    """k = lower + (upper − lower) θ, with 0 ≤ θ ≤ 1; a θ outside is taken as projected.

    Raises:
        NetworkError: the bounds of the stiffness are ill-formed; the message names the bond.
    """

    def stiffness(self, theta: Floats) -> Floats:
        """k(θ) (N/m), shape (B,)."""
        return np.clip(self.lower + (self.upper - self.lower) * self.project(theta), self.lower, self.upper)

    def derivative(self, theta: Floats) -> Floats:
        """dk/dθ = upper − lower (N/m), shape (B,)."""
        self._checked(theta)
        return self.upper - self.lower

    def parameters(self, stiffness: Floats) -> Floats:
        """θ of a stiffness (N/m), shape (B,); ½ for fixed bonds.

        Raises:
            NetworkError: a stiffness is outside its bounds; the message names the bond.
        """
        return _shares(self._within(stiffness) - self.lower, self.upper - self.lower)

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """0 and 1, each of shape (B,)."""
        return np.zeros(self.lower.shape), np.ones(self.lower.shape)


@dataclass(frozen=True, eq=False)
class Logarithmic(Parametrisation):
    """k = lower (upper/lower)^θ, with 0 ≤ θ ≤ 1; a θ outside is taken as projected.

    Raises:
        NetworkError: the bounds of the stiffness are ill-formed; the message names the bond.
    """

    def stiffness(self, theta: Floats) -> Floats:
        """k(θ) (N/m), shape (B,)."""
        return np.clip(self.lower * (self.upper / self.lower) ** self.project(theta), self.lower, self.upper)

    def derivative(self, theta: Floats) -> Floats:
        """dk/dθ = k log(upper/lower) (N/m), shape (B,)."""
        return self.stiffness(theta) * np.log(self.upper / self.lower)

    def parameters(self, stiffness: Floats) -> Floats:
        """θ of a stiffness (N/m), shape (B,); ½ for fixed bonds.

        Raises:
            NetworkError: a stiffness is outside its bounds; the message names the bond.
        """
        return _shares(np.log(self._within(stiffness) / self.lower), np.log(self.upper / self.lower))

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """0 and 1, each of shape (B,)."""
        return np.zeros(self.lower.shape), np.ones(self.lower.shape)


PARAMETRISATIONS: dict[str, type[Parametrisation]] = {"sigmoid": Sigmoid, "box": Box, "logarithmic": Logarithmic}
"""The parametrisations by the names that studies use."""


def parametrisation(name: str, network: Network, beta: float = 10.0, chain_rule: bool = True) -> Parametrisation:
    """The parametrisation of a network's stiffness between the bounds that its sections set.

    Args:
        name: "sigmoid", "box" or "logarithmic".
        network: the network.
        beta: steepness of the sigmoid; the others have none.
        chain_rule: whether dL/dk is multiplied by dk/dθ for the gradient in θ.

    Raises:
        ConfigError: there is no parametrisation of this name, or β is not above 0.
    """
    if name not in PARAMETRISATIONS:
        hint = nearest(name, PARAMETRISATIONS).rstrip(".")
        raise ConfigError(f"There is no parametrisation {name!r}; {hint}{'' if hint.endswith('?') else '.'}")
    lower, upper = network.stiffness_bounds
    if name == "sigmoid":
        return Sigmoid(lower, upper, beta, chain_rule=chain_rule)
    return PARAMETRISATIONS[name](lower, upper, chain_rule=chain_rule)


def _shares(parts: Floats, wholes: Floats) -> Floats:
    """Parts of wholes, ½ where the whole is zero."""
    return np.divide(parts, wholes, out=np.full(wholes.shape, 0.5), where=wholes > 0)


def _refuse(bad: Booleans, lower: Floats, upper: Floats, reason: str) -> None:
    if bad.any():
        bond = int(np.flatnonzero(bad)[0])
        raise NetworkError(f"Stiffness of bond {bond + 1} is to be {lower[bond]} to {upper[bond]} N/m: {reason}.")
