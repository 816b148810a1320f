"""Compilation: what a killed process leaves behind is compiled again; what others are compiling is left alone."""

import fcntl
import os
from pathlib import Path

import dolfinx.jit
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from femnn.errors import ConfigError
from femnn.runtime.compiling import FLAGS, LOCK, compiled

pytestmark = pytest.mark.serial


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of compiled forms."""
    empty = (tmp_path, "folder")
    monkeypatch.setitem(dolfinx.jit.DOLFINX_DEFAULT_JIT_OPTIONS, "cache_dir", empty)
    return tmp_path / "femnn"


@pytest.fixture
def length() -> ufl.Form:
    """The length of an interval, 3."""
    domain = mesh.create_interval(MPI.COMM_SELF, 2, [0.0, 3.0])
    return fem.Constant(domain, 1.0) * ufl.dx(domain)


def test_form_is_compiled_once_into_the_cache(cache, length):
    """The second call finds what the first has made."""
    assert fem.assemble_scalar(compiled(length)) == pytest.approx(3.0)
    libraries = {path: path.stat().st_mtime_ns for path in cache.glob("*.so")}
    assert len(libraries) == 1
    assert fem.assemble_scalar(compiled(length)) == pytest.approx(3.0)
    assert {path: path.stat().st_mtime_ns for path in cache.glob("*.so")} == libraries


def test_what_a_killed_process_left_is_compiled_again(cache, length):
    """A C file without its library, as left by a process killed in between, keeps nobody waiting."""
    compiled(length)
    (library,) = cache.glob("*.so")
    (done,) = cache.glob("*.c.cached")
    library.unlink()
    done.unlink()
    assert fem.assemble_scalar(compiled(length)) == pytest.approx(3.0)
    assert done.exists()


def test_compilations_under_way_are_left_alone(cache, length):
    """As long as another process may be compiling, its C file stays; when it is gone, it does not."""
    cache.mkdir()
    mark = cache / "libffcx_forms_of_another.c"
    mark.touch()
    other = os.open(cache / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(other, fcntl.LOCK_SH)
    compiled(length)
    assert mark.exists()
    os.close(other)
    compiled(length)
    assert not mark.exists()


def test_cache_without_locks_serves_all_the_same(cache, length, monkeypatch):
    """Where the file system knows no locks, forms are compiled and nothing is removed."""

    def refused(*_: int) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    cache.mkdir()
    mark = cache / "libffcx_forms_of_another.c"
    mark.touch()
    assert fem.assemble_scalar(compiled(length)) == pytest.approx(3.0)
    assert mark.exists()


def test_flags_of_the_user_win(cache, length, monkeypatch):
    """femnn's flags stand in for DOLFINx' defaults, not for what a user has set."""
    seen = []
    form = fem.form
    monkeypatch.setattr(fem, "form", lambda form_, jit_options: seen.append(jit_options) or form(form_))
    compiled(length)
    monkeypatch.setattr(dolfinx.jit, "_load_options", lambda: ({}, {"cffi_extra_compile_args": ["-O3"]}))
    compiled(length)
    assert [options["cffi_extra_compile_args"] for options in seen] == [FLAGS, ["-O3"]]


def test_a_cache_that_cannot_be_written_is_named(length, monkeypatch):
    """With the variable that sets it; what is compiled already is loaded all the same."""
    monkeypatch.setitem(dolfinx.jit.DOLFINX_DEFAULT_JIT_OPTIONS, "cache_dir", (Path("/dev/null/cache"), "folder"))
    with pytest.raises(
        ConfigError, match=r"compiled forms in /dev/null/cache/femnn: Not a directory; .* XDG_CACHE_HOME"
    ):
        compiled(length)
