"""Words for ports and load cases: what a message tells a user to write."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from femnn.config.directions import AXES
from femnn.errors import ConfigError
from femnn.insitu.load_cases import Case, PointLoad
from femnn.insitu.scales import rounded
from femnn.network.network import Network
from femnn.network.port import Port


def with_examples(network: Network) -> Network:
    """Return the network with an input and an output where it lacks them, on free nodes, as examples.

    Raises:
        ConfigError: no node is free to be loaded.
    """
    free = network.labels[~network.fixed[:, -1]]
    if not len(free):
        raise ConfigError(f"{network.name}: no node is free to move along {AXES[network.dimension - 1]}.")
    load, answer = (Port(int(free[int(share * len(free))]), down(network)) for share in (1 / 3, 2 / 3))
    return replace(network, inputs=network.inputs or {"load": load}, outputs=network.outputs or {"answer": answer})


def down(network: Network) -> tuple[float, ...]:
    """Return the direction along which weights hang, −y in the plane and −z in space."""
    return tuple(-1.0 if axis == network.dimension - 1 else 0.0 for axis in range(network.dimension))


def ports_to_write(network: Network) -> str:
    """Return what to write into the network's file, as the beginning of a sentence."""
    examples = with_examples(network)
    lacking = {"inputs": network.inputs, "outputs": network.outputs}
    lines = []
    for kind in (kind for kind, ports in lacking.items() if not ports):
        written_ports = (f"{name} = {written_port(port)}" for name, port in getattr(examples, kind).items())
        lines.append(f"{kind} = {{ {', '.join(written_ports)} }}")
    return f"Give {network.name} ports in its file, above the first table: {' and '.join(lines)}"


def as_table(case: Case) -> str:
    """Return a case as an inline table of TOML."""
    targets = ", ".join(
        f"{{ node = {t.node}, direction = {written(t.direction or ())}, displacement = {t.displacement:.3g} }}"
        for t in case.targets
    )
    return f"{{ loads = [{written_loads(case.loads)}], targets = [{targets}] }}"


def described(case: Case, network: Network) -> str:
    """Return what a case loads and wants, as part of a sentence."""
    loads = ", ".join(f"{load.force:.3g} N at node {load.node} along {written(load.direction)}" for load in case.loads)
    targets = ", ".join(
        f"{1e3 * t.displacement:.3g} mm of node {t.node} along {written(t.along(network))}" for t in case.targets
    )
    return f"{loads}; {targets} wanted"


def written_loads(loads: Sequence[PointLoad]) -> str:
    """Return loads as inline tables of TOML."""
    return ", ".join(
        f'{{ node = {load.node}, direction = {written(load.direction)}, force = "{load.force:.3g} N" }}'
        for load in loads
    )


def written_port(port: Port) -> str:
    """Return a port as an inline table of TOML."""
    return f"{{ node = {port.node}, direction = {written(port.direction)} }}"


def written(direction: Sequence[float]) -> str:
    """Return a direction as settings have it, ``"-y"`` or its components."""
    (along,) = [np.flatnonzero(direction)]
    if len(along) == 1:
        return f'"{"-" if direction[along[0]] < 0 else ""}{AXES[along[0]]}"'
    return str([rounded(float(value)) for value in direction])
