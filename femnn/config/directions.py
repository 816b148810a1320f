"""Directions in configuration files: an axis such as ``"-y"``, or components."""

import math
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator

from femnn.errors import NetworkError

AXES = "xyz"


def parse_direction(value: object) -> tuple[float, ...]:
    """Unit vector from "x", "+y", "-z" or from components; an axis gives three components.

    Raises:
        ValueError: neither of these.
    """
    if isinstance(value, str):
        sign, axis = (value[0], value[1:]) if value[:1] in ("+", "-") else ("+", value)
        if axis in tuple(AXES):
            return tuple(float(f"{sign}1") if axis == a else 0.0 for a in AXES)
    elif isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value) and any(value):
        # Sizes whose squares are no numbers have directions all the same
        largest = max(abs(v) for v in value)
        scaled = [v / largest for v in value]
        length = float(np.linalg.norm(scaled))
        if math.isfinite(length):
            return tuple(v / length for v in scaled)
    raise ValueError(f"{value!r} is no direction; give one such as '-y', or its components")


Direction = Annotated[tuple[float, ...], BeforeValidator(parse_direction)]


def in_dimension(direction: tuple[float, ...], dimension: int, what: str) -> tuple[float, ...]:
    """The components of a direction in a network of 2 or 3 dimensions.

    Args:
        direction: unit vector; one of three components is taken in 2D if its last is zero.
        dimension: of the network.
        what: what points in the direction, for the message.

    Raises:
        NetworkError: the direction leaves the network's space, or has too few components.
    """
    if dimension == 2 and len(direction) == 3 and direction[2] == 0:
        return direction[:2]
    if dimension == 2 and len(direction) == 3:
        raise NetworkError(f"{what} points along z, but the network is 2D.")
    if len(direction) != dimension:
        raise NetworkError(f"{what} needs a direction of {dimension} components.")
    return direction
