"""Damage files, solve for random networks and kill studies, as many as asked for, and say what came of it.

    python tests/fuzz/fuzz.py [--inputs 5000] [--networks 2000] [--kills 30] [--seed 1] [--out runs/fuzz]
    python tests/fuzz/fuzz.py --seed 1 --only input-17

Everything follows from the seed and a number: --only makes one again. What fails is kept in the folder --out, with the
damaged file. Exit status: 0 nothing failed, 1 something did, 2 bad usage.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from equilibria import MODELS
from kills import STUDIES, killed
from mutations import drawn, mutated
from random_networks import drawn_recipe
from reader import Reader
from reading_formats import FORMATS

FILES, NETWORKS, KILLS = 1, 2, 3
"""What random numbers are for."""
EVERY = 60.0
"""Seconds between lines of progress."""


@dataclass(frozen=True)
class Result:
    """How one of all ended."""

    name: str
    """By which --only makes it again."""
    group: str
    kind: str
    seconds: float
    said: str = ""
    detail: str = ""


@dataclass
class Summary:
    """All that has ended."""

    out: Path
    results: list[Result] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def add(self, result: Result) -> None:
        """Count a result; keep and show it where it failed."""
        self.results.append(result)
        if result.kind == "failed":
            print(f"{result.name}: {result.group}: {result.said}", flush=True)
            self.out.mkdir(parents=True, exist_ok=True)
            text = f"{result.group}\n{result.said}\n{result.detail}\n"
            (self.out / f"{result.name}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")
        elif time.monotonic() > self.told + EVERY:
            self.told = time.monotonic()
            print(f"{len(self.results)} done in {self.told - self.began:.0f} s, the last {result.name}", flush=True)

    @property
    def failed(self) -> list[Result]:
        """Those that failed."""
        return [result for result in self.results if result.kind == "failed"]

    def table(self) -> str:
        """A line for each group: how many ended in which way, and the longest time (s)."""
        groups = dict.fromkeys(result.group for result in self.results)
        kinds = list(dict.fromkeys(result.kind for result in self.results))
        lines = [f"{'':30}" + "".join(f"{kind:>14}" for kind in [*kinds, "longest (s)"])]
        for group in [*groups, "all"]:
            own = [result for result in self.results if group in (result.group, "all")]
            counts = Counter(result.kind for result in own)
            longest = max((result.seconds for result in own), default=0.0)
            lines.append(f"{group:30}" + "".join(f"{counts[kind]:14}" for kind in kinds) + f"{longest:14.1f}")
        return "\n".join(lines)


def files(numbers: range, seed: int, out: Path) -> Iterator[Result]:
    """Read damaged files, in turn of each format."""
    names = list(FORMATS)
    with Reader() as reader:
        for number in numbers:
            name, mutations = names[number % len(names)], drawn(np.random.default_rng([seed, FILES, number]))
            outcome = reader.read(name, mutations)
            if outcome.kind == "failed":
                _keep(name, out / f"input-{number}", mutations)
            yield Result(f"input-{number}", name, outcome.kind, outcome.seconds, outcome.said, str(mutations))


def _keep(name: str, folder: Path, mutations: list) -> None:
    """Write the damaged file, and what it needs, into a folder."""
    file, write, _ = FORMATS[name]
    with tempfile.TemporaryDirectory() as made:
        path = write(Path(made), file)
        folder.mkdir(parents=True, exist_ok=True)
        for other in path.parent.iterdir():
            if other.is_file():
                content = other.read_bytes()
                (folder / other.name).write_bytes(mutated(content, mutations) if other == path else content)


def networks(numbers: range, seed: int) -> Iterator[Result]:
    """Solve for random networks, in turn of each model."""
    names = list(MODELS)
    with Reader() as reader:
        for number in numbers:
            model = names[number % len(names)]
            recipe = drawn_recipe(np.random.default_rng([seed, NETWORKS, number]), solid=model == "solid")
            outcome = reader.solve(recipe, model)
            said = f"{outcome.said}"
            yield Result(f"network-{number}", model, outcome.kind, outcome.seconds, said, str(recipe))


def kills(count: int, seed: int, only: str = "") -> Iterator[Result]:
    """Kill the studies, each as often as the others."""
    with tempfile.TemporaryDirectory() as folder:
        for place, study in enumerate(STUDIES):
            share = len(range(place, count, len(STUDIES)))
            if not share or only not in ("", study):
                continue
            generator = np.random.default_rng([seed, KILLS, place])
            for leg in killed(study, share, Path(folder), generator):
                kind = "failed" if leg.problem else "killed" if leg.signal != "none" else "ended"
                detail = f"{leg.signal} after {leg.after:.2f} s"
                yield Result(f"kills-{study}", f"kills of {study}", kind, leg.after, leg.problem, detail)


def _chosen(only: str, options: argparse.Namespace) -> Iterator[Result]:
    what, _, which = only.partition("-")
    if what == "input" and which.isdigit():
        yield from files(range(int(which), int(which) + 1), options.seed, options.out)
    elif what == "network" and which.isdigit():
        yield from networks(range(int(which), int(which) + 1), options.seed)
    elif what == "kills" and which in STUDIES:
        yield from kills(options.kills, options.seed, which)
    else:
        raise SystemExit(f"fuzz: --only takes input-N, network-N or kills-STUDY, not {only!r}")


def _everything(options: argparse.Namespace) -> Iterator[Result]:
    first = options.first
    yield from files(range(first, first + options.inputs), options.seed, options.out)
    yield from networks(range(first, first + options.networks), options.seed)
    yield from kills(options.kills, options.seed)


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=5000, help="damaged files [5000]")
    parser.add_argument("--networks", type=int, default=2000, help="random networks [2000]")
    parser.add_argument("--kills", type=int, default=30, help="signals to running studies [30]")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn [1]")
    parser.add_argument("--first", type=int, default=0, help="number of the first file and network, for slices [0]")
    parser.add_argument("--only", help="one again: input-N, network-N or kills-STUDY")
    parser.add_argument("--out", type=Path, default=Path("runs/fuzz"), help="folder of what fails [runs/fuzz]")
    options = parser.parse_args(arguments)
    summary = Summary(options.out)
    for result in _chosen(options.only, options) if options.only else _everything(options):
        summary.add(result)
        if options.only:
            print(f"{result.name}: {result.kind}: {result.said}\n{result.detail}", flush=True)
    print(summary.table())
    print(f"seed {options.seed}: {len(summary.results)} in {time.monotonic() - summary.began:.0f} s, "
          f"{len(summary.failed)} failed")  # fmt: skip
    if summary.failed:
        print(f"what failed is in {options.out}; --seed {options.seed} --only NAME makes it again")
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
