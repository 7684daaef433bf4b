"""Where two files of one report differ: as a person looks for it, by section, cell or name.

In: the bytes of a file and those of the same report made again. Out: a few Vietnamese sentences, the first differences
first; none for equal content.
"""

from __future__ import annotations

import difflib
import html
import io
import json
import re
import zipfile
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from nq57kit.reports.provenance import ELEMENT_ID
from nq57kit.submissions.cells import column_letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["describe_differences"]

_SHOWN: Final = 5
_LONGEST: Final = 120
#: So many characters before the first difference are told.
_LEAD: Final = 40
_HEADING: Final = re.compile(r"<h[1-4]\b[^>]*>(.*?)</h[1-4]>", re.DOTALL)
_TAG: Final = re.compile(r"<[^>]+>")
_PARAGRAPH: Final = re.compile(r"<w:p[ >].*?</w:p>", re.DOTALL)
_WORDS: Final = re.compile(r"<w:t(?: [^>]*)?>(.*?)</w:t>", re.DOTALL)
_STYLE: Final = re.compile(r'<w:pStyle w:val="Heading\d"/>')


def describe_differences(kept: bytes, made: bytes, ending: str) -> list[str]:
    """Return where `kept` differs from `made`, at most a few places.

    Example:
        >>> describe_differences(b'{"budget": {"disbursed_vnd": 9}}', b'{"budget": {"disbursed_vnd": 5}}', "json")
        ['budget.disbursed_vnd: trong tệp «9», lập lại «5»']
    """
    if kept == made:
        return []
    found: list[str] = []
    try:
        for place in _COMPARERS[ending](kept, made):
            if len(found) == _SHOWN:
                found.append("…")
                break
            found.append(place)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, RecursionError):
        return ["tệp không còn đọc được như một báo cáo"]
    return found or ["cách trình bày hoặc phần không hiển thị của tệp"]


def _say(place: str, old: str, new: str) -> str:
    """Return one sentence; of long texts the part around the first difference."""
    before, after = (" ".join(text.split()) for text in (old, new))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    start = max(0, same - _LEAD) if same > _LEAD else 0
    return f"{place}: trong tệp «{_cut(before, start)}», lập lại «{_cut(after, start)}»"


def _cut(text: str, start: int) -> str:
    part = text[start : start + _LONGEST]
    return ("…" if start else "") + part + ("…" if start + _LONGEST < len(text) else "")


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield (place in `old`, old text, new text) of each run of lines that differ."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False) if len(old) * len(new) < 4_000_000 else None
    if matcher is None:
        first = next(
            (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
        )
        yield first, "".join(old[first : first + 1]), "".join(new[first : first + 1])
        return
    for what, i, j, k, m in matcher.get_opcodes():
        if what != "equal":
            yield i, " ".join(old[i:j]), " ".join(new[k:m])


def _pages(kept: bytes, made: bytes) -> Iterator[str]:
    old, new = (_page_lines(content) for content in (kept, made))
    for place, before, after in _changes([text for _, text in old], [text for _, text in new]):
        at = old[min(place, len(old) - 1)][0] if old else ""
        yield _say(f"Mục «{at}»" if at else "Phần đầu trang", before, after)


def _page_lines(content: bytes) -> list[tuple[str, str]]:
    """Return the visible lines of a page, each with the heading that it stands under."""
    lines, heading, body = [], "", content.decode("utf-8").partition("<body>")[2]
    visible = re.sub(rf'<script type="application/json" id="{ELEMENT_ID}">.*?</script>', "", body, flags=re.DOTALL)
    for line in visible.replace("<tspan", "\n<tspan").replace("<text", "\n<text").splitlines():
        found = _HEADING.search(line)
        if found is not None:
            heading = html.unescape(_TAG.sub("", found.group(1))).strip()
        text = html.unescape(_TAG.sub(" ", line)).strip()
        if text:
            lines.append((heading, text))
    return lines


def _documents(kept: bytes, made: bytes) -> Iterator[str]:
    old, new = (_paragraphs(content) for content in (kept, made))
    count = 0
    for place, before, after in _changes([text for _, text in old], [text for _, text in new]):
        at = old[min(place, len(old) - 1)][0] if old else ""
        count += 1
        yield _say(f"Mục «{at}»" if at else "Phần đầu văn bản", before, after)
    if not count:
        with zipfile.ZipFile(io.BytesIO(kept)) as one, zipfile.ZipFile(io.BytesIO(made)) as other:
            for name in sorted(set(one.namelist()) | set(other.namelist())):
                if name not in one.namelist() or name not in other.namelist() or one.read(name) != other.read(name):
                    yield f"Phần «{name}» của tệp Word"


def _paragraphs(content: bytes) -> list[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("word/document.xml").decode("utf-8")
    lines, heading = [], ""
    for found in _PARAGRAPH.findall(text):
        words = html.unescape("".join(_WORDS.findall(found))).strip()
        if _STYLE.search(found):
            heading = words
        if words:
            lines.append((heading, words))
    return lines


def _workbooks(kept: bytes, made: bytes) -> Iterator[str]:
    old, new = (_cells(content) for content in (kept, made))
    for key in sorted(set(old) | set(new)):
        if old.get(key) != new.get(key):
            sheet, row, column = key
            yield _say(
                f"Trang tính «{sheet}», ô {column_letters(column + 1)}{row + 1}",
                str(old.get(key, "")),
                str(new.get(key, "")),
            )


def _cells(content: bytes) -> dict[tuple[str, int, int], Any]:
    from python_calamine import CalamineError, load_workbook

    from nq57kit.reports.xlsx import HIDDEN_SHEET

    try:
        book = load_workbook(io.BytesIO(content))
        return {
            (name, row, column): value
            for name in book.sheet_names
            if name != HIDDEN_SHEET
            for row, values in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for column, value in enumerate(values)
            if value != ""
        }
    except CalamineError as error:
        raise ValueError(str(error)) from error


def _results(kept: bytes, made: bytes) -> Iterator[str]:
    yield from _walk(json.loads(kept), json.loads(made), "")


def _walk(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            yield from _walk(old.get(name), new.get(name), f"{path}.{name}" if path else str(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from _walk(*pair, f"{path}[{number}]")
    elif old != new or type(old) is not type(new):
        yield _say(path or "toàn tệp", _text(old), _text(new))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_COMPARERS: Final = {"html": _pages, "docx": _documents, "xlsx": _workbooks, "json": _results}
