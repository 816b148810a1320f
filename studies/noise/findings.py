"""What the run says: sentences and tables."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from femnn.config.quantities import GRAM_FORCE
from femnn.mechanics.viscoelasticity import master_curve
from femnn.network.identity import is_li2024
from femnn.planning.plan_settings import SEES_ENERGY
from femnn.report.texts import number
from femnn.study.adjoint_study import in_words, reference
from femnn.study.former.study import Run

from .creeping import BRACKETED, RESTED
from .drawings import length
from .optimum import ORDERS, product_form
from .records import exponents, shown
from .sources import ALL
from .tabulated import best_table, creep_table, exponent_table, source_table

LOST = 0.2
"""1 − cosine above which creep has made the estimate useless, be it by itself or by buckling."""
TRIALS = (0.028, 0.095)
"""Least and largest 1 − Pearson of single trials of Li & Mao (2024), Fig. 1."""


def summary(run: Run, made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Headline figures: exponents, optima with the bench's noise, sources, creep."""
    found = list(exponents(made["optima"]))
    bench = made["optima"][made["optima"]["noise"] == run.settings.bench.noise]
    exact = bench[bench["reference"] == "exact"].drop(columns=["reference", "fitted"])
    at_shown = shown(run, made["sources"])
    creep = made["creep"]
    quoted = creep[creep["best"].astype(bool) & creep["delay"].isin(run.settings.creep.delays)]
    return {
        "network": run.network.name,
        **reference(run.settings),
        "findings": [
            *in_words(run.settings),
            *_exponents(found),
            *_best(run, exact),
            *_trials(run, made["table"]),
            *_sources(at_shown),
            *_creep(run, quoted),
            _material(run),
        ],
        "tables": [
            vars(table)
            for table in (
                best_table(run, exact, made["table"]),
                source_table(at_shown),
                creep_table(run, quoted),
                exponent_table(found),
            )
            if table.rows
        ],
        "exponents": found,
        "best": exact.to_dict("records"),
        "sources": at_shown.to_dict("records"),
        "creep": quoted.drop(columns=["best", "uncertainty"]).to_dict("records"),
        "prony": _prony(run),
    }


def _told(entry: dict[str, Any]) -> bool:
    """Whether an exponent is one that theory predicts: against the exact gradient, or a product's own limit."""
    return entry["error"] is not None and (entry["reference"] == "exact") == (not product_form(entry["estimator"]))


def _exponents(found: list[dict[str, Any]]) -> Iterator[str]:
    for order, name, force, error in ((1, "One-sided", "½", "½"), (2, "Centred", "⅓", "⅔")):
        own = [entry for entry in found if ORDERS[entry["estimator"]] == order and _told(entry)]
        if own:
            told = {kind: _range([entry[kind] for entry in own]) for kind in ("error", "drawn_error", "force")}
            yield (
                f"{name}: the least error grows with the noise as σ^{told['error']} (drawn measurements: "
                f"σ^{told['drawn_error']}; theory {error}), the best adjoint force as σ^{told['force']} (theory "
                f"{force}), on {_listed(dict.fromkeys(e['model'] + 's' for e in own))}."
            )


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low}–{high}"


def _listed(words: Any) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else str(last)


def _seen(rows: pd.DataFrame) -> pd.DataFrame:
    """Without energy forms on models whose energies a camera on the nodes does not see."""
    return rows[rows["model"].isin(SEES_ENERGY) | rows["estimator"].map(product_form)]


def _best(run: Run, best: pd.DataFrame) -> Iterator[str]:
    for (case, model), rows in _seen(best).groupby(["case", "model"], sort=False):
        own = rows.loc[rows["error"].idxmin()]
        bound = "" if own["inside"] else ", the strongest of the sweep: noise still rules there"
        yield (
            f"{str(model).capitalize()}s with {length(run.settings.bench.noise)} (case {case}): least error "
            f"{own['error']:.1%} in one measurement, by {own['estimator']} at "
            f"{own['adjoint_force'] / GRAM_FORCE:.2g} gf{bound}."
        )


