# ruff: noqa: RUF012
"""Lists are read by one rule: in settings, after --set and in options, and never in two ways."""

from typing import Annotated

import pytest
from pydantic import Field

from femnn.config.lists import Pair
from femnn.config.quantities import Length
from femnn.config.settings import Settings, assigned, validated, with_units
from femnn.errors import ConfigError
from femnn.insitu.sweeps import Forces
from femnn.planning.plan_settings import Weights, plan_settings
from femnn.study.setting_types import Listed

pytestmark = pytest.mark.serial

GF = 9.8e-3


class Lists(Settings):
    """A list of every kind."""

    forces: Forces = []
    lengths: Listed[Length] = []
    weights: Weights = [1.0]
    seeds: Listed[int] = []
    shares: Listed[Annotated[float, Field(gt=0)]] = []
    names: Listed[str] = []
    pair: Pair | None = None


def read(assignment: str) -> object:
    return getattr(validated(Lists, assigned({}, [assignment]), "settings"), assignment.partition("=")[0])


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("forces=5 gf", [5 * GF]),
        ("forces=0.5", [0.5]),
        ("forces=1, 2, 5 gf", [GF, 2 * GF, 5 * GF]),
        ("forces=[1, 2, 5 gf]", [GF, 2 * GF, 5 * GF]),
        ("forces=[1, 2, 5] gf", [GF, 2 * GF, 5 * GF]),
        ("forces=1 gf, 2, 5 gf", [GF, 2 * GF, 5 * GF]),
        ("forces=1 gf, 2 mN", [GF, 2e-3]),
        ("forces=1gf,2gf", [GF, 2 * GF]),
        ("forces='1 gf', '2 gf'", [GF, 2 * GF]),
        ("forces=1, 2", [1.0, 2.0]),
        ("forces=1e-3, 2e-3", [1e-3, 2e-3]),
        ("forces=1.5, 2.5 gf", [1.5 * GF, 2.5 * GF]),
        ("forces=100, 200, 300 gf", [0.98, 1.96, 2.94]),
        ("forces=-1,-2 gf", [-GF, -2 * GF]),
        ('forces=["1 gf", "2 gf"]', [GF, 2 * GF]),
        ("forces=[1, 2.5]", [1.0, 2.5]),
        ("weights=1,2,2,5,10 gf", [GF, 2 * GF, 2 * GF, 5 * GF, 10 * GF]),
        ("weights=1, 2, 2 gf,", [GF, 2 * GF, 2 * GF]),
        ("lengths=0, 1 mm", [0.0, 1e-3]),
        ("lengths=1 mm, 0", [1e-3, 0.0]),
        ('lengths=[0, "1 mm"]', [0.0, 1e-3]),
        ("pair=1, 3 mm", (1e-3, 3e-3)),
        ('pair=["1 mm", "3 mm"]', (1e-3, 3e-3)),
        ("seeds=0,1", [0, 1]),
        ("shares=0.5, 1", [0.5, 1.0]),
        ("names=spring,bar", ["spring", "bar"]),
        ("names=1,5", ["1", "5"]),
        ('forces={from="1 gf", to="4 gf", count=3}', [GF, 2 * GF, 4 * GF]),
        ('forces=[{from="1 gf", to="4 gf", count=2}, "2 gf"]', [GF, 2 * GF, 4 * GF]),
        ("forces=[{from=1, to=4, count=2}, 2]", [1.0, 2.0, 4.0]),
    ],
)
def test_a_list_has_one_reading(assignment, value):
    found = read(assignment)
    assert type(found) is type(value)
    assert found == (pytest.approx(value, rel=1e-12) if isinstance(value[0], float) else value)


DECIMAL = "may be a decimal comma"
MIXED = "with and without a unit"
BESIDE = "has no unit, but"


