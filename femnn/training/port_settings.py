"""Settings made from a network's own ports: loads along its inputs, and what is wanted of its outputs.

They take the place of settings that name nodes of another network. Loads are sized by the network; of each output more
is wanted than it does under them, so that the loss is not at its minimum.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from femnn.errors import ConfigError
from femnn.insitu.belonging import NamesNodes
from femnn.insitu.fitting import Fitting
from femnn.insitu.load_cases import Case, PointLoad, Target
from femnn.insitu.port_texts import (
    as_table,
    described,
    ports_to_write,
    with_examples,
    written,
    written_loads,
    written_port,
)
from femnn.insitu.scales import rounded
from femnn.network.network import Network
from femnn.network.port import Port
from femnn.training.tasks.behaviour import Answer, BehaviourSettings
from femnn.training.tasks.classification import ClassificationSettings
from femnn.training.tasks.ports import Input, Output, Ports
from femnn.training.tasks.regression import RegressionSettings, Wanted

type Floats = npt.NDArray[np.float64]
type Axis = Literal["x", "y", "z"]

COMPONENTS: tuple[Axis, ...] = ("x", "y", "z")

PORTS = "ports"
"""Name of what is made from a network's own ports."""
MORE = 0.5
"""Share of an output's displacement by which more is wanted in a load case."""
MORE_TRAINED = 0.1
"""The same where bonds are trained: within reach of bounds of a quarter about the stiffness."""
LEAST = 0.1
"""Share of the largest displacement of the network that counts as an output's own where that is less."""


def strange(fitting: Fitting, kind: str, names: Sequence[str], known: Mapping[Any, NamesNodes]) -> str:
    """Return why settings are not for the network of the run, as the beginning of a sentence.

    Args:
        fitting: the network.
        kind: of the settings, which is the table that they are in.
        names: of those that are run, :data:`PORTS` perhaps among them.
        known: settings by name.
    """
    named = [name for name in names if name in known]
    if not named:
        return f"{fitting.network.name} is loaded and read at its own ports"
    tables = ", ".join(f"[{kind}.{name}]" for name in named)
    what = tables if len(named) == 1 else f"each of {tables}"
    return fitting.strange(what, known[named[0]], f"{kind}.{named[0]}")


def port_case(
    fitting: Fitting,
    why: str,
    sized: Callable[[float], float] = rounded,
    option: str = "--set cases=mine --set case.mine=",
) -> Case:
    """Return the load case of a network's ports.

    Args:
        fitting: the network.
        why: why it is made, the beginning of a sentence.
        sized: from the load that suits the network (N), that which is taken.
        option: of the command line, by which a case of one's own is given.

    Raises:
        ConfigError: the network lacks inputs or outputs; the message says what to write.
        NetworkError: the inputs load no bond.
    """
    network = fitting.network
    if not (network.inputs and network.outputs):
        example = _case(fitting, with_examples(network), sized)
        raise ConfigError(f"{why}. {ports_to_write(network)}, or a case of its own: {option}'{as_table(example)}'.")
    case = _case(fitting, network, sized)
    fitting.note(f"{why}: case {PORTS!r} is run, {described(case, network)}.")
    return case


def _case(fitting: Fitting, network: Network, sized: Callable[[float], float]) -> Case:
    force, moved = _loaded(fitting, network, sized)
    loads = tuple(PointLoad(node=p.node, force=force, direction=p.direction) for p in network.inputs.values())
    targets = tuple(
        Target(node=port.node, direction=port.direction, displacement=_more(network, port, moved, MORE))
        for port in network.outputs.values()
    )
    return Case(loads=loads, targets=targets)


