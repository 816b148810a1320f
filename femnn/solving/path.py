"""Equilibrium paths: every equilibrium on the way of a load that may grow and fall, stable or not."""

import math
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings
from femnn.errors import ConvergenceError
from femnn.mechanics.structure import Structure
from femnn.solving.arclength import Tracer
from femnn.solving.continuation import Attempt
from femnn.solving.options import SolverOptions, solver_options
from femnn.solving.state import State

type Floats = npt.NDArray[np.float64]


class ArcStepping(Settings):
    """How a path is traced. The radius of a step is the norm of the change of all unknowns."""

    initial: float = Field(default=0.05, gt=0)
    """First step, as the change of the load factor by the tangent."""
    minimum: float = Field(default=1e-6, gt=0, lt=1)
    """Smallest radius, as a share of the first; below it tracing ends with a PathError."""
    growth: float = Field(default=1.5, ge=1)
    """Factor on the radius after a step that took few iterations."""
    cut: float = Field(default=0.5, gt=0, lt=1)
    """Factor on the radius after a failure."""
    few_iterations: int = Field(default=4, ge=1, le=MOST)
    """Newton iterations up to which a step counts as easy."""
    nonlinearity: float = Field(default=0.3, gt=0)
    """Largest departure from the tangent that a step may have, as a share of the radius."""
    largest_move: float = Field(default=0.25, gt=0)
    """Largest displacement of a bond's end against the other in a step, as a share of the bond's length."""
    lowest: float = -math.inf
    """Load factor below which tracing ends."""
    highest: float = math.inf
    """Load factor above which tracing ends."""
    most_steps: int = Field(default=500, ge=1, le=MOST)
    """Steps after which tracing ends."""


@dataclass(frozen=True, eq=False, repr=False)
class Path:
    """Points of an equilibrium path, the start included."""

    force: Floats
    """Load at load factor 1 (N), shape (N, d)."""
    load_factors: Floats
    """λ, shape (n,)."""
    displacements: Floats
    """U = P u (m), shape (n, N, d)."""
    negative_eigenvalues: npt.NDArray[np.int64]
    """Eigenvalues of K that keep the points from being stable, shape (n,)."""
    states: tuple[State, ...]
    """The equilibria, from which solvers can go on."""

    def __repr__(self) -> str:
        low, high = self.load_factors.min(), self.load_factors.max()
        return f"Path({len(self.load_factors)} points, load factors {low:.4g} to {high:.4g})"


class PathError(ConvergenceError):
    """A path could not be traced to its end.

    Attributes:
        path: what was traced.
    """

    def __init__(self, message: str, path: Path, attempt: Attempt) -> None:
        """Keep the path and the figures of the last attempt."""
        factor = float(path.load_factors[-1])
        super().__init__(message, reason=attempt.reason, load_factor=factor, residual=attempt.residual)
        self.path = path


def trace(
    structure: Structure,
    force: Floats,
    stepping: ArcStepping | None = None,
    options: SolverOptions | None = None,
    start: State | None = None,
    direction: Literal[1, -1] = 1,
) -> Path:
    """The path under the loads λ f, through limit points.

    Args:
        structure: the structure, its stiffness as it is.
        force: f (N), shape (N, d).
        stepping: radius of the steps, and where tracing ends.
        options: PETSc options, ``solvers/direct`` unless given.
        start: equilibrium to start from; rest unless given. Its load along f counts as λ f, the rest of it stays.
        direction: 1 where λ grows at first, −1 where it falls.

    Raises:
        PathError: the radius has fallen below its minimum; it carries what was traced.
        ConfigError: PETSc refuses an option.
    """
    stepping = stepping or ArcStepping()
    with closing(Tracer(structure, options or solver_options())) as tracer:
        tracer.begin(force, start, direction)
        points = [(tracer.load_factor, tracer.state)]
        try:
            for _ in steps(tracer, stepping):
                tracer.advance()
                points.append((tracer.load_factor, tracer.state))
                if len(points) > stepping.most_steps or not stepping.lowest <= tracer.load_factor <= stepping.highest:
                    break
        except StuckError as stuck:
            last = stuck.attempt
            raise PathError(
                f"{structure.network.name}: the path is traced to load factor {tracer.load_factor:.6g} in "
                f"{len(points) - 1} steps and not beyond ({last.reason}, residual {last.residual:.3g} N); allow "
                "smaller steps, or more of a departure from the tangent.",
                _path(force, points),
                last,
            ) from None
    return _path(force, points)


class StuckError(Exception):
    """The radius has fallen below its minimum; who goes through :func:`steps` makes it an error of his."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt


def steps(tracer: Tracer, stepping: ArcStepping) -> Generator[float, bool | None, None]:
    """Radii of successful attempts, whose candidate the caller moves to; or he refuses it by sending True.

    Raises:
        StuckError: the radius has fallen below its minimum.
    """
    smallest = stepping.minimum * (radius := stepping.initial * tracer.tangent_length)
    while True:
        outcome = tracer.attempt(radius, stepping.nonlinearity, stepping.largest_move)
        if outcome.accepted and not (yield radius):
            if outcome.iterations <= stepping.few_iterations:
                radius *= stepping.growth
            continue
        radius *= stepping.cut
        if radius < smallest:
            raise StuckError(outcome)


def _path(force: Floats, points: list[tuple[float, State]]) -> Path:
    factors, states = zip(*points, strict=True)
    return Path(
        np.array(force),
        np.array(factors),
        np.array([state.displacements for state in states]),
        np.array([state.unstable for state in states], dtype=np.int64),
        tuple(states),
    )
