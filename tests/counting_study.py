"""A study without mechanics, of which tests make runs that end, fail or are killed wherever they want."""

from pathlib import Path

CODE = """
import os, signal
from pathlib import Path
import pandas as pd
import xarray as xr
from pydantic import Field
from femnn.study.former.study import Outcome
from femnn.study.study_settings import StudySettings

Path({canary!r}).touch()
TITLE, QUESTION = "Counting", "How far?"


class Settings(StudySettings):
    count: int = Field(default=4, ge=1)
    fail_at: int = 0
    stop_at: int = 0


def prepare(settings, network, comm):
    return settings


def points(settings):
    return [{{"number": n}} for n in range(1, settings.count + 1)]


def measure(bench, point, generator):
    stop = Path("stop")
    if point["number"] == bench.stop_at and stop.exists():
        stop.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    failures = ["three is too many"] if point["number"] == bench.fail_at else []
    return Outcome({{"square": point["number"] ** 2, "drawn": generator.random()}}, failures)


def tables(run):
    return {{"table": pd.DataFrame([point | outcome.data for point, outcome in run.outcomes])}}


def dataset(run, tables):
    return xr.Dataset({{"square": ("number", tables["table"]["square"])}})


def summary(run, tables):
    return {{"largest": int(tables["table"].set_index("number").loc[run.settings.count, "square"])}}


def figures(run, tables):
    return []


def states(bench, points):
    raise OSError(28, "No space left on device")
    yield
"""


def write_study(folder: Path, canary: Path) -> Path:
    """Write the study into a folder; whoever imports it makes the canary."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.py").write_text(CODE.format(canary=str(canary)), encoding="utf-8")
    (folder / "study.toml").write_text("", encoding="utf-8")
    return folder
