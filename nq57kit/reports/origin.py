"""Reading back what a report says of itself: its provenance, from the page, the Word file, the workbook or the JSON.

In: a file that somebody has kept. Out: an `Origin`, or a ParameterError with one sentence. Nothing in the file is run,
and nothing of it is believed: `verify` proves it.
"""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from nq57kit.errors import ParameterError
from nq57kit.reports.parameters import KINDS
from nq57kit.reports.provenance import ELEMENT_ID

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ENDINGS", "Origin", "read_origin"]

#: Files of a report that tell where they come from, with what a reader calls them.
ENDINGS: Final = {"html": "trang HTML", "docx": "tệp Word", "xlsx": "tệp Excel", "json": "tệp JSON"}
#: Reports are far below this; a larger file is not read.
_LARGEST: Final = 100_000_000
_SCRIPT: Final = re.compile(rf'<script type="application/json" id="{ELEMENT_ID}">(.*?)</script>', re.DOTALL)
_ELEMENT: Final = re.compile(rf"<{ELEMENT_ID}\b[^>]*>(.*?)</{ELEMENT_ID}>", re.DOTALL)
_TEXTS: Final = ("kind", "period", "as_of", "nq57kit", "code_sha256", "plan_sha256", "settings_sha256")
_OTHERS: Final = {
    "stands_on": dict,
    "locks": dict,
    "judgements": dict,
    "submissions": list,
    "also_read": list,
    "refused": list,
    "receipts_sha256": str,
    "notebook_sha256": str,
}


@dataclass(frozen=True)
class Origin:
    """A report's file as bytes, its ending, and its provenance as `provenance.describe_provenance` made it."""

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

    def parameters(self) -> dict[str, Any]:
        """Return the report's parameters, but for its store and its files (of these it says the hashes alone)."""
        told = self.provenance
        own: dict[str, Any] = {"year": told["period"]} if self.kind == "annual" else {"period": told["period"]}
        if self.kind == "unit":
            return own | {"unit_id": told["unit_id"], "as_of": told["as_of"]}
        return own | {"as_of": told["as_of"], "judgements": dict(told["judgements"])}


def read_origin(path: Path) -> Origin:
    """Return what a report's file says of itself.

    Raises ParameterError for a file that is not there, is no report of ours, or does not say what it was made from.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ENDINGS:
        known = ", ".join(f".{name}" for name in ENDINGS)
        raise ParameterError(f"«{path.name}» không phải tệp báo cáo đối chiếu được; đưa tệp {known}.")
    try:
        if path.stat().st_size > _LARGEST:
            raise ParameterError(f"«{path.name}» quá lớn so với một báo cáo; kiểm tra lại tệp.")
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError(f"Không đọc được tệp «{path}»; kiểm tra đường dẫn và quyền đọc.") from error
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
    from nq57kit.reports.docx.packing import PROVENANCE_PART

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.getinfo(PROVENANCE_PART).file_size > _LARGEST:
            return None
        text = archive.read(PROVENANCE_PART).decode("utf-8")
    found = _ELEMENT.search(text)
    return json.loads(html.unescape(found.group(1))) if found else None


def _from_workbook(content: bytes) -> Any:
    from python_calamine import CalamineError, load_workbook

    from nq57kit.reports.xlsx import HIDDEN_SHEET

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
    texts = all(isinstance(told.get(name), str) for name in _TEXTS)
    return texts and all(isinstance(told.get(name), kind) for name, kind in _OTHERS.items())
