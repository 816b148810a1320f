"""Every setting of every model acts, or is refused: none is passed over in silence."""

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI
from small_networks import strip

from femnn.config.settings import validated
from femnn.errors import ConfigError, FemnnError
from femnn.geometry.strips import Shape
from femnn.mechanics.beam import Beam
from femnn.mechanics.fields import CellFields
from femnn.mechanics.materials import MATERIALS, Hyperelastic
from femnn.meshing.solid_files import write_solid
from femnn.meshing.solid_meshes import build_solid
from femnn.network.network import Network
from femnn.network_files.mesh_files import read_content
from femnn.runtime.compiling import compiled
from femnn.study.model_settings import BodySettings, ModelSettings, PlaneSettings, SolidSettings

pytestmark = pytest.mark.serial

THINNED = replace(
    strip(), sections=replace(strip().sections, end_share=np.array(0.15), end_width=np.array(0.5)), name="thinned"
)


def in_space() -> Network:
    """Three bonds at right angles, joined rigidly and held at three nodes."""
    fixed = np.zeros((4, 3), dtype=np.bool_)
    fixed[:3] = True
    nodes = 16e-3 * np.vstack([np.zeros(3), np.eye(3)])
    return Network(nodes, [[0, 1], [0, 2], [0, 3]], fixed, rigid_joints=True, name="in space")


NETWORKS = {"straight": strip(), "thinned": THINNED, "in space": in_space()}

OF_BODIES: dict[str, Any] = {
    "parameter": "modulus",
    "material": {"name": "yeoh"},
    "formulation": "mixed",
    "pad_radius": 1.6e-3,
    "fillet_radius": 2e-4,
    "taper": 2.0,
    "cells_across": 1.5,
    "pin_radius": 0.5e-3,
    "mesh_file": "file",
    "mesh_sections": "mesh",
    "mesh_unit": "mm",
}
CHANGES: dict[str, dict[str, Any]] = {
    "beam": {
        "parameter": "modulus",
        "cells_per_bond": 5,
        "supports": "pinned",
        "hinges": [2],
        "poisson_ratio": 0.3,
        "shear_factor": 0.7,
        "torsion_constant": 1e-12,
        "thinned_ends": False,
        "name": "other",
        "linear": True,
    },
    "continuum-2d": OF_BODIES | {"kinematics": "plane-strain"},
    "continuum-3d": OF_BODIES | {"formulation": "displacement", "layers": 2},
}
"""A value other than the default of every setting."""
BASES: dict[str, dict[str, Any]] = {
    "beam": {"cells_per_bond": 4},
    "continuum-2d": {"cells_across": 1.0, "material": {"poisson_ratio": 0.4}},
    "continuum-3d": {"cells_across": 1.0, "layers": 1},
}
"""What keeps the meshes small, and materials such that formulations can be chosen."""
REFUSED = {
    ("beam", "thinned"): {"torsion_constant", "name", "linear"},
    ("beam", "in space"): {"name", "linear"},
    ("continuum-2d", "straight"): {"formulation", "taper", "mesh_sections", "mesh_unit"},
    ("continuum-2d", "thinned"): {"formulation", "mesh_sections", "mesh_unit"},
    ("continuum-3d", "straight"): {"formulation", "taper", "pin_radius", "mesh_sections", "mesh_unit"},
    ("continuum-3d", "in space"): {"formulation", "taper", "pin_radius", "mesh_sections", "mesh_unit", "fillet_radius"},
}
"""What means nothing on a network, with everything else as by default."""
HONOURED = {("beam", "in space"): {"thinned_ends"}}
"""What changes nothing since it is so already."""


def built(model: str, network: str, changes: Mapping[str, Any]) -> np.ndarray:
    """Energies at a given deformation with two stiffnesses, and the number of components that supports hold."""
    lattice = NETWORKS[network]
    settings = validated(ModelSettings, {model: {**BASES[model], **changes}}, "settings")
    solid = settings.models_by_name()[model]
    mesh = solid.mesh(lattice, MPI.COMM_SELF)
    space = solid.space(mesh)
    u, cells = fem.Function(space), CellFields(mesh)
    blocked = space.dofmap.index_map_bs > 1
    moved = u if blocked else u.sub(0)
    size = moved.ufl_shape[0]
    moved.interpolate(lambda x: np.vstack([c * (x[0] + 10 * x[0] * x[1] - 8 * x[2] * x[1]) for c in SLOPES[:size]]))
    if not blocked and not u.sub(1).ufl_shape:
        u.sub(1).interpolate(lambda x: 0.05 * x[0])
    energy = compiled(solid.energy(u, cells.bonds))
    energies = []
    for factor in (0.9, 1.2):
        cells.set_stiffness(factor * lattice.stiffness)
        energies.append(fem.assemble_scalar(energy))
    readings = solid.readings(mesh, space)
    nodes, components, local = readings.at_node
    held = np.union1d(local[solid.held(mesh.network)[nodes, components]], readings.idle)
    return np.array([*energies, held.size])


