"""The files of a run's folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w
import xarray as xr

from femnn.config.file_errors import naming
from femnn.config.file_names import file_name
from femnn.config.trust import CONFIG
from femnn.report.figure import FIGURES, RESOLUTION, Figure
from femnn.report.plots import save
from femnn.report.printed import printed
from femnn.tables.csv_text import without_formulas

QUICK = {"compress_level": 2}
"""Of PNG files: they are a fifth larger than the smallest, and written in half the time."""
OVERHEAD = 200_000
"""Bytes of a netCDF file besides its arrays, at most."""


def write_config(folder: Path, study: str, settings: Mapping[str, Any]) -> None:
    """Write config.toml: the resolved settings, with their units, from which the same run can be started again.

    Args:
        folder: of the run.
        study: name of the study, or the path of one of the user's own.
        settings: the settings.
    """
    draft = folder / f"{CONFIG}.new"
    with naming(draft):
        fresh(draft).write_text(tomli_w.dumps({"study": study, **settings}), encoding="utf-8")
        draft.replace(folder / CONFIG)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file that people read too, in one move; NaN becomes null."""
    cleaned = json.loads(json.dumps(values), parse_constant=lambda _: None)
    draft = path.with_name(f"{path.name}.new")
    with naming(path):
        # Half of a pair of code units has no form in UTF-8
        fresh(draft).write_text(
            json.dumps(cleaned, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace"
        )
        draft.replace(path)


def fresh(path: Path) -> Path:
    """Return the path of a file after removing what is there, so that no other name of that file gets its content."""
    path.unlink(missing_ok=True)
    return path


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV file; floats keep all digits, and no text is a formula."""
    with naming(path):
        without_formulas(table).to_csv(fresh(path), index=False)


def table_path(folder: Path, name: str) -> Path:
    """Return the file of a table in a run's folder."""
    return folder / f"{file_name(name)}.csv"


def write_dataset(path: Path, dataset: xr.Dataset) -> None:
    """Write a netCDF file."""
    with naming(path):
        # HDF5 ends the process where a disk gets full
        with fresh(path).open("wb") as file:
            file.write(bytes(dataset.nbytes + OVERHEAD))
        dataset.to_netcdf(fresh(path), engine="h5netcdf")


def write_figures(folder: Path, figures: Sequence[Figure]) -> None:
    """Write figures as PNG into the folder of figures, in the place of those that are there."""
    (folder / FIGURES).mkdir(exist_ok=True)
    for old in (folder / FIGURES).glob("*.png"):
        old.unlink()
    for figure in figures:
        with naming(figure_path(folder, figure)):
            save(printed(figure), figure_path(folder, figure), dpi=RESOLUTION, pil_kwargs=QUICK)


def figure_path(folder: Path, figure: Figure) -> Path:
    """Return the file of a figure in a run's folder."""
    return folder / FIGURES / f"{file_name(figure.name)}.png"
