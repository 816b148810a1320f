"""How ports are searched for."""

from typing import Literal

from pydantic import Field, model_validator

from femnn.config.directions import Direction, parse_direction
from femnn.config.limits_of_input import MOST
from femnn.config.settings import Settings
from femnn.training.optimisers.schedules import CONSTANT, AnySchedule


class Round(Settings):
    """A round of cross-validation."""

    candidates: int = Field(ge=1, le=MOST)
    """How many of the best so far take part."""
    epochs: int = Field(ge=1, le=MOST)
    """Passes over the samples that are not held out."""
    learning_rate: float = Field(gt=0)
    repeats: int = Field(default=1, ge=1, le=MOST)
    """Divisions of the samples into folds."""


class PortSearchSettings(Settings):
    """How ports are searched for."""

    directions: tuple[Direction, ...] = Field(default=(parse_direction("x"), parse_direction("-x")), min_length=1)
    """In which features may push."""
    components: tuple[Literal["x", "y", "z"], ...] = Field(default=("x",), min_length=1)
    """Of the displacements that may answer."""
    candidates: int = Field(default=50_000, ge=1, le=MOST)
    """Choices of ports that are drawn by chance."""
    screened: int = Field(default=4000, ge=1, le=MOST)
    """How many of them, the best before any training, are trained for a few steps."""
    screening_steps: int = Field(default=5, ge=1, le=MOST)
    """These steps, each on all samples."""
    screening_rate: float = Field(default=0.12, gt=0)
    """Learning rate of these steps."""
    generations: int = Field(default=3, ge=0, le=MOST)
    """How many times the best so far are varied by one port."""
    parents: int = Field(default=200, ge=1, le=MOST)
    """How many are varied."""
    variants: int = Field(default=8, ge=1, le=MOST)
    """How many variants of each are tried."""
    rounds: tuple[Round, ...] = Field(
        default=(
            Round(candidates=150, epochs=20, learning_rate=0.015),
            Round(candidates=24, epochs=100, learning_rate=0.006, repeats=3),
        ),
        min_length=1,
    )
    """Of cross-validation, each on new folds; the last one decides."""
    folds: int = Field(default=3, ge=2, le=MOST)
    """Parts of the samples that are held out in turn."""
    batch: int = Field(default=16, ge=1, le=MOST)
    """Samples of a step of the rounds."""
    schedule: AnySchedule = CONSTANT
    """Of the learning rate in the rounds."""
    beta: float = Field(default=5.0, gt=0)
    """Steepness of the sigmoid by which stiffness follows from parameters."""
    sharpness: float = Field(default=10.0, gt=0)
    """Power τ in the probabilities |U_c|^τ / Σ |U|^τ by which candidates are ranked; trainings have τ = 1."""
    entropy_weight: float = Field(default=0.3, ge=0)
    """Candidates are ranked by accuracy − weight × cross entropy, as few samples leave many with the same accuracy."""

    @model_validator(mode="after")
    def _narrowing(self) -> "PortSearchSettings":
        for before, after in zip(self.rounds, self.rounds[1:], strict=False):
            if after.candidates > before.candidates:
                raise ValueError(
                    f"a round of {after.candidates} candidates cannot follow one of {before.candidates}; let rounds "
                    "narrow the search"
                )
        return self
