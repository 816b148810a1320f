"""Estimators that only load and look: products of elongations, and energies."""

from femnn.insitu.estimator_kinds import ADJOINT, FORWARD, MINUS, PLUS, TWICE, ReadingEstimator

ESTIMATORS = {
    "product": ReadingEstimator(
        "e(1, 0)·e(0, s)/s: forward and adjoint load applied separately, the protocol of Li & Mao (2024).",
        (FORWARD, ADJOINT), (0, 1), (1, 0), in_words="two separate loadings (the published protocol)",
    ),
    "superposed-product": ReadingEstimator(
        "e(1, 0)·[e(1, s) − e(1, 0)]/s: the adjoint force added on top of the data's load; error of order s.",
        (FORWARD, PLUS), (-1, 1), (1, 0), order=1, in_words="adjoint force added on top",
    ),
    "superposed-energy": ReadingEstimator(
        "[E(1, s) − E(1, 0)]/s; error of order s.", (FORWARD, PLUS), (-1, 1), order=1
    ),
    "centred-product": ReadingEstimator(
        "e(1, 0)·[e(1, s) − e(1, −s)]/(2s); error of order s².",
        (FORWARD, PLUS, MINUS), (0, 0.5, -0.5), (1, 0, 0), order=2, in_words="added with both signs",
    ),
    "centred-energy": ReadingEstimator(
        "[E(1, s) − E(1, −s)]/(2s); error of order s².", (PLUS, MINUS), (0.5, -0.5), order=2
    ),
    "three-point-product": ReadingEstimator(
        "e(1, 0)·[−3 e(1, 0) + 4 e(1, s) − e(1, 2s)]/(2s): of order s² with adjoint forces of one sign only.",
        (FORWARD, PLUS, TWICE), (-1.5, 2, -0.5), (1, 0, 0), order=2,
    ),
    "three-point-energy": ReadingEstimator(
        "[−3 E(1, 0) + 4 E(1, s) − E(1, 2s)]/(2s): of order s² with adjoint forces of one sign only.",
        (FORWARD, PLUS, TWICE), (-1.5, 2, -0.5), order=2,
    ),
}  # fmt: skip
