"""``femnn export``: what it writes, what it says of it, and what it refuses."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from exported_networks import trained_widths, varied
from small_networks import spatial_frame, strip

from femnn.cli import main
from femnn.errors import MeshError
from femnn.exporting.request import FORMATS
from femnn.network import lattices
from femnn.network.network import Network
from femnn.network_files.csv_writer import write_csv
from femnn.network_files.specification import load_network

pytestmark = pytest.mark.serial


@pytest.fixture
def femnn(capfd):
    """Call the command line; gives the status and what was printed."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        return int(end.value.code or 0), *capfd.readouterr()

    return call


def stored(folder: Path, network: Network) -> Path:
    path = folder / f"{network.name.replace(' ', '-')}.csv"
    write_csv(network, path)
    return path


def test_a_planar_network_is_written_in_all_formats(femnn, tmp_path):
    """The volume that is said is that of the STL file; the mass is of Agilus30, 1.14 g/cm³."""
    source, out = stored(tmp_path, strip()), tmp_path / "new" / "folder"
    status, said, complaint = femnn("export", source, "--out", out, "--fillet-radius", "0.3 mm")
    assert (status, complaint) == (0, "")
    assert sorted(path.name for path in out.iterdir()) == [f"strip.{kind}" for kind in sorted(FORMATS)]
    volume, mass = (float(x) for x in re.search(r"solid: (\S+) mm³, (\S+) g at 1.14 g/cm³", said).groups())
    read = trimesh.load(out / "strip.stl")
    assert read.is_watertight
    assert read.volume == pytest.approx(volume, rel=2e-3)
    assert mass == pytest.approx(1.14e-3 * volume, rel=1e-3)
    assert "9 solids, named for bonds and nodes" in said
    assert "Statistics" not in said


def test_trained_stiffnesses_become_widths(femnn, tmp_path):
    """Where wide neighbours would touch behind their thinned ends, the taper is chosen so that they do not."""
    network = trained_widths(lattices.li2024())
    (tmp_path / "stiffness.csv").write_text(
        "model,bond,stiffness\n"
        + "".join(f"bar,{network.bond_name(b)},{float(k)!r}\n" for b, k in enumerate(network.stiffness))
        + "".join(f"beam,{network.bond_name(b)},100.0\n" for b in range(len(network.bonds))),
        encoding="utf-8",
    )
    chosen = ["--stiffness", tmp_path / "stiffness.csv", "--select", "model=bar", "--format", "svg,csv"]
    status, said, _ = femnn("export", "li2024", "--out", tmp_path, *chosen)
    assert status == 0
    assert re.search(r"taper 2: at 1, bond \S+ and bond \S+ lie over each other; give solids in models the same", said)
    again = load_network(str(tmp_path / "li2024.csv"))
    np.testing.assert_allclose(again.stiffness, network.stiffness, rtol=1e-14)
    (tmp_path / "li2024.csv").unlink()
    status, said, complaint = femnn("export", "li2024", "--out", tmp_path, *chosen, "--taper", "1")
    assert status == 3
    assert re.search(
        r"not written: svg \(.*lie over each other.*\); written: csv; from an earlier export: \S+svg", complaint
    )
    assert complaint.count("\n") == 1
    assert "li2024.svg" not in said
    assert (tmp_path / "li2024.csv").exists()


def test_a_network_in_space_is_written_but_for_outlines(femnn, tmp_path):
    source = stored(tmp_path, varied(lattices.octet(1, 1, 1, 24e-3)))
    status, said, _ = femnn("export", source, "--out", tmp_path / "out", "--format", "dxf,csv")
    assert status == 0
    assert "centre lines alone, for the network is in space" in said
    network = load_network(str(source))
    for suffix in ("dxf", "csv"):
        np.testing.assert_array_equal(load_network(str(tmp_path / "out" / f"octet.{suffix}")).nodes, network.nodes)


def test_a_file_has_the_format_of_its_suffix(femnn, tmp_path):
    source = stored(tmp_path, strip())
    status, said, _ = femnn("export", source, "--out", tmp_path / "one.STP", "--fused")
    assert status == 0
    assert "one solid, read back" in said
    assert (tmp_path / "one.STP").read_text(encoding="ascii").startswith("ISO-10303-21")
    assert len(list(tmp_path.iterdir())) == 2


