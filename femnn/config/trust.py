"""Whose code is run: that of a run folder, which may come from anybody, only where the user has said ``--trust``.

A run folder is data. The settings in it may name code all the same: a study or a loss of one's own, a Gmsh script,
PETSc options that import Python or write files. Whatever would run such code asks here first. Code that the user names
himself in a command, outside of any run folder, is his own, and studies that ship need no trust.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from femnn.config import resources
from femnn.config.toml_files import parsed, toml_text
from femnn.errors import ConfigError

CONFIG = "config.toml"
"""Resolved settings in a run folder."""
RUN_FILES = ("checkpoint.jsonl", "provenance.json")
"""Files by which a run folder is known, also from folders inside it."""
READ_AT_WORK = ("matplotlibrc", "dolfinx_jit_options.json")
"""Files that libraries read from the working folder, and that may name programs to run."""


@dataclass(frozen=True)
class _Policy:
    source: Path | None
    """Run folder that the settings were read from; None where they are the user's own."""
    trusted: bool
    own: frozenset[Path] = frozenset()
    """Files that the user names himself beside the run folder."""


_POLICY: ContextVar[_Policy | None] = ContextVar("femnn_trust", default=None)


@contextmanager
def settings_from(source: Path | None, trusted: bool, own: frozenset[Path] = frozenset()) -> Iterator[None]:
    """Inside the ``with`` block, refuse code of run folders unless they are trusted.

    Args:
        source: run folder that the settings come from, as :func:`run_folder` finds it; None where the user names them.
        trusted: whether the user has said ``--trust``.
        own: files that settings of the user himself name, resolved.

    Raises:
        ConfigError: the working folder is a run folder with a file that a library would take orders from.
    """
    if not trusted:
        _check_working_folder()
    token = _POLICY.set(_Policy(source, trusted, own))
    try:
        yield
    finally:
        _POLICY.reset(token)


def untrusted_source() -> Path | None:
    """Return the run folder that the settings in force come from and that is not trusted, or None."""
    policy = _POLICY.get()
    return None if policy is None or policy.trusted else policy.source


def outside(path: Path) -> bool:
    """Return whether settings of an untrusted run folder are in force, and a file neither lies in it nor is the user's.

    Args:
        path: the file; symbolic links are followed.
    """
    policy, source = _POLICY.get(), untrusted_source()
    if policy is None or source is None or path.resolve() in policy.own:
        return False
    return not path.resolve().is_relative_to(source.resolve())


def require_trust(path: Path, what: str) -> None:
    """Refuse to run code that a run folder names, or that lies in one.

    Args:
        path: the file that would be run.
        what: what it is, as "study".

    Raises:
        ConfigError: it is neither part of a study that ships, nor named by the user himself, nor trusted.
    """
    policy = _POLICY.get()
    if policy is None or policy.trusted:
        return
    inside = run_folder(path)
    if inside is None and (policy.source is None or _ships(path) or path.resolve() in policy.own):
        return
    whence = f"lies in the run folder {inside}" if inside else f"is named by the run folder {policy.source}"
    raise refusal(f"The {what} {path} is code that {whence}")


def refusal(problem: str) -> ConfigError:
    """Return the error that says how to allow what a run folder asks for."""
    return ConfigError(f"{problem}; femnn uses it only with --trust, which you should give after reading it.")


def run_folder(path: Path) -> Path | None:
    """Return the run folder that a file or folder is or lies in, or None.

    Args:
        path: a file or a folder; symbolic links are followed too.
    """
    for start in dict.fromkeys((path.absolute(), path.resolve())):
        folder = start if start.is_dir() else start.parent
        # Beside a file called config.toml anything may lie; further up it must be a run's
        if (folder / CONFIG).exists():
            return folder
        for above in (folder, *folder.parents):
            if any((above / name).exists() for name in RUN_FILES) or _is_config(above / CONFIG):
                return above
    return None


def _is_config(path: Path) -> bool:
    try:
        return "study" in parsed(toml_text(path))
    except (OSError, ValueError):
        return False


def _ships(path: Path) -> bool:
    places = [folder.resolve() for folder in resources.folders("studies")]
    return any(path.resolve().is_relative_to(place) for place in places)


def _check_working_folder() -> None:
    here = Path.cwd()
    found = [name for name in READ_AT_WORK if (here / name).exists()]
    if found and run_folder(here) is not None:
        raise refusal(
            f"The working folder lies in a run folder and holds {found[0]}, from which programs can be started"
        )
