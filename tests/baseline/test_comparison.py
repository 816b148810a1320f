"""What a comparison of tables finds, and what it passes over."""

import numpy as np
import pandas as pd
import pytest
from comparison import Compared, Rules, compared, drawn_again, failing
from specification import Columns
from storing import averaged

pytestmark = pytest.mark.serial

GRADIENTS = Columns(keys=("model", "force", "repeat", "bond"), along=("bond",), vectors=("gradient",))
ERRORS = Columns(keys=("model", "force"), errors=("relative_l2",))
BONDS, REPEATS = 28, 40


def gradients(seed: int = 0, noise: float = 0.0, bias: float = 0.0, repeats: int = 1) -> pd.DataFrame:
    """Gradients of two models that differ in size by far, with noise of a share of the norm of the smaller."""
    exact = np.random.default_rng(99).normal(size=BONDS)
    generator = np.random.default_rng(seed)
    rows = [
        {"model": model, "force": 0.1 + 0.2, "repeat": repeat, "bond": bond + 1, "node": bond // 2, "gradient": value}
        for model, size in (("bar", 1e-9), ("beam", 1e-3))
        for repeat in range(repeats)
        for bond, value in enumerate(size * (exact + bias + noise * generator.normal(size=BONDS)))
    ]
    return pd.DataFrame(rows)


def errors(*values: float) -> pd.DataFrame:
    """Errors of one model at several forces."""
    rows = [{"model": "bar", "force": 1.0 + i, "relative_l2": value, "stable": True} for i, value in enumerate(values)]
    return pd.DataFrame(rows)


def found(
    stored: pd.DataFrame, now: pd.DataFrame, columns: Columns, allow_news: bool = False, **rules: bool
) -> list[str]:
    """A line for each difference."""
    return list(failing({"table": compared("table", stored, now, Rules(columns, **rules))}, allow_news))


def drawn(stored: pd.DataFrame, now: pd.DataFrame, **rules: bool) -> list[str]:
    """The same of means over repeats."""
    a, b = (averaged(frame, GRADIENTS, ("repeat",)) for frame in (stored, now))
    return found(a, b, GRADIENTS, drawn=True, **rules)


def test_a_table_is_as_it_was_in_any_order_and_to_the_last_digits_of_its_keys() -> None:
    now = gradients().sample(frac=1, random_state=1).assign(force=0.3)
    now["gradient"] *= 1 + 1e-12
    assert not found(gradients(), now, GRADIENTS)


@pytest.mark.parametrize("model", ["bar", "beam"])
@pytest.mark.parametrize(("share", "lines"), [(1e-11, 0), (1e-8, 1)])
def test_one_bond_of_one_gradient_is_found_at_a_share_of_its_own_norm(model: str, share: float, lines: int) -> None:
    """1e-8 of the norm is found in the small gradient too, and in the smallest of its bonds."""
    now = gradients()
    own = now[now["model"] == model]["gradient"]
    now.loc[own.abs().idxmin(), "gradient"] += share * np.linalg.norm(own)
    result = found(gradients(), now, GRADIENTS)
    assert len(result) == lines
    assert all(f"1 of 56 rows, 100 times what is allowed; model={model}" in line for line in result)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [(1e-12, 8e-12, 0), (3e-16, 0.0, 0), (0.05, 0.05 * (1 + 1e-7), 0), (0.05, 0.05 * (1 + 1e-5), 1), (1e-12, 1e-8, 1)],
)
def test_errors_are_compared_above_rounding(before: float, after: float, lines: int) -> None:
    assert len(found(errors(0.2, before), errors(0.2, after), ERRORS)) == lines


def test_a_number_is_compared_with_itself_and_not_with_the_largest() -> None:
    """As in the history of a training, whose losses fall by decades."""
    columns = Columns(keys=("epoch",))
    stored = pd.DataFrame({"epoch": range(5), "loss": 10.0 ** -np.arange(5.0)})
    assert not found(stored, stored.assign(loss=stored["loss"] * (1 + 1e-10)), columns)
    assert found(stored, stored.assign(loss=stored["loss"] + [0, 0, 0, 0, 1e-10]), columns)


@pytest.mark.parametrize(("factor", "lines"), [(4.0, 0), (0.2, 0), (30.0, 1), (0.0, 1)])
def test_a_magnitude_stays_within_a_factor(factor: float, lines: int) -> None:
    columns = Columns(keys=("model", "force"), magnitudes=("relative_l2",))
    assert len(found(errors(2e-7), errors(factor * 2e-7), columns)) == lines


def test_rows_that_are_gone_or_new_are_found() -> None:
    assert found(gradients(), gradients()[1:], GRADIENTS) == [
        "table: 1 of 56 rows are gone, as 'model=bar, force=0.3, repeat=0, bond=1'"
    ]
    assert found(gradients()[1:], gradients(), GRADIENTS, allow_news=True)[0].startswith("table: 1 rows are new")
    assert found(gradients(), gradients().assign(bond=1), GRADIENTS)[0].startswith("table: 54 keys are found twice")
    assert found(errors(0.1), errors(), ERRORS)


def test_a_renamed_column_fails_and_a_new_one_may_be_allowed() -> None:
    """New columns are listed; one that has gone fails in any case."""
    now = gradients().assign(strain=0.1)
    assert found(gradients(), now, GRADIENTS) == ["table: column 'strain' is new"]
    assert not found(gradients(), now, GRADIENTS, allow_news=True)
    assert compared("table", gradients(), now, Rules(GRADIENTS)).news == ["column 'strain' is new"]
    renamed = gradients().rename(columns={"gradient": "slope"})
    assert found(gradients(), renamed, GRADIENTS, allow_news=True) == ["table: column 'gradient' is gone"]
    renamed = gradients().rename(columns={"bond": "member"})
    assert found(gradients(), renamed, GRADIENTS, allow_news=True) == ["table: column 'bond' is gone"]


