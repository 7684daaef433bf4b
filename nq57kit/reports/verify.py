"""Verifying a report: made again from what it says of itself, and compared byte by byte.

In: a report's file, a store, and the files that the report names by hash. Out: a `Verification`: «khớp», or the causes
(data, plan, parameters, notebook, code, versions, the file itself), each in one sentence, and where the file differs.
"""

from __future__ import annotations

import difflib
import html
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final, Literal

import nq57kit
from nq57kit.errors import Nq57Error, ParameterError, PeriodError, PlanError, ReportError, StoreError
from nq57kit.files import hash_bytes, hash_file, local_path, scratch_folder, write_atomically
from nq57kit.plan import Plan, load_plan
from nq57kit.reports.batch import run_report
from nq57kit.reports.jobs import find_notebook
from nq57kit.reports.letterhead import describe_style
from nq57kit.reports.parameters import KINDS, ReportParameters, last_period, read_person_text, use_notebook
from nq57kit.reports.provenance import (
    CARRIERS,
    ELEMENT_ID,
    HIDDEN_SHEET,
    OF_ONE_KIND,
    Origin,
    halves_read,
    hash_code,
    hash_notebook,
    hash_plan,
    hash_settings,
    pins_of,
    read_origin,
    versions,
)
from nq57kit.reports.report import Basis, Report, prepare_report, read_basis
from nq57kit.store import Pins, Snapshot, Store, prove_lock, prove_refusal, prove_submission
from nq57kit.store.locks import read_locks, shorten_seal
from nq57kit.store.rereading import reread
from nq57kit.submissions.cells import column_letters
from nq57kit.text import format_date

#: What can make a report differ from what it was.
CauseKind = Literal["data", "lock", "plan", "parameters", "notebook", "code", "versions", "report"]
#: So many causes of one kind, and places that differ, are told.
_SHOWN: Final = 5
#: Files that a report names by their hash: parameter, key of the provenance, what they are called.
_FILES: Final = (
    ("commentary", "commentary_sha256", "tệp nhận xét"),
    ("register", "register_sha256", "danh mục nhiệm vụ KHCN"),
)
#: So much of a text that differs is told, and so many characters before the first difference.
_LONGEST: Final = 120
_LEAD: Final = 40
#: So many lines are compared from a difference on, at first and at most.
_WINDOW: Final = 64
_LARGEST_WINDOW: Final = 4096
_HEADING: Final = re.compile(r"<h[1-4]\b[^<>]*>((?:(?!<h[1-4]\b).)*?)</h[1-4]>", re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]+>")
_PARAGRAPH: Final = re.compile(r"<w:p[ >](?:(?!<w:p[ >]).)*?</w:p>", re.DOTALL)
_WORDS: Final = re.compile(r"<w:t(?: [^<>]*)?>([^<]*)</w:t>", re.DOTALL)
_STYLE: Final = re.compile(r'<w:pStyle w:val="Heading\d"/>')


@dataclass(frozen=True)
class Cause:
    """Why a report cannot be had again as it was: the kind of cause, and one Vietnamese sentence."""

    kind: CauseKind
    message: str


