"""The commands of a project's README, taken from it and run as they stand."""

import re
import shlex
from pathlib import Path

import pytest

from femnn.cli import main


def commands(folder: Path) -> list[list[str]]:
    """Return the arguments of femnn, a command each, in the order of the README."""
    (block,) = re.findall(r"```sh\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    assert all(line.startswith("femnn ") for line in lines)
    return [shlex.split(line)[1:] for line in lines]


def run_all(folder: Path) -> None:
    """Run them in the folder; each ends with status 0."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for arguments in commands(folder):
            femnn(*arguments)


def femnn(*arguments: object) -> None:
    """Run a command, which ends with status 0."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code == 0, arguments
