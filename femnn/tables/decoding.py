"""Text of a file that a user names: of bounded size, in an encoding that is certain, or refused by its cause."""

import codecs
from pathlib import Path

from femnn.errors import ConfigError

MOST_BYTES = 64 * 2**20
"""Size of a table at most; larger ones are refused before they are read."""
LONGEST_LINE = 2**20
"""Characters of a line at most."""
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and what follows them; those of UTF-32 begin as those of UTF-16 do."""
OTHER_FILES = (
    (b"PK\x03\x04", "a workbook or a ZIP archive; save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls); save the sheet as CSV UTF-8"),
    (b"\x1f\x8b", "compressed (gzip); unpack it"),
    (b"\x89HDF", "an HDF5 file; write the table as CSV"),
    (b"PAR1", "a Parquet file; write the table as CSV"),
    (b"%PDF", "a PDF; write the table as CSV"),
)
"""How files begin that are no text, and what they are."""
NUL = "there are NUL bytes in it; it is no text, or UTF-16 without a byte order mark: save it as CSV UTF-8."
SHOWN = 24
"""Characters around a byte that messages show."""


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark; lines end with a line feed.

    Args:
        path: the file.

    Raises:
        ConfigError: it cannot be read, is no plain file, is too large, has lines that are too long, or is in another
            encoding; the message names the encoding and the remedy.
    """
    data = _read(path)
    for start, what in OTHER_FILES:
        if data.startswith(start):
            raise ConfigError(f"Cannot read {path} as a table of text: it is {what}.")
    name = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    if name == "utf-8" and b"\0" in data[:SHOWN]:
        raise ConfigError(f"Cannot read {path}: {NUL}")
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise ConfigError(f"Cannot read {path}: {_unreadable(data, name, error)}") from None
    if "\0" in text:
        raise ConfigError(f"Cannot read {path}: {NUL}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (long := _long_line(text)) is not None:
        raise ConfigError(f"Cannot read {path}: line {long} has more than {LONGEST_LINE:,} characters; it is no table.")
    return text


def _read(path: Path) -> bytes:
    try:
        # A device or a pipe may never end
        if path.exists() and not path.is_file():
            raise ConfigError(f"Cannot read {path}: it is no file.")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read {path}: {getattr(error, 'strerror', None) or error}.") from error
    if len(data) > MOST_BYTES:
        raise ConfigError(
            f"Cannot read {path}: it has more than {MOST_BYTES // 2**20} MB, the largest table that is read; keep the "
            "rows and columns that are needed."
        )
    return data


def _long_line(text: str) -> int | None:
    """The number of the first line that is too long, from 1."""
    if len(text) <= LONGEST_LINE:
        return None
    start = number = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        if end - start > LONGEST_LINE:
            return number
        start = end + 1
    return None


def _unreadable(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    """Why bytes are no text, and what to do."""
    if name != "utf-8":
        return f"it begins as {name.upper()} and is not ({error.reason}); save it again, as UTF-8."
    byte, line = data[error.start], data.count(b"\n", 0, error.start) + 1
    around = data[max(0, error.start - SHOWN // 2) : error.start + SHOWN // 2].splitlines()
    shown = next((part for part in around if byte in part), bytes([byte]))
    try:
        text = shown.decode("cp1252")
    except UnicodeDecodeError:
        return f"it is not in UTF-8 (byte 0x{byte:02X} in line {line}); save it as CSV UTF-8."
    return (
        f"it is not in UTF-8 (byte 0x{byte:02X} in line {line}), but perhaps in Windows-1252 or Latin-1, where it "
        f"reads {text!r}; save it as CSV UTF-8, or: iconv -f WINDOWS-1252 -t UTF-8."
    )
