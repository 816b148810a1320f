"""The words of the field are used: no text has a riddle in the place of a term."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parent.parent
FOLDERS = ("femnn", "studies", "meshes", "measurements", "solvers", "benchmarks", "docs", "tools")
KINDS = {".py", ".md", ".toml", ".jinja", ".petsc", ".sh"}

INSTEAD = {
    r"foret(ell|old)\w*|fores(ee|aw)\w*": "predict",
    r"told right|tells? samples": "classified correctly, accuracy",
    r"(?<!rigid )\b(?<!<)(?<!</)(?<!stub\.)(?<!tree\.)bod(y|ies)\b(?! forces?\b)(?! \{)": "solid",
    r"\banew\b": "again, rebuilt",
    r"\bbears?\b|\bborne\b": "carries; stays stable up to; has no stable equilibrium at",
    r"turned round": "reversed",
    r"but for (its|their) size|but for a common factor": "after optimal rescaling",
    r"\b(is|are) off by\b": "has a relative error of",
    r"\bgo(es)? on where it was\b": "resumes",
    r"(model|prediction) that is right|\ba right (one|model)\b": "a perfect model",
    r"χ² a (value|bond)\b": "χ² per value, per bond",
    r"\blets? go of\b|\bgiven back\b|\btaken up again\b": "released, restored",
    r"told by the data": "determined by the data",
    r"as it is cut\b": "cut outline",
    r"\bwish(es)?\b": "request",
    r"\bclassrooms?\b|\blearners?\b|\bworkbench\b|\bjournals?\b|\bspecimens?\b|\blessons?\b|\bsightings?\b": (
        "trainer, batch evaluator, bench, record, calibrated lattice, training specification, reading"
    ),
    r"\bLaborator(y|ies)\b(?= )": "experiment",
}
"""What is not to be found, and what is written instead."""
EXCEPTIONS = {("studies/gradient-error/study.py", "borne"), ("studies/gradient-error/states.py", "borne")}
"""Names of data that scripts rely on."""


def texts() -> list[Path]:
    """README.md, CONTRIBUTING.md, and everything in the folders that users or developers read."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *FOLDERS, "README.md", "CONTRIBUTING.md"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS]
    paths = (ROOT / name for name in listed.stdout.splitlines())
    return [path for path in paths if path.suffix in KINDS and path.is_file()]


@pytest.mark.parametrize("pattern", INSTEAD, ids=[words.split(",")[0] for words in INSTEAD.values()])
def test_plain_words(pattern: str) -> None:
    """The words of the glossary stand in README, documentation, messages, reports and docstrings."""
    found = []
    for path in texts():
        place = path.relative_to(ROOT).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for match in re.finditer(pattern, line):
                if (place, match[0]) not in EXCEPTIONS:
                    found.append(f"{place}:{number}: {match[0]!r}; write {INSTEAD[pattern]}")
    assert not found, "\n".join(found)
