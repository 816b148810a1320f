"""Figures of a viscoelastic material: its master curve, and its creep under hung weights."""

from collections.abc import Mapping

import numpy as np

from femnn.mechanics.viscoelasticity import MasterCurve, Prony
from femnn.network.network import Floats
from femnn.report.colours import COLOURS
from femnn.report.figure import Panel, log_panel
from femnn.report.marks import Curve, Dots, Mark, Reference

TIMES: Floats = np.geomspace(1, 1e5, 101)
"""Times under load for which creep is drawn (s)."""
BEYOND = 3.0
"""Factor by which moduli are drawn beyond the measured frequencies."""


def master_curve_panel(curve: MasterCurve, series: Prony, title: str) -> Panel:
    """Return a panel of E′ and E″ against the frequency: measured as dots, and those of a Prony series as curves."""
    frequency = np.geomspace(curve.frequency.min() / BEYOND, BEYOND * curve.frequency.max(), 200)
    marks: list[Mark] = []
    for name, modulus, measured, colour in zip(
        ("E′", "E″"), series.dynamic(frequency), (curve.storage, curve.loss), COLOURS, strict=False
    ):
        marks.append(Curve(x=frequency, y=1e-6 * modulus, name=name, colour=colour))
        marks.append(Dots(x=curve.frequency, y=1e-6 * measured, size=5, colour=colour))
    return log_panel(marks, title, "frequency (Hz)", "modulus (MPa)")


def creep_panel(series: Mapping[str, Prony], since: float, until: float, title: str) -> Panel:
    """Return a panel of the compliance J(t)/J(since) against the time under load, a curve a series.

    Args:
        series: what is drawn, by name.
        since: time at which creep is 1 (s), marked by a line.
        until: another time that is marked (s).
        title: of the panel.
    """
    marks: list[Mark] = [
        Curve(x=TIMES, y=prony.creep.compliance(TIMES) / prony.creep.compliance(since), colour=colour,
              name=f"E∞ = {1e-6 * prony.equilibrium:.2f} MPa ({name})", dashes="--" if i else "-")
        for i, ((name, prony), colour) in enumerate(zip(series.items(), COLOURS, strict=False))
    ]  # fmt: skip
    marks += [Reference(at=time, along="x", width=0.6) for time in (since, until)]
    return log_panel(marks, title, "time under load (s)", f"J(t) / J({since:.3g} s)")
