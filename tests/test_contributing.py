"""The templates of CONTRIBUTING.md work as they stand: what they add is found, and no other file is edited."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[1]
SECTIONS = ("A material", "An estimator", "A loss", "A study", "A model")
LONGEST = 60
"""Lines of a section, but for empty ones."""


def test_hooks_run_what_make_check_runs() -> None:
    """In the same order; the hooks take the environment that is active."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    target = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ncheck: ")[1].split("\n\n")[0]
    commands = [line.strip().removeprefix("$(VENV)/bin/") for line in target.splitlines()[1:]]
    assert [hook["entry"] for hook in hooks] == commands


def text_of(section: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.split(f"### {section}\n")[1].split("\n## ")[0].split("\n### ")[0]


def templates(section: str) -> dict[str, str]:
    """Files of one section, by their paths."""
    return dict(re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", text_of(section), re.DOTALL))


def every_file() -> dict[str, str]:
    return {path: body for section in SECTIONS for path, body in templates(section).items()}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the files of all templates, and what their tests need."""
    root = tmp_path_factory.mktemp("contributing")
    caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "femnn", root / "femnn", ignore=caches)
    for name in ("meshes", "solvers", "measurements"):
        (root / name).symlink_to(ROOT / name)
    for name in ("pyproject.toml", "tests/conftest.py", "tests/insitu/conftest.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    for name, body in every_file().items():
        assert not (ROOT / name).exists(), f"{name} is there already"
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(body, encoding="utf-8")
    return root


def python(checkout: Path, *arguments: str) -> str:
    """What a command of Python prints with the package of the copy; it succeeds."""
    environment = os.environ | {"PYTHONPATH": str(checkout)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("section", SECTIONS)
def test_one_source_file_and_one_test_file_are_enough(section: str) -> None:
    """A study has its settings beside them."""
    names = [name for name in templates(section) if name.endswith(".py")]
    assert [name.startswith("tests/") for name in names] == [False, True]
    assert [name for name in templates(section) if name.endswith(".toml")] == (
        ["studies/softness/study.toml"] if section == "A study" else []
    )


@pytest.mark.parametrize("section", SECTIONS)
def test_sections_are_short(section: str) -> None:
    assert len([line for line in text_of(section).splitlines() if line.strip()]) < LONGEST


def test_what_is_added_is_listed_behind_what_ships(checkout: Path) -> None:
    """By ``femnn list``, in which nothing else changes its place."""
    code = "import os; os.environ['COLUMNS'] = '200'; from femnn.cli import main; main(['list'])"
    lines = python(checkout, "-c", code).splitlines()
    names = [line.split()[0] for line in lines if line.strip()]
    for before, added in (("st-venant-kirchhoff", "demiray"), ("nudged-centred", "reversed-product")):
        assert names[names.index(before) + 1] == added
    assert "softness" in names


def test_settings_take_what_is_added(checkout: Path) -> None:
    """A law by its name with its parameters, a loss of classes, and an estimator."""
    code = """
from femnn.insitu.estimators import READINGS
from femnn.study.model_settings import ModelSettings
from femnn.training.tasks.classification import ClassificationSettings
from femnn.training.training_settings import TrainingSettings
law = {"name": "demiray", "stiffening": 0.2}
settings = ModelSettings.model_validate({"continuum-2d": {"material": law}})
assert settings.continuum_2d.material.stiffening == 0.2
assert ModelSettings.model_validate(settings.model_dump(by_alias=True)) == settings
assert ClassificationSettings(loss="one-hot").loss == "one-hot"
assert TrainingSettings(gradient="reversed-product").gradient in READINGS
import sys
assert not {"dolfinx", "petsc4py", "ufl", "basix"} & set(sys.modules)
"""
    python(checkout, "-c", code)


def test_the_tests_of_the_templates_pass(checkout: Path) -> None:
    names = [name for name in every_file() if name.startswith("tests/")]
    passed = python(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names)
    assert f"{len(names)} passed" in passed


def test_checks_of_every_law_and_estimator_hold_for_those_that_are_added(checkout: Path) -> None:
    """As ``femnn verify`` makes them."""
    code = """
from mpi4py import MPI
from femnn.verification import gradient_checks, material_checks
parts = (material_checks.moduli_at_rest, material_checks.frame_indifference, gradient_checks.orders)
checks = [check for part in parts for check in part(MPI.COMM_SELF)]
found = [c for c in checks if "demiray" in c.quantity or "reversed-product" in c.quantity]
assert len(found) == 3 and all(c.passed for c in found), found
"""
    python(checkout, "-c", code)


def test_templates_keep_the_style(checkout: Path) -> None:
    """That of ``make check``, but for types, which take long."""
    files = [name for name in every_file() if name.endswith(".py")]
    python(checkout, "-m", "ruff", "check", *files)
    python(checkout, "-m", "ruff", "format", "--check", *files)
