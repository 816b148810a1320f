"""Losses that study files name as ``"path/to/file.py:name"``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from femnn.config.settings import nearest
from femnn.config.user_code import imported
from femnn.errors import ConfigError
from femnn.losses.custom import CustomLoss, custom_loss
from femnn.network.network import Network

type Floats = npt.NDArray[np.float64]


def load_custom_loss(
    place: str,
    network: Network,
    outputs: Sequence[tuple[int, int]],
    folder: Path | None = None,
    tested_at: Floats | None = None,
) -> CustomLoss:
    """The loss of a function ``name(displacements) -> (value, derivative)`` in a Python file.

    Args:
        place: ``"path/to/file.py:name"``.
        network: the network.
        outputs: label of a node and component (0 for x, 1 for y, 2 for z), for each component that the loss reads.
        folder: where a relative path begins; the working folder unless given.
        tested_at: displacements (m) at which the derivative is tested, shape (N, d); random ones unless given.

    Raises:
        ConfigError: there is no such file or name, it cannot be imported or called, it does not return a pair of the
            right shapes, or the derivative is not that of the value.
        NetworkError: a node is unknown, has no such component or is held by a support there, or a component is given
            twice.
    """
    function = _function(place, folder or Path())
    pair = _pair_of(function, place)
    return custom_loss(network, outputs, lambda U: pair(U)[0], lambda U: pair(U)[1], tested_at, place)


def _function(place: str, folder: Path) -> Callable[[Floats], Any]:
    file, colon, name = place.rpartition(":")
    if not colon or not file or not name:
        raise ConfigError(f'A loss of your own is named as "path/to/file.py:name", not {place!r}.')
    path = folder / file
    if not path.is_file():
        raise ConfigError(f"Loss {place!r}: there is no file {path}.")
    try:
        module = imported(path, "loss")
    except ConfigError as error:
        raise ConfigError(f"Loss {place!r}: {error}") from error
    functions = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
    function = getattr(module, name, None)
    if function is None:
        hint = nearest(name, functions).rstrip(".") if functions else "it defines no function"
        raise ConfigError(f"Loss {place!r}: {path} does not define {name!r}; {hint}{'' if hint[-1] == '?' else '.'}")
    if not callable(function):
        raise ConfigError(f"Loss {place!r}: {name!r} in {path} is no function, but {type(function).__name__}.")
    return function


def _pair_of(function: Callable[[Floats], Any], place: str) -> Callable[[Floats], tuple[Any, Any]]:
    def pair(displacements: Floats) -> tuple[Any, Any]:
        result = function(displacements)
        if not isinstance(result, tuple) or len(result) != 2:
            raise ConfigError(
                f"Loss {place!r}: the function must return (value, derivative), not {type(result).__name__}."
            )
        return result

    return pair
