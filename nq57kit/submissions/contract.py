"""The data contract: every table, field, label and code list of a unit's workbook.

In: `tables.csv`, `fields.csv`, `codes.csv` beside this file (with it, the only places that name a table, a
field, a label or a code list). Out: `TABLES` and the questions about codes; forms, readers and schemas derive from it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal

from nq57kit.files import hash_bytes
from nq57kit.plan import Period
from nq57kit.text import clean, fold, format_date, format_number

#: Version 2 asks for the measure and the audience of an activity, version 3 for the line of the yearly plan that it carries out; a
#: filled form of an older version is read as before, for ever.
TEMPLATE_VERSION: Final = "3"
HIDDEN_SHEET: Final = "_nq57kit"
LISTS_SHEET: Final = "_danh_muc"
INSTRUCTIONS_SHEET: Final = "Hướng dẫn"
#: In a returned form: the findings, and what the form has no place for. In a prefilled one: what was said last.
RETURN_SHEET: Final = "Phiếu phản hồi"
LEFTOVERS_SHEET: Final = "Nội dung ngoài biểu mẫu"
PREVIOUS_SHEET: Final = "Kỳ trước (để tham khảo)"
#: Who wrote the comments that a form itself carries; all others are a person's.
COMMENT_AUTHOR: Final = "nq57kit"
#: The sheets that hold no data of a unit; the reader passes them over.
OWN_SHEETS: Final = frozenset(
    {HIDDEN_SHEET, LISTS_SHEET, INSTRUCTIONS_SHEET, RETURN_SHEET, LEFTOVERS_SHEET, PREVIOUS_SHEET}
)
#: How the title of the page of instructions begins, by the first letter of the period's kind.
GUIDE_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {"H": "BIỂU MẪU BÁO CÁO KẾT QUẢ THỰC HIỆN KẾ HOẠCH", "P": "BIỂU MẪU KẾ HOẠCH VÀ DỰ TOÁN KINH PHÍ NĂM"}
)
#: How the titles of those of them begin that a person sees: by these they are known under another name.
OWN_TITLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        INSTRUCTIONS_SHEET: tuple(GUIDE_TITLES.values()),
        RETURN_SHEET: (RETURN_SHEET.upper(),),
        LEFTOVERS_SHEET: (LEFTOVERS_SHEET.upper(),),
        PREVIOUS_SHEET: ("KỲ TRƯỚC: ",),
    }
)


class Kind(StrEnum):
    """What a cell of a field holds, and so how its text is read and which type its column has.

    Example:
        >>> Kind.WHOLE.value
        'whole'
    """

    TEXT = "text"  # String
    URL = "url"  # String
    UNIT = "unit"  # String: a unit_id of the plan's register
    PERIOD = "period"  # String: 2026-H2
    TASK = "task"  # Int64: 1-10, a task of the appendix
    MEASURE = "measure"  # String: a measure_id of section III
    LINE = "line"  # Int64: line_no of the unit's own yearly plan
    CODE = "code"  # String: a code of the field's list
    YES_NO = "yes_no"  # Boolean
    WHOLE = "whole"  # Int64
    MONEY = "money"  # Int64: whole đồng
    YEAR = "year"  # Int64: four digits
    PERCENT = "percent"  # Float64: 0-100
    DATE = "date"  # Date


#: What stands above the fields that speak of the plan, with words of `Plan.words`; sentences call them by their labels.
_HEADS: Final[Mapping[str, str]] = MappingProxyType(
    {"task_id": "Nhiệm vụ (TT 1–{tasks})", "measure_id": "Giải pháp (mục {measures})"}
)


@dataclass(frozen=True)
class Field:
    """A field of a table: its code name, its label in the form, and what it may hold.

    `at_most` and `not_before` name a field of the same table that bounds this one; `required_if`
    names a yes/no field that makes this one required; `personal` marks contact data, which never
    leaves the store. `hint` is what the form says beside the cell, in Vietnamese. `since` is the version of the form in which
    it came; a form fills in by itself what is `filled_in`: a row with nothing else in it says nothing. `plausible` is the most
    that one cell of a unit can say without a question: products, people, đồng.

    Example:
        >>> TABLES["workforce"].field("staff_reached").at_most
        'staff_total'
    """

    name: str
    label: str
    kind: Kind
    required: bool = False
    codes: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    at_most: str | None = None
    not_before: str | None = None
    required_if: str | None = None
    personal: bool = False
    hint: str = ""
    width: int = 16
    aliases: tuple[str, ...] = ()
    since: str = ""
    filled_in: bool = False
    plausible: int | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What a column or a line of it may be called beside its name: its label, older and other labels."""
        return self.label, *self.aliases

    def head(self, words: Mapping[str, str]) -> str:
        """Return what stands above the field in the form of a plan with these words.

        Example:
            >>> TABLES["activities"].field("task_id").head({"tasks": "7"})
            'Nhiệm vụ (TT 1–7)'
        """
        return _HEADS.get(self.name, self.label).format_map(words)


