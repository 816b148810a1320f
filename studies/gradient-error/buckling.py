"""Where buckling enters: what the bonds carry, and how far the adjoint force may push."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.mechanics.elongation import elongations
from femnn.study.former.study import Run

from .ladder import euler_load
from .selection import Place, fields, places


def figures(run: Run) -> Iterator[dict[str, Any]]:
    """For each place and nonlinear model the strength at which it buckles, or that it carries."""
    for place in places(run):
        for model in run.settings.ladder:
            found = fields(run, place, model).get("stability")
            if found is not None:
                known = {key: value for key, value in found.items() if key != "mode"}
                yield {"case": place[0], "forward_force": place[1], "model": model, **known}


def sentences(run: Run, table: pd.DataFrame) -> Iterator[str]:
    """Compression against Euler's load, critical strengths, and estimates that were read beyond them."""
    for place in places(run):
        yield from _compression(run, place)
        yield from _critical(run, place)
    lost = table[table["stable"].eq(False)]
    for model, rows in lost.groupby("model", sort=False):
        least = rows["adjoint_force"].min() / GRAM_FORCE
        names = ", ".join(dict.fromkeys(rows["estimator"]))
        yield (
            f"{str(model).capitalize()}: estimates from {least:.3g} gf on read states that are past a critical point "
            f"and would not be seen ({names}); they are flagged in the tables."
        )
    yield from _unknown(run, table)
    yield from _ends(run)


def _unknown(run: Run, table: pd.DataFrame) -> Iterator[str]:
    count = int(table["stable"].isna().sum())
    if count:
        solver = run.settings.solver
        options = " with the options that are set" if solver.options else ""
        yield (
            f"Stability of the states is not known with solver {solver.name!r}{options}, in {count} of {len(table)} "
            "rows: an iterative forward solver does not tell whether a state is past a critical point."
        )


def _compression(run: Run, place: Place) -> Iterator[str]:
    data = fields(run, place, "bar")
    if not data or run.network.dimension != 2:
        return
    tension = run.network.stiffness * elongations(run.network, np.array(data["forward"]), "true")
    bond = int(np.argmin(tension))
    if tension[bond] < 0:
        yield (
            f"Case {place[0]}: the data's load compresses bond {run.network.bond_name(bond)} by "
            f"{-tension[bond] / GRAM_FORCE:.2g} gf; a straight bond pinned at its ends buckles at "
            f"{euler_load(run.network) / GRAM_FORCE:.2g} gf."
        )


def _critical(run: Run, place: Place) -> Iterator[str]:
    parts = []
    for entry in figures(run):
        if (entry["case"], entry["forward_force"]) == place:
            if "strength" in entry:
                parts.append(f"{entry['model']} buckles at {entry['strength'] / GRAM_FORCE:.3g} gf ({entry['kind']})")
            else:
                parts.append(f"{entry['model']} carries {entry['borne'] / GRAM_FORCE:.3g} gf")
    if parts:
        yield f"Case {place[0]}, adjoint force reversed, as centred estimators have it: {', '.join(parts)}."


def _ends(run: Run) -> Iterator[str]:
    ends = [
        (point["model"], end["estimator"], point["adjoint_force"] / GRAM_FORCE)
        for point, outcome in run.outcomes
        for end in outcome.data.get("ends", [])
    ]
    for model in dict.fromkeys(model for model, _, _ in ends):
        own = [(estimator, force) for name, estimator, force in ends if name == model]
        names = ", ".join(dict.fromkeys(estimator for estimator, _ in own))
        least = min(force for _, force in own)
        yield (
            f"{model.capitalize()}: {len(own)} estimates do not exist, since there is no stable equilibrium under "
            f"their load: {names}, from {least:.3g} gf on (ends.csv)."
        )
