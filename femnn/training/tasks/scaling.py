"""Features as shares of the largest force, scaled by what the training samples are."""

from typing import Literal

import numpy as np
import numpy.typing as npt

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]
type Scaling = Literal["maximum", "range", "standard"]


def scaled(features: Floats, training: Integers, scaling: Scaling) -> Floats:
    """Features by column, of magnitude 1 at most over the training samples.

    Args:
        features: shape (n, columns).
        training: indices of the training samples, from which alone the scale is taken.
        scaling: "maximum" divides by the largest magnitude (Li & Mao 2024); "range" maps the smallest to 0 and the
            largest to 1; "standard" takes the mean away and divides by the largest departure from it.
    """
    seen = features[training]
    offset = np.zeros(features.shape[1])
    if scaling == "range":
        offset = seen.min(axis=0)
    elif scaling == "standard":
        offset = seen.mean(axis=0)
    size = np.abs(seen - offset).max(axis=0)
    # A column that is the same in all samples says nothing, and pushes nothing
    return np.asarray((features - offset) / np.where(size > 0, size, 1.0))
