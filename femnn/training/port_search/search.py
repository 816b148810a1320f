"""The port search: from many candidates to the one that does best on samples that it was not trained with.

Candidates are drawn by chance. The best of them as they are get trained for a few steps; the best of these are varied
port by port, and trained likewise. What comes out ahead is cross-validated in rounds, of longer trainings and fewer
candidates. Only the samples of the training are ever seen.
"""

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import RepeatedStratifiedKFold

from femnn.errors import ConfigError
from femnn.network.network import Network
from femnn.runtime.streams import stream
from femnn.training.optimisers.adam import Adam
from femnn.training.port_search.candidate_training import CandidateTrainer, Fold, Scores, TrainingSpecification
from femnn.training.port_search.candidates import Candidates, admissible_inputs, admissible_outputs, varied
from femnn.training.port_search.dense_springs import DenseSprings
from femnn.training.port_search.found import Finalist, Found
from femnn.training.port_search.search_settings import PortSearchSettings, Round

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]


def search(network: Network, features: Floats, labels: Integers, settings: PortSearchSettings, seed: int) -> Found:
    """Search a network of linear springs for ports by which it learns to separate classes.

    Args:
        network: the network; its stiffness is trained from its own, between the bounds of its sections.
        features: of the training samples, scaled as for the task, shape (n, features).
        labels: class of each training sample, 0 to classes − 1, shape (n,).
        settings: how to search.
        seed: of candidates, folds, and the order of samples.

    Raises:
        ConfigError: features or labels are ill-formed, all samples are of one class, or a class has fewer samples than
            there are folds.
        NetworkError: the network is too large, too few of its nodes are free to move, or a direction or component
            leaves its space.
    """
    features, labels = _checked(features, labels, settings.folds)
    trainer = CandidateTrainer(
        DenseSprings.of(network),
        network.stiffness_bounds,
        network.stiffness,
        settings.beta,
        settings.sharpness,
        admissible_inputs(network, settings.directions, features.shape[1]),
        admissible_outputs(network, settings.components, int(labels.max()) + 1),
        features,
        labels,
    )
    return _Search(trainer, settings, stream(seed, "port search")).found()


class _Search:
    """The stages of a search, one after the other."""

    def __init__(self, trainer: CandidateTrainer, settings: PortSearchSettings, generator: np.random.Generator) -> None:
        self._trainer, self._settings, self._generator = trainer, settings, generator
        self._looked_at = 0

    def found(self) -> Found:
        """All stages, and what they come to."""
        candidates, scores = self._screened(self._drawn())
        for _ in range(self._settings.generations):
            candidates, scores = self._bred(candidates, scores)
        for round_ in self._settings.rounds:
            candidates = self._best(candidates, scores, round_.candidates)
            scores = self._validated(candidates, round_)
        finalists = tuple(self._finalist(candidates, scores, i) for i in self._ranking(scores))
        return Found(finalists, self._looked_at)

    def _drawn(self) -> Candidates:
        """Candidates by chance, the best of them before any training."""
        trainer, count = self._trainer, self._settings.candidates
        candidates = Candidates(
            trainer.inputs.drawn(count, trainer.features.shape[1], self._generator),
            trainer.outputs.drawn(count, int(trainer.labels.max()) + 1, self._generator),
        ).once()
        self._looked_at = len(candidates)
        return self._best(candidates, trainer.untrained(candidates), self._settings.screened)

    def _screened(self, candidates: Candidates) -> tuple[Candidates, Scores]:
        """Candidates, and their scores on all samples after a few steps on all of them."""
        samples = np.arange(len(self._trainer.labels))
        specification = TrainingSpecification(
            self._settings.screening_steps, len(samples), Adam(self._settings.screening_rate)
        )
        return candidates, self._trainer.scores(candidates, [Fold(samples, samples)], specification, self._seed())

    def _bred(self, candidates: Candidates, scores: Scores) -> tuple[Candidates, Scores]:
        """The candidates, and variants of the best of them."""
        parents = self._best(candidates, scores, self._settings.parents)
        variants = varied(
            parents, self._trainer.inputs, self._trainer.outputs, self._settings.variants, self._generator
        )
        # Variants that are among the candidates drop out, since these come first
        new = candidates.joined(variants).once()[len(candidates) :]
        if not len(new):
            return candidates, scores
        self._looked_at += len(new)
        return candidates.joined(new), scores.joined(self._screened(new)[1])

    def _validated(self, candidates: Candidates, round_: Round) -> Scores:
        """Scores on samples held out, on folds that are new."""
        settings, labels = self._settings, self._trainer.labels
        divisions = RepeatedStratifiedKFold(
            n_splits=settings.folds, n_repeats=round_.repeats, random_state=self._seed()
        )
        folds = [Fold(training, held_out) for training, held_out in divisions.split(self._trainer.features, labels)]
        specification = TrainingSpecification(
            round_.epochs, settings.batch, Adam(round_.learning_rate, schedule=settings.schedule)
        )
        return self._trainer.scores(candidates, folds, specification, self._seed())

    def _best(self, candidates: Candidates, scores: Scores, count: int) -> Candidates:
        return candidates[self._ranking(scores)[:count]]

    def _ranking(self, scores: Scores) -> Integers:
        """Indices of candidates, the best first."""
        return np.argsort(self._settings.entropy_weight * scores.entropy - scores.accuracy, kind="stable")

    def _finalist(self, candidates: Candidates, scores: Scores, index: int) -> Finalist:
        return Finalist(
            tuple(self._trainer.inputs.ports[port] for port in candidates.inputs[index]),
            tuple(self._trainer.outputs.ports[port] for port in candidates.outputs[index]),
            float(scores.accuracy[index]),
            float(scores.entropy[index]),
        )

    def _seed(self) -> int:
        return int(self._generator.integers(2**31))


def _checked(features: Floats, labels: Integers, folds: int) -> tuple[Floats, Integers]:
    features, labels = np.asarray(features, dtype=np.float64), np.asarray(labels)
    if features.ndim != 2 or not features.size or not np.isfinite(features).all():
        raise ConfigError(f"Features of a port search are finite and of shape (n, features), not {features.shape}.")
    if labels.shape != features.shape[:1] or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise ConfigError(f"A port search takes one class, 0 or more, for each of {len(features)} samples.")
    counts = np.bincount(labels)
    if len(counts) < 2:
        raise ConfigError("A port search separates classes, but all samples are of class 0.")
    if counts.min() < folds:
        raise ConfigError(
            f"Class {int(counts.argmin())} has {counts.min()} training samples, fewer than the {folds} folds of the "
            "port search; use fewer folds or more samples."
        )
    return features, labels.astype(np.int64, copy=False)
