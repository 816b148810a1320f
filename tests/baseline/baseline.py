"""Run every study with small settings, and store its tables or compare them with those that are stored.

    python tests/baseline/baseline.py record [RUN ...]
    python tests/baseline/baseline.py compare [RUN ...]

RUN is a run of runs.toml or a study, and all of them where none is named. README.md says what is compared and how.
Exit status: 0 all as stored, 1 something differs, 2 bad usage, or nothing to compare with.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comparison import Compared, Rules, compared, differing, drawn_again, failing
from execution import SUMMARY, Executed, executed
from mpi4py import MPI
from specification import Run, chosen, specified
from storing import MANIFEST, STORED, read_manifest, read_stored, reduced, store

LARGEST_FILE, LARGEST = 500_000, 500_000
"""Bytes of a stored file, and of all of them together."""
OTHER_SEEDS = 5000
"""By how much seeds are larger where a mean is drawn once more."""


@dataclass(frozen=True)
class Options:
    """How runs are compared."""

    first_seed: int | None = None
    """In the place of the one that is stored."""
    same_draws: bool = False
    allow_news: bool = False
    keep: Path | None = None
    verbose: bool = False
    stored: Path = STORED


def record(runs: Sequence[Run], first_seed: int, stored: Path = STORED, keep: Path | None = None) -> None:
    """Run and store.

    Raises:
        SystemExit: a run cannot be stored, or too much is stored.
    """
    for run in runs:
        start = time.process_time()
        found = executed(run, first_seed, keep)
        store(run, found, first_seed, stored)
        rows = sum(map(len, found.tables.values()))
        print(f"{run.name}: {len(found.tables)} tables, {rows} rows, {time.process_time() - start:.1f} s", flush=True)
    known = specified()
    for name in read_manifest(stored)["runs"] if stored == STORED else ():
        if name not in known:
            print(f"{name} is stored, and is no run of runs.toml: remove its folder and its entry in {MANIFEST}.")
    sizes = {path: path.stat().st_size for path in stored.rglob("*.*")}
    print(f"{len(sizes)} files, {sum(sizes.values()) / 1000:.0f} kB in {stored}")
    if sum(sizes.values()) > LARGEST or max(sizes.values()) > LARGEST_FILE:
        raise SystemExit("baseline: that is too much to store; make runs smaller.")


def compare_run(run: Run, options: Options) -> tuple[dict[str, Compared], list[str]]:
    """Run, and compare with what is stored.

    Returns:
        How far each table is off, and a line for everything that fails.
    """
    entry = read_manifest(options.stored).get("runs", {}).get(run.name)
    if entry is None:
        return {}, [f"nothing is stored; record it: baseline.py record {run.name}"]
    changed = differing(entry, run.described())
    if changed:
        return {}, [f"{', '.join(changed)} in runs.toml is not as recorded; record it: baseline.py record {run.name}"]
    first_seed = entry["first_seed"] if options.first_seed is None else options.first_seed
    found = executed(run, first_seed, options.keep)
    failures = []
    for what in ("statuses", "failures"):
        if getattr(found, what) != entry[what]:
            told = f" ({found.messages[0]})" if found.messages else ""
            failures.append(f"{what} were {entry[what]} and are {getattr(found, what)}{told}")
    tables = compared_tables(run, found, options)
    if not options.same_draws and any(each.drawn and each.fails for t in tables.values() for each in t.deviations):
        print(f"{run.name}: a mean is off; it is drawn once more", flush=True)
        others = executed(run, first_seed + OTHER_SEEDS, options.keep)
        tables = drawn_again(tables, compared_tables(run, others, options))
    return tables, [*failures, *failing(tables, options.allow_news)]


def compared_tables(run: Run, found: Executed, options: Options) -> dict[str, Compared]:
    """How far each table of a run is off."""
    before, now = read_stored(run, options.stored), reduced(run, found)
    tables = {}
    for name in dict.fromkeys([*before, *now]):
        if name not in now:
            tables[name] = Compared(name, problems=["the table is gone"])
        elif name not in before:
            tables[name] = Compared(name, news=["the table is new"])
        else:
            rules = Rules(found.columns[name], run.draws is not None, options.same_draws, name == SUMMARY)
            tables[name] = compared(name, before[name], now[name], rules)
    return tables


def compare(runs: Sequence[Run], options: Options) -> int:
    """Compare all runs, say how far each column is off, and return how many of them fail."""
    failed = {}
    for run in runs:
        start = time.process_time()
        tables, failures = compare_run(run, options)
        print(f"{run.name} ({time.process_time() - start:.1f} s): {'FAILS' if failures else 'as stored'}", flush=True)
        for table in tables.values():
            columns = "".join(f", {each.column} {each.worst:.2g}" for each in table.deviations)
            print(f"  {table.table}: {table.rows} rows{columns}")
            for each in table.deviations if options.verbose else ():
                print(f"    {each.column} ({each.kind}) {each.worst:.2g} of what is allowed; {each.where}")
            for news in table.news if options.allow_news else ():
                print(f"  {table.table}: {news} (allowed)")
        for line in failures:
            print(f"  FAILS {line}")
        if failures:
            failed[run.name] = len(failures)
    print(f"{len(runs) - len(failed)} of {len(runs)} runs are as stored.", flush=True)
    for name, count in failed.items():
        print(f"  {name}: {count} differences")
    return len(failed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["record", "compare", "list"])
    parser.add_argument("runs", nargs="*", metavar="RUN")
    parser.add_argument("--fast", action="store_true", help="the runs that are part of `make test` alone")
    parser.add_argument("--first-seed", type=int, help="of random numbers [0, or the one that is stored]")
    parser.add_argument("--same-draws", action="store_true", help="random numbers are the same: means must be too")
    parser.add_argument("--allow-new-columns", action="store_true", help="list new columns and tables, do not fail")
    parser.add_argument("--verbose", action="store_true", help="the worst row of every column")
    parser.add_argument("--keep", type=Path, help="keep the folders of the runs here")
    given = parser.parse_intermixed_args(arguments)
    if MPI.COMM_WORLD.size > 1:
        raise SystemExit("baseline: the stored tables are those of one process; run it without mpiexec.")
    runs = [run for run in chosen(specified(), given.runs) if run.fast or not given.fast]
    if given.what == "list":
        print("\n".join(f"{run.name}: {run.study}{', fast' if run.fast else ''}" for run in runs))
        return 0
    if given.what == "record":
        record(runs, given.first_seed or 0, keep=given.keep)
        return 0
    options = Options(given.first_seed, given.same_draws, given.allow_new_columns, given.keep, given.verbose)
    return min(1, compare(runs, options))


if __name__ == "__main__":
    sys.exit(main())