@dataclass(frozen=True)
class Verification:
    """What became of a verification.

    `causes` are empty where the report is what the store gives; `differences` tell where the file differs from the one
    made again; `notes` are worth knowing and no fault: newer submissions, a period locked since, versions that change nothing.
    """

    file: str
    kind: str
    period: str
    as_of: str
    causes: tuple[Cause, ...] = ()
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the report matches («khớp»)."""
        return not self.causes

    def as_dict(self) -> dict[str, Any]:
        """Return the verification as JSON-ready data."""
        return {"ok": self.ok, **asdict(self)}


def verify_report(
    path: Path | str,
    store: Path | str,
    *,
    plan: Path | None = None,
    commentary: Path | None = None,
    register: Path | None = None,
    notebooks: Path | None = None,
    letterhead: Path | None = None,
    from_raw: bool = False,
) -> Verification:
    """Make a report again from the revisions that it names, even where newer ones have come, and compare the bytes.

    Args:
        path: the report: .html, .docx, .xlsx or .json, as nq57kit wrote it.
        store: the store's folder.
        plan: the folder of the plan's tables; the packaged plan without it.
        commentary, register: the files that the report was made with, where it says that there were some; the person's
            text stands in the report itself.
        notebooks: a folder of notebooks that replace the packaged ones.
        letterhead: a folder of the Word template and the words that replace the packaged ones.
        from_raw: compare what the report read with the units' own files, too.

    Raises ParameterError, StoreError or PlanError where the question itself is wrong: no report, no store, a file
    that the report needs and that was not given.
    """
    origin = read_origin(local_path(path, ParameterError))
    given = {"commentary": commentary or unpack_text(origin), "register": register}
    _require_files(origin, given)
    folder = Store(store, plan=load_plan(plan))
    ours = folder.plan  # with the store's requests
    causes = [
        *_compare_code(origin),
        *_compare_plan(origin, ours),
        *_compare_files(origin, given),
        *_compare_notebook(origin, notebooks),
        *_compare_letterhead(origin, letterhead),
    ]
    pins = _read_pins(origin)
    try:
        view = folder.pinned(pins)
    except StoreError as error:
        return _conclude(origin, [*causes, Cause("data", str(error))], [], [])
    locks = list(_prove_locks(origin, folder, view))
    causes += [*_prove_data(view, from_raw=from_raw), *locks]
    notes = [] if locks else list(_note_news(origin, folder, view))
    try:
        parameters = origin.parameters(folder.folder, plan, **given)
        # Made again under the versions that the file names, so that only what they did can differ.
        told = origin.provenance["stands_on"]
        named = {name: told[name] for name in versions() if name in told} | told
        basis = replace(read_basis(parameters, pins=pins), stands_on=named)
        report = prepare_report(parameters, basis=basis)
        made = make_again(parameters, basis, origin, notebooks, letterhead)
    except (ReportError, ParameterError) as error:
        causes += _blame_versions(origin)
        return _conclude(origin, [*causes, Cause("code", f"Không lập lại được báo cáo: {error}")], [], notes)
    except Nq57Error as error:
        return _conclude(origin, [*causes, Cause("data", str(error))], [], notes)
    causes += _compare_receipts(origin, report)
    differences = describe_differences(origin.content, made, origin.ending)
    if differences:
        causes += _blame_versions(origin)
    elif other := _other_versions(origin):
        notes.append(
            f"Báo cáo lập bằng phiên bản khác của {_tell_versions(origin, other)}; không byte nào khác vì thế."
        )
    if differences and not causes:
        causes.append(
            Cause("report", "Tệp báo cáo đã bị sửa sau khi lập: lập lại từ đúng nguồn gốc đã ghi cho kết quả khác.")
        )
    return _conclude(origin, causes, differences, notes)


def _conclude(origin: Origin, causes: list[Cause], differences: list[str], notes: list[str]) -> Verification:
    told = origin.provenance
    return Verification(
        origin.name, origin.kind, told["period"], told["as_of"], tuple(causes), tuple(differences), tuple(notes)
    )


def _require_files(origin: Origin, given: dict[str, Path | None]) -> None:
    for name, key, what in _FILES:
        told = origin.provenance.get(key)
        path = given[name]
        if told and path is None:
            raise ParameterError(
                f"Báo cáo «{origin.name}» được lập kèm {what} (SHA-256 {told[:16]}…); viết thêm --{name} TỆP để đối chiếu."
            )
        if path is not None and not path.is_file():
            raise ParameterError(f"--{name}: không có tệp «{path}»; kiểm tra đường dẫn.")


def _read_pins(origin: Origin) -> Pins:
    try:
        return pins_of(origin.provenance)
    except (KeyError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"«{origin.name}» ghi sai danh sách báo cáo đã đọc; dùng tệp gốc do nq57kit lập."
        ) from error


def unpack_text(origin: Origin) -> Path | None:
    """Return a file of the person's text that the report itself tells; None where it tells none."""
    text = origin.provenance.get("commentary")
    if not isinstance(text, str):
        return None
    return write_atomically(scratch_folder() / f"{hash_bytes(text.encode('utf-8'))[:16]}.md", text)


