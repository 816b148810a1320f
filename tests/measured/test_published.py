"""Published measurements: the figures that are printed, in the order of the bonds of their network, and of no other."""

from dataclasses import replace

import numpy as np
import pytest
from numpy_springs import NumpyNetwork

from femnn.config import resources
from femnn.errors import ConfigError, NetworkError
from femnn.insitu.metrics import one_minus_pearson, relative_l2
from femnn.measured.measured_gradient import read_gradients, write_gradients
from femnn.measured.published import published_displacements, published_gradients
from femnn.network.damage import without_bonds
from femnn.network.lattices import li2024, triangular

pytestmark = pytest.mark.serial

NETWORK = li2024()
SPRINGS = NumpyNetwork(NETWORK.nodes, NETWORK.bonds, NETWORK.fixed, "spring")
LOADS = {"separate": (13, 10, 14), "same": (13, 20, 13)}
"""Node and force (gf) of the data's load, node of the adjoint force of 5 gf (Li & Mao 2024, Fig. 1)."""


@pytest.mark.parametrize("case", ["separate", "same"])
def test_simulated_gradients_are_those_of_linear_springs(case: str) -> None:
    """Elongations under the two loads multiply to the published figures, to their digits."""
    node, grams, adjoint = LOADS[case]
    fields = []
    for at, force in ((node, grams), (adjoint, 5)):
        load = NETWORK.point_force(at, [0.0, -force * 9.8e-3])
        fields.append(SPRINGS.elongations(SPRINGS.linear_solve(np.zeros_like(load), NETWORK.stiffness, load)))
    np.testing.assert_allclose(published_gradients(NETWORK)[case].simulated, fields[0] * fields[1], rtol=5e-3)


@pytest.mark.parametrize(("case", "pearson", "l2"), [("separate", 0.0070, 0.134), ("same", 0.0205, 0.180)])
def test_measured_gradients_are_as_far_from_springs_as_published(case: str, pearson: float, l2: float) -> None:
    gradient = published_gradients(NETWORK)[case]
    assert one_minus_pearson(gradient.value, gradient.simulated) == pytest.approx(pearson, abs=6e-5)
    assert relative_l2(gradient.simulated, gradient.value) == pytest.approx(l2, abs=6e-4)
    assert (gradient.deviation > 0).all()


def test_gradients_are_in_the_order_of_the_bonds() -> None:
    """Whatever that is, and whichever end of a bond comes first."""
    turned = replace(NETWORK, bonds=NETWORK.bonds[::-1, ::-1])
    given, other = published_gradients(NETWORK)["same"], published_gradients(turned)["same"]
    np.testing.assert_array_equal(given.value, other.value[::-1])
    np.testing.assert_array_equal(given.deviation, other.deviation[::-1])


def test_the_tables_are_found_by_name() -> None:
    assert "li2024" in resources.names("measurements")
    assert (resources.find("measurements", "li2024") / "displacements.csv").is_file()


def test_another_network_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"triangular: gradients\.csv has no bond 1–5: another network was measured"):
        published_gradients(triangular(3, 3, 16e-3))
    with pytest.raises(NetworkError, match=r"bond 1–2 of gradients\.csv is not in it: another network was measured"):
        published_gradients(without_bonds(NETWORK, [0]))


def test_displacements_are_those_printed() -> None:
    displacements = published_displacements()
    assert list(displacements) == ["initial", "trained", "mirror"]
    np.testing.assert_array_equal(displacements["trained"].values, [-0.6178e-3, -0.4971e-3])
    np.testing.assert_array_equal(displacements["mirror"].deviations, [0.0134e-3, 0.0096e-3])
    assert not any(experiment.order_known for experiment in displacements.values())


def test_displacements_whose_nodes_are_not_stated_take_the_nearer_order() -> None:
    trained = published_displacements()["trained"]
    springs = np.array([-0.479973464e-3, -0.625333116e-3])
    matched = trained.in_order_of(springs)
    np.testing.assert_array_equal(matched.values, trained.values[::-1])
    np.testing.assert_array_equal(matched.deviations, trained.deviations[::-1])
    assert matched.chi_squared(springs) < trained.chi_squared(springs)
    np.testing.assert_allclose(matched.scores(springs), [1.663, -0.746], atol=1e-3)
    known = replace(trained, order_known=True)
    assert known.in_order_of(springs) is known


def test_gradients_survive_a_file(tmp_path) -> None:
    given = published_gradients(NETWORK)
    write_gradients(tmp_path / "new" / "gradient.csv", NETWORK, given.values())
    read = read_gradients(tmp_path / "new" / "gradient.csv", NETWORK)
    assert list(read) == list(given)
    for case, gradient in given.items():
        np.testing.assert_array_equal(read[case].value, gradient.value)
        np.testing.assert_array_equal(read[case].deviation, gradient.deviation)
        assert np.isnan(read[case].simulated).all()


def test_the_number_of_repeats_is_that_of_the_table(tmp_path) -> None:
    """It is kept where it is told, and must be one number from 1 on."""
    path = tmp_path / "g.csv"
    write_gradients(path, NETWORK, [replace(published_gradients(NETWORK)["same"], repeats=7)])
    assert read_gradients(path, NETWORK)["same"].repeats == 7
    assert published_gradients(NETWORK)["same"].repeats is None
    lines = path.read_text(encoding="utf-8").splitlines()
    for wrong in ("6", "0", "2.5"):
        path.write_text("\n".join([*lines[:-1], f"{lines[-1][:-1]}{wrong}"]), encoding="utf-8")
        with pytest.raises(ConfigError, match="repeats of case 'same' must be one whole number"):
            read_gradients(path, NETWORK)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bond,value\n1-2,3\n", "no column 'measured'"),
        ("", "has no rows"),
        ("bond,measured,deviation\n1–2,4,1\n", "has no bond 1–6"),
        ("whole x", "column 'measured' of row 2 is 'x' and no finite number"),
        ("whole twice", "a bond is given twice"),
        ("whole nan", "bond 1–2 has no value"),
    ],
)
def test_what_is_no_table_of_gradients_is_named(tmp_path, text: str, message: str) -> None:
    rows = [f"{NETWORK.bond_name(bond)},1,1" for bond in range(28)]
    if text.startswith("whole"):
        first = {"x": ["1–2,x,1"], "twice": [rows[0], rows[0]], "nan": ["1–2,,1"]}[text.split()[1]]
        text = "\n".join(["bond,measured,deviation", *first, *rows[1:]])
    (tmp_path / "g.csv").write_text(text, encoding="utf-8")
    with pytest.raises((ConfigError, NetworkError), match=message):
        read_gradients(tmp_path / "g.csv", NETWORK)
