"""A user's own loss, and the test of its derivative."""

import numpy as np
import pytest
from reference import NETWORKS

from femnn.errors import ConfigError, InstabilityError, NetworkError
from femnn.losses import CustomLoss, custom_loss, load_custom_loss

pytestmark = pytest.mark.serial

READS = np.array([1, 2])
AT = np.array([[1e-3, -2e-3], [3e-3, 4e-3]])


def sines(U):
    """sin(300 U_1) U_2 in some unit."""
    return np.sin(300 * U.flat[1]) * U.flat[2]


def slope_of_sines(U):
    a, b = U.flat[1], U.flat[2]
    return np.array([[0.0, 300 * np.cos(300 * a) * b], [np.sin(300 * a), 0.0]])


@pytest.fixture
def own():
    return CustomLoss(READS, sines, slope_of_sines, AT)


def test_value_and_derivative_are_those_of_the_functions(own):
    U = np.stack([AT, 2 * AT, -AT])
    np.testing.assert_array_equal(own.value(U), [sines(sample) for sample in U])
    np.testing.assert_array_equal(own.derivative(U), [slope_of_sines(sample) for sample in U])
    assert own.value(AT) == sines(AT)
    assert own[2] is own
    assert own.derivative(np.empty((0, 2, 2))).shape == (0, 2, 2)


def test_the_curvature_is_that_of_the_derivative(own):
    a, b = AT.flat[1], AT.flat[2]
    cross = 300 * np.cos(300 * a)
    exact = [[-90000 * np.sin(300 * a) * b, cross], [cross, 0]]
    np.testing.assert_allclose(own.curvature(AT), exact, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda U: U.flat[1] ** 2 + 5, lambda U: np.array([[0, 2 * U.flat[1]], [0, 0]])),
        (lambda U: 3 * U.flat[1], lambda U: np.array([[0, 3.0], [0, 0]])),
        (lambda U: U.flat[1] ** 3, lambda U: np.array([[0, 3 * U.flat[1] ** 2], [0, 0]])),
        (lambda U: 7.0, lambda U: np.zeros((2, 2))),
        (lambda U: max(0.0, U.flat[1] + 1.99e-3), lambda U: np.array([[0, float(U.flat[1] > -1.99e-3)], [0, 0]])),
        (lambda U: np.exp(500 * U.flat[2]), lambda U: np.array([[0, 0], [500 * np.exp(500 * U.flat[2]), 0]])),
        (sines, slope_of_sines),
    ],
    ids=["square", "linear", "cube", "constant", "hinge", "exponential", "sines"],
)
def test_right_derivatives_pass(function, slope, scale):
    CustomLoss(READS, lambda U: scale * function(U), lambda U: scale * slope(U), AT)


@pytest.mark.parametrize("error", [2.0, -1.0, 1.01, 1.0001])
def test_a_wrong_factor_is_found_and_stated(error):
    with pytest.raises(ConfigError, match="not that of the value") as raised:
        CustomLoss(READS, sines, lambda U: error * slope_of_sines(U), AT)
    stated = float(str(raised.value).split("its error is ")[1].split()[0])
    assert 0 < stated <= 1.1 * abs(error - 1)


def test_single_precision_is_told_from_double():
    with pytest.raises(ConfigError, match="compute both in double precision"):
        CustomLoss(READS, lambda U: float(np.float32(sines(U))), slope_of_sines, AT)


def test_a_component_that_is_left_out_is_found():
    with pytest.raises(ConfigError, match="add the components that the value depends on"):
        CustomLoss(READS, lambda U: sines(U) + U.flat[0] ** 2, slope_of_sines, AT)


def test_a_derivative_of_what_is_not_read_is_refused():
    with pytest.raises(ConfigError, match="not zero for component 0 of node index 1"):
        CustomLoss(READS[:1], sines, slope_of_sines, AT)


def raises(U):
    raise ValueError("no such thing")


