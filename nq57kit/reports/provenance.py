"""Provenance: what a report was made from, so that its figures can be defended and made again.

In: the view of the store, inputs and parameters. Out: a dictionary of text and numbers only (no path, no person's name,
no clock) and its JSON, which stands in each kind of file. And back: a kept file gives its `Origin`, and that the `Pins` which
show the same submissions again. Nothing in a kept file is run, and nothing of it is believed: `verify` proves it.
"""

from __future__ import annotations

import ast
import html
import io
import json
import platform
import re
import zipfile
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any, Final

import polars as pl

import nq57kit
from nq57kit.errors import ParameterError
from nq57kit.files import hash_bytes, hash_file, read_given
from nq57kit.reports.parameters import KINDS, name_period, read_parameters, read_person_text
from nq57kit.store import Pins, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from nbformat import NotebookNode

    from nq57kit.indicators import Inputs
    from nq57kit.plan import Period, Plan
    from nq57kit.reports.parameters import ReportParameters
    from nq57kit.store import Snapshot
    from nq57kit.store.receipts import Receipt, Refusal

#: Where the JSON stands: the id of the page's data block, the name of the Word part's element.
ELEMENT_ID: Final = "nq57-provenance"
#: The sheet of a workbook that holds it, rows of key and value; the form has one of the same name.
HIDDEN_SHEET: Final = "_nq57kit"
#: The id of the visible table, to which the exporters add the notebook's hash.
TABLE_ID: Final = "nguon-goc"
#: What figures, charts, pages and files stand on; a change of one may change a report.
_STANDS_ON: Final = (
    *("polars", "altair", "vl-convert-python", "jinja2", "mistune", "markupsafe"),
    *("nbformat", "nbconvert", "papermill", "scrapbook", "xlsxwriter"),
)
#: Of these, those that carry the notebook and stand in no byte of the files made from it, and those of one kind of file alone.
CARRIERS: Final = frozenset({"nbformat", "nbconvert", "papermill", "scrapbook"})
OF_ONE_KIND: Final = {"xlsxwriter": "xlsx"}
#: Files of this package that decide what a report says; the plan has a hash of its own, as have the notebooks.
_CODE: Final = frozenset({".py", ".csv", ".toml", ".xml", ".j2", ".css", ".json", ".ttf", ".docx"})
_NOT_CODE: Final = frozenset({"__pycache__", "notebooks", "parameter_files"})
_PLAN_DATA: Final = "plan/data/"
#: Facts of a receipt on which figures and texts depend; not when, where and by which version it was taken in.
_FACTS: Final = (
    *("unit_id", "period", "sha256", "sent_at", "sent_at_source", "file", "reference_number"),
    *("notice", "is_empty", "secret_task_count", "errors"),
)
#: What names a submission that was read.
_READ: Final = ("unit_id", "period", "revision", "sha256")
#: Reports are far below this; a larger file is not read.
LARGEST: Final = 100_000_000
_SCRIPT: Final = re.compile(rf'<script type="application/json" id="{ELEMENT_ID}">([^<]*)</script>', re.DOTALL)
_ELEMENT: Final = re.compile(rf"<{ELEMENT_ID}\b[^<>]*>([^<]*)</{ELEMENT_ID}>", re.DOTALL)
#: What a provenance must say to be one, with its types.
KEYS: Final = {
    **dict.fromkeys(("kind", "period", "as_of", "nq57kit", "code_sha256", "plan_sha256", "settings_sha256"), str),
    **dict.fromkeys(("receipts_sha256", "notebook_sha256"), str),
    **dict.fromkeys(("stands_on", "locks", "judgements"), dict),
    **dict.fromkeys(("submissions", "also_read", "refused"), list),
}


