"""Files of a package that are found by themselves, so that whoever adds one edits no list."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def modules_of(package: str) -> Iterator[ModuleType]:
    """Import all files in the folder of a package, by name.

    Args:
        package: its full name; it may be under way of being imported.
    """
    for found in iter_modules(sys.modules[package].__path__):
        yield import_module(f"{package}.{found.name}")


def in_order[T](found: Mapping[str, T], first: Sequence[str]) -> dict[str, T]:
    """Return a mapping with some of its names first, in their order, and all others after them.

    Args:
        found: what there is, by name.
        first: names; each is there.
    """
    return {name: found[name] for name in [*first, *(name for name in found if name not in first)]}
