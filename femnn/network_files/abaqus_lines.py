"""Lines of Abaqus' input files: keywords with their options, and the rows of data that follow each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Keyword:
    """A keyword with what follows it."""

    name: str
    """In capitals, without the star."""
    options: dict[str, str]
    """Options by name in capitals; of one without a value ""."""
    line: int
    """Number of its line."""
    rows: list[list[str]] = field(default_factory=list)
    """Words of each line of data, between commas and stripped."""

    def joined(self, count: int) -> Iterator[list[str]]:
        """Rows of at least ``count`` words, where a row may go on in the next line."""
        row: list[str] = []
        for more in self.rows:
            row += [word for word in more if word]
            if len(row) >= count:
                yield row
                row = []
        if row:
            yield row


def keywords(content: bytes) -> Iterator[Keyword]:
    """Yield the keywords of a file in their order.

    Raises:
        ValueError: the file is not text in UTF-8 or Latin-1, or begins with data.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if "\0" in text:
        raise ValueError("it is no text")
    current: Keyword | None = None
    head = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("**"):
            continue
        if head or line.startswith("*"):
            head += line
            if head.endswith(","):
                # Options may go on in the next line
                continue
            if current:
                yield current
            current, head = _keyword(head, number), ""
        elif current is None:
            raise ValueError(f"its line {number} is of no keyword")
        else:
            current.rows.append([word.strip() for word in line.split(",")])
    if current:
        yield current


def _keyword(head: str, line: int) -> Keyword:
    name, *options = next(csv.reader([head[1:]], skipinitialspace=True))
    pairs = [option.partition("=") for option in options if option.strip()]
    named = {key.strip().upper(): value.strip().strip('"') for key, _, value in pairs}
    return Keyword(" ".join(name.upper().split()), named, line)
