"""Readings of a lattice that creeps, against what superposition says of them."""

import numpy as np
import pytest

from femnn.insitu.creeping import BRACKETED, EXTRA, RESTED, Protocol, crept_loads
from femnn.insitu.estimators import READINGS
from femnn.mechanics.viscoelasticity import Creep, fitted, master_curve


def agilus() -> Creep:
    """Creep of Agilus30."""
    return fitted(master_curve(), np.geomspace(1e-4, 1e4, 9), 0.55e6).creep


def test_a_rested_lattice_is_off_by_a_factor_only() -> None:
    """Each state of a product has crept alike; a delay of the wait leaves the product as it is."""
    creep, how = agilus(), EXTRA[RESTED]
    np.testing.assert_allclose(crept_loads(how, creep, 60.0, 60.0), [(1.0, 0.0), (0.0, 1.0)])
    (_, first), (_, second) = (crept_loads(how, creep, 60.0, delay)[1] for delay in (60.0, 120.0))
    assert second == pytest.approx(float(creep.compliance(120) / creep.compliance(60)) * first)


def test_readings_that_alternate_cancel_a_steady_creep() -> None:
    """+ − + takes away what grows with time alone: with J linear in time the data's load drops out."""
    steady = type("Steady", (), {"compliance": lambda self, t: np.maximum(np.asarray(t, dtype=float), 0.0)})()
    for protocol, left in (
        (EXTRA[BRACKETED], 0.0),
        (Protocol(READINGS["centred-product"]), -0.5),
    ):
        loads = crept_loads(protocol, steady, 60.0, 60.0)
        assert np.dot(protocol.scheme.differences, [a for a, _ in loads]) == pytest.approx(left)
