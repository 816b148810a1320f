"""Models as study files describe them: tables [beam], [continuum-2d] and [continuum-3d]."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from femnn.config import Settings, nearest
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import PRESSURE_NEEDED, Continuum, Kinematics
from femnn.mechanics.materials import (
    MATERIALS,
    ArrudaBoyce,
    Gent,
    MooneyRivlin,
    NeoHookean,
    Ogden,
    StVenantKirchhoff,
    Yeoh,
)
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.sections import Parameter
from femnn.meshing.strips import Shape
from femnn.quantities import Length


def _by_name(value: object) -> object:
    """Settings of a law with its name, that of the default where it is left out."""
    if not isinstance(value, Mapping):
        return value
    name = value.get("name", NeoHookean.name)
    if name not in MATERIALS:
        raise ValueError(f"there is no material {name!r}; {nearest(str(name), MATERIALS).rstrip('.')}")
    return {**value, "name": name}


type Law = Annotated[
    NeoHookean | MooneyRivlin | Yeoh | Gent | ArrudaBoyce | Ogden | StVenantKirchhoff,
    Field(discriminator="name"),
    BeforeValidator(_by_name),
]
"""A law by its name, with its dimensionless parameters: ``{name = "yeoh", ...}``."""


class BodySettings(Settings):
    """What bodies in the plane and in space share."""

    parameter: Parameter = "width"
    """What the trained stiffness k = E·w·t/L acts through."""
    material: Law = Field(default_factory=NeoHookean)
    formulation: Literal["displacement", "mixed"] | None = None
    """Whether pressure is a field of its own; where None, as the Poisson's ratio needs it."""
    pad_radius: Length | None = None
    """Radius of the pads at the nodes (m); just large enough for square ends where None."""
    fillet_radius: Length = 0.0
    taper: float = 1.0
    """Length over height of the slope between a thinned end and its bar."""
    cells_across: float = 2.0
    """Cells across the width of a bond."""
    pin_radius: Length | None = None
    """Radius around the supported nodes in which all is held (m); all of the nodes' regions where None."""
    mesh_file: str | None = None
    """An existing mesh with groups named for bonds and nodes, instead of one that is built."""

    def shape(self, layers: int) -> Shape:
        """Pads, fillets and cells."""
        return Shape(self.pad_radius, self.fillet_radius, self.taper, self.cells_across, layers)

    def body(self, name: str, kinematics: Kinematics, layers: int = 1) -> Continuum:
        """The model.

        Raises:
            ConfigError: material and formulation do not go together.
        """
        needed = kinematics != "plane-stress" and self.material.poisson_ratio > PRESSURE_NEEDED
        formulation = self.formulation or ("mixed" if needed else "displacement")
        shape = self.shape(layers)
        return Continuum(
            kinematics, self.parameter, self.material, formulation, shape, self.mesh_file, self.pin_radius, name
        )


class PlaneSettings(BodySettings):
    """The model "continuum-2d"."""

    kinematics: Literal["plane-stress", "plane-strain"] = "plane-stress"


class SolidSettings(BodySettings):
    """The model "continuum-3d"."""

    layers: int = 2
    """Layers of cells through the thickness of a planar lattice."""


class ModelSettings(Settings):
    """Parameters of the models, by the models' names; "beam-straight" has those of "beam"."""

    beam: Beam = Beam()
    continuum_2d: PlaneSettings = Field(default_factory=PlaneSettings, alias="continuum-2d")
    continuum_3d: SolidSettings = Field(default_factory=SolidSettings, alias="continuum-3d")

    def models_by_name(self) -> dict[str, Model]:
        """All models, with the parameters of these settings.

        Raises:
            ConfigError: material and formulation of a body do not go together.
        """
        plane, solid = self.continuum_2d, self.continuum_3d
        return MODELS | {
            "beam": self.beam,
            "beam-straight": replace(self.beam, thinned_ends=False, name="beam-straight"),
            "continuum-2d": plane.body("continuum-2d", plane.kinematics),
            "continuum-3d": solid.body("continuum-3d", "solid", solid.layers),
        }
