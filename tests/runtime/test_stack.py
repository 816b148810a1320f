"""Importing femnn without a fitting DOLFINx says which command mends it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from femnn.errors import StackError
from femnn.runtime import stack

BLOCKER = """
import importlib.abc, sys
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from femnn.runtime import stack
stack.require()
"""


@pytest.mark.parametrize("version", ["0.10.0", "0.12.0", "0.1.1"])
def test_another_version_is_refused(version: str) -> None:
    """DOLFINx of another series has another interface."""
    with pytest.raises(StackError, match=r"needs DOLFINx 0\.11, found .*pip install"):
        stack.check(version, np.float64)


@pytest.mark.parametrize("version", ["0.11", "0.11.0", "0.11.0.post0", "0.11.2"])
def test_patch_releases_are_taken(version: str) -> None:
    """Any release of the series will do."""
    stack.check(version, np.float64)


@pytest.mark.parametrize("scalar", [np.complex128, np.float32])
def test_other_scalars_are_refused(scalar: type) -> None:
    """Complex and single-precision builds of PETSc are refused with the command that brings the right one."""
    with pytest.raises(StackError, match=r"real double scalars, found .*dolfinx-solver-real.*conda install"):
        stack.check("0.11.0", scalar)


@pytest.mark.serial
@pytest.mark.parametrize("missing", [("dolfinx_solver", "dolfinx"), ("dolfinx_solver", "petsc4py"), ("dolfinx",)])
def test_a_missing_stack_says_what_to_install(missing: tuple[str, ...]) -> None:
    """A fresh Python without DOLFINx or PETSc gets a StackError that names both routes."""
    code = BLOCKER.format(names=missing)
    root = Path(stack.__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert "StackError" in last
    assert "pip install" in last
    assert "conda env create" in last
