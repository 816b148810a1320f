"""A crafted mesh is refused at once: it neither fills the memory nor reads other files."""

import base64
import resource
import struct
import time
import zlib
from pathlib import Path

import h5py
import meshio
import numpy as np
import pytest
from mesh_texts import FRAME, FRAME_OLD

from femnn.errors import ConfigError
from femnn.network_files import vtu_arrays
from femnn.network_files.mesh_formats import read_lines
from femnn.network_files.xml_trees import parse_xml

pytestmark = pytest.mark.serial

HUGE = 10**18


def refusal(path: Path) -> str:
    """The one line with which a file is refused, within a second and 300 MB."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ConfigError) as caught:
        read_lines(path)
    assert time.perf_counter() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000
    message = str(caught.value).replace(str(path), "FILE")
    assert "\n" not in message
    assert len(message) < 400
    return message


@pytest.mark.parametrize("number", [HUGE, -5, 2**63, 2**31, 10**40])
@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (FRAME, "5 5 1 5\n", "5 {} 1 5\n"),
        (FRAME, "5 5 1 5\n", "{} 5 1 5\n"),
        (FRAME, "8 8 1 8\n", "{} 8 1 8\n"),
        (FRAME, "5 5 0 0\n", "{} 5 0 0\n"),
        (FRAME, '1 2 "top bar"', '{} 2 "top bar"'),
        (FRAME, '4\n0 1 "clamp"', '{}\n0 1 "clamp"'),
        (FRAME, "1 0 0 5 1 1\n", "1 0 0 5 {} 1\n"),
        (FRAME, "0 1 0 1\n2\n", "0 1 0 {}\n2\n"),
        (FRAME, "1 5 1 1\n8", "1 5 {} 1\n8"),
        (FRAME, "1 5 1 1\n8", "1 5 1 {}\n8"),
        (FRAME, "\n8 2 4", "\n8 2 {}"),
        (FRAME_OLD, "$Nodes\n4\n", "$Nodes\n{}\n"),
        (FRAME_OLD, "$Elements\n6\n", "$Elements\n{}\n"),
        (FRAME_OLD, "1 1 2 4 1 1 2\n", "1 1 {} 4 1 1 2\n"),
        (FRAME_OLD, "1 1 2 4 1 1 2\n", "1 {} 2 4 1 1 2\n"),
        (FRAME_OLD, "1 1 2 4 1 1 2\n", "1 1 2 4 1 1 {}\n"),
    ],
)
def test_counts_and_tags_beyond_the_file_are_refused(tmp_path, text, old, new, number):
    assert old in text
    path = tmp_path / "mesh.msh"
    path.write_text(text.replace(old, new.format(number)))
    assert refusal(path).startswith("Cannot read FILE: it is no valid .msh file (")


@pytest.mark.parametrize("number", [HUGE, -HUGE])
def test_large_tags_are_labels(tmp_path, number):
    """A tag is a name, for which no room is needed."""
    path = tmp_path / "mesh.msh"
    path.write_text(FRAME_OLD.replace("\n1 0 0 5\n", f"\n{number} 0 0 5\n").replace(" 1 2\n", f" {number} 2\n", 1))
    with pytest.raises(ConfigError, match="there is no node 1, which it names"):
        read_lines(path)
    text = path.read_text().replace("4 4 1\n", f"4 4 {number}\n").replace("4 5 1 3\n", f"4 5 {number} 3\n")
    path.write_text(text)
    assert number in read_lines(path).labels


DATA = '$NodeData\n1\n"x"\n1\n0.0\n3\n0\n{}\n{}\n$EndNodeData\n'


@pytest.mark.parametrize(("components", "count"), [(HUGE, 0), (0, 4), (1, HUGE), (10**9, 1)])
def test_data_beyond_the_file_are_refused(tmp_path, components, count):
    path = tmp_path / "mesh.msh"
    path.write_text(FRAME_OLD + DATA.format(components, count))
    assert "components" in refusal(path) or "ends too early" in refusal(path)


def test_many_small_data_do_not_fill_the_memory(tmp_path):
    path = tmp_path / "mesh.msh"
    nodes = "".join(f"{i} {i} 0 0\n" for i in range(5, 20_005))
    text = FRAME_OLD.replace("$Nodes\n4\n", "$Nodes\n20004\n").replace("4 0 10 5\n", f"4 0 10 5\n{nodes}")
    path.write_text(text + DATA.format(9, 0) * 5000)
    assert "numbers; save the mesh without them" in refusal(path)


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><{0}>&b;</{0}>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><{0}>&a;</{0}>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
@pytest.mark.parametrize(("suffix", "root"), [(".vtu", "VTKFile"), (".xdmf", "Xdmf")])
def test_entities_are_refused(tmp_path, suffix, root, text, encoding):
    path = tmp_path / f"mesh{suffix}"
    path.write_text(text.format(root), encoding=encoding)
    assert "it declares the entity 'a', and no entities are read" in refusal(path)


def test_deep_trees_are_refused(tmp_path):
    with pytest.raises(ValueError, match="its elements are more than 64 deep"):
        parse_xml(b"<a>" * 1_000_000)


def vtu(arrays: str, attributes: str = "", points: int = 2, cells: int = 1) -> str:
    return (
        f'<VTKFile type="UnstructuredGrid" {attributes}><UnstructuredGrid><Piece NumberOfPoints="{points}" '
        f'NumberOfCells="{cells}"><Points>{arrays}</Points><Cells><DataArray type="Int32" Name="connectivity">0 1'
        '</DataArray><DataArray type="Int32" Name="offsets">2</DataArray><DataArray type="UInt8" Name="types">3'
        "</DataArray></Cells></Piece></UnstructuredGrid></VTKFile>"
    )


@pytest.mark.parametrize(("stated", "most"), [(48, 2**29), (2**31, 2**24)])
def test_compressed_blocks_unpack_to_what_they_state_and_no_more(tmp_path, stated, most, monkeypatch):
    """Zeros take a thousandth of their size when they are compressed."""
    monkeypatch.setattr(vtu_arrays, "MOST_BYTES", most)
    packed = zlib.compress(bytes(2**25), 9)
    header = struct.pack("<4I", 1, stated, 0, len(packed))
    text = (base64.b64encode(header) + base64.b64encode(packed)).decode()
    array = f'<DataArray type="Float64" NumberOfComponents="3" format="binary">{text}</DataArray>'
    path = tmp_path / "mesh.vtu"
    path.write_text(vtu(array, 'compressor="vtkZLibDataCompressor"'))
    assert "its compressed data unpack to more than they state" in refusal(path)


ENDLESS = 'format="binary">' + base64.b64encode(struct.pack("<I", 2**32 - 1)).decode()
"""Data whose header states four gigabytes."""


@pytest.mark.parametrize(
    ("array", "attributes", "message"),
    [
        (ENDLESS, "", "end too early"),
        (ENDLESS, 'compressor="vtkZLibDataCompressor"', "end too early"),
        ('format="appended" offset="999999999999">', "", "end too early"),
        ('format="binary">AAAA', 'compressor="vtkLZ4DataCompressor"', "it is compressed by vtkLZ4DataCompressor; save"),
        (">0 0 0 1", "", "are not of 3 components each"),
        (">0 0 0", "", "it states 2 points and holds 1"),
        (">0 0 0 1 0 x", "", "it is no valid .vtu file"),
    ],
)
def test_arrays_that_contradict_themselves_are_refused(tmp_path, array, attributes, message):
    path = tmp_path / "mesh.vtu"
    path.write_text(vtu(f'<DataArray type="Float64" NumberOfComponents="3" {array}</DataArray>', attributes))
    assert message in refusal(path)


@pytest.mark.parametrize(
    "head", [f"POINTS {HUGE} double", f"POINTS 2 double\n0 0 0 1 0 0\nCELLS {HUGE} {HUGE}", "POINTS -1 double"]
)
@pytest.mark.parametrize("form", ["ASCII", "BINARY"])
def test_counts_of_older_vtk_files_beyond_the_file_are_refused(tmp_path, head, form):
    path = tmp_path / "mesh.vtk"
    path.write_text(f"# vtk DataFile Version 3.0\nx\n{form}\nDATASET UNSTRUCTURED_GRID\n{head}\n")
    assert "it is no valid .vtk file" in refusal(path)


def test_ranges_of_abaqus_are_not_written_out(tmp_path):
    path = tmp_path / "mesh.inp"
    path.write_text(
        f"*NODE\n1,0,0\n2,1,0\n*ELEMENT,TYPE=T2D2\n1,1,2\n*NSET,NSET=a,GENERATE\n1,{HUGE},1\n"
        + "".join(f"*NSET,NSET=s{i + 1}\ns{i},s{i}\n" for i in range(60))
        + "*NSET,NSET=s0\na\n"
    )
    start = time.perf_counter()
    assert read_lines(path).group("s60", "x").tolist() == [0, 1]
    assert time.perf_counter() - start < 1


XDMF = (
    '<Xdmf Version="3.0"><Domain><Grid><Geometry GeometryType="XY"><DataItem Dimensions="2 2" Format="{}">{}</DataItem>'
    '</Geometry><Topology TopologyType="Polyline"><DataItem Dimensions="1 2" DataType="Int" Format="XML">0 1</DataItem>'
    "</Topology></Grid></Domain></Xdmf>"
)


@pytest.mark.parametrize("name", ["../secret.h5", "/etc/secret.h5", "sub/../../secret.h5", "sub/own.h5", "link.h5", ""])
def test_data_outside_of_the_folder_are_not_read(tmp_path, name):
    folder = tmp_path / "own"
    (folder / "sub").mkdir(parents=True)
    for path in (tmp_path / "secret.h5", folder / "sub" / "own.h5"):
        with h5py.File(path, "w") as file:
            file["x"] = np.eye(2)
    (folder / "link.h5").symlink_to(tmp_path / "secret.h5")
    (folder / "mesh.xdmf").write_text(XDMF.format("HDF", f"{name}:/x"))
    assert "which is not in its own folder; put both into one folder" in refusal(folder / "mesh.xdmf")


def test_raw_files_and_missing_files_are_not_read(tmp_path):
    path = tmp_path / "mesh.xdmf"
    path.write_text(XDMF.format("Binary", "/etc/passwd"))
    assert "data of the format 'Binary'; save it with data in XML or HDF5" in refusal(path)
    path.write_text(XDMF.format("HDF", "none.h5:/x"))
    assert "there is no such file beside it" in refusal(path)
    (tmp_path / "none.h5").write_text("no HDF5")
    assert "none.h5 is no HDF5" in refusal(path)


def external(file: h5py.File, folder: Path) -> None:
    file["x"] = h5py.ExternalLink("secret.h5", "/x")


def outside(file: h5py.File, folder: Path) -> None:
    (folder / "secret").write_bytes(bytes(32))
    file.create_dataset("x", (2, 2), "f8", external=[(str(folder / "secret"), 0, 32)])


def virtual(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((2, 2), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "x", (2, 2))
    file.create_virtual_dataset("x", layout)


def endless(file: h5py.File, folder: Path) -> None:
    inner = file.create_group("a/b")
    inner["c"] = file["a"]


def unwritten(file: h5py.File, folder: Path) -> None:
    """Of the size of a continent, and nothing of it is there."""
    file.create_dataset("x", (10**12, 2), "f8", chunks=(1000, 2), compression="gzip")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (external, "links to another file, 'x'"),
        (outside, "has data that lie in another file, '/x'"),
        (virtual, "has data that lie in another file, '/x'"),
        (unwritten, "unpacks to more than 512 MB"),
        (endless, "has a group, 'c', at two places"),
    ],
)
@pytest.mark.parametrize("suffix", [".xdmf", ".med"])
def test_hdf5_stays_within_itself_and_within_the_memory(tmp_path, make, message, suffix):
    name = "data.h5" if suffix == ".xdmf" else "mesh.med"
    with h5py.File(tmp_path / name, "w") as file:
        make(file, tmp_path)
    if suffix == ".xdmf":
        (tmp_path / "mesh.xdmf").write_text(XDMF.format("HDF", "data.h5:/x"))
    assert message in refusal(tmp_path / f"mesh{suffix}")


def test_data_are_not_asked_for_again_and_again(tmp_path):
    """A small file can stand for as much memory as it names a larger one."""
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file.create_dataset("x", (2**23, 2), "f8", chunks=(2**16, 2), compression="gzip")
    item = '<Attribute Name="a" Center="Node"><DataItem Dimensions="2" Format="HDF">data.h5:/x</DataItem></Attribute>'
    text = XDMF.format("XML", "0 0 1 0").replace("</Grid>", 20 * item + "</Grid>")
    (tmp_path / "mesh.xdmf").write_text(text)
    assert "it asks for the same data again and again" in refusal(tmp_path / "mesh.xdmf")


def test_lines_of_three_columns_are_no_lines(tmp_path):
    """Read row by row they would be other bonds."""
    path = tmp_path / "mesh.xdmf"
    text = XDMF.format("XML", "0 0 1 0").replace('"1 2"', '"2 3"').replace(">0 1<", ">0 1 0 1 0 1<")
    path.write_text(text)
    assert "its cells of the kind line are of the shape (2, 3)" in refusal(path)
    meshio.Mesh(np.eye(3), [("line", [[0, 7]])]).write(tmp_path / "mesh.vtu")
    assert "a line ends at a point that is not there" in refusal(tmp_path / "mesh.vtu")
