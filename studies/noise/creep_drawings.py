"""The figures of the report that are about creep."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.mechanics.viscoelasticity import master_curve
from femnn.report.estimator_styles import estimator_style
from femnn.report.former_figure import Figure
from femnn.report.plots import COLOURS, INK, Curve, drawing, logarithmic
from femnn.study.former.study import Run

from .creeping import BASIS, protocols

ERROR_LABEL = "relative error of the gradient"
TIMES = np.geomspace(1, 1e5, 101)


def figures(run: Run, creep: pd.DataFrame) -> list[Figure]:
    """Errors against the delay and against the adjoint force, and what the material is taken to do."""
    return [*_against_delay(run, creep), *_against_force(run, creep), _material(run)]


def _curves(run: Run, rows: pd.DataFrame, x: str, y: str, scale: float) -> list[Curve]:
    curves = []
    for name in protocols(run.settings.estimators):
        own = rows[rows["protocol"] == name].sort_values(x)
        colour, dashes = estimator_style(BASIS.get(name, name))
        dashes = ":" if name in BASIS else dashes
        if len(own):
            curves.append(Curve(scale * own[x].to_numpy(), own[y].to_numpy(), name, colour, dashes))
    return curves


def _against_delay(run: Run, creep: pd.DataFrame) -> Iterator[Figure]:
    case, models = run.settings.cases[0], run.settings.models
    rows = creep[(creep["case"] == case) & creep["best"].astype(bool)]
    if rows.empty:
        return
    figure, axes = drawing(2, len(models), 6.4 * len(models), 7.2)
    for column, model in zip(axes.T, models, strict=True):
        own = rows[rows["model"] == model]
        for ax, kind, label in zip(
            column,
            ("relative_l2", "one_minus_cosine"),
            (ERROR_LABEL, "error of its direction (1 − cosine)"),
            strict=True,
        ):
            logarithmic(ax, _curves(run, own, "delay", kind, 1.0), "time between readings (s)", label, model, gap=0.06)
            for delay in run.settings.creep.delays:
                ax.axvline(delay, color=INK, linewidth=0.6, linestyle=":")
    yield Figure(
        "creep-against-delay",
        "Error by creep, against the delay between readings",
        "Error by creep and nonlinearity alone, without noise, against the time from one reading to the next, at the "
        f"adjoint force that is best with the bench's noise; the data's load is first read after "
        f"{run.settings.creep.wait:.3g} s. Size (top) is only a learning rate, and is right where the loads have hung "
        "equally long; direction (bottom) counts. Where a curve leaps the lattice buckles by creep. Dotted: the delays "
        "of the tables.",
        figure,
    )


def _against_force(run: Run, creep: pd.DataFrame) -> Iterator[Figure]:
    case, models = run.settings.cases[0], run.settings.models
    delays = run.settings.creep.delays
    delay = min(delays, key=lambda d: abs(d - run.settings.bench.delay))
    rows = creep[(creep["case"] == case) & ~creep["best"].astype(bool) & (creep["delay"] == delay)]
    if rows.empty:
        return
    figure, axes = drawing(1, len(models), 6.4 * len(models), 3.8, share_y=True)
    for ax, model in zip(axes[0], models, strict=True):
        curves = _curves(run, rows[rows["model"] == model], "adjoint_force", "relative_l2", 1 / GRAM_FORCE)
        logarithmic(ax, curves, "adjoint force (gf)", ERROR_LABEL, model, gap=0.07)
    yield Figure(
        "creep-against-force",
        "Error by creep, against the adjoint force",
        f"Error by creep and nonlinearity, without noise, with {delay:.3g} s between readings.",
        figure,
    )


def _material(run: Run) -> Figure:
    settings = run.settings.creep
    curve = master_curve(settings.master_curve)
    figure, axes = drawing(1, 2, 12.8, 3.8)
    left, right = axes[0]
    given = settings.prony(settings.equilibrium_modulus)
    frequency = np.geomspace(0.3 * curve.frequency.min(), 3 * curve.frequency.max(), 200)
    storage, loss = given.dynamic(frequency)
    curves = [Curve(frequency, 1e-6 * storage, "E′", COLOURS[0]), Curve(frequency, 1e-6 * loss, "E″", COLOURS[1])]
    logarithmic(left, curves, "frequency (Hz)", "modulus (MPa)", "master curve at 20 °C, and Prony series")
    left.plot(curve.frequency, 1e-6 * curve.storage, "o", color=COLOURS[0], markersize=5)
    left.plot(curve.frequency, 1e-6 * curve.loss, "o", color=COLOURS[1], markersize=5)
    found = {
        f"E∞ = {1e-6 * series.equilibrium:.2f} MPa ({kind})": series.creep
        for kind, series in (("given", given), ("fitted", settings.prony(None)))
        if kind == "fitted" or settings.equilibrium_modulus is not None
    }
    curves = [
        Curve(
            TIMES, creep.compliance(TIMES) / creep.compliance(settings.wait), name, COLOURS[i], "-" if i == 0 else "--"
        )
        for i, (name, creep) in enumerate(found.items())
    ]
    logarithmic(right, curves, "time under load (s)", f"J(t) / J({settings.wait:.3g} s)", "creep under hung weights")
    for time in (settings.wait, settings.wait + max(settings.delays)):
        right.axvline(time, color=INK, linewidth=0.6, linestyle=":")
    return Figure(
        "material",
        "Creep of Agilus30, and of the material taken for it",
        f"Dots: measured moduli. The series departs from them by {given.misfit(curve):.1%} (root mean square). Dotted: "
        "from the first reading to the last of the longest delay.",
        figure,
    )
