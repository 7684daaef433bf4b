"""Where the fields stand, and which rows are records: headers found by their words, and the hidden map that the form carries.

In: a sheet and a table of the contract. Out: `Header` (row, columns by field, doubled and unknown columns) for
a table of rows, cells of labels for a form. A label is known with or without « *», by any alias, by the
field's name, in any case, with any accents and over several lines. `FormMap`, from the hidden sheet (contract §3), is a
help, never an authority: places are used only where the words of the sheet agree with them. `RowJudge` says of each row below
a header why it is no record (`SKIP_REASONS`); nothing that looks like a record is ever passed over.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import islice
from typing import Final

from nq57kit.submissions import contract
from nq57kit.submissions.cells import Book, Cell, Sheet, column_number
from nq57kit.submissions.contract import Kind, Table
from nq57kit.submissions.wording import is_total, keys_of, shorten
from nq57kit.text import clean, match_key

_SEARCHED_ROWS: Final = 80
_LONGEST_LABEL: Final = 160


@dataclass(frozen=True)
class Header:
    """The header of a table of rows, which may take several rows (`row` to `last_row`)."""

    table: str
    row: int
    last_row: int
    columns: Mapping[str, int]
    doubles: Mapping[str, tuple[int, ...]]
    unknown: Mapping[int, str]
    texts: Mapping[int, str] = dataclasses.field(default_factory=dict)

    @property
    def score(self) -> int:
        """How many fields it names."""
        return len(self.columns)

    @property
    def is_sure(self) -> bool:
        """Whether it names enough of the table to know the table by it."""
        return has_most_labels(self.columns, contract.ALL_TABLES[self.table])


def has_most_labels(found: Mapping[str, object], table: Table) -> bool:
    """Whether the labels found name enough of a table to know it by them: three, and most of the required ones.

    Example:
        >>> has_most_labels({"staff_total": 1, "staff_reached": 2, "comms_staff_total": 3}, contract.TABLES["workforce"])
        True
    """
    required = {field.name for field in table.fields if field.required}
    return len(found) >= 3 and 2 * len(required & found.keys()) > len(required)


def find_own_sheet(sheet: Sheet) -> str | None:
    """Return which of the form's sheets without data a sheet is, by its name or, renamed or copied, by its title."""
    if sheet.name in contract.OWN_SHEETS:
        return sheet.name
    key = match_key(sheet.name)
    heads = [str(cell.value) for line in list(sheet.rows.values())[:3] for cell in list(line.values())[:1]]
    for own, title in contract.OWN_TITLES.items():
        if key == match_key(own) or any(clean(text).startswith(title) for text in heads):
            return own
    return None


#: Keys of the heads that speak of the plan (`contract.Field.head`): «Nhiệm vụ (TT 1–10)», «Giải pháp (mục III)».
_OF_PLAN: Final = re.compile(r"^(nhiem vu) tt 1 ?-? ?\d{1,3}$|^(giai phap) muc [ivxlc][a-z0-9. ]*$")


@lru_cache(maxsize=4096)
def label_key(text: str) -> str:
    """Return the key by which labels are compared; what a head says of the plan is no part of it.

    Example:
        >>> label_key("Tên hoạt động,\\n sản phẩm *") == label_key("TÊN HOẠT ĐỘNG, SẢN PHẨM")
        True
        >>> label_key("Giải pháp (mục II)")
        'giai phap'
    """
    return _OF_PLAN.sub(r"\1\2", match_key(text)) if len(text) <= _LONGEST_LABEL else ""


@cache
def _labels(table: str) -> Mapping[str, tuple[str, int]]:
    """Keys of a table's labels: the field, and its rank: 0 for the label or name, then the aliases in their order."""
    keys: dict[str, tuple[str, int]] = {}
    for field in contract.ALL_TABLES[table].fields:
        for text in (field.label, field.name):
            keys.setdefault(label_key(text), (field.name, 0))
    for field in contract.ALL_TABLES[table].fields:
        for rank, text in enumerate(field.aliases, 1):
            keys.setdefault(label_key(text), (field.name, rank))
    return keys


@cache
def _all_labels() -> frozenset[str]:
    return frozenset(key for table in contract.TABLES for key in _labels(table))


#: Ranks of headings that are a label but for marks and units, and of those that are one but for words of scale.
_REWORDED, _REMARKED = 100, 200
#: Signs of money that the key of a label does not keep.
_SIGNS: Final = "$€£¥"


