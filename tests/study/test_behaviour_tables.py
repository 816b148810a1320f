"""Outputs of behaviours in tables, and their ports on a lattice."""

import math

import numpy as np
import pytest

from femnn.network_files.specification import load_network
from femnn.study.behaviour_tables import output_ratio, output_rows, port_marks, ratio_text
from femnn.study.training_tables import bond_rows
from femnn.training.tasks import BehaviourSettings

pytestmark = pytest.mark.serial

NETWORK = load_network("li2024")
BEHAVIOUR = BehaviourSettings.model_validate(
    {
        "loads": [{"node": 11, "direction": "-y", "force": "5 gf"}],
        "outputs": [
            {"node": 14, "component": "y", "displacement": -1e-3},
            {"node": 8, "component": "x", "displacement": 0},
        ],
    }
)


def test_a_row_is_an_output_beside_what_is_wanted() -> None:
    U = np.arange(28.0).reshape(14, 2)
    first, second = output_rows(NETWORK, BEHAVIOUR, U)
    assert first == {"output": "node 14 y", "displacement": U[NETWORK.index(14), 1], "wanted": -1e-3}
    assert second == {"output": "node 8 x", "displacement": U[NETWORK.index(8), 0], "wanted": 0}


def test_there_is_a_ratio_of_two_outputs_alone() -> None:
    assert output_ratio([-0.6, -0.5]) == pytest.approx(1.2)
    for none in ([1.0], [1.0, 2.0, 3.0], [1.0, 0.0], [1.0, None]):
        assert math.isnan(output_ratio(none))
    assert (ratio_text(1.2, 3), ratio_text(math.nan, 3)) == ("1.200", "–")


def test_ports_are_named_by_their_force_and_their_node() -> None:
    inputs, outputs = port_marks(NETWORK, BEHAVIOUR)
    assert {name: (port.node, port.direction) for name, port in inputs.items()} == {"5 gf": (11, (0.0, -1.0))}
    assert {name: port.direction for name, port in outputs.items()} == {"node 14": (0.0, 1.0), "node 8": (1.0, 0.0)}


def test_the_width_of_a_bond_follows_from_its_stiffness() -> None:
    """k = E·w·t/L."""
    k = np.linspace(1, 2, len(NETWORK.bonds)) * NETWORK.stiffness
    rows = list(bond_rows(NETWORK, k))
    np.testing.assert_allclose([row["stiffness"] for row in rows], k)
    s = NETWORK.sections
    np.testing.assert_allclose([row["width"] for row in rows], k * NETWORK.lengths / (s.modulus * s.thickness))
    assert rows[0]["bond"] == NETWORK.bond_name(0)
