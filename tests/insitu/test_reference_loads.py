"""Loads that forces are relative to, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from mpi4py import MPI
from pydantic import TypeAdapter, ValidationError
from scipy.optimize import minimize_scalar

from femnn.errors import ConfigError, MechanismError
from femnn.insitu.estimator_kinds import EstimatorInputs
from femnn.insitu.estimators import ESTIMATORS
from femnn.insitu.experiment import Experiment
from femnn.insitu.reference_loads import (
    ReferenceLoads,
    adjoint_pattern,
    applied_force,
    applied_nudging,
    reference_loads,
    usual_force,
)
from femnn.insitu.relative_loads import RelativeForce, Share, Step, StiffnessShare, in_words
from femnn.insitu.sweeps import RelativeForces, Steps
from femnn.losses import squared_error
from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Structure
from femnn.network.lattices import li2024
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION, Sections
from femnn.solving.equilibrium import equilibrium
from femnn.solving.options import solver_options
from femnn.training.training_settings import TrainingSettings

COMM = MPI.COMM_WORLD
E, A, HEIGHT = 210e9, 1e-4, 0.1
STEEL = replace(AGILUS_SECTION, **{n: np.array(v) for n, v in (
    ("modulus", E), ("thickness", 1e-2), ("width", 1e-2), ("width_lower", 5e-3), ("width_upper", 2e-2))})  # fmt: skip


def toggle(section: Sections = STEEL) -> Network:
    """Two steel bars of 1 m span each that meet 100 mm above their supports at node 2."""
    fixed = np.array([[True, True], [False, False], [True, True]])
    return Network([[-1, 0], [0, HEIGHT], [1, 0]], [[0, 1], [1, 2]], fixed, section, name="toggle")


def cantilever() -> Network:
    """One bond of 2 m, clamped at node 1."""
    fixed = np.array([[True, True], [False, False]])
    return Network([[0, 0], [2, 0]], [[0, 1]], fixed, STEEL, name="cantilever", rigid_joints=True)


def loads(net: Network, force: list[float], names: list[str], *kinds: str) -> ReferenceLoads:
    """Reference loads along a force on node 2."""
    pattern = net.point_force(2, force)
    return reference_loads(net, MODELS, names, lambda _: pattern, frozenset(kinds), COMM, solver_options())


def limit_load() -> float:
    """Of the toggle: the largest P(w) = 2 k (L₀ − L) (h − w)/L over the sag w of the apex."""
    L0 = np.hypot(1, HEIGHT)
    k = E * A / L0

    def negative(w: float) -> float:
        L = np.hypot(1, HEIGHT - w)
        return -2 * k * (L0 - L) * (HEIGHT - w) / L

    return -float(minimize_scalar(negative, bounds=(0, HEIGHT), method="bounded", options={"xatol": 1e-10}).fun)


def test_loads_of_a_toggle_are_those_of_the_closed_form() -> None:
    """Strain P sin α/(…): e = w sin α, P = 2 k w sin²α; rotation w cos α/L; and the limit point, whatever the norm."""
    L = np.hypot(1, HEIGHT)
    sine, cosine, k = HEIGHT / L, 1 / L, E * A / L
    expected = {"strain": 0.01 * L / sine, "rotation": 0.1 * L / cosine}
    found = loads(toggle(), [0, -7.0], ["spring", "bar"], "strain", "critical")
    assert found.strain == pytest.approx(2 * k * sine**2 * expected["strain"], rel=1e-9)
    assert found.rotation == pytest.approx(2 * k * sine**2 * expected["rotation"], rel=1e-9)
    assert (found.model, found.critical_model) == ("spring", "bar")
    assert found.critical == pytest.approx(limit_load(), rel=1e-6)
    assert found.governing == "critical"
    assert found.force(Share(share=0.5, relative_to="critical"), "x") == pytest.approx(0.5 * limit_load(), rel=1e-6)


def test_the_critical_load_counts_in_both_directions_and_only_as_far_as_it_could_be_the_least() -> None:
    """Pulled upwards the toggle stands; but estimators reverse the force. A stiff direction has no critical load."""
    up = loads(toggle(), [0, 1.0], ["bar"], "least")
    assert up.least == up.critical == pytest.approx(limit_load(), rel=1e-6)
    along = loads(toggle(), [1.0, 0], ["bar"], "strain")
    assert along.critical is along.critical_model is None
    with pytest.raises(ConfigError, match='relative_to = "strain" or "least"'):
        along.force(Share(share=0.5, relative_to="critical"), "x")


def test_the_critical_load_is_the_least_of_all_models_of_lines() -> None:
    """A column of 2 m that is held across at its end: bars carry any load, beams Euler's 2.0457 π² E I/L²."""
    column = Network([[0, 0], [2, 0]], [[0, 1]], np.array([[True, True], [False, True]]), STEEL, name="column")
    found = loads(column, [-1.0, 0], ["spring", "bar", "beam"], "least")
    assert (found.model, found.critical_model, found.governing) == ("spring", "beam", "critical")
    # A slenderness of 200 to both sides: shear and shortening take some thousandths
    assert found.critical == pytest.approx(2.0457 * np.pi**2 * E * 1e-2**4 / 12 / 2**2, rel=5e-3)
    bars = loads(column, [-1.0, 0], ["bar"], "least")
    assert (bars.critical, bars.critical_model) == (None, "bar")