def describe_provenance(
    inputs: Inputs, parameters: ReportParameters, store: Snapshot, earlier: Sequence[Inputs] = ()
) -> dict[str, Any]:
    """Return versions, hashes of plan, settings and code, the parameters, and the exact submissions read.

    Files named in the parameters appear by their SHA-256, never by path; the person's text stands there as it was written. `submissions` are the latest revisions, of
    which the figures are made; `also_read` and `refused` are what else decides (earlier revisions, the halves compared
    with); in a scorecard those of other units stand there by their SHA-256 alone. `inputs` are those of which the figures
    are computed (a scorecard's are its unit's), `store` the view that was read; `earlier` those of the years of a programme report
    before its last.
    """
    unit_id = parameters.unit_id
    receipts = pl.concat([one.receipts.select(*_READ, "is_latest") for one in (*earlier, inputs)])
    submissions = receipts.filter("is_latest").select(_READ).sort("period", "unit_id").to_dicts()
    named = {(row["period"], row["unit_id"], row["revision"]) for row in submissions}
    others: list[dict[str, Any] | str] = []
    halves, own_plan = halves_read(inputs.period), f"{inputs.period.year}-P"
    for half in halves:
        for row in store.receipts(half, as_of=inputs.as_of).sort("unit_id", "revision").iter_rows(named=True):
            if (row["period"], row["unit_id"], row["revision"]) not in named:
                own = unit_id is None or row["unit_id"] == unit_id
                entry = {name: row[name] for name in _READ}
                others.append(entry if own else str(row["sha256"]))
    if unit_id is not None:
        others.sort(key=str)
    seen = [one for half in halves for one in store.accepted(str(half), as_of=inputs.as_of)]
    refused = [one for half in halves for one in store.refused(str(half), as_of=inputs.as_of)]
    text = read_person_text(parameters.commentary)
    body = inputs.plan.settings.body
    with_ingest = inputs.plan.settings.on_time_by == "received"
    facts = [_tell(one, with_ingest=with_ingest) for one in seen]
    facts += [_tell(one, with_ingest=with_ingest) for one in refused]
    return {
        "kind": parameters.kind,
        "period": parameters.period,
        **({} if unit_id is None else {"unit_id": unit_id}),
        **({"notebook": parameters.notebook.stem, "own": dict(parameters.own)} if parameters.notebook else {}),
        "as_of": inputs.as_of.isoformat(),
        **({"as_if_closed": True} if inputs.as_if_closed else {}),
        "nq57kit": nq57kit.__version__,
        "code_sha256": hash_code(),
        "stands_on": versions(),
        "plan_sha256": hash_plan(store.plan, inputs.period, unit_id),
        "settings_sha256": hash_settings(inputs.plan),
        "plan_draft": inputs.plan.settings.draft,
        **({} if inputs.plan.settings.draft else {"plan_document": inputs.plan.settings.document_state}),
        **({"issued_by": [body.issuer, body.office]} if body.issuer else {}),
        "commentary": text,
        "commentary_sha256": None if text is None else hash_bytes(text.encode("utf-8")),
        "register_sha256": hash_file(parameters.register) if parameters.register else None,
        "judgements": dict(parameters.judgements),
        "records": sorted(
            one.path
            for one in (
                *store.records("judgement", as_of=inputs.as_of),
                *(one for one in store.records("approval", as_of=inputs.as_of) if one.values["period"] == own_plan),
                *inputs.letters,
                *inputs.answers,
            )
        ),
        **({} if unit_id else {"drafts": bool(inputs.open_halves) if parameters.drafts is None else parameters.drafts}),
        "locks": {str(half): store.locks[str(half)] for half in halves if str(half) in store.locks},
        "submissions": submissions,
        "also_read": others,
        "refused": sorted({one.sha256 for one in refused}),
        "receipts_sha256": hash_bytes(_canonical(sorted(facts, key=_canonical))),
    }


def describe_peers(members: Iterable[str], inputs: Inputs) -> dict[str, Any]:
    """Return what a scorecard's comparison stands on: how many submissions, and one hash of them all, no other unit.

    `members` are the units of the group, `inputs` those of the whole ministry.
    """
    mine = pl.col("unit_id").is_in(list(members))
    latest = inputs.receipts.filter(pl.col("is_latest"), mine).sort("period", "unit_id")
    rows = latest.select("unit_id", "period", "revision", "sha256").rows()
    text = "\n".join(" ".join(map(str, row)) for row in rows)
    return {"compared_with": {"submissions": len(rows), "sha256": hash_bytes(text.encode("utf-8"))}}


