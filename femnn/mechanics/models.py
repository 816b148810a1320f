"""The models by the names that studies use."""

from femnn.errors import ConfigError
from femnn.mechanics.bar import Bar
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import NeoHookean
from femnn.mechanics.model import Model
from femnn.mechanics.spring import Spring

MODELS: dict[str, Model] = {
    "spring": Spring(),
    "bar": Bar(),
    "bar-green": Bar(strain="green", name="bar-green"),
    "beam": Beam(),
    "beam-straight": Beam(thinned_ends=False, name="beam-straight"),
    "continuum-2d": Continuum(),
    "continuum-3d": Continuum(
        kinematics="solid", formulation="mixed", material=NeoHookean(poisson_ratio=0.5), name="continuum-3d"
    ),
}

SPRINGS = next(name for name, model in MODELS.items() if model.product_exact)
"""The ideal springs, on which some studies rest."""
BARS, BEAMS = Bar().name, Beam().name
"""Bars that turn, and beams that carry every network that stands."""


def model(name: str) -> Model:
    """The model of this name.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    if name not in MODELS:
        raise ConfigError(f"There is no model {name!r}; there are: {', '.join(MODELS)}.")
    return MODELS[name]
