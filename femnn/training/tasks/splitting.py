"""Training and test samples, chosen by chance."""

import numpy as np
import numpy.typing as npt

from femnn.runtime.streams import stream

type Integers = npt.NDArray[np.int64]


def split(count: int, test_share: float, seed: int) -> tuple[Integers, Integers]:
    """Indices of training and of test samples, shuffled.

    Args:
        count: of all samples.
        test_share: share of the samples that are kept back, 0 for none.
        seed: of the order.
    """
    order = stream(seed, "split").permutation(count)
    test = round(test_share * count)
    return order[: count - test], order[count - test :]
