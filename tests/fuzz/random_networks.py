"""Random networks under random loads, whole or not, from a few plain numbers that Hypothesis can draw and shrink."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay

from femnn.network.network import Network
from femnn.network.sections import Sections

SHAPES = ("triangulated", "thinned out", "graph", "frame")
BOND = 16e-3
"""Distance of neighbouring nodes (m)."""


@dataclass(frozen=True)
class Recipe:
    """What a network and its load are made from."""

    shape: str = "triangulated"
    """All edges of a triangulation, some of them, any pairs of nodes, or a chain with a few chords and rigid joints."""
    dimension: int = 2
    nodes: int = 6
    held: int = 2
    """Nodes that are held in all directions; a further one is held in one."""
    spread: float = 0.5
    """Decades by which sections of bonds differ."""
    size: float = 0.0
    """Decades by which all lengths are larger."""
    load: float = -2.0
    """Decades of the force over the mean stiffness times length."""
    loaded: int = 1
    """Nodes that are loaded."""
    seed: int = 0


def network_of(recipe: Recipe, kind: type[Network] = Network) -> Network:
    """Return the network of a recipe, as a network or of a kind that is not checked.

    Raises:
        NetworkError: it cannot be one, as where it is in parts or floppy.
    """
    generator = np.random.default_rng([recipe.seed, recipe.nodes])
    d, count = recipe.dimension, recipe.nodes
    side = int(np.ceil(count ** (1 / d)))
    grid = np.stack(np.meshgrid(*[np.arange(side)] * d, indexing="ij"), axis=-1).reshape(-1, d)[:count]
    scale = BOND * 10**recipe.size
    nodes = scale * (grid + generator.uniform(-0.3, 0.3, (count, d)))
    bonds = _bonds(recipe, nodes, generator)
    fixed = np.zeros((count, d), dtype=np.bool_)
    order = generator.permutation(count)
    fixed[order[: recipe.held]] = True
    fixed[order[recipe.held % count], generator.integers(d)] = True
    decades = lambda: 10 ** generator.uniform(-recipe.spread / 2, recipe.spread / 2, len(bonds))  # noqa: E731
    width = 0.08 * scale * decades()
    sections = Sections(
        0.55e6 * decades(), 0.15 * scale * decades(), width, width / 2, 2 * width,
        generator.uniform(0.05, 0.2, len(bonds)), generator.uniform(0.5, 0.9, len(bonds)),
    )  # fmt: skip
    labels = generator.permutation(3 * count)[:count] + int(generator.integers(1, 1000))
    return kind(nodes, bonds, fixed, sections, labels=labels, name="random", rigid_joints=recipe.shape == "frame")


def force_of(recipe: Recipe, network: Network) -> np.ndarray:
    """Return forces on free components (N), shape (N, d)."""
    generator = np.random.default_rng([recipe.seed, 1])
    free = np.flatnonzero(~network.fixed.all(axis=1))
    force = np.zeros_like(network.nodes)
    size = 10**recipe.load * float(np.mean(network.stiffness * network.lengths))
    for node in generator.permutation(free)[: recipe.loaded]:
        force[node] = size * generator.standard_normal(network.dimension)
    return np.where(network.fixed, 0.0, force)


def _bonds(recipe: Recipe, nodes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    count = len(nodes)
    if recipe.shape in ("triangulated", "thinned out") and count > recipe.dimension + 1:
        simplices = Delaunay(nodes).simplices
        pairs = np.vstack([simplices[:, [i, j]] for i in range(simplices.shape[1]) for j in range(i)])
        bonds = np.unique(np.sort(pairs, axis=1), axis=0)
        return bonds[generator.random(len(bonds)) < 0.85] if recipe.shape == "thinned out" else bonds
    every = np.array([(i, j) for i in range(count) for j in range(i)])
    if recipe.shape == "frame":
        chain = np.column_stack([np.arange(1, count), np.arange(count - 1)])
        chords = every[generator.random(len(every)) < 0.1]
        return np.unique(np.sort(np.vstack([chain, chords]), axis=1), axis=0)
    return every[generator.random(len(every)) < 0.7]


def drawn_recipe(generator: np.random.Generator, solid: bool = False) -> Recipe:
    """Return a random recipe; for solids of a small lattice in the plane whose bonds have room."""
    return Recipe(
        shape=str(generator.choice(SHAPES[:2] if solid else SHAPES)),
        dimension=2 if solid else int(generator.choice([2, 2, 3])),
        nodes=int(generator.integers(3, 7)) if solid else int(generator.integers(2, 13)),
        held=int(generator.integers(1, 4)) if solid else int(generator.integers(0, 5)),
        spread=0.3 if solid else float(generator.choice([0.0, 0.5, 2.0])),
        size=float(generator.choice([0.0, 0.0, -3.0, 2.0])),
        load=float(generator.uniform(-7, 0.5)),
        loaded=int(generator.integers(0, 4)),
        seed=int(generator.integers(2**31)),
    )
