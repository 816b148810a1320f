"""Settings of the studies of a new project, with comments that teach what to change."""

import json
from collections.abc import Iterable, Mapping

import numpy as np

from femnn.config.directions import AXES
from femnn.insitu.scales import rounded
from femnn.mechanics.models import SPRINGS
from femnn.network.port import Port
from femnn.projects.project_network import written_direction
from femnn.projects.project_ports import Sized, along

MORE = 0.5
"""Share by which more is wanted in the load case than the network does, so that there is something to learn."""
CLASSES_FILE, DISPLACEMENTS_FILE = "data/classes.csv", "data/displacements.csv"


def gradient_error_text(sized: Sized) -> str:
    """Return gradient-error.toml: a load case, and the ways to measure its gradient."""
    springs = SPRINGS in sized.models
    estimators = ["adjoint", "product", "superposed-product", "centred-product"]
    return f"""# How wrong is a gradient that is measured by hanging weights on this network?
#     femnn run gradient-error.toml

study = "gradient-error"
network = "network.toml"
cases = ["pull"]
models = {_listed(sized.models)}{_more_models(sized)}
estimators = {_listed(estimators)}      # femnn list names all
references = {_listed(["linear-spring", "exact"] if springs else ["exact"])}
# Adjoint forces, as shares of the least load that strains a bond by 1 %, turns one by 0.1 rad or makes it buckle.
adjoint_forces = {{ from = 1e-3, to = 1.0, count = 7, relative_to = "least" }}

{_case("[case.pull]", sized)}"""


def plan_text(sized: Sized) -> str:
    """Return plan.toml: the same load case as a measurement on the bench."""
    return f"""# Which weights to hang where, how often, and which error to expect.
#     femnn plan plan.toml --out plan.html

network = "network.toml"
model = "{sized.models[-1]}"
noise = "20 µm"                 # error of the camera's reading of a displacement
# weights = ["1 gf", "2 gf", "2 gf", "5 gf", "10 gf"]   # the set at hand, a piece each; left out, one that suits

{_case("[case]", sized)}"""


def behaviour_text(sized: Sized) -> str:
    """Return behaviour.toml: displacements that training is to reach."""
    outputs = ",\n".join(
        f'    {{ node = {port.node}, component = "{AXES[along(port)]}", displacement = "{_mm(wanted)}" }}'
        for port, wanted in zip(sized.network.outputs.values(), sized.taught[:, 0], strict=True)
    )
    return f"""# Training: under a load, nodes are to move so far. Other widths of the bonds can do what is wanted.
#     femnn run behaviour.toml

study = "behaviour"
network = "network.toml"
models = {_listed(sized.models)}{_more_models(sized)}
behaviours = ["answer"]

[behaviour.answer]
loads = [{_load(sized)}]
outputs = [         # any number of them
{outputs},
]

[training]
epochs = 60         # evaluations of the loss, at most
optimiser = {{ name = "lbfgs" }}
parametrisation = "box"
"""


def regression_text(sized: Sized) -> str:
    """Return regression.toml: displacements that follow a force, as a table says."""
    outputs = ",\n".join(
        f'    {{ node = {port.node}, component = "{AXES[along(port)]}", column = "output_{number}_m" }}'
        for number, port in enumerate(sized.network.outputs.values(), 1)
    )
    return f"""# Regression: displacements that follow a force, as {DISPLACEMENTS_FILE} says. Put your own table in its
# place: a column a feature, which pushes an input, and a column an output, with the displacement wanted in metres.
#     femnn run regression.toml

study = "regression"
network = "network.toml"
models = {_listed(sized.models[:1])}{_more_models(sized, 1)}
runs = 1            # seeds
variants = ["as it is"]

[task]
data = "{DISPLACEMENTS_FILE}"
features = ["force_n"]
largest_force = "{sized.force!r} N"    # that of a feature at its largest
inputs = [{_input(_first(sized.network.inputs))}]
outputs = [
{outputs},
]

[training]
epochs = 60
optimiser = {{ name = "lbfgs" }}
parametrisation = "box"

[variant."as it is"]    # width_bounds and optimiser can differ here
"""


def classification_text(sized: Sized) -> str:
    """Return classification.toml: samples of two classes, told by which output moves most."""
    pushed = list(sized.network.inputs.values())[:2]
    inputs, outputs = ", ".join(map(_input, pushed)), []
    for port in pushed:
        outputs.append(f'{{ node = {port.node}, component = "{AXES[along(port)]}" }}')
    return f"""# Classification: features of {CLASSES_FILE} push nodes; the output that moves most names the class.
# Put your own table in its place: columns of numbers, and a last one with the class. Inputs are in the order of the
# columns, outputs in that of the classes' names; here the nodes that are pushed are read too.
#     femnn run classification.toml

study = "classification"
network = "network.toml"
models = {_listed(sized.models[:1])}{_more_models(sized, 1)}
ports = ["mine"]
seeds = [0]

[task]
data = "{CLASSES_FILE}"
largest_force = "{sized.force!r} N"    # that of a feature at its largest
test_share = 0.3

[port.mine]
inputs = [{inputs}]
outputs = [{", ".join(outputs)}]

[training]
epochs = 60
optimiser = {{ name = "adam", learning_rate = 0.1 }}
"""


def _case(header: str, sized: Sized) -> str:
    targets = ",\n".join(
        f"    {{ node = {port.node}, direction = {written_direction(_axis(sized, port))}, "
        f'displacement = "{_mm(_wanted(own, sized))}" }}'
        for port, own in zip(sized.network.outputs.values(), sized.responses[:, 0], strict=True)
    )
    return f"""# The data's load, and what is wanted: the distance to that is the loss. The load suits the network:
# bonds strain by 1 % at most, nodes move by a twentieth of a bond at most. More is wanted than it does.
{header}
loads = [{_load(sized)}]
targets = [
{targets},
]
"""


def _wanted(own: float, sized: Sized) -> float:
    least = 0.1 * float(np.abs(sized.responses[:, 0]).max())
    return own + MORE * max(abs(own), least) * (-1 if own < 0 else 1)


def _axis(sized: Sized, port: Port) -> tuple[float, ...]:
    return tuple(float(axis == along(port)) for axis in range(sized.network.dimension))


def _more_models(sized: Sized, count: int = 2) -> str:
    """What else could run, as a comment."""
    others = [name for name in ("bar", "beam", "continuum-2d") if name not in sized.models[:count]]
    others = [name for name in others if SPRINGS in sized.models or name != "bar"]
    if sized.network.dimension == 3:
        others = [name.replace("2d", "3d") for name in others]
    return f"      # also {', '.join(others)}: which see more of the print" if others else ""


def _load(sized: Sized) -> str:
    port = _first(sized.network.inputs)
    return f'{{ node = {port.node}, direction = {written_direction(port.direction)}, force = "{sized.force!r} N" }}'


def _input(port: Port) -> str:
    return f"{{ node = {port.node}, direction = {written_direction(port.direction)} }}"


def _first(ports: Mapping[str, Port]) -> Port:
    return next(iter(ports.values()))


def _listed(names: Iterable[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _mm(metres: float) -> str:
    return f"{rounded(1e3 * metres):g} mm"
