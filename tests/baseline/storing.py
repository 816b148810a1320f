"""Tables as they are stored: those without draws row by row, those with draws as means, deviations and counts."""

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from execution import Executed, read_csv
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from specification import HERE, Columns, Kind, Run

STORED = HERE / "stored"
MANIFEST = "manifest.json"
DEVIATION, COUNT = " (std)", " (n)"
"""What follows the name of a column that is drawn."""
FEWEST = 5
"""Draws that a mean needs."""
VERSIONS = ("femnn", "commit", "python", "platform", "dolfinx", "petsc", "mpi", "numpy", "scipy", "gmsh")


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers; truth values are none."""
    return is_numeric_dtype(values) and not is_bool_dtype(values)


def kinds(frame: pd.DataFrame, columns: Columns) -> dict[str, Kind]:
    """How each column is compared; those of deviations and counts belong to the column of the mean."""
    own = [name for name in frame.columns if not name.endswith((DEVIATION, COUNT))]
    drawn = len(own) < len(frame.columns)
    # Texts that differ between draws are left empty, and look like numbers
    return {name: columns.kind(name, f"{name}{COUNT}" in frame if drawn else is_number(frame[name])) for name in own}


def averaged(frame: pd.DataFrame, columns: Columns, over: tuple[str, ...]) -> pd.DataFrame:
    """Means, deviations and counts of all numbers and truth values over the draws, a row for each other key.

    Texts are kept where they are the same in all draws.
    """
    keys = [name for name in columns.keys if name in frame and name not in over]
    others = [name for name in frame.columns if name not in (*keys, *over)]
    if frame.empty:
        return frame[[*keys, *others]]
    # A table of which no keys are known is one group
    groups = frame.groupby(keys or np.zeros(len(frame)), sort=False, dropna=False)
    parts: dict[str, pd.Series] = {}
    for name in others:
        if is_numeric_dtype(frame[name]):
            values = groups[name] if is_number(frame[name]) else frame[name].astype(np.float64).groupby(groups.ngroup())
            parts[name], parts[name + COUNT] = values.mean(), values.count()
            parts[name + DEVIATION] = values.std(ddof=1).fillna(0.0)
        else:
            parts[name] = groups[name].first(skipna=False).where(groups[name].nunique(dropna=False) == 1)
    rows = [part.to_numpy() for part in parts.values()]
    means = pd.DataFrame(dict(zip(parts, rows, strict=True)))
    names = groups.size().index.to_frame(index=False)[keys] if keys else means[[]]
    return pd.concat([names, means], axis=1)


def reduced(run: Run, found: Executed) -> dict[str, pd.DataFrame]:
    """The tables of a run as they are stored and compared."""
    if run.draws is None:
        return found.tables
    over = run.draws.columns
    return {name: averaged(frame, found.columns[name], over) for name, frame in found.tables.items()}


def store(run: Run, found: Executed, first_seed: int, stored: Path = STORED) -> None:
    """Write the tables of a run in the place of those that are there, and what they are into the manifest.

    Raises:
        SystemExit: a run has ended badly or has too few draws, or keys do not tell the rows of a table apart.
    """
    if any(status not in (0, 3) for status in found.statuses):
        raise SystemExit(f"baseline: {run.name} cannot be recorded: {'; '.join(found.messages)}")
    tables = reduced(run, found)
    _require_draws(run, tables)
    for name, frame in tables.items():
        keys = [key for key in found.columns[name].keys if key in frame]
        if keys and frame.duplicated(keys).any():
            twice = frame[frame.duplicated(keys)].iloc[0][keys].to_dict()
            raise SystemExit(f"baseline: {run.name}, {name}: several rows have the keys {twice}; see columns.toml.")
    folder = stored / run.name
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.csv.gz"):
        path.unlink()
    for name, frame in tables.items():
        # Without a time in its header, a file is the same again where the table is
        path, text = folder / f"{name}.csv.gz", io.StringIO()
        frame.to_csv(text, index=False)
        path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    entry = run.described() | {
        "first_seed": first_seed,
        "statuses": found.statuses,
        "failures": found.failures,
        "tables": {name: described(run, frame, found.columns[name]) for name, frame in tables.items()},
    }
    manifest = read_manifest(stored)
    manifest["versions"] = {name: found.provenance.get(name) for name in VERSIONS}
    manifest.setdefault("runs", {})[run.name] = entry
    text_ = json.dumps(manifest, indent=1, ensure_ascii=False)
    (stored / MANIFEST).write_text(text_ + "\n", encoding="utf-8")


def described(run: Run, frame: pd.DataFrame, columns: Columns) -> dict[str, Any]:
    """What a stored table is, and how each of its columns is compared."""
    by_kind: dict[str, list[str]] = {}
    for name, kind in kinds(frame, columns).items():
        by_kind.setdefault(kind, []).append(name)
    return {"drawn": run.draws is not None, "rows": len(frame), "compared": by_kind}


def _require_draws(run: Run, tables: Mapping[str, pd.DataFrame]) -> None:
    for name, frame in tables.items():
        counts = [frame[column].max() for column in frame.columns if column.endswith(COUNT) and len(frame)]
        # A table that no draw enters has one of each row
        if run.draws is not None and counts and 1 < max(counts) < FEWEST:
            raise SystemExit(f"baseline: {run.name}, {name}: {max(counts)} draws are too few; {FEWEST} are needed.")


def read_manifest(stored: Path = STORED) -> dict[str, Any]:
    """What is stored; empty where nothing is."""
    path = stored / MANIFEST
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def read_stored(run: Run, stored: Path = STORED) -> dict[str, pd.DataFrame]:
    """The stored tables of a run."""
    return {path.name.removesuffix(".csv.gz"): read_csv(path) for path in sorted((stored / run.name).glob("*.csv.gz"))}
