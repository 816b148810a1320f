"""What is shown of texts from elsewhere: one line, nothing that a terminal obeys, not without end."""

import pytest

from femnn.config.file_errors import explained, naming
from femnn.config.plain_text import LONGEST, LONGEST_MESSAGE, one_line

pytestmark = pytest.mark.serial


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\nb", "a\0b", "\u202eabc", "\ud800", "\x9b2J", "\x07", "a\u2028b"])
def test_no_character_is_obeyed(text: str) -> None:
    assert one_line(text).isprintable()
    assert "\x1b" not in one_line(text)


def test_what_can_be_shown_stays() -> None:
    assert one_line("Fläche ∂L/∂k № 3: 'a b'") == "Fläche ∂L/∂k № 3: 'a b'"


@pytest.mark.parametrize("text", ["a" * 10_000, f"no {'a b ' * 3000!r}", "word " * 10_000])
def test_long_texts_lose_their_middle(text: str) -> None:
    shown = one_line(text)
    assert len(shown) <= LONGEST_MESSAGE
    assert max(map(len, shown.split())) <= LONGEST
    assert "..." in shown


def test_errors_name_the_file_and_what_to_do(tmp_path) -> None:
    path = tmp_path / "table.csv"
    with pytest.raises(OSError, match="No space left") as raised, naming(path):
        raise OSError(28, "No space left on device")
    assert explained(raised.value) == (
        f"Cannot write {path}: No space left on device; free some space, or choose another place with --out."
    )
    assert "No access to x: Permission denied" in explained(PermissionError(13, "Permission denied", "x"))
