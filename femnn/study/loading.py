"""Studies from their folders, and their settings from files and the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from femnn.config import resources
from femnn.config.settings import assigned, assigned_keys, validated
from femnn.config.settings_paths import placed, written_in
from femnn.config.toml_files import read_toml
from femnn.config.trust import CONFIG, untrusted_source
from femnn.config.user_code import imported
from femnn.errors import ConfigError
from femnn.study.study import Study, told


@dataclass(frozen=True)
class Loaded:
    """A study as loaded from its folder."""

    name: str
    folder: Path
    kind: type[Study]
    """The class that the folder's ``study.py`` defines."""

    @property
    def title(self) -> str:
        """What the report is headed with."""
        return told(self.kind.__doc__)[0]

    @property
    def question(self) -> str:
        """What the study answers."""
        return told(self.kind.__doc__)[1]

    @property
    def ships(self) -> bool:
        """Whether settings name the study by its name, and not by its path."""
        shipped = resources.names("studies").get(self.name)
        return shipped is not None and shipped.resolve() == self.folder.resolve()

    def settings(self, values: Mapping[str, Any], where: str) -> Study:
        """Settings of this study from plain values.

        Raises:
            ConfigError: they are not valid; the message names what is wrong.
        """
        return validated(self.kind, values, where)


def read_settings(name: str, assignments: Sequence[str] = ()) -> tuple[Path, dict[str, Any], str]:
    """Where a study is, and its settings with those of the command line over them.

    Args:
        name: name of a folder in studies/, path of such a folder, or path of a TOML file with settings, which lies in
            the study's folder or names the study by ``study = "name"``. Paths in it are relative to its folder.
        assignments: ``"key=value"`` as on the command line.

    Returns:
        Folder of the study, plain settings, and the file they were read from.

    Raises:
        ConfigError: there is no such study, or its files cannot be read.
    """
    path = resources.find("studies", name)
    file = path / "study.toml" if path.is_dir() else path
    values = written_in(read_toml(file), file.parent)
    if file.name == CONFIG:
        values = placed(values, file.parent)
    named = values.pop("study", None)
    if "network" in assigned_keys(assignments):
        # What the file says of nodes stays what it was written for
        values.setdefault("written_for", values.get("network", Study.model_fields["network"].default))
    folder = _named_study(str(named), file.parent) if named else file.parent
    if not (folder / "study.py").is_file():
        raise ConfigError(f'{file} belongs to no study: there is no study.py beside it; name one with study = "...".')
    return folder, assigned(values, assignments), f"{file}{' with --set' if assignments else ''}"


def _named_study(name: str, base: Path) -> Path:
    """The folder of a study that a file in another folder names.

    What an untrusted run folder names is never a folder that happens to have the name of a study that ships.
    """
    shipped = resources.names("studies").get(name) if untrusted_source() else None
    if shipped is None and (base / name / "study.py").is_file():
        return base / name
    return shipped or resources.find("studies", name)


def load_study(folder: Path) -> Loaded:
    """Import the ``study.py`` of a folder.

    Raises:
        ConfigError: it cannot be imported, or does not define one study.
    """
    module = imported(folder / "study.py", "study", package=True)
    kinds = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Study) and value.__module__ == module.__name__
    ]
    if len(kinds) != 1:
        raise ConfigError(
            f"{folder / 'study.py'} defines {len(kinds) or 'no'} classes that are studies; it needs one, as "
            "class MyStudy(Study)."
        )
    title, question = told(kinds[0].__doc__)
    if not title or not question:
        raise ConfigError(
            f"{folder / 'study.py'}: the docstring of {kinds[0].__name__} needs the study's title in its first line, "
            "and the question that it answers after an empty line."
        )
    return Loaded(folder.resolve().name, folder, kinds[0])
