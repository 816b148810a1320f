"""Estimators that take more than readings: computed fields, changed stiffness, or a loss that pulls."""

from femnn.insitu.estimator_kinds import Estimator, ExactGradient, Nudge, SpringsFieldEstimator, StiffnessStep

ESTIMATORS: dict[str, Estimator] = {
    "adjoint": ExactGradient("dL/dk_b = λᵀ ∂²Π/∂u∂k_b with K λ = g: exact for every model."),
    "product-linear-forward": SpringsFieldEstimator(
        "The product with the forward field of the linear springs, which Li & Mao (2024) plot as error against force."
    ),
    "finite-difference": StiffnessStep(
        "[L(k_b + h_b) − L(k_b)]/h_b, bond after bond, each with a forward solve of its own.", central=False
    ),
    "central-difference": StiffnessStep("[L(k_b + h_b) − L(k_b − h_b)]/(2h_b), bond after bond.", central=True),
    "nudged": Nudge(
        "[E(u_β) − E(u_0)]/β with β = s: equilibrium propagation (Scellier & Bengio 2017), the loss itself pulling.", 1
    ),
    "nudged-centred": Nudge("[E(u_β) − E(u_−β)]/(2β) with β = s; error of order β².", 2),
}