@lru_cache(maxsize=4096)
def read_label(table: str, text: str) -> tuple[str, int] | None:
    """Return the field that a heading names, and its rank: the more it differs from the form's label, the higher.

    Footnote marks, numbering, brackets and plain units do not matter; words of scale or meaning raise the rank and are
    for the caller to judge.

    Example:
        >>> read_label("activities", "(7) Số lượng¹ (cuộc)"), read_label("activities", "Kinh phí (triệu đồng)")[0]
        (('quantity', 100), 'cost_vnd')
    """
    known = _labels(table)
    if found := known.get(label_key(text)):
        return found
    if len(text) > _LONGEST_LABEL:
        return None
    for more, shorter in zip((_REWORDED, _REMARKED), shorten(text), strict=True):
        if (key := match_key(shorter)) in known and key:
            return known[key][0], known[key][1] + more
    return None


def is_reworded(table: str, text: str) -> bool:
    """Whether a heading is no label of the form, though one may be read in it."""
    return label_key(text) not in _labels(table) or any(sign in text for sign in _SIGNS)


def is_known_label(text: str) -> bool:
    """Whether `text` is a label, alias or name of any field of the contract."""
    return label_key(text) in _all_labels()


def find_header(sheet: Sheet, table: Table) -> Header | None:
    """Return the row that names most fields of `table` (the first of equals), with the rows that belong to it."""
    known = _labels(table.name)
    rows = dict(islice(sheet.rows.items(), _SEARCHED_ROWS))

    def search(read: Callable[[str], tuple[str, int] | None]) -> tuple[int, int]:
        best_row, best = 0, 0
        for row, line in rows.items():
            names = {found[0] for text in _texts(line).values() if (found := read(text))}
            if len(names) > best:
                best_row, best = row, len(names)
        return best_row, best

    best_row, best = search(lambda text: known.get(label_key(text)))
    if best < len(table.fields):
        other_row, other = search(partial(read_label, table.name))
        best_row, best = (other_row, other) if other > best else (best_row, best)
    if best < 2:
        return None
    return _build(sheet, table, best_row)


def _build(sheet: Sheet, table: Table, row: int) -> Header:
    read = partial(read_label, table.name)
    texts = _texts(sheet.rows[row])
    last_row = row
    for near, is_below in ((row - 1, False), (row + 1, True)):
        other = _texts(sheet.rows.get(near, {}))
        added = {column: text for column, text in other.items() if read(text) and not read(texts.get(column, ""))}
        if not added or (is_below and added.keys() != other.keys()):
            continue
        if len(added) < len(other) and not _is_grouped(sheet, near, row):
            continue
        texts.update(added)
        last_row = max(last_row, near)
    ranked: dict[str, list[tuple[int, int]]] = {}
    unknown: dict[int, str] = {}
    for column, text in sorted(texts.items()):
        if found := read(text):
            name, rank = found
            ranked.setdefault(name, []).append((rank, column))
        else:
            unknown[column] = text
    columns: dict[str, int] = {}
    doubles: dict[str, tuple[int, ...]] = {}
    for name, places in ranked.items():
        best = min(rank for rank, _ in places)
        equal = [column for rank, column in places if rank == best]
        columns[name] = equal[0]
        if len(equal) > 1:
            doubles[name] = tuple(equal[1:])
        unknown |= {column: texts[column] for rank, column in places if rank > best}
    for number, line in sheet.rows.items():
        if number > last_row:
            for column in line.keys() - texts.keys():
                unknown.setdefault(column, "")
    return Header(table.name, row, last_row, columns, doubles, dict(sorted(unknown.items())), texts)


def _texts(line: Mapping[int, Cell]) -> dict[int, str]:
    return {column: cell.value for column, cell in line.items() if isinstance(cell.value, str) and cell.value.strip()}


def _is_grouped(sheet: Sheet, above: int, row: int) -> bool:
    """Whether the row above a header is a part of it: some of its cells are merged down into the header."""
    return any(top <= above and bottom >= row for top, _, bottom, _ in sheet.merged)


def repeats_header(header: Header, line: Mapping[int, Cell]) -> bool:
    """Whether a row below is the header once more (as printed on a second page)."""
    texts = _texts(line)
    same = sum(
        (read_label(header.table, texts.get(column, "")) or ("",))[0] == name for name, column in header.columns.items()
    )
    return same >= 2 and 2 * same >= len(header.columns)


