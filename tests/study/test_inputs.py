"""Inputs of a run are known by content."""

from dataclasses import replace
from pathlib import Path

import pytest

from femnn.network.identity import content_of
from femnn.network.lattices import li2024
from femnn.study.inputs import digests

pytestmark = pytest.mark.serial


def test_files_are_known_by_content_wherever_settings_name_them(tmp_path: Path) -> None:
    """In tables, in lists and as a function in a Python file; what is no file is passed over."""
    table, loss = tmp_path / "data.csv", tmp_path / "loss.py"
    table.write_text("a\n1\n")
    loss.write_text("x = 1\n")
    settings = {
        "task": {"data": str(table)},
        "behaviour": [{"loss": f"{loss}:mine"}],
        "name": "iris",
        "text": "x" * 9999,
    }
    before = digests(settings, li2024())
    assert before.keys() == {"network", str(table), str(loss)}
    for path in (table, loss):
        path.write_text(path.read_text().replace("1", "2"))
        after = digests(settings, li2024())
        assert [name for name in before if before[name] != after[name]] == [str(path)]
        before = after


def test_networks_are_known_by_all_that_equilibria_depend_on() -> None:
    """Not by their names and files; the file of a network that settings name is passed over."""
    network = li2024()
    assert content_of(network) == content_of(replace(network, name="other"))
    fixed = network.fixed.copy()
    fixed[5] = True
    others = [
        network.clamped(fixed),
        replace(network, nodes=network.nodes * (1 + 1e-15)),
        replace(network, sections=replace(network.sections, thickness=1.001 * network.sections.thickness)),
    ]
    assert len({content_of(other) for other in (network, *others)}) == 4
    assert digests({"network": __file__}, network).keys() == {"network"}
