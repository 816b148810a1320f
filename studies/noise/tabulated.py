"""The tables of the report."""

from typing import Any

import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.report.texts import Table, number
from femnn.study.former.study import Run

from .creeping import protocols
from .drawings import length
from .sources import ALL, SOURCES


def best_table(run: Run, best: pd.DataFrame, table: pd.DataFrame) -> Table:
    """Best adjoint force and its error with the bench's noise."""
    rows = []
    for _, row in best.iterrows():
        place = {key: row[key] for key in ("case", "model", "estimator")}
        own = table[(table[list(place)] == pd.Series(place)).all(axis=1) & (table["reference"] == "exact")]
        floor = own["without_noise"].min()
        grams = f"{row['adjoint_force'] / GRAM_FORCE:.2g}"
        rows.append(
            [*place.values(), grams if row["inside"] else f"≥ {grams}", f"{row['error']:.1%}", number(floor, 2)]
        )
    return Table(
        f"Best adjoint force with {length(run.settings.bench.noise)}",
        ["case", "model", "estimator", "best force (gf)", "error there", "least without noise"],
        rows,
        "Relative L2 error of one measurement against the exact gradient; n repeats take it down to 1/√n of what noise "
        "makes of it. ≥: least at the end of the sweep.",
    )


def source_table(shown: pd.DataFrame) -> Table:
    """Each source of error, and all."""
    rows = []
    for (case, model, estimator), own in shown.groupby(["case", "model", "estimator"], sort=False):
        by = own.set_index("source")
        rows.append(
            [case, model, estimator, *(f"{by['relative_l2'][source]:.1%}" for source in SOURCES),
             number(by["one_minus_cosine"][ALL], 2), number(by["one_minus_pearson"][ALL], 2)]
        )  # fmt: skip
    force = " and ".join(f"{value / GRAM_FORCE:.3g}" for value in shown["adjoint_force"].unique())
    header = ["case", "model", "estimator", *SOURCES, "all: 1 − cosine", "all: 1 − Pearson"]
    note = "Relative L2 error, root of its mean square; each source with the nonlinearity, which is never absent."
    return Table(f"Each source of error alone, and all, at {force} gf", header, rows, note)


def creep_table(run: Run, quoted: pd.DataFrame) -> Table:
    """Errors by creep at the delays of the settings."""
    delays, rows = run.settings.creep.delays, []
    for (case, model), own in quoted.groupby(["case", "model"], sort=False):
        for name in protocols(run.settings.estimators):
            by = own[own["protocol"] == name].set_index("delay")
            if not len(by):
                continue
            cells = [f"{by['relative_l2'][d]:.1%}; {number(by['one_minus_cosine'][d], 2)}" for d in delays]
            force = f"{by['adjoint_force'].iloc[0] / GRAM_FORCE:.2g}"
            rows.append([case, model, name, force, *cells])
    return Table(
        "Error by creep: relative L2; 1 − cosine",
        ["case", "model", "protocol", "force (gf)", *(f"{d:.3g} s between readings" for d in delays)],
        rows,
        "Without noise. At short delays the answer to the adjoint force has not crept up to what the data's load has, "
        "which is a common factor. "
        "Rested: the lattice recovers from the data's load before the adjoint force is hung. "
        "+ − +: read with the adjoint force, its opposite, and itself again.",
    )


def exponent_table(found: list[dict[str, Any]]) -> Table:
    """Exponents beside those of theory."""
    rows = []
    for entry in found:
        if entry["error"] is None:
            continue
        cells = [
            "–" if entry[kind] is None else f"{entry[kind]:.3f} ± {entry[f'{kind}_uncertainty']:.3f}"
            for kind in ("error", "drawn_error", "force", "drawn_force")
        ]
        place = [entry["case"], entry["model"], entry["estimator"], entry["reference"]]
        rows.append([*place, *cells, f"{entry['theory_error']:.3f}, {entry['theory_force']:.3f}"])
    return Table(
        "Exponents of least error and best adjoint force in the noise",
        ["case", "model", "estimator", "reference", "error", "drawn", "force", "drawn", "theory"],
        rows,
        "Fitted where the best force is at most a fifth of the data's load. Limit: what the estimator tends to without "
        "noise. Against the exact gradient product forms on beams have a floor, and no exponent.",
    )
