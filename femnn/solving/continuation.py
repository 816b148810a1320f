"""Adaptive load stepping: as large a share of the load at a time as the structure follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings
from femnn.errors import ConvergenceError
from femnn.mechanics.structure import Structure
from femnn.runtime.stack import PETSc

type Floats = npt.NDArray[np.float64]

ABSURD = 100.0
"""Force over that which doubles the length of the stiffest bond, beyond which a load is a slip of size or unit."""
TOO_NONLINEAR = "STEP_TOO_NONLINEAR"
"""Reason of an attempt that ends where the path may not lead."""


class LoadStepping(Settings):
    """How a load is applied. Steps are shares of the whole change of load."""

    initial: float = Field(default=1.0, gt=0, le=1)
    """First step."""
    minimum: float = Field(default=1e-6, gt=0, lt=1)
    """Smallest step; below it the loading ends with a ConvergenceError."""
    growth: float = Field(default=2.0, ge=1)
    """Factor on the step after a step that took few iterations."""
    cut: float = Field(default=0.5, gt=0, lt=1)
    """Factor on the step after a failure."""
    most_attempts: int = Field(default=1000, ge=1, le=MOST)
    """Steps that are tried, after which the loading ends with a ConvergenceError."""
    few_iterations: int = Field(default=5, ge=1, le=MOST)
    """Newton iterations up to which a step counts as easy."""
    nonlinearity: float = Field(default=0.5, gt=0)
    """Largest departure from the tangent prediction that a step may have, as a share of it."""
    largest_move: float = Field(default=1.0, gt=0)
    """Largest displacement of a bond's end against the other in a step, as a share of the bond's length."""


@dataclass(frozen=True)
class Attempt:
    """What came of one load step."""

    accepted: bool
    reason: str
    """PETSc's reason by name, or why the step was not tried."""
    iterations: int
    residual: float
    """Norm of the out-of-balance force at the end (N)."""


def torn_apart(structure: Structure, change: PETSc.Vec, largest_move: float) -> bool:
    """Whether a bond's end moves against the other by more than a share of the bond's length.

    Args:
        structure: the structure.
        change: change of u.
        largest_move: the share.
    """
    moves = structure.measure(change)
    p, q = structure.network.bonds.T
    return bool((np.linalg.norm(moves[q] - moves[p], axis=1) > largest_move * structure.network.lengths).any())


def monotone(before: float, after: float, rise: float) -> bool:
    """Whether the cubic with the given compliances at the ends of a step rises all along it.

    Args:
        before: compliance (f₁ − f₀)·K⁻¹(f₁ − f₀) at the start.
        after: the same at the end.
        rise: (f₁ − f₀)·(u₁ − u₀).
    """
    if min(before, after, rise) <= 0:
        return False
    a, b = rise / before, rise / after
    if a + b <= 2 or 2 * a + b <= 3 or a + 2 * b <= 3:
        return True
    return a - (2 * a + b - 3) ** 2 / (3 * (a + b - 2)) >= 0


def beyond_all(structure: Structure, force: Floats) -> str:
    """Return what to say of a load that no structure of these stiffnesses is meant for; empty for others.

    Args:
        structure: the structure.
        force: the load (N), shape (N, d).
    """
    largest = float(np.abs(force).max(initial=0.0))
    doubling = float((structure.stiffness * structure.network.lengths).max())
    if largest <= ABSURD * doubling:
        return ""
    return (
        f"Its largest force, {largest:.3g} N, is {largest / doubling:.1g} times the one that stretches the stiffest "
        f"bond to twice its length, {doubling:.3g} N: check its size and unit."
    )


def follow(
    attempt: Callable[[float, float], Attempt], stepping: LoadStepping, where: str, otherwise: str = ""
) -> tuple[int, int]:
    """Go from share 0 to share 1 of a change of load.

    Args:
        attempt: tries to go from the first share to the second; when it does not accept, it restores the state.
        stepping: step sizes.
        where: name of the structure, for the message.
        otherwise: why the load cannot be reached; where empty, it is an instability or the size of the steps.

    Returns:
        Load steps taken and Newton iterations in all.

    Raises:
        ConvergenceError: the step has fallen below its minimum; the state is the last one that was accepted.
    """
    share, step, steps, iterations, attempts = 0.0, min(stepping.initial, 1.0), 0, 0, 0
    while share < 1.0:
        attempts += 1
        target = 1.0 if share + step >= 1.0 - stepping.minimum else share + step
        outcome = attempt(share, target)
        iterations += outcome.iterations
        if outcome.accepted:
            share, steps = target, steps + 1
            if outcome.iterations <= stepping.few_iterations:
                step *= stepping.growth
        else:
            step = stepping.cut * min(step, target - share)
            if step < stepping.minimum or attempts >= stepping.most_attempts:
                why = otherwise or (
                    "The structure snaps or buckles there, or the steps are too coarse: apply a smaller load, or lower "
                    "the minimum step."
                )
                raise ConvergenceError(
                    f"{where}: no equilibrium beyond {share:.6g} of the load ({outcome.reason}, residual "
                    f"{outcome.residual:.3g} N). {why}",
                    reason=outcome.reason,
                    load_factor=share,
                    residual=outcome.residual,
                )
    return steps, iterations
