"""Mechanical neural networks in real material: forward, adjoint and in situ gradients by finite elements.

    import femnn as fm

    network = fm.li2024()
    problem = fm.Problem(network, fm.Bar())
    state = problem.solve(network.point_force(13, [0.0, -10 * fm.GRAM_FORCE]))

The public names stand in ``__init__.pyi``. Each is imported when it is first asked for, and DOLFINx when a problem is
first solved.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"


def _public() -> dict[str, str]:
    """Return the module of every public name, as the stub beside this file has it."""
    stub = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


_PLACES = _public()
__all__ = sorted(_PLACES)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"femnn has no public name {name!r}")
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
