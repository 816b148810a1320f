"""The README of a new project: commands that run as they stand, and what to change next."""

from femnn.network.network import Network
from femnn.projects.project_ports import Sized
from femnn.projects.project_sources import Source
from femnn.projects.project_studies import CLASSES_FILE, DISPLACEMENTS_FILE


def readme_text(name: str, source: Source, sized: Sized, classes: bool, crossing: str | None) -> str:
    """Return README.md.

    Args:
        name: of the project.
        source: where its network is from.
        sized: its ports and loads.
        classes: whether it has a classification.
        crossing: bonds that lie over each other, so that the network cannot be printed; None where none do.
    """
    network, model = sized.network, sized.models[-1]
    learn = [("femnn run classification.toml", "a classifier of two classes")] if classes else []
    commands = [
        ("femnn mesh network.toml --figure network.png", "check the network, and draw it with its labels"),
        ("femnn run gradient-error.toml", "runs/gradient-error/report.html: how wrong a measured gradient is"),
        ("femnn plan plan.toml --out plan.html", "which weights to hang where, and the error to expect"),
        ("femnn run behaviour.toml", "runs/behaviour/report.html: trained to displacements, wanted beside reached"),
        *learn,
        ("femnn run regression.toml", "displacements that follow a force"),
        (f"femnn export network.toml --stiffness runs/behaviour/stiffness.csv --select model={model} --format stl "
         "--out print", "the trained lattice for the printer"),
    ]  # fmt: skip
    if crossing is not None:
        del commands[-1]
    block = "\n".join(f"# {what}\n{command}" for command, what in commands)
    data = f"{CLASSES_FILE} and {DISPLACEMENTS_FILE} are" if classes else f"{DISPLACEMENTS_FILE} is"
    return f"""# {name}

{_about(network, source)} Run in this folder, one after the other:

```sh
{block}
```

Every run has a folder in `runs/` with a report, tables and figures. It holds copies of all that it needs: it can be
moved or mailed, and `femnn report FOLDER` makes its report again. A run that was cut off continues with `--resume`;
`--force` writes over one.
{_unprinted(crossing)}
## What to change

- `network.toml` says what the bonds are made of, where the network is held, loaded and read. What was chosen for you
  says so in a comment. Look at `network.png` for the labels of the nodes.
- The load and what is wanted are in `[case.pull]` of `gradient-error.toml`, in `plan.toml` and in `[behaviour.answer]`
  of `behaviour.toml`. They suit the network as it is: after another modulus, width or size choose them again.
- {data} made up
  so that this network can learn {"them" if classes else "it"}: put your own table in the place.
- Paths in these files begin at the file that they stand in.

## When you have measured

Track the nodes with a camera unloaded, under the data's load, and under the adjoint force (states `rest`,
`forward` and `adjoint`). A table of positions, one row a node and state, gives the gradient that was measured:

    femnn measured positions.csv --network network.toml --case pull --unit px --out gradient.csv
"""


def _unprinted(crossing: str | None) -> str:
    if crossing is None:
        return ""
    return (
        f"\nNothing is written for a printer: bonds {crossing} lie over each other without a joint. Where a node\n"
        "joins them, or with narrower bonds, `femnn export network.toml --out print` writes it.\n"
    )


def _about(network: Network, source: Source) -> str:
    whence = f"`{source.file}`" if source.file else f"the lattice {source.lattice['kind']!r}" if source.lattice else ""
    place = "space" if network.dimension == 3 else "the plane"
    what = f"{len(network.nodes)} nodes and {len(network.bonds)} bonds in {place}"
    joints = ". Its joints transmit moments; only beams and solids carry it" if network.rigid_joints else ""
    return f"A network of {what}, from {whence}{joints}."
