"""What a run is made of, by content: its settings, its network, and the files that settings name."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from femnn.config.settings import Settings, with_units
from femnn.config.settings_paths import RENAMED
from femnn.config.trust import outside
from femnn.errors import FemnnError
from femnn.insitu.belonging import PUBLISHED
from femnn.network.identity import content_of
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.study.referred_files import referred, with_names


def by_content(settings: Settings, network: Network) -> dict[str, Any]:
    """Return settings as plain values, in which the content of every file that they name stands for its path.

    So they are the same wherever the files are, and others where a file was changed. A network is known by what
    equilibria depend on, and not by the text of its file. Files are read by every rank that calls; wrap the call in
    :func:`femnn.runtime.ranks.on_root`.

    Args:
        settings: the settings.
        network: the network of the run.

    Raises:
        OSError: a file cannot be read.
    """
    context = {RENAMED: cache(_content)}
    values: dict[str, Any] = settings.model_dump(mode="json", by_alias=True, exclude_none=True, context=context)
    others = {text: _content(text, path) for text, path in _paths(values).items()}
    replaced: dict[str, Any] = with_texts(values, {text: it for text, it in others.items() if Path(text).is_absolute()})
    return {**replaced, "network": content_of(network), "files": sorted(others.values())}


def with_texts(values: Any, changed: Mapping[str, str]) -> Any:
    """Return plain values with some texts, wherever they are in them, changed."""
    if isinstance(values, dict):
        return {key: with_texts(value, changed) for key, value in values.items()}
    if isinstance(values, list):
        return [with_texts(value, changed) for value in values]
    return changed.get(values, values) if isinstance(values, str) else values


def whole_paths(values: Any) -> dict[str, Path]:
    """Return the files that plain values name by absolute paths in settings that are mere texts, by these."""
    return {text: path for text, path in _paths(values).items() if path.is_absolute() and not outside(path)}


def _paths(values: Any) -> dict[str, Path]:
    """Files that texts name whose settings do not say that they are paths, as in a study of one's own."""
    if isinstance(values, dict | list):
        parts = values.values() if isinstance(values, dict) else values
        return {text: path for part in parts for text, path in _paths(part).items()}
    if not isinstance(values, str) or not set("./") & set(values):
        return {}
    try:
        return {values: Path(values)} if Path(values).is_file() else {}
    except (OSError, ValueError):
        # Too long for a path, or with a character that none has
        return {}


def own_files(settings: Settings) -> dict[str, str]:
    """Return the texts of settings that name files, by the content of these."""
    found = dict[str, str]()

    def noted(text: str, path: Path | None) -> str:
        if path is not None:
            found[_content(text, path)] = text
        return text

    with_units(settings, noted)
    return found


def own_paths(files: Mapping[str, str]) -> frozenset[Path]:
    """Return the files of :func:`own_files`, resolved, and those that belong to them."""
    paths = [Path(text) for text in files.values()]
    return frozenset(path.resolve() for own in paths for path in (own, *referred(own).values()))


def with_own_files[S: Settings](settings: S, files: Mapping[str, str]) -> S:
    """Return settings of a run folder that name the user's own files in the place of copies of the same content.

    Args:
        settings: the settings.
        files: as :func:`own_files` gives them.
    """
    plain = with_units(settings, lambda text, path: text if path is None else files.get(_content(text, path), text))
    return type(settings).model_validate(plain)


def _content(text: str, path: Path | None) -> str:
    """What stands for a file that settings name: the text itself where there is none, or it is a published network."""
    if path is None or text in PUBLISHED:
        return text
    network = _network(path)
    if network is not None:
        return f"network {content_of(network)}"
    if path.suffix == ".petsc":
        lines = (line.split(b"#")[0].strip() for line in path.read_bytes().splitlines())
        return f"options {[line.decode('utf-8', 'replace') for line in lines if line]}"
    digest, others = hashlib.sha256(), referred(path)
    names = {text: file.name for text, file in others.items()}
    for file in (path, *others.values()):
        digest.update(hashlib.sha256(with_names(file.read_bytes(), file.suffix, names)).digest())
    return f"sha256 {digest.hexdigest()}"


def _network(path: Path) -> Network | None:
    """The network that a specification of one's own stands for; None of any other file."""
    if path.suffix != ".toml":
        return None
    try:
        return load_network(path)
    except FemnnError:
        return None