def _compare_code(origin: Origin) -> Iterator[Cause]:
    told = origin.provenance
    if told["nq57kit"] != nq57kit.__version__:
        yield Cause("versions", f"Báo cáo lập bằng nq57kit {told['nq57kit']}, ở đây là nq57kit {nq57kit.__version__}.")
    elif told["code_sha256"] != hash_code():
        yield Cause("code", f"Mã nguồn của nq57kit {nq57kit.__version__} ở đây khác mã nguồn đã lập báo cáo.")


def _other_versions(origin: Origin) -> list[str]:
    """Return the names of what the report was made with in another version than stands here."""
    told, here = origin.provenance["stands_on"], versions()
    return [name for name in sorted({*told, *here}) if told.get(name) != here.get(name)]


def _tell_versions(origin: Origin, names: list[str]) -> str:
    told, here = origin.provenance["stands_on"], versions()
    return ", ".join(f"{name} {told.get(name, '–')} (ở đây {here.get(name, '–')})" for name in names)


def _blame_versions(origin: Origin) -> list[Cause]:
    """Return the other versions as a cause: of those alone that can change a byte of this kind of file."""
    names = [
        name
        for name in _other_versions(origin)
        if name not in CARRIERS and OF_ONE_KIND.get(name, origin.ending) == origin.ending
    ]
    told = _tell_versions(origin, names)
    return [Cause("versions", f"Báo cáo lập bằng phiên bản khác của: {told}.")] if names else []


def _compare_plan(origin: Origin, plan: Plan) -> Iterator[Cause]:
    told = origin.provenance
    with suppress(PlanError, PeriodError):  # a plan of other years, a register of other units
        if told["plan_sha256"] == hash_plan(plan, last_period(plan, told["period"]), told.get("unit_id")):
            return
    what = "bảng kế hoạch" if told["settings_sha256"] == hash_settings(plan) else "thiết lập của kế hoạch"
    yield Cause(
        "plan", f"Báo cáo lập theo {what} khác với bảng đang dùng; viết --plan THƯ_MỤC của bảng đã dùng khi lập."
    )


def _compare_files(origin: Origin, given: dict[str, Path | None]) -> Iterator[Cause]:
    for name, key, what in _FILES:
        path, told = given[name], origin.provenance.get(key)
        if path is not None and told is None:
            yield Cause("parameters", f"Báo cáo lập không kèm {what}, nhưng ở đây có --{name}; bỏ --{name}.")
        elif path is not None and _hash_given(name, path) != told:
            yield Cause(
                "parameters", f"Báo cáo lập kèm {what} khác với tệp «{path.name}»; đưa đúng tệp đã dùng khi lập."
            )


def _hash_given(name: str, path: Path) -> str:
    return hash_bytes((read_person_text(path) or "").encode("utf-8")) if name == "commentary" else hash_file(path)


def _compare_notebook(origin: Origin, notebooks: Path | None) -> Iterator[Cause]:
    import nbformat

    kind = next(kind for kind in KINDS if kind == origin.kind)
    path = _own_notebook(origin, notebooks) or find_notebook(kind, notebooks)
    source = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    if hash_notebook(source) != origin.provenance["notebook_sha256"]:
        yield Cause("notebook", f"Báo cáo lập bằng sổ ghi có nội dung khác với sổ ghi «{path.name}» đang dùng.")


def _own_notebook(origin: Origin, notebooks: Path | None) -> Path | None:
    """Return the notebook of one's own that a report names, in `notebooks` and nowhere else; None where it names none."""
    name = origin.provenance.get("notebook")
    path = None if name is None else (notebooks or Path()) / f"{Path(str(name)).name}.ipynb"
    if path is not None and not path.is_file():
        raise ParameterError(
            f"Báo cáo do sổ ghi riêng «{path.name}» lập; chạy lệnh trong thư mục làm việc có sổ ghi đó."
        )
    return path


