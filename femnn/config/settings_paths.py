"""Settings that name files: relative to the file that they stand in, after ``--set`` to the working folder.

A text remembers where it was written (:class:`Written`), and a setting of one of the types below makes a path of it
that holds wherever the run's files are read again. What is a name stays a name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import GetCoreSchemaHandler, SerializationInfo
from pydantic_core import CoreSchema, core_schema

from femnn.config import resources
from femnn.config.trust import outside, untrusted_source

RENAMED = "files"
"""Key of a serialization context: what is written in the place of each file that settings name."""

type Renaming = Callable[[str, Path | None], str]
"""From the text of a setting and the file that it names, None where that is none, to the text in its place. Of a folder
the file is the one by which it is known; of a function in a Python file the text is the path alone."""


class Written(str):
    """A text and the folder from which relative paths in it begin."""

    base: Path

    def __new__(cls, text: str, base: Path) -> Self:
        """Remember the folder beside the text."""
        made = super().__new__(cls, text)
        made.base = base
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, Path]]:
        """Keep the folder where texts are sent to other ranks."""
        return type(self), (str(self), self.base)


def written_in(values: Any, base: Path) -> Any:
    """Return plain values, as read from TOML, with all texts in them as written in a file of a folder.

    Args:
        values: tables, lists and values; texts that remember another folder keep it.
        base: the folder.
    """
    if isinstance(values, dict):
        return {key: written_in(value, base) for key, value in values.items()}
    if isinstance(values, list):
        return [written_in(value, base) for value in values]
    return Written(values, base) if isinstance(values, str) and not isinstance(values, Written) else values


INPUTS = "inputs"
"""Folder of a run folder that holds copies of the files that its settings name."""


def placed(values: Any, folder: Path) -> Any:
    """Return settings of a run folder in which texts that name a copy in it hold in every working folder.

    Settings of the types below need that not; those of a study of one's own may be mere texts.

    Args:
        values: plain values.
        folder: the run folder.
    """
    if isinstance(values, dict):
        return {key: placed(value, folder) for key, value in values.items()}
    if isinstance(values, list):
        return [placed(value, folder) for value in values]
    if (
        isinstance(values, str)
        and values.startswith(f"{INPUTS}/")
        and not outside(folder / values.partition(".py:")[0])
    ):
        return Written(str(folder.resolve() / values), folder)
    return values


@dataclass(frozen=True)
class NamesFile:
    """Annotation of a text that names a file or folder."""

    kind: str | None = None
    """Folder of what can be called by name, as "meshes"; None where paths alone are meant."""
    names: Sequence[str] = ()
    """Further names."""
    inside: bool = False
    """Whether a name may be the path of a file in a folder of the kind."""
    function: bool = False
    """Whether ":name" follows the path."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Place paths before the text is checked, and write them as the context says."""
        return core_schema.no_info_before_validator_function(
            self._placed,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(self._renamed, info_arg=True),
        )

    def found(self, text: str) -> Path | None:
        """Return the file or folder that a text names, relative to the working folder; None where there is none."""
        path = Path(text).expanduser()
        return path if self._exists(path) else self._named(text)

    def _named(self, text: str) -> Path | None:
        if self.kind is None:
            return None
        inside = [folder / text for folder in resources.folders(self.kind)] if self.inside else []
        return resources.names(self.kind).get(text) or next((path for path in inside if self._exists(path)), None)

    def _placed(self, value: object) -> object:
        if not isinstance(value, Written) or not value:
            return value
        text, end = self._parts(str(value))
        path = value.base / Path(text).expanduser()
        if not self._exists(path) and (text in self.names or self._named(text)):
            return str(value)
        source = untrusted_source()
        if source is not None and value.base.resolve().is_relative_to(source.resolve()) and outside(path):
            raise ValueError(f"{text!r} is outside of the run folder {source.name}; femnn reads it only with --trust")
        # A file that is a link keeps its own name
        return str(path.parent.resolve() / path.name) + end

    def _parts(self, text: str) -> tuple[str, str]:
        """The path, and what follows it."""
        path, colon, name = text.rpartition(":")
        return (path, colon + name) if self.function and path else (text, "")

    def _exists(self, path: Path) -> bool:
        mark = resources.MARKS.get(self.kind or "")
        try:
            return path.is_file() or (mark is not None and (path / mark).is_file())
        except (OSError, ValueError):
            # Too long for a path, or with a character that none has
            return False

    def _renamed(self, value: Any, info: SerializationInfo) -> Any:
        rename: Renaming | None = (info.context or {}).get(RENAMED)
        if rename is None or not isinstance(value, str):
            return value
        text, end = self._parts(value)
        found = None if text in self.names and not self._exists(Path(text)) else self.found(text)
        file = found / resources.MARKS[self.kind or ""] if found is not None and found.is_dir() else found
        return rename(text, file) + end


type NetworkName = Annotated[str, NamesFile("meshes")]
"""A network of meshes/ by name, or a path."""
type SolverName = Annotated[str, NamesFile("solvers")]
"""A file of solvers/ by name, or a path."""
type FilePath = Annotated[str, NamesFile()]
type FunctionPath = Annotated[str, NamesFile(function=True)]
"""A function in a Python file, ``"path/to/file.py:name"``."""
