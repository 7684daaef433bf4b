"""A second count of the synthetic year, by other means: the standard library and openpyxl, no line of nq57kit.

What for: `tests/reports/test_sample_figures.py` compares every figure of a report with what this program counts.
In: a folder with `2026-H1` and `2026-H2` (workbooks and `sent.csv`), the register of units and the code lists as
CSV, the plan's own text. Out: a dictionary of plain numbers for one period.
By hand: `python tests/independent FOLDER 2026-H2 2026-12-25` prints it as JSON.

It is slow and plain on purpose: loops over rows, one rule after the other as the plan and docs/indicators.md tell
them. Where the library and this program differ, the plan decides, not the library.
"""

from __future__ import annotations

from .counting import count
from .lists import leads_of_tasks
from .reading import Refused, Submission, read_submission, read_year

__all__ = ["Refused", "Submission", "count", "leads_of_tasks", "read_submission", "read_year"]
