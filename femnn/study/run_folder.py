"""What a run folder holds before a run begins, and what is made of it."""

import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from femnn.config.trust import CONFIG
from femnn.errors import ConfigError
from femnn.report.figure import FIGURES
from femnn.study import checkpoint
from femnn.study.lock import LOCK

TABLE, DATASET, SUMMARY, PROVENANCE, REPORT = (
    "table.csv",
    "results.nc",
    "summary.json",
    "provenance.json",
    "report.html",
)
STATES, ANIMATIONS = "states", "animations"
LEFT = frozenset({LOCK, f"{CONFIG}.new"})
"""What a run leaves that is killed before its settings are written."""
UNDER_WAY = "under-way"
"""Folder of what a study records within a point, removed at the end of the run."""
TABLES = "tables"
"""Key of provenance.json under which the names of the run's tables are."""
WRITTEN = {FIGURES: ("*.png",), ANIMATIONS: ("*.gif", "*.mp4"), STATES: ("*.bp",)}
"""What a run writes into folders of its own."""


@dataclass(frozen=True)
class Held:
    """What a folder holds of an earlier run."""

    points: int
    """Points in its checkpoint."""
    total: int | None
    """All points of the run, where it says so."""
    begun: bool
    """Whether anything was computed."""

    def __str__(self) -> str:
        """The run as a message calls it."""
        if self.total is not None and self.points < self.total:
            return f"a run of which {self.points} of {self.total} points are measured"
        return "a finished run" if self.points or self.total is None else "a run"


def check_folder(folder: Path, resume: bool, force: bool) -> None:
    """See that a run's folder can be made, resumed or written over; nothing is changed.

    Args:
        folder: where everything will be written.
        resume: whether a checkpoint is wanted there.
        force: whether an earlier run may be written over.

    Raises:
        ConfigError: the folder cannot be written, holds something else than a run or links to somewhere else,
            or has a run that would be lost.
    """
    if resume and force:
        raise ConfigError("--resume keeps what was computed and --force drops it; give one of them.")
    try:
        occupied = folder.exists() and any(path.name not in LEFT for path in folder.iterdir())
        if occupied and not any((folder / name).exists() for name in (CONFIG, checkpoint.FILE)):
            raise ConfigError(f"{folder} is not empty and holds no run of femnn; choose another folder with --out.")
        refuse_links(folder)
        if occupied and not (resume or force) and (held := _held(folder)).begun:
            raise ConfigError(
                f"{folder} holds {held}, which would be lost; give --resume to keep what it has, --force to write over "
                "it, or another folder with --out."
            )
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not nearest.is_dir():
            raise NotADirectoryError(20, "Not a directory")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ConfigError(f"Cannot write to {folder}: {error.strerror}; choose another folder with --out.") from error


def make_folder(folder: Path) -> None:
    """Make the folder of a run where there is none.

    Raises:
        ConfigError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"Cannot write to {folder}: {error.strerror}; choose another folder with --out.") from error


def refuse_links(folder: Path) -> None:
    """Refuse a run folder in which anything is a link or a device: through it a run would write somewhere else.

    Raises:
        ConfigError: there is one; the message names it.
    """
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(where) / name
            mode = path.lstat().st_mode
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                kind = f"a link to {path.readlink()}" if stat.S_ISLNK(mode) else "neither a file nor a folder"
                raise ConfigError(f"{path} is {kind}; a run folder holds files and folders alone. Remove it.")


def clear(folder: Path) -> None:
    """Remove all that an earlier run wrote, and nothing else: none of its results is to be taken for the new run's."""
    for name in (TABLE, *_tables(folder), DATASET, SUMMARY, PROVENANCE, REPORT):
        (folder / name).unlink(missing_ok=True)
    for path in checkpoint.files(folder):
        path.unlink()
    for name, patterns in WRITTEN.items():
        clear_folder(folder / name, *patterns)
    shutil.rmtree(folder / UNDER_WAY, ignore_errors=True)


def clear_folder(folder: Path, *patterns: str) -> None:
    """Remove what a run wrote into a folder of its own, and the folder if nothing else is in it."""
    if not folder.is_dir():
        return
    for path in (path for pattern in patterns for path in folder.glob(pattern)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def read_facts(path: Path) -> dict[str, Any]:
    """Return where a run comes from, as provenance.json says; empty where that cannot be read."""
    return {key: value for key, value in _json(path).items() if key != TABLES}


def stated(folder: Path) -> tuple[list[str], list[str]]:
    """Return the warnings and the notes on its inputs that a run has stated, a line each."""
    summary = _json(folder / SUMMARY)
    found = (summary.get(name) for name in ("warnings", "notes"))
    warnings, notes = ([str(line) for line in lines] if isinstance(lines, list) else [] for lines in found)
    return warnings, notes


def states_missing(folder: Path) -> list[str]:
    """Return what the run said of states that it could not write, a line each."""
    lines = _json(folder / SUMMARY).get("failures")
    lines = lines if isinstance(lines, list) else []
    return [line for line in lines if isinstance(line, str) and line.startswith(("states ", "no state "))]


def _held(folder: Path) -> Held:
    tally, total = checkpoint.Tally(folder), _json(folder / SUMMARY).get("points_total")
    points = tally.update()
    trained = (folder / UNDER_WAY).is_dir() and any((folder / UNDER_WAY).iterdir())
    begun = points + tally.shared > 0 or trained or (folder / TABLE).exists() or (folder / REPORT).exists()
    return Held(points, total if isinstance(total, int) else None, begun)


def _tables(folder: Path) -> list[str]:
    """Names of the tables that the run says it wrote, which are files of its folder whatever it says."""
    names = _json(folder / PROVENANCE).get(TABLES)
    names = names if isinstance(names, list) else []
    return [name for name in names if isinstance(name, str) and name == Path(name).name and name.endswith(".csv")]


def _json(path: Path) -> dict[str, Any]:
    """A JSON file of a run; empty where it cannot be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