def halves_read(period: Period) -> tuple[Period, ...]:
    """Return the periods of which a report of `period` reads something, in order.

    All halves up to its own: each earlier year has its figures from its own data, and each half is compared with the one before;
    and the yearly plans with which the year is compared. A report of the plans reads those of the year before, a request itself alone.

    Example:
        >>> from nq57kit.plan import load_plan
        >>> [str(half) for half in halves_read(load_plan().period("2027-H1"))]
        ['2026-H1', '2026-H2', '2027-P', '2027-H1']
    """
    before = period.same_period_last_year
    if not period.halves:
        return (*([before] if before else []), period)
    earlier = () if before is None else halves_read(type(period)(before.year, "", period.calendar))
    plan = type(period)(period.year, "P", period.calendar)
    return (*(one for one in earlier if one.is_half), plan, *period.year_so_far)


def pins_of(provenance: Mapping[str, Any]) -> Pins:
    """Return which submissions a report says that it read; raises KeyError or TypeError if it does not say it."""

    def place(row: Mapping[str, Any] | str) -> Place | str:
        return row if isinstance(row, str) else Place(row["unit_id"], row["period"], row["sha256"])

    accepted = tuple(place(row) for row in (*provenance["submissions"], *provenance["also_read"]))
    return Pins(accepted, tuple(provenance["refused"]), dict(provenance["locks"]), tuple(provenance.get("records", ())))


@cache
def versions() -> dict[str, str]:
    """Return the version of each thing that a report stands on, Python's without its last part."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: metadata.version(name) for name in _STANDS_ON}}


def encode_provenance(provenance: Mapping[str, Any]) -> str:
    """Return the JSON that stands in a file, in one line; «<», «>» and «&» are escaped, so that it can stand in a page.

    Example:
        >>> encode_provenance({"kind": "</script>"})
        '{"kind":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(provenance, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def hash_plan(plan: Plan, period: Period, unit_id: str | None = None) -> str:
    """Return the SHA-256 of the plan as it held for a period and for each earlier year, of which a report tells, too.

    Of a scorecard also of what became of its unit later, which it tells.
    """
    changes = plan.describe_changes(period, unit_id) if unit_id else []
    earlier = (plan.period(str(year)) for year in range(plan.settings.first_year, period.year))
    held = list(dict.fromkeys(plan.in_force(one).hash for one in (*earlier, period)))
    return hash_bytes(_canonical([held, changes])) if changes or len(held) > 1 else held[0]


def hash_settings(plan: Plan) -> str:
    """Return the SHA-256 of a plan's settings alone: the rules that the plan leaves open."""
    return hash_bytes(_canonical(asdict(plan.settings)))


@cache
def hash_code() -> str:
    """Return one SHA-256 of this package's own code, tables, templates and fonts, whatever folder they lie in."""
    lines = [f"{hash_bytes(content)}  {name}" for name, content in sorted(_code(resources.files("nq57kit"), ""))]
    return hash_bytes("\n".join(lines).encode("utf-8"))


