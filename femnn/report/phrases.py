"""Shares and lengths as sentences of reports have them."""

import math


def percent(share: float, digits: int = 1) -> str:
    """Return a share as ``4.6 %``; a dash for NaN."""
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f} %"


def length(metres: float) -> str:
    """Return a small length (m) as people say it: ``20 µm``, or ``3 nm``."""
    return f"{1e6 * metres:.3g} µm" if metres >= 0.999e-7 else f"{1e9 * metres:.3g} nm"
