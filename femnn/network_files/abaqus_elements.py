"""Types of Abaqus' elements, as kinds of cells."""

from __future__ import annotations

import re

KINDS = (
    (
        r"T[23]D2[HTE]?|B[23]1H?|B31OSH?|PIPE[23]1H?|FRAME[23]D|SPRINGA",
        "line",
        2,
    ),
    (r"T[23]D3[HTE]?|B[23]2H?|B32OSH?|PIPE[23]2H?", "line3", 3),
    (r"B[23]3H?", "line", 2),
    (r"(?:CP[SE]|CPEG|CAX|M3D|R3D|STRI|S|DC2D|AC2D|WARP2D|DS|SC?)3[A-Z]*|STRI3", "triangle", 3),
    (r"(?:CP[SE]|CPEG|CAX|M3D|DC2D|AC2D)6[A-Z]*|STRI65", "triangle6", 6),
    (r"(?:CP[SE]|CPEG|CAX|M3D|R3D|DC2D|AC2D|WARP2D|DS|S)4[A-Z0-9]*", "quad", 4),
    (r"(?:CP[SE]|CPEG|CAX|M3D|DC2D|AC2D|DS|S)8[A-Z0-9]*", "quad8", 8),
    (r"(?:C3D|DC3D|AC3D)4[A-Z]*", "tetra", 4),
    (r"(?:C3D|DC3D|AC3D)10[A-Z]*", "tetra10", 10),
    (r"(?:C3D|DC3D|AC3D|SC)6[A-Z]*", "wedge", 6),
    (r"(?:C3D|DC3D|AC3D)15[A-Z]*", "wedge15", 15),
    (r"(?:C3D|DC3D|AC3D|SC)8[A-Z]*", "hexahedron", 8),
    (r"(?:C3D|DC3D|AC3D)20[A-Z]*", "hexahedron20", 20),
    (r"MASS|ROTARYI|SPRING1|DASHPOT1|CLOAD", "vertex", 1),
)
"""Patterns of types, the kind of cell as meshio calls it, and how many nodes it has."""


def kind_of(name: str) -> tuple[str, int, int]:
    """Return the kind of an element's cells, the number of nodes, and how many more may orient its section.

    Args:
        name: its type, as in "B31" or "T3D2".

    Raises:
        ValueError: the type is not known.
    """
    plain = name.strip().upper()
    for pattern, kind, nodes in KINDS:
        if re.fullmatch(pattern, plain):
            return kind, nodes, 1 if plain.startswith(("B3", "PIPE3")) else 0
    raise ValueError(f"it has elements of the unknown type {plain[:40]!r}; use T2D2, T3D2, B21 or B31 for bonds")
