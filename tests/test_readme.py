"""What the README says is run."""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parent.parent


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples work as they stand; they assert their own results."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})


def test_the_headline_table_is_that_of_the_study() -> None:
    """The README's errors are those that the study's expected figures state."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    expected = json.loads((ROOT / "studies" / "gradient-error" / "expected.json").read_text(encoding="utf-8"))
    errors = {
        row["estimator"]: row["relative_l2"] for row in expected["estimators"]["rows"] if row["case"] == "separate"
    }
    linear = next(r["relative_l2"] for r in expected["linear_spring_gradient"]["rows"] if r["case"] == "separate")
    table = text[text.index("| way to measure") : text.index("And what each effect")]
    stated = [float(figure) for figure in re.findall(r"\| \*?([\d.]+) %", table)]
    found = [errors["product"], errors["superposed-product"], errors["centred-product"], linear]
    assert stated == pytest.approx([100 * error for error in found], rel=0.02)


def test_the_table_of_effects_is_that_of_the_study() -> None:
    """What the README says of each effect is what the study's expected figures state."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    expected = json.loads((ROOT / "studies" / "gradient-error" / "expected.json").read_text(encoding="utf-8"))
    rows = [row for row in expected["ladder"]["rows"] if row["case"] == "separate"]
    for row in rows:
        change, factor, turned = f"{row['change']:.0%}", f"{row['factor']:.2f}", f"{row['turned']:.0%}"
        assert f"| {row['effect']} | {change} | {factor} | {turned} |".replace("%", " %") in text


def test_the_table_of_agreement_is_that_of_the_study() -> None:
    """What the README says of models next to the measurement is what the study fidelity expects."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    expected = json.loads((ROOT / "studies" / "fidelity" / "expected.json").read_text(encoding="utf-8"))
    pearson = {(row["model"], row["geometry"], row["case"]): row["one_minus_pearson"] for row in expected["agreement"]}
    displacements = {(row["model"], row["geometry"]): row["fitted_chi_squared"] for row in expected["displacements"]}
    names = {
        "linear springs": ("spring", "straight"),
        "bars, thinned ends": ("bar", "thinned"),
        "beams, thinned ends": ("beam", "thinned"),
        "solid in plane stress, thinned ends": ("continuum-2d", "thinned"),
    }
    for name, key in names.items():
        separate, same = (pearson[(*key, case)] for case in ("separate", "same"))
        assert f"| {name} | {separate:.4f} | {same:.4f} | {displacements[key]:.1f} |" in text


def test_links_of_the_readme_lead_somewhere() -> None:
    """Every relative link is to a file that is there."""
    for page in (ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("studies/*/README.md")):
        for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page}: {target}"
