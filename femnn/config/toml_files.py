"""TOML from files and from the command line, bounded in size and depth."""

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from femnn.config.limits_of_input import DEEPEST, LARGEST_TOML, LONGEST_TEXT
from femnn.errors import ConfigError

DOTTED = re.compile(rf"(?<![\w-])(?:(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){{{DEEPEST},}}")
"""A key of many parts."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        ConfigError: the file cannot be read, is too large or nested too deeply, or is no TOML; the message names it.
    """
    try:
        return parsed(toml_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
    except ValueError as error:
        raise ConfigError(f"{path} is no valid TOML: {error}.") from error


def toml_text(path: Path) -> str:
    """Return the text of a TOML file.

    Raises:
        OSError, ValueError: it cannot be read, is no file as devices and pipes are, too large, or not in UTF-8.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise OSError(0, "it is no regular file")
    if found.st_size > LARGEST_TOML:
        megabytes = f"{found.st_size / 1e6:.0f} MB, at most {LARGEST_TOML / 1e6:.0f} MB are read"
        raise ValueError(f"it is too large ({megabytes}; large networks belong in a table or a mesh file)")
    return path.read_text(encoding="utf-8")


def parsed(text: str) -> dict[str, Any]:
    """Return the tables of a text.

    Raises:
        ValueError: it is no TOML, or nested too deeply.
    """
    if "\0" in text or "\\u0000" in text or "\\U00000000" in text:
        raise ValueError("it has a NUL character, which no name can have")
    try:
        # It takes tomllib a time that grows with the square of the number of parts
        if DOTTED.search(text):
            raise RecursionError
        tables = tomllib.loads(text)
        _check_depth(tables, DEEPEST)
    except RecursionError:
        raise ValueError(f"it has more than {DEEPEST} tables or lists in each other") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:
        # Python refuses to read integers of thousands of digits
        if "integer string conversion" in str(error):
            raise ValueError("an integer in it has thousands of digits") from error
        raise
    return tables


def toml_value(text: str) -> Any:
    """Return a text read as a TOML value, or as it stands where it is none: ``5``, ``["spring"]``, ``5 gf``.

    Raises:
        ValueError: it is too long or nested too deeply, or a number of thousands of digits.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a value has at most {LONGEST_TEXT} characters, not {len(text)}")
    try:
        return parsed(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def _check_depth(value: Any, left: int) -> None:
    if not left:
        raise RecursionError
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, dict | list):
                _check_depth(part, left - 1)
