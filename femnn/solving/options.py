"""PETSc options: a file of solvers/, then the study's own, then the environment's PETSC_OPTIONS.

Files are in PETSc's own format and carry the prefixes of the solvers, ``femnn_forward_``, ``femnn_adjoint_``,
``femnn_path_`` and ``femnn_critical_``, so that they serve any other PETSc program too. PETSc's global database is
changed only while a solver reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from femnn.config import resources
from femnn.errors import ConfigError
from femnn.runtime.stack import PETSc
from femnn.solving.untrusted_options import check_options

FORWARD = "femnn_forward_"
ADJOINT = "femnn_adjoint_"
PATH = "femnn_path_"
CRITICAL = "femnn_critical_"
PREFIXES = (FORWARD, ADJOINT, PATH, CRITICAL)

OF_EIGENVALUES = ("eps_", "st_", "ds_", "bv_", "rg_", "mat_")
"""Beginnings of the options of SLEPc's solvers of eigenvalues, after the prefix."""
READERS = re.compile(r"(?:^|\s)-options_\S*")
"""Options by which PETSc reads more options."""
LARGEST_FILE = 1_000_000
"""Bytes of a file of options."""

type Value = str | int | float | bool


@dataclass(frozen=True)
class SolverOptions:
    """Options for all solvers, by their full names without the dash."""

    values: Mapping[str, str]
    name: str = "direct"
    overrides: frozenset[str] = frozenset()
    """Options that the study has set, which must all mean something."""

    @contextmanager
    def in_force(self, prefix: str, other: str = "-") -> Iterator[None]:
        """Have the options in PETSc's global database inside the ``with`` block, and as it was found after it.

        What is in the database already, as from PETSC_OPTIONS, is left to win.

        Args:
            prefix: of the solver that is set up inside the block.
            other: further beginning of options that are for another kind of solver.

        Raises:
            ConfigError: PETSc refuses an option while it sets up a solver inside the block, or does not know one that
                the study has set.
        """
        database = PETSc.Options()
        given = database.getAll()
        ours = {key: value for key, value in self.values.items() if key not in given}
        for key, value in ours.items():
            database.setValue(key, value)
        try:
            yield
            for key in self.overrides & set(ours):
                if key.startswith(prefix) and not key.startswith(prefix + other) and not database.used(key):
                    raise ConfigError(f"PETSc does not know the option {key!r} of solver {self.name!r}.")
        except PETSc.Error as error:
            raise ConfigError(f"PETSc cannot set up solver {self.name!r}: {_last_line(error)}.") from error
        finally:
            for key in ours:
                database.delValue(key)


def solver_options(name: str = "direct", overrides: Mapping[str, Value] | None = None) -> SolverOptions:
    """The options of a file in solvers/ or of a path, with overrides laid over them.

    Args:
        name: name of a file in solvers/, or a path.
        overrides: options by full name, as ``{"femnn_forward_snes_max_it": 30}``.

    Raises:
        ConfigError: no such file, not in PETSc's format, an option without one of the prefixes, or one of an untrusted
            run folder that can run code or write files.
    """
    path = resources.find("solvers", name)
    values = _parsed(path)
    values |= {key: _text(value) for key, value in (overrides or {}).items()}
    for key in values:
        if not key.startswith(PREFIXES):
            *others, last = map(repr, PREFIXES)
            raise ConfigError(f"Solver option {key!r} must start with {', '.join(others)} or {last}.")
        if key.startswith(CRITICAL) and not key.removeprefix(CRITICAL).startswith(OF_EIGENVALUES):
            raise ConfigError(
                f"Solver option {key!r} is none of the search for critical points; those begin with "
                f"{', '.join(CRITICAL + part for part in OF_EIGENVALUES)}."
            )
    check_options(values)
    return SolverOptions(values, name, frozenset(overrides or {}))


def _parsed(path: Path) -> dict[str, str]:
    """Options of a file, as PETSc reads them."""
    parsed = PETSc.Options()
    parsed.create()
    try:
        if path.stat().st_size > LARGEST_FILE or not path.is_file():
            raise ConfigError(f"{path} is no file of PETSc options: these have at most {LARGEST_FILE} bytes.")
        text = path.read_text(encoding="utf-8")
        if "\0" in text:
            raise ConfigError(f"{path} is no file of PETSc options: it has a NUL character.")
        lines = [line.split("#")[0].strip() for line in text.splitlines()]
        for number, line in enumerate(lines, start=1):
            if line and not line.startswith("-"):
                raise ConfigError(
                    f"Cannot read the PETSc options in {path}: line {number} does not begin with an option."
                )
            if (found := READERS.search(line)) is not None:
                # PETSc would read another file at once, whatever that is
                raise ConfigError(f"{path}: line {number} has {found[0].strip()}, which femnn does not follow.")
        parsed.insertString(" ".join(lines))
        return dict(parsed.getAll())
    except (OSError, UnicodeDecodeError, PETSc.Error) as error:
        raise ConfigError(f"Cannot read the PETSc options in {path}: {error}.") from error
    finally:
        parsed.destroy()


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _last_line(error: PETSc.Error) -> str:
    """What PETSc says is wrong: the last line of its message, without rank and error path."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].split("] ", 1)[-1].rstrip(".") if lines else f"error code {error.ierr}"