def port_behaviour(fitting: Fitting, why: str) -> BehaviourSettings:
    """Return the behaviour of a network's ports: loads at the inputs, displacements wanted of the outputs.

    Args:
        fitting: the network.
        why: why it is made, the beginning of a sentence.

    Raises:
        ConfigError: the network lacks inputs or outputs, or an output is not along an axis.
        NetworkError: the inputs load no bond.
    """
    network = fitting.network
    whole = network if network.inputs and network.outputs else with_examples(network)
    axes = _axes(whole, why)
    force, moved = _loaded(fitting, whole, rounded)
    outputs = tuple(
        Answer(node=port.node, component=axis, displacement=sign * _more(whole, port, moved, MORE_TRAINED))
        for port, (axis, sign) in zip(whole.outputs.values(), axes, strict=True)
    )
    loads = tuple(PointLoad(node=p.node, force=force, direction=p.direction) for p in whole.inputs.values())
    if whole is not network:
        places = ", ".join(
            f'{{ node = {o.node}, component = "{o.component}", displacement = {float(o.displacement or 0):.3g} }}'
            for o in outputs
        )
        raise ConfigError(
            f"{why}. {ports_to_write(network)}, or a behaviour of its own: --set behaviours=mine --set "
            f"'behaviour.mine={{ loads = [{written_loads(loads)}], outputs = [{places}] }}'."
        )
    told = Case(loads=loads, targets=tuple(Target(**vars(o)) for o in outputs))
    fitting.note(f"{why}: behaviour {PORTS!r} is trained, {described(told, network)}.")
    return BehaviourSettings(loads=loads, outputs=outputs)


def own_regression(fitting: Fitting, task: RegressionSettings, what: str, path: str) -> RegressionSettings:
    """Return a regression, with the network's first input, all its outputs and slopes that suit it if it has others.

    Args:
        fitting: the network.
        task: the regression, which may name nodes of another network.
        what: what it is called, at the beginning of a sentence.
        path: of the task in the settings.

    Raises:
        ConfigError: the network lacks inputs or outputs, an output is not along an axis, or a file has columns for
            other outputs.
        NetworkError: the input loads no bond.
    """
    if fitting.belongs(task, path):
        return task
    network, why = fitting.network, fitting.strange(what, task, path)
    own = f"inputs and outputs of its own: --set '{path}.inputs=[…]' --set '{path}.outputs=[…]'"
    if task.data is not None:
        raise ConfigError(f"{why}. The columns of {task.data} need {own}, with nodes of {network.name}.")
    whole = network if network.inputs and network.outputs else with_examples(network)
    axes = _axes(whole, why)
    name, port = next(iter(whole.inputs.items()))
    whole = replace(whole, inputs={name: port})
    if fitting.given(f"{path}.largest_force"):
        force = task.largest_force
        moved = fitting.reached(force * _pattern(whole))
    else:
        force, moved = _loaded(fitting, whole, rounded)
    outputs = tuple(
        Wanted(node=p.node, component=axis, slope=rounded(sign * _more(whole, p, moved, MORE_TRAINED) / force))
        for p, (axis, sign) in zip(whole.outputs.values(), axes, strict=True)
    )
    if not (network.inputs and network.outputs):
        slopes = ", ".join(f'{{ node = {o.node}, component = "{o.component}", slope = {o.slope} }}' for o in outputs)
        raise ConfigError(
            f"{why}. {ports_to_write(network)}, or ports of its own: --set {path}.largest_force={force:.3g} --set "
            f"'{path}.inputs=[{written_port(port)}]' --set '{path}.outputs=[{slopes}]'."
        )
    wanted = ", ".join(f"{o.slope:.3g} m/N along {o.component} of node {o.node}" for o in outputs)
    others = f"; of its {len(network.inputs)} inputs this is the first" if len(network.inputs) > 1 else ""
    fitting.note(f"{why}: up to {force:.3g} N at input {name!r} (node {port.node}), {wanted} wanted{others}.")
    changed = {"inputs": (Input(node=port.node, direction=port.direction),), "outputs": outputs}
    return task.model_copy(update=changed | {"largest_force": force, "network": None})


def classification_ports(
    fitting: Fitting, task: ClassificationSettings, path: str, why: str, option: str
) -> tuple[ClassificationSettings, Ports]:
    """Return a classification by the ports of a network, with a force that suits it.

    Args:
        fitting: the network.
        task: the classification.
        path: of the classification in the settings.
        why: why the ports are wanted, the beginning of a sentence.
        option: of the command line, by which ports of one's own are given.

    Raises:
        ConfigError: the network has other numbers of ports than there are features and classes, or an output is not
            along an axis; the data cannot be read.
        NetworkError: the inputs load no bond.
    """
    samples = task.samples()
    ports = port_ports(fitting, why, option, len(samples.names), len(samples.classes))
    return sized_classification(fitting, task, path), ports


