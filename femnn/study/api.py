"""What studies are written with, for one import: settings, points and what comes of them, results, and what is said."""

from femnn.study.contents import Content, Finding, Headline, found, headlines, table
from femnn.study.layout import Layout, merged
from femnn.study.points import Point
from femnn.study.records import Measured, Row, Value, rows
from femnn.study.results import Results
from femnn.study.setting_types import Listed, ModelName
from femnn.study.study_bench import Bench
from femnn.study.table_rows import at, at_shown_force

__all__ = [
    "Bench", "Content", "Finding", "Headline", "Layout", "Listed", "Measured", "ModelName", "Point", "Results", "Row",
    "Value", "at", "at_shown_force", "found", "headlines", "merged", "rows", "table",
]  # fmt: skip