@dataclass(frozen=True)
class Table:
    """A sheet of the workbook: one `record` (label, value) or many `rows` under a header.

    A submission without a row in any sheet that `says_something`, in which nobody was reached or trained, is empty
    (`Submission.is_empty`). `periods` are the kinds of period whose form has it: H a half-year, P a yearly plan, R any request
    (a request has besides those of a half-year that it names). `key` is the field that no two rows of a submission share;
    `known_by` are the fields by which a row is known from one revision to the next, the strictest first (none: there is one row).

    Example:
        >>> TABLES["activities"].sheet, TABLES["activities"].form
        ('Hoạt động', 'rows')
    """

    name: str
    sheet: str
    form: Literal["record", "rows"]
    fields: tuple[Field, ...]
    about: str
    periods: tuple[str, ...] = ("H",)
    must_have_rows: bool = False
    says_something: bool = False
    aliases: tuple[str, ...] = ()
    key: str | None = None
    known_by: tuple[tuple[str, ...], ...] = ((),)

    @property
    def filled_in(self) -> frozenset[str]:
        """The fields that a form fills in by itself."""
        return frozenset(field.name for field in self.fields if field.filled_in)

    @property
    def titles(self) -> tuple[str, ...]:
        """What its sheet may be called: its label, its name, older labels."""
        return self.sheet, self.name, *self.aliases

    def field(self, name: str) -> Field:
        """Return the field called `name`; KeyError if the table has none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


@dataclass(frozen=True)
class Code:
    """A value of a closed list: the list, the code that is stored, the label, and other spellings.

    Example:
        >>> load_codes("level")["bo"].label
        'Cấp bộ'
    """

    list: str
    code: str
    label: str
    aliases: tuple[str, ...]


@cache
def read_csv(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a data file beside this module.

    Example:
        >>> read_csv("tables.csv")[0]["table"]
        'cover'
    """
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None


def _name(cell: str) -> str | None:
    return cell or None


#: How the columns of `fields.csv` and `tables.csv` are read; the others are texts.
_COLUMNS: Final[Mapping[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("required", "personal", "filled_in", "must_have_rows", "says_something"), bool),
    **dict.fromkeys(("minimum", "maximum", "plausible"), _whole),
    **dict.fromkeys(("codes", "at_most", "not_before", "required_if", "key"), _name),
    "kind": Kind,
    "width": int,
    **dict.fromkeys(("aliases", "periods"), _split),
    "known_by": lambda cell: tuple(tuple(filter(None, part.split("+"))) for part in cell.split("|")),
}


def _typed(row: Mapping[str, str]) -> dict[str, Any]:
    return {column: _COLUMNS.get(column, str)(cell or "") for column, cell in row.items() if column != "table"}


def _load_tables() -> Mapping[str, Table]:
    fields: dict[str, list[Field]] = {}
    for row in read_csv("fields.csv"):
        fields.setdefault(row["table"], []).append(Field(**_typed(row)))
    return MappingProxyType(
        {
            row["table"]: Table(name=row["table"], fields=tuple(fields[row["table"]]), **_typed(row))
            for row in read_csv("tables.csv")
        }
    )


#: Hints that forms once had: they are the form's own, still.
OLD_HINTS: Final = ("Tên đơn vị theo danh mục của Bộ (đã điền sẵn, không sửa).",)
#: All sheets, in the order of the forms, by table name (`tables.csv`, `fields.csv`), with that of the file of answers.
ALL_TABLES: Final[Mapping[str, Table]] = _load_tables()
#: The table in which the difficulties of units are answered; it stands in no report of a unit.
ANSWERS: Final = "answers"
#: The state of a difficulty that is still looked into; every other one tells what was done, when, in which words.
LOOKED_INTO: Final = "dang_xem_xet"
#: The sheets of the units' reports.
TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {name: one for name, one in ALL_TABLES.items() if name != ANSWERS}
)


def tables_of(period: Period | None = None, version: str = TEMPLATE_VERSION) -> Mapping[str, Table]:
    """Return the tables of a period's form in its order (of a half-year's without one), with the fields of a version.

    Example:
        >>> [len(tables_of(version=version)["activities"].fields) for version in ("1", "2", "3")]
        [12, 14, 15]
        >>> from nq57kit.plan import load_plan
        >>> "issues" in tables_of(load_plan().period("2027-P")), "workforce" in tables_of(load_plan().period("2027-P"))
        (True, False)
    """
    kind, asked = (period.kind[0], period.request) if period and period.part else ("H", None)
    return {
        name: replace(table, fields=tuple(field for field in table.fields if field.since <= version))
        if any(field.since > version for field in table.fields)
        else table
        for name, table in TABLES.items()
        if kind in table.periods or (asked and name in asked.tables)
    }


def kept_tables(period: str) -> tuple[str, ...]:
    """Return the tables of which a store keeps a file for each report of a period; a request keeps those of a half-year.

    Example:
        >>> kept_tables("2027-R01") == kept_tables("2027-H1"), kept_tables("2027-P")[0]
        (True, 'cover')
    """
    kind = "P" if period.endswith("-P") else "H"
    return tuple(name for name, table in TABLES.items() if kind in table.periods)


