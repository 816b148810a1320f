"""Networks whose bonds, supports, labels and ports all differ, so that nothing can be mixed up unseen."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
from varied_networks import varied

from femnn.network import lattices
from femnn.network.network import Network
from femnn.network.sections import Sections


def trained_widths(network: Network, seed: int = 3) -> Network:
    """The network with widths as a training may leave them, anywhere within their bounds."""
    lower, upper = network.sections.width_lower, network.sections.width_upper
    width = np.random.default_rng(seed).uniform(lower, upper)
    return replace(network, sections=replace(network.sections, width=width))


NETWORKS: dict[str, Callable[[], Network]] = {
    "printed": lambda: trained_widths(lattices.li2024()),
    "plane": lambda: varied(lattices.disordered(5, 4, 16e-3, 0.3, 1)),
    "space": lambda: varied(lattices.octet(2, 1, 1, 24e-3)),
    "flat in space": lambda: Network(
        [[0, 0, 0], [1, 0, 0], [0.5, 1 / 3, 0]], [[0, 2], [2, 1]], [[1, 1, 1], [1, 1, 1], [0, 0, 1]]
    ),
}


def assert_same(again: Network, network: Network) -> None:
    """The same network to the last bit, except for its name."""
    for attribute in ("nodes", "bonds", "fixed", "labels"):
        np.testing.assert_array_equal(getattr(again, attribute), getattr(network, attribute), strict=True)
    for field in fields(Sections):
        one, other = (getattr(n.sections, field.name) for n in (again, network))
        np.testing.assert_array_equal(one, other, strict=True, err_msg=field.name)
    for kind in ("inputs", "outputs"):
        # In their order, which is that of the data
        assert list(getattr(again, kind).items()) == list(getattr(network, kind).items())
    assert again.rigid_joints == network.rigid_joints
