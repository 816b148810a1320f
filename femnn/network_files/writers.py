"""Networks written into files, by the suffix of the file."""

from pathlib import Path

from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.network_files import mesh_formats
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.readers import SUFFIXES


def write_network(network: Network, path: Path | str) -> None:
    """Write a network so that :func:`femnn.load_network` reads the same, except for its name.

    Args:
        network: the network.
        path: where to: .msh, .vtu, .xdmf, .csv or .dxf.

    Raises:
        ConfigError: the suffix is unknown, the file cannot be written, or a port's name cannot stand in it.
    """
    path = Path(path)
    if path.suffix == ".csv":
        write_csv(network, path)
    elif path.suffix == ".dxf":
        # Importing the writer of drawings takes half a second, which other files need not wait for
        from femnn.network_files.dxf_writer import write_dxf

        write_dxf(network, None, path)
    elif path.suffix in mesh_formats.FORMATS:
        mesh_formats.write_network(network, path)
    else:
        raise ConfigError(f"Cannot write {path}: its suffix must be one of {', '.join(SUFFIXES)}.")
