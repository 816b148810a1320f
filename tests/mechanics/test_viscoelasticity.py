"""Prony series: what they are fitted to, and that relaxation, creep and dynamic moduli belong to one material."""

import numpy as np
import pytest

from femnn.errors import ConfigError
from femnn.mechanics.viscoelasticity import Creep, MasterCurve, Prony, fitted, master_curve, superposed

# Figures on one rank
pytestmark = pytest.mark.serial

TIMES = np.geomspace(1e-4, 1e4, 9)
RELAXED = 0.55e6
"""Modulus of Agilus30 under hung weights (Pa)."""


@pytest.fixture(scope="module")
def curve() -> MasterCurve:
    """Agilus30."""
    return master_curve()


@pytest.fixture(scope="module")
def prony(curve: MasterCurve) -> Prony:
    """A term a decade, with the modulus under hung weights."""
    return fitted(curve, TIMES, RELAXED)


@pytest.fixture(scope="module")
def creep(prony: Prony) -> Creep:
    return prony.creep


def test_the_series_goes_through_the_master_curve(curve, prony):
    """Every modulus is positive, and every measured one is met within 4 %; that at rest is the one that was given."""
    assert prony.equilibrium == RELAXED
    assert (prony.moduli > 0).all()
    storage, loss = prony.dynamic(curve.frequency)
    np.testing.assert_allclose(storage, curve.storage, rtol=0.04)
    np.testing.assert_allclose(loss, curve.loss, rtol=0.04)
    assert prony.misfit(curve) < 0.02


def test_the_modulus_at_rest_makes_no_difference_within_the_readings(curve, prony):
    """A fitted one is twice as high, fits no better to speak of, and creeps alike for twenty minutes."""
    other = fitted(curve, TIMES)
    assert other.equilibrium > 2 * RELAXED
    assert prony.misfit(curve) < 1.2 * other.misfit(curve)
    times = np.array([10.0, 120.0, 660.0, 1260.0])
    ratios = [series.creep.compliance(times) / series.creep.compliance(60.0) for series in (prony, other)]
    np.testing.assert_allclose(*ratios, rtol=0.015)


def test_a_material_is_found_again():
    """The moduli of a known series, sampled, give that series."""
    known = Prony(1e6, np.array([3e6, 2e7]), np.array([1.0, 0.01]))
    frequency = np.geomspace(1e-3, 1e3, 25)
    found = fitted(MasterCurve(frequency, *known.dynamic(frequency)), [100.0, 1.0, 0.01])
    np.testing.assert_allclose(found.equilibrium, 1e6, rtol=1e-9)
    strong = found.moduli > 1e-6 * found.moduli.max()
    np.testing.assert_allclose(found.moduli[strong], known.moduli, rtol=1e-9)
    np.testing.assert_array_equal(found.times[strong], known.times)


def test_creep_and_relaxation_convolve_to_one(prony, creep):
    """J(0) E(t) + ∫ E(t − s) J′(s) ds = 1: the stress of the strain that creeps under a unit stress."""
    for t in (1e-3, 1.0, 60.0, 3e3):
        whole = float(creep.compliance(0.0) * prony.relaxation(t))
        for amplitude, time in zip(creep.amplitudes, creep.times, strict=True):
            for modulus, tau in [(prony.equilibrium, np.inf), *zip(prony.moduli, prony.times, strict=True)]:
                # ∫ E_i exp(−(t − s)/τ) J_j/λ exp(−s/λ) ds
                rate = 1 / time - 1 / tau
                whole += modulus * amplitude / time * (np.exp(-t / tau) - np.exp(-t / time)) / rate
        assert whole == pytest.approx(1, abs=1e-9)


def test_creep_goes_from_the_stiffest_to_the_softest(prony, creep):
    """J(0) = 1/E(0), J(∞) = 1/E∞, rising; each retardation time lies between two relaxation times."""
    assert creep.compliance(0.0) * prony.relaxation(0.0) == pytest.approx(1, rel=1e-9)
    assert creep.compliance(1e9) * RELAXED == pytest.approx(1, rel=1e-9)
    assert (creep.amplitudes > 0).all()
    assert creep.compliance(-1.0) == 0.0
    retardation, relaxation = np.sort(creep.times), np.sort(prony.times)
    assert (retardation > relaxation).all()
    assert (retardation[:-1] < relaxation[1:]).all()


def test_loads_superpose(creep):
    """A load that has hung for the reference time counts as it is, twice the load twice; what is taken off recovers."""
    hung = [(0.0, 1.0)]
    assert superposed(creep, hung, 60.0, 60.0) == pytest.approx(1)
    assert superposed(creep, [(0.0, 2.0)], 60.0, 60.0) == pytest.approx(2)
    assert superposed(creep, hung, -1.0, 60.0) == 0.0
    off = [superposed(creep, [(0.0, 1.0), (60.0, -1.0)], time, 60.0) for time in (61.0, 120.0, 1e3, 1e7)]
    assert off == sorted(off, reverse=True)
    assert off[-1] == pytest.approx(0, abs=1e-9)


def test_what_is_no_master_curve_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no master curve 'none\.csv'"):
        master_curve("none.csv")
    path = tmp_path / "curve.csv"
    path.write_text("frequency_hz,storage_mpa\n1,2\n")
    with pytest.raises(ConfigError, match="no column 'loss_mpa'; a master curve is a table of numbers"):
        master_curve(str(path))
    path.write_text("frequency_hz,storage_mpa,loss_mpa\n1,2,-1\n")
    with pytest.raises(ConfigError, match="must be above 0"):
        master_curve(str(path))


def test_what_is_no_series_is_refused(curve):
    with pytest.raises(ConfigError, match="Relaxation times"):
        fitted(curve, [1.0, 0.0])
    with pytest.raises(ConfigError, match="liquid"):
        _ = Prony(0.0, np.array([1e6]), np.array([1.0])).creep
