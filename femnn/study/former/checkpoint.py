"""The checkpoint of a run: one line of JSON a point, written as soon as the point is measured.

A run that was killed resumes after the last whole line, with the random numbers where they were, so that it gives the
same result as one that was not. JSON keeps floats to the last bit, and each line has a digest of its content.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from femnn.errors import ConfigError
from femnn.runtime.sealing import sealed, unsealed
from femnn.study.former.study import Outcome, Point

FILE = "checkpoint.jsonl"

type Kept = tuple[Point, Outcome, dict[str, Any]]
"""A measured point, its outcome, and the state of the generator after it."""


def digest(study: str, settings: Mapping[str, Any]) -> str:
    """Fingerprint of a study's settings, by which a checkpoint knows its own run."""
    text = json.dumps([study, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(folder: Path, fingerprint: str, points: Sequence[Point]) -> list[Kept]:
    """Points that are in the checkpoint, up to the first line that is damaged, as by a kill in the middle of a write.

    Args:
        folder: the run's folder.
        fingerprint: :func:`digest` of the run.
        points: the run's points; those of the checkpoint must be the first of them.

    Raises:
        ConfigError: the checkpoint belongs to other settings, cannot be read, or is damaged in its first line.
    """
    path = folder / FILE
    try:
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    except OSError as error:
        raise ConfigError(f"Cannot read {path}: {error.strerror}.") from error
    if not lines:
        return []
    header = unsealed(lines[0])
    if header is None:
        raise ConfigError(f"{path} is damaged or of another version of femnn; run again with --force.")
    if header.get("run") != fingerprint:
        raise ConfigError(f"{path} is of a run with other settings; use the same ones, another folder, or no --resume.")
    kept: list[Kept] = []
    for line, point in zip(lines[1:], points, strict=False):
        found = _kept(line, point)
        if found is None:
            break
        kept.append(found)
    return kept


def _kept(line: bytes, point: Point) -> Kept | None:
    """The measured point of a line; None where the line is damaged or of another point."""
    record = unsealed(line)
    try:
        if record is None or record["point"] != point:
            return None
        np.random.default_rng().bit_generator.state = record["generator"]
        outcome = Outcome(**record["outcome"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    whole = isinstance(outcome.data, dict) and all(isinstance(line, str) for line in outcome.failures)
    return (point, outcome, record["generator"]) if whole else None


def fingerprints(folder: Path) -> tuple[str, str] | None:
    """Return the fingerprints of the run in a folder: of its settings, and of those that it was asked for.

    The two differ where settings were relative to the network, and have been resolved. None where there is no run.
    """
    try:
        with (folder / FILE).open("rb") as file:
            header = unsealed(file.readline().rstrip(b"\n"))
    except OSError:
        return None
    run = None if header is None else header.get("run")
    return None if header is None or run is None else (str(run), str(header.get("asked", run)))


class Writer:
    """Writes the checkpoint of a run; used on rank 0 alone."""

    def __init__(self, folder: Path, fingerprints: tuple[str, str], kept: Sequence[Kept]) -> None:
        """Begin the file again with the points that are kept, in one move, so that a kill leaves the old or the new.

        Args:
            folder: the run's folder.
            fingerprints: :func:`digest` of the run, and of the settings that it was asked for.
            kept: points that are measured already.
        """
        fingerprint, asked = fingerprints
        path = folder / FILE
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            self._write(file, {"run": fingerprint} | ({"asked": asked} if asked != fingerprint else {}))
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
        file.write(sealed(record))
        file.flush()
        os.fsync(file.fileno())


def _line(point: Point, outcome: Outcome, generator: Mapping[str, Any]) -> dict[str, Any]:
    return {"point": point, "outcome": asdict(outcome), "generator": dict(generator)}
