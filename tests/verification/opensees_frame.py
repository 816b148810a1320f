"""A frame of corotational beams in OpenSees, in a process of its own: both it and DOLFINx bring BLAS and state.

    python opensees_frame.py TASK.json ANSWER.json

Lengths are in mm and forces in mN, which keeps forces and moments of one size. The 3D elements serve in the plane too.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openseespy.opensees as ops

TOLERANCE = 1e-7
"""Norm of the unbalanced force at which Newton's method stops (mN)."""


def solve(task: dict[str, Any]) -> dict[str, Any]:
    """Displacements (mm) and rotations of the joints, shape (N, 6), and the smallest eigenvalue of the tangent.

    Args:
        task: ``nodes`` (mm, shape (N, 3)), ``bonds`` (shape (B, 2)), ``clamped`` (shape (N,)), ``forces`` (mN, shape
            (N, 3)), ``section`` (E, A, I, J, G and the shear factor, None for beams without shear), ``elements`` a
            bond, equal load ``steps``, and ``planar``, whether out-of-plane components are held.

    Raises:
        RuntimeError: Newton's method fails in a load step.
    """
    nodes = np.array(task["nodes"])
    ops.wipe()
    ops.model("basic", "-ndm", 3, "-ndf", 6)
    ops.geomTransf("Corotational", 1, 0.0, 0.0, 1.0)
    for tag, place in enumerate(nodes.tolist(), start=1):
        ops.node(tag, *place)
    element = beam(**task["section"])
    for p, q in task["bonds"]:
        subdivide(p, q, nodes, task["elements"], element)
    for tag in ops.getNodeTags():
        if tag <= len(nodes) and task["clamped"][tag - 1]:
            ops.fix(tag, 1, 1, 1, 1, 1, 1)
        elif task["planar"]:
            ops.fix(tag, 0, 0, 1, 1, 1, 0)
    ops.timeSeries("Linear", 1)
    ops.pattern("Plain", 1, 1)
    for tag, force in enumerate(task["forces"], start=1):
        ops.load(tag, *force, 0.0, 0.0, 0.0)
    analyse(task["steps"], 1 / task["steps"], "UmfPack")
    displacements = [ops.nodeDisp(tag) for tag in range(1, len(nodes) + 1)]
    return {"displacements": displacements, "smallest_eigenvalue": smallest_eigenvalue()}


def beam(E: float, A: float, I: float, J: float, G: float, shear_factor: float | None) -> tuple[str, list[float]]:  # noqa: E741
    """Type of the element and what follows its nodes, the transformation last.

    Shear needs the element that is formulated in forces: ElasticTimoshenkoBeam takes the corotational transformation,
    but answers linearly.
    """
    if shear_factor is None:
        return "elasticBeamColumn", [A, E, G, J, I, I, 1]
    ops.section("Elastic", 1, E, A, I, I, G, J, shear_factor, shear_factor)
    ops.beamIntegration("Lobatto", 1, 1, 3)
    return "forceBeamColumn", [1, 1]


def subdivide(p: int, q: int, nodes: np.ndarray, elements: int, element: tuple[str, list[float]]) -> None:
    """Elements in a row from one node to the other, by their indices."""
    kind, properties = element
    free, chain = max(ops.getNodeTags()) + 1, [p + 1]
    for s in range(1, elements):
        place = nodes[p] + s / elements * (nodes[q] - nodes[p])
        ops.node(free + s, *place.tolist())
        chain.append(free + s)
    chain.append(q + 1)
    first = len(ops.getEleTags() or []) + 1
    for tag, ends in enumerate(pairwise(chain), start=first):
        ops.element(kind, tag, *ends, *properties)


def analyse(steps: int, step: float, system: str) -> None:
    """Add the step to the share of the load, so many times."""
    ops.wipeAnalysis()
    ops.system(system)
    ops.numberer("RCM")
    ops.constraints("Plain")
    ops.test("NormUnbalance", TOLERANCE, 30)
    ops.algorithm("Newton")
    ops.integrator("LoadControl", step)
    ops.analysis("Static")
    if ops.analyze(steps) != 0:
        raise RuntimeError(f"no equilibrium beyond {ops.getTime():.4g} of the load")


def smallest_eigenvalue() -> float:
    """Smallest eigenvalue of the tangent's symmetric part at the state: above 0, the equilibrium is stable."""
    analyse(1, 0.0, "FullGeneral")
    size = ops.systemSize()
    tangent = np.array(ops.printA("-ret")).reshape(size, size)
    return float(np.linalg.eigvalsh((tangent + tangent.T) / 2)[0])


if __name__ == "__main__":
    task, answer = map(Path, sys.argv[1:])
    answer.write_text(json.dumps(solve(json.loads(task.read_text(encoding="utf-8")))), encoding="utf-8")
