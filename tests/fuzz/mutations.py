"""Damage to files: bytes that are flipped, lost, doubled or put in, and numbers, words and lines that are exchanged.

A mutation is a few plain numbers, so that Hypothesis can draw and shrink it and a summary can name it. Places are
shares of the file, so that one mutation fits a file of any length.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HOSTILE = (
    b"\0", b"\xff\xfe", b"1e400", b"-1e400", b"nan", b"inf", b"-1", b"0", b"1e-320", b"1e300", b"0x10", b"9" * 40,
    b"9" * 5000, b"2147483648", b"9223372036854775808", b"-0.0", b"\xc3\xa9", b"\xe9", b"", b" ", b"\n", b"\r\n", b"\t",
    b";", b",", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b"<", b">", b"&", b"#", b"1,5", b"1_0", b"true", b"NA",
    b"x" * 400, "٣".encode(), b"\xe2\x80\xae", b"<script>", b"=1+1", b"../../../etc/passwd", b"1e3", b"0.1", b"%s%n",
    b"\x1b[31m",
)  # fmt: skip
"""What is put in, or in the place of a number or a word."""
TOKEN = re.compile(rb"[-+]?\.?\d[\d.]*(?:[eE][-+]?\d+)?|[A-Za-z_]+|\S")
NUMBER = re.compile(rb"[-+]?\.?\d[\d.]*(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Mutation:
    """One change of a file."""

    kind: str
    place: float
    """Where, as a share of the file's bytes, tokens or lines."""
    other: float
    """A second place, or which hostile text or how many bytes."""

    def of(self, content: bytes) -> bytes:
        """Return the changed content."""
        return KINDS[self.kind](content, self.place, self.other)


def mutated(content: bytes, mutations: Sequence[Mutation]) -> bytes:
    """Return the content after some changes, one after another."""
    for mutation in mutations:
        content = mutation.of(content)
    return content


def drawn(generator: np.random.Generator) -> list[Mutation]:
    """Return one to three random mutations, mostly one."""
    count = 1 + int(generator.integers(4) == 0) + int(generator.integers(8) == 0)
    names = list(KINDS)
    return [
        Mutation(names[generator.integers(len(names))], float(generator.random()), float(generator.random()))
        for _ in range(count)
    ]


def _at(place: float, length: int) -> int:
    return min(int(place * length), max(length - 1, 0))


def _hostile(other: float) -> bytes:
    return HOSTILE[_at(other, len(HOSTILE))]


def _flip(content: bytes, place: float, other: float) -> bytes:
    if not content:
        return content
    i, bit = _at(place, len(content)), _at(other, 8)
    return content[:i] + bytes([content[i] ^ (1 << bit)]) + content[i + 1 :]


def _delete(content: bytes, place: float, other: float) -> bytes:
    i = _at(place, len(content))
    return content[:i] + content[i + 1 + int(64 * other**3) :]


def _double(content: bytes, place: float, other: float) -> bytes:
    i = _at(place, len(content))
    part = content[i : i + 1 + int(256 * other**3)]
    return content[:i] + part + content[i:]


def _truncate(content: bytes, place: float, other: float) -> bytes:
    return content[: _at(place, len(content))]


def _insert(content: bytes, place: float, other: float) -> bytes:
    i = _at(place, len(content))
    return content[:i] + _hostile(other) + content[i:]


def _long_line(content: bytes, place: float, other: float) -> bytes:
    i = _at(place, len(content))
    return content[:i] + b"7" * int(10 ** (3 + 3 * other)) + content[i:]


def _token(content: bytes, place: float, other: float, pattern: re.Pattern[bytes] = TOKEN) -> bytes:
    """A hostile text in the place of a token."""
    tokens = list(pattern.finditer(content))
    if not tokens:
        return content
    begin, end = tokens[_at(place, len(tokens))].span()
    return content[:begin] + _hostile(other) + content[end:]


def _number(content: bytes, place: float, other: float) -> bytes:
    return _token(content, place, other, NUMBER)


def _swap_tokens(content: bytes, place: float, other: float) -> bytes:
    tokens = list(TOKEN.finditer(content))
    if len(tokens) < 2:
        return content
    first, second = sorted((_at(place, len(tokens)), _at(other, len(tokens))))
    (a, b), (c, d) = tokens[first].span(), tokens[second].span()
    return content if first == second else content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _next_number(content: bytes, place: float, other: float) -> bytes:
    """A number of the file in the place of another."""
    numbers = list(NUMBER.finditer(content))
    if not numbers:
        return content
    begin, end = numbers[_at(place, len(numbers))].span()
    return content[:begin] + numbers[_at(other, len(numbers))][0] + content[end:]


def _sign(content: bytes, place: float, other: float) -> bytes:
    numbers = list(NUMBER.finditer(content))
    if not numbers:
        return content
    begin = numbers[_at(place, len(numbers))].start()
    return content[:begin] + (content[begin + 1 :] if content[begin : begin + 1] == b"-" else b"-" + content[begin:])


def _repeat_line(content: bytes, place: float, other: float) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    i = _at(place, len(lines))
    return b"".join([*lines[:i], *[lines[i]] * (1 + int(1 + 20 * other**4)), *lines[i + 1 :]])


def _drop_line(content: bytes, place: float, other: float) -> bytes:
    lines = content.splitlines(keepends=True)
    i = _at(place, len(lines))
    return b"".join(lines[:i] + lines[i + 1 :])


def _swap_lines(content: bytes, place: float, other: float) -> bytes:
    lines = content.splitlines(keepends=True)
    if lines:
        i, j = _at(place, len(lines)), _at(other, len(lines))
        lines[i], lines[j] = lines[j], lines[i]
    return b"".join(lines)


def _line_ends(content: bytes, place: float, other: float) -> bytes:
    """Another way to end lines, or to encode text."""
    choice = _at(place, 4)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content.replace(b"\n", b"\r\n")
    ended = content.replace(b"\n", b"\r\n"), content.replace(b"\n", b"\r")
    encoded = text.encode("utf-16"), b"\xef\xbb\xbf" + content
    return (*ended, *encoded)[choice]


KINDS = {
    "flip": _flip,
    "delete": _delete,
    "double": _double,
    "truncate": _truncate,
    "insert": _insert,
    "long line": _long_line,
    "token": _token,
    "number": _number,
    "other number": _next_number,
    "swap tokens": _swap_tokens,
    "sign": _sign,
    "repeat line": _repeat_line,
    "drop line": _drop_line,
    "swap lines": _swap_lines,
    "line ends": _line_ends,
}
"""The changes by name."""
