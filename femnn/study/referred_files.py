"""Files that belong to other files: the drawing of a network, the arrays of an .xdmf, what a Gmsh script includes."""

import re
import tomllib
from pathlib import Path

import tomli_w

from femnn.config.toml_files import read_toml
from femnn.config.trust import outside
from femnn.errors import ConfigError

REFERENCES = {
    ".xdmf": re.compile(rb'([^<>\s"]+\.(?:h5|hdf5)):/'),
    ".geo": re.compile(rb'(?:Include|Merge|ShapeFromFile)\s*\(?\s*"([^"\n]+)"'),
}
"""How files name others, by their suffix."""
FILE = re.compile(r"(?m)^([ \t]*file[ \t]*=[ \t]*)(\"[^\"\n]*\"|'[^'\n]*')")
"""Where a specification of a network names its file."""


def referred(path: Path) -> dict[str, Path]:
    """Return the files that a file names and cannot be read without, those that these name among them.

    Args:
        path: a specification of a network, a mesh, a Gmsh script, or any other file, which then names none.

    Returns:
        By the texts that name them, files that exist; those that an untrusted run folder names inside of it alone.
    """
    found: dict[str, Path] = {}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        for text in _texts(file):
            other = file.parent / Path(text).expanduser()
            if text not in found and other.is_file() and not outside(other):
                found[text] = other
                waiting.append(other)
    return found


def with_names(content: bytes, suffix: str, names: dict[str, str]) -> bytes:
    """Return the content of a file with the files that it names called otherwise.

    Args:
        content: of the file.
        suffix: of the file.
        names: new texts by those that stand in it; what is no reference there stays.
    """
    changed = {old: new for old, new in names.items() if old != new}
    if not changed or suffix not in (".toml", *REFERENCES):
        return content
    if suffix == ".toml":
        return _specification(content.decode("utf-8"), changed).encode()

    def renamed(match: re.Match[bytes]) -> bytes:
        old = match[1].decode("utf-8", "replace")
        return match[0].replace(match[1], changed.get(old, old).encode())

    return REFERENCES[suffix].sub(renamed, content)


def _specification(text: str, names: dict[str, str]) -> str:
    """The text of a specification with its file renamed; comments stay where that can be done without doubt."""
    wanted = tomllib.loads(text)
    if wanted.get("file") not in names:
        return text
    wanted["file"] = names[wanted["file"]]
    changed = FILE.sub(lambda match: match[1] + '"' + wanted["file"] + '"', text, count=1)
    try:
        return changed if tomllib.loads(changed) == wanted else tomli_w.dumps(wanted)
    except tomllib.TOMLDecodeError:
        return tomli_w.dumps(wanted)


def _texts(path: Path) -> list[str]:
    if path.suffix == ".toml":
        try:
            file = read_toml(path).get("file")
        except ConfigError:
            return []
        return [file] if isinstance(file, str) else []
    pattern = REFERENCES.get(path.suffix)
    found = [] if pattern is None else pattern.findall(path.read_bytes())
    return list(dict.fromkeys(text.decode("utf-8", "replace") for text in found))