SLOPES = (0.2, 0.1, -0.1, 0.15, 0.05, 0.12)
"""Slopes of the components of the given deformation."""


@cache
def base(model: str, network: str) -> np.ndarray:
    return built(model, network, {})


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], str]:
    """Meshes of the networks whose bonds are 1 % wider than stated, by network and whether they are solids."""
    folder = tmp_path_factory.mktemp("meshes")
    found = {}
    for name, network in NETWORKS.items():
        wider = replace(network, sections=replace(network.sections, width=1.01 * network.sections.width))
        for solid in (False, True):
            if solid or network.dimension == 2:
                path = folder / f"{name} {solid}.msh"
                write_solid(network, build_solid(wider, Shape(cells_across=1, layers=1), solid), path)
                found[name, solid] = str(path)
    return found


CASES = [(model, network, name) for model, network in REFUSED for name in CHANGES[model]]


def test_the_tables_name_every_setting() -> None:
    """A new setting must be given a value that shows whether it acts."""
    assert set(CHANGES["beam"]) == {f.name for f in fields(Beam)}
    assert set(CHANGES["continuum-2d"]) == set(PlaneSettings.model_fields)
    assert set(CHANGES["continuum-3d"]) == set(SolidSettings.model_fields)
    assert set(OF_BODIES) == set(BodySettings.model_fields)


@pytest.mark.parametrize(("model", "network", "name"), CASES)
def test_a_setting_acts_or_is_refused(model: str, network: str, name: str, files: dict[tuple[str, bool], str]) -> None:
    """Energy or supports change with it, or a named error says that it has no effect."""
    value = CHANGES[model][name]
    if name == "mesh_file":
        # Sizes of cells are then the file's
        changes = {n: {"layers": None}.get(n, 2.0) for n in BASES[model] if n != "material"}
        value = files[network, model == "continuum-3d"]
    else:
        changes = {}
    if name in REFUSED[model, network]:
        with pytest.raises(FemnnError) as refused:
            built(model, network, {**changes, name: value})
        assert name in str(refused.value) or "fillets" in str(refused.value)
        assert "\n" not in str(refused.value)
        return
    changed = built(model, network, {**changes, name: value})
    assert np.isfinite(changed).all()
    differs = np.abs(changed / base(model, network) - 1).max() > 1e-9
    assert differs != (name in HONOURED.get((model, network), set()))


@pytest.mark.parametrize("name", ["pad_radius", "fillet_radius", "taper", "cells_across", "layers"])
@pytest.mark.parametrize("model", ["continuum-2d", "continuum-3d"])
def test_what_is_built_is_not_asked_of_a_mesh_in_a_file(model: str, name: str) -> None:
    """The file has pads and cells of its own; what is at its default is not asked for."""
    values = {"mesh_file": "any.msh", "taper": 1.0, "fillet_radius": 0, "cells_across": 2.0}
    validated(ModelSettings, {model: values}, "settings")
    if name in CHANGES[model]:
        with pytest.raises(ConfigError, match=f"{name} has no effect on the mesh in mesh_file"):
            validated(ModelSettings, {model: {**values, name: CHANGES[model][name]}}, "settings")


@pytest.mark.parametrize("model", ["continuum-2d", "continuum-3d"])
def test_a_mesh_may_give_the_sections(model: str, files: dict[tuple[str, bool], str]) -> None:
    """Whoever asks for them gets other widths than those stated, and so another energy."""
    plain = {n: {"layers": None, "cells_across": 2.0}.get(n, v) for n, v in BASES[model].items()}
    read = plain | {"mesh_file": files["straight", model == "continuum-3d"]}
    found = [built(model, "straight", read | {"mesh_sections": how}) for how in ("check", "mesh")]
    assert np.abs(found[1] / found[0] - 1).max() > 1e-3