def _trials(run: Run, table: pd.DataFrame) -> Iterator[str]:
    rows = table[(table["estimator"] == "product") & (table["reference"] == "exact")]
    rows = shown(run, rows[rows["noise"] == run.settings.bench.noise])
    if rows.empty or not is_li2024(run.network):
        return
    told = _listed(
        f"{row['one_minus_pearson']:.3f} ({row['model']}s, case {row['case']})" for _, row in rows.iterrows()
    )
    force = rows["adjoint_force"].iloc[0] / GRAM_FORCE
    yield (
        f"Separate loadings at {force:.3g} gf, as published, have 1 − Pearson {told} by camera noise of "
        f"{length(run.settings.bench.noise)} alone; single trials of Li & Mao (2024) have {TRIALS[0]} to {TRIALS[1]}."
    )


def _sources(at_shown: pd.DataFrame) -> Iterator[str]:
    for (case, model), rows in _seen(at_shown).groupby(["case", "model"], sort=False):
        together = rows[rows["source"] == ALL]
        least = together.loc[together["relative_l2"].idxmin(), "estimator"]
        parts = []
        for name in dict.fromkeys(["product", least]):
            own = rows[rows["estimator"] == name].set_index("source")["relative_l2"]
            if len(own):
                order = own.drop(ALL).sort_values(ascending=False)
                each = ", ".join(f"{source} {value:.0%}" for source, value in order.items())
                parts.append(f"by {name} {own[ALL]:.0%} ({each})")
        force = rows["adjoint_force"].iloc[0] / GRAM_FORCE
        yield (
            f"{str(model).capitalize()}s, case {case}, {force:.3g} gf, all errors of the bench (each alone, with the "
            f"nonlinearity): {'; '.join(parts)}."
        )


def _creep(run: Run, quoted: pd.DataFrame) -> Iterator[str]:
    delays, wait = run.settings.creep.delays, run.settings.creep.wait
    delay = min(delays, key=lambda d: abs(d - run.settings.bench.delay))
    for (case, model), rows in quoted.groupby(["case", "model"], sort=False):
        own = rows[rows["delay"] == delay].set_index("protocol")["one_minus_cosine"]
        plain = own.drop([RESTED, BRACKETED], errors="ignore").sort_values(ascending=False)
        better = [f"{name} {number(own[name], 2)}" for name in (RESTED, BRACKETED) if name in own]
        yield (
            f"{str(model).capitalize()}s, case {case}, creep alone, first read after {wait:.3g} s and then every "
            f"{delay:.3g} s: 1 − cosine {number(plain.iloc[0], 2)} ({plain.index[0]}) to "
            f"{number(plain.iloc[-1], 2)} ({plain.index[-1]}){'; ' + ', '.join(better) if better else ''}."
        )
        lost = rows[rows["one_minus_cosine"] > LOST]
        if len(lost):
            yield (
                f"{str(model).capitalize()}s, case {case}: with {lost['delay'].min():.3g} s and more between readings "
                f"creep takes 1 − cosine above {LOST:g} ({_listed(dict.fromkeys(lost['protocol']))}): it outweighs the "
                "answer to the adjoint force, or the lattice buckles; hang less, or let it recover."
            )


def _prony(run: Run) -> dict[str, Any]:
    settings = run.settings.creep
    curve = master_curve(settings.master_curve)
    span = settings.wait + max(settings.delays)
    return {
        kind: {
            "equilibrium": series.equilibrium,
            "misfit": series.misfit(curve),
            "creep_over_readings": float(series.creep.compliance(span) / series.creep.compliance(settings.wait)),
        }
        for kind, value in (("used", settings.equilibrium_modulus), ("fitted", None))
        for series in [settings.prony(value)]
    }


def _material(run: Run) -> str:
    known, used = _prony(run), _prony(run)["used"]
    return (
        f"Prony series: with E∞ = {1e-6 * used['equilibrium']:.2f} MPa it departs from the master curve by "
        f"{used['misfit']:.1%}, with a fitted E∞ ({1e-6 * known['fitted']['equilibrium']:.2f} MPa) by "
        f"{known['fitted']['misfit']:.1%}; up to the longest delay compliance grows by a factor "
        f"{used['creep_over_readings']:.2f} with one and {known['fitted']['creep_over_readings']:.2f} with the other."
    )