@pytest.mark.parametrize("value", [np.nan, np.inf, "none"])
def test_what_is_no_number_any_more_is_found(value: float | str) -> None:
    now = errors(0.1, 0.2).astype({"relative_l2": object})
    now.loc[1, "relative_l2"] = value
    assert len(found(errors(0.1, 0.2), now.infer_objects(), ERRORS)) == 1


def test_truth_values_and_texts_are_compared_and_those_that_are_ignored_are_not() -> None:
    now = errors(0.1, 0.2)
    now.loc[1, "stable"] = False
    assert "force=2: True is now False" in found(errors(0.1, 0.2), now, ERRORS)[0]
    assert not found(errors(0.1, 0.2), now, Columns(ERRORS.keys, ignored=("stable",)))


def test_numbers_drawn_with_another_seed_pass() -> None:
    """With few draws too; where they should be the same ones, they do not."""
    for repeats in (6, REPEATS):
        for seed in range(3):
            two = [gradients(first + seed, 0.1, repeats=repeats) for first in (0, 1000)]
            assert not drawn(*two)
            assert drawn(*two, same_draws=True)


def test_a_mean_that_is_off_by_chance_is_not_off_twice() -> None:
    """What fails with two sets of draws fails, and what fails with the first alone does not."""
    exact = averaged(gradients(0, 0.1, repeats=REPEATS), GRADIENTS, ("repeat",))
    off, near = (averaged(gradients(1, 0.1, bias, REPEATS), GRADIENTS, ("repeat",)) for bias in (0.3, 0.0))
    first, second = ({"table": compared("table", exact, now, Rules(GRADIENTS, drawn=True))} for now in (off, near))
    assert not list(failing(drawn_again(first, second), False))
    assert list(failing(drawn_again(first, first), False))
    fixed = {"table": compared("table", gradients(), gradients(bias=1e-8), Rules(GRADIENTS))}
    assert list(failing(drawn_again(fixed, {"table": Compared("table")}), False))


@pytest.mark.parametrize(("errors_off", "fails"), [(1, False), (10, True)])
def test_a_mean_that_is_off_is_found(errors_off: float, fails: bool) -> None:
    """By ten standard errors of the difference of two means of so many draws."""
    bias = errors_off * 0.1 * np.sqrt(2 / REPEATS)
    result = drawn(gradients(0, 0.1, repeats=REPEATS), gradients(1, 0.1, bias, REPEATS))
    assert bool(result) == fails
    assert all("drawn vector" in line for line in result)


def test_draws_that_no_longer_differ_are_found() -> None:
    """A camera without its noise has the same mean; and so has one that has got some."""
    noisy, quiet = gradients(0, 1e-3, repeats=REPEATS), gradients(repeats=REPEATS)
    assert drawn(noisy, quiet)
    assert drawn(quiet, noisy)
    assert not drawn(quiet, quiet)


def test_what_is_not_drawn_is_compared_closely_among_draws() -> None:
    quiet = gradients(repeats=REPEATS)
    assert drawn(quiet, quiet.assign(gradient=quiet["gradient"] * (1 + 1e-8)))


def test_rows_that_draws_decide_on_may_come_and_go() -> None:
    """As the steps of a pruning that ends sooner with some seeds; those that are there with all seeds may not."""
    frame = gradients(0, 0.1, repeats=REPEATS)
    some = frame[(frame["bond"] < BONDS) | (frame["repeat"] < 3)]
    assert not drawn(some, frame[frame["bond"] < BONDS])
    assert drawn(frame, frame[frame["bond"] < BONDS])


def test_texts_that_differ_between_draws_are_not_compared() -> None:
    frame = gradients(0, 0.1, repeats=REPEATS)
    mixed = frame.assign(removed=np.where(frame["repeat"] % 2, "1–2", "2–3"))
    assert not drawn(mixed, mixed.assign(removed="4–5"))
    assert not drawn(mixed.assign(removed="4–5"), mixed)
    assert drawn(frame.assign(removed="1–2"), frame.assign(removed="4–5"))


def test_a_table_of_which_nothing_is_said_is_compared_in_its_order() -> None:
    """Numbers one by one, texts exactly: a table that is new can be recorded before columns.toml says what it is."""
    frame = gradients()
    assert not found(frame, frame.copy(), Columns())
    assert found(frame, frame.assign(gradient=frame["gradient"] * (1 + 1e-7)), Columns())
    assert len(averaged(frame, Columns(), ("repeat",))) == 1


def test_empty_tables_are_alike() -> None:
    empty = gradients()[:0]
    assert not found(empty, empty, GRADIENTS)
    assert not drawn(empty, empty)
    assert found(empty, gradients(), GRADIENTS)


def test_deviations_are_in_units_of_what_is_allowed() -> None:
    """So that one can judge a change that is meant."""
    now = gradients()
    own = now[now["model"] == "beam"]["gradient"]
    now.loc[own.index[0], "gradient"] += 0.5e-10 * np.linalg.norm(own)
    table: Compared = compared("table", gradients(), now, Rules(GRADIENTS))
    (gradient,) = (each for each in table.deviations if each.column == "gradient")
    assert gradient.worst == pytest.approx(0.5, rel=1e-4)
    assert gradient.beyond == 0
