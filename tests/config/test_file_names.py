"""Names that users choose make file names that stay in their folder and are never shared."""

from itertools import combinations

import pytest

from femnn.config.file_names import file_name

NAMES = [
    "", ".", "..", "...", "a", "A", "a b", "a/b", "a\\b", "a%2Fb", "../../x", "/etc/passwd", "~", "C:x", "a\nb",
    "a\x00b", "\x1b[2J", "-rf", ".hidden", "end.", "end", "end ", " end", "left 0.6 mm", "links–rechts", "ä", "%", "%%",
    "*?", "\ud800", "x" * 400, "x" * 401, "ß" * 200, "/" * 90,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_file_of_its_folder(tmp_path, name):
    """It has no separator, is no folder above, is not hidden, and a file system takes it with a suffix."""
    path = tmp_path / f"{file_name(name)}.bp"
    path.write_text("")
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert not path.name.startswith(".")
    assert path.name.isprintable()
    assert not (tmp_path / file_name(name)).samefile(tmp_path) if (tmp_path / file_name(name)).exists() else True


def test_two_names_are_two_files():
    for one, other in combinations(NAMES, 2):
        assert file_name(one) != file_name(other), (one, other)


@pytest.mark.parametrize("name", ["0-bar-exact-0", "separate-5gf-continuum-2d-forward", "left 0.6 mm", "ä"])
def test_a_harmless_name_stays_as_it_is(name):
    assert file_name(name) == name