@pytest.mark.parametrize("key", ["forces", "lengths", "weights"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,5 {}", DECIMAL),
        ("1,5", DECIMAL),
        ("1,5{}", DECIMAL),
        ("[1,5 {}]", DECIMAL),
        ("0,5, 1,5 {}", DECIMAL),
        ("1,5 {0}, 2 {0}", DECIMAL),
        ("1,5 {0},2,5 {0}", DECIMAL),
        ("1,000,000 {}", DECIMAL),
        ("100,200,300 {}", DECIMAL),
        ("1, 05 {}", DECIMAL),
        ("1 {}, 2", MIXED),
        ("1, 2 {}, 5", MIXED),
        ("1 m{0}, 2, 5 {0}", MIXED),
        ('["1 {}", 2]', BESIDE),
        ('[1, 2, "5 {}"]', BESIDE),
        ('["1", "2 {}"]', BESIDE),
        ("1,,2 {}", "nothing between two commas"),
        ("1, 2 {}; 5 {0}".replace("{}", "{0}"), "is no quantity"),
        ("1, 2, 5 s", "wrong unit"),
        ("1, 2, 5 %", "wrong unit"),
        ("1,2 s", "wrong unit"),
        ("1, 2*3 {}", "is no quantity"),
        ("1, {}", "its number is missing"),
        ('["1, 2 {}"]', "is no quantity; write decimals with a point"),
    ],
)
def test_what_has_two_readings_is_refused(key, text, message):
    unit = "m" if key == "lengths" else "N"
    with pytest.raises(ConfigError, match=message) as caught:
        read(f"{key}={text.format(unit)}")
    assert str(caught.value).startswith(f"settings: {key}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("forces=1,5 gf", "write '1.5 gf' or '1, 5 gf'"),
        ("shares=0,5", "write '0.5' or '0, 5'"),
        ("pair=1,3 mm", DECIMAL),
        ('pair=["1 mm", 3]', BESIDE),
        ("seeds=1,000", DECIMAL),
        ("seeds=0-3", "'0-3' is no whole number"),
        ("seeds=1_0, 2", "'1_0' is no whole number"),
        ("shares=1 gf, 2 gf", "valid number"),
        ("shares=true", "valid list"),
        ('forces=[{from="1 gf", to="4 gf", count=3}, 5]', BESIDE),
        ('forces={from=1, to="4 gf", count=3}', BESIDE),
        ('forces=[{from=1, to=4, count=3}, "5 gf"]', BESIDE),
    ],
)
def test_other_lists_are_refused_alike(assignment, message):
    with pytest.raises(ConfigError, match=message):
        read(assignment)


def test_options_of_plans_are_read_as_settings_are():
    given = ["noise=20 µm", "largest=20 gf", "weights=1, 2, 2 gf"]
    settings = plan_settings("li2024", given)
    assert [settings.noise, settings.largest] == pytest.approx([20e-6, 20 * GF], rel=1e-12)
    assert settings.weights == pytest.approx([GF, 2 * GF, 2 * GF], rel=1e-12)
    for wrong in ("noise=0,02 mm", "largest=1,5 gf", "weights=1,5 gf"):
        with pytest.raises(ConfigError, match="decimal"):
            plan_settings("li2024", [wrong])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("noise=-2 mm", "noise: Input should be greater than 0, not -2 mm."),
        ("noise=-2", "noise: Input should be greater than 0, not -2 m."),
        ("weights=1, -2 gf", "weights.1: Input should be greater than 0, not -2 gf."),
        ("repeats=0", "repeats: Input should be greater than or equal to 1, not 0."),
    ],
)
def test_what_is_out_of_bounds_is_shown_with_its_unit(given, message):
    with pytest.raises(ConfigError) as caught:
        plan_settings("li2024", [given])
    assert str(caught.value) == f"plan li2024: {message}"


def test_lists_are_written_with_units_and_read_back():
    settings = validated(Lists, assigned({}, ["forces=1, 2 gf", "pair=1, 3 mm", "weights=1, 1 gf"]), "settings")
    written = with_units(settings)
    assert written["forces"] == ["0.0098 N", "0.0196 N"]
    assert validated(Lists, written, "written") == settings
