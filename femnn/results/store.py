"""The files of a run's folder."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w
import xarray as xr

from femnn.errors import ConfigError
from femnn.results.figure import FIGURES, RESOLUTION, Figure

CONFIG = "config.toml"


def check_folder(folder: Path, resume: bool) -> None:
    """See that a run's folder can be made, or taken over from an earlier run; nothing in it is changed.

    Args:
        folder: where everything will be written.
        resume: whether a checkpoint is wanted there.

    Raises:
        ConfigError: the folder cannot be written, holds something else than a run, or has nothing to resume.
    """
    try:
        occupied = folder.exists() and any(folder.iterdir())
        if occupied and not (folder / CONFIG).exists():
            raise ConfigError(f"{folder} is not empty and holds no run of femnn; choose another folder with --out.")
        if resume and not occupied:
            raise ConfigError(f"There is nothing to resume in {folder}; run it without --resume.")
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise ConfigError(f"Cannot write to {folder}: {error.strerror}; choose another folder with --out.") from error


def write_config(folder: Path, study: str, settings: Mapping[str, Any]) -> None:
    """Write config.toml: the resolved settings, with their units, from which the same run can be started again."""
    (folder / CONFIG).write_text(tomli_w.dumps({"study": study, **settings}), encoding="utf-8")


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file that people read too; NaN becomes null."""
    cleaned = json.loads(json.dumps(values), parse_constant=lambda _: None)
    path.write_text(json.dumps(cleaned, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file; empty where there is none."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV file; floats keep all digits."""
    table.to_csv(path, index=False)


def write_dataset(path: Path, dataset: xr.Dataset) -> None:
    """Write a netCDF file."""
    dataset.to_netcdf(path, engine="h5netcdf")


def write_figures(folder: Path, figures: Sequence[Figure]) -> None:
    """Write figures as PNG into the folder of figures, in the place of those that are there."""
    (folder / FIGURES).mkdir(exist_ok=True)
    for old in (folder / FIGURES).glob("*.png"):
        old.unlink()
    for figure in figures:
        figure.drawing.savefig(folder / FIGURES / f"{figure.name}.png", dpi=RESOLUTION)
