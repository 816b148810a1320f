"""What is run and how its columns are compared, as runs.toml and columns.toml say."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
INPUTS = HERE / "inputs"
"""Tables and networks that runs read."""

type Kind = Literal["key", "vector", "error", "value", "magnitude", "exact", "ignored"]

DRAW = "draw"
"""Column that numbers the runs of a study that is run several times."""


@dataclass(frozen=True)
class Columns:
    """How the columns of one table are compared."""

    keys: tuple[str, ...] = ()
    """Identify a row; rows are compared in their order where empty."""
    along: tuple[str, ...] = ()
    """Keys along which the norm of a vector is formed."""
    vectors: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    magnitudes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    tolerance: float | None = None
    """Of vectors and values; the usual ones where None."""

    def kind(self, column: str, number: bool) -> Kind:
        """How a column of numbers or of something else is compared."""
        if column in self.keys:
            return "key"
        named: dict[Kind, tuple[str, ...]] = {
            "ignored": self.ignored,
            "magnitude": self.magnitudes,
            "vector": self.vectors,
            "error": self.errors,
        }
        usual: Kind = "value" if number else "exact"
        return next((kind for kind, names in named.items() if column in names), usual)


@dataclass(frozen=True)
class Draws:
    """Where the random draws of a run come from."""

    repeat: int = 1
    """How often the study is run, each time with another seed."""
    seeds: int = 0
    """Seeds that are given to the study's own setting ``seeds``."""
    over: tuple[str, ...] = ()
    """Columns of the study that number draws."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that number draws."""
        return (*self.over, *([DRAW] if self.repeat > 1 else []))


@dataclass(frozen=True)
class Run:
    """One study with small settings."""

    name: str
    study: str
    set: Mapping[str, Any]
    draws: Draws | None = None
    fields: tuple[str, ...] = ()
    magnitudes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    summary: bool = True
    fast: bool = False
    tables: Mapping[str, Columns] = field(default_factory=dict)
    """How the columns of its tables are compared, by the name of the table."""

    @property
    def folder(self) -> str:
        """Folder of the study in studies/."""
        return self.study.split("/")[0]

    def assignments(self, first_seed: int, draw: int) -> Iterator[str]:
        """What follows ``--set`` on the command line, for one of the runs of the study."""
        for key, value in self.set.items():
            yield f"{key}={inline(value).replace('{inputs}', str(INPUTS))}"
        # Runs without draws have one too, on which nothing depends
        yield f"seed={first_seed + draw}"
        if self.draws is not None and self.draws.seeds:
            yield f"seeds={[first_seed + i for i in range(self.draws.seeds)]}"

    def columns(self, table: str) -> Columns:
        """How the columns of a table are compared."""
        return self.tables.get(table, Columns())

    def described(self) -> dict[str, Any]:
        """What the stored tables belong to."""
        draws = None if self.draws is None else [self.draws.repeat, self.draws.seeds, list(self.draws.over)]
        return {"study": self.study, "set": dict(self.set), "draws": draws, "fields": list(self.fields)}


def inline(value: Any) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def specified(folder: Path = HERE) -> dict[str, Run]:
    """All runs by name, in the order of runs.toml."""
    columns = {
        study: {table: Columns(**_tuples(values)) for table, values in tables.items()}
        for study, tables in _read(folder / "columns.toml").items()
    }
    return {name: _run(name, values, columns) for name, values in _read(folder / "runs.toml").items()}


def chosen(runs: Mapping[str, Run], names: Sequence[str]) -> list[Run]:
    """Runs by their names or by the names of their studies; all where none is named.

    Raises:
        SystemExit: there is none of a name.
    """
    for name in names:
        if not any(name in (run.name, run.folder) for run in runs.values()):
            raise SystemExit(f"baseline: there is no run and no study {name!r}; there are {', '.join(runs)}.")
    return [run for run in runs.values() if not names or run.name in names or run.folder in names]


def _run(name: str, values: dict[str, Any], columns: Mapping[str, Mapping[str, Columns]]) -> Run:
    draws = values.pop("draws", None)
    run = Run(name, **_tuples(values), draws=None if draws is None else Draws(**_tuples(draws)))
    tables = dict(columns.get(run.folder, {}))
    more = {"magnitudes": run.magnitudes, "ignored": run.ignored}
    for table, of in tables.items():
        keys = tuple(key for key in of.keys if key not in run.ignored)
        tables[table] = replace(of, keys=keys, **{kind: (*getattr(of, kind), *names) for kind, names in more.items()})
    return replace(run, tables=tables)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
