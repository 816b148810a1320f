"""What the lattice does: its fields and gradients, how far it was pushed, what bonds carry, and where it buckles."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.insitu.error_order import nearest_force
from femnn.insitu.estimators import EXACT, IN_WORDS
from femnn.insitu.load_paths import SEARCHED
from femnn.insitu.scales import euler_loads
from femnn.mechanics.elongation import elongations
from femnn.mechanics.models import BARS
from femnn.report.bond_bars import bond_bars
from femnn.report.example_fields import field_panels
from femnn.report.figure import Panel, stacked
from femnn.report.lattice_marks import DeformedShape
from femnn.report.texts import grams, number, rounded_percent
from femnn.study.contents import Content, Finding, Headline, table

from .places import LINEAR, Place, Run

GRADIENT = "dL/dk (10⁻⁹ m²)"
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
                    "largest strain": rounded_percent(strained, 2),
                    "share of the critical load": rounded_percent(share, 2),
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


def field_row(run: Run, place: Place, model: str, titles: tuple[str, str, str]) -> list[Panel]:
    """Elongations under the data's load and under the adjoint force, and the exact gradient."""
    data = place.models[model]
    told = f"{titles[0]} {grams(place.force)}", f"{titles[1]} {grams(run.study.shown_of(place.case))}", titles[2]
    return field_panels(run.results.network, data | {"gradient": 1e9 * data["exact"]}, told, GRADIENT)


def shapes(run: Run) -> Iterator[Content]:
    """Deformed models under the data's load."""
    wanted = [model for model in run.study.models if not run.models[model].linear]
    rows = [
        [panel for model in wanted if model in place.models and (panel := _shape(run, place, model))]
        for place in run.places
    ]
    yield stacked(
        "shapes",
        "The models under the data's load",
        "True deformed shapes over the shapes at rest, coloured by the elongation of the bonds (red longer, blue "
        "shorter); pads of the nodes grey.",
        rows, 4.4 * max(map(len, rows), default=0), 3.6,
    )  # fmt: skip


def _shape(run: Run, place: Place, model: str) -> Panel | None:
    """One model; None where it has too many cells to be drawn, so that the others are."""
    data, network = place.models[model], run.results.network
    shape, stretch = data["shape"], 1e6 * elongations(network, data["forward"], "true")
    values = np.where(shape["bonds"] >= 0, stretch[shape["bonds"]], np.nan)
    mark = DeformedShape(network=network, rest=shape["rest"], moved=shape["moved"], values=values,
                         forces=data["force"], label="elongation (µm)")  # fmt: skip
    return Panel([mark], f"{place.case}, {model}, {grams(place.force)}") if mark.count <= mark.limit else None


def fields(run: Run) -> Iterator[Content]:
    """Elongations of the last model under both loads, and its exact gradient."""
    model = run.study.models[-1]
    rows = [
        field_row(run, place, model, (f"{place.case}: forward,", "adjoint,", "exact gradient"))
        for place in run.places
        if model in place.models
    ]
    yield stacked(
        "fields",
        "Elongations under the data's load and under the adjoint force",
        f"{model.capitalize()} model, deformed shape over the shape at rest. Bonds are coloured by elongation (red "
        "longer, blue shorter) and by the exact gradient. Arrows: loads. Triangles: fixed nodes.",
        rows, 12.5, 3.6,
    )  # fmt: skip


def by_bond(run: Run) -> Iterator[Content]:
    """Gradients of the last model bond by bond at the shown adjoint force."""
    model, network = run.study.models[-1], run.results.network
    names = [network.bond_name(bond) for bond in range(len(network.bonds))]
    table, rows = run.results.table("gradients"), []
    table = table[table["estimator"].isin([*EXACT, *IN_WORDS])]
    for place in run.places:
        own, known = place.rows(table, model=model, repeat=0), place.models.get(model, {})
        if own.empty or not known:
            continue
        forces = own["adjoint_force"].unique()
        near = forces[nearest_force(forces, run.study.shown_of(place.case))]
        series = {"linear spring": 1e9 * known[LINEAR]} if LINEAR in known else {}
        for name, values in own[own["adjoint_force"] == near].groupby("estimator", sort=False)["loss_gradient"]:
            series[name] = 1e9 * values.to_numpy()
        heading = f"{place.heading}, adjoint force {grams(near)}"
        rows.append([bond_bars(names, series, GRADIENT, heading)])
    springs = "linear springs, and " if run.study.needs_springs else ""
    yield stacked(
        "gradients-by-bond",
        "The gradient bond by bond, by estimator",
        f"dL/dk of each bond: {springs}the {model} model's exact gradient and estimates.",
        rows, 12.5, 3.3,
    )  # fmt: skip