def _code(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            if entry.name not in _NOT_CODE and f"{name}/" != _PLAN_DATA:
                yield from _code(entry, f"{name}/")
        elif "." in entry.name and f".{entry.name.rpartition('.')[2]}" in _CODE:
            yield name, entry.read_bytes().replace(b"\r\n", b"\n")


def hash_notebook(notebook: NotebookNode) -> str:
    """Return one SHA-256 of a notebook's own cells: their kind and text, without outputs and injected parameters.

    Of a cell tagged «parameters» that only sets plain values the names count, not the values: these are parameters.

    Example:
        >>> from nbformat.v4 import new_code_cell, new_notebook
        >>> cells = [new_code_cell(f"year = {year}", metadata={"tags": ["parameters"]}) for year in (2026, 2027)]
        >>> len({hash_notebook(new_notebook(cells=[cell])) for cell in cells})
        1
    """
    own = [
        [cell.cell_type, _names_only(cell.source) if "parameters" in _tags(cell) else cell.source.replace("\r\n", "\n")]
        for cell in notebook.cells
        if "injected-parameters" not in _tags(cell)
    ]
    return hash_bytes(_canonical(own))


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", ()))


def _names_only(source: str) -> str:
    """Return the names that a cell sets if it sets nothing but plain values; else its text."""
    names = []
    try:
        for node in ast.parse(source).body:
            if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                return source
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            ast.literal_eval(node.value)
            for target in targets:
                if not isinstance(target, ast.Name):
                    return source
                names.append(target.id)
    except (SyntaxError, ValueError):
        return source
    return "\n".join(names)


def _tell(sent: Receipt | Refusal, *, with_ingest: bool) -> dict[str, Any]:
    facts = {name: getattr(sent, name, None) for name in _FACTS}
    facts["sent_at"] = sent.sent_at.isoformat()
    return facts | ({"ingested_at": sent.ingested_at.isoformat()} if with_ingest else {})


def _canonical(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode("utf-8")


@dataclass(frozen=True)
class Origin:
    """A report's file as bytes, its ending, and its provenance as `describe_provenance` made it."""

    name: str
    ending: str
    content: bytes
    provenance: dict[str, Any]

    @property
    def kind(self) -> str:
        """The kind of report."""
        return str(self.provenance["kind"])

    @property
    def as_of(self) -> date:
        """The day on which its figures were closed."""
        return date.fromisoformat(self.provenance["as_of"])

    def parameters(self, store: Path, plan: Path | str | None, **files: Path | None) -> ReportParameters:
        """Return the report's parameters, with the store, the plan and the files (of these it says the hashes alone)."""
        told = self.provenance
        own: dict[str, Any] = {"store": store, "plan": plan}
        own |= name_period(self.kind, told["period"]) | {name: file for name, file in files.items() if file is not None}
        own |= {"as_if_closed": True} if told.get("as_if_closed") else {}
        if self.kind == "unit":
            return read_parameters(self.kind, own | {"unit_id": told["unit_id"], "as_of": told["as_of"]})
        more = {"as_of": told["as_of"], "judgements": dict(told["judgements"]), "drafts": told.get("drafts")}
        takes = next(known.takes for kind, known in KINDS.items() if kind == self.kind)
        return read_parameters(self.kind, own | {name: value for name, value in more.items() if name in takes})


def read_origin(path: Path) -> Origin:
    """Return what a report's file says of itself.

    Raises ParameterError for a file that is not there, is no report of ours, or does not say what it was made from.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in _READERS:
        known = ", ".join(f".{name}" for name in _READERS)
        raise ParameterError(f"«{path.name}» không phải tệp báo cáo đối chiếu được; đưa tệp {known}.")
    content = read_given(path, ParameterError, most=LARGEST)
    try:
        provenance = _READERS[ending](content)
        sound = _is_sound(provenance)
    except (ValueError, TypeError, KeyError, LookupError, OSError, zipfile.BadZipFile, RecursionError):
        sound = False
    if not sound:
        raise ParameterError(
            f"«{path.name}» không có phần nguồn gốc số liệu đọc được (tệp của phiên bản cũ, tệp đã lưu lại bằng phần mềm khác, "
            "hoặc phần này đã bị sửa); dùng tệp gốc do nq57kit lập."
        )
    return Origin(path.name, ending, content, provenance)


def _from_page(content: bytes) -> Any:
    found = _SCRIPT.findall(content.decode("utf-8"))
    return json.loads(found[-1])


def _from_word(content: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [one for one in archive.infolist() if one.filename.startswith("customXml/")]
        if sum(one.file_size for one in parts) > LARGEST:
            return None
        found = [_ELEMENT.search(archive.read(one).decode("utf-8")) for one in parts]
    return next((json.loads(html.unescape(one.group(1))) for one in found if one), None)


def _from_workbook(content: bytes) -> Any:
    from python_calamine import CalamineError, load_workbook

    try:
        rows = load_workbook(io.BytesIO(content)).get_sheet_by_name(HIDDEN_SHEET).to_python()
    except CalamineError as error:
        raise ValueError(str(error)) from error
    return json.loads("".join(str(row[1]) for row in rows if row[0] == ELEMENT_ID))


def _from_results(content: bytes) -> Any:
    return json.loads(content)["provenance"]


_READERS: Final = {"html": _from_page, "docx": _from_word, "xlsx": _from_workbook, "json": _from_results}


def _is_sound(told: Any) -> bool:
    if not isinstance(told, dict) or told.get("kind") not in KINDS:
        return False
    date.fromisoformat(told["as_of"])
    return all(isinstance(told.get(name), kind) for name, kind in KEYS.items())