def test_a_frame_is_measured_by_the_first_model_that_carries_it() -> None:
    """Springs are passed over; the tip load of a cantilever turns its chord by P L²/(3 E I), and strains it not."""
    found = loads(cantilever(), [0, -1.0], ["spring", "bar", "beam"], "least")
    inertia = 1e-2**4 / 12
    assert found.model == "beam"
    # Timoshenko beams of a slenderness of 200 bend by a ten-thousandth more
    assert found.rotation == pytest.approx(0.1 * 3 * E * inertia / 2**2, rel=1e-3)
    assert found.strain is None
    assert found.governing == "rotation"
    with pytest.raises(ConfigError, match=r'x: no load .*"rotation"'):
        found.force(Share(share=1, relative_to="strain"), "x")
    with pytest.raises(MechanismError):
        loads(cantilever(), [0, -1.0], ["spring", "bar"], "least")


def test_the_adjoint_pattern_is_that_of_the_linear_response() -> None:
    """−∂L/∂U at K⁻¹f; a loss that is met there has none."""
    net = toggle()
    solver = equilibrium(Structure(MODELS["bar"], net, COMM))
    force = net.point_force(2, [0, -100.0])
    k, sine = E * A / np.hypot(1, HEIGHT), HEIGHT / np.hypot(1, HEIGHT)
    sag = 100 / (2 * k * sine**2)
    asked = adjoint_pattern(solver, force, squared_error(net, [(2, 1, -2e-3)]))
    assert asked[1] == pytest.approx([0, 2 * (sag - 2e-3)], rel=1e-9)
    with pytest.raises(ConfigError, match="no gradient"):
        adjoint_pattern(solver, force, squared_error(net, [(2, 0, 0.0)]))


def test_training_applies_a_share_at_each_sample() -> None:
    """0.3 of the lesser load of strain and rotation by default, by the response at the forward state."""
    net = toggle()
    solver = equilibrium(Structure(MODELS["bar"], net, COMM))
    experiment = Experiment(solver, net.point_force(2, [0, -100.0]), squared_error(net, [(2, 1, -2e-3)]))
    given = [None, Share(share=0.6, relative_to="least"), 12.5]
    usual, doubled, fixed = (
        applied_force(solver, experiment.forward, experiment.adjoint_force, force) for force in given
    )
    rest = loads(net, [0, -1.0], ["bar"], "strain")
    assert usual == pytest.approx(0.3 * min(rest.strain or 0, rest.rotation or 0), rel=0.01)
    assert doubled == pytest.approx(2 * usual)
    assert fixed == 12.5
    assert usual_force(net) == Share(share=0.3, relative_to="least")
    assert usual_force(li2024()) == pytest.approx(0.049)
    with pytest.raises(ValidationError, match="no critical load is looked for in training"):
        TrainingSettings(adjoint_force={"share": 0.1, "relative_to": "critical"})


@pytest.mark.parametrize("sign", [1, -1])
def test_a_loss_that_is_stiffer_than_the_lattice_pulls_gently(sign: int) -> None:
    """The loss of a target that is nearly met: pulled with the full relative force, −β turns the nudged answer over."""
    net = toggle()
    solver = equilibrium(Structure(MODELS["bar"], net, COMM))
    loss = squared_error(net, [(2, 1, -1e-3 * (1 + 1e-4 * sign))])
    experiment = Experiment(solver, net.point_force(2, [0, -405.0]), loss)
    beta = applied_nudging(solver, experiment.forward, loss, experiment.adjoint_force, None)
    compliance = solver.response(experiment.forward, [net.point_force(2, [0, 1.0])])[0][1, 1]
    assert 2 * beta * compliance == pytest.approx(0.1, rel=1e-9)
    measured = ESTIMATORS["nudged-centred"](EstimatorInputs(experiment, experiment), beta)
    np.testing.assert_allclose(measured, experiment.exact_gradient, rtol=0.02)
    # Newtons are what the user asks for
    pull = float(np.linalg.norm(experiment.adjoint_force))
    assert applied_nudging(solver, experiment.forward, loss, experiment.adjoint_force, 3.0) == pytest.approx(3.0 / pull)


def test_forces_and_steps_may_be_absolute_relative_or_both() -> None:
    """One syntax: numbers, quantities, shares and sweeps of either; in a list they are sorted, newtons first."""
    sweep = {"from": 0.01, "to": 1, "count": 3, "relative_to": "strain"}
    forces = TypeAdapter(RelativeForces).validate_python([sweep, "5 gf", {"share": 0.5, "relative_to": "strain"}])
    assert forces[0] == pytest.approx(0.049)
    assert [force.share for force in forces[1:]] == pytest.approx([0.01, 0.1, 0.5, 1])
    steps = TypeAdapter(Steps).validate_python({"from": 1e-9, "to": 1e-7, "count": 3, "relative_to": "stiffness"})
    assert [step.share for step in steps] == pytest.approx([1e-9, 1e-8, 1e-7])
    assert TypeAdapter(Step).validate_python({"share": 0.1, "relative_to": "stiffness"}) == StiffnessShare(
        share=0.1, relative_to="stiffness"
    )
    assert in_words(forces[1]) == "0.01 of the load of 1 % strain"


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (RelativeForce, "-5 gf", "above 0"),
        (RelativeForce, {"share": 0.1, "relative_to": "stiffness"}, "relative_to"),
        (RelativeForce, {"from": 1, "to": 2, "count": 3, "relative_to": "strain"}, "one force is needed"),
        (Step, {"share": 2.0, "relative_to": "stiffness"}, "less than 1"),
        (Step, {"share": 0.1, "relative_to": "strain"}, "relative_to"),
    ],
)
def test_what_is_no_force_or_step_is_refused(kind: object, value: object, message: str) -> None:
    """By what is wrong."""
    with pytest.raises((ConfigError, ValidationError), match=message):
        TypeAdapter(kind).validate_python(value)
