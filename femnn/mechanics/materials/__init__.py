"""Hyperelastic laws, each by the name that settings give it: those of all files in this folder."""

from dataclasses import is_dataclass
from inspect import isabstract
from typing import Any

from femnn.config.discovery import in_order, modules_of
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

FIRST = ("neo-hookean", "mooney-rivlin", "yeoh", "gent", "arruda-boyce", "ogden", "st-venant-kirchhoff")
"""Names that are listed first."""


def _laws() -> dict[str, Any]:
    """Classes of the files in this folder that are laws, by the default of their field ``name``."""
    kinds = (kind for module in modules_of(__name__) for kind in vars(module).values() if isinstance(kind, type))
    laws = (kind for kind in kinds if is_dataclass(kind) and hasattr(kind, "mixed_energy") and not isabstract(kind))
    return {str(getattr(law, "name", "")): law for law in laws}


MATERIALS: dict[str, type[Hyperelastic] | type[StVenantKirchhoff]] = in_order(_laws(), FIRST)
"""The laws; each is a frozen dataclass of dimensionless parameters."""
