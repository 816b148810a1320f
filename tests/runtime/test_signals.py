"""Ctrl-C and SIGTERM end a command with one line, wherever it is at work, and a run resumes from there."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
from counting_study import write_study

from femnn.study.lock import LOCK

pytestmark = pytest.mark.serial

WHERE = {
    "importing": "\nimport os, signal\nif os.environ.get('STOP') == 'importing': os.kill(os.getpid(), {number})\n",
    "measuring": "\nimport os, signal\nfrom femnn.runtime.stack import PETSc\nbefore = Counting.measure\n"
    "def measure(self, bench, point):\n"
    "    if os.environ.get('STOP') == 'measuring' and point['number'] == 3:\n"
    "        # Where PETSc has its own handlers, inside of what swallows exceptions\n"
    "        PETSc.Sys.getVersion()\n"
    "        try:\n"
    "            os.kill(os.getpid(), {number})\n"
    "        except BaseException:\n"
    "            pass\n"
    "    yield from before(self, bench, point)\n"
    "Counting.measure = measure\n",
}


def study(folder: Path, where: str, number: int) -> Path:
    """A study that sends its own process a signal where the variable STOP asks for it."""
    made = write_study(folder / "study", folder / "canary")
    with (made / "study.py").open("a", encoding="utf-8") as file:
        file.write(WHERE[where].format(number=number))
    return made


def run(folder: Path, *options: str, stop: str = "", ranks: int = 1) -> "subprocess.CompletedProcess[str]":
    launcher = [str(which("mpiexec")), "-n", str(ranks)] if ranks > 1 else []
    command = [*launcher, sys.executable, "-m", "femnn.cli", "run", str(folder / "study"), *options]
    return subprocess.run(
        [*command, "--out", str(folder / "run")],
        env=os.environ | {"STOP": stop}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("where", "number", "ranks"), [
    ("importing", signal.SIGINT, 1), ("importing", signal.SIGTERM, 2),
    ("measuring", signal.SIGINT, 2), ("measuring", signal.SIGTERM, 1),
])  # fmt: skip
def test_one_line_names_how_to_resume(tmp_path: Path, where: str, number: signal.Signals, ranks: int) -> None:
    """The status is 128 and the signal's number; nothing is left locked; --resume completes the run, or starts it."""
    study(tmp_path, where, number)
    stopped = run(tmp_path, stop=where, ranks=ranks)
    assert stopped.returncode == 128 + number
    lines = stopped.stderr.splitlines()
    assert lines[0].startswith("femnn: interrupted by")
    assert "--resume" in lines[0]
    assert ranks > 1 or len(lines) == 1
    assert not (tmp_path / "run" / LOCK).exists()
    resumed = run(tmp_path, "--resume")
    assert resumed.returncode == 0
    assert ("nothing to resume" in resumed.stderr) == (where == "importing")
    assert len((tmp_path / "run" / "table.csv").read_text().splitlines()) == 5


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """As nohup and shells have it for work in the background."""
    code = (
        "import os, signal, sys\n"
        "from femnn.runtime.signals import end_at_signals\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "end_at_signals('run')\n"
        "os.kill(os.getpid(), signal.SIGHUP)\n"
        "print('still here')\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "still here\n")


def test_whoever_insists_does_not_wait() -> None:
    """A second signal ends the process while the first is being dealt with."""
    code = (
        "import os, signal, time\n"
        "from femnn.runtime.signals import end_at_signals, undone_at_end\n"
        "end_at_signals('run')\n"
        "def slow():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "with undone_at_end(slow):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 128 + signal.SIGINT