def read_labels(sheet: Sheet, table: Table) -> dict[str, Cell]:
    """Return the cells that hold the labels of a form (label and value side by side), by field.

    Empty where more labels stand side by side than one below the other: that is a header.
    """
    found: dict[str, tuple[int, Cell]] = {}
    known = _labels(table.name)
    for index, line in enumerate(sheet.rows.values()):
        for cell in line.values():
            if not isinstance(cell.value, str):
                continue
            read = known.get(label_key(cell.value)) if index > _SEARCHED_ROWS else read_label(table.name, cell.value)
            if read:
                name, rank = read
                if name not in found or rank < found[name][0]:
                    found[name] = rank, cell
    cells = {name: cell for name, (_, cell) in found.items()}
    rows = {cell.row for cell in cells.values()}
    return cells if 2 * len(rows) > len(cells) else {}


# ------------------------------------------------------------------------- the hidden map


@dataclass(frozen=True)
class FormMap:
    """The hidden sheet: its keys, and by table the sheet, the columns and the first row of each field."""

    keys: dict[str, str]
    sheets: dict[str, str]
    places: dict[tuple[str, str], tuple[int, int]]


def read_form_map(book: Book) -> FormMap:
    """Return what the hidden sheet says; empty where there is none."""
    found = FormMap({}, {}, {})
    sheet = next((sheet for sheet in book.sheets if sheet.name == contract.HIDDEN_SHEET), None)
    titles: dict[str, int] = {}
    for line in sheet.rows.values() if sheet else ():
        texts = {column: cell.text for column, cell in line.items()}
        if "field" in texts.values() and "table" in texts.values():
            titles = {text: column for column, text in texts.items()}
        elif not titles:
            if len(texts) >= 2:
                key, value, *_ = texts.values()
                found.keys.setdefault(key, value)
        else:
            _read_place(found, {name: texts.get(column, "") for name, column in titles.items()})
    return found


def _read_place(found: FormMap, place: Mapping[str, str]) -> None:
    """Take one line of the hidden map, if it names a field and a place."""
    table, letters, first = contract.ALL_TABLES.get(place["table"]), place.get("column", ""), place.get("first_row", "")
    names = {known.name for known in table.fields} if table else set()
    column = int(letters) if letters.isdecimal() else _number(letters)
    if place["field"] not in names or not column or not first.isdecimal():
        return
    found.sheets.setdefault(place["table"], place.get("sheet", ""))
    found.places.setdefault((place["table"], place["field"]), (column, int(first)))


def _number(letters: str) -> int:
    plain = letters.strip().upper()
    return column_number(plain) if plain.isascii() and plain.isalpha() and len(plain) <= 3 else 0


# ------------------------------------------------------------------------- which rows below are records

