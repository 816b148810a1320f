"""What the run says: the gap between springs and the other models, and the steps that close it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from femnn.measured.comparison.agreement import TRIALS, chance
from femnn.report.texts import Table
from femnn.study.former.learning_study import skipped_findings
from femnn.study.former.study import Run
from femnn.training.tasks.ports import read

from . import comparison
from .transfers import BEFORE, OWN, TUNED, given_widths, plural

DRAWS = 10_000
"""Measurements that are drawn, to see what scatter does to a perfect model."""


def answers(run: Run) -> pd.DataFrame:
    """Displacement of every output (m), a row an output at a stage; ``source`` is empty but at the stage "tuned"."""
    rows = []
    for point, stage, source, data in _stages(run):
        settings = run.settings.behaviour[point["behaviour"]]
        for (node, component), port in zip(read(run.network, settings.outputs), settings.outputs, strict=True):
            rows.append(
                {"behaviour": point["behaviour"], "model": point["model"], "stage": stage, "source": source}
                | {"output": f"node {node} {port.component}", "wanted": port.displacement}
                | {"displacement": data["answer"][run.network.index(node)][component]}
                | {"loss": data["loss"], "gap": data["gap"]}
            )
    columns = ["behaviour", "model", "stage", "source", "output", "displacement", "wanted", "loss", "gap"]
    return pd.DataFrame(rows, columns=columns)


def widths(run: Run) -> pd.DataFrame:
    """Width of every bond (m) at every stage, a row a bond."""
    network = run.network
    k_of_width = network.stiffness / network.sections.width
    rows = [
        {"behaviour": point["behaviour"], "model": point["model"], "stage": stage, "source": source}
        | {"bond": network.bond_name(bond), "stiffness": k, "width": k / k_of_width[bond]}
        for point, stage, source, data in _stages(run)
        for bond, k in enumerate(data["stiffness"])
    ]
    return pd.DataFrame(rows, columns=["behaviour", "model", "stage", "source", "bond", "stiffness", "width"])


def _stages(run: Run) -> Iterator[tuple[dict[str, Any], str, str, dict[str, Any]]]:
    """Every stage of every behaviour and model, once: stiffness, answer, loss and gap."""
    seen = set()
    for point, outcome in run.outcomes:
        transfer, key = outcome.data.get("transfer"), (point["behaviour"], point["model"])
        if transfer and key not in seen:
            seen.add(key)
            for stage in (BEFORE, given_widths(run.settings.first), OWN):
                names = {"stiffness": "stiffness", "answer": "answers", "loss": "losses", "gap": "gaps"}
                yield point, stage, "", {name: transfer[kept][stage] for name, kept in names.items()}
        if tuned := outcome.data.get("tuned"):
            kept = {"stiffness": tuned["history"]["stiffness"], "answer": tuned["answer"], "loss": tuned["loss"]}
            yield point, TUNED, point["source"], kept | {"gap": tuned["gaps"][-1]}


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Findings, and tables of the gaps and of the measurements."""
    rows = list(gaps(run, made["table"]))
    judged = comparison.judged(made["measured"])
    tables = [_gap_table(run, rows)] if rows else []
    return {
        "network": run.network.name,
        "findings": [
            *_measured_sentences(judged, made["measured"], run.settings.seed),
            *_gap_sentences(run, rows),
            *skipped_findings(run),
        ],
        "tables": [vars(table) for table in [*tables, *([_measured_table(judged)] if judged else [])]],
        "gaps": rows,
        "measured": judged,
    }


