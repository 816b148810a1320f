"""Units of drawings."""

from pathlib import Path

import numpy as np

from femnn.errors import ConfigError

UNITS = {
    1: ("in", 0.0254),
    2: ("ft", 0.3048),
    3: ("mi", 1609.344),
    4: ("mm", 1e-3),
    5: ("cm", 1e-2),
    6: ("m", 1.0),
    7: ("km", 1e3),
    8: ("µin", 2.54e-8),
    9: ("mil", 2.54e-5),
    10: ("yd", 0.9144),
    11: ("Å", 1e-10),
    12: ("nm", 1e-9),
    13: ("µm", 1e-6),
    14: ("dm", 0.1),
    15: ("dam", 10.0),
    16: ("hm", 100.0),
    21: ("US survey ft", 1200 / 3937),
    22: ("US survey in", 100 / 3937),
    23: ("US survey yd", 3600 / 3937),
}
"""Units by $INSUNITS: name, and size (m), which is exact where ezdxf's is not."""
NONE = 0
"""$INSUNITS of drawings without a unit."""


def drawing_unit(path: Path, number: object, given: float | None) -> tuple[str, float]:
    """Return name and size (m) of a drawing's unit; the name is empty where it has none.

    Args:
        path: the file, for messages.
        number: its $INSUNITS.
        given: the unit (m) that goes before it, if there is one.

    Raises:
        ConfigError: the drawing does not say its unit, or one that is not known.
    """
    if given is not None:
        return next((named for named in UNITS.values() if np.isclose(named[1], given, rtol=1e-9)), ("", given))
    if number == NONE or not isinstance(number, int):
        raise ConfigError(f'Cannot read {path}: it does not say its unit; give unit = "mm", or another, in a TOML.')
    if number not in UNITS:
        raise ConfigError(
            f"Cannot read {path}: its unit is not known ($INSUNITS is {number}); "
            'give unit = "mm", or another, in a TOML.'
        )
    return UNITS[number]
