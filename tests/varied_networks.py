"""Networks in which nothing is alike from node to node and bond to bond: what files lose shows."""

from dataclasses import replace

import numpy as np

from femnn.network.network import Network
from femnn.network.port import Port
from femnn.network.sections import Sections


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
