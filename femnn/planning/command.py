"""``femnn plan``: settings from options, a plan, its sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from femnn.config.trust import run_folder, settings_from
from femnn.planning.plan import plan, trial
from femnn.planning.plan_settings import plan_settings
from femnn.planning.sheet import bench_sheet
from femnn.planning.sheet_page import require_kind, write_sheet
from femnn.planning.text import as_text
from femnn.runtime.notices import collected, gathered
from femnn.runtime.ranks import on_root
from femnn.runtime.stack import MPI


def planned(
    target: str, assignments: Sequence[str], check: bool, out: Path | None, comm: MPI.Comm, trust: bool = False
) -> str:
    """Make a plan, and write its sheet where one is asked for.

    Args:
        target: a network or a plan file.
        assignments: ``"key=value"``, laid over the settings.
        check: whether to carry the plan out in a trial run.
        out: file of the sheet, .html or .txt.
        comm: ranks that share each solve; all of them call.
        trust: run code that a plan file in a run folder names.

    Returns:
        The sheet as text.

    Raises:
        ConfigError: settings cannot be used, or no plan is admissible.
        InstabilityError: the lattice would buckle under every plan.
        NetworkError: the case does not fit the network.
    """
    if out is not None:
        require_kind(out)
    source = on_root(comm, lambda: run_folder(Path(target)) if Path(target).is_file() else None)
    with settings_from(source, trust), collected(comm) as warned:
        made = plan(on_root(comm, lambda: plan_settings(target, assignments)), comm)
        sheet = bench_sheet(made, trial(made) if check else None)
        sheet = replace(sheet, notes=[*(f"Warning: {text}" for text in gathered(warned, comm)), *sheet.notes])
    if out is not None:
        on_root(comm, lambda: write_sheet(out, made, sheet))
    return as_text(sheet)
