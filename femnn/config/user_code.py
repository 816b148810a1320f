"""Python files of users, imported by their path."""

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from femnn.config.trust import require_trust
from femnn.errors import ConfigError


def imported(path: Path, kind: str, package: bool = False) -> ModuleType:
    """The module of a file.

    Args:
        path: the file.
        kind: what it is for, as "study"; a part of the module's name.
        package: whether it may import files beside it, as ``from .drawings import ...``.

    Raises:
        ConfigError: it cannot be imported; the message has the line. Or it is code of a run folder without trust.
    """
    require_trust(path, kind)
    name = "_".join(["femnn", kind, *path.resolve().with_suffix("").parts[1:]]).replace("-", "_").replace(".", "_")
    beside = [str(path.parent)] if package else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=beside)
    if spec is None or spec.loader is None:
        raise ConfigError(f"Cannot import {path}: it is no Python file; name one that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        # Whatever a user's own file raises is reported as its fault, with the line
        line = error.lineno if isinstance(error, SyntaxError) else traceback.extract_tb(error.__traceback__)[-1].lineno
        raise ConfigError(f"Cannot import {path}: {type(error).__name__} at line {line}: {error}.") from error
    return module
