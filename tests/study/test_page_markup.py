"""Texts from files in a report: none is markup."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from femnn.network.lattices import li2024
from femnn.report.figure import Axis, Figure, Panel
from femnn.report.marks import Curve
from femnn.report.texts import Table
from femnn.study.page import Page, write_report
from femnn.study.store import write_figures
from femnn.training.tasks.classification import ClassificationSettings

pytestmark = pytest.mark.serial

HOSTILE = '</pre></td><script>alert("x")</script><img src=x onerror=alert(1)>"\' onload=alert(1) &lt; $x$ {{ 7*7 }}'


class Found(HTMLParser):
    """Elements and attributes of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def page(folder: Path, text: str) -> Found:
    """A report with a text in every place that takes one."""
    panel = Panel([Curve(x=[0, 1], y=[0, 1], name=text)], text, x=Axis(text), y=Axis(text))
    figure = Figure("figure", text, text, [[panel]], (12, 12))
    write_figures(folder, [figure, replace(figure, name="other")])
    shown = Page(
        title=text, question=text, settings=ClassificationSettings(data=text, label=text),
        network=replace(li2024(), name=text), stated={"notes": [text], "warnings": [text]}, findings=[text],
        tables=[Table(text, [text], [[text]], text)], figures=[figure, replace(figure, name="other")],
        provenance={text: text}, failures=[text], measured=1, missing=1,
    )  # fmt: skip
    write_report(folder / "report.html", shown)
    found = Found()
    found.feed((folder / "report.html").read_text(encoding="utf-8"))
    return found


def test_texts_are_no_markup(tmp_path: Path) -> None:
    """The elements and attributes of the page are those that it has with plain texts, and the texts are all there."""
    (tmp_path / "plain").mkdir()
    hostile, plain = page(tmp_path, HOSTILE), page(tmp_path / "plain", "plain")
    assert hostile.tags == plain.tags
    assert "script" not in hostile.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]
    assert hostile.text.count(HOSTILE) >= 12
