"""The numerical stack: set up at the first use of any part of it, in the right order, and checked.

The wheels of DOLFINx ship their own PETSc and MPI and must be imported through ``dolfinx_solver`` before anything else
loads MPI; a conda or source installation has no such module. Every other file takes the modules of the stack from
here, where each stands for itself until something of it is asked for. So networks, files and command lines need none
of it, and are there at once. Files that name them in annotations begin with ``from __future__ import annotations``.
"""

import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from femnn.errors import StackError
from femnn.runtime.signals import handlers_kept

__all__ = [
    "MPI", "Expr", "PETSc", "SLEPc", "basix", "common", "dmesh", "dolfinx", "fem", "fem_petsc", "gmsh", "graph", "la",
    "meshio", "require", "ufl",
]  # fmt: skip

DOLFINX_SERIES = "0.11"

PIP_COMMAND = 'pip install "femnn[solver]"'
CONDA_COMMAND = "conda env create -f environment.yml"
MEND = f"Mend it with `{PIP_COMMAND}` in a fresh virtual environment, or with `{CONDA_COMMAND}`."


class LazyModule(ModuleType):
    """A module that is imported when something of it is first asked for.

    Values are looked up in the module each time, so that what replaces one there is seen.
    """

    def __init__(self, name: str, of_stack: bool = True) -> None:
        super().__init__(name)
        self.__dict__["_of_stack"], self.__dict__["_module"] = of_stack, None

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") and attribute != "__version__":
            # Who only inspects modules, as pytest and typing do, shall not import it
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r}")
        if self._module is None:
            if self._of_stack:
                require()
            self.__dict__["_module"] = _imported(self.__name__)
        return getattr(self._module, attribute)


if TYPE_CHECKING:
    import basix
    import basix.ufl
    import dolfinx
    import gmsh
    import meshio
    import ufl
    from dolfinx import common, fem, graph, la
    from dolfinx import mesh as dmesh
    from dolfinx.fem import petsc as fem_petsc
    from mpi4py import MPI
    from petsc4py import PETSc
    from slepc4py import SLEPc
    from ufl.core.expr import Expr
else:
    basix, dolfinx, ufl = (LazyModule(name) for name in ("basix", "dolfinx", "ufl"))
    names = ("common", "fem", "graph", "la", "mesh")
    common, fem, graph, la, dmesh = (LazyModule(f"dolfinx.{name}") for name in names)
    fem_petsc = LazyModule("dolfinx.fem.petsc")
    MPI, PETSc, SLEPc = (LazyModule(name) for name in ("mpi4py.MPI", "petsc4py.PETSc", "slepc4py.SLEPc"))
    gmsh, meshio = LazyModule("gmsh", of_stack=False), LazyModule("meshio", of_stack=False)
    Expr = "ufl.core.expr.Expr"

_ready = False


def require() -> None:
    """Import DOLFINx and PETSc, once, and check that femnn can work with them.

    Raises:
        StackError: DOLFINx or petsc4py cannot be imported, is of another series than :data:`DOLFINX_SERIES`, or PETSc
            was built for complex scalars or single precision. The message names the command that mends it.
    """
    global _ready
    if _ready:
        return
    import_wheel()
    _leave_options_of_run_folders()
    names = ("dolfinx", "dolfinx.fem.petsc", "basix.ufl", "dolfinx.jit", "petsc4py.PETSc")
    with handlers_kept():
        dolfinx, *_, petsc = (_imported(name) for name in names)
        check(dolfinx.__version__, petsc.ScalarType)
        # Else a closed pipe or an interrupt looks like a crash of PETSc's, with MPI aborted
        petsc.Sys.popSignalHandler()
    _ready = True


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise StackError(
            f"This needs DOLFINx {DOLFINX_SERIES} with PETSc and Gmsh, but importing {name} failed: {error}. {MEND}"
        ) from error


def _leave_options_of_run_folders() -> None:
    """Start PETSc without the files petscrc of the working folder where that is a run's, which is data from anywhere.

    PETSc's options can load libraries and write files, and PETSc reads them as it starts.
    """
    here = [path for path in (Path("petscrc"), Path(".petscrc")) if path.exists()]
    if here and any((above / "config.toml").exists() for above in (Path.cwd(), *Path.cwd().parents)):
        _imported("petsc4py").init(["femnn", "-skip_petscrc"])


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


def check(version: str, scalar: type) -> None:
    """Compare a version of DOLFINx and PETSc's scalar type with what femnn needs.

    Raises:
        StackError: either does not fit.
    """
    if not (version == DOLFINX_SERIES or version.startswith(DOLFINX_SERIES + ".")):
        raise StackError(f"femnn needs DOLFINx {DOLFINX_SERIES}, found {version}. {MEND}")
    if scalar.__name__ != "float64":
        raise StackError(
            f"femnn needs PETSc with real double scalars, found {scalar.__name__}. Install the real build: "
            f"`{PIP_COMMAND}` (wheel dolfinx-solver-real), or on conda `conda install 'petsc=*=real*'`."
        )
