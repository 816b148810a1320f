"""The worker that reads files and solves for networks, seen from outside: started again when it dies, ended when it
hangs.
"""

import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any

from mutations import Mutation
from random_networks import Recipe

WORKER = Path(__file__).with_name("fuzz_worker.py")
START = 180.0
"""Seconds in which a worker is ready."""


@dataclass(frozen=True)
class Outcome:
    """How a request ended."""

    kind: str
    """"accepted", "refused" or "failed" of a file; "converged", "undetermined", "refused" or "failed" of a network."""
    said: str
    """The message, or what went wrong."""
    seconds: float


@dataclass
class Reader:
    """A worker, used as a context manager."""

    patience: float = 20.0
    """Seconds that reading one file may take."""
    solving: float = 300.0
    """Seconds that solving for one network may take."""
    _process: subprocess.Popen[str] | None = None
    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="fuzz-")
    )

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *error: object) -> None:
        self._end()
        self._folder.cleanup()

    def read(self, name: str, mutations: Sequence[Mutation]) -> Outcome:
        """Have a file of a format read after some mutations."""
        return self._ask({"format": name, "mutations": [astuple(mutation) for mutation in mutations]}, self.patience)

    def solve(self, recipe: Recipe, model: str) -> Outcome:
        """Have a random network solved for."""
        return self._ask({"recipe": asdict(recipe), "model": model}, self.solving)

    def _ask(self, request: dict[str, Any], patience: float) -> Outcome:
        worker = self._process or self._start()
        begin = time.monotonic()
        assert worker.stdin is not None
        try:
            worker.stdin.write(f"{json.dumps(request)}\n")
            worker.stdin.flush()
        except BrokenPipeError:
            # It has died between two requests, which the missing answer says too
            pass
        answer = self._answer(patience)
        return Outcome(answer["outcome"], answer["said"], time.monotonic() - begin)

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, str(WORKER), self._folder.name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        answer = self._answer(START)
        assert answer["outcome"] == "ready", answer
        return self._process

    def _answer(self, patience: float) -> dict[str, Any]:
        worker = self._process
        assert worker is not None
        assert worker.stdout is not None
        if not select.select([worker.stdout], [], [], patience)[0]:
            self._end()
            return {"outcome": "failed", "said": f"hangs: no answer within {patience:g} s"}
        line = worker.stdout.readline()
        if not line:
            status = worker.wait()
            self._end()
            return {"outcome": "failed", "said": f"the process ended by itself, with status {status}"}
        return dict(json.loads(line))

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
