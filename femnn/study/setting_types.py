"""Types of settings that studies and plans share."""

from typing import Annotated

from pydantic import AfterValidator, Field

from femnn.config.lists import ListSyntax, once
from femnn.config.settings import Settings, one_of
from femnn.config.settings_paths import SolverName
from femnn.mechanics.models import MODELS
from femnn.solving.options import SolverOptions, solver_options

type Listed[T] = Annotated[list[T], ListSyntax(), AfterValidator(once)]
"""A list without repetitions, which the command line may give as ``a,b``, and quantities as ``1, 2, 5 gf``."""

type ModelName = Annotated[str, one_of("model", MODELS)]
"""Name of a model."""


class SolverSettings(Settings):
    """Which PETSc options the solvers take."""

    name: SolverName = "direct"
    """File in solvers/, or a path."""
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """PETSc options by full name, over those of the file."""

    def resolved(self) -> SolverOptions:
        """The options of the file with those of the study over them."""
        return solver_options(self.name, self.options)
