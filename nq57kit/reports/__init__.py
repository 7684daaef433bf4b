"""Reports: parameters in, an executed notebook, a page and its results out.

In: a store, a period, a person's text. Out: files named `semiannual-2026-H2.html` and so on (contract §5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nq57kit.lazy import load_lazily

_HOMES = {
    "AnnualParameters": "parameters",
    "BatchResult": "batch",
    "Cause": "verify",
    "Executor": "batch",
    "KINDS": "parameters",
    "Made": "batch",
    "Order": "batch",
    "PLACES": "commentary",
    "Report": "opening",
    "RunResult": "run",
    "SemiannualParameters": "parameters",
    "Tracer": "tracing",
    "UnitParameters": "parameters",
    "Verification": "verify",
    "collect_results": "results",
    "find_notebook": "run",
    "glue_results": "results",
    "make_report": "batch",
    "open_report": "opening",
    "open_tracer": "tracing",
    "packaged": "run",
    "prepare_report": "opening",
    "read_basis": "opening",
    "read_commentary": "commentary",
    "read_inputs": "opening",
    "read_parameters": "parameters",
    "run_batch": "batch",
    "run_report": "run",
    "show_commentary": "blocks",
    "show_masthead": "blocks",
    "show_other_commentary": "blocks",
    "show_provenance": "blocks",
    "show_settings": "blocks",
    "show_unit_commentary": "unit_blocks",
    "show_unit_masthead": "unit_blocks",
    "show_unit_provenance": "unit_blocks",
    "trace": "tracing",
    "try_report": "batch",
    "verify_report": "verify",
    "write_form": "commentary",
    "write_index": "index",
}

__all__ = [
    "KINDS",
    "PLACES",
    "AnnualParameters",
    "BatchResult",
    "Cause",
    "Executor",
    "Made",
    "Order",
    "Report",
    "RunResult",
    "SemiannualParameters",
    "Tracer",
    "UnitParameters",
    "Verification",
    "collect_results",
    "find_notebook",
    "glue_results",
    "make_report",
    "open_report",
    "open_tracer",
    "packaged",
    "prepare_report",
    "read_basis",
    "read_commentary",
    "read_inputs",
    "read_parameters",
    "run_batch",
    "run_report",
    "show_commentary",
    "show_masthead",
    "show_other_commentary",
    "show_provenance",
    "show_settings",
    "show_unit_commentary",
    "show_unit_masthead",
    "show_unit_provenance",
    "trace",
    "try_report",
    "verify_report",
    "write_form",
    "write_index",
]

if TYPE_CHECKING:
    from nq57kit.reports.batch import BatchResult, Executor, Made, Order, make_report, run_batch, try_report
    from nq57kit.reports.blocks import (
        show_commentary,
        show_masthead,
        show_other_commentary,
        show_provenance,
        show_settings,
    )
    from nq57kit.reports.commentary import PLACES, read_commentary, write_form
    from nq57kit.reports.index import write_index
    from nq57kit.reports.opening import Report, open_report, prepare_report, read_basis, read_inputs
    from nq57kit.reports.parameters import (
        KINDS,
        AnnualParameters,
        SemiannualParameters,
        UnitParameters,
        read_parameters,
    )
    from nq57kit.reports.results import collect_results, glue_results
    from nq57kit.reports.run import RunResult, find_notebook, packaged, run_report
    from nq57kit.reports.tracing import Tracer, open_tracer, trace
    from nq57kit.reports.unit_blocks import show_unit_commentary, show_unit_masthead, show_unit_provenance
    from nq57kit.reports.verify import Cause, Verification, verify_report

__getattr__, __dir__ = load_lazily(__name__, _HOMES)
