"""What the data tell of the parameters, in sentences."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.measured.calibration.parameters import WIDTHS
from femnn.report.texts import number
from femnn.study.former.study import Run

from .judgements import full_set
from .records import found

ROUNDING = 1e-9
"""Singular values up to this are zero except for rounding."""


def sentences(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    """The modulus, and how many directions of the parameters are told."""
    yield from _modulus(run, table, fit)
    yield from _told(run, fit)


def _modulus(run: Run, table: pd.DataFrame, fit: str) -> Iterator[str]:
    sections = run.network.sections
    stated = float(sections.modulus.mean()) / 1e6
    straight = ", as it is for straight bonds" if (sections.end_share > 0).any() else ""
    parts = []
    for model in run.settings.models:
        row = _row(table, fit, full_set(run), model, "modulus")
        if row is not None:
            E = stated * np.exp(row["value"])
            parts.append(f"{model} {E:.3f} ± {E * row['deviation']:.3f} MPa")
    if parts:
        yield f"Modulus fitted to {fit!r}: {', '.join(parts)}; stated is {stated:.3g} MPa{straight}."


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
        f"Directions of all parameters together of which {fit!r} tells more than the priors: {counts}. The best known "
        f"is {first['text'].removeprefix('1.00 ')} (singular value {_figure(first['singular_value'])})."
    )
    model, data = max(mine, key=lambda item: len(item[1]["directions"]))
    weak = [f"{d['text']} ({_figure(d['singular_value'])})" for d in data["directions"] if d["singular_value"] <= 1]
    if weak:
        scatter = ", errors of single widths being scatter" if WIDTHS in run.settings.set[name] else ""
        yield f"Not told, of the lattice as a whole{scatter} ({model}): {'; '.join(weak)}."
    pairs = [(model, *d["trade_off"]) for model, d in mine if d["trade_off"]]
    if pairs:
        listed = ", ".join(f"{first} and {second} ({model}, {r:+.2f})" for model, first, second, r in pairs)
        yield f"Parameters that most stand for one another, with the correlation of their errors: {listed}."


def _figure(value: float) -> str:
    """A singular value, without what is left of rounding."""
    return number(value if value > ROUNDING else 0.0, 2)


def _row(table: pd.DataFrame, fit: str, name: str, model: str, parameter: str) -> pd.Series | None:
    rows = table[
        (table["fit"] == fit) & (table["set"] == name) & (table["model"] == model) & (table["parameter"] == parameter)
    ]
    return None if rows.empty else rows.iloc[0]
