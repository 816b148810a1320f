"""A new project: a folder with a network of one's own, studies, data and a README whose commands run as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network.sections import AGILUS_SECTION
from femnn.network_files.specification import load_network
from femnn.projects.project_crossings import crossing
from femnn.projects.project_data import classes_table, displacements_table
from femnn.projects.project_network import network_text
from femnn.projects.project_ports import Sized, sized
from femnn.projects.project_readme import readme_text
from femnn.projects.project_sources import Source, file_source, lattice_source
from femnn.projects.project_studies import (
    CLASSES_FILE,
    DISPLACEMENTS_FILE,
    behaviour_text,
    classification_text,
    gradient_error_text,
    plan_text,
    regression_text,
)
from femnn.projects.project_supports import Held, held
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI

USUAL = "triangular"
"""The lattice where none is asked for."""
NETWORK = "network.toml"


@dataclass(frozen=True)
class Request:
    """What a new project is asked to be."""

    folder: Path
    file: Path | None = None
    """A drawing, table, mesh or specification that its network is from."""
    lattice: str | None = None
    """Kind of a lattice, in the place of a file."""
    unit: str | None = None
    """Unit of the file's coordinates."""


def new_project(request: Request, comm: MPI.Comm) -> str:
    """Write a project; nothing is written where anything cannot be used.

    Args:
        request: where to, and of what.
        comm: ranks that share each solve; all of them call.

    Returns:
        What was chosen, and what to do next, for the user.

    Raises:
        ConfigError: the folder holds something, or the file cannot be read.
        NetworkError: the file holds no network that stands.
    """
    source, supports, network = on_root(comm, lambda: _read(request))
    found = sized(network, source.lines.groups, comm)
    return on_root(comm, lambda: _written(request.folder, source, supports, found))


def _read(request: Request) -> tuple[Source, Held, Network]:
    """What is known before anything is solved."""
    _require_free(request.folder)
    if request.file is not None and request.lattice is not None:
        raise ConfigError("Give --from or --lattice, not both.")
    if request.file is None and request.unit is not None:
        raise ConfigError("--unit is that of a file; give --from, or change the lattice's lengths in network.toml.")
    if request.file is not None:
        source = file_source(request.file, request.unit)
    else:
        source = lattice_source(request.lattice or USUAL)
    supports = held(source)
    return source, supports, _network(source, supports)


def _written(folder: Path, source: Source, supports: Held, found: Sized) -> str:
    """Write all files, and say what was chosen."""
    crossed = crossing(found.network)
    files = _files(folder.resolve().name, source, supports, found, crossed)
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise ConfigError(f"Cannot write to {folder}: {error.strerror}; choose another folder.") from error
    return _told(folder, source, supports, found, crossed)


def _require_free(folder: Path) -> None:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigError(f"{folder} is there and not empty; nothing is written over: choose another folder.")
    except OSError as error:
        raise ConfigError(f"Cannot write to {folder}: {error.strerror}; choose another folder.") from error


def _network(source: Source, supports: Held) -> Network:
    """The network as its file will be read, before it has ports."""
    lines = source.lines
    plain = Network(
        lines.nodes, lines.bonds, supports.fixed, source.sections or AGILUS_SECTION, source.inputs, source.outputs,
        lines.labels, "network", supports.rigid_joints,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        for name, content in source.copies.items():
            (Path(folder) / name).write_bytes(content)
        (Path(folder) / NETWORK).write_text(network_text(source, supports, None, plain), encoding="utf-8")
        read = load_network(Path(folder) / NETWORK)
    ports = plain.inputs, plain.outputs
    return Network(read.nodes, read.bonds, read.fixed, read.sections, *ports, read.labels, read.name, read.rigid_joints)


def _files(name: str, source: Source, supports: Held, found: Sized, crossed: str | None) -> dict[str, bytes]:
    """Content of all files by name."""
    classes = classes_table(found)
    texts = {
        "README.md": readme_text(name, source, found, classes is not None, crossed),
        NETWORK: network_text(source, supports, found, found.network),
        "gradient-error.toml": gradient_error_text(found),
        "plan.toml": plan_text(found),
        "behaviour.toml": behaviour_text(found),
        "regression.toml": regression_text(found),
        DISPLACEMENTS_FILE: displacements_table(found),
    }
    if classes is not None:
        texts |= {"classification.toml": classification_text(found), CLASSES_FILE: classes}
    return {**source.copies, **{name: text.encode() for name, text in texts.items()}}


def _told(folder: Path, source: Source, supports: Held, found: Sized, crossed: str | None) -> str:
    network = found.network
    lines = [f"{folder}: {len(network.nodes)} nodes, {len(network.bonds)} bonds; {len(network.inputs)} inputs, "
             f"{len(network.outputs)} outputs"]  # fmt: skip
    chosen = [*source.notes, supports.why, *(f"{kind}: {why}" for kind, why in found.why.items())]
    told = [text for text in dict.fromkeys(chosen) if text in source.notes or "chosen" in text or "marks" in text]
    if supports.rigid_joints:
        told.append("On pins its bars would move without being stretched; joints are rigid, and models are beams.")
    if crossed is not None:
        told.append(f"bonds {crossed} lie over each other without a joint, so that it cannot be printed as it is.")
    told += [text for text in source.lines.notes if text not in told]
    lines += [f"note: {text}" for text in told]
    return "\n".join([*lines, f"Next: cd {folder}, and the commands of README.md."])
