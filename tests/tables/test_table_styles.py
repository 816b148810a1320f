"""Random tables in random styles: the same numbers and names again, or a refusal; never others."""

import csv
import io
import random
import re
from pathlib import Path

import numpy as np
import pytest

from femnn.errors import ConfigError
from femnn.tables.table import read_table

pytestmark = pytest.mark.serial

type Cells = list[list[str | None]]


def number(draw: random.Random) -> str:
    return draw.choice(
        [
            str(draw.randrange(-5, 3000)),
            f"{draw.gauss(0, 10):.{draw.choice([1, 2, 3, 4])}f}",
            f"{draw.gauss(0, 1):.3e}",
            f"{draw.randrange(1, 999)}.{draw.randrange(1000):03d}",
            repr(draw.gauss(0, 1)),
        ]
    )


def cells(draw: random.Random) -> Cells:
    """Numbers, some of them missing, and a name at the end of each row."""
    names = ["a", "b", "1,5", "x y", "c;d", "#1", "'q", "é"]
    return [
        [None if draw.random() < 0.08 else number(draw) for _ in range(3)] + [draw.choice(names)]
        for _ in range(draw.randrange(1, 8))
    ]


def styled(rows: Cells, draw: random.Random) -> bytes:
    """The table as some program writes it."""
    commas, missing = draw.random() < 0.5, draw.choice(["", "NA", "nan", "-", "?", "#N/A", "null"])
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=draw.choice(",;\t"), quoting=draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        lineterminator=draw.choice(["\n", "\r\n"]),
    )  # fmt: skip
    writer.writerow(["x", "y", "z", "kind"])
    for row in rows:
        texts = [missing if cell is None else cell for cell in row]
        writer.writerow([text.replace(".", ",") if commas else text for text in texts[:3]] + texts[3:])
    remark = "# a remark, of two; parts\n" if draw.random() < 0.2 else ""
    return (remark + out.getvalue()).encode(draw.choice(["utf-8", "utf-8-sig", "utf-16"]))


def test_styles_change_no_number(tmp_path: Path) -> None:
    read, refused = 0, set()
    for seed in range(1000):
        draw = random.Random(seed)
        rows = cells(draw)
        content = styled(rows, draw)
        (tmp_path / "table.csv").write_bytes(content)
        try:
            found = read_table(tmp_path / "table.csv")
            values = found.values(["x", "y", "z"])
        except ConfigError as error:
            refused.add(re.sub(r".*(nothing between thousands).*", r"\1", str(error)))
            continue
        read += 1
        wanted = [[np.nan if cell is None else float(cell) for cell in row[:3]] for row in rows]
        np.testing.assert_array_equal(values, wanted, err_msg=repr(content))
        assert found.column("kind") == [row[3] for row in rows], content
    assert read > 700
    assert refused <= {"nothing between thousands"}
