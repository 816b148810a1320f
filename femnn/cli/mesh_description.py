"""A network meshed, checked, described and drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from femnn.errors import ConfigError
from femnn.meshing.lines import line_mesh
from femnn.network.network import Network
from femnn.network.plausibility import warn_of
from femnn.network_files.specification import load_network
from femnn.network_files.writers import write_network
from femnn.report.lattice_marks import LatticeField
from femnn.report.lattice_plots import lattice, view_of, write_labels
from femnn.report.plots import drawing, save
from femnn.runtime.notices import collected
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI


def describe_mesh(name: str, out: Path | None, figure: Path | None, comm: MPI.Comm) -> str:
    """Mesh a network over the ranks and describe it.

    Args:
        name: a network's name or path.
        out: file to which the network is written.
        figure: file to which it is drawn.
        comm: ranks; all of them call.

    Raises:
        ConfigError: a file cannot be read or written.
        NetworkError: the network is ill-formed.
        MeshError: the mesh is not that of the network.
    """
    network = on_root(comm, lambda: load_network(name))
    with collected(comm):
        warn_of(network)
    mesh = line_mesh(network, comm).mesh
    shares = comm.allgather(mesh.topology.index_map(1).size_local)
    if out is not None:
        on_root(comm, lambda: write_network(network, out))
    if figure is not None:
        on_root(comm, lambda: draw_network(network, figure))
    low, high = network.stiffness_bounds
    size = " × ".join(f"{1e3 * extent:.4g}" for extent in np.ptp(network.nodes, axis=0))
    lines = [
        f"{network.name}: {len(network.nodes)} nodes, {len(network.bonds)} bonds, {network.dimension}D, {size} mm",
        f"supports: {int(network.fixed.any(axis=1).sum())} nodes held, {int(network.fixed.sum())} components",
        f"stiffness: {network.stiffness.min():.6g} to {network.stiffness.max():.6g} N/m, "
        f"bounds {low.min():.6g} to {high.max():.6g} N/m",
        f"ports: inputs {', '.join(network.inputs) or 'none'}; outputs {', '.join(network.outputs) or 'none'}",
        f"mesh: {sum(shares)} cells and {mesh.topology.index_map(0).size_global} vertices, as the network asks for; "
        f"up to {network.largest_degree} cells at a vertex; cells by rank {shares}",
        *(f"note: {note}" for note in network.notes),
        *(f"written: {path}" for path in (out, figure) if path is not None),
    ]
    return "\n".join(lines)


def draw_network(network: Network, path: Path) -> None:
    """Draw a network with its supports and the labels of its nodes.

    Raises:
        ConfigError: the file cannot be written, or is of a kind that matplotlib does not know.
    """
    picture, axes = drawing(1, 1, 7, 6)
    lattice(LatticeField(network=network), axes[0, 0], network.name)
    write_labels(axes[0, 0], network, 1e3 * network.nodes @ view_of(network))
    try:
        save(picture, path, dpi=160)
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot draw to {path}: {getattr(error, 'strerror', None) or error}.") from error
