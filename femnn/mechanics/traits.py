"""What models can do, by which everything else decides what to do with them; nothing asks which class a model is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Traits:
    """What a model can do, and what it has."""

    label: str
    """What its bonds are called in sentences, as "beams" or "the solid in the plane"."""
    effects: tuple[str, ...] = ()
    """What it has that linear springs have not, as clauses: "bonds turn"."""
    lines: bool = True
    """Whether bonds are lines, which cost little; else they are meshed as they are printed."""
    energy_from_elongation: bool = False
    """Whether the energy of a bond follows from its elongation, so that a camera on the nodes sees it."""
    bonds_may_vanish: bool = False
    """Whether a bond of no stiffness is a bond that is not there."""
    thinned_ends: bool = False
    """Whether thinned ends are part of the shape; else they only change k."""
    shape_parameters: tuple[str, ...] = ()
    """Parameters of the shape that may be fitted, by the names of :mod:`femnn.measured.calibration.parameters`."""
    exact_shape_derivatives: bool = False
    """Whether derivatives by them are exact; else they are differences over meshes."""
    sections_from_mesh: bool = False
    """Whether a mesh of one's own gives the network its sections."""

    @property
    def title(self) -> str:
        """The label at the beginning of a sentence."""
        return self.label[:1].upper() + self.label[1:]
