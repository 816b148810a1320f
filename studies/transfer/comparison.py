"""Models beside the print: displacements that Li & Mao (2024) measured, with their deviations."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from femnn.insitu.belonging import published_difference
from femnn.measured.published import LATTICE, MeasuredDisplacements, published_displacements
from femnn.mechanics.models import SPRINGS
from femnn.study.former.study import Run
from femnn.training.tasks.ports import read

from .transfers import BEFORE, given_widths

type Floats = npt.NDArray[np.float64]

STAGE_OF = {"initial": BEFORE, "trained": given_widths("spring"), "mirror": given_widths("spring")}
"""What was printed: widths as springs were trained to, on one side and on the other."""
COLUMNS = ["model", "experiment", "output", "displacement", "measured", "deviation", "score"]


def compared(run: Run) -> pd.DataFrame:
    """Displacements (m) beside the measured ones, a row an output, in the order of the measurements.

    The model of the mirror image is the mirror image of the model; and which node is which is not stated: the nearer
    order is taken.
    """
    rows = [
        {"model": model, "experiment": name, "output": i + 1, "displacement": u}
        | {"measured": own.values[i], "deviation": own.deviations[i], "score": own.scores(U)[i]}
        for model, name, own, U in _pairs(run)
        for i, u in enumerate(U)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _pairs(run: Run) -> Iterator[tuple[str, str, MeasuredDisplacements, Floats]]:
    """Measured displacements, and those of a model in the order of them, each of shape (2,)."""
    springs = run.settings.first == SPRINGS and run.settings.compared in run.settings.behaviours
    if not springs or published_difference(run.network, LATTICE) is not None:
        return
    ports = read(run.network, run.settings.behaviour[run.settings.compared].outputs)
    seen = set()
    for point, outcome in run.outcomes:
        if point["behaviour"] != run.settings.compared or point["model"] in seen or "transfer" not in outcome.data:
            continue
        seen.add(point["model"])
        for name, measured in published_displacements().items():
            answer = np.array(outcome.data["transfer"]["answers"][STAGE_OF[name]])
            U = np.array([answer[run.network.index(node), component] for node, component in ports])
            # The model's outputs are turned rather than the measurements, which every model is drawn beside
            kept = measured.in_order_of(U) is measured
            yield point["model"], name, measured, U if kept else U[::-1]


def judged(table: pd.DataFrame) -> list[dict[str, Any]]:
    """How well each model explains all that was measured: χ² as it is, with one factor on it, and of the ratios.

    The factor c = Σ(u·m/σ²)/Σ(u²/σ²) has the smallest χ² = Σ((m − c·u)/σ)²; it is what another modulus of all bonds
    would do to small displacements.
    """
    rows = []
    for model, mine in table.groupby("model", sort=False):
        u, m, s = (mine[name].to_numpy() for name in ("displacement", "measured", "deviation"))
        factor = float(np.sum(u * m / s**2) / np.sum(u**2 / s**2))
        ratios = ratios_of(mine)
        rows.append(
            {"model": model, "count": len(mine), "chi_squared": float(np.sum(((m - u) / s) ** 2)), "factor": factor}
            | {"chi_squared_scaled": float(np.sum(((m - factor * u) / s) ** 2))}
            | {"ratios": ratios, "chi_squared_ratios": float(sum(r["score"] ** 2 for r in ratios))}
        )
    return rows


def ratios_of(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Ratio of the larger to the smaller displacement, measured and of one model, with its deviation and score.

    The deviation is that of a quotient to first order, r·√((σ₁/u₁)² + (σ₂/u₂)²).
    """
    found = []
    for name, pair in rows.groupby("experiment", sort=False):
        order = [1, 0] if name == "mirror" else [0, 1]
        u, m, s = (pair[column].to_numpy()[order] for column in ("displacement", "measured", "deviation"))
        ratio = float(m[0] / m[1])
        deviation = ratio * float(np.hypot(*(s / m)))
        mine = float(u[0] / u[1])
        found.append(
            {"experiment": name, "ratio": mine, "measured": ratio, "deviation": deviation}
            | {"score": (mine - ratio) / deviation}
        )
    return found
