"""Inputs of a run are known by content, wherever they are."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from femnn.config.settings import Settings
from femnn.config.settings_paths import FilePath, FunctionPath, NetworkName
from femnn.network.identity import content_of
from femnn.network.lattices import li2024
from femnn.study.inputs import by_content, own_files, with_own_files

pytestmark = pytest.mark.serial

NETWORK = "nodes = [[0, 0], [1, 0], [0, 1]]\nbonds = [[1, 2], [1, 3], [2, 3]]\n[[supports]]\nnodes = [1, 2]\n"


class Example(Settings):
    network: NetworkName = "li2024"
    other: NetworkName | None = None
    tables: tuple[FilePath, ...] = ()
    loss: FunctionPath | None = None
    text: str = ""


@pytest.fixture
def settings(tmp_path: Path) -> Example:
    folder = tmp_path / "one"
    folder.mkdir()
    for name, text in {"data.csv": "a\n1\n", "loss.py": "x = 1\n", "net.toml": NETWORK}.items():
        (folder / name).write_text(text)
    return example(folder)


def example(folder: Path) -> Example:
    files = (str(folder / "data.csv"), "none.csv")
    return Example(other=str(folder / "net.toml"), tables=files, loss=f"{folder / 'loss.py'}:f", text="iris")


def test_files_are_known_by_content_and_not_by_place(settings: Example, tmp_path: Path) -> None:
    """In lists and as a function in a Python file; a name is a name."""
    before = by_content(settings, li2024())
    shutil.copytree(tmp_path / "one", tmp_path / "two" / "copy")
    assert by_content(example(tmp_path / "two" / "copy"), li2024()) == before
    assert before["text"] == "iris"
    assert before["tables"][1] == "none.csv"
    for name, key in {"data.csv": "tables", "loss.py": "loss"}.items():
        (tmp_path / "one" / name).write_text((tmp_path / "one" / name).read_text().replace("1", "2"))
        after = by_content(settings, li2024())
        assert [k for k in before if before[k] != after[k]] == [key]
        before = after
    # A comment changes no network
    (tmp_path / "one" / "net.toml").write_text(f"# of wood\n{NETWORK}")
    assert by_content(settings, li2024()) == before
    (tmp_path / "one" / "net.toml").write_text(NETWORK.replace("[0, 1]", "[0, 2]"))
    assert by_content(settings, li2024())["other"] != before["other"]


def test_a_mere_text_that_names_a_file_is_known_by_its_content_too(tmp_path: Path) -> None:
    """As a study of one's own may have it; one that is no file is a text."""
    file, before = tmp_path / "mine.csv", by_content(Example(text=str(tmp_path / "mine.csv")), li2024())
    contents = []
    for text in ("a", "b"):
        file.write_text(text)
        contents.append(by_content(Example(text=str(file)), li2024()))
    assert contents[0] != contents[1]
    assert before["text"] == str(file)


def test_copies_give_way_to_the_users_own_files_of_the_same_content(settings: Example, tmp_path: Path) -> None:
    """One whose content is another stays what it is."""
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "one", copy)
    (copy / "loss.py").write_text("import os\n")
    found = with_own_files(example(copy), own_files(settings))
    assert (found.tables, found.other, found.loss) == (settings.tables, settings.other, f"{copy / 'loss.py'}:f")


def test_networks_are_known_by_all_that_equilibria_depend_on(settings: Example) -> None:
    """Not by their names and files."""
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
    assert len({by_content(settings, other)["network"] for other in (network, *others)}) == 4
