"""What a run is made of, by content: its network, and the files that its settings name."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from femnn.network.identity import content_of
from femnn.network.network import Network


def digests(settings: Mapping[str, Any], network: Network) -> dict[str, str]:
    """Return digests of the network and of all files that settings name, by "network" and by the files' paths.

    Files are read by every rank that calls; wrap the call in :func:`femnn.runtime.ranks.on_root`.

    Args:
        settings: plain values.
        network: the network of the run.

    Raises:
        OSError: a file cannot be read.
    """
    # A function in a Python file is named as "file.py:name"
    names = {part for text in _texts(settings) for part in (text, text.partition(".py:")[0] + ".py")}
    files = sorted(name for name in names if _is_file(name))
    return {"network": content_of(network)} | {
        name: hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in files
    }


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        for key, value in values.items():
            # What the network file says is in the network; its own text may change, as by a comment
            yield from () if key == "network" and isinstance(value, str) else _texts(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _texts(value)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        # Too long for a path, or with a character that none has
        return False
