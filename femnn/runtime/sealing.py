"""Lines of JSON with a digest of their content, so that a line that was damaged is not taken for a result."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SEAL = "sha256"
"""Key of the digest."""


def sealed(record: Mapping[str, Any]) -> str:
    """Return a record as one line of JSON, with its digest; floats keep all bits.

    Args:
        record: JSON-able values by name; none is called "sha256".
    """
    text = json.dumps(dict(record))
    return f'{text[:-1]}{", " if record else ""}"{SEAL}": "{_digest(text)}"}}\n'


def unsealed(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line, or None where the line is not as :func:`sealed` wrote it."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    seal = record.pop(SEAL, None)
    return record if seal == _digest(json.dumps(record)) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
