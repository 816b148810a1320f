"""What bounds of the stiffness allow: the smallest loss that springs can be trained to, and a lower bound of any loss.

The compliance C of springs falls as stiffness grows, C(upper) ≤ C(k) ≤ C(lower) as quadratic forms. Polarisation bounds
the displacement c·u = F cᵀC a of any combination c of outputs under a force F along a from above: for every p > 0,

    4 cᵀC a = (p a + c/p)ᵀ C (p a + c/p) − (p a − c/p)ᵀ C (p a − c/p)
            ≤ (p a + c/p)ᵀ C(lower) (p a + c/p) − (p a − c/p)ᵀ C(upper) (p a − c/p)

and the p that makes the right side smallest gives cᵀC a ≤ ½ √(ΔA ΔB) + ½ cᵀ[C(lower) + C(upper)] a, with
ΔA = aᵀ[C(lower) − C(upper)] a and ΔB likewise of c. Where more is wanted, the rest is a loss that remains.
"""

import numpy as np
import numpy.typing as npt

from femnn.mechanics.models import SPRINGS
from femnn.network.network import Network
from femnn.solving.linear import LinearEquilibrium
from femnn.training.optimisers.lbfgs import LimitedMemoryBFGS
from femnn.training.task import Task
from femnn.training.tasks import RegressionSettings
from femnn.training.tasks.ports import pushes, read
from femnn.training.trainer import Trainer
from femnn.training.training_settings import TrainingSettings

type Floats = npt.NDArray[np.float64]

MOST_EVALUATIONS = 400
"""Of loss and gradient, in the search for the smallest loss."""


def smallest_found(trainer: Trainer, task: Task, network: Network, seed: int, name: str) -> tuple[float, Floats]:
    """Train springs by L-BFGS to a loss as small as their bounds allow.

    Args:
        trainer: the trainer.
        task: what they are to learn.
        network: with the bounds of the stiffness.
        seed: of the training.
        name: of the training, by which its record is found again.

    Returns:
        The mean loss over the training samples (J), and the stiffness k (N/m), shape (B,).

    Raises:
        ConvergenceError: no sample has an equilibrium.
    """
    settings = TrainingSettings(
        epochs=MOST_EVALUATIONS, optimiser=LimitedMemoryBFGS(), parametrisation="box", evaluate_every=50
    )
    history = trainer.train(SPRINGS, task, settings, seed, name, network=network)
    return history.final("training_loss"), history.stiffness


def unreachable(
    trainer: Trainer, settings: RegressionSettings, task: Task, network: Network, stiffness: Floats
) -> float:
    """Return a mean loss over the training samples (J) that no stiffness within the bounds can go below.

    Args:
        trainer: the trainer.
        settings: of the task, whose force is drawn by chance and has no noise.
        task: the task.
        network: springs with their bounds.
        stiffness: the best that is known (N/m), shape (B,); what it leaves over says which combination of outputs to
            bound.
    """
    solver = trainer.solver(SPRINGS, network)
    assert isinstance(solver, LinearEquilibrium)
    (push,) = pushes(network, settings.inputs)
    reads = [(network.index(label), component) for label, component in read(network, settings.outputs)]
    wanted = np.array([output.slope for output in settings.outputs], dtype=np.float64)

    def answers(k: Floats, force: Floats) -> Floats:
        solver.structure.set_stiffness(k)
        return solver.responses(force[None])[0]

    left = wanted - np.array([answers(stiffness, push)[port] for port in reads])
    if not left.any():
        return 0.0
    combination = np.zeros_like(network.nodes)
    for port, value in zip(reads, left / np.linalg.norm(left), strict=True):
        combination[port] = value
    lower, upper = network.stiffness_bounds
    (soft_a, soft_c), (stiff_a, stiff_c) = ([answers(k, f) for f in (push, combination)] for k in (lower, upper))
    spread = float(np.sum(push * (soft_a - stiff_a)) * np.sum(combination * (soft_c - stiff_c)))
    most = 0.5 * spread**0.5 + 0.5 * float(np.sum(combination * (soft_a + stiff_a)))
    missing = max(0.0, float(wanted @ left / np.linalg.norm(left)) - most)
    forces = task.forces[task.training].reshape(len(task.training), -1).sum(axis=1)
    return float(0.5 * missing**2 * np.mean(forces**2))
