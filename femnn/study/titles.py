"""Titles of studies, without importing the studies."""

import ast
from pathlib import Path

ENDING = "Study"
"""What the bases of a study's class end with."""


def study_title(folder: Path) -> str:
    """Return the title of a study without importing it, as a list of many is wanted at once."""
    tree = ast.parse((folder / "study.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith(ENDING) for base in node.bases):
            return (ast.get_docstring(node) or "").split("\n")[0]
    return ""
