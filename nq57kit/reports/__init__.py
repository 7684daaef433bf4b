"""Reports: parameters in, an executed notebook, a page and its results out.

In: a store, a period, a person's text. Out: files named `semiannual-2026-H2.html` and so on (contract §5).
What notebooks and scripts use is listed here and loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.lazy import load_lazily

#: Each public name with its module.
_HOMES = {
    **dict.fromkeys(("make_report", "run_batch", "run_report"), "batch"),
    **dict.fromkeys(("Job", "Result", "find_notebook", "packaged"), "jobs"),
    **dict.fromkeys(("glue_results", "open_report", "show_commentary", "show_masthead", "show_other_commentary",
                     "show_provenance", "show_settings", "show_unit_commentary",
                     "show_unit_masthead", "show_unit_provenance"), "notebook"),
    **dict.fromkeys(("KINDS", "ReportParameters", "read_parameters"), "parameters"),
    **dict.fromkeys(("PLACES", "Report", "prepare_report", "read_basis", "read_inputs"), "report"),
    **dict.fromkeys(("ResultFrames", "collect_results", "read_results"), "results"),
    **dict.fromkeys(("Tracer", "open_tracer", "trace"), "tracer"),
    **dict.fromkeys(("verify_report",), "verify"),
}  # fmt: skip

__all__ = [
    "KINDS", "PLACES", "Job", "Report", "ReportParameters", "Result", "ResultFrames", "Tracer", "collect_results",
    "find_notebook", "glue_results", "make_report", "open_report", "open_tracer", "packaged", "prepare_report",
    "read_basis", "read_inputs", "read_parameters", "read_results", "run_batch", "run_report", "show_commentary",
    "show_masthead", "show_other_commentary", "show_provenance", "show_settings", "show_unit_commentary",
    "show_unit_masthead", "show_unit_provenance", "trace", "verify_report",
]  # fmt: skip

if TYPE_CHECKING:
    from nq57kit.reports.batch import make_report, run_batch, run_report
    from nq57kit.reports.jobs import Job, Result, find_notebook, packaged
    from nq57kit.reports.notebook import (
        glue_results,
        open_report,
        show_commentary,
        show_masthead,
        show_other_commentary,
        show_provenance,
        show_settings,
        show_unit_commentary,
        show_unit_masthead,
        show_unit_provenance,
    )
    from nq57kit.reports.parameters import KINDS, ReportParameters, read_parameters
    from nq57kit.reports.report import PLACES, Report, prepare_report, read_basis, read_inputs
    from nq57kit.reports.results import ResultFrames, collect_results, read_results
    from nq57kit.reports.tracer import Tracer, open_tracer, trace
    from nq57kit.reports.verify import verify_report

__getattr__, __dir__ = load_lazily(__name__, _HOMES)
