"""Figures published by Li & Mao, Nat. Commun. 15, 10528 (2024), and the load cases that they belong to."""

from femnn.learning.cases import Case
from femnn.quantities import GRAM_FORCE

SOURCE = "Li & Mao 2024, Fig. 1"

PUBLISHED_ERRORS = {24.99468151: 4.57069e-4, 18.71473638: 2.66427e-4, 12.43479125: 1.22851e-4}
"""1 − Pearson of the linear forward field with the adjoint field of rotating springs, by adjoint force (gf)."""

PUBLISHED_GRADIENTS = {
    "separate": (
        "-1.82e-10 7.94e-08 7.64e-10 4.27e-09 4.27e-09 7.64e-10 -1.51e-09 "
        "-1.51e-09 -1.82e-10 4.27e-09 4.27e-09 7.94e-08 4.27e-09 4.19e-08 "
        "1.66e-09 -2.39e-09 7.76e-09 4.27e-09 7.76e-09 -2.39e-09 4.19e-08 "
        "-2.39e-09 1.75e-08 -2.39e-09 -1.23e-08 -1.23e-08 1.75e-08 2.61e-09"
    ),
    "same": (
        "1.35e-11 2.65e-07 5.65e-09 5.12e-09 5.12e-09 4.13e-10 3.01e-09 "
        "3.01e-09 9.84e-09 1.43e-08 1.43e-08 9.52e-08 5.12e-09 1.96e-07 "
        "3.31e-09 1.67e-09 7.31e-09 1.43e-08 3.29e-08 1.37e-08 3.58e-08 "
        "1.67e-09 2.34e-07 1.37e-08 1.15e-07 5.22e-09 5.22e-09 5.22e-09"
    ),
}
"""Simulated gradients of the 28 bonds in the order of their nodes (m²), adjoint force 5 gf, as printed."""


def published_case(name: str) -> Case:
    """The load case "separate" or "same" of Li & Mao (2024), Fig. 1."""
    grams, node, wanted = {"separate": (10, 14, -25e-3), "same": (20, 13, -28e-3)}[name]
    return Case.model_validate(
        {
            "loads": [{"node": 13, "direction": "-y", "force": grams * GRAM_FORCE}],
            "targets": [{"node": node, "component": "y", "displacement": wanted}],
        }
    )
