"""The record of a training: loss and gradient of every step, so that one that was killed resumes as if it was not.

Optimisers are functions of the losses and gradients that they are given. Playing the record back to a new one leads it
to the same parameters, bit for bit, whichever optimiser it is. Where solves start from earlier states, these are kept
every so many steps, and what was written after them is done again.

The files are data and nothing else: numbers, JSON, and NumPy arrays without pickle. Every record has a digest; what
does not fit its digest is computed again.
"""

import hashlib
import json
import os
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from femnn.config.file_errors import naming
from femnn.errors import ConfigError
from femnn.runtime.sealing import sealed, unsealed
from femnn.training import kept_states
from femnn.training.kept_states import Values

type Floats = npt.NDArray[np.float64]

STEPS, NOTES, STATES = "steps.bin", "notes.jsonl", "states.npz"
LENGTH = struct.Struct("<q")
DIGEST = 8
"""Bytes of the digest of a step."""
RANKS = "ranks"
"""Fact that says on how many ranks the states of a training can be restored."""


@dataclass(frozen=True)
class Place:
    """Where a training keeps its record, and the facts by which a record is known to be its own."""

    folder: Path
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """What a record holds of a training."""

    steps: Floats
    """Loss and gradient of each step, shape (n, 1 + parameters)."""
    notes: list[dict[str, Any]]
    """What was recorded between steps, with ``step`` the number of steps before it."""
    states: Sequence[Values] | None = None
    """What the solves after the last step start from."""


class TrainingRecord:
    """The record of one training in a folder; used on one rank."""

    def __init__(self, folder: Path, fingerprint: Mapping[str, Any], parameters: int, warm: bool) -> None:
        """Open the record, or begin it where there is none of this training.

        Args:
            folder: where its files are; made if need be.
            fingerprint: JSON-able facts that the training is known by.
            parameters: number of parameters.
            warm: whether solves start from earlier states.

        Raises:
            ConfigError: the folder holds the record of another training.
        """
        self._folder, self._width = folder, 1 + parameters
        folder.mkdir(parents=True, exist_ok=True)
        self._header = json.dumps(fingerprint, sort_keys=True).encode()
        self.kept = self._read(warm)
        self._begin()
        self._steps: BinaryIO = (folder / STEPS).open("ab")
        self._notes = (folder / NOTES).open("a", encoding="utf-8")
        self._count = len(self.kept.steps)

    def step(self, loss: float, gradient: Floats) -> None:
        """Record a step."""
        with naming(self._folder / STEPS):
            self._steps.write(self._step(self._count, np.concatenate([[loss], gradient]).tobytes()))
            self._steps.flush()
        self._count += 1

    def note(self, step: int, record: Mapping[str, Any]) -> None:
        """Record what was found after a number of steps."""
        with naming(self._folder / NOTES):
            self._notes.write(sealed({"step": step} | dict(record)))
            self._notes.flush()

    def keep(self, states: Sequence[Values]) -> None:
        """Keep what the next solves start from, in one move, with all that was recorded before on the disk."""
        with naming(self._folder / STATES):
            for file in (self._steps, self._notes):
                os.fsync(file.fileno())
            kept_states.write(self._folder / STATES, self._header, self._count, states)

    def close(self) -> None:
        """Close the files."""
        for file in (self._steps, self._notes):
            # What a full disk has not taken was told when it was written
            with suppress(OSError):
                file.close()

    def _read(self, warm: bool) -> Kept:
        empty = Kept(np.empty((0, self._width)), [])
        path = self._folder / STEPS
        content = path.read_bytes() if path.exists() else b""
        if len(content) < LENGTH.size:
            return empty
        (length,) = LENGTH.unpack_from(content)
        start = LENGTH.size + length
        if content[LENGTH.size : start] != self._header:
            if _besides_ranks(content[LENGTH.size : start]) != _besides_ranks(self._header):
                raise ConfigError(f"{path} is of another training; use the same settings, or another folder.")
            # States that solves start from are shared out otherwise: the training begins again
            return empty
        steps = self._whole(content[start:])
        states = None
        if warm:
            count, states = kept_states.read(self._folder / STATES, self._header)
            if count > len(steps):
                return empty
            steps = steps[:count]
        return Kept(steps, self._records(len(steps)), states)

    def _whole(self, content: bytes) -> Floats:
        """Steps up to the first that does not fit its digest, shape (n, 1 + parameters)."""
        size = 8 * self._width
        steps: list[bytes] = []
        for begin in range(0, len(content) - size - DIGEST + 1, size + DIGEST):
            data = content[begin : begin + size]
            if self._step(len(steps), data) != content[begin : begin + size + DIGEST]:
                break
            steps.append(data)
        return np.frombuffer(b"".join(steps)).reshape(len(steps), self._width)

    def _step(self, number: int, data: bytes) -> bytes:
        """A step as it is in the file, with the digest of it and of its place."""
        return data + hashlib.blake2b(LENGTH.pack(number) + data, digest_size=DIGEST).digest()

    def _records(self, steps: int) -> list[dict[str, Any]]:
        """Records before a step that is kept, up to a line that is damaged, as by a kill in the middle of a write."""
        path = self._folder / NOTES
        found: list[dict[str, Any]] = []
        for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else []:
            record = unsealed(line)
            if record is None or not isinstance(record.get("step"), int) or record["step"] >= steps:
                break
            found.append(record)
        return found

    def _begin(self) -> None:
        """Write the files again with what is kept, each in one move."""
        head = LENGTH.pack(len(self._header)) + self._header
        steps = b"".join(self._step(number, row.tobytes()) for number, row in enumerate(self.kept.steps))
        lines = "".join(sealed(record) for record in self.kept.notes)
        for name, content in ((NOTES, lines.encode()), (STEPS, head + steps)):
            draft = self._folder / f"{name}.new"
            with naming(draft):
                draft.unlink(missing_ok=True)
                draft.write_bytes(content)
                draft.replace(self._folder / name)


def _besides_ranks(header: bytes) -> Any:
    """The facts of a header without the number of ranks; None where it is none."""
    try:
        facts = json.loads(header)
    except ValueError:
        return None
    return {name: value for name, value in facts.items() if name != RANKS} if isinstance(facts, dict) else None
