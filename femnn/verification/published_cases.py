"""Figures published by Li & Mao, Nat. Commun. 15, 10528 (2024), and the load cases that they belong to."""

from femnn.config.quantities import GRAM_FORCE
from femnn.insitu.load_cases import Case
from femnn.measured.published import published_gradients
from femnn.network.lattices import li2024

SOURCE = "Li & Mao 2024, Fig. 1"

PUBLISHED_ERRORS = {24.99468151: 4.57069e-4, 18.71473638: 2.66427e-4, 12.43479125: 1.22851e-4}
"""1 − Pearson of the linear forward field with the adjoint field of rotating springs, by adjoint force (gf)."""


def printed_gradients(name: str) -> list[str]:
    """Simulated gradients of the 28 bonds in case "separate" or "same" (m²), adjoint force 5 gf, as printed."""
    return [f"{value:.2e}" for value in published_gradients(li2024())[name].simulated]


def published_case(name: str) -> Case:
    """The load case "separate" or "same" of Li & Mao (2024), Fig. 1."""
    grams, node, wanted = {"separate": (10, 14, -25e-3), "same": (20, 13, -28e-3)}[name]
    return Case.model_validate(
        {
            "loads": [{"node": 13, "direction": "-y", "force": grams * GRAM_FORCE}],
            "targets": [{"node": node, "component": "y", "displacement": wanted}],
        }
    )
