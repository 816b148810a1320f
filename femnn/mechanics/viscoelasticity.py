"""Linear viscoelasticity: a Prony series from a master curve, its relaxation and creep, loads hung one after another.

Generalised Maxwell model, a spring E∞ beside n arms of a spring E_i and a dashpot of relaxation time τ_i (Ferry,
Viscoelastic Properties of Polymers, 1980, chapter 3):

    E(t) = E∞ + Σ E_i exp(−t/τ_i),     E′ = E∞ + Σ E_i ω²τ_i²/(1 + ω²τ_i²),     E″ = Σ E_i ωτ_i/(1 + ω²τ_i²).

Its creep compliance is a Prony series again, J(t) = 1/E∞ − Σ J_i exp(−t/λ_i). Under a constant stress σ the strains ε_i
of the dashpots obey ε_i′ = (ε − ε_i)/τ_i with E₀ ε = σ + Σ E_i ε_i, E₀ = E∞ + Σ E_i. In y_i = √(E_i τ_i) ε_i that is

    y′ = −A y + b σ/E₀,     A = diag(1/τ_i) − b bᵀ/E₀,     b_i = √(E_i/τ_i),

with A symmetric: its eigenvalues are the 1/λ_i, and no polynomial's roots are looked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from femnn.config import resources
from femnn.errors import ConfigError
from femnn.tables.table import read_table

type Floats = npt.NDArray[np.float64]

MEASUREMENTS = "measurements"
"""Folder of what others have measured."""
COLUMNS = ("frequency_hz", "storage_mpa", "loss_mpa")


@dataclass(frozen=True, eq=False)
class MasterCurve:
    """Dynamic moduli of a material, each of shape (n,)."""

    frequency: Floats
    """Hz."""
    storage: Floats
    """E′ (Pa)."""
    loss: Floats
    """E″ (Pa)."""


def master_curve(name: str = "agilus30/master-curve.csv") -> MasterCurve:
    """A master curve from a CSV file with the columns frequency_hz, storage_mpa and loss_mpa.

    Args:
        name: a path, or a file in measurements/.

    Raises:
        ConfigError: there is no such file, or it does not hold such a table of numbers above zero.
    """
    places = [Path(name), *(folder / name for folder in resources.folders(MEASUREMENTS))]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ConfigError(f"There is no master curve {name!r}, neither in {MEASUREMENTS}/ nor as a path.")
    rows = read_table(path, COLUMNS)
    rows.require(COLUMNS, f"a master curve is a table of numbers {', '.join(COLUMNS)}")
    table = rows.values(COLUMNS)
    if not (len(table) and np.isfinite(table).all() and (table > 0).all()):
        raise ConfigError(f"{path}: frequencies and moduli must be above 0.")
    return MasterCurve(table[:, 0], 1e6 * table[:, 1], 1e6 * table[:, 2])


@dataclass(frozen=True, eq=False)
class Creep:
    """Creep of a linear viscoelastic solid, J(t) = J∞ − Σ J_i exp(−t/λ_i)."""

    equilibrium: float
    """J∞ (1/Pa)."""
    amplitudes: Floats
    """J_i (1/Pa), shape (n,)."""
    times: Floats
    """Retardation times λ_i (s), shape (n,)."""

    def compliance(self, time: npt.ArrayLike) -> Floats:
        """J(t) (1/Pa), zero before the stress is put on, of the shape of the times (s)."""
        t = np.asarray(time, dtype=np.float64)
        decayed = np.exp(-np.maximum(t, 0.0)[..., None] / self.times)
        return np.where(t < 0, 0.0, self.equilibrium - decayed @ self.amplitudes)


@dataclass(frozen=True, eq=False)
class Prony:
    """A generalised Maxwell model."""

    equilibrium: float
    """E∞ (Pa)."""
    moduli: Floats
    """E_i (Pa), all above zero, shape (n,)."""
    times: Floats
    """Relaxation times τ_i (s), shape (n,)."""

    def relaxation(self, time: npt.ArrayLike) -> Floats:
        """E(t) (Pa), of the shape of the times (s)."""
        return np.asarray(self.equilibrium + np.exp(-np.asarray(time)[..., None] / self.times) @ self.moduli)

    def dynamic(self, frequency: npt.ArrayLike) -> tuple[Floats, Floats]:
        """E′ and E″ (Pa), of the shape of the frequencies (Hz)."""
        storage, loss = _terms(np.asarray(frequency, dtype=np.float64), self.times)
        return np.asarray(self.equilibrium + storage @ self.moduli), np.asarray(loss @ self.moduli)

    def misfit(self, curve: MasterCurve) -> float:
        """Root mean square of the relative departures from the moduli of a master curve."""
        storage, loss = self.dynamic(curve.frequency)
        return float(np.sqrt(np.mean(np.append(storage / curve.storage - 1, loss / curve.loss - 1) ** 2)))

    @cached_property
    def creep(self) -> Creep:
        """The creep that goes with this relaxation; see the head of this file.

        Raises:
            ConfigError: there is no E∞, so that creep has no end.
        """
        if not self.equilibrium > 0:
            raise ConfigError("A Prony series without a modulus at rest describes a liquid; give it one above 0.")
        instantaneous = self.equilibrium + self.moduli.sum()
        b = np.sqrt(self.moduli / self.times)
        rates, Q = np.linalg.eigh(np.diag(1 / self.times) - np.outer(b, b) / instantaneous)
        at_rest = np.sqrt(self.moduli * self.times) / self.equilibrium
        return Creep(1 / self.equilibrium, (b @ Q) * (at_rest @ Q) / instantaneous, 1 / rates)


def fitted(curve: MasterCurve, times: npt.ArrayLike, equilibrium: float | None = None) -> Prony:
    """The Prony series nearest to a master curve, by non-negative least squares of relative departures.

    Args:
        curve: storage and loss moduli.
        times: relaxation times that may take part (s); those that get no modulus are left out.
        equilibrium: E∞ (Pa); fitted where None.

    Raises:
        ConfigError: times that are not above zero.
    """
    tau = np.asarray(times, dtype=np.float64)
    if tau.ndim != 1 or not tau.size or not (tau > 0).all():
        raise ConfigError("Relaxation times of a Prony series must be above 0.")
    storage, loss = _terms(curve.frequency, tau)
    ones, zeros = np.ones((len(curve.frequency), 1)), np.zeros((len(curve.frequency), 1))
    matrix = np.vstack([np.hstack([storage, ones]), np.hstack([loss, zeros])])
    measured = np.append(curve.storage, curve.loss)
    if equilibrium is None:
        found, _ = nnls(matrix / measured[:, None], np.ones(len(measured)))
    else:
        left = 1 - equilibrium * matrix[:, -1] / measured
        found, _ = nnls(matrix[:, :-1] / measured[:, None], left)
        found = np.append(found, equilibrium)
    kept = found[:-1] > 0
    return Prony(float(found[-1]), found[:-1][kept], tau[kept])


def superposed(creep: Creep, changes: Sequence[tuple[float, float]], time: float, of: float) -> float:
    """The load that an elastic solid would have to carry now to be strained as a creeping one is (Boltzmann 1874).

    The sum Σ ΔF_i J(t − t_i)/J(t₀) over changes ΔF_i of the load at the times t_i.

    Args:
        creep: of the material.
        changes: t_i (s) and ΔF_i.
        time: t (s).
        of: time t₀ under a constant load (s) at which the elastic solid is as stiff as the creeping one.
    """
    scale = creep.compliance(of)
    return float(sum(change * creep.compliance(time - at) / scale for at, change in changes))


def _terms(frequency: Floats, times: Floats) -> tuple[Floats, Floats]:
    """ω²τ²/(1 + ω²τ²) and ωτ/(1 + ω²τ²), each with a last axis of the times."""
    x = 2 * np.pi * frequency[..., None] * times
    return x**2 / (1 + x**2), x / (1 + x**2)
