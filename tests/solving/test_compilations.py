"""Forms are compiled when a structure is built, and never again."""

from dataclasses import fields

import dolfinx.jit
import numpy as np
import pytest
from mpi4py import MPI
from reference import each_model, load, loss, uneven_stiffness

from femnn.mechanics.models import MODELS
from femnn.mechanics.structure import Forms, Structure
from femnn.network import lattices
from femnn.solving.equilibrium import equilibrium


@pytest.fixture
def compilations(monkeypatch):
    """The list of the forms that have been given to the compiler."""
    compiled, compile_form = [], dolfinx.jit.ffcx_jit

    def counting(comm, form, *rest, **options):
        compiled.append(form)
        return compile_form(comm, form, *rest, **options)

    monkeypatch.setattr(dolfinx.jit, "ffcx_jit", counting)
    return compiled


@each_model
def test_nothing_is_compiled_after_construction(model, compilations):
    """20 loads and 20 stiffnesses, all that can be asked, with the forms of the construction."""
    network = lattices.li2024()
    q = equilibrium(Structure(MODELS[model], network, MPI.COMM_WORLD))
    assert len(compilations) == len(fields(Forms))
    compilations.clear()
    target = loss("2D")
    for seed, grams in enumerate(np.linspace(0.5, 10, 20)):
        q.structure.set_stiffness(uneven_stiffness(network, seed))
        state = q.forward(load("2D", grams))
        q.gradient(state, target.derivative(state.displacements))
        q.response(state, [load("2D", 1)])
        q.structure.energy()
        q.structure.energy_by_stiffness()
    assert not compilations


@each_model
def test_as_many_forms_are_compiled_for_a_large_network(model, compilations):
    """The number of forms does not grow with the number of bonds."""
    Structure(MODELS[model], lattices.triangular(7, 6, 16e-3), MPI.COMM_WORLD)
    assert len(compilations) == len(fields(Forms))