def _compare_letterhead(origin: Origin, letterhead: Path | None) -> Iterator[Cause]:
    """Yield what a Word document stood on beside its report and does not here: template, words, python-docx."""
    if origin.ending != "docx":
        return
    kept, here = origin.provenance.get("word"), describe_style(letterhead)
    told = kept if isinstance(kept, dict) else {}
    for name in sorted({*told, *here}):
        if told.get(name) == here.get(name):
            continue
        if "." in name:
            yield Cause(
                "parameters", f"Tệp Word lập theo «{name}» khác với tệp đang dùng; đặt lại đúng tệp đã dùng khi lập."
            )
        else:
            pair = f"{name} {told.get(name, '–')} (ở đây {here.get(name, '–')})"
            yield Cause("versions", f"Tệp Word lập bằng phiên bản khác của: {pair}.")


def _prove_data(view: Snapshot, *, from_raw: bool) -> list[Cause]:
    """Prove every byte of the submissions that the report read (tables, receipts, raw files), against their locks, too."""
    flaws = [flaw for one in view.accepted() for flaw in prove_submission(view.folder, one)]
    flaws += [flaw for one in view.refused() for flaw in prove_refusal(view.folder, one)]
    if not flaws:
        flaws = [flaw for half in view.locks for flaw in prove_lock(view.folder, half)]
    told = [flaw.message for flaw in flaws]
    if from_raw and not told:
        told = [one.message for one in reread(view.folder, [*view.accepted(), *view.refused()], view.plan).mismatches]
    causes = [Cause("data", message) for message in told[:_SHOWN]]
    if len(told) > _SHOWN:
        causes.append(
            Cause("data", f"Và {len(told) - _SHOWN} chỗ khác của kho; xem bằng «nq57kit store check --from-raw».")
        )
    return causes


def _prove_locks(origin: Origin, folder: Store, view: Snapshot) -> Iterator[Cause]:
    """Yield what the report leaves out of what its locks held, or of the units that the store has; and locks that are none."""
    there, locks, then = folder.snapshot(), read_locks(folder.folder), origin.provenance["locks"]
    names = dict(view.plan.units.select("unit_id", "short_name").iter_rows())
    until = format_date(origin.as_of)
    for half in sorted(str(half) for half in halves_read(last_period(view.plan, origin.provenance["period"]))):
        sent = [*there.accepted(half, as_of=origin.as_of), *there.refused(half, as_of=origin.as_of)]
        read = [*view.accepted(half), *view.refused(half)]
        if half not in then:
            seen = {one.unit_id for one in read}
            left_out = {one.unit_id for one in sent} - seen
            why = f"kho có tính đến hết ngày {until} (bị bỏ sót, hoặc kho nhận sau khi lập báo cáo)"
        else:
            held = locks[half].held_under(then[half]) if half in locks else None
            if held is None:
                yield Cause(
                    "lock",
                    f"Kho này không có lần khóa kỳ {half} mang mã {shorten_seal(then[half])} mà báo cáo dựa vào: chưa từng khóa, hoặc khóa đã bị xóa hay làm lại; đối chiếu với kho đã lập báo cáo.",
                )
                continue
            pinned = {one.sha256 for one in read}
            left_out = {one.unit_id for one in there.accepted(half, as_of=origin.as_of) if one.sha256 in held - pinned}
            why = f"lần khóa mang mã {shorten_seal(then[half])} có"
            if others := sorted({one.unit_id for one in view.accepted(half) if one.sha256 not in held}):
                yield Cause(
                    "data", f"Báo cáo đọc số liệu kỳ {half} không có trong lần khóa của kỳ: {_list(others, names)}."
                )
        if left_out:
            yield Cause(
                "data",
                f"Báo cáo thiếu số liệu kỳ {half} của {len(left_out)} đơn vị mà {why}: {_list(left_out, names)}; lập lại báo cáo.",
            )


def _list(units: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(unit_id, unit_id) for unit_id in sorted(units))


