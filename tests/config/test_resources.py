"""Names lead to files: in the checkout, else in the installed copy; a path that exists is taken as it is."""

import pytest
from mpi4py import MPI

from femnn.config import resources
from femnn.errors import ConfigError


@pytest.fixture
def two_places(comm_tmp_path, monkeypatch):
    """A checkout and an installed copy with one mesh in common."""
    if MPI.COMM_WORLD.rank == 0:
        for place, names in (("checkout", ["shared", "new"]), ("installed", ["shared", "old"])):
            (comm_tmp_path / place / "meshes").mkdir(parents=True)
            for name in names:
                (comm_tmp_path / place / "meshes" / f"{name}.toml").touch()
        (comm_tmp_path / "checkout" / "studies" / "first").mkdir(parents=True)
        (comm_tmp_path / "checkout" / "studies" / "first" / "study.toml").touch()
        (comm_tmp_path / "checkout" / "studies" / "unfinished").mkdir()
    MPI.COMM_WORLD.barrier()
    monkeypatch.setattr(resources, "CHECKOUT", comm_tmp_path / "checkout")
    monkeypatch.setattr(resources, "INSTALLED", comm_tmp_path / "installed")
    return comm_tmp_path


def test_the_checkout_comes_before_the_installed_copy(two_places):
    assert resources.find("meshes", "shared") == two_places / "checkout" / "meshes" / "shared.toml"
    assert resources.find("meshes", "old") == two_places / "installed" / "meshes" / "old.toml"


def test_names_are_those_of_both_places(two_places):
    assert list(resources.names("meshes")) == ["new", "old", "shared"]


def test_a_study_is_a_folder_with_its_table(two_places):
    assert resources.names("studies") == {"first": two_places / "checkout" / "studies" / "first"}


def test_a_path_is_taken_as_it_is(two_places):
    path = two_places / "installed" / "meshes" / "shared.toml"
    assert resources.find("meshes", str(path)) == path


def test_an_unknown_name_lists_those_there_are(two_places):
    with pytest.raises(
        ConfigError, match="There is no 'li2025' in meshes/ and no such path; there are: new, old, shared"
    ):
        resources.find("meshes", "li2025")


def test_an_empty_kind_says_so(two_places):
    with pytest.raises(ConfigError, match="there are: none"):
        resources.find("solvers", "lu")


def test_the_meshes_of_the_program_are_found():
    assert "li2024" in resources.names("meshes")


@pytest.mark.parametrize("kind", ["meshes", "solvers", "studies", "measurements"])
@pytest.mark.parametrize("name", ["n" * 5000, f"gradient-error/{'n' * 5000}", "\0"])
def test_names_that_no_file_can_have_are_refused_as_others(kind, name):
    with pytest.raises(ConfigError, match=f"There is no .* in {kind}/ and no such path"):
        resources.find(kind, name)
