"""The two ways to install femnn, pip and conda, name the same packages; the pip route is pinned; the wheel is whole."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SAME = "the range of the package on PyPI"

# What conda-forge calls a package, where it is not the name on PyPI, and the version or build asked for there.
CONDA_NAMES = {
    "dolfinx-solver-real": {
        "fenics-dolfinx": SAME,
        "petsc": "=*=real_*",
        "petsc4py": "",
        "slepc4py": "",
        "mpich": "",
    },
    "gmsh": {"gmsh": SAME, "python-gmsh": SAME},
    "matplotlib": {"matplotlib-base": SAME},
    # On PyPI only: conda-forge's opensees is bound to Open MPI, which excludes mpich
    "openseespy": {},
}
# Import names that come with dolfinx-solver-real, or with fenics-dolfinx on conda.
SOLVER_MODULES = {"basix", "dolfinx", "dolfinx_solver", "ffcx", "petsc4py", "slepc4py", "ufl"}
# Import names that are not those of their package.
PACKAGES = {"sklearn": "scikit-learn"}
# What conda has to name and pip finds in place: the set-up checks for it.
CONDA_ONLY = {"pip": "", "c-compiler": ""}


def project() -> dict[str, Any]:
    """Return the table [project] of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def requirements() -> list[Requirement]:
    """Return all dependencies of pyproject.toml, those of the extras too."""
    extras = project()["optional-dependencies"].values()
    return [Requirement(line) for lines in (project()["dependencies"], *extras) for line in lines]


def conda_packages() -> dict[str, str]:
    """Return name → version or build of environment.yml, a version range in the spelling of PyPI."""
    packages = {}
    for line in yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]:
        assert isinstance(line, str), f"{line}: all packages come from conda, none from pip"
        name, version = re.fullmatch(r"([\w.-]+) ?(.*)", line).groups()
        assert name not in packages, f"{name} is listed twice"
        packages[name] = version if version in ("", "=*=real_*") else spelling(version)
    return packages


def spelling(version: str) -> str:
    """Return a version range in one spelling: `0.11.*` as `==0.11.*`, the parts in a fixed order."""
    return str(SpecifierSet(version if version[0] in "<>=!~" else f"=={version}"))


def pins() -> dict[str, Requirement]:
    """Return name → pin of requirements.lock."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    found = [Requirement(pin) for line in lines if (pin := line.split("#")[0].strip())]
    return {canonicalize_name(pin.name): pin for pin in found}


def test_pip_and_conda_name_the_same_packages_and_ranges() -> None:
    """A package or a bound that is in one of the two files only is a difference of the two dictionaries."""
    expected = dict(CONDA_ONLY, python=spelling(project()["requires-python"]))
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        for conda_name, version in CONDA_NAMES.get(name, {name: SAME}).items():
            expected[conda_name] = str(requirement.specifier) if version is SAME else version
    assert conda_packages() == expected


def test_every_mapped_name_is_in_use() -> None:
    """The table of names above does not outlive the packages it is for."""
    assert CONDA_NAMES.keys() <= {requirement.name for requirement in requirements()}


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_dependency_is_bounded_and_its_pin_lies_in_the_range(requirement: Requirement) -> None:
    """Every range has both ends, and requirements.lock was rebuilt when a range was changed."""
    operators = {specifier.operator for specifier in requirement.specifier}
    assert operators in ({">=", "<"}, {"=="})
    pin = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(next(iter(pin.specifier)).version, prereleases=True)


def test_lock_holds_exact_pins_from_the_index_only() -> None:
    """No URL, no path, no option: the lock says what to install, not where from."""
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, pin in pins().items():
        assert pin.url is None, name
        assert [specifier.operator for specifier in pin.specifier] == ["=="], name
        assert "*" not in str(pin.specifier), name


def test_no_package_is_asked_of_an_index_that_lacks_it() -> None:
    """DOLFINx is fenics-dolfinx on conda-forge only; PyPI has no such package."""
    assert "fenics-dolfinx" not in {*pins(), *(requirement.name for requirement in requirements())}


def test_every_import_of_femnn_is_declared() -> None:
    """A package that femnn imports is asked for by name, not left to come with another one."""
    imported: set[str] = set()
    for path in (ROOT / "femnn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                imported.add(node.module.split(".")[0])
    third_party = imported - sys.stdlib_module_names - SOLVER_MODULES - {"femnn"}
    packages = {canonicalize_name(PACKAGES.get(name, name)) for name in third_party}
    assert packages <= {requirement.name for requirement in requirements()}


@pytest.mark.serial
def test_wheel_carries_the_data_folders(tmp_path: Path) -> None:
    """Each mesh, solver and study of the checkout is in the wheel under femnn/_data, and no cache is."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for folder in ("meshes", "solvers", "studies"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert files, f"{folder}/ is empty"
        assert {f"femnn/_data/{path.relative_to(ROOT).as_posix()}" for path in files} <= names
    assert not [name for name in names if "__pycache__" in name]