def sized_classification(fitting: Fitting, task: ClassificationSettings, path: str) -> ClassificationSettings:
    """Return a classification whose largest force is that which suits the inputs of the network, if it has any.

    Args:
        fitting: the network.
        task: the classification; a force that the command line gives stays.
        path: of the classification in the settings.
    """
    if fitting.given(f"{path}.largest_force") or not fitting.network.inputs:
        return task
    force, _ = _loaded(fitting, fitting.network, rounded)
    fitting.note(f"{path}.largest_force: {force:.3g} N, which suits the inputs of {fitting.network.name}.")
    return task.model_copy(update={"largest_force": force})


def has_ports(fitting: Fitting, task: ClassificationSettings) -> bool:
    """Return whether the network has as many ports as a classification has features and classes."""
    samples, network = task.samples(), fitting.network
    return (len(network.inputs), len(network.outputs)) == (len(samples.names), len(samples.classes))


def port_ports(fitting: Fitting, why: str, option: str, features: int, classes: int) -> Ports:
    """Return the ports of a network for a classification.

    Args:
        fitting: the network.
        why: why they are wanted, the beginning of a sentence.
        option: of the command line, by which ports of one's own are given.
        features: how many of them need an input.
        classes: how many of them need an output.

    Raises:
        ConfigError: the network has other numbers of ports, or an output is not along an axis.
    """
    network = fitting.network
    if (len(network.inputs), len(network.outputs)) != (features, classes):
        free = [int(label) for label in network.labels[~network.fixed.any(axis=1)]]
        advice = (
            f"give it so many in its file, or name nodes of it, as {option}'{_example_ports(free, features, classes)}'"
        )
        if len(free) < max(features, classes):
            advice = "take a network with more free nodes"
        raise ConfigError(
            f"{why}. {features} features and {classes} classes need as many inputs and outputs, and {network.name} has "
            f"{len(network.inputs)} and {len(network.outputs)}: {advice}."
        )
    axes = _axes(network, why)
    inputs = tuple(Input(node=port.node, direction=port.direction) for port in network.inputs.values())
    outputs = tuple(
        Output(node=port.node, component=axis) for port, (axis, _) in zip(network.outputs.values(), axes, strict=True)
    )
    names = f"{', '.join(network.inputs)} and {', '.join(network.outputs)}"
    fitting.note(f"{why}: the ports of {network.name} are taken, {names}.")
    return Ports(inputs=inputs, outputs=outputs)


def _example_ports(free: Sequence[int], features: int, classes: int) -> str:
    """Ports on free nodes as an inline table of TOML."""
    pushed = ", ".join(f'{{ node = {node}, direction = "x" }}' for node in free[:features])
    answering = ", ".join(f'{{ node = {node}, component = "x" }}' for node in free[::-1][:classes])
    return f"{{ inputs = [{pushed}], outputs = [{answering}] }}"


def _loaded(fitting: Fitting, network: Network, sized: Callable[[float], float]) -> tuple[float, Floats]:
    """Force at each input (N), and the displacements under it (m)."""
    pattern = _pattern(network)
    force = sized(fitting.sized(pattern))
    return force, fitting.reached(force * pattern)


def _pattern(network: Network) -> Floats:
    """One newton along each input (N), shape (N, d)."""
    return np.sum([network.point_force(port.node, port.direction) for port in network.inputs.values()], axis=0)


def _more(network: Network, port: Port, moved: Floats, share: float) -> float:
    """Displacement that is wanted along a port (m): what it does, and a share of that more."""
    own = float(moved[network.index(port.node)] @ np.array(port.direction))
    largest = float(np.linalg.norm(moved, axis=1).max())
    return rounded(own + share * max(abs(own), LEAST * largest) * (-1 if own < 0 else 1))


def _axes(network: Network, why: str) -> list[tuple[Axis, float]]:
    """Component of each output, and its sign."""
    found = []
    for name, port in network.outputs.items():
        (along,) = [np.flatnonzero(port.direction)]
        if len(along) > 1:
            raise ConfigError(
                f"{why}. Output {name!r} of {network.name} points along {written(port.direction)}, and what is "
                "trained reads x, y or z: turn it to an axis in the network's file."
            )
        found.append((COMPONENTS[along[0]], float(np.sign(port.direction[along[0]]))))
    return found
