"""The checkpoint of a run: one line of JSON a point, written as soon as the point is measured.

A run that was killed goes on after the last whole line, with the random numbers where they were, so that it gives the
same result as one that was not. JSON keeps floats to the last bit.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from femnn.errors import ConfigError
from femnn.study import Outcome, Point

FILE = "checkpoint.jsonl"


def digest(study: str, settings: Mapping[str, Any]) -> str:
    """Fingerprint of a study's settings, by which a checkpoint knows its own run."""
    text = json.dumps([study, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(folder: Path, fingerprint: str) -> list[tuple[Point, Outcome, dict[str, Any]]]:
    """Points that are in the checkpoint, each with its outcome and the state of the generator after it.

    Args:
        folder: the run's folder.
        fingerprint: :func:`digest` of the run.

    Raises:
        ConfigError: the checkpoint belongs to other settings, or is no checkpoint.
    """
    path = folder / FILE
    if not path.exists():
        return []
    records = [_record(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    if not records:
        return []
    if records[0].get("run") != fingerprint:
        raise ConfigError(f"{path} is of a run with other settings; use the same ones, another folder, or no --resume.")
    return [(r["point"], Outcome(**r["outcome"]), r["generator"]) for r in records[1:] if r]


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        record = {}
    return record if isinstance(record, dict) else {}


class Writer:
    """Writes the checkpoint of a run; used on rank 0 alone."""

    def __init__(self, folder: Path, fingerprint: str, kept: list[tuple[Point, Outcome, dict[str, Any]]]) -> None:
        """Begin the file anew with the points that are kept, in one move, so that a kill leaves the old or the new."""
        path = folder / FILE
        draft = path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            self._write(file, {"run": fingerprint})
            for point, outcome, generator in kept:
                self._write(file, _line(point, outcome, generator))
        draft.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def add(self, point: Point, outcome: Outcome, generator: np.random.Generator) -> None:
        """Add a point that was just measured."""
        self._write(self._file, _line(point, outcome, generator.bit_generator.state))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @staticmethod
    def _write(file: TextIO, record: dict[str, Any]) -> None:
        file.write(json.dumps(record) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _line(point: Point, outcome: Outcome, generator: Mapping[str, Any]) -> dict[str, Any]:
    return {"point": point, "outcome": asdict(outcome), "generator": dict(generator)}