@pytest.mark.parametrize("model", ["continuum-2d", "continuum-3d"])
def test_a_mesh_may_be_in_another_unit(model: str, files: dict[tuple[str, bool], str], tmp_path: Path) -> None:
    """In millimetres it is the same solid, if they are said to be some."""
    plain = {n: {"layers": None, "cells_across": 2.0}.get(n, v) for n, v in BASES[model].items()}
    file = files["straight", model == "continuum-3d"]
    mesh = read_content(Path(file))
    groups = {group.name: group.cells for group in mesh.groups}
    data = {
        name: [
            np.isin(np.arange(len(block.corners)), rows.get(i, [])).astype(int) for i, block in enumerate(mesh.blocks)
        ]
        for name, rows in groups.items()
    }
    cells = [(block.kind, block.corners) for block in mesh.blocks]
    meshio.Mesh(1e3 * mesh.points, cells, cell_data=data).write(tmp_path / "mm.vtu")
    expected = built(model, "straight", plain | {"mesh_file": file})
    found = built(model, "straight", plain | {"mesh_file": str(tmp_path / "mm.vtu"), "mesh_unit": "mm"})
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    with pytest.raises(ConfigError, match="mesh_unit"):
        validated(ModelSettings, {model: {"mesh_file": "any.msh", "mesh_unit": "gram"}}, "settings")


OF_LAWS: dict[str, Any] = {
    "poisson_ratio": 0.25,
    "volumetric": "quadratic",
    "share": 0.5,
    "second": 0.3,
    "third": 0.1,
    "limit": 5.0,
    "locking_stretch": 2.0,
    "terms": ((1.0, 3.0),),
}
C = np.array([[1.5, 0.2, 0.0], [0.2, 1.1, 0.0], [0.0, 0.0, 0.9]])


def energies(law: Any, compressible: bool) -> list[float]:
    """Energies of all forms that a law has, at one state."""
    E, tensor = ufl.as_ufl(3.0), ufl.as_matrix(C.tolist())
    J, pressure = ufl.as_ufl(float(np.sqrt(np.linalg.det(C)))), ufl.as_ufl(0.2)
    forms = [law.energy(tensor, E)] if compressible else [law.incompressible_energy(tensor, E)]
    if isinstance(law, Hyperelastic):
        forms.append(law.mixed_energy(tensor, J, pressure, E))
    return [float(form(())) for form in forms]


@pytest.mark.parametrize("ratio", [0.3, 0.5])
@pytest.mark.parametrize("name", MATERIALS)
def test_parameters_of_laws_act_or_are_refused(name: str, ratio: float) -> None:
    """In the form with displacements alone and in the mixed one, of materials that keep their volume and others."""
    kind = MATERIALS[name]
    if name == "st-venant-kirchhoff" and ratio == 0.5:
        pytest.skip("has no incompressible form")
    before = energies(kind(poisson_ratio=ratio), ratio < 0.5)
    for parameter in (f.name for f in fields(kind) if f.name != "name"):
        value = OF_LAWS[parameter] if parameter in OF_LAWS else 1.1 * getattr(kind(), parameter)
        if parameter == "volumetric" and ratio == 0.5:
            with pytest.raises(ConfigError, match=r"volumetric = 'quadratic' has no effect with poisson_ratio = 0.5"):
                kind(poisson_ratio=ratio, volumetric=value)
            continue
        if parameter == "poisson_ratio" and ratio == 0.5:
            continue
        after = energies(kind(**{"poisson_ratio": ratio, parameter: value}), ratio < 0.5)
        assert all(abs(one - other) > 1e-6 for one, other in zip(before, after, strict=True)), parameter


def test_solids_have_the_volumetric_form_that_is_asked_for() -> None:
    """In plane strain at ν = 0.3, where the mixed form once had the same for all."""
    asked = {"kinematics": "plane-strain", "formulation": "mixed"}
    found = [
        built("continuum-2d", "straight", asked | {"material": {"poisson_ratio": 0.3, "volumetric": form}})[0]
        for form in ("quadratic", "logarithmic")
    ]
    assert abs(found[1] / found[0] - 1) > 1e-6


def test_a_run_may_give_every_default_as_a_setting() -> None:
    """A run's folder holds its settings with all defaults written out, and is run again by them."""
    plain = ModelSettings().model_dump(mode="json", by_alias=True, exclude_none=True)
    settings = validated(ModelSettings, plain, "settings")
    assert settings == ModelSettings()
