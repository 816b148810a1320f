"""Random numbers by the identity of what they are for, and not by the order in which they are drawn."""

import hashlib
import json
from typing import Any

import numpy as np


def stream(seed: int, *identity: Any) -> np.random.Generator:
    """Return the random numbers of one purpose: the same for the same seed and identity, in any order of work.

    Args:
        seed: of the run.
        identity: what the numbers are for: JSON-able values, such as the case, the estimator and the repeat. What is
            left out, as the model may be, shares its draws.
    """
    text = json.dumps(identity, sort_keys=True)
    digest = hashlib.sha256(text.encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
