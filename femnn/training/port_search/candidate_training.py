"""Many candidates trained at once, each on every fold of the samples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femnn.losses.entropy import SMALLEST_SUM, CrossEntropy
from femnn.runtime.streams import stream
from femnn.training.optimisers.adam import Adam
from femnn.training.parametrisation import Sigmoid
from femnn.training.port_search.candidates import Admissible, Candidates
from femnn.training.port_search.dense_springs import DenseSprings
from femnn.training.tasks.ports import Input, Output

type Floats = npt.NDArray[np.float64]
type Integers = npt.NDArray[np.int64]

ENTRIES_AT_ONCE = 200_000
"""Entries of the stiffness matrices that are handled together: about as many as the cache holds."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Indices of samples to train on, and of samples to score with."""

    training: Integers
    held_out: Integers


@dataclass(frozen=True)
class TrainingSpecification:
    """How a candidate is trained."""

    epochs: int
    batch: int
    """Samples of a step."""
    adam: Adam


@dataclass(frozen=True, eq=False)
class Scores:
    """How well candidates name the classes of samples."""

    accuracy: Floats
    """Share of the samples named right, shape (candidates,)."""
    entropy: Floats
    """Mean of the sharpened cross entropies of the samples, shape (candidates,)."""

    def joined(self, others: "Scores") -> "Scores":
        """These and then the others."""
        return Scores(np.append(self.accuracy, others.accuracy), np.append(self.entropy, others.entropy))


