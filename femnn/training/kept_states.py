"""What the next solves of a training start from, in one NumPy file without pickle."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Values = dict[int, Floats]
"""Components of u that a rank owns, by sample."""

FACTS = "facts"
"""Name of the array with JSON text: number of steps before the states, ranks, and the digest."""


def write(path: Path, training: bytes, count: int, states: Sequence[Values]) -> None:
    """Write states, in one move.

    Args:
        path: the file, suffix .npz.
        training: what the training is known by.
        count: steps before the states.
        states: of each rank of a group, the values by sample.
    """
    arrays = {f"{rank}-{sample}": u for rank, values in enumerate(states) for sample, u in values.items()}
    facts: dict[str, Any] = {"count": count, "ranks": len(states)}
    facts["sha256"] = _digest(training, facts, arrays.items())
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with draft.open("wb") as file:
        # NumPy would take an array for a parameter of its own where they were given one by one
        everything: dict[str, Any] = {FACTS: np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8), **arrays}
        np.savez(file, **everything)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read(path: Path, training: bytes) -> tuple[int, list[Values] | None]:
    """Return the number of steps before the states, and the states; 0 and None where there are none of this training.

    A file that is damaged, of another training, or anything else than :func:`write` wrote counts as none.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            facts = json.loads(bytes(file[FACTS]))
            arrays = {name: file[name] for name in file.files if name != FACTS}
        seal = facts.pop("sha256")
        if seal != _digest(training, facts, arrays.items()):
            return 0, None
        states: list[Values] = [{} for _ in range(facts["ranks"])]
        for name, u in arrays.items():
            rank, sample = map(int, name.split("-"))
            if u.dtype != np.float64 or u.ndim != 1:
                return 0, None
            states[rank][sample] = u
        return int(facts["count"]), states
    except Exception:
        # Damaged archives make zipfile, zlib, NumPy and the lines above raise nearly anything
        return 0, None


def _digest(training: bytes, facts: dict[str, Any], arrays: Iterable[tuple[str, Floats]]) -> str:
    digest = hashlib.sha256(training + json.dumps(facts, sort_keys=True).encode())
    for name, values in sorted(arrays):
        digest.update(f"{name} {values.dtype} {values.shape} ".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()
