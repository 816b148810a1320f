"""Quasi-Newton methods within bounds of PETSc's TAO, which every rank runs alike for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, ClassVar, Literal
from weakref import ref

import numpy as np
import numpy.typing as npt
from pydantic import Field

from femnn.config.checked_parameters import parameters
from femnn.errors import ConfigError
from femnn.runtime.stack import MPI, PETSc
from femnn.training.optimisers.evaluations import Evaluations
from femnn.training.optimisers.optimiser import Finished, Objective, checked_start

type Floats = npt.NDArray[np.float64]
type Method = Literal["bqnls", "blmvm"]

PREFIX = "femnn_training_"
GEMV = ("vec_mdot_use_gemv", "vec_maxpy_use_gemv")
UNBEATABLE = -1e100
"""Loss, in units of the first, that ends a minimisation."""


@parameters
class BoundedQuasiNewton:
    """Quasi-Newton steps with a line search, within the bounds. Ends too where a line search finds nothing better.

    Options of PETSc's database with the prefix ``femnn_training_`` win over what is set here.
    """

    full_batch: ClassVar[bool] = True

    method: Method = "bqnls"
    gradient_tolerance: Annotated[float, Field(ge=0)] = 1e-8
    """Norm of the projected gradient, as a share of that at the start, at which it ends."""
    name: Literal["tao"] = "tao"

    def minimise(self, objective: Objective, start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> Floats:
        """The best θ of all that the objective was called with, ``steps`` of them at most.

        Raises:
            ConfigError: start, steps or bounds are ill-formed, PETSc refuses an option or fails, or the objective gives
                NaN or another shape.
        """
        best = checked_start(start, steps, bounds)
        if steps == 0:
            return best
        with suppress(Finished):
            evaluations = Evaluations(objective, best, steps)
            with suppress(Finished), _without_gemv():
                self._solve(evaluations, best, steps, bounds)
            best = evaluations.best
        return best

    def _solve(self, evaluations: Evaluations, start: Floats, steps: int, bounds: tuple[Floats, Floats]) -> None:
        # PETSc knows infinity as a number of its own
        limits = [np.clip(bound, PETSc.NINFINITY, PETSc.INFINITY) for bound in bounds]
        solution, gradient, lower, upper = vectors = [_vector(v) for v in (start, np.zeros_like(start), *limits)]
        callback = _Callback(evaluations)
        tao = PETSc.TAO().create(MPI.COMM_SELF)
        try:
            tao.setOptionsPrefix(PREFIX)
            tao.setType(self.method)
            tao.setObjectiveGradient(callback, gradient)
            tao.setVariableBounds((lower, upper))
            tao.setSolution(solution)
            tao.setTolerances(gatol=0.0, grtol=0.0, gttol=self.gradient_tolerance)
            tao.setMaximumIterations(steps)
            # The evaluations count and end it themselves
            tao.setMaximumFunctionEvaluations(2 * steps + 1)
            tao.setFromOptions()
            tao.solve()
        except PETSc.Error as error:
            raise ConfigError(
                f"PETSc cannot train by {self.method}: {_last_line(error)}; check options that begin with {PREFIX}."
            ) from error
        finally:
            tao.destroy()
            for vector in vectors:
                vector.destroy()
            callback.reraise()


class _Callback:
    """What PETSc calls, without a hold on the objective: PETSc keeps it out of sight of the garbage collector.

    An exception does not pass PETSc unchanged. What the objective raises is kept, and TAO told of a minimum that
    nothing betters, at which it ends.
    """

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = ref(evaluations)
        self._raised: BaseException | None = None

    def __call__(self, tao: PETSc.TAO, solution: PETSc.Vec, gradient: PETSc.Vec) -> float:
        alive = self._evaluations()
        assert alive is not None, "an objective that is gone was called"
        if self._raised is None:
            try:
                loss, gradient.array_w[:] = alive(solution.array_r)
                return loss
            except BaseException as error:
                self._raised = error
        gradient.array_w[:] = 0.0
        return UNBEATABLE

    def reraise(self) -> None:
        """Raise what the objective raised."""
        if self._raised is not None:
            try:
                raise self._raised
            finally:
                self._raised = None


@contextmanager
def _without_gemv() -> Iterator[None]:
    """Have vectors created inside the ``with`` block multiplied one by one.

    PETSc else takes those together that happen to lie in memory one behind the other, which changes the rounding from
    run to run. What is in its database already, as from PETSC_OPTIONS, is left to win.
    """
    database = PETSc.Options()
    given = database.getAll()
    ours = [key for key in GEMV if key not in given]
    for key in ours:
        database.setValue(key, False)
    try:
        yield
    finally:
        for key in ours:
            database.delValue(key)


def _vector(values: Floats) -> PETSc.Vec:
    vector = PETSc.Vec().createSeq(len(values), comm=MPI.COMM_SELF)
    vector.array_w[:] = values
    return vector


def _last_line(error: PETSc.Error) -> str:
    """What PETSc says is wrong, without rank and error path."""
    return str(error).strip().splitlines()[-1].split("] ", 1)[-1].rstrip(".")
