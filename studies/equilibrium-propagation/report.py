"""What is said of sources of gradients: what they cost, how wrong they are, and how far they get."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from femnn.insitu.estimators import ESTIMATORS, EXACT
from femnn.report.colours import INK, PALE, colour_of
from femnn.report.figure import Axis, Figure, Panel, grid, stacked
from femnn.report.marks import Bars, Curve, Dots, Label, Reference, Segments
from femnn.report.texts import Table, number, rounded_percent
from femnn.study import contents

PLACE = ["model", "noise"]
"""Columns of what is compared source by source."""
LEVEL = 1.01
"""Factor within which losses count as level."""
LOWEST = 1e-6
"""Errors below this are drawn at it: those of springs are rounding."""
LOSSES = {
    "equilibria": (
        "equilibria measured",
        "What the laboratory's effort buys: the loss against the equilibria that were measured",
        "Every step needs one gradient of every sample. Equilibria that the camera looked at, counted.",
    ),
    "step": (
        "step",
        "Step by step: the loss if gradients cost nothing",
        "The same trainings against the steps of the optimiser. Black and dashed: the exact gradient, which is "
        "computed.",
    ),
}
"""Label of the axis, title and caption of losses against a column."""


def place_name(model: str, noise: float) -> str:
    """A model with its noise (m), as a heading."""
    return f"{model}, {'no noise' if noise == 0 else f'noise {1e6 * noise:g} µm'}"


def measured(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of what is measured, and not computed."""
    return table[~table["source"].isin(EXACT)]


