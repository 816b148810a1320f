"""Copies of what settings name, in the run's folder: it can be moved, and the originals be changed or deleted."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from femnn.config.settings import Settings, with_units
from femnn.config.settings_paths import INPUTS
from femnn.config.trust import CONFIG
from femnn.errors import ConfigError
from femnn.insitu.belonging import PUBLISHED
from femnn.study import checkpoint
from femnn.study.inputs import whole_paths, with_texts
from femnn.study.loading import Loaded
from femnn.study.points import Point
from femnn.study.records import Record
from femnn.study.referred_files import referred, with_names

SUMS = "SHA256SUMS"
"""Digests of the copies, as the program sha256sum writes and checks them."""
LARGEST = 50_000_000
"""Bytes of the largest file of a study's folder that is copied, where it is no Python file."""
PASSED_OVER = ("__pycache__", "runs")


def copy_inputs(folder: Path, loaded: Loaded, settings: Settings) -> tuple[str, dict[str, Any]]:
    """Copy what a run needs into its folder.

    Args:
        folder: of the run.
        loaded: the study; one that ships is not copied.
        settings: of the run.

    Returns:
        What names the study, and plain settings with units, both with the copies in the place of what was copied.

    Raises:
        ConfigError: files of one name belong to one file.
        OSError: a file cannot be read or copied.
    """
    copies = _Copies(folder)
    reference = loaded.name if loaded.ships else copies.study(loaded.folder)
    values = copies.settings(settings)
    copies.finish()
    return reference, values


class _Copies:
    """Copies of files of one run."""

    def __init__(self, folder: Path) -> None:
        """Begin the folder that holds the copies until all are made.

        Args:
            folder: of the run.
        """
        self._folder, self._draft = folder / INPUTS, folder / f"{INPUTS}.new"
        self._made: dict[Path, str] = {}
        shutil.rmtree(self._draft, ignore_errors=True)
        self._draft.mkdir()

    def settings(self, settings: Settings) -> dict[str, Any]:
        """Return settings as plain values with their units, which name copies in the place of files.

        Raises:
            ConfigError: files of one name belong to one file.
            OSError: a file cannot be read or copied.
        """
        values = with_units(settings, self._named)
        return dict(with_texts(values, {text: self._named(text, path) for text, path in whole_paths(values).items()}))

    def study(self, folder: Path) -> str:
        """Copy a study of one's own; return how the run's settings name it."""
        target = self._free([folder.resolve().name])
        for path in list(_files(folder, self._folder.parent)):
            place = target / folder.resolve().name / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
        return self._reference(target / folder.resolve().name)

    def finish(self) -> None:
        """Put the copies in the place of an earlier run's."""
        copies = [path for path in sorted(self._draft.rglob("*")) if path.is_file()]
        sums = {path.relative_to(self._draft).as_posix(): _sum(path) for path in copies}
        _remove(self._folder)
        if sums:
            (self._draft / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), "utf-8")
            self._folder.mkdir(exist_ok=True)
            for path in self._draft.iterdir():
                path.replace(self._folder / path.name)
        self._draft.rmdir()

    def _named(self, text: str, path: Path | None) -> str:
        """What config.toml has in the place of a text that may name a file; published lattices stay names."""
        if path is None or text in PUBLISHED:
            return text
        whole = path.resolve()
        if whole not in self._made:
            self._made[whole] = self._copied(path)
        return self._made[whole]

    def _copied(self, path: Path) -> str:
        """Copy a file and those that it cannot be read without, side by side."""
        others = referred(path)
        group = {file.name: file for file in (path, *others.values())}
        if any(group[file.name].resolve() != file.resolve() for file in (path, *others.values())):
            raise ConfigError(f"{path} names files in several folders that have one name; give them different names.")
        names = {text: file.name for text, file in others.items()}
        contents = {name: with_names(file.read_bytes(), file.suffix, names) for name, file in group.items()}
        target = self._free(list(contents))
        for name, content in contents.items():
            (target / name).write_bytes(content)
        return self._reference(target / path.name)

    def _free(self, names: list[str]) -> Path:
        """The folder of the draft, or one in it, that has none of the names yet."""
        target, number = self._draft, 2
        while any((target / name).exists() for name in (*names, SUMS)):
            target, number = self._draft / str(number), number + 1
        target.mkdir(exist_ok=True)
        return target

    def _reference(self, path: Path) -> str:
        return (Path(INPUTS) / path.relative_to(self._draft)).as_posix()


def digests(folder: Path) -> dict[str, str]:
    """Return the digests of the copies in a run's folder when they were made, by their paths in it."""
    return {f"{INPUTS}/{name}": digest for name, digest in _sums(folder / INPUTS).items()}


def changed(folder: Path) -> str | None:
    """Return the first copy in a run's folder that is not as it was made, or is gone; None where all are whole."""
    return next((name for name, digest in digests(folder).items()
                 if not (folder / name).is_file() or _sum(folder / name) != digest), None)  # fmt: skip


def read_checkpoint(folder: Path, fingerprint: str, points: Iterable[Point]) -> dict[str, Record]:
    """Return what the checkpoint of a run has of points, as :func:`femnn.study.checkpoint.read` does.

    Raises:
        ConfigError: it is of another run; where a copy of an input was changed since, the message names that.
    """
    try:
        return checkpoint.read(folder, fingerprint, points)
    except ConfigError as error:
        name = changed(folder)
        if name is None:
            raise
        raise ConfigError(
            f"{folder / name} was changed since the run began, so that its results are not of it; restore it."
        ) from error


def _files(folder: Path, run: Path) -> Iterator[Path]:
    """Files of a study, without its runs, the one that begins among them, and without hidden and large files."""
    for where, folders, names in os.walk(folder):
        folders[:] = [
            name for name in folders
            if name not in PASSED_OVER and name[0] != "." and not _is_run(Path(where) / name, run)
        ]  # fmt: skip
        for path in (Path(where) / name for name in names if name[0] != "."):
            if path.is_file() and (path.suffix == ".py" or path.stat().st_size <= LARGEST):
                yield path


def _is_run(folder: Path, run: Path) -> bool:
    return (folder / CONFIG).exists() or folder.resolve() == run.resolve()


def _remove(folder: Path) -> None:
    """Remove the copies of an earlier run, and nothing else."""
    for name in [*_sums(folder), SUMS]:
        (folder / name).unlink(missing_ok=True)
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _sums(folder: Path) -> dict[str, str]:
    """Digests of copies by their paths, which are those of files inside the folder whatever is written there."""
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = [line.partition("  ") for line in lines]
    return {name: digest for digest, gap, name in pairs if gap and not {"..", ""} & set(Path(name).parts)
            and not Path(name).is_absolute()}  # fmt: skip


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
