"""A study without mechanics, of which tests make runs that end, fail or are killed wherever they want."""

from pathlib import Path

CODE = """
import os, signal, warnings
from pathlib import Path
from typing import ClassVar
import numpy as np
from pydantic import Field
from femnn.errors import FemnnWarning, InstabilityError
from femnn.study.contents import Finding, Headline
from femnn.study.layout import Layout
from femnn.study.points import Point
from femnn.study.records import Row, Value
from femnn.study.study import Study

Path({canary!r}).touch()


class Counting(Study):
    \"\"\"Counting

    How far?
    \"\"\"

    tables: ClassVar = {{"table": Layout([], ["number"], ["square"])}}

    count: int = Field(default=4, ge=1)
    fail_at: int = 0
    stop_at: int = 0
    warn_at: int = 0
    data: str = ""
    shared: bool = False
    lost: int = -1

    def points(self):
        base = Point({{"shared": "base"}})
        parities = [Point({{"shared": "parity", "parity": parity}}, needs=[base]) for parity in (0, 1)]
        for n in range(1, self.count + 1):
            needs = [base, parities[n % 2]] if self.shared else []
            yield Point({{"number": n}}, needs=needs, cost=n, network=str(n % 3))

    def share(self, bench, point):
        yield Value("drawn", bench.stream(*point.values.values()).random(3))
        if point.get("parity") == self.lost:
            raise InstabilityError("there are no such numbers")
        if point.get("parity") is not None:
            yield Value("base", bench.shared(point.needs[0])["drawn"])

    def measure(self, bench, point):
        stop, number = Path("stop"), point["number"]
        if number == self.stop_at and stop.exists():
            stop.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        shared = [value for need in point.needs for value in bench.shared(need).values()]
        yield Row({{"square": number**2, "drawn": bench.stream("drawn", number).random()}}
                  | ({{"shared": np.sum(shared)}} if shared else {{}}))
        if number == self.warn_at:
            warnings.warn("that is many", FemnnWarning)
        yield Value("powers", number ** np.arange(3))
        if number == self.fail_at:
            raise InstabilityError("three is too many")

    def report(self, results):
        table = results.table().set_index("number")
        yield Finding(f"{{len(table)}} numbers are squared.")
        yield Headline("largest", int(table.loc[self.count, "square"]))

    def states(self, bench, points):
        raise OSError(28, "No space left on device")
        yield
"""


def write_study(folder: Path, canary: Path) -> Path:
    """Write the study into a folder; whoever imports it makes the canary.

    Its settings: ``count`` points are squared; that of ``fail_at`` fails after its row, that of ``stop_at`` kills its
    process once where there is a file ``stop``; with ``shared`` each point needs two shared results, one of which needs
    the other, and that of the parity ``lost`` fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.py").write_text(CODE.format(canary=str(canary)), encoding="utf-8")
    (folder / "study.toml").write_text("", encoding="utf-8")
    return folder
