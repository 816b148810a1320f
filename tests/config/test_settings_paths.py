"""Paths in a settings file begin at that file, those of the command line at the working folder."""

import pickle
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from femnn.config import resources
from femnn.config.settings import assigned, validated
from femnn.config.settings_paths import FilePath, FunctionPath, NamesFile, NetworkName, Written, written_in
from femnn.planning.plan_settings import PlanSettings, plan_settings
from femnn.study.loading import load_study, read_settings

pytestmark = pytest.mark.serial

STUDIES = {name: load_study(folder) for name, folder in resources.names("studies").items()}
NETWORK = (
    'unit = "mm"\nnodes = [[0, 0], [9, 0], [4, -9]]\nbonds = [[1, 2], [1, 3], [2, 3]]\n[[supports]]\nnodes = [1, 2]\n'
)


class Example(BaseModel):
    network: NetworkName = "li2024"
    files: list[FilePath] = []
    loss: FunctionPath | None = None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the settings are; the working folder is another one, with files of the same names."""
    for name in ("desk", "settings"):
        (tmp_path / name / "sub").mkdir(parents=True)
        for file in ("net.toml", "octet", "sub/a b.csv", "loss.py"):
            (tmp_path / name / file).write_text(NETWORK)
    (tmp_path / "settings" / "octet").unlink()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "settings"


def example(folder: Path, values: dict[str, Any], *assignments: str) -> Example:
    return validated(Example, assigned(written_in(values, folder), assignments), "example")


def test_a_path_begins_where_it_was_written(folder: Path) -> None:
    """In a file, in lists, with the name of a function behind it; and after --set at the working folder."""
    values = {"network": "net.toml", "files": ["sub/a b.csv", "../desk/none.csv"], "loss": "loss.py:f"}
    found = example(folder, values)
    assert found.network == str(folder / "net.toml")
    assert found.files == [str(folder / "sub/a b.csv"), str(folder.parent / "desk" / "none.csv")]
    assert found.loss == f"{folder / 'loss.py'}:f"
    changed = example(folder, values, "network=net.toml", 'files=["sub/a b.csv"]')
    assert changed.network == str(Path.cwd() / "net.toml")
    assert changed.files == [str(Path.cwd() / "sub/a b.csv")]
    assert changed.loss == found.loss


def test_names_stay_names_and_whole_paths_stay_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the working folder has a file of the name; one beside the settings is meant."""
    monkeypatch.setenv("HOME", str(folder))
    assert example(folder, {"network": "octet"}).network == "octet"
    assert example(folder, {"network": "~/net.toml"}).network == str(folder / "net.toml")
    assert example(folder, {"network": str(Path.cwd() / "net.toml")}).network == str(Path.cwd() / "net.toml")
    (folder / "octet").write_text("x")
    assert example(folder, {"network": "octet"}).network == str(folder / "octet")
    assert Example(network="net.toml").network == "net.toml"


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b", "", "."])
def test_a_text_that_is_no_path_fails_nowhere(folder: Path, text: str) -> None:
    assert isinstance(example(folder, {"network": text}).network, str)


def test_a_link_keeps_its_name(folder: Path) -> None:
    (folder / "data.csv").symlink_to(folder / "sub" / "a b.csv")
    assert example(folder, {"files": ["data.csv"]}).files == [str(folder / "data.csv")]


def test_texts_are_sent_to_other_ranks_with_their_folder() -> None:
    sent = pickle.loads(pickle.dumps({"a": [Written("x", Path("/f"))]}))
    assert (sent["a"][0], sent["a"][0].base) == ("x", Path("/f"))


def test_settings_files_of_studies_and_plans_are_read_so(folder: Path) -> None:
    """A study's file and a plan's, by their paths from another folder."""
    required = 'models = ["spring"]\ncases = ["ports"]\nestimators = ["product"]\nreferences = ["exact"]\n'
    (folder / "mine.toml").write_text(f'study = "gradient-error"\nnetwork = "net.toml"\n{required}')
    place, values, where = read_settings("../settings/mine.toml")
    assert load_study(place).settings(values, where).network == str(folder / "net.toml")
    _, values, where = read_settings("../settings/mine.toml", ["network=net.toml"])
    both = load_study(place).settings(values, where)
    assert (both.network, both.written_for) == (str(Path.cwd() / "net.toml"), str(folder / "net.toml"))
    (folder / "plan.toml").write_text('network = "net.toml"\nsolver = { name = "own.petsc" }\n')
    plan = plan_settings("../settings/plan.toml")
    assert (plan.network, plan.solver.name) == (str(folder / "net.toml"), str(folder / "own.petsc"))


def fields(kind: Any, seen: set[Any]) -> Iterator[tuple[str, str, Any]]:
    """Every field of settings and of what they hold: the model's name, the field's, and its metadata."""
    if isinstance(kind, typing.TypeAliasType):
        kind = kind.__value__
    for part in typing.get_args(kind):
        yield from fields(part, seen)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
        seen.add(kind)
        for name, field in kind.model_fields.items():
            yield kind.__name__, name, (field.annotation, *field.metadata)
            yield from fields(field.annotation, seen)


def names_file(annotation: Any) -> bool:
    if isinstance(annotation, NamesFile):
        return True
    if isinstance(annotation, typing.TypeAliasType):
        return names_file(annotation.__value__)
    return any(map(names_file, (*typing.get_args(annotation), *getattr(annotation, "__metadata__", ()))))


PATHS = {"network", "written_for", "mesh_file", "data", "loss", "measured", "master_curve"}
"""Names of settings that are paths or may be."""
OTHERWISE = {("ClassificationSettings", "loss"), ("PublishedLoss", "loss")}


def test_every_setting_that_is_a_path_is_of_the_types() -> None:
    """Of all studies and of plans, through tables in tables."""
    seen: set[Any] = set()
    found = [
        field for kind in (*(loaded.kind for loaded in STUDIES.values()), PlanSettings) for field in fields(kind, seen)
    ]
    named = {(model, name) for model, name, annotation in found if any(map(names_file, annotation))}
    assert {name for _, name in named} == PATHS | {"name"}
    for model, name, _ in found:
        if name in PATHS or "file" in name or "path" in name.split("_"):
            assert (model, name) in named | OTHERWISE, (model, name)