@pytest.mark.parametrize(
    ("function", "slope", "message"),
    [
        (lambda U: U, slope_of_sines, "value must be one finite number"),
        (lambda U: "a", slope_of_sines, "value must be one finite number, not 'a'"),
        (lambda U: np.nan, slope_of_sines, "value must be one finite number"),
        (sines, lambda U: np.zeros(4), r"shape \(2, 2\), not \(4,\)"),
        (sines, lambda U: None, r"shape \(2, 2\), not \(\)"),
        (sines, lambda U: np.full((2, 2), np.inf), "derivative is NaN or infinite"),
        (raises, slope_of_sines, "raises ValueError at line .*test_custom_loss.py: no such thing"),
    ],
)
def test_what_functions_do_wrong_is_named(function, slope, message):
    with pytest.raises(ConfigError, match=message):
        CustomLoss(READS, function, slope, AT)


def test_a_function_may_change_what_it_is_given(own):
    def careless(U):
        U *= 2
        return sines(U / 2)

    U = AT.copy()
    CustomLoss(READS, careless, slope_of_sines, AT).value(U)
    np.testing.assert_array_equal(U, AT)


def test_a_function_may_fill_the_same_array_again(own):
    kept = np.zeros((2, 2))

    def slope(U):
        kept[:] = slope_of_sines(U)
        return kept

    U = np.stack([AT, 2 * AT])
    filling = CustomLoss(READS, sines, slope, AT)
    np.testing.assert_array_equal(filling.derivative(U), own.derivative(U))
    np.testing.assert_array_equal(filling.curvature(AT), own.curvature(AT))


def test_an_interruption_is_not_taken_for_the_function_s_fault(own):
    def interrupted(U):
        raise InstabilityError("past the limit point")

    with pytest.raises(InstabilityError):
        CustomLoss(READS, interrupted, slope_of_sines, AT)


NETWORK = NETWORKS["2D"]
FILE = """
import numpy as np

NUMBER = 3


def height(U):
    derivative = np.zeros_like(U)
    derivative[13, 1] = 2 * U[13, 1]
    return U[13, 1] ** 2, derivative


def alone(U):
    return U[13, 1] ** 2


def wrong(U):
    value, derivative = height(U)
    return value, 2 * derivative
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "losses.py").write_text(FILE)
    (tmp_path / "broken.py").write_text("x = 1\ny = x +\n")
    (tmp_path / "failing.py").write_text("x = 1\ny = x / 0\n")
    (tmp_path / "notes.txt").write_text("")
    return tmp_path


def test_a_loss_is_loaded_from_a_file(folder):
    loss = load_custom_loss("losses.py:height", NETWORK, [(14, 1)], folder)
    U = np.random.default_rng(0).normal(size=NETWORK.nodes.shape)
    assert loss.value(U) == U[13, 1] ** 2
    assert load_custom_loss(f"{folder}/losses.py:height", NETWORK, [(14, 1)]).value(U) == loss.value(U)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("losses.py", "path/to/file.py:name"),
        ("lost.py:height", "there is no file .*lost.py"),
        ("losses.py:hight", "does not define 'hight'; did you mean 'height'"),
        ("losses.py:NUMBER", "is no function, but int"),
        ("losses.py:alone", r"must return \(value, derivative\), not float64"),
        ("losses.py:wrong", "losses.py:wrong': the derivative is not that of the value"),
        ("broken.py:height", "Loss 'broken.py:height': Cannot import .*SyntaxError at line 2"),
        ("failing.py:height", "Loss 'failing.py:height': Cannot import .*ZeroDivisionError at line 2"),
        ("notes.txt:height", "Loss 'notes.txt:height': .*no Python file"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(folder, place, message):
    with pytest.raises(ConfigError, match=message):
        load_custom_loss(place, NETWORK, [(14, 1)], folder)


def test_outputs_and_displacements_must_fit_the_network():
    with pytest.raises(NetworkError, match="no node 99"):
        custom_loss(NETWORK, [(99, 1)], sines, slope_of_sines)
    with pytest.raises(ConfigError, match="displacements to test it at are of shape"):
        custom_loss(NETWORK, [(14, 1)], sines, slope_of_sines, AT)
