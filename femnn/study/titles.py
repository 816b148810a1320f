"""Titles of studies, without importing the studies."""

import ast
from pathlib import Path


def study_title(folder: Path) -> str:
    """Return the title of a study without importing it, as a list of many is wanted at once."""
    tree = ast.parse((folder / "study.py").read_text(encoding="utf-8"))
    titles = [node.value for node in tree.body if isinstance(node, ast.Assign) and _names(node) == ["TITLE"]]
    return str(ast.literal_eval(titles[0])) if titles else ""


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]
