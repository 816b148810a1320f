"""What a perfect model would show, by the scatter of the measurement, and when a difference counts."""

import numpy as np

from femnn.measured.comparison.agreement import TRIALS as REPEATS
from femnn.measured.comparison.agreement import Scatter, chance, scatter
from femnn.measured.published import LATTICE, published_displacements
from femnn.study.former.study import Run

from .records import generator

TRIALS = (0.028, 0.034, 0.053, 0.053, 0.082, 0.095)
"""1 − Pearson of the six single trials with linear springs (Li & Mao 2024); it is not stated whose case each is."""
CLEAR = 2.0
"""Standard errors from which a difference counts as more than scatter."""
SAME = 1e-6
"""Differences of 1 − Pearson below this are none: springs that are all softer by one factor."""


def scatters(run: Run) -> dict[str, Scatter]:
    """What a perfect model would show, by case."""
    measured = run.settings.gradients(run.network)
    return {case: scatter(measured[case], run.settings.draws, generator(run)) for case in run.settings.cases}


def right_displacements(run: Run) -> dict[str, tuple[float, float]]:
    """χ² per value of the displacements that a model would show which is right, as it is and with a modulus fitted.

    Its median, and what 95 % of the draws are below.
    """
    known = published_displacements().values()
    values, deviations = (np.concatenate([getattr(one, part) for one in known]) for part in ("values", "deviations"))
    return {
        column: chance(values, deviations, REPEATS, run.settings.draws, generator(run), fitted)
        for column, fitted in (("chi_squared", False), ("fitted_chi_squared", True))
    }


def trials(run: Run) -> tuple[float, ...]:
    """1 − Pearson of single trials, as far as they are known."""
    return TRIALS if run.settings.measured == LATTICE else ()
