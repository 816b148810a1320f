"""Constants of papers are recognised, and the conversion that is stated gives the paper's energy."""

from types import SimpleNamespace
from typing import Any

import pytest

from femnn.config.settings import validated
from femnn.errors import ConfigError
from femnn.mechanics.materials import ArrudaBoyce, Gent, MooneyRivlin, NeoHookean, Yeoh
from femnn.mechanics.materials.moduli import shear_modulus
from femnn.study.model_settings import ModelSettings

pytestmark = pytest.mark.serial

FIRST, SECOND = 0.7, 0.4
C1, C2, C3 = 0.11e6, 0.02e6, 3e3
N = 9.0
NU = 0.45
OF_C1 = 4 * (1 + NU) * C1


@pytest.mark.parametrize(
    ("law", "modulus", "published"),
    [
        (NeoHookean(poisson_ratio=NU), OF_C1, C1 * FIRST),
        (
            MooneyRivlin(share=C2 / (C1 + C2), poisson_ratio=NU),
            4 * (1 + NU) * (C1 + C2),
            C1 * FIRST + C2 * SECOND,
        ),
        (
            Yeoh(second=C2 / C1, third=C3 / C1, poisson_ratio=NU),
            OF_C1,
            C1 * FIRST + C2 * FIRST**2 + C3 * FIRST**3,
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_stated_conversions_give_the_energy_of_the_paper(law: Any, modulus: float, published: float) -> None:
    """Ŵ by the invariants, with modulus and parameters as the messages state them."""
    shape: Any = SimpleNamespace(first=FIRST, second=SECOND)
    assert law.shape_energy(shape, shear_modulus(modulus, NU)) == pytest.approx(published, rel=1e-12)


def test_initial_modulus_of_eight_chains_is_the_series_that_is_stated() -> None:
    """With W = n k T (½ (Ī₁ − 3) + (Ī₁² − 9)/(20N) + 11 (Ī₁³ − 27)/(1050N²) + …) μ is 2 dW/dĪ₁ at rest."""
    slope = 0.5 + 6 / (20 * N) + 11 * 27 / (1050 * N**2)
    assert 2 * slope == pytest.approx(1 + 3 / (5 * N) + 99 / (175 * N**2), rel=1e-12)


@pytest.mark.parametrize(
    ("law", "constants", "said"),
    [
        ("neo-hookean", ["C10"], "4 (1 + ν) C10"),
        ("neo-hookean", ["μ", "kappa"], "(3K − 2μ)/(6K + 2μ)"),
        ("neo-hookean", ["young"], "modulus = E in the network's section"),
        ("st-venant-kirchhoff", ["lambda", "mu"], "λ/(2 (λ + μ))"),
        ("mooney-rivlin", ["c_10", "c_01"], "share = C01/(C10 + C01)"),
        ("yeoh", ["C1", "C2", "C3"], "second = C20/C10"),
        ("gent", ["J_m"], "limit = J_m"),
        ("arruda-boyce", ["lambda_m"], "locking_stretch = λ_m"),
        ("ogden", ["mu_1", "alpha_1"], "in proportion to μ_i α_i"),
        ("ogden", ["mu", "alpha"], "in proportion to μ_i α_i"),
    ],
)
def test_constants_of_papers_are_recognised(law: str, constants: list[str], said: str) -> None:
    """The refusal names them and states what they are here, in one line."""
    material = {"name": law} | dict.fromkeys(constants, "0.1 MPa")
    with pytest.raises(ConfigError) as refused:
        validated(ModelSettings, {"continuum-2d": {"material": material}}, "own.toml")
    message = str(refused.value)
    assert said in message
    assert f"{', '.join(constants)} {'is a constant' if len(constants) == 1 else 'are constants'}" in message
    assert "\n" not in message


def test_other_keys_name_the_parameters_of_their_law_alone() -> None:
    """A slip of the pen in one law is not compared with parameters of the others."""
    with pytest.raises(ConfigError, match="gent has no parameter 'limt'; did you mean 'limit'"):
        validated(ModelSettings, {"continuum-2d": {"material": {"name": "gent", "limt": 3}}}, "own.toml")
    with pytest.raises(ConfigError, match="known are limit, name, poisson_ratio, volumetric"):
        validated(ModelSettings, {"continuum-2d": {"material": {"name": "gent", "third": 3}}}, "own.toml")


def test_own_parameters_stay() -> None:
    """No parameter of a law is taken for a constant of a paper."""
    for law in (Gent, ArrudaBoyce):
        chosen = {"name": law.name, "poisson_ratio": NU}
        settings = validated(ModelSettings, {"continuum-2d": {"material": chosen}}, "own.toml")
        assert settings.continuum_2d.material == law(poisson_ratio=NU)
