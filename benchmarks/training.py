"""Training on Iris: seconds a seed on springs and on beams, and what a second group of ranks gains.

Run by `mpiexec -n 2`: first rank 0 trains alone, then both ranks train together, as two groups of one rank. The two
take turns, so that what else the machine does falls on both.
"""

import time

import numpy as np
from mpi4py import MPI

from femnn.mechanics.beam import Beam
from femnn.mechanics.model import Model
from femnn.mechanics.spring import Spring
from femnn.mechanics.structure import Structure
from femnn.network.network import Network
from femnn.network_files.specification import load_network
from femnn.solving.ensemble import Ensemble
from femnn.solving.equilibrium import equilibrium
from femnn.training.batch_evaluator import BatchEvaluator
from femnn.training.task import Task
from femnn.training.tasks import ClassificationSettings, Input, Output, Ports
from femnn.training.train import train_evaluator
from femnn.training.training_settings import TrainingSettings

COMM = MPI.COMM_WORLD
PORTS = Ports(
    inputs=tuple(Input(node=node, direction=way) for node, way in ((3, "-x"), (14, "-x"), (10, "x"), (11, "x"))),
    outputs=tuple(Output(node=node, component="x") for node in (8, 2, 7)),
)
EPOCHS = {"spring": 100, "beam": 3}
ROUNDS = 9


def main() -> None:
    """Print seconds and ratios."""
    network = load_network("li2024")
    task = ClassificationSettings().task(network, PORTS, seed=0)
    for model in (Spring(), Beam()):
        epochs = EPOCHS[model.name]
        settings = TrainingSettings(epochs=epochs, batch=16, optimiser={"name": "adam", "learning_rate": 0.006})
        alone, together = trainer(model, network, MPI.COMM_SELF), trainer(model, network, COMM)
        times = []
        for _ in range(ROUNDS):
            COMM.barrier()
            single = seconds(alone, task, settings) if COMM.rank == 0 else np.nan
            COMM.barrier()
            times.append((single, seconds(together, task, settings)))
        single, both = np.median(times, axis=0)
        if COMM.rank == 0:
            print(f"{model.name}: {epochs} epochs of {len(task.training)} samples, evaluated after each")
            print(f"  one rank            {single:8.2f} s, 100 epochs {100 * single / epochs:8.2f} s")
            print(f"  {COMM.size} groups of one rank {both:8.2f} s, {single / both:.2f} × as fast")


def trainer(model: Model, network: Network, comm: MPI.Comm) -> tuple[Ensemble, Structure]:
    """Groups of one rank each, and the structure of this rank's group."""
    ensemble = Ensemble(comm)
    return ensemble, Structure(model, network, ensemble.group)


def seconds(trainer: tuple[Ensemble, Structure], task: Task, settings: TrainingSettings) -> float:
    """Time of a training."""
    ensemble, structure = trainer
    evaluator = BatchEvaluator(ensemble, equilibrium(structure), settings.source())
    network = structure.network
    start = time.perf_counter()
    train_evaluator(evaluator, task, settings.parameters_of(network), settings.optimiser, settings, ensemble.comm)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
