"""How far the lattice was pushed, what its bonds carry, and where buckling enters."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.insitu.load_paths import SEARCHED
from femnn.insitu.scales import euler_loads
from femnn.mechanics.elongation import elongations
from femnn.mechanics.models import BARS
from femnn.report.texts import grams, number
from femnn.study.contents import Content, Finding, Headline, table

from .places import Place, Run

FARTHEST = ["largest_rotation", "largest_strain", "critical_share"]


def pushed(run: Run) -> Iterator[Content]:
    """What was read at the weakest and at the strongest adjoint force: a sentence on the model that goes farthest."""
    lines = []
    for place in run.places:
        strongest = []
        for model, rows in place.rows(run.table).groupby("model", sort=False):
            for force in dict.fromkeys((rows["adjoint_force"].min(), rows["adjoint_force"].max())):
                turned, strained, share = rows[rows["adjoint_force"] == force][FARTHEST].max()
                line = {
                    "case": place.heading,
                    "model": str(model),
                    "adjoint force": grams(force),
                    "largest rotation": f"{number(float(np.degrees(turned)), 2)}°",
                    "largest strain": _percent(strained),
                    "share of the critical load": _percent(share),
                }
                lines.append(line)
            if not run.models[str(model)].linear:
                strongest.append((np.nan_to_num(share), turned, line))
        if strongest:
            line = max(strongest, key=lambda entry: entry[:2])[2]
            share_told = line["share of the critical load"]
            critical = "" if share_told == "–" else f", {share_told} of the critical load"
            yield Finding(
                f"Case {place.label}: at the strongest adjoint force, {line['adjoint force']}, a bond of the "
                f"{line['model']} model turns by {line['largest rotation']} and is strained by "
                f"{line['largest strain']}{critical}."
            )
    yield table(
        "How far the lattice was pushed",
        lines,
        "Of a bond, over all states that the estimators read; the data's load is in most of them. 100 % of the "
        "critical load is a critical point. –: the model is linear, no critical point was found up to "
        f"{SEARCHED:g} times the load, or none was looked for.",
    )


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{number(100 * share, 2)} %"


def buckling(run: Run) -> Iterator[Content]:
    """Compression against Euler's load, critical strengths, and estimates that were read beyond them."""
    entries = []
    for place in run.places:
        yield from _compression(run, place)
        parts = []
        for model, data in place.models.items():
            if found := data.get("buckling"):
                buckles, load = "strength" in found, grams(found.get("strength", found.get("borne")))
                parts.append(f"{model} buckles at {load} ({found['kind']})" if buckles else f"{model} carries {load}")
                entries.append({"case": place.case, "forward_force": place.force, "model": model} | found)
        if parts:
            yield Finding(
                f"Case {place.label}, adjoint force reversed, as centred estimators have it: {', '.join(parts)}."
            )
    for model, rows in run.table[run.table["stable"].eq(False)].groupby("model", sort=False):
        yield Finding(
            f"{str(model).capitalize()}: estimates from {grams(rows['adjoint_force'].min())} on read states that are "
            f"past a critical point and would not be seen ({_estimators(rows)}); they are flagged in the tables."
        )
    unknown = int(run.table["stable"].isna().sum())
    if unknown:
        options = " with the options that are set" if run.study.solver.options else ""
        yield Finding(
            f"Stability of the states is not known with solver {run.study.solver.name!r}{options}, in {unknown} of "
            f"{len(run.table)} rows: an iterative forward solver does not tell whether a state is past a critical "
            "point."
        )
    for model, rows in run.results.table("ends").groupby("model", sort=False):
        yield Finding(
            f"{str(model).capitalize()}: {len(rows)} estimates do not exist, since there is no stable equilibrium "
            f"under their load: {_estimators(rows)}, from {grams(rows['adjoint_force'].min())} on (ends.csv)."
        )
    yield Headline("buckling", entries)


def _estimators(rows: pd.DataFrame) -> str:
    return ", ".join(dict.fromkeys(rows["estimator"]))


def _compression(run: Run, place: Place) -> Iterator[Content]:
    network = run.results.network
    if BARS not in place.models or network.dimension != 2:
        return
    tension = network.stiffness * elongations(network, place.models[BARS]["forward"], "true")
    bond = int(np.argmin(tension))
    if tension[bond] < 0:
        yield Finding(
            f"Case {place.label}: the data's load compresses bond {network.bond_name(bond)} by "
            f"{grams(-tension[bond], 2)}; a straight bond pinned at its ends buckles at "
            f"{grams(float(euler_loads(network).min()), 2)}."
        )
