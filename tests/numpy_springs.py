"""Networks of springs and bars in plain NumPy, dense and bond by bond: what femnn is held against, independent of it.

The energy is Π(U) = Σ_b ½ k_b e_b². With Δ = U_q − U_p, R = X_q − X_p, L = |R| and l = |R + Δ|, e is by the law

    "spring"     R·Δ/L
    "bar"        l − L
    "bar-green"  (l² − L²)/(2L)
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Law = Literal["spring", "bar", "bar-green"]


@dataclass(frozen=True)
class NumpyNetwork:
    """Displacements and forces are of shape (N, d); second derivatives of shape (N·d, N·d)."""

    nodes: np.ndarray
    bonds: np.ndarray
    fixed: np.ndarray
    law: Law = "bar"

    @property
    def incidence(self) -> np.ndarray:
        """Matrix S of shape (B, N) with Δ = S U."""
        matrix = np.zeros((len(self.bonds), len(self.nodes)))
        bond = np.arange(len(self.bonds))
        matrix[bond, self.bonds[:, 0]], matrix[bond, self.bonds[:, 1]] = -1, 1
        return matrix

    def elongations(self, U: np.ndarray) -> np.ndarray:
        """e of every bond, shape (B,)."""
        R, delta, L, length = self._vectors(U)
        squares = ((2 * R + delta) * delta).sum(axis=1)
        elongations = {
            "spring": (R * delta).sum(axis=1) / L,
            "bar": squares / (length + L),
            "bar-green": squares / (2 * L),
        }
        return elongations[self.law]

    def slopes(self, U: np.ndarray) -> np.ndarray:
        """∂e/∂Δ, shape (B, d)."""
        R, delta, L, length = self._vectors(U)
        vector, divisor = {"spring": (R, L), "bar": (R + delta, length), "bar-green": (R + delta, L)}[self.law]
        return vector / divisor[:, None]

    def curvatures(self, U: np.ndarray) -> np.ndarray:
        """∂²e/∂Δ², shape (B, d, d)."""
        _, _, L, length = self._vectors(U)
        n, unit = self.slopes(U), np.eye(self.nodes.shape[1])
        if self.law == "spring":
            return 0 * n[:, :, None] * unit
        if self.law == "bar":
            return (unit - n[:, :, None] * n[:, None, :]) / length[:, None, None]
        return unit / L[:, None, None]

    def energy(self, U: np.ndarray, k: np.ndarray) -> float:
        return float(k @ self.elongations(U) ** 2 / 2)

    def internal_force(self, U: np.ndarray, k: np.ndarray) -> np.ndarray:
        """∂Π/∂U, on supports too."""
        return self.incidence.T @ ((k * self.elongations(U))[:, None] * self.slopes(U))

    def tangent(self, U: np.ndarray, k: np.ndarray) -> np.ndarray:
        """∂²Π/∂U², on supports too."""
        g, S = self.slopes(U), self.incidence
        blocks = g[:, :, None] * g[:, None, :] + self.elongations(U)[:, None, None] * self.curvatures(U)
        return np.einsum("bn,bm,bij->nimj", S, S, k[:, None, None] * blocks).reshape(2 * (self.nodes.size,))

    def linear_solve(self, U: np.ndarray, k: np.ndarray, force: np.ndarray) -> np.ndarray:
        """Displacements under a small force on the structure linearised at U."""
        free = np.flatnonzero(~self.fixed.ravel())
        answer = np.zeros(self.nodes.size)
        answer[free] = np.linalg.solve(self.tangent(U, k)[np.ix_(free, free)], force.ravel()[free])
        return answer.reshape(self.nodes.shape)

    def solve(self, k: np.ndarray, force: np.ndarray, steps: int = 10) -> np.ndarray:
        """Equilibrium U under a force that is applied in equal steps, by Newton's method with full steps."""
        U = np.zeros(self.nodes.shape)
        for share in np.arange(1, steps + 1) / steps:
            U = self._newton(U, k, share * force)
        return U

    def gradient(self, U: np.ndarray, k: np.ndarray, loss_derivative: np.ndarray) -> np.ndarray:
        """dL/dk_b = e_b ∂e_b/∂U·λ with K λ = −∂L/∂U, shape (B,)."""
        adjoint = self.linear_solve(U, k, -loss_derivative)
        return self.elongations(U) * (self.slopes(U) * (self.incidence @ adjoint)).sum(axis=1)

    def _newton(self, U: np.ndarray, k: np.ndarray, force: np.ndarray) -> np.ndarray:
        for _ in range(30):
            residual = np.where(self.fixed, 0.0, force - self.internal_force(U, k))
            if np.linalg.norm(residual) <= 1e-13 * np.linalg.norm(force):
                return U
            U = U + self.linear_solve(U, k, residual)
        raise AssertionError("The reference does not converge; take more steps.")

    def _vectors(self, U: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """R, Δ, L and l of every bond."""
        R = self.nodes[self.bonds[:, 1]] - self.nodes[self.bonds[:, 0]]
        delta = U[self.bonds[:, 1]] - U[self.bonds[:, 0]]
        return R, delta, np.linalg.norm(R, axis=1), np.linalg.norm(R + delta, axis=1)
