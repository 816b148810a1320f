"""Hyperelastic laws, each by the name that settings give it."""

from femnn.mechanics.materials.arruda_boyce import ArrudaBoyce
from femnn.mechanics.materials.gent import Gent
from femnn.mechanics.materials.hyperelastic import Hyperelastic
from femnn.mechanics.materials.material import Material
from femnn.mechanics.materials.mooney_rivlin import MooneyRivlin
from femnn.mechanics.materials.neo_hookean import NeoHookean
from femnn.mechanics.materials.ogden import Ogden
from femnn.mechanics.materials.st_venant_kirchhoff import StVenantKirchhoff
from femnn.mechanics.materials.yeoh import Yeoh

__all__ = [
    "MATERIALS",
    "ArrudaBoyce",
    "Gent",
    "Hyperelastic",
    "Material",
    "MooneyRivlin",
    "NeoHookean",
    "Ogden",
    "StVenantKirchhoff",
    "Yeoh",
]

MATERIALS: dict[str, type[Hyperelastic] | type[StVenantKirchhoff]] = {
    "neo-hookean": NeoHookean,
    "mooney-rivlin": MooneyRivlin,
    "yeoh": Yeoh,
    "gent": Gent,
    "arruda-boyce": ArrudaBoyce,
    "ogden": Ogden,
    "st-venant-kirchhoff": StVenantKirchhoff,
}
"""The laws; each is a frozen dataclass of dimensionless parameters."""
