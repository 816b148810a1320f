"""What the run says: displacements of the outputs, the asymmetry reached, bonds at their bounds."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.report.texts import Table, number
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run
from femnn.training.tasks.ports import read

NEARLY = 1e-4
"""Share of its range within which a stiffness counts as being at its bound."""


def answers(run: Run) -> pd.DataFrame:
    """Displacement of every output (m) before training, trained, and with the widths of trained springs."""
    rows = []
    for point, outcome in run.outcomes:
        settings = run.settings.behaviour[point["behaviour"]]
        ports = read(run.network, settings.outputs)
        for stage, U in outcome.data.get("answers", {}).items():
            for (node, component), port in zip(ports, settings.outputs, strict=True):
                rows.append(
                    point
                    | {
                        "stage": stage,
                        "output": f"node {node} {port.component}",
                        "displacement": U[run.network.index(node)][component],
                        "wanted": port.displacement,
                        "loss": outcome.data["losses"][stage],
                    }
                )
    columns = ["behaviour", "model", "stage", "output", "displacement", "wanted", "loss"]
    return pd.DataFrame(rows, columns=columns)


def summary(run: Run, table: pd.DataFrame) -> dict[str, Any]:
    """Findings, and a table of all behaviours and models."""
    rows = list(_rows(run, table))
    return {
        "network": run.network.name,
        "findings": [*_sentences(run, rows), *skipped_findings(run)],
        "tables": [vars(_table(rows))] if rows else [],
        "trained": rows,
    }


def asymmetry(displacements: pd.Series) -> float:
    """Ratio of the first output's displacement to the second's; NaN unless there are two."""
    values = displacements.to_numpy()
    return float(values[0] / values[1]) if len(values) == 2 and values[1] else float("nan")


def _rows(run: Run, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for point, outcome in run.outcomes:
        if "answers" not in outcome.data:
            continue
        mine = table[(table["behaviour"] == point["behaviour"]) & (table["model"] == point["model"])]
        by_stage = dict(iter(mine.groupby("stage", sort=False)))
        k = np.array(outcome.data["history"]["stiffness"])
        lower, upper = run.network.stiffness_bounds
        at_bound = np.minimum(k - lower, upper - k) <= NEARLY * (upper - lower)
        yield point | {
            "displacements": {s: dict(zip(r["output"], r["displacement"], strict=True)) for s, r in by_stage.items()},
            "ratio": {stage: asymmetry(rows["displacement"]) for stage, rows in by_stage.items()},
            "loss": outcome.data["losses"],
            "bonds_at_bounds": int(at_bound.sum()),
            "evaluations": outcome.data["history"]["steps"],
        }


def _sentences(run: Run, rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        ordered = run.settings.behaviour[row["behaviour"]].largest is not None
        if row["model"] == "spring" and ordered:
            moved = ", ".join(f"{name} {1e3 * value:.9f} mm" for name, value in row["displacements"]["trained"].items())
            yield (
                f"{row['behaviour']}: ideal springs reach {moved}; {row['bonds_at_bounds']} of "
                f"{len(run.network.bonds)} bonds end at a bound."
            )
        elif ordered:
            before, own, springs = (_text(row["ratio"].get(s)) for s in ("before", "trained", "as springs"))
            beside = f", and to {springs} with the widths of trained springs" if "as springs" in row["ratio"] else ""
            yield (
                f"{row['behaviour']}, {row['model']}: the ratio of the outputs goes from {before} to {own} when it is "
                f"trained itself{beside}."
            )
        elif len(row["displacements"]["trained"]) != 2:
            yield (
                f"{row['behaviour']}, {row['model']}: the loss goes from {number(row['loss']['before'])} to "
                f"{number(row['loss']['trained'])} J."
            )


def _text(ratio: float | None) -> str:
    """A ratio; a dash where there are other than two outputs, or none."""
    return "–" if ratio is None or np.isnan(ratio) else f"{ratio:.4f}"


def _table(rows: list[dict[str, Any]]) -> Table:
    header = [
        "behaviour",
        "model",
        "ratio before",
        "trained",
        "with springs' widths",
        "loss",
        "at bounds",
        "evaluations",
    ]
    lines = [
        [
            row["behaviour"],
            row["model"],
            *(_text(row["ratio"].get(stage)) for stage in ("before", "trained", "as springs")),
            number(row["loss"]["trained"]),
            str(row["bonds_at_bounds"]),
            str(row["evaluations"]),
        ]
        for row in rows
    ]
    return Table("Ratio of the first output to the second", header, lines, "As springs: trained on ideal springs.")
