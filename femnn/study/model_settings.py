"""Models as study files describe them: tables [beam], [continuum-2d] and [continuum-3d]."""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from femnn.config.quantities import Length, parse_unit
from femnn.config.settings import Settings, nearest
from femnn.config.settings_paths import FilePath
from femnn.errors import ConfigError
from femnn.geometry.strips import Shape
from femnn.mechanics.beam import Beam
from femnn.mechanics.continuum import PRESSURE_NEEDED, Continuum, Kinematics
from femnn.mechanics.materials import MATERIALS, Material, NeoHookean
from femnn.mechanics.materials.published_constants import converted
from femnn.mechanics.model import Model
from femnn.mechanics.models import MODELS
from femnn.mechanics.rigidities import Parameter
from femnn.meshing.mesh_sections import TOLERANCE, MeshSections
from femnn.network.network import Network


def _by_name(value: object) -> object:
    """Settings of a law with its name, that of the default where it is left out."""
    if not isinstance(value, Mapping):
        return value
    name = value.get("name", NeoHookean.name)
    if name not in MATERIALS:
        raise ValueError(f"there is no material {name!r}; {nearest(str(name), MATERIALS).rstrip('.')}")
    own = sorted(field.name for field in fields(MATERIALS[name]))
    unknown = [str(key) for key in value if key not in own]
    if told := converted(MATERIALS[name], unknown):
        raise ValueError(told)
    if unknown:
        raise ValueError(f"{name} has no parameter {unknown[0]!r}; {nearest(unknown[0], own).rstrip('.')}")
    return {**value, "name": name}


def _unit(name: str) -> str:
    """A unit of length by its name, as it is written."""
    parse_unit(name, "m")
    return name


MeshUnit = Annotated[str, AfterValidator(_unit)]


def _settable(value: object) -> object:
    """Settings of beams without what tells models apart, which is no setting."""
    if not isinstance(value, Mapping):
        return value
    for name in ("name", "linear"):
        if value.get(name, getattr(Beam, name)) != getattr(Beam, name):
            raise ValueError(f"{name} is no setting of beams; leave it out")
    return value


if TYPE_CHECKING:
    type Law = Material
else:
    type Law = Annotated[
        reduce(or_, MATERIALS.values()),
        Field(discriminator="name"),
        BeforeValidator(_by_name),
    ]
"""A law by its name, with its dimensionless parameters: ``{name = "yeoh", ...}``."""


class BodySettings(Settings):
    """What solids in the plane and in space share."""

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
    mesh_file: FilePath | None = None
    """An existing mesh with groups named for bonds and nodes, instead of one that is built."""
    mesh_sections: MeshSections = "check"
    """Whether the mesh in the file must have the network's places of nodes, widths and thicknesses, or gives them."""

    mesh_unit: MeshUnit = "m"
    """Unit of the coordinates in the mesh file, as in "mm"."""

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        of_built = ("pad_radius", "fillet_radius", "taper", "cells_across", "layers")
        for name, field in type(self).model_fields.items():
            if self.mesh_file is not None and name in of_built and getattr(self, name) != field.default:
                raise ValueError(f"{name} has no effect on the mesh in mesh_file; leave one of them out")
        return self

    def shape(self, layers: int | None) -> Shape:
        """Pads, fillets and cells."""
        return Shape(self.pad_radius, self.fillet_radius, self.taper, self.cells_across, layers)

    def solid(self, name: str, kinematics: Kinematics, layers: int | None = None) -> Continuum:
        """The model.

        Raises:
            ConfigError: material and formulation do not go together.
        """
        needed = kinematics != "plane-stress" and self.material.poisson_ratio > PRESSURE_NEEDED
        formulation = self.formulation or ("mixed" if needed else "displacement")
        shape = self.shape(layers)
        return Continuum(
            kinematics,
            self.parameter,
            self.material,
            formulation,
            shape,
            self.mesh_file,
            self.mesh_sections,
            parse_unit(self.mesh_unit, "m"),
            self.pin_radius,
            name,
        )


class PlaneSettings(BodySettings):
    """The model "continuum-2d"."""

    kinematics: Literal["plane-stress", "plane-strain"] = "plane-stress"


class SolidSettings(BodySettings):
    """The model "continuum-3d"."""

    layers: int | None = None
    """Layers of cells through the thickness: just so many of a planar lattice of one thickness, 2 where left out, and
    elsewhere at least so many."""


MODEL_TABLES = {
    "beam": {"beam", "beam-straight"},
    "continuum-2d": {"continuum-2d"},
    "continuum-3d": {"continuum-3d"},
}
"""Tables of settings, and the models whose parameters they hold."""


class ModelSettings(Settings):
    """Parameters of the models, by the models' names; "beam-straight" has those of "beam"."""

    beam: Annotated[Beam, BeforeValidator(_settable)] = Beam()
    continuum_2d: PlaneSettings = Field(default_factory=PlaneSettings, alias="continuum-2d")
    continuum_3d: SolidSettings = Field(default_factory=SolidSettings, alias="continuum-3d")

    def models_by_name(self) -> dict[str, Model]:
        """All models, with the parameters of these settings.

        Raises:
            ConfigError: material and formulation of a solid do not go together.
        """
        plane, solid = self.continuum_2d, self.continuum_3d
        return MODELS | {
            "beam": self.beam,
            "beam-straight": replace(self.beam, thinned_ends=False, name="beam-straight"),
            "continuum-2d": plane.solid("continuum-2d", plane.kinematics),
            "continuum-3d": solid.solid("continuum-3d", "solid", solid.layers),
        }

    def as_meshed(self, network: Network) -> Network:
        """Return the network with what models take from meshes in files, so that all models are of one lattice.

        Files are read by every rank that calls; wrap the call in :func:`femnn.runtime.ranks.on_root`.

        Raises:
            ConfigError: a file cannot be read; the meshes of two models differ.
            MeshError: a mesh is not one of the network.
        """
        taken: dict[str, Network] = {}
        for name, model in self.models_by_name().items():
            if model.traits.sections_from_mesh:
                meshed: Any = model
                found: Network = meshed.read(network)[1]
                for other, before in taken.items():
                    _require_alike(network, (before, found), (other, name))
                taken[name] = found
        # That of the last, a solid, has thicknesses too
        return [network, *taken.values()][-1]


def _require_alike(stated: Network, networks: tuple[Network, Network], models: tuple[str, str]) -> None:
    """Raise ConfigError where bonds have other lengths or widths in the meshes of two models."""
    for name, (one, other) in {
        "length": tuple(network.lengths for network in networks),
        "width": tuple(network.sections.width for network in networks),
    }.items():
        off = np.abs(one / other - 1)
        bond = int(np.argmax(off))
        if off[bond] > TOLERANCE:
            raise ConfigError(
                f"{stated.name}: bond {stated.bond_name(bond)} has a {name} of {1e3 * one[bond]:.4g} mm in the mesh of "
                f"{models[0]}, and of {1e3 * other[bond]:.4g} mm in that of {models[1]}; give both the same lattice."
            )
