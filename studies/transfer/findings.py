"""Sentences and tables: models beside the print, the gap, and the steps that close it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from femnn.measured.comparison.displacement_agreement import DisplacementAgreement
from femnn.runtime.streams import stream
from femnn.study.behaviour_tables import ratio_text
from femnn.study.contents import Content, Finding, Headline, table

if TYPE_CHECKING:
    from .study import Transfer

BEFORE, OWN, TUNED = "before", "own optimum", "tuned"
"""Stages: widths as they are at first; trained to the end itself; trained on from the widths of the first model."""


def beside_print(agreements: Mapping[str, DisplacementAgreement], seed: int) -> Iterator[Content]:
    """How well each model explains what was measured: as it is, with one factor on it, and by ratios."""
    summaries = [{"model": model} | own.summary() for model, own in agreements.items()]
    yield Headline("measured", summaries)
    if not summaries:
        return
    first = next(iter(agreements.values()))
    median, most = first.by_chance(stream(seed, "scatter of measurements"))
    scaled = ", ".join(f"{s['chi_squared_scaled']:.1f} for {s['model']} (× {s['factor']:.3f})" for s in summaries)
    plain = ", ".join(f"{s['chi_squared']:.1f}" for s in summaries)
    yield Finding(
        f"Beside the print, χ² of the {summaries[0]['count']} measured displacements is {scaled}, each with the best "
        f"common factor, for the modulus was not measured on the print; as they are, {plain}. With such a factor a "
        f"perfect model would have {median:.1f} in the median, and less than {most:.0f} in 95 % of such measurements."
    )
    measured = {r.experiment: f"{r.measured:.3f} ± {r.deviation:.3f}" for r in first.ratios}
    told = " and, the mirror image, ".join(text for name, text in measured.items() if name != "initial")
    models = ", ".join(
        f"{own.ratios[-1].ratio:.3f} for {model} "
        f"({' and '.join(_signed(r.score) for r in own.ratios if r.experiment != 'initial')} σ)"
        for model, own in agreements.items()
    )
    yield Finding(
        f"The larger displacement over the smaller was measured as {told}; with the same widths it is {models}."
    )
    yield table(
        "Beside the print",
        [
            {
                "model": s["model"],
                "χ²": f"{s['chi_squared']:.1f}",
                "best factor": f"{s['factor']:.3f}",
                "χ² with it": f"{s['chi_squared_scaled']:.1f}",
                **{f"ratio, {r['experiment']}": f"{r['ratio']:.3f} ({_signed(r['score'])} σ)" for r in s["ratios"]},
                "χ² of ratios": f"{s['chi_squared_ratios']:.1f}",
            }
            for s in summaries
        ]
        + [{"model": "measured"} | {f"ratio, {name}": text for name, text in measured.items()}],
        "Six displacements with their deviations: Li & Mao, Nat. Commun. 15, 10528 (2024), Fig. 2. The paper does not "
        "state which displacement is that of which node: the nearer order is taken. χ² takes the deviations of the "
        "three repeats as they are; against the error of their mean, σ/√3, it is three times as large.",
    )


def gaps(study: Transfer, rows: Sequence[Mapping[str, Any]]) -> Iterator[Content]:
    """The gap of each behaviour and model, and the steps that close it."""
    yield Headline("gaps", rows)
    for behaviour in dict.fromkeys(row["behaviour"] for row in rows):
        own = {row["model"]: row for row in rows if row["behaviour"] == behaviour}
        first = own.pop(study.first, None)
        promised = f"{study.firsts} promise {_mm(first['outputs'][study.given])} mm; " if first else ""
        if own:
            others = "; ".join(_given(study, row) for row in own.values())
            yield Finding(f"{behaviour}: {promised}their widths give {others}.")
    yield table(
        "The gap, and the steps that close it",
        [
            {
                "behaviour": row["behaviour"],
                "model": row["model"],
                f"{study.given} (mm)": _mm(row["outputs"][study.given]),
                "ratio": ratio_text(row["ratio"][study.given], 3),
                f"{OWN} (mm)": _mm(row["outputs"][OWN]),
                f"ratio at {OWN}": ratio_text(row["ratio"][OWN], 3),
                "gap": f"{100 * row['gap']:.1f} %" if np.isfinite(row["gap"]) else "–",
                **{f"steps: {source}": _steps(row, source) for source in study.sources},
            }
            for row in rows
        ],
        f"Outputs with the widths of trained {study.firsts}, and of the model trained itself to the end. Gap: loss "
        "above the model's own optimum, of what training gains. Last columns: steps of training on the model after "
        f"which the gap is within {100 * study.tolerance:.3g} %, by source of the gradient.",
    )


def _given(study: Transfer, row: Mapping[str, Any]) -> str:
    text = f"{_mm(row['outputs'][study.given])} mm ({row['model']})"
    if not row["gap"] > study.tolerance:
        return f"{text}, where training on gains nothing: the widths are right, the rest is the model's"
    steps = ", ".join(f"{source} {_steps(row, source)}" for source in row["steps"])
    worse = ", worse than no training" if row["gap"] > 1 else ""
    return f"{text}, a gap of {100 * row['gap']:.0f} % of what training gains{worse}, closed after steps: {steps}"


def _mm(outputs: Sequence[float]) -> str:
    return " / ".join(f"{1e3 * u:.3f}".replace("-", "−") for u in outputs)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _steps(row: Mapping[str, Any], source: str) -> str:
    if source not in row["steps"]:
        return "–"
    steps = row["steps"][source]
    return str(steps) if steps is not None else f"not closed, {100 * row['left'][source]:.1f} % left"
