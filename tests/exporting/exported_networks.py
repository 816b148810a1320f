"""Networks whose bonds, supports, labels and ports all differ, so that nothing can be mixed up unseen."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from femnn import lattices
from femnn.network import Network, Port
from femnn.sections import Sections


def trained_widths(network: Network, seed: int = 3) -> Network:
    """The network with widths as a training may leave them, anywhere within their bounds."""
    lower, upper = network.sections.width_lower, network.sections.width_upper
    width = np.random.default_rng(seed).uniform(lower, upper)
    return replace(network, sections=replace(network.sections, width=width))


def varied(network: Network) -> Network:
    """The network with sections, supports, labels and ports that differ from node to node and bond to bond."""
    generator = np.random.default_rng(5)
    bonds, dimension = len(network.bonds), network.dimension
    width = generator.uniform(1e-3, 2e-3, bonds)
    fixed = network.fixed.copy()
    free = np.flatnonzero(~fixed.any(axis=1))
    fixed[free[1], 0] = True
    labels = generator.permutation(len(network.nodes)) * 3 + 11
    slanted = generator.standard_normal(dimension)
    slanted /= np.linalg.norm(slanted)
    share, end_width = generator.uniform(0.01, 0.1, bonds), generator.uniform(0.4, 0.9, bonds)
    return replace(
        network,
        sections=Sections(
            generator.uniform(1e5, 1e6, bonds), width / 3, width, width / 2, width * np.pi, share, end_width
        ),
        fixed=fixed,
        labels=labels,
        inputs={"load 1": Port(int(labels[free[0]]), tuple(slanted.tolist()))},
        outputs={
            "größe = 1, rechts": Port(int(labels[free[2]]), tuple((-slanted).tolist())),
            "load 1": Port(int(labels[free[0]]), tuple(np.eye(dimension)[1].tolist())),
        },
        rigid_joints=True,
    )


NETWORKS: dict[str, Callable[[], Network]] = {
    "printed": lambda: trained_widths(lattices.li2024()),
    "plane": lambda: varied(lattices.disordered(5, 4, 16e-3, 0.3, 1)),
    "space": lambda: varied(lattices.octet(2, 1, 1, 24e-3)),
    "flat in space": lambda: Network(
        [[0, 0, 0], [1, 0, 0], [0.5, 1 / 3, 0]], [[0, 2], [2, 1]], [[1, 1, 1], [1, 1, 1], [0, 0, 1]]
    ),
}


def assert_same(again: Network, network: Network) -> None:
    """The same network to the last bit, but for its name."""
    for attribute in ("nodes", "bonds", "fixed", "labels"):
        np.testing.assert_array_equal(getattr(again, attribute), getattr(network, attribute), strict=True)
    for field in fields(Sections):
        one, other = (getattr(n.sections, field.name) for n in (again, network))
        np.testing.assert_array_equal(one, other, strict=True, err_msg=field.name)
    assert (dict(again.inputs), dict(again.outputs)) == (dict(network.inputs), dict(network.outputs))
    assert again.rigid_joints == network.rigid_joints