def gaps(run: Run, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Behaviour by behaviour and model by model: outputs (m), their ratio, the gap, and steps by source."""
    for (behaviour, model), mine in table.groupby(["behaviour", "model"], sort=False):
        by_stage = dict(iter(mine[mine["source"] == ""].groupby("stage", sort=False)))
        given = by_stage[given_widths(run.settings.first)]
        outputs = {stage: rows["displacement"].tolist() for stage, rows in by_stage.items()}
        steps, left = {}, {}
        for point, outcome in run.outcomes:
            if (point["behaviour"], point["model"]) == (behaviour, model) and "steps" in outcome.data:
                steps[point["source"]] = outcome.data["steps"]
                tuned = outcome.data.get("tuned")
                left[point["source"]] = (tuned["gaps"] if tuned else [given["gap"].iloc[0]])[-1]
        yield {
            "behaviour": behaviour,
            "model": model,
            "outputs": outputs,
            "ratio": {stage: u[0] / u[1] if len(u) == 2 and u[1] else None for stage, u in outputs.items()},
            "gap": float(given["gap"].iloc[0]),
            "steps": steps,
            "left": left,
        }


def _measured_sentences(judged: list[dict[str, Any]], table: pd.DataFrame, seed: int) -> Iterator[str]:
    if not judged:
        return
    own = table[table["model"] == judged[0]["model"]]
    values, deviations = (own[name].to_numpy() for name in ("measured", "deviation"))
    right = chance(values, deviations, TRIALS, DRAWS, np.random.default_rng(seed), fitted=True)
    median, most = (len(own) * value for value in right)
    scaled = ", ".join(f"{r['chi_squared_scaled']:.1f} for {r['model']} (× {r['factor']:.3f})" for r in judged)
    plain = ", ".join(f"{r['chi_squared']:.1f}" for r in judged)
    yield (
        f"Beside the print, χ² of the {judged[0]['count']} measured displacements is {scaled}, each with the best "
        f"common factor, for the modulus was not measured on the print; as they are, {plain}. With such a factor a "
        f"perfect model would have {median:.1f} in the median, and less than {most:.0f} in 95 % of such "
        "measurements."
    )
    trained = [r for r in judged[0]["ratios"] if r["experiment"] != "initial"]
    measured = " and, the mirror image, ".join(f"{r['measured']:.3f} ± {r['deviation']:.3f}" for r in trained)
    models = ", ".join(
        f"{row['ratios'][-1]['ratio']:.3f} for {row['model']} "
        f"({' and '.join(_signed(r['score']) for r in row['ratios'] if r['experiment'] != 'initial')} σ)"
        for row in judged
    )
    yield f"The larger displacement over the smaller was measured as {measured}; with the same widths it is {models}."


def _gap_sentences(run: Run, rows: list[dict[str, Any]]) -> Iterator[str]:
    """A sentence a behaviour."""
    for behaviour in dict.fromkeys(row["behaviour"] for row in rows):
        mine = {row["model"]: row for row in rows if row["behaviour"] == behaviour}
        name = run.settings.first
        first = mine.pop(name, None)
        promised = f"{plural(name)} promise {_mm(first['outputs'][given_widths(name)])}; " if first else ""
        given = "; ".join(_given(run, row) for row in mine.values())
        if given:
            yield f"{behaviour}: {promised}their widths give {given}."


def _given(run: Run, row: dict[str, Any]) -> str:
    text = f"{_mm(row['outputs'][given_widths(run.settings.first)])} ({row['model']})"
    if not row["gap"] > run.settings.tolerance:
        return f"{text}, where training on gains nothing: the widths are right, the rest is the model's"
    steps = ", ".join(f"{source} {_steps(row, source)}" for source in row["steps"])
    worse = ", worse than no training" if row["gap"] > 1 else ""
    return f"{text}, a gap of {row['gap']:.0%} of what training gains{worse}, closed after steps: {steps}"


def _gap_table(run: Run, rows: list[dict[str, Any]]) -> Table:
    sources = run.settings.sources
    given = given_widths(run.settings.first)
    header = ["behaviour", "model", f"{given} (mm)", "ratio", "own optimum (mm)", "ratio", "gap"]
    lines = [
        [
            row["behaviour"],
            row["model"],
            *(text for stage in (given, OWN) for text in (_mm(row["outputs"][stage], ""), _ratio(row["ratio"][stage]))),
            f"{row['gap']:.1%}" if np.isfinite(row["gap"]) else "–",
            *(_steps(row, source) for source in sources),
        ]
        for row in rows
    ]
    note = (
        f"Outputs with the widths of trained {plural(run.settings.first)}, and of the model trained itself to the end. "
        "Gap: loss above the model's own optimum, of what training gains. Last columns: steps of training on the model "
        f"after which the gap is within {run.settings.tolerance:.0%}, by source of the gradient."
    )
    return Table("The gap, and the steps that close it", [*header, *(f"steps: {s}" for s in sources)], lines, note)


def _measured_table(judged: list[dict[str, Any]]) -> Table:
    names = [r["experiment"] for r in judged[0]["ratios"]]
    header = ["model", "χ²", "best factor", "χ² with it", *(f"ratio, {name}" for name in names), "χ² of ratios"]
    lines = [
        [
            row["model"],
            f"{row['chi_squared']:.1f}",
            f"{row['factor']:.3f}",
            f"{row['chi_squared_scaled']:.1f}",
            *(f"{r['ratio']:.3f} ({_signed(r['score'])} σ)" for r in row["ratios"]),
            f"{row['chi_squared_ratios']:.1f}",
        ]
        for row in judged
    ]
    measured = [f"{r['measured']:.3f} ± {r['deviation']:.3f}" for r in judged[0]["ratios"]]
    note = (
        "Six displacements with their deviations: Li & Mao, Nat. Commun. 15, 10528 (2024), Fig. 2. The paper does not "
        "state which displacement is that of which node: the nearer order is taken. χ² takes the deviations of the "
        "three repeats as they are; against the error of their mean, σ/√3, it is three times as large."
    )
    return Table("Beside the print", header, [*lines, ["measured", "", "", "", *measured, ""]], note)


def _mm(outputs: list[float], unit: str = " mm") -> str:
    return " / ".join(f"{1e3 * u:.3f}".replace("-", "−") for u in outputs) + unit


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _steps(row: dict[str, Any], source: str) -> str:
    if source not in row["steps"]:
        return "–"
    steps = row["steps"][source]
    return str(steps) if steps is not None else f"not closed, {row['left'][source]:.1%} left"
