"""What is called by name: a path that the user gives, else a name in the checkout, else one in the installed copy.

Networks, solvers, studies and measurements are.
"""

import errno
from pathlib import Path

from femnn.errors import ConfigError

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent
INSTALLED = PACKAGE / "_data"

SUFFIXES = {"meshes": ".toml", "solvers": ".petsc"}
"""What a name lacks to be a file of its folder."""
MARKS = {"studies": "study.toml", "measurements": "gradients.csv"}
"""The file by which a folder is known to be of a kind whose names are folders."""


def folders(kind: str) -> list[Path]:
    """Folders of a kind ("meshes", "solvers", "studies" or "measurements") that exist, in the order of the search."""
    return [folder for folder in (CHECKOUT / kind, INSTALLED / kind) if folder.is_dir()]


def names(kind: str) -> dict[str, Path]:
    """Everything of a kind that can be called by name, sorted by name."""
    found: dict[str, Path] = {}
    for folder in reversed(folders(kind)):
        if kind in SUFFIXES:
            found |= {path.stem: path for path in folder.glob(f"*{SUFFIXES[kind]}")}
        else:
            found |= {path.parent.name: path.parent for path in folder.glob(f"*/{MARKS[kind]}")}
    return dict(sorted(found.items()))


def find(kind: str, name: str) -> Path:
    """The file or folder that ``name`` stands for.

    Args:
        kind: "meshes", "solvers", "studies" or "measurements".
        name: a path, or a name from the folder of this kind; or STUDY/SETTINGS for a study's further settings.

    Raises:
        ConfigError: there is neither such a path nor such a name; the message lists the names there are.
    """
    path = Path(name)
    # A folder that merely has the name of a study, such as that of its run, is not meant
    if _is_file(path) or (kind in MARKS and _is_file(path / MARKS[kind])):
        return path
    known = names(kind)
    if name in known:
        return known[name]
    study, slash, settings = name.partition("/")
    if kind == "studies" and slash and study in known and _is_file(file := known[study] / f"{settings}.toml"):
        return file
    # A name in a settings file was looked for beside that
    shown, place = (path.name, f"such path as {path}") if path.is_absolute() else (name, "such path")
    raise ConfigError(f"There is no {shown!r} in {kind}/ and no {place}; there are: {', '.join(known) or 'none'}.")


def _is_file(path: Path) -> bool:
    """Whether there is such a file; none has a name that is longer than names of files can be."""
    try:
        return path.is_file()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return False
