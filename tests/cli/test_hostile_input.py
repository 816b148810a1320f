"""Whatever a file or an option says: one line with the cause and status 2, at once, and nothing is written."""

import time
from pathlib import Path

import pytest

from femnn.cli import main

pytestmark = pytest.mark.serial

TRIANGLE = """
nodes = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
bonds = [[1, 2], [1, 3], [2, 3]]
supports = [{ nodes = [1] }, { nodes = [2] }]
[inputs]
a = { node = 3, direction = [0.0, 1.0] }
[outputs]
b = { node = 3, direction = [1.0, 0.0] }
"""
LATTICE = '[lattice]\nkind = "{kind}"\n{sizes}\n'
SQUARES = LATTICE.format(kind="triangular", sizes="columns = {columns}\nrows = 3\nspacing = {spacing}")

SETTINGS = {
    "a tower of powers": ("adjoint_forces=9**9**9**9 gf", "is no quantity"),
    "an expression": ("adjoint_forces=2 mm * 3 gf", "is no quantity"),
    "a range": ("adjoint_forces=0..1e12 step 1e-9", "is no quantity"),
    "thousands of digits": ("adjoint_forces=" + "9" * 5000, "thousands of digits"),
    "a seed of thousands of digits": ("seed=" + "7" * 4400, "thousands of digits"),
    "a large seed": ("seed=" + "7" * 30, "less than or equal to 9223372036854775807"),
    "brackets": ("adjoint_forces=" + "[" * 5000, "more than 50 tables or lists"),
    "dots": ("a." * 3000 + "x=1", "more than 50 tables"),
    "a long list": ("adjoint_forces=" + ", ".join(str(1 + n / 7) for n in range(11_000)), "has at most"),
    "a long list of names": ("models=" + ",".join(["bar"] * 20_000), "at most 10000 items"),
    "many repeats": ("repeats=1000000000000", "less than or equal to 1000000"),
    "infinity without a unit": ("adjoint_forces=1e400", "finite number"),
    "infinity": ("adjoint_forces=1e400 N", "too large"),
    "more than can be computed with": ("adjoint_forces=1e300 N", "too large to compute with"),
    "less than can be computed with": ("adjoint_forces=1e-320", "too small to compute with"),
    "below zero": ("adjoint_forces=-1 gf", "must be above 0"),
    "zero": ("adjoint_forces=0", "must be above 0"),
    "no number": ("adjoint_forces=nan", "must be above 0"),
    "codes of terminals": ("cases=\x1b[31mred\u202e", r"\x1b[31mred\u202e"),
    "a device": ("network=/dev/zero", "no such path"),
    "a path that is too long": ("network=" + "a" * 5000, "There is no 'aaaa"),
    "a search that there is not": ("solver.options.femnn_critical_nonsense=3", "search for critical points"),
}

NETWORKS = {
    "no nodes": (TRIANGLE.replace("[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]", "[]"), "nodes is empty"),
    "no bonds": (TRIANGLE.replace("[[1, 2], [1, 3], [2, 3]]", "[]"), "there are no bonds"),
    "one coordinate": (
        TRIANGLE.replace("[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]", "[[0.0], [1.0], [2.0]]"),
        "two or three",
    ),
    "tiny": (TRIANGLE.replace("1.0", "1e-320"), "check the unit"),
    "huge": (TRIANGLE.replace("[1.0, 0.0], [0.0, 1.0]]", "[1e300, 0.0], [0.0, 1e300]]"), "check the unit"),
    "no number": (TRIANGLE.replace("[1.0, 0.0],", "[nan, 0.0],"), "finite"),
    "a node of many digits": (TRIANGLE.replace("[2, 3]]", "[2, 99999999999999999999999]]"), "there is no node"),
    "a spacing of 1e-320": (SQUARES.format(columns=3, spacing=1e-320), "too small"),
    "a spacing of 1e300": (SQUARES.format(columns=3, spacing=1e300), "too large"),
    "a spacing below zero": (SQUARES.format(columns=3, spacing='"-1 mm"'), "above 0"),
    "a spacing of zero": (SQUARES.format(columns=3, spacing=0), "above 0"),
    "a spacing that is infinite": (SQUARES.format(columns=3, spacing="inf"), "finite"),
    "many columns": (SQUARES.format(columns=10**9, spacing='"1 mm"'), "at most|most of a generated lattice"),
    "no columns": (SQUARES.format(columns=0, spacing='"1 mm"'), "at least 1"),
    "a seed of thousands of digits": (
        LATTICE.format(kind="disordered", sizes="columns=3\nrows=3\nspacing=1\njitter=0.1\nseed=" + "3" * 4000),
        "less than or equal to",
    ),
    "a modulus of zero": ('[lattice]\nkind = "li2024"\n[section]\nmodulus = 0\n', "above 0"),
    "NUL in a name": (TRIANGLE.replace("a = {", '"a\\u0000" = {'), "NUL"),
    "NUL as it is": (TRIANGLE + "\0", "NUL"),
    "deep": ("x = " + "[" * 20_000, "more than 50 tables or lists"),
    "deep keys": (".".join(["a"] * 20_000) + " = 1", "more than 50 tables or lists"),
    "deep headers": ("\n".join(f"[{'.'.join('a' * n)}]" for n in range(1, 1500)), "more than 50 tables or lists"),
    "Latin": ('description = "Fl\xe4che"'.encode("latin-1"), "utf-8"),
    "large": ("# " + "x" * 100_000_000, "too large"),
}


def refused(arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The line with which a run is refused."""
    start = time.monotonic()
    with pytest.raises(SystemExit) as ended:
        main(["run", "gradient-error", "--out", str(folder / "run"), "--set", "models=spring", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.startswith("femnn: ")
    assert error.count("\n") == 1
    assert error[:-1].isprintable()
    assert len(error) < 1600
    assert not (folder / "run").exists()
    # A second of a core of one's own; tests share theirs
    assert time.monotonic() - start < 5
    return error


@pytest.mark.parametrize(("setting", "cause"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, cause: str
) -> None:
    assert cause in refused(["--set", setting], tmp_path, capsys)


@pytest.mark.parametrize(("content", "cause"), NETWORKS.values(), ids=NETWORKS)
def test_a_network_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | bytes, cause: str
) -> None:
    path = tmp_path / "network.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    line = refused(["--set", f"network={path}"], tmp_path, capsys)
    assert any(part in line for part in cause.split("|"))


def test_options_that_read_other_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PETSc would follow them at once, and a device without end."""
    path = tmp_path / "options"
    path.write_text("-femnn_forward_ksp_type cg\n-options_file /dev/zero\n", encoding="utf-8")
    assert "line 2 has -options_file" in refused(["--set", f"solver.name={path}"], tmp_path, capsys)


def test_chebyshev_iterations_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without bounds of the eigenvalues of a structure under load they end the process in PETSc."""
    options = ("ksp_type=chebyshev", "pc_type=jacobi")
    chosen = [part for option in options for part in ("--set", f"solver.options.femnn_forward_{option}")]
    with pytest.raises(SystemExit) as ended:
        main(["run", "gradient-error", "--out", str(tmp_path / "run"), "--set", "models=beam", *chosen])
    assert ended.value.code == 2
    assert "chebyshev needs bounds of the eigenvalues" in capsys.readouterr().err