@dataclass(frozen=True, eq=False)
class CandidateTrainer:
    """Trains candidates on samples, all from the same stiffness."""

    springs: DenseSprings
    bounds: tuple[Floats, Floats]
    """Smallest and largest stiffness (N/m), each of shape (B,)."""
    start: Floats
    """Stiffness at the start (N/m), shape (B,)."""
    beta: float
    """Steepness of the sigmoid."""
    sharpness: float
    """Power τ of the magnitudes in the probabilities |U_c|^τ / Σ |U|^τ by which candidates are scored."""
    inputs: Admissible[Input]
    outputs: Admissible[Output]
    features: Floats
    """Shape (n, features)."""
    labels: Integers
    """Class of each sample, shape (n,)."""

    def untrained(self, candidates: Candidates) -> Scores:
        """Scores on all samples at the stiffness of the start."""
        compliance = self.outputs.vectors @ np.linalg.solve(
            self.springs.stiffness_matrices(self.start[None])[0], self.inputs.vectors.T
        )
        samples = np.arange(len(self.labels))
        at_once = max(1, ENTRIES_AT_ONCE // len(samples))
        sums = []
        for begin in range(0, len(candidates), at_once):
            part = candidates[begin : begin + at_once]
            matrices = compliance[part.outputs[:, :, None], part.inputs[:, None, :]]
            sums.append(self.answers(matrices, np.broadcast_to(samples, (len(part), len(samples)))))
        right, losses = (np.concatenate(column) for column in zip(*sums, strict=True))
        return Scores(right / len(samples), losses / len(samples))

    def scores(
        self, candidates: Candidates, folds: Sequence[Fold], specification: TrainingSpecification, seed: int
    ) -> Scores:
        """Train every candidate on each fold, and score it on the samples that the folds hold out.

        Args:
            candidates: the candidates.
            folds: samples to train on and to score with.
            specification: how candidates are trained.
            seed: of the order of the samples, which is the same for all candidates.
        """
        orders = shuffled([fold.training for fold in folds], specification.epochs, seed)
        held_out = _padded([fold.held_out for fold in folds])
        candidate, fold = (axis.ravel() for axis in np.indices((len(candidates), len(folds))))
        bonds, components = self.springs.elongation.shape
        at_once = max(1, ENTRIES_AT_ONCE // (components * max(bonds, components)))
        right, losses = np.zeros(len(candidates)), np.zeros(len(candidates))
        for begin in range(0, len(candidate), at_once):
            runs = slice(begin, begin + at_once)
            part = candidates[candidate[runs]]
            stiffness = self.trained(part, orders[:, fold[runs]], specification)
            matrices = self.springs.transfer(stiffness, *self._ports(part)).matrices
            for total, values in zip((right, losses), self.answers(matrices, held_out[fold[runs]]), strict=True):
                np.add.at(total, candidate[runs], values)
        count = sum(len(fold.held_out) for fold in folds)
        return Scores(right / count, losses / count)

    def trained(self, candidates: Candidates, orders: Integers, specification: TrainingSpecification) -> Floats:
        """Stiffness of S candidates after their training (N/m), shape (S, B).

        Args:
            candidates: the candidates.
            orders: samples in the order of each epoch, shape (epochs, S, n), −1 in place of those that lack.
            specification: how they are trained.
        """
        count = len(candidates)
        inputs, outputs = self._ports(candidates)
        lower, upper = (np.tile(bound, count) for bound in self.bounds)
        sigmoid = Sigmoid(lower, upper, self.beta)
        by_epoch = math.ceil(orders.shape[-1] / specification.batch)
        step = 0

        def objective(theta: Floats) -> tuple[float, Floats]:
            nonlocal step
            epoch, position = divmod(step, by_epoch)
            step += 1
            samples = orders[epoch, :, position * specification.batch : (position + 1) * specification.batch]
            transfer = self.springs.transfer(sigmoid.stiffness(theta).reshape(count, -1), inputs, outputs)
            gradient = transfer.gradient(self.by_matrices(transfer.matrices, samples))
            # Adam moves every parameter by its own gradient alone, and does not ask for the loss
            return 0.0, sigmoid.gradient_in_parameters(theta, gradient.ravel())

        start = sigmoid.parameters(np.tile(self.start, count))
        theta = specification.adam.minimise(objective, start, specification.epochs * by_epoch, sigmoid.bounds)
        return sigmoid.stiffness(theta).reshape(count, -1)

    def by_matrices(self, matrices: Floats, samples: Integers) -> Floats:
        """dL/dM with L the mean cross entropy of samples, shape (S, classes, features).

        Args:
            matrices: M (m/N), shape (S, classes, features).
            samples: of each candidate, shape (S, n), −1 in place of those that lack.
        """
        loss, displacements = self._loss(matrices, samples)
        slopes = loss.derivative(displacements).reshape(*samples.shape, -1)
        present = samples >= 0
        shares = present / np.maximum(present.sum(axis=1, keepdims=True), 1)
        return slopes.swapaxes(1, 2) @ (self.features[samples] * shares[..., None])

    def answers(self, matrices: Floats, samples: Integers) -> tuple[Floats, Floats]:
        """How many samples are named right, and the sum of their sharpened cross entropies, each of shape (S,).

        Args:
            matrices: M (m/N), shape (S, classes, features).
            samples: of each candidate, shape (S, n), −1 in place of those that lack.
        """
        magnitudes = np.abs(self.features[samples] @ matrices.swapaxes(1, 2))
        present, labels = samples >= 0, self.labels[samples]
        right = (magnitudes.argmax(axis=-1) == labels) & present
        logits = self.sharpness * np.log(np.maximum(magnitudes, SMALLEST_SUM))
        wanted = np.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]
        losses = (_logarithm_of_sum(logits) - wanted) * present
        return right.sum(axis=1).astype(np.float64), losses.sum(axis=1)

    def _loss(self, matrices: Floats, samples: Integers) -> tuple[CrossEntropy, Floats]:
        """The loss of the samples of all candidates in a row, and the outputs as displacements of nodes in 1D."""
        displacements = self.features[samples] @ matrices.swapaxes(1, 2)
        classes = displacements.shape[-1]
        return CrossEntropy(np.arange(classes), self.labels[samples].ravel()), displacements.reshape(-1, classes, 1)

    def _ports(self, candidates: Candidates) -> tuple[Floats, Floats]:
        """P_in and P_out of the candidates, shapes (S, F, features) and (S, F, classes)."""
        inputs, outputs = self.inputs.vectors[candidates.inputs], self.outputs.vectors[candidates.outputs]
        return inputs.swapaxes(1, 2), outputs.swapaxes(1, 2)


def _logarithm_of_sum(logits: Floats) -> Floats:
    """Logarithm of Σ exp over the last axis, without overflow."""
    largest = logits.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(logits - largest).sum(axis=-1)) + largest[..., 0])


def shuffled(sets: Sequence[Integers], epochs: int, seed: int) -> Integers:
    """Sets of samples in a new order for each epoch, as trainings of femnn have it.

    Args:
        sets: indices of samples.
        epochs: number of epochs, 1 or more.
        seed: of the orders.

    Returns:
        Indices, shape (epochs, sets, n) with n the size of the largest set; −1 in place of those that lack.
    """
    return np.stack(
        [_padded([stream(seed, "order of samples", epoch).permutation(one) for one in sets]) for epoch in range(epochs)]
    )


def _padded(sets: Sequence[Integers]) -> Integers:
    """Sets as the rows of an array, −1 from where a set ends."""
    result = np.full((len(sets), max(map(len, sets))), -1)
    for row, one in zip(result, sets, strict=True):
        row[: len(one)] = one
    return result
