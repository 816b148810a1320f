"""Numbers as reports show them."""

import pytest

from femnn.report.texts import number

pytestmark = pytest.mark.serial


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (99.86, 2, "100"), (1234.5, 3, "1230"), (-999.6, 2, "-1000"), (4.567, 2, "4.6"), (0.0, 3, "0"),
        (4.57e-4, 3, "4.57 × 10⁻⁴"), (None, 3, "–"), (float("nan"), 3, "–"),
    ],
)  # fmt: skip
def test_numbers_are_plain_or_powers_of_ten(value: float | None, digits: int, text: str) -> None:
    """Never with an "e", also where fewer digits are asked for than stand before the point."""
    assert number(value, digits) == text
