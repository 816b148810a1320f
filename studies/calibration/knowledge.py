"""What the data tell of the parameters, in sentences."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.results.report import number
from femnn.study import Run

from .judgements import full_set
from .records import found


def sentences(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    """The modulus, and how many directions of the parameters are told."""
    yield from _modulus(run, table, fit)
    yield from _told(run, fit)


def _modulus(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    stated = float(run.network.sections.modulus.mean()) / 1e6
    parts = []
    for model in run.settings.models:
        row = _row(table, fit, full_set(run), model, "modulus")
        if row is not None:
            E = stated * np.exp(row["value"])
            parts.append(f"{model} {E:.3f} ± {E * row['deviation']:.3f} MPa")
    if parts:
        yield f"Modulus fitted to {fit!r}: {', '.join(parts)}; stated is {stated:.3g} MPa, as it is for straight bonds."


def _told(run: Run, fit: str) -> Iterator[str]:
    """How many directions the data tell of, which are weak, and which parameters stand for one another."""
    name = full_set(run)
    mine = [(p["model"], d) for p, d in found(run) if (p["fit"], p["set"]) == (fit, name) and d["directions"]]
    if not mine:
        return
    counts = ", ".join(
        f"{model} {sum(s > 1 for s in data['singular_values'])} of {len(data['values'])}" for model, data in mine
    )
    first = mine[0][1]["directions"][0]
    yield (
        f"Directions of which {fit!r} tells more than the priors: {counts}. By far the best known is "
        f"{first['text'].removeprefix('1.00 ')} (singular value "
        f"{number(first['singular_value'], 2)})."
    )
    model, data = max(mine, key=lambda item: len(item[1]["directions"]))
    weak = [f"{d['text']} ({number(d['singular_value'], 1)})" for d in data["directions"] if d["singular_value"] <= 1]
    if weak:
        yield f"Not told, of the lattice as a whole ({model}): {'; '.join(weak)}."
    pairs = [(model, *d["trade_off"]) for model, d in mine if d["trade_off"]]
    if pairs:
        listed = ", ".join(f"{first} and {second} ({model}, {r:+.2f})" for model, first, second, r in pairs)
        yield f"Parameters that most stand for one another, with the correlation of their errors: {listed}."


def _row(table: pd.DataFrame, fit: str, name: str, model: str, parameter: str) -> pd.Series | None:
    rows = table[
        (table["fit"] == fit) & (table["set"] == name) & (table["model"] == model) & (table["parameter"] == parameter)
    ]
    return None if rows.empty else rows.iloc[0]
