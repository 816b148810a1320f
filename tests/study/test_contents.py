"""What a study says of a run: values, sentences and tables of a report."""

import pytest

from femnn.report.texts import Table
from femnn.study.contents import Finding, Headline, found, headlines, table

pytestmark = pytest.mark.serial


def test_a_table_has_all_headings_in_the_order_in_which_they_come() -> None:
    """Rows that lack one have a dash there."""
    made = table("Errors", [{"model": "bar", "error": "1 %"}, {"model": "beam", "limit": "2 N"}], "Of one seed.")
    assert isinstance(made, Table)
    assert (made.title, made.header, made.note) == ("Errors", ["model", "error", "limit"], "Of one seed.")
    assert made.rows == [["bar", "1 %", "–"], ["beam", "–", "2 N"]]


def test_a_table_without_rows_is_none() -> None:
    assert table("Errors", []) is None


def test_values_and_sentences_keep_their_order() -> None:
    assert headlines({"b": [1], "a": {"c": None}}) == [Headline("b", [1]), Headline("a", {"c": None})]
    assert found(f"{n} bonds." for n in (2, 1)) == [Finding("2 bonds."), Finding("1 bonds.")]
