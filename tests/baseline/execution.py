"""Running a study through its command line, and reading what it has written.

Nothing of femnn is used but the command, its settings, and names of files and columns: those stay when the code is
rearranged. Figures are not drawn, which would take most of the time; tables do not depend on them.
"""

import contextlib
import gc
import io
import json
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import xarray as xr
from specification import DRAW, Columns, Run

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001000005fe02fe"
    "a7569a0000000049454e44ae426082"
)
"""A PNG of one pixel, in place of each figure."""
TEXTS = ("findings", "tables", "failures")
"""Of summary.json, what is no number of its own."""
SUMMARY = "summary"
SUMMARY_COLUMNS = Columns(keys=("path",), errors=("number",))
PLACES = ("bond", "node", "component")
"""Dimensions of results.nc along which the norm of a field is formed."""


@dataclass
class Executed:
    """What a run has written."""

    statuses: list[int] = field(default_factory=list)
    """Exit status of every run of the study."""
    failures: list[int] = field(default_factory=list)
    """How many things could not be computed, by run of the study."""
    messages: list[str] = field(default_factory=list)
    """The last line on stderr of runs that ended badly."""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    columns: dict[str, Columns] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


def executed(run: Run, first_seed: int, keep: Path | None = None) -> Executed:
    """Run a study as often as is asked for, and read its tables.

    Args:
        run: what is run.
        first_seed: of those that are counted up.
        keep: where the folders of the runs are kept; nowhere where None.
    """
    result, parts = Executed(), dict[str, list[pd.DataFrame]]()
    repeat = run.draws.repeat if run.draws else 1
    with tempfile.TemporaryDirectory() as temporary:
        for draw in range(repeat):
            folder = (keep or Path(temporary)) / (f"{run.name}-{draw}" if repeat > 1 else run.name)
            status, message = _command(["run", run.study, "--out", str(folder)], run.assignments(first_seed, draw))
            result.statuses.append(status)
            if message:
                result.messages.append(message)
            if not (folder / "summary.json").exists():
                continue
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            result.failures.append(len(summary["failures"]))
            result.provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
            for name, columns, frame in _tables(run, folder, summary):
                result.columns[name] = columns
                parts.setdefault(name, []).append(frame.assign(**{DRAW: draw}) if repeat > 1 else frame)
    result.tables = {name: _together(frames) for name, frames in parts.items()}
    return result


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if full else frames[0]


def read_csv(path: Path) -> pd.DataFrame:
    """A table with its numbers to the last bit; without columns where the file has none."""
    with warnings.catch_warnings():
        # pandas 3 has this precision in any case and warns of the option, pandas 2 needs it
        warnings.filterwarnings("ignore", message=".*float_precision", category=Warning)
        try:
            return pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=[""])
        except pd.errors.EmptyDataError:
            return pd.DataFrame()


def _command(arguments: list[str], assignments: Iterator[str]) -> tuple[int, str]:
    """Exit status of ``femnn``, and the last line on stderr where it is not 0."""
    from femnn.cli import main

    out, err = io.StringIO(), io.StringIO()
    status = 0
    for assignment in assignments:
        arguments += ["--set", assignment]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), figures_left_out():
        try:
            main(arguments)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    gc.collect()
    lines = err.getvalue().strip().splitlines()
    return status, lines[-1] if status and lines else ""


@contextlib.contextmanager
def figures_left_out() -> Iterator[None]:
    """Write a pixel in place of each figure."""

    def savefig(_: Any, target: Any, *arguments: Any, **options: Any) -> None:
        if hasattr(target, "write"):
            target.write(PIXEL)
        else:
            Path(target).write_bytes(PIXEL)

    with mock.patch("matplotlib.figure.Figure.savefig", savefig):
        yield


def _tables(run: Run, folder: Path, summary: dict[str, Any]) -> Iterator[tuple[str, Columns, pd.DataFrame]]:
    """Name, columns and contents of every table: CSV files, fields, and numbers of the summary where none is drawn."""
    for path in sorted(folder.glob("*.csv")):
        yield path.stem, run.columns(path.stem), read_csv(path)
    if run.fields:
        with xr.open_dataset(folder / "results.nc", engine="h5netcdf") as data:
            for name in run.fields:
                dimensions = [str(dimension) for dimension in data[name].dims]
                frame = data[name].to_dataframe().reset_index()[[*dimensions, name]].dropna()
                along = tuple(dimension for dimension in dimensions if dimension in PLACES)
                yield f"results.{name}", Columns(tuple(dimensions), along, vectors=(name,)), frame
    if run.draws is None and run.summary:
        numbers = dict(_numbers({key: value for key, value in summary.items() if key not in TEXTS}))
        frame = pd.DataFrame({"path": list(numbers), "number": np.array(list(numbers.values()), dtype=np.float64)})
        yield SUMMARY, SUMMARY_COLUMNS, frame


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """All numbers of a tree, with the way to them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _numbers(item, f"{path}[{index}]")
    elif isinstance(value, int | float):
        yield path, float(value)
