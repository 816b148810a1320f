"""Figures of the fields: deformed shapes, elongations and gradients."""

from collections.abc import Iterator

import numpy as np

from femnn.insitu.error_order import nearest_force
from femnn.insitu.estimators import EXACT, IN_WORDS
from femnn.mechanics.elongation import elongations
from femnn.report.bond_bars import bond_bars
from femnn.report.example_fields import field_panels
from femnn.report.figure import Panel, stacked
from femnn.report.lattice_marks import DeformedShape
from femnn.report.texts import grams
from femnn.study.contents import Content

from .places import Place, Run
from .tabulated import LINEAR

GRADIENT = "dL/dk (10⁻⁹ m²)"


def field_row(run: Run, place: Place, model: str, titles: tuple[str, str, str]) -> list[Panel]:
    """Elongations under the data's load and under the adjoint force, and the exact gradient."""
    data = place.models[model]
    told = f"{titles[0]} {grams(place.force)}", f"{titles[1]} {grams(run.study.shown_of(place.case))}", titles[2]
    return field_panels(run.results.network, data["forward"], data["adjoint"], data["force"], data["adjoint_force"],
                        1e9 * data["exact"], told, GRADIENT)  # fmt: skip


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
