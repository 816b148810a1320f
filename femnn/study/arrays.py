"""Arrays within JSON-able values: taken out for a file of arrays, and put back."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

PLACE = "<array>"
"""Key of what stands in the place of an array."""

type Array = npt.NDArray[Any]


def taken_out(value: Any, arrays: list[Array]) -> Any:
    """Return a value with numbers in the place of its arrays, which are appended to a list.

    Raises:
        TypeError: an array holds objects.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("arrays of a checkpoint hold numbers, not objects")
        arrays.append(value)
        return {PLACE: len(arrays) - 1}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): taken_out(part, arrays) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [taken_out(part, arrays) for part in value]
    return value


def put_back(value: Any, arrays: list[Array]) -> Any:
    """Return a value with its arrays; the inverse of :func:`taken_out`.

    Raises:
        IndexError: there are fewer arrays.
    """
    if isinstance(value, dict):
        if value.keys() == {PLACE}:
            return arrays[value[PLACE]]
        return {key: put_back(part, arrays) for key, part in value.items()}
    if isinstance(value, list):
        return [put_back(part, arrays) for part in value]
    return value


def plain(value: Any) -> Any:
    """Return a value as it comes back from a checkpoint: lists for tuples, Python's numbers for NumPy's, new arrays.

    Raises:
        TypeError: an array holds objects.
    """
    arrays: list[Array] = []
    places = taken_out(value, arrays)
    return put_back(places, [np.array(array) for array in arrays])


def packed(arrays: list[Array]) -> bytes:
    """Return arrays as the bytes of an .npz file."""
    file = io.BytesIO()
    named: dict[str, Any] = {str(i): array for i, array in enumerate(arrays)}
    np.savez(file, **named)
    return file.getvalue()


def unpacked(content: bytes) -> list[Array]:
    """Return the arrays of an .npz file; nothing in it is run.

    Raises:
        ValueError, OSError, KeyError: it is not one.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return [file[str(i)] for i in range(len(file.files))]