def with_equal_effort(table: pd.DataFrame, losses: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the loss after as many equilibria as the cheapest measured source took in all."""
    effort = measured(table)["total_equilibria"].min()
    affordable = measured(losses[losses["equilibria"] <= effort]).groupby([*PLACE, "source"], as_index=False)
    last = affordable["training_loss"].last().rename(columns={"training_loss": "loss_for_equal_effort"})
    return table.assign(equal_effort=effort).merge(last, "left", [*PLACE, "source"])


def sentences(table: pd.DataFrame) -> Iterator[str]:
    """Say what gradients cost, how wrong they are, and which get furthest."""
    known = measured(table)
    if known.empty:
        return
    by_source = known.groupby("source", sort=False)["equilibria"].max()
    counts = ", ".join(f"{name} {count:g}" for name, count in by_source.items())
    yield f"Equilibria that one gradient of one sample takes in the laboratory: {counts}."
    nudged = known[[ESTIMATORS[source].loss_pulls for source in known["source"]]]
    if len(nudged):
        yield (
            "A nudged equilibrium is one to the laboratory, where a spring on each output pulls; here it takes "
            f"{nudged['solves'].max():.1f} solves a gradient at most, as the force depends on where the outputs go."
        )
    for (model, noise), rows in known.groupby(PLACE, sort=False):
        ordered = rows.sort_values("relative_l2")
        best = rows.sort_values("loss_for_equal_effort").iloc[0]
        level = rows[rows["loss_for_equal_effort"] <= LEVEL * best["loss_for_equal_effort"]]["source"]
        least, most = (
            f"{rounded_percent(row['relative_l2'])} ({row['source']})" for _, row in ordered.iloc[[0, -1]].iterrows()
        )
        yield (
            f"{place_name(model, noise)}: the relative error of the first gradient is {least} to {most}; after "
            f"{best['equal_effort']:.0f} equilibria {' and '.join(level)} got furthest, from a loss of "
            f"{number(best['first_loss'])} to {number(best['loss_for_equal_effort'])} J."
        )


def costs_table(table: pd.DataFrame) -> Table | None:
    """Return a table of all sources."""
    rows = [
        {
            "model": row["model"],
            "noise": f"{1e6 * row['noise']:g} µm",
            "source": row["source"],
            "equilibria a gradient": "–" if row["source"] in EXACT else f"{row['equilibria']:g}",
            "solves": f"{row['solves']:.3g}",
            "linear solves": f"{row['linear_solves']:.3g}",
            "error of the first gradient": rounded_percent(row["relative_l2"]),
            "1 − cosine": number(row["one_minus_cosine"]),
            "loss at the end (J)": number(row["final_loss"]),
            "equilibria in all": "–" if row["source"] in EXACT else f"{row['total_equilibria']:.0f}",
            f"loss after {row['equal_effort']:.0f} (J)": number(row["loss_for_equal_effort"]),
        }
        for row in table.to_dict("records")
    ]
    note = (
        "Counted while measuring. Equilibria: states that the camera looks at, each once. Solves and linear solves: "
        "what the computer does for one gradient of one sample. The adjoint gradient is computed, no laboratory has it."
    )
    return contents.table("What a gradient costs, how wrong it is, and how far it gets", rows, note)


def losses_figures(history: pd.DataFrame) -> Iterator[Figure | None]:
    """Return losses against equilibria and against steps, a panel a model and noise."""
    for column, (label, title, caption) in LOSSES.items():
        # The start has cost nothing yet and is not on the logarithmic axis
        shown = measured(history[history[column] > 0]) if column == "equilibria" else history
        x = Axis(label, "log" if column == "equilibria" else "linear", grid=True, margin=0.01)
        sources, panels = list(measured(history)["source"].unique()), []
        for (model, noise), rows in shown.groupby(PLACE, sort=False):
            curves = [
                Curve(x=own[column].to_numpy(), y=own["training_loss"].to_numpy(), name=str(source),
                      colour=_colour(source, sources), dashes="--" if source in EXACT else "-")
                for source, own in rows.groupby("source", sort=False)
            ]  # fmt: skip
            y = Axis("training loss (J)", "log", grid=True)
            panels.append(Panel(curves, place_name(model, noise), x, y, legend="ends", name_gap=0.07))
        yield stacked(f"loss-by-{column}", title, caption, grid(panels, 2), 12.0, 3.6)


def _colour(source: str, sources: list[str]) -> str:
    """One colour for each source that is measured; the exact gradient is black."""
    return INK if source in EXACT else colour_of(source, sources)


def costs_figure(table: pd.DataFrame) -> Figure | None:
    """Return equilibria of a gradient beside the error of the first one, with and without noise."""
    known = measured(table)
    if known.empty:
        return None
    counts = known.groupby("source", sort=False)["equilibria"].max()
    sources = list(counts.index)
    heights, colours = [*map(float, range(len(sources)))], [_colour(source, sources) for source in sources]
    y = Axis(limits=(len(sources) - 0.5, -0.5), ticks=list(enumerate(sources)))
    bars = Bars(places=heights, values=counts.to_numpy(), thickness=0.55, lying=True, colours=colours, keys=sources)
    texts = [Label(text=f"{count:g}", x=count, y=i, offset=(4, 0), size=9) for i, count in enumerate(counts)]
    panels = [Panel([bars, *texts], "cost", Axis("equilibria a gradient", margin=0.15), y)]
    x = Axis("error of the gradient", "log", grid=True)
    for (model, noise), rows in known.groupby(PLACE, sort=False):
        errors = rows.set_index("source")["relative_l2"].reindex(sources).clip(lower=LOWEST)
        ends = list(zip(errors, heights, strict=True))
        lines = Segments(starts=[(LOWEST, i) for i in heights], ends=ends, colour=PALE)
        dots = [
            Dots(x=[error], y=[i], colour=colours[i], size=8, keys=[str(source)])
            for i, (source, error) in enumerate(errors.items())
        ]
        marks = [lines, *dots, Reference(at=1.0, along="x", width=1)]
        panels.append(Panel(marks, place_name(model, noise), x, replace(y, ticks=None)))
    return Figure(
        "cost-and-error",
        "What one gradient costs, and how wrong it is at the start",
        "Left: equilibria that the camera looks at for one sample. Right: ‖estimate − exact‖/‖exact‖ of the gradient "
        "of all samples before training, root mean square over the repeats where there is noise. Dotted: as large as "
        "the gradient itself.",
        [panels],
        (2.0 + 2.7 * len(panels), 0.9 + 0.36 * len(sources)),
        share_y=True,
    )
