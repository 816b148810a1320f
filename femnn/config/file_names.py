"""File names from names that users choose: of cases, behaviours, networks, trainings and models."""

import hashlib

LONGEST = 120
"""Bytes of a file name, to which a suffix is added; file systems hold 255."""
PLAIN = frozenset(" -_+=.,")
"""What a file name keeps besides letters and digits."""


def file_name(text: str) -> str:
    """Return the name of a file or folder that stands for a text, without any separator of paths.

    Letters, digits and a few signs stay; every other character becomes its bytes, ``%2F`` for "/". Two texts never
    share a name, and no name is hidden, empty, or that of a folder above. A long name ends with a digest of the text.
    """
    name = "".join(c if c.isalnum() or c in PLAIN else _bytes(c) for c in text)
    if name[:1] in (".", " ", ""):
        name = _bytes(name[:1]) + name[1:] if name else "%"
    if name[-1] in ". ":
        name = name[:-1] + _bytes(name[-1])
    encoded = name.encode("utf-8")
    if len(encoded) <= LONGEST:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    # No shorter name has "%~" in it
    return f"{encoded[: LONGEST - 66].decode('utf-8', 'ignore')}%~{digest}"


def _bytes(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
