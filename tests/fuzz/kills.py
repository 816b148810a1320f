"""Studies that are killed at random moments and resumed until they end with the table of an undisturbed run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIGNALS = {signal.SIGKILL: "SIGKILL", signal.SIGTERM: "SIGTERM", signal.SIGINT: "SIGINT"}
LONGEST = 600.0
"""Seconds that a leg of a run may take."""
ENDINGS = {0, 130, 143}
"""Exit statuses of a run that ends by itself or is asked to end."""


@dataclass(frozen=True)
class Small:
    """A study with small settings."""

    study: str
    settings: Sequence[str]
    ranks: int = 1


STUDIES = {
    "gradient-error": Small(
        "gradient-error",
        ['cases=["separate"]', 'models=["spring", "bar", "beam"]', "buckling=[]", 'references=["exact"]',
         'estimators=["adjoint", "product", "centred-energy"]',
         'adjoint_forces=[{ from = "0.5 gf", to = "5 gf", count = 4 }]'],
    ),
    "behaviour": Small("behaviour", ['models=["bar"]', "training.epochs=12"]),
    "finite-difference": Small(
        "finite-difference", ['cases=["separate"]', 'models=["spring", "bar"]', 'steps=["1e-2 N", "3e-2 N", "1e-1 N"]']
    ),
    "regression": Small(
        "regression",
        ['models=["bar"]', "runs=1", 'noises=["0 mm"]', 'variants=["published widths", "wider widths"]', "reach=[0.3]",
         "task.count=12", "training.epochs=6", "training.batch=4", "training.divisor=4"],
        ranks=2,
    ),
}  # fmt: skip
"""What is killed; the last on two ranks."""


@dataclass(frozen=True)
class Leg:
    """One start of a run, up to its end or a signal."""

    study: str
    signal: str
    after: float
    """Seconds after which the signal was sent."""
    problem: str
    """What was wrong; empty where all was well."""


def killed(study: str, kills: int, folder: Path, generator: np.random.Generator) -> Iterator[Leg]:
    """Kill a study so many times, let it end, and compare its table with that of an undisturbed run.

    A run that has ended before all kills are made is begun again.
    """
    small = STUDIES[study]
    whole, other = folder / f"{study}-whole", folder / f"{study}-killed"
    begin = time.monotonic()
    status, said = _leg(small, whole, False, None, 0.0)
    length = time.monotonic() - begin
    if status:
        yield Leg(study, "none", length, f"the undisturbed run ends with status {status}: {said[-300:]}")
        return
    under_way = False
    for _ in range(kills):
        number = list(SIGNALS)[generator.integers(len(SIGNALS))]
        after = float(generator.uniform(0.2, 1.05 * length))
        status, said = _leg(small, other, under_way, number, after)
        if status == -number and _complete(other):
            # Python and PETSc give up their handlers while the process ends, when all is written
            status = 0
        problem = _problem(status, said, number)
        under_way = True
        if status == 0 and not problem:
            problem = differing(whole, other)
            shutil.rmtree(other)
            under_way = False
        yield Leg(study, SIGNALS[number], after, problem)
    if under_way:
        status, said = _leg(small, other, True, None, 0.0)
        problem = f"it ends with status {status}: {said[-300:]}" if status else differing(whole, other)
        yield Leg(study, "none", 0.0, problem)


def _complete(folder: Path) -> bool:
    """Whether a run's folder says that it is complete."""
    summary = folder / "summary.json"
    return summary.is_file() and bool(json.loads(summary.read_text(encoding="utf-8"))["complete"])


def differing(whole: Path, other: Path) -> str:
    """Say whether the table of a run is not that of another, byte for byte."""
    one, two = ((path / "table.csv").read_bytes() for path in (whole, other))
    return "" if one == two else "the table differs from that of the undisturbed run"


def _problem(status: int, said: str, number: signal.Signals) -> str:
    if "Traceback" in said:
        return f"a traceback after {SIGNALS[number]}: {said[-300:]}"
    if number != signal.SIGKILL and status not in ENDINGS:
        return f"status {status} after {SIGNALS[number]}: {said[-300:]}"
    return ""


def _leg(small: Small, out: Path, resume: bool, number: signal.Signals | None, after: float) -> tuple[int, str]:
    """Start a run, send it a signal after some time, and return its status and what it said of errors."""
    launch = ["mpiexec", "-n", str(small.ranks)] if small.ranks > 1 else []
    sets = [part for setting in small.settings for part in ("--set", setting)]
    command = [*launch, sys.executable, "-m", "femnn.cli", "run", small.study, *sets, "--out", str(out)]
    command += ["--resume"] if resume else []
    with (out.parent / "said").open("w+b") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True)
        try:
            status = process.wait(LONGEST if number is None else after)
        except subprocess.TimeoutExpired:
            # A terminal's Ctrl-C and a batch system's SIGKILL reach all processes, kill reaches one
            os.killpg(process.pid, number or signal.SIGKILL) if number != signal.SIGTERM else process.terminate()
            status = _ended(process)
        said.seek(0)
        return status, said.read().decode(errors="replace")


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        status = process.wait(60.0)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return -int(signal.SIGALRM)
    # Ranks may be there for a moment after the one that started them
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    return status