def _note_news(origin: Origin, folder: Store, view: Snapshot) -> Iterator[str]:
    """Yield what has happened to the store since, and does not touch the report."""
    halves = sorted(str(half) for half in halves_read(last_period(view.plan, origin.provenance["period"])))
    pinned, now_there = {one.place for one in view.accepted()}, folder.snapshot()
    news = [one for half in halves for one in now_there.accepted(half) if one.place not in pinned]
    before = sum(one.place not in pinned for half in halves for one in now_there.accepted(half, as_of=origin.as_of))
    if before:
        yield f"Kho có {before} bản gửi trong thời hạn chốt số liệu mà báo cáo chưa đọc (tiếp nhận sau khi lập hoặc sau khi khóa)."
    if len(news) > before:
        yield f"Kho có {len(news) - before} bản mới hơn, gửi sau ngày chốt số liệu của báo cáo."
    now, then = folder.locks, origin.provenance["locks"]
    for half in halves:
        if half in now and half not in then:
            yield f"Kỳ {half} đã khóa số liệu sau khi lập báo cáo này."
        elif half in then and now.get(half) != then[half]:
            yield f"Kỳ {half} đã được mở khóa hoặc khóa lại sau khi lập báo cáo này."


def make_again(
    parameters: ReportParameters, basis: Basis, origin: Origin, notebooks: Path | None, letterhead: Path | None
) -> bytes:
    """Return the bytes of a report's file, made again from what it says of itself (`basis`); raises ReportError."""
    with tempfile.TemporaryDirectory(dir=scratch_folder(), ignore_cleanup_errors=True) as scratch:
        also = (origin.ending,) if origin.ending in ("docx", "xlsx") else ()
        folder = Path(scratch)
        if own := _own_notebook(origin, notebooks):
            parameters = use_notebook(parameters, own, dict(origin.provenance.get("own", {})), aside="drafts")
        run = run_report(
            parameters, folder, basis=basis, notebooks=notebooks, letterhead=letterhead, index=False, also=also
        )
        # A page beside a report says its name.
        name = origin.provenance.get("file", f"{parameters.stem}.{origin.ending}")
        made = next((path for path in run.paths if path.name == name), None)
        if made is None:
            raise ReportError(f"báo cáo lập lại không có tệp «{name}» kèm theo.")
        return made.read_bytes()


def _compare_receipts(origin: Origin, report: Report) -> Iterator[Cause]:
    if report.provenance["receipts_sha256"] != origin.provenance["receipts_sha256"]:
        yield Cause(
            "data",
            "Giấy tiếp nhận trong kho khác với lúc lập báo cáo (thời điểm gửi, tên tệp hoặc số hiệu đã được sửa).",
        )


def describe_differences(kept: bytes, made: bytes, ending: str) -> list[str]:
    """Return where `kept` differs from `made`, at most a few places: by section, sheet and cell, or key; the first first.

    Example:
        >>> describe_differences(b'{"budget": {"disbursed_vnd": 9}}', b'{"budget": {"disbursed_vnd": 5}}', "json")
        ['budget.disbursed_vnd: trong tệp «9», lập lại «5»']
    """
    if kept == made:
        return []
    try:
        old, new = (list(_READERS[ending](content)) for content in (kept, made))
        compare = _compare_cells if ending in ("xlsx", "json") else _compare_lines
        found = list(islice(compare(old, new), _SHOWN + 1))
        if not found and ending in ("docx", "xlsx"):
            found = list(islice(_compare_parts(kept, made), _SHOWN + 1))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, RecursionError):
        return ["tệp không còn đọc được như một báo cáo"]
    if len(found) > _SHOWN:
        found[_SHOWN] = "…"
    return found or ["cách trình bày hoặc phần không hiển thị của tệp"]


#: A text of a file and its place: the heading that it stands under, its cell, its key.
_Placed = tuple[str, str]


def _compare_cells(old: Sequence[_Placed], new: Sequence[_Placed]) -> Iterator[str]:
    """Yield the differences of two files whose places have names."""
    before, after = dict(old), dict(new)
    for place in before | after:
        if before.get(place) != after.get(place):
            yield _say(place or "toàn tệp", before.get(place, ""), after.get(place, ""))


