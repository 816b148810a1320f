"""Imports point one way, from networks up to the command line, and the layout stays what is documented."""

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "femnn"

FLOORS = (
    ("errors",),
    ("config",),
    ("network", "tables"),
    ("runtime", "losses"),
    ("geometry",),
    ("network_files",),
    ("meshing",),
    ("mechanics",),
    ("solving",),
    ("insitu",),
    ("training",),
    ("measured", "exporting"),
    ("report",),
    ("study",),
    ("verification", "planning", "projects"),
    ("cli",),
)
"""From the ground up. A package imports from itself and from the floors below its own.

The one exception are methods ``plot`` of public objects, which import what draws when they are called.
"""

FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
LONGEST = 300
"""Lines of a file."""


def part(path: Path) -> str:
    """The package of femnn, or the module beside the packages, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module(path: Path) -> str:
    """The name by which a file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, types: bool = True) -> set[str]:
    """Modules of femnn that a file imports, also inside functions other than ``plot``; for types alone if asked for."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    drawing = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "plot"]
    typing = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    skipped = [*drawing, *([] if types else typing)]
    passed_over = {id(node) for part in skipped for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in passed_over:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return {name for name in found if name.split(".")[0] == "femnn"}


FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {module(path) for path in FILES}
FACES = {module(path) for path in FILES if path.name == "__init__.py"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """A file imports nothing from a floor above its own, and nothing of another package on the same floor."""
    above = sorted(
        name
        for name in imported(path)
        if name != "femnn" and (other := name.split(".")[1]) != part(path) and FLOOR[other] >= FLOOR.get(part(path), 99)
    )
    assert not above, f"{part(path)} is not above {above}"


def test_no_circles() -> None:
    """No file imports itself by way of others, also not inside functions; names of types alone import nothing."""
    graph = {module(path): imported(path, types=False) - FACES for path in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_every_part_has_a_floor() -> None:
    """A new package must be given its place, and the list names none that is gone."""
    assert {part(path) for path in FILES} == {*FLOOR, "__init__"}


def test_few_modules_stand_beside_the_packages() -> None:
    """What femnn/ holds are packages by subject."""
    assert len(list(PACKAGE.glob("*.py"))) <= 4


def test_no_two_files_have_one_name() -> None:
    """The name of a file says what it holds, whatever package it is in; those of cli/ are named for commands."""
    names = Counter(path.stem for path in FILES if path.name != "__init__.py" and part(path) != "cli")
    assert [name for name, count in names.items() if count > 1] == []


def test_files_are_short() -> None:
    """A file is read in one go."""
    files = [*FILES, *(ROOT / "studies").rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_networks_know_neither_mpi_nor_dolfinx() -> None:
    """Networks are plain arrays: they can be made and checked without the stack's MPI, DOLFINx and PETSc."""
    for path in (*(PACKAGE / "network").glob("*.py"), *(PACKAGE / "config").glob("*.py"), PACKAGE / "errors.py"):
        names = {name.split(".")[0] for name in _all_imports(path)}
        assert not {"mpi4py", "dolfinx", "petsc4py"} & names, path


def test_only_the_stack_imports_the_wheel() -> None:
    """One module knows that DOLFINx may come as a wheel."""
    assert [path.name for path in FILES if "dolfinx_solver" in path.read_text(encoding="utf-8")] == ["stack.py"]


def _all_imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    return found