REFUSED = {
    "unknown network": ("li2023 --out {out}", "There is no 'li2023'"),
    "no out": ("{plane}", "Missing option '--out'"),
    "unknown format": ("{plane} --out {out} --format stepp", "no format 'stepp'; did you mean 'step'?"),
    "kerf of nothing": ("{plane} --out {out} --format stl --kerf 0.1mm", "--kerf is for dxf and svg"),
    "kerf in space": ("{space} --out {out} --kerf 0.1mm", "--kerf is for outlines, and spatial-frame in space"),
    "no kerf": ("{plane} --out {out} --kerf 0mm", "--kerf is 0mm, must be above 0"),
    "outline in space": ("{space} --out {out} --outline-only", "--outline-only is for outlines"),
    "outline of nothing": ("{plane} --out {out} --format svg --outline-only", "--outline-only is for dxf"),
    "coarse printer": ("{plane} --out {out} --resolution 5mm", "leaves nothing of bond 1–2, which is 2 mm wide"),
    "no wall": ("{plane} --out {out} --minimum-wall -1mm", "--minimum-wall is -1mm, must be above 0"),
    "thin for the beam": ("{plane} --out {out} --format dxf --kerf 2.1mm", "bond 1–2 is 2 mm wide"),
    "two formats": ("{plane} --out {out}/a.stl --format stl,svg", "is one file, but --format asks"),
    "unknown suffix": ("{plane} --out {out}/a.obj", "its suffix must be one of step, stl, 3mf, dxf, svg, csv"),
    "svg in space": ("{space} --out {out} --format svg", "has no outline to draw"),
    "fillets in space": ("{space} --out {out} --format stl --fillet-radius 1mm", "fillets are for planar networks"),
    "one solid in space": ("{space} --out {out} --format step --fused", "only a planar network of one thickness"),
    "one solid of nothing": ("{plane} --out {out} --format stl --fused", "--fused is for STEP"),
    "select from nothing": ("{plane} --out {out} --select seed=0", "name it by --stiffness"),
    "no length": ("{plane} --out {out} --pad-radius 1N", "--pad-radius: '1N' has the wrong unit"),
    "small pads": ("{plane} --out {out} --pad-radius 0.1mm", "make pad_radius at least 0.001 m"),
    "no folder": ("{plane} --out {plane}/below", "Cannot write to"),
    "no taper": ("{plane} --out {out} --taper -1", "taper is -1.0, must be at least 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_exported_ends_in_one_line(femnn, tmp_path, name):
    arguments, message = REFUSED[name]
    plane, space = stored(tmp_path, strip()), stored(tmp_path, spatial_frame())
    names = {"out": tmp_path / "out", "plane": plane, "space": space}
    status, said, complaint = femnn("export", *(argument.format(**names) for argument in arguments.split()))
    assert status == 2
    assert message in complaint
    assert complaint.count("\n") == 1
    assert not said


FAILING = {"step": "write_step", "stl": "write_stl", "3mf": "write_3mf", "dxf": "write_dxf", "svg": "write_svg"}


@pytest.mark.parametrize("failing", [*FAILING, "csv"])
def test_a_format_that_fails_leaves_the_others_alone(femnn, tmp_path, monkeypatch, failing):
    """Status 3, a line that says why and what there is, and all other files."""
    from femnn.exporting import export

    def fail(*_, **__):
        raise MeshError("strip: it does not work.")

    monkeypatch.setattr(export, FAILING.get(failing, "write_csv"), fail)
    status, said, complaint = femnn("export", stored(tmp_path, strip()), "--out", tmp_path / "out")
    assert status == 3
    assert complaint.startswith(f"femnn: strip: not written: {failing} (it does not work); written: ")
    assert complaint.count("\n") == 1
    assert {path.suffix[1:] for path in (tmp_path / "out").iterdir()} == {*FORMATS} - {failing}
    assert f"strip.{failing}" not in said
    assert said.count("strip.") == len(FORMATS) - 1


def test_what_cannot_be_a_solid_is_still_a_network(femnn, tmp_path):
    """Pads lie over each other: files without them are written, and one reason stands for all the rest."""
    near = np.array([[0, 0, 0], [20e-3, 0, 0], [10e-3, 15e-3, 0], [10.5e-3, 15e-3, 1e-3], [10e-3, 5e-3, 15e-3]])
    fixed = np.zeros(near.shape, dtype=bool)
    fixed[:2] = True
    bonds = [[0, 2], [1, 2], [0, 3], [1, 3], [2, 4], [3, 4], [0, 4], [1, 4], [2, 3]]
    source = stored(tmp_path, Network(near, bonds, fixed, rigid_joints=True, name="near"))
    status, said, complaint = femnn("export", source, "--out", tmp_path / "out")
    assert status == 3
    assert re.search(r"not written: step, stl and 3mf \(.*\); written: dxf and csv", complaint)
    assert complaint.count("not written") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["near.csv", "near.dxf"]
    assert "centre lines alone" in said


def test_a_laser_gets_the_path_of_its_beam(femnn, tmp_path):
    """The taper is one on which the beam gets between the bonds, and solids are none of the kerf's business."""
    arguments = ["--kerf", "0.15mm", "--resolution", "0.2 mm", "--minimum-wall", "1.1 mm", "--format", "dxf,svg,csv"]
    status, said, complaint = femnn("export", "li2024", "--out", tmp_path, *arguments)
    assert (status, complaint) == (0, "")
    assert re.search(r"taper 1.5: at 1, a gap near node \d+ closes", said)
    assert said.count("moved outwards by half of the kerf of 0.15 mm") == 2
    assert "and nothing else, in mm" in said
    assert "28 of 28 bonds are thinner than the minimum wall of 1.1 mm" in said
    assert "widths are multiples of 0.2 mm as they are" in said


@pytest.mark.parametrize("network", [lattices.octet(1, 1, 1, 24e-3), strip()], ids=["space", "plane"])
def test_a_lattice_far_from_the_origin_has_the_same_solid(femnn, tmp_path, network):
    """Drawings in site coordinates: OpenCASCADE and single precision would make other solids of them."""
    far = replace(network, nodes=network.nodes + np.array([300.0, -2000.0, 10.0])[: network.dimension], name="far")
    volumes = []
    for source in (network, far):
        status, said, complaint = femnn(
            "export", stored(tmp_path, source), "--out", tmp_path / "out", "--format", "stl"
        )
        assert (status, complaint) == (0, "")
        volumes.append(float(re.search(r"solid: (\S+) mm³", said)[1]))
        assert trimesh.load(tmp_path / "out" / f"{source.name}.stl").volume == pytest.approx(volumes[-1], rel=3e-3)
    assert volumes[1] == pytest.approx(volumes[0], rel=1e-5)
    assert "in files of its solid, (" in said