#: Counts of people that run from the start of the year: they say something unless they are 0, and do not fall within a year.
RUNNING: Final = ("staff_reached", "comms_staff_trained")
#: No amount of public money is smaller: below it the amount was written in thousands or millions, as a rule.
LEAST_MONEY: Final = 1_000
#: Statuses of `task_progress` that ask for an `explanation` («trừ khi đúng tiến độ hoặc hoàn thành»).
NOT_ON_TRACK: Final = frozenset({"chua_thuc_hien", "khong_phat_sinh"})
#: Spellings of «đang thực hiện» by which a unit itself says that it is not on track; they ask for one too.
SAID_TO_BE_LATE: Final = ("Chậm tiến độ", "Trễ hạn")
#: What the guide says of state secrets; it comes back with every form, and is none.
SECRECY_RULE: Final = (
    "BÍ MẬT NHÀ NƯỚC: không ghi vào tệp này tên, mã số hay bất kỳ nội dung nào của nhiệm vụ thuộc danh mục bí mật "
    f"nhà nước; chỉ ghi số lượng ở dòng «{TABLES['cover'].field('secret_task_count').label}», trang "
    f"«{TABLES['cover'].sheet}». Tệp có nội dung như vậy không được tiếp nhận."
)


def identify_question(category: str, description: str, proposal: str | None) -> str:
    """Return the id of a difficulty: equal for texts that differ in case, blanks, quotes or a tone's place alone.

    Eight hexadecimal digits of a hash: among a thousand questions the chance that any two share one is below 1 in 8,000.

    Example:
        >>> identify_question("khac", "Thiếu  kinh phí", None), identify_question("khac", "THIẾU kinh phí.", " ")
        ('KN-a6516260', 'KN-a6516260')
    """
    texts = (category, *(fold(clean(text or "").rstrip(" .;,")) for text in (description, proposal)))
    return f"KN-{hash_bytes(chr(10).join(texts).encode())[:8]}"


@cache
def _all_codes() -> Mapping[str, Mapping[str, Code]]:
    lists: dict[str, dict[str, Code]] = {}
    for row in read_csv("codes.csv"):
        lists.setdefault(row["list"], {})[row["code"]] = Code(
            row["list"], row["code"], row["label"], _split(row["aliases"])
        )
    return MappingProxyType({name: MappingProxyType(codes) for name, codes in lists.items()})


def load_codes(list_name: str) -> Mapping[str, Code]:
    """Return the codes of one closed list, in display order, by code.

    Raises KeyError for a list that `codes.csv` does not have.

    Example:
        >>> list(load_codes("level"))
        ['quoc_gia', 'bo', 'co_so', 'khac']
    """
    return _all_codes()[list_name]


def code_label(list_name: str, code: str) -> str:
    """Return the Vietnamese label of a code; the code itself if the list does not have it.

    Example:
        >>> code_label("status", "hoan_thanh")
        'Hoàn thành'
    """
    found = load_codes(list_name).get(code)
    return found.label if found else code


def reporting_label(state: str, *, over: bool) -> str:
    """Return the label of a reporting state; of a unit that has sent nothing, whether the deadline has passed.

    Example:
        >>> reporting_label("missing", over=False), reporting_label("missing", over=True)
        ('Chưa gửi báo cáo', 'Chưa gửi báo cáo, đã quá hạn')
    """
    return code_label("reporting_state", state) + (", đã quá hạn" if state == "missing" and over else "")


def format_value(field: Field, value: Any) -> str:
    """Return a typed value as the form shows it: labels of codes, dates and numbers as an official writes them.

    Example:
        >>> format_value(TABLES["activities"].field("cost_vnd"), 1500000)
        '1.500.000'
        >>> format_value(TABLES["task_progress"].field("status"), "hoan_thanh")
        'Hoàn thành'
    """
    if value is None:
        return "(trống)"
    match field.kind:
        case Kind.CODE:
            return code_label(field.codes or "", value)
        case Kind.YES_NO:
            return code_label("yes_no", "co" if value else "khong")
        case Kind.DATE:
            return format_date(value)
        case Kind.WHOLE | Kind.MONEY:
            return format_number(value)
        case Kind.PERCENT:
            return format_number(value, 0 if float(value).is_integer() else 1)
        case _:
            return str(value)


@cache
def _spellings(list_name: str) -> Mapping[str, str]:
    spellings: dict[str, str] = {}
    for code in load_codes(list_name).values():
        for spelling in (code.code, code.label, *code.aliases):
            spellings[fold(spelling)] = code.code
    return MappingProxyType(spellings)


def find_code(list_name: str, text: str) -> str | None:
    """Return the code that `text` writes (code, label or known alias, any case), or None.

    Example:
        >>> find_code("status", "ĐANG TRIỂN KHAI")
        'dang_thuc_hien'
    """
    return _spellings(list_name).get(fold(text))
