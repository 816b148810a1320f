"""Dependencies point one way: network → meshing → mechanics → solving → learning → study → results → command line."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.serial

PACKAGE = Path(__file__).parent.parent / "femnn"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("stack",),
    ("__init__",),
    (
        "parallel",
        "notices",
        "quantities",
        "lists",
        "config",
        "resources",
        "directions",
        "compiling",
        "file_names",
        "sealing",
    ),
    ("trust",),
    ("importing",),
    ("rigidity", "delaunay", "sections", "viscoelasticity"),
    ("network",),
    ("plausibility",),
    ("lattices", "damage", "identity", "measured"),
    ("meshing",),
    ("exporting",),
    ("mechanics",),
    ("solving",),
    ("learning",),
    ("modelling", "comparing"),
    ("calibration",),
    ("study", "checkpoint", "provenance"),
    ("learning_study", "measured_study", "adjoint_sweeps"),
    ("results",),
    ("running", "progress", "verification", "listing", "describing", "planning"),
    ("cli",),
)
"""From the ground up. A module imports from its own layer and those below."""

LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def part(path: Path) -> str:
    """The module or subpackage of femnn that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """Modules and subpackages of femnn that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {
            name.split(".")[1] if name.count(".") else "__init__" for name in names if name.split(".")[0] == "femnn"
        }
    return {name if name in LEVEL else "__init__" for name in found}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """A file imports nothing from a layer above its own."""
    level = LEVEL[part(path)]
    above = sorted(name for name in imported_parts(path) if LEVEL[name] > level)
    assert not above, f"{part(path)} is below {above}"


def test_every_part_has_a_layer() -> None:
    """A new module must be given its place, and the list names none that is gone."""
    assert {part(path) for path in FILES} == set(LEVEL)


def test_network_knows_neither_mpi_nor_dolfinx() -> None:
    """Networks are plain arrays: they can be made and checked without the stack's MPI, DOLFINx and PETSc."""
    for name in ("network", "sections", "rigidity", "lattices", "delaunay"):
        text = (PACKAGE / f"{name}.py").read_text(encoding="utf-8")
        assert not {"mpi4py", "dolfinx", "petsc4py"} & set(text.replace(".", " ").split()), name


def test_only_the_stack_imports_the_wheel() -> None:
    """One module knows that DOLFINx may come as a wheel."""
    assert [path.name for path in FILES if "dolfinx_solver" in path.read_text(encoding="utf-8")] == ["stack.py"]