def _compare_lines(old: Sequence[_Placed], new: Sequence[_Placed]) -> Iterator[str]:
    """Yield the differences of two texts in their order, each run of lines with the heading that it stands under.

    From each difference on, a window of lines is compared, which grows until the texts meet again; so the time taken
    follows the length of what differs, not that of the file.
    """
    before, after = [text for _, text in old], [text for _, text in new]
    i = k = 0
    while i < len(before) or k < len(after):
        if i < len(before) and k < len(after) and before[i] == after[k]:
            i, k = i + 1, k + 1
            continue
        window = _WINDOW
        while True:
            parts = before[i : i + window], after[k : k + window]
            same = difflib.SequenceMatcher(None, *parts, autojunk=False).get_matching_blocks()[0]
            if same.size or window >= _LARGEST_WINDOW or window >= max(len(before) - i, len(after) - k):
                break
            window *= 4
        one, other = (same.a, same.b) if same.size else map(len, parts)
        at = old[i][0] if one else new[k][0]
        yield _say(f"Mục «{at}»" if at else "Phần đầu", " ".join(before[i : i + one]), " ".join(after[k : k + other]))
        i, k = i + one, k + other


def _compare_parts(kept: bytes, made: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(kept)) as one, zipfile.ZipFile(io.BytesIO(made)) as other:
        before, after = set(one.namelist()), set(other.namelist())
        for name in sorted(before ^ after) + sorted(before & after):
            if name in before - after:
                yield f"Phần «{name}» được thêm vào tệp{' (macro)' if 'vbaproject' in name.casefold() else ''}"
            elif name not in before or one.read(name) != other.read(name):
                yield f"Phần «{name}» của tệp"


def _say(place: str, old: str, new: str) -> str:
    """Return one sentence; of long texts the part around the first difference."""
    before, after = (" ".join(text.split()) for text in (old, new))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    start = max(0, same - _LEAD)
    return f"{place}: trong tệp «{_cut(before, start)}», lập lại «{_cut(after, start)}»"


def _cut(text: str, start: int) -> str:
    part = text[start : start + _LONGEST]
    return ("…" if start else "") + part + ("…" if start + _LONGEST < len(text) else "")


def _read_page(content: bytes) -> Iterator[_Placed]:
    """Yield the visible lines of a page, each with the heading that it stands under."""
    heading, body = "", content.decode("utf-8").partition("<body>")[2]
    visible = re.sub(rf'<script type="application/json" id="{ELEMENT_ID}">[^<]*</script>', "", body, flags=re.DOTALL)
    for line in visible.replace("<tspan", "\n<tspan").replace("<text", "\n<text").splitlines():
        found = _HEADING.search(line)
        if found is not None:
            heading = html.unescape(_TAG.sub("", found.group(1))).strip()
        text = html.unescape(_TAG.sub(" ", line)).strip()
        if text:
            yield heading, text


def _read_document(content: bytes) -> Iterator[_Placed]:
    """Yield the paragraphs of a Word file, likewise."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("word/document.xml").decode("utf-8")
    heading = ""
    for found in _PARAGRAPH.findall(text):
        words = html.unescape("".join(_WORDS.findall(found))).strip()
        if _STYLE.search(found):
            heading = words
        if words:
            yield heading, words


def _read_workbook(content: bytes) -> Iterator[_Placed]:
    """Yield the cells of a workbook, each with its sheet and address."""
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(io.BytesIO(content))
        for name in book.sheet_names:
            rows = [] if name == HIDDEN_SHEET else book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for row, values in enumerate(rows, start=1):
                for column, value in enumerate(values, start=1):
                    if value != "":
                        yield f"Trang tính «{name}», ô {column_letters(column)}{row}", str(value)
    except CalamineError as error:
        raise ValueError(str(error)) from error


def _read_json(content: bytes) -> Iterator[_Placed]:
    """Yield the values of a JSON file, each with its path."""
    waiting = [("", json.loads(content))]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [(f"{path}.{name}" if path else str(name), one) for name, one in reversed(value.items())]
        elif isinstance(value, list) and value:
            waiting += [(f"{path}[{number}]", one) for number, one in reversed(list(enumerate(value)))]
        else:
            yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_READERS: Final = {"html": _read_page, "docx": _read_document, "xlsx": _read_workbook, "json": _read_json}
