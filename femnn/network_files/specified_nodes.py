"""Nodes that a specification names: by label or group, as supports and as ports."""

from collections.abc import Mapping
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from femnn.config.directions import AXES, Direction, in_dimension
from femnn.config.settings import Settings
from femnn.errors import NetworkError
from femnn.network.port import Port
from femnn.network_files.labels import spanned
from femnn.network_files.mesh_formats import Lines
from femnn.network_files.planes import in_plane


class SupportSettings(Settings):
    """Nodes that are held, by label or by the group of a mesh file."""

    nodes: list[int] | None = None
    group: str | None = None
    fixed: Annotated[str, Field(pattern="^[xyz]+$")] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.nodes is None) == (self.group is None):
            raise ValueError("give either nodes or group")
        return self


class PortSettings(Settings):
    """A node and a direction."""

    node: int
    direction: Direction


def index_of(label: int, labels: npt.NDArray[np.int64], name: str) -> int:
    """Return the index of the node of a label.

    Raises:
        NetworkError: there is none; ``name`` is that of the network, for the message.
    """
    found = np.flatnonzero(labels == label)
    if not found.size:
        raise NetworkError(f"{name}: there is no node {label}; nodes are {spanned(labels)}.")
    return int(found[0])


def fixed_by(supports: tuple[SupportSettings, ...], lines: Lines, name: str) -> npt.NDArray[np.bool_]:
    """Return which components supports hold, shape (N, d).

    Raises:
        ConfigError: a support names a group that there is not.
        NetworkError: a support names a node or a component that there is not.
    """
    fixed = np.zeros(lines.nodes.shape, dtype=np.bool_)
    # Directions are those of the file; what is across its plane is held anyhow
    axes = lines.axes if len(lines.axes) == lines.nodes.shape[1] else AXES[: lines.nodes.shape[1]]
    across = "" if axes in ("xy", AXES) else next(axis for axis in AXES if axis not in axes)
    for support in supports:
        components = (support.fixed or axes).replace(across, "") if across else support.fixed or axes
        if not set(components) <= set(axes):
            raise NetworkError(f"{name}: a support holds {components!r}, but the network has only {axes!r}.")
        if support.group is not None:
            held = lines.group(support.group, name)
        else:
            held = np.array([_node(label, lines, name) for label in support.nodes or []], dtype=np.int64)
        fixed[np.ix_(held, [axes.index(c) for c in components])] = True
    return fixed


def ports_of(settings: Mapping[str, PortSettings], lines: Lines, name: str) -> dict[str, Port]:
    """Return ports by name, with directions in the network's plane.

    Raises:
        NetworkError: a direction points out of the plane.
    """
    found = {}
    for port, value in settings.items():
        what = f"{name}: port {port!r}"
        direction = in_plane(value.direction, lines.axes)
        if direction is None and lines.axes != "xy":
            raise NetworkError(f"{what} points out of the plane {'–'.join(lines.axes)} of the file.")
        direction = in_dimension(direction or value.direction, lines.nodes.shape[1], what)
        found[port] = Port(lines.merged.get(value.node, value.node), direction)
    return found


def _node(label: int, lines: Lines, name: str) -> int:
    return index_of(lines.merged.get(label, label), lines.labels, name)
