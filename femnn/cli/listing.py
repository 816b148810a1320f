"""What there is by name: studies, networks, solvers, models, materials and estimators."""

from dataclasses import is_dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from femnn.config import resources
from femnn.config.toml_files import read_toml
from femnn.insitu.estimators import ESTIMATORS
from femnn.mechanics.materials import MATERIALS
from femnn.mechanics.models import MODELS
from femnn.study.titles import study_title


def listing() -> None:
    """Print everything that a study, ``femnn run`` or ``femnn mesh`` takes by name, with a line on each."""
    console = Console()
    for title, rows in (
        ("Studies", [(name, study_title(path)) for name, path in resources.names("studies").items()]),
        ("Networks", [(n, str(read_toml(p).get("description", ""))) for n, p in resources.names("meshes").items()]),
        (
            "Solvers",
            [(name, _first_comment(path.read_text("utf-8"))) for name, path in resources.names("solvers").items()],
        ),
        (
            "Models",
            [(name, f"{_first_line(type(model).__doc__)}{_parameters(model)}") for name, model in MODELS.items()],
        ),
        ("Materials", [(name, _first_line(law.__doc__)) for name, law in MATERIALS.items()]),
        ("Estimators", [(name, estimator.description) for name, estimator in ESTIMATORS.items()]),
    ):
        table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column()
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        console.print(table)
        console.print()


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _parameters(model: object) -> str:
    given = {key: getattr(value, "name", value) for key, value in vars(model).items() if key not in ("name", "linear")}
    values = [f"{key} = {value}" for key, value in given.items() if not is_dataclass(value) and value is not None]
    return f" ({', '.join(values)})" if values else ""


def _first_comment(text: str) -> str:
    return next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")), "")
