"""Texts of figures as they are: names from files are no formulas, whatever stands between their dollar signs."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from femnn.network.network import Network

DOLLAR = re.compile(r"(?<!\\)\$")


def literal(text: str) -> str:
    """Return a text that matplotlib draws as it stands; one that is literal already stays."""
    return DOLLAR.sub(r"\\$", text) if "$" in text else text


def with_literal_texts[T](value: T) -> T:
    """Return data of a figure with all of its texts literal.

    Args:
        value: a text, or what holds texts: frozen dataclasses, lists, tuples and mappings; all else stays as it is.
    """
    found: T = _literal(value)
    return found


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        parts = [_literal(part) for part in value]
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else type(value)(parts)
    if isinstance(value, Mapping):
        pairs = {_literal(key): _literal(part) for key, part in value.items()}
        same = all(a is b and pairs[a] is value[b] for a, b in zip(pairs, value, strict=True))
        return value if same else pairs
    if is_dataclass(value) and not isinstance(value, type | Network):
        changed = {
            field.name: part
            for field in fields(value)
            if field.init and (part := _literal(old := getattr(value, field.name))) is not old
        }
        return replace(value, **changed) if changed else value
    return value
