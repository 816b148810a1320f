"""What the run says: equilibria and error of a gradient by source, the loss reached, and that for the same effort."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.insitu.estimators import EXACT
from femnn.report.texts import Table, number
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run

PLACE = ["model", "noise"]
"""Columns of what is compared source by source."""

KEYS = [*PLACE, "source"]
"""Columns by which a row is found."""

FIGURES = (
    "relative_l2", "one_minus_cosine", "equilibria", "solves", "linear_solves", "first_loss", "final_loss",
    "total_equilibria",
)  # fmt: skip
"""Columns of what is found out about a source."""

LEVEL = 1.01
"""Factor within which losses count as level."""


def sources(run: Run) -> pd.DataFrame:
    """Error and cost of the first gradient and the loss at the end, a row a source."""
    rows = []
    for point, outcome in run.outcomes:
        if "history" not in outcome.data:
            continue
        losses = outcome.data["history"]["epochs"]["training_loss"]
        rows.append(
            point
            | outcome.data["start"]
            | {"first_loss": losses[0], "final_loss": losses[-1], "total_equilibria": outcome.data["equilibria"][-1]}
        )
    return pd.DataFrame(rows, columns=[*KEYS, *FIGURES])


def history(run: Run) -> pd.DataFrame:
    """Loss after steps, and equilibria that these took, a row an evaluation."""
    rows = [
        point | {"step": step, "equilibria": count, "training_loss": loss}
        for point, outcome in run.outcomes
        if "history" in outcome.data
        for step, count, loss in zip(
            outcome.data["steps"],
            outcome.data["equilibria"],
            outcome.data["history"]["epochs"]["training_loss"],
            strict=True,
        )
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "step", "equilibria", "training_loss"])


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Findings, and a table of all sources."""
    table = _with_equal_effort(made["table"], made["history"])
    rows = table.to_dict("records")
    return {
        "network": run.network.name,
        "findings": [*_sentences(table), *skipped_findings(run)],
        "tables": [vars(_table(rows))] if rows else [],
        "sources": rows,
    }


def place_name(model: str, noise: float) -> str:
    """A model with its noise, as a heading."""
    return f"{model}, {'no noise' if noise == 0 else f'noise {1e6 * noise:g} µm'}"


def _with_equal_effort(table: pd.DataFrame, losses: pd.DataFrame) -> pd.DataFrame:
    """The table with the loss after as many equilibria as the cheapest measured source took in all."""
    if table.empty:
        return table
    measured = table[~table["source"].isin(EXACT)]
    result = table.copy()
    result["equal_effort"] = measured["total_equilibria"].min() if len(measured) else np.nan
    result["loss_for_equal_effort"] = [
        _loss_after(losses, row["model"], row["noise"], row["source"], row["equal_effort"])
        for row in result.to_dict("records")
    ]
    return result


def _loss_after(losses: pd.DataFrame, model: str, noise: float, source: str, equilibria: float) -> float:
    if source in EXACT or np.isnan(equilibria):
        return float("nan")
    mine = losses[(losses["model"] == model) & (losses["noise"] == noise) & (losses["source"] == source)]
    return float(mine[mine["equilibria"] <= equilibria]["training_loss"].iloc[-1])


def _sentences(table: pd.DataFrame) -> Iterator[str]:
    if table.empty:
        return
    measured = table[~table["source"].isin(EXACT)]
    if len(measured):
        by_source = measured.groupby("source", sort=False)["equilibria"].max()
        counts = ", ".join(f"{name} {count:g}" for name, count in by_source.items())
        yield f"Equilibria that one gradient of one sample takes in the laboratory: {counts}."
    nudged = measured[measured["source"].str.startswith("nudged")]
    if len(nudged):
        yield (
            "A nudged equilibrium is one to the laboratory, where a spring on each output pulls; here it takes "
            f"{nudged['solves'].max():.1f} solves a gradient at most, as the force depends on where the outputs go."
        )
    for (model, noise), rows in measured.groupby(PLACE, sort=False):
        ordered = rows.sort_values("relative_l2")
        best = rows.sort_values("loss_for_equal_effort").iloc[0]
        level = rows[rows["loss_for_equal_effort"] <= LEVEL * best["loss_for_equal_effort"]]["source"]
        least, most = ordered.iloc[0], ordered.iloc[-1]
        yield (
            f"{place_name(model, noise)}: the relative error of the first gradient is {_percent(least)} "
            f"({least['source']}) to {_percent(most)} ({most['source']}); after {best['equal_effort']:.0f} equilibria "
            f"{' and '.join(level)} got furthest, from a loss of {number(best['first_loss'])} to "
            f"{number(best['loss_for_equal_effort'])} J."
        )


def _percent(row: "pd.Series[Any]") -> str:
    return f"{number(100 * row['relative_l2'])} %"


def _table(rows: list[dict[str, Any]]) -> Table:
    effort = next(iter(rows))["equal_effort"]
    header = [
        "model", "noise", "source", "equilibria a gradient", "solves", "linear solves", "error of the first gradient",
        "1 − cosine", "loss at the end (J)", "equilibria in all", f"loss after {effort:.0f} (J)",
    ]  # fmt: skip
    lines = [
        [
            row["model"], f"{1e6 * row['noise']:g} µm", row["source"],
            "–" if row["source"] in EXACT else f"{row['equilibria']:g}", f"{row['solves']:.3g}",
            f"{row['linear_solves']:.3g}", f"{number(100 * row['relative_l2'])} %", number(row["one_minus_cosine"]),
            number(row["final_loss"]), "–" if row["source"] in EXACT else f"{row['total_equilibria']:.0f}",
            number(row["loss_for_equal_effort"]),
        ]
        for row in rows
    ]  # fmt: skip
    note = (
        "Counted while measuring. Equilibria: states that the camera looks at, each once. Solves and linear solves: "
        "what the computer does for one gradient of one sample. The adjoint gradient is computed, no laboratory has it."
    )
    return Table("What a gradient costs, how wrong it is, and how far it gets", header, lines, note)
