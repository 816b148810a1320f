"""Studies from their folders, and their settings from files and the command line."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from femnn.config import resources
from femnn.config.settings import assigned, assigned_keys, read_toml
from femnn.config.trust import untrusted_source
from femnn.config.user_code import imported
from femnn.errors import ConfigError
from femnn.study.former.study import Study
from femnn.study.study_settings import StudySettings

PARTS = ("TITLE", "QUESTION", "Settings", "prepare", "points", "measure", "tables", "dataset", "summary", "figures")
OPTIONAL_PARTS = ("states", "attach")
UNITS = "UNITS"


def read_settings(name: str, assignments: Sequence[str] = ()) -> tuple[Path, dict[str, Any], str]:
    """Where a study is, and its settings with those of the command line over them.

    Args:
        name: name of a folder in studies/, path of such a folder, or path of a TOML file with settings, which lies in
            the study's folder or names the study by ``study = "name"``.
        assignments: ``"key=value"`` as on the command line.

    Returns:
        Folder of the study, plain settings, and the file they were read from.

    Raises:
        ConfigError: there is no such study, or its files cannot be read.
    """
    path = resources.find("studies", name)
    file = path / "study.toml" if path.is_dir() else path
    values = read_toml(file)
    named = values.pop("study", None)
    if "network" in assigned_keys(assignments):
        # What the file says of nodes stays what it was written for
        values.setdefault("written_for", values.get("network", StudySettings.model_fields["network"].default))
    folder = _named_study(str(named)) if named else file.parent
    if not (folder / "study.py").is_file():
        raise ConfigError(f'{file} belongs to no study: there is no study.py beside it; name one with study = "...".')
    return folder, assigned(values, assignments), f"{file}{' with --set' if assignments else ''}"


def _named_study(name: str) -> Path:
    """The folder of a study that settings name; what an untrusted run folder names is never a path that is near by."""
    shipped = resources.names("studies").get(name) if untrusted_source() else None
    if shipped is None and (Path(name) / "study.py").is_file():
        return Path(name)
    return shipped or resources.find("studies", name)


def load_study(folder: Path) -> Study:
    """Import the ``study.py`` of a folder.

    Raises:
        ConfigError: it cannot be imported, or lacks one of the parts of a study.
    """
    module = imported(folder / "study.py", "study", package=True)
    missing = [part for part in PARTS if not hasattr(module, part)]
    if missing:
        raise ConfigError(f"{folder / 'study.py'} does not define {', '.join(missing)}.")
    title, question, settings, *functions = (getattr(module, part) for part in PARTS)
    study = Study(folder.resolve().name, folder, title, question, settings, *functions)
    states, attach = (getattr(module, part, None) for part in OPTIONAL_PARTS)
    return replace(study, states=states, attach=attach, units=getattr(module, UNITS, {}))
