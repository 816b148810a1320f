"""Text from files and commands as it may be shown on a terminal: one line, without control codes, not without end."""

import re

LONGEST = 300
"""Characters of one quotation or word that are shown."""
LONGEST_MESSAGE = 1500
"""Characters of a message that are shown."""
LONG = re.compile(rf"[^\s'\"]{{{LONGEST},}}|'[^']{{{LONGEST},}}'|\"[^\"]{{{LONGEST},}}\"")
"""A word or a quotation that is longer than what is shown of it."""


def printable(text: str) -> str:
    """Return a text as one line in which whatever a terminal would obey is written out by its number.

    Marks that reverse the direction of text are written out too; line ends and tabs become spaces.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else _written_out(c) for c in text)


def one_line(text: str) -> str:
    """Return a message as one printable line, with the middle of overlong words, quotations and messages left out."""
    shown = LONG.sub(lambda match: shortened(match[0], LONGEST), printable(text.strip()))
    return shortened(shown, LONGEST_MESSAGE)


def shortened(text: str, longest: int) -> str:
    """Return a text with its middle left out where it is longer than so many characters."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
