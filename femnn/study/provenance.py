"""Where a result comes from: versions, commit, machine size, seed and times."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import numpy as np

import femnn
from femnn.config import resources
from femnn.runtime.stack import MPI, PETSc, dolfinx

PACKAGES = ("numpy", "scipy", "mpi4py", "gmsh", "meshio", "xarray", "pydantic")


def provenance(comm: MPI.Comm, seed: int, wall_time: float) -> dict[str, Any]:
    """What is needed to make a run again.

    Args:
        comm: communicator of the run.
        seed: seed of its random numbers.
        wall_time: seconds that it took, those before a resume not counted.
    """
    return {
        "femnn": femnn.__version__,
        "commit": _commit(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "wall_time_s": round(wall_time, 3),
        "ranks": comm.size,
        "seed": seed,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "dolfinx": dolfinx.__version__,
        "petsc": ".".join(str(part) for part in PETSc.Sys.getVersion()),
        "petsc_scalar": np.dtype(PETSc.ScalarType).name,
        "mpi": MPI.Get_library_version().split("\n")[0].strip(),
        **{package: _version(package) for package in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the checkout that femnn runs from, with "+" for uncommitted changes; None for an installed copy."""
    if not (resources.CHECKOUT / ".git").exists():
        return None
    try:
        head = _git("rev-parse", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(resources.CHECKOUT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
