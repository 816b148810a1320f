"""Solids that tests share, coarse and built once: of every kinematics, with and without a second field."""

from functools import cache

from mpi4py import MPI
from small_networks import strip

from femnn.geometry.strips import Shape
from femnn.mechanics.continuum import Continuum
from femnn.mechanics.materials import Gent, NeoHookean
from femnn.mechanics.structure import Structure

COARSE = Shape(cells_across=1.0, layers=1)
RUBBER, FOAM = NeoHookean(), NeoHookean(poisson_ratio=0.4)
# Its chains are stretched out at Ī₁ = 4, so that it shows at strains of 10 % that it is not neo-Hookean
STIFFENING, STIFFENING_FOAM = Gent(limit=1.0), Gent(limit=1.0, poisson_ratio=0.4)

PLANE = {
    "plane-stress rubber modulus": Continuum("plane-stress", "modulus", RUBBER, shape=COARSE),
    "plane-stress foam thickness": Continuum("plane-stress", "thickness", FOAM, shape=COARSE),
    "plane-strain foam width": Continuum("plane-strain", "width", FOAM, shape=COARSE),
    "plane-stress stiffening foam modulus": Continuum("plane-stress", "modulus", STIFFENING_FOAM, shape=COARSE),
    "plane-strain stiffening thickness": Continuum("plane-strain", "thickness", STIFFENING, "mixed", COARSE),
    "plane-strain foam mixed width": Continuum("plane-strain", "width", FOAM, "mixed", COARSE),
    "plane-stress stiffening width": Continuum("plane-stress", "width", STIFFENING, shape=COARSE),
}
SOLID = {
    "solid rubber modulus": Continuum("solid", "modulus", RUBBER, "mixed", COARSE),
    "solid rubber thickness": Continuum("solid", "thickness", RUBBER, "mixed", COARSE),
    "solid rubber width": Continuum("solid", "width", RUBBER, "mixed", COARSE),
    "solid stiffening foam modulus": Continuum("solid", "modulus", STIFFENING_FOAM, shape=COARSE),
    "solid stiffening foam thickness": Continuum("solid", "thickness", STIFFENING_FOAM, shape=COARSE),
    "solid stiffening foam width": Continuum("solid", "width", STIFFENING_FOAM, shape=COARSE),
}
SOLIDS = PLANE | SOLID
"""Each kind of solid with each parameter that k acts through, and each of two laws with each parameter."""

SPACES = (
    "plane-stress rubber modulus",
    "plane-stress foam thickness",
    "plane-strain foam width",
    "plane-strain stiffening thickness",
    "solid rubber modulus",
    "solid stiffening foam width",
)
"""One of each kind: displacements alone, with the thickness's stretch, with a pressure, in the plane and in space."""


@cache
def solid(name: str) -> Structure:
    """The strip as a solid; shared, so that a test which changes the stiffness sets it back."""
    return Structure(SOLIDS[name], strip(), MPI.COMM_WORLD)