#: Why a row is no record. Every row that is skipped is counted and told.
SKIP_REASONS: Final = ("blank", "filled_in", "total", "section", "header", "numbering", "footer", "outside")
#: A merged cell over so many columns is a banner, not a value.
_BANNER_WIDTH: Final = 3
_DASHES: Final = frozenset("-–—−")
#: A figure in a cell merged over several records is asked about; anything else holds for each of them.
AMOUNTS: Final = frozenset({"whole", "money", "percent"})
#: Kinds of fields whose meaning a word such as «lũy kế» changes, and those that a form asks once for.
MEASURED: Final = AMOUNTS | {"date", "year"}
#: Numbers of sections, and what numbers the columns under a header: (1), A, (5)=(3)-(4).
_SECTION: Final = re.compile(
    r"(?:[IVX]{1,5}|[A-DĐ]|(?:phần|mục|nhóm|chương)\s+\w{1,4})(?:\s*[.:)–-]\s*|\s*$)", re.IGNORECASE
)
#: A text that is longer is no name of a person who signs.
_LONGEST_NAME: Final = 40
_DATED: Final = re.compile(r"(?:[a-z ]{0,40} )?ngay [0-9 ]{0,6}thang ")
_NUMBERING: Final = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\].]?\s*(?:=[\s0-9A-Za-z()+/*x×:%–-]{1,40})?")


class RowJudge:
    """Tells records from other rows, from the header down; remembers whether the table has ended."""

    def __init__(self, table: Table, sheet: Sheet, header: Header) -> None:
        self._table, self._header, self._filled_in = table, header, table.filled_in
        self._below = False
        self._required = {known.name for known in table.fields if known.required}
        self._banners = {
            row
            for top, left, bottom, right in sheet.merged
            if right - left + 1 >= _BANNER_WIDTH
            for row in range(top, min(bottom, top + _BANNER_WIDTH) + 1)
        }

    def reason(self, row: int, line: Mapping[int, Cell], cells: Mapping[str, Cell]) -> str | None:
        """Return why a row is no record, or None; `line` are all its cells, `cells` those of the table's fields."""
        filled = [cell for cell in line.values() if not is_blank(cell)]
        texts = [cell for cell in filled if isinstance(cell.value, str)]
        if any(is_total(cell.text) and self._is_alone(cell, cells) for cell in texts[:2]):
            return "total"
        only_numbers = len(filled) == len(cells) or all(
            isinstance(cell.value, int | float) or cell.text.strip(" .").isdecimal()
            for cell in filled
            if cell not in cells.values()
        )
        if only_numbers and all(cell.text.strip() in _DASHES for cell in cells.values()):
            return "blank"
        if only_numbers and cells.keys() <= self._filled_in:
            return "filled_in"
        if repeats_header(self._header, line):
            return "header"
        if row == self._header.last_row + 1 and _is_numbering(filled):
            return "numbering"
        if len(filled) == 1 and row in self._banners:
            return "section"
        if self._looks_like_record(cells):
            self._below = False
            return None
        if len(self._required & cells.keys()) <= max(1, (len(self._required) - 1) // 2):
            self._below = self._below or any(_is_footer(cell.text) for cell in filled)
            if self._below:
                return "footer"
        if cells and len(texts) == len(filled) <= 2 and _is_section(texts, shout=len(self._required) > 2):
            return "section"
        return "outside" if not cells else None

    def _is_alone(self, total: Cell, cells: Mapping[str, Cell]) -> bool:
        """Whether nothing but figures stands beside a word for a total, or the word is all of its cell."""
        beside = (name for name, cell in cells.items() if cell is not total and name in self._required)
        alone = all(self._table.field(name).kind in AMOUNTS for name in beside)
        return alone or label_key(total.text) in keys_of("total")

    def _looks_like_record(self, cells: Mapping[str, Cell]) -> bool:
        """Whether a row says two things that only a record says: a figure, a choice of a list, more than a signer's name."""
        points, texts = 0, 0
        for name, cell in cells.items():
            field = self._table.field(name)
            if field.codes or field.kind is Kind.YES_NO:
                points += 2 * (contract.find_code(field.codes or "yes_no", cell.text) is not None)
            elif field.kind in MEASURED or field.kind is Kind.TASK:
                points += is_figure(cell)
            elif field.required and not _is_footer(cell.text):
                texts += 2 if len(cell.text) > _LONGEST_NAME else 1
        return points >= 2 or texts >= 2 or bool(points and texts)


def is_figure(cell: Cell) -> bool:
    """Whether a cell holds a number or a day, typed or as a short text."""
    return not isinstance(cell.value, str) or (len(cell.value) <= 25 and any(map(str.isdecimal, cell.value)))


def _is_section(texts: list[Cell], *, shout: bool) -> bool:
    """Whether the texts of a row are a section's: «II. Truyền thông trên mạng xã hội», in one cell or in two.

    In a table of many required fields («shout») one of several words in capitals is one, too.
    """
    first = texts[0].text.strip()
    if shout and len(texts) == 1 and first.isupper() and len(first.split()) > 2:
        return True
    found = _SECTION.match(first)
    return found is not None and (found.end() == len(first)) == (len(texts) == 2)


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing that a person can see."""
    return isinstance(cell.value, str) and not cell.value.strip(" \t\r\n\u00a0\u200b\ufeff")


def _is_footer(text: str) -> bool:
    """Whether a text is what stands under a table."""
    key = match_key(text)
    if text.lstrip().startswith(("*", "(*", "[*")) or _DATED.match(key):
        return True
    return key.startswith(keys_of("footer")) or (key.startswith(keys_of("remark")) and ":" in text[:12])


def _is_numbering(filled: list[Cell]) -> bool:
    """Whether the cells under a header only number its columns: (1), (2), (3) …"""
    found = [_NUMBERING.fullmatch(cell.text.strip()) for cell in filled]
    texts = [match[1] for match in found if match]
    numbers = [int(text) for text in texts if text.isdecimal()] or [ord(text.lower()) - 96 for text in texts]
    return (
        len(numbers) >= 3
        and len(texts) == len(filled)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        and numbers[0] <= 2
    )
