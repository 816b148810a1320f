"""The numerical stack: imported once, in the right order, and checked.

The wheels of DOLFINx ship their own PETSc and MPI and must be imported through ``dolfinx_solver`` before anything else
loads MPI; a conda or source installation has no such module. Every other file imports dolfinx, petsc4py and mpi4py
plainly, since importing ``femnn`` has been here first.
"""

import importlib
from pathlib import Path

import numpy as np

from femnn.errors import StackError

DOLFINX_SERIES = "0.11"

PIP_COMMAND = 'pip install "dolfinx-solver-real==0.11.*"'
CONDA_COMMAND = "conda env create -f environment.yml"
MEND = f"Mend it with `{PIP_COMMAND}` in a fresh virtual environment, or with `{CONDA_COMMAND}`."


def require() -> None:
    """Import DOLFINx and PETSc and check that femnn can work with them.

    Raises:
        StackError: DOLFINx or petsc4py cannot be imported, is of another series than :data:`DOLFINX_SERIES`, or PETSc
            was built for complex scalars or single precision. The message names the command that mends it.
    """
    import_wheel()
    try:
        _leave_options_of_run_folders()
        dolfinx = importlib.import_module("dolfinx")
        importlib.import_module("dolfinx.fem.petsc")
        petsc = importlib.import_module("petsc4py.PETSc")
    except ImportError as error:
        raise StackError(
            f"femnn needs DOLFINx {DOLFINX_SERIES} with PETSc, but importing it failed: {error}. {MEND}"
        ) from error
    check(dolfinx.__version__, np.dtype(petsc.ScalarType))
    # Contributions of other ranks to a matrix are added in a fixed order, so that runs repeat to the last bit
    options = petsc.Options()
    options.setValue("matstash_reproduce", True)
    # Read once, since PETSc warns of options that nobody has read
    options.getBool("matstash_reproduce")
    # Else a closed pipe or an interrupt looks like a crash of PETSc's, with MPI aborted
    petsc.Sys.popSignalHandler()


def _leave_options_of_run_folders() -> None:
    """Start PETSc without the files petscrc of the working folder where that is a run's, which is data from anywhere.

    PETSc's options can load libraries and write files, and PETSc reads them as it starts.
    """
    here = [path for path in (Path("petscrc"), Path(".petscrc")) if path.exists()]
    if here and any((above / "config.toml").exists() for above in (Path.cwd(), *Path.cwd().parents)):
        importlib.import_module("petsc4py").init(["femnn", "-skip_petscrc"])


def import_wheel() -> None:
    """Import the wheel's ``dolfinx_solver`` first, where the stack came as a wheel.

    Raises:
        StackError: the wheel is installed but refuses this environment, as when another petsc4py shadows its own.
    """
    try:
        importlib.import_module("dolfinx_solver")
    except ModuleNotFoundError as error:
        if error.name != "dolfinx_solver":
            raise StackError(f"The DOLFINx wheel is incomplete: {error}. {MEND}") from error
    except (ImportError, RuntimeError) as error:
        raise StackError(f"The DOLFINx wheel refuses this environment: {error}. {MEND}") from error


def check(version: str, scalar: np.dtype) -> None:
    """Compare a version of DOLFINx and PETSc's scalar type with what femnn needs.

    Raises:
        StackError: either does not fit.
    """
    if not (version == DOLFINX_SERIES or version.startswith(DOLFINX_SERIES + ".")):
        raise StackError(f"femnn needs DOLFINx {DOLFINX_SERIES}, found {version}. {MEND}")
    if scalar != np.dtype(np.float64):
        raise StackError(
            f"femnn needs PETSc with real double scalars, found {scalar}. Install the real build: "
            f"`{PIP_COMMAND}` (wheel dolfinx-solver-real), or on conda `conda install 'petsc=*=real*'`."
        )
