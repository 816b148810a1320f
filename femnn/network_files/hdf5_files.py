"""Whether an HDF5 file from elsewhere can be read: within itself, and without filling the memory."""

from pathlib import Path

import h5py

MOST_BYTES = 2**29
"""Size of all data of a file together, when unpacked (bytes)."""
MOST_OBJECTS = 20_000
"""Groups and data sets of a file."""


def require_plain_hdf5(path: Path) -> dict[str, int]:
    """Check a file before a library reads it, and return the size of each of its data sets (bytes) by its path.

    Raises:
        ValueError: it is no HDF5; it has links to other files, or data that lie in other files; or its data would be
            larger than :data:`MOST_BYTES`, as data sets of a few bytes can claim to be; a group is at two places.
    """
    if not h5py.is_hdf5(path):
        raise ValueError(f"{path.name} is no HDF5")
    sizes: dict[str, int] = {}
    objects = 0
    with h5py.File(path, "r") as file:
        groups = [file["/"]]
        seen = {_address(file["/"])}
        while groups:
            group = groups.pop()
            for name in group:
                objects += 1
                if objects > MOST_OBJECTS:
                    raise ValueError(f"{path.name} has more than {MOST_OBJECTS} groups and data sets")
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise ValueError(f"{path.name} links to another file, {name!r}, and such links are not followed")
                if isinstance(link, h5py.SoftLink):
                    raise ValueError(f"{path.name} has a symbolic link, {name!r}, and such links are not followed")
                found = group[name]
                if isinstance(found, h5py.Group):
                    # Damaged files have groups that hold those that they are in
                    if _address(found) in seen:
                        raise ValueError(f"{path.name} has a group, {name!r}, at two places")
                    seen.add(_address(found))
                    groups.append(found)
                elif isinstance(found, h5py.Dataset):
                    sizes[found.name] = _size(found, path)
    if sum(sizes.values()) > MOST_BYTES:
        raise ValueError(f"{path.name} unpacks to more than {MOST_BYTES >> 20} MB")
    return sizes


def _address(group: h5py.Group) -> int:
    """Where in its file a group is."""
    return int(h5py.h5o.get_info(group.id).addr)


def _size(data: h5py.Dataset, path: Path) -> int:
    if data.external or data.is_virtual:
        raise ValueError(f"{path.name} has data that lie in another file, {data.name!r}, and these are not read")
    return int(data.size or 0) * int(data.dtype.itemsize)
