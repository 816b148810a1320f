"""Check the types of all studies by mypy, in one run.

The folders of studies are named for users and are no Python packages by name. For the check each stands for a package
in a folder of its own, its files by symbolic links.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Return the status of mypy."""
    with tempfile.TemporaryDirectory() as folder:
        packages = []
        for study in sorted((ROOT / "studies").glob("*/study.py")):
            package = Path(folder) / f"study_{study.parent.name.replace('-', '_')}"
            package.mkdir()
            (package / "__init__.py").touch()
            for path in study.parent.glob("*.py"):
                (package / path.name).symlink_to(path)
            packages.append(str(package))
        command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *packages]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
