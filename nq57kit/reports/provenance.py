"""Provenance: what a report was made from, so that its figures can be defended and made again.

In: inputs and parameters. Out: a dictionary of text and numbers only; no path, person's name or clock.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import nq57kit
from nq57kit.files import hash_file

if TYPE_CHECKING:
    from nq57kit.indicators import Inputs
    from nq57kit.reports.parameters import Parameters

__all__ = ["describe_provenance"]

#: What figures, charts and pages stand on; a change of one may change a page.
_STANDS_ON: Final = ("polars", "pandera", "altair", "vl-convert-python", "nbconvert", "papermill", "scrapbook")


def describe_provenance(kind: str, inputs: Inputs, parameters: Parameters) -> dict[str, Any]:
    """Return versions, hash of the plan and its settings, the parameters, and the exact revisions read.

    Files named in the parameters appear by their SHA-256, never by path. `settings` are those that the plan
    leaves open, with their values (contract §2).
    """
    import polars as pl

    latest = inputs.receipts.filter(pl.col("is_latest")).sort("period", "unit_id")
    return {
        "kind": kind,
        "period": str(inputs.period),
        "as_of": inputs.as_of.isoformat(),
        "nq57kit": nq57kit.__version__,
        "stands_on": {name: metadata.version(name) for name in _STANDS_ON},
        "plan_sha256": inputs.plan.hash,
        "plan_draft": inputs.plan.settings.draft,
        "commentary_sha256": hash_file(parameters.commentary) if parameters.commentary else None,
        "register_sha256": hash_file(parameters.register) if parameters.register else None,
        "judgements": dict(parameters.judgements),
        "submissions": latest.select("unit_id", "period", "revision", "sha256").to_dicts(),
    }
