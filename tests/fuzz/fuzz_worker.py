"""A process that reads damaged files and solves for random networks, one after another.

    python tests/fuzz/fuzz_worker.py FOLDER

A crash, a hang or a hunger for memory ends it alone. Each line on the standard input is a request as JSON, a format and
mutations or a recipe and a model; each line of the answer says how it ended. What Python opens for writing outside of
FOLDER, starts or unpickles while it reads a file is a failure too.
"""

import io
import json
import os
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

sys.path.insert(0, str(Path(__file__).parents[1]))

from equilibria import answered
from mutations import Mutation, mutated
from random_networks import Recipe
from reading_formats import FORMATS

from femnn.cli.console import complain
from femnn.errors import FemnnError, FemnnWarning
from femnn.runtime.stack import gmsh

ROOM = 3 * 2**30
"""Bytes that reading may take beyond what the process has when it begins."""
LONGEST = 1200
"""Characters of a message, paths of files among them."""
WATCHED = ("open", "os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "socket.connect", "pickle.find_class",
           "os.remove", "os.rename", "shutil.rmtree")  # fmt: skip
HARMLESS = ("/dev/null", "/proc/", "/sys/", os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")))
"""Beginnings of paths that may be opened; forms are compiled into the last."""

type Outcome = dict[str, str]


@dataclass
class Watch:
    """What Python does outside of a folder while something is read."""

    folder: Path
    on: bool = False
    seen: tuple[str, ...] = ()

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        """Keep what is not to be done; an audit hook."""
        if not self.on or event not in WATCHED:
            return
        first = arguments[0] if arguments else ""
        if event in ("open", "os.remove", "os.rename", "shutil.rmtree"):
            if event == "open" and not _writes(arguments):
                return
            text = os.fsdecode(first) if isinstance(first, str | bytes) else str(self.folder)
            if Path(os.path.abspath(text)).is_relative_to(self.folder) or text.startswith(HARMLESS):  # noqa: PTH100
                return
        elif event == "pickle.find_class" and not _by_a_reader():
            # Ranks send each other objects in this form
            return
        elif event == "subprocess.Popen" and str(first).endswith("git"):
            return
        self.seen += (f"{event} {first!r}",)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch inside the ``with`` block."""
        self.on, self.seen = True, ()
        try:
            yield
        finally:
            self.on = False


def _writes(arguments: tuple[object, ...]) -> bool:
    mode, flags = (*arguments, None, None)[1:3]
    by_mode = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    return by_mode or (isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)))


def _by_a_reader() -> bool:
    """Whether a library that reads files is at work."""
    libraries = ("/numpy/", "/pandas/", "/meshio/", "/openpyxl/", "/ezdxf/", "/h5py/")
    return any(name in frame.filename for frame in traceback.extract_stack() for name in libraries)


def reading(request: dict[str, Any], folder: Path, watch: Watch) -> Outcome:
    """How reading a damaged file ends: accepted, refused, or failed, and what was said."""
    file, write, read = FORMATS[request["format"]]
    path = write(folder, file)
    path.write_bytes(mutated(path.read_bytes(), [Mutation(*values) for values in request["mutations"]]))

    def accepted() -> Outcome:
        read(path)
        return {"outcome": "accepted", "said": ""}

    with watch.watching():
        return _ending(accepted, watch)


def solving(request: dict[str, Any], watch: Watch) -> Outcome:
    """How a random network ends: converged, undetermined, refused, or failed, and what was said."""
    watch.seen = ()

    def solved() -> Outcome:
        answer = answered(Recipe(**request["recipe"]), request["model"])
        return {"outcome": answer.kind, "said": answer.said}

    return _ending(solved, watch)


def _ending(work: Callable[[], Outcome], watch: Watch) -> Outcome:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            result = work()
        except FemnnError as error:
            result = {"outcome": "refused", "said": _shown(str(error))}
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)
            own = next((frame for frame in reversed(last) if "femnn" in frame.filename), last[-1])
            where = f"{Path(own.filename).name}:{own.lineno}"
            result = {"outcome": "failed", "said": f"{type(error).__name__} at {where}: {str(error)[:300]}"}
    problem = _problem(result, warned, watch)
    return {"outcome": "failed", "said": problem} if problem else result


def _problem(result: Outcome, warned: list[warnings.WarningMessage], watch: Watch) -> str:
    said = result["said"]
    if result["outcome"] == "refused" and ("\n" in said or not said.isprintable()):
        return f"the message is not one line of text: {said!r}"
    if result["outcome"] == "refused" and len(said) > LONGEST:
        return f"the message has {len(said)} characters: {said[:300]!r}"
    if watch.seen:
        return f"reading did this: {watch.seen[0]}"
    if gmsh.isInitialized():
        gmsh.finalize()
        return "Gmsh is left initialised"
    own = [w for w in warned if "/femnn/" in w.filename and not issubclass(w.category, FemnnWarning)]
    if own and result["outcome"] != "failed":
        where = f"{Path(own[0].filename).name}:{own[0].lineno}"
        return f"{own[0].category.__name__} at {where}: {own[0].message}"
    return ""


def _shown(text: str) -> str:
    """A message as the command line shows it."""
    with redirect_stderr(io.StringIO()) as shown:
        complain(text)
    return shown.getvalue().removesuffix("\n")


def main(folder: Path) -> None:
    """Answer requests until there are no more."""
    answers: TextIO = os.fdopen(os.dup(1), "w")
    # What libraries print is kept out of the answers
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    # What is left by a process that is killed goes with the folder
    tempfile.tempdir = str(folder / "made")
    folder /= "read"
    for path in (folder, folder.with_name("made")):
        path.mkdir(exist_ok=True)
    os.chdir(folder)
    watch = Watch(folder)
    sys.addaudithook(watch.hook)
    for name in FORMATS:
        _fresh(folder)
        FORMATS[name][1](folder / "input", FORMATS[name][0])
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps({"outcome": "ready", "said": ""}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        _fresh(folder)
        result = reading(request, folder / "input", watch) if "format" in request else solving(request, watch)
        if strays := [path.name for path in folder.iterdir() if path.name != "input"]:
            result = {"outcome": "failed", "said": f"{strays[0]!r} was written outside of the file's folder"}
            _fresh(folder)
        print(json.dumps(result), file=answers, flush=True)


def _fresh(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    (folder / "input").mkdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
