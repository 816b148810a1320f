"""The checkpoint of a run, by key: a line of JSON a point and its arrays, appended as soon as the point is measured.

Lines that are missing or damaged cost their own points alone, wherever they are. Every line has a digest of its content
and of its arrays. Each group of ranks appends to files of its own; whoever reads takes them together, so that a run
goes on with any number of groups.
"""

import hashlib
import itertools
import json
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from femnn.config.file_errors import naming
from femnn.errors import ConfigError
from femnn.runtime.sealing import sealed, unsealed
from femnn.study.arrays import packed, put_back, taken_out, unpacked
from femnn.study.points import Point
from femnn.study.records import Record

FILE, ARRAYS = "checkpoint.jsonl", "checkpoint.npzs"
"""Lines, and .npz files one after another; those of further groups have the group's number before the ending.

The first line says which file has the arrays. A checkpoint that is written again gets a new one, so that a kill between
the two moves leaves the old lines with the old arrays, or the new ones with the new.
"""
NAME = re.compile(r"checkpoint(-[0-9]+)?(\.[0-9]+)?\.npzs")


def digest(study: str, settings: Mapping[str, Any]) -> str:
    """Fingerprint of a study's settings, by which a checkpoint knows its own run."""
    text = json.dumps([study, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def files(folder: Path) -> list[Path]:
    """Return all files of the checkpoint in a folder, those of the first group first."""
    found = [path for pattern in ("*.jsonl", "*.npzs") for path in folder.glob(f"checkpoint{pattern}")]
    return sorted(found, key=lambda path: (path.name != FILE, "-" in path.name, path.suffix != ".jsonl", path.name))


class Tally:
    """How many points the checkpoint in a folder holds by now; each call reads only what is new."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder, self._places = folder, dict[Path, int]()
        self.points, self.shared = 0, 0

    def update(self) -> int:
        """Return the number of points; lines are counted by how they begin, and not checked."""
        for path in files(self._folder):
            if path.suffix != ".jsonl":
                continue
            place = self._places.get(path, 0)
            with path.open("rb") as file:
                file.seek(place)
                content = file.read()
            content = content[: content.rfind(b"\n") + 1]
            self._places[path] = place + len(content)
            lines = content.split(b"\n")
            self.points += sum(line.startswith(b'{"key":') for line in lines)
            self.shared += sum(line.startswith(b'{"shared":') for line in lines)
        return self.points


def count(folder: Path) -> int:
    """Return how many points the checkpoint in a folder holds, shared results not counted."""
    return Tally(folder).update()


def read(folder: Path, fingerprint: str, points: Iterable[Point]) -> dict[str, Record]:
    """Return what is measured of some points, by key.

    Args:
        folder: the run's folder.
        fingerprint: :func:`digest` of the run.
        points: those that are wanted.

    Raises:
        ConfigError: the checkpoint belongs to other settings, cannot be read, or is damaged in its first line.
    """
    wanted = {point.key for point in points}
    found: dict[str, Record] = {}
    for path in files(folder):
        if path.suffix == ".jsonl":
            try:
                found |= dict(_records(path, fingerprint, wanted))
            except OSError as error:
                raise ConfigError(f"Cannot read {path}: {error.strerror}.") from error
    return found


def _records(path: Path, fingerprint: str, wanted: set[str]) -> Iterator[tuple[str, Record]]:
    header, *lines = path.read_bytes().split(b"\n")[:-1] or [b""]
    if not header and not lines:
        return
    facts = unsealed(header)
    if facts is None:
        raise ConfigError(f"{path} is damaged or of another version of femnn; run again with --force.")
    if facts.get("run") != fingerprint:
        raise ConfigError(
            f"{path} is of a run with other settings, or with another content of the network or a file that they name; "
            "use the same ones, another folder, or no --resume."
        )
    named = facts.get("arrays")
    # What is no name of such a file may be anywhere
    chunks = path.with_name(named) if isinstance(named, str) and NAME.fullmatch(named) else path.with_suffix(".npzs")
    content = chunks.read_bytes() if chunks.is_file() else b""
    for line in lines:
        record = unsealed(line)
        if record is not None and record.get("key") in wanted:
            whole = _whole(record, content)
            if whole is not None:
                yield record["key"], whole


def _whole(line: dict[str, Any], content: bytes) -> Record | None:
    """The record of a line with its arrays; None where it is not as it was written."""
    try:
        begin, end, seal = line["arrays"] or (0, 0, "")
        chunk = content[begin:end]
        if end and hashlib.sha256(chunk).hexdigest() != seal:
            return None
        record = Record(**put_back(line["record"], unpacked(chunk) if end else []))
    except (KeyError, TypeError, ValueError, IndexError, OSError):
        return None
    return record if record.well_formed else None


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
    """Writes the checkpoint of one group of ranks; used on the group's first rank alone."""

    def __init__(
        self,
        folder: Path,
        fingerprints: tuple[str, str],
        kept: Mapping[str, Record] | None = None,
        group: int = 0,
        shared: Container[str] = (),
    ) -> None:
        """Begin the files again with what is kept, in one move, so that a kill leaves the old ones or the new.

        Args:
            folder: the run's folder.
            fingerprints: :func:`digest` of the run, and of the settings that it was asked for.
            kept: what is measured already, by key; the first group writes it, and removes the files of all others.
            group: number of the group.
            shared: keys of results that points share.
        """
        fingerprint, asked = fingerprints
        self._shared = shared
        stem = "checkpoint" if group == 0 else f"checkpoint-{group}"
        lines, draft = folder / f"{stem}.jsonl", folder / f"{stem}.jsonl.new"
        # The old lines have the old arrays until they are replaced
        names = itertools.chain([f"{stem}.npzs"], (f"{stem}.{n}.npzs" for n in itertools.count(1)))
        chunks = next(path for path in map(folder.joinpath, names) if not path.exists())
        with naming(draft):
            self._lines: BinaryIO = _fresh(draft)
            self._chunks: BinaryIO = _fresh(chunks)
            self._path = lines
            facts = {"run": fingerprint} | ({"asked": asked} if asked != fingerprint else {})
            self._append(facts | {"arrays": chunks.name})
            for key, record in (kept or {}).items():
                self.add(key, record, sync=False)
            self._sync()
            draft.replace(lines)
        for path in [*files(folder), *folder.glob("checkpoint*.new")] if group == 0 else ():
            if path not in (lines, chunks):
                path.unlink()

    def add(self, key: str, record: Record, sync: bool = True) -> None:
        """Append a point that was just measured."""
        arrays: list[Any] = []
        values = taken_out(vars(record), arrays)
        place: list[Any] | None = None
        if arrays:
            content, begin = packed(arrays), self._chunks.tell()
            with naming(self._path):
                self._chunks.write(content)
            place = [begin, begin + len(content), hashlib.sha256(content).hexdigest()]
        if sync:
            self._sync()
        kind = {"shared": True} if key in self._shared else {}
        self._append(kind | {"key": key, "record": values, "arrays": place})
        if sync:
            self._sync()

    def close(self) -> None:
        """Close the files."""
        for file in (self._lines, self._chunks):
            # What a full disk has not taken was told when it was written
            with suppress(OSError):
                file.close()

    def _append(self, record: dict[str, Any]) -> None:
        with naming(self._path):
            self._lines.write(sealed(record).encode())

    def _sync(self) -> None:
        with naming(self._path):
            for file in (self._chunks, self._lines):
                file.flush()
                os.fsync(file.fileno())


def _fresh(path: Path) -> BinaryIO:
    """A new file in the place of what is there, so that no other name of that gets its content."""
    path.unlink(missing_ok=True)
    return path.open("wb")
