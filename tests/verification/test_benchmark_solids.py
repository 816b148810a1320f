"""Solids of benchmarks: their meshes, what their faces read and carry, and what a wrong stress or law would show."""

from functools import partial

import numpy as np
import pytest
from mpi4py import MPI

from femnn.verification import cook, patch, solid_checks
from femnn.verification.benchmark_solids import (
    Face,
    Solid,
    Vertex,
    box,
    corners,
    displacement_field,
    set_displacement_field,
    structure,
)

COMM = MPI.COMM_WORLD


@pytest.mark.parametrize("cells", [(3, 2), (2, 3, 2)])
@pytest.mark.parametrize("irregular", [0.0, 0.3])
def test_boxes_are_filled_once_by_positive_simplices(cells, irregular):
    points, simplices = box(cells, irregular)
    volumes = np.linalg.det(points[simplices[:, 1:]] - points[simplices[:, :1]])
    count = {2: 2, 3: 6}[len(cells)]
    assert len(simplices) == count * np.prod(cells)
    assert volumes.min() > 0
    assert volumes.sum() / count == pytest.approx(1)


@pytest.mark.parametrize("form", patch.FORMS[:4:3], ids=lambda form: form.name)
def test_faces_read_means_and_carry_forces(form):
    """P reads the mean of an affine displacement at the middle of a face; Pᵀ f does the work f·U on it."""
    places = (
        Face(lambda X: np.isclose(X[0], 0), held=(0, 1)),
        Face(lambda X: np.isclose(X[1], 1)),
        Vertex(lambda X: np.isclose(X[0], 1) & np.isclose(X[1], 0)),
    )
    solid = structure(Solid(form.continuum, places, partial(box, (3, 4), 0.3)), 1.0, 1.0, COMM)
    field = displacement_field(solid)
    field.interpolate(lambda X: np.array([0.1 * X[0], 0.3 * X[0]]))
    set_displacement_field(solid, field)
    u = solid.displacement.x.petsc_vec
    assert solid.measure(u) == pytest.approx(np.array([[0.0, 0.0], [0.05, 0.15], [0.1, 0.3]]))
    vector, forces = solid.vector(), np.array([[0.0, 0.0], [2.0, 3.0], [5.0, 7.0]])
    solid.load(forces, vector)
    assert vector.dot(u) == pytest.approx((forces * solid.measure(u)).sum())


def test_corners_are_those_of_all_cells():
    form = patch.FORMS[3]
    solid = patch.patch(form, COMM)
    patch.patch_error(form, form.gradient, solid)
    places, moves = corners(solid)
    if COMM.rank == 0:
        assert places.shape == (32, 3, 2)
        assert moves == pytest.approx(places @ (form.gradient - np.eye(2)).T, abs=1e-12)


@pytest.mark.serial
@pytest.mark.parametrize("form", patch.FORMS, ids=lambda form: form.name)
def test_a_wrong_stress_fails_the_patch_test(form, monkeypatch):
    """A hundredth too much stress is seen, ten orders above rounding."""
    right = patch.nominal_stress
    monkeypatch.setattr(patch, "nominal_stress", lambda continuum, F: 1.01 * right(continuum, F))
    assert patch.patch_error(form, form.gradient, patch.patch(form, COMM)) > 1e-3


@pytest.mark.serial
def test_the_membrane_tells_the_volumetric_forms_apart():
    """At ν = 0.35 the coupled form and the others differ by 0.5 %, more than what the meshes leave."""
    found = []
    for form in ("coupled", "simo-taylor"):
        solid = cook.membrane(cook.COMPRESSIBLE, 8, 2.0, COMM, volumetric=form)
        found.append(cook.deflected(cook.COMPRESSIBLE, solid)[cook.TIP, 1])
    assert found[1] / found[0] == pytest.approx(1.005, abs=1e-3)


def test_the_thick_sphere_is_that_of_lame_under_small_pressure():
    """p = 4μ (λa − 1)(1 − (A/B)³) where the stretch is small."""
    stretch = 1 + 1e-6
    assert solid_checks.inflation_pressure(stretch) == pytest.approx(4e-6 * (1 - 1 / 8), rel=1e-5)
    assert solid_checks.outer_stretch(stretch) - 1 == pytest.approx(1e-6 / 8, rel=1e-4)


def test_the_bent_block_has_no_net_force_at_its_end():
    """The traction of the exact solution is a pure moment; its resultant is zero."""
    solid = solid_checks.Flexure().solid(8, COMM)
    moved = displacement_field(solid)
    for direction in np.eye(2):
        moved.interpolate(lambda X, direction=direction: np.outer(direction, np.ones(X.shape[1])))
        set_displacement_field(solid, moved)
        assert solid.measure(solid.displacement.x.petsc_vec)[0, 0] == pytest.approx(0, abs=1e-6)
