"""The data contract: every table, field and label of a unit's workbook, and where its code lists are.

In: `codes.csv` beside this file. Out: `TABLES`, `CODES`, the finding severities. This is the only
module that names a table, a field, a label or a code list; forms, readers and schemas derive from it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from nq57kit.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "HIDDEN_SHEET",
    "INSTRUCTIONS_SHEET",
    "LISTS_SHEET",
    "NOT_ON_TRACK",
    "TABLES",
    "TEMPLATE_VERSION",
    "Code",
    "Field",
    "Kind",
    "Table",
    "code_label",
    "find_code",
    "load_codes",
]

TEMPLATE_VERSION: Final = "1"
HIDDEN_SHEET: Final = "_nq57kit"
LISTS_SHEET: Final = "_danh_muc"
INSTRUCTIONS_SHEET: Final = "Hướng dẫn"


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
    CODE = "code"  # String: a code of the field's list
    YES_NO = "yes_no"  # Boolean
    WHOLE = "whole"  # Int64
    MONEY = "money"  # Int64: whole đồng
    YEAR = "year"  # Int64: four digits
    PERCENT = "percent"  # Float64: 0-100
    DATE = "date"  # Date


@dataclass(frozen=True)
class Field:
    """A field of a table: its code name, its label in the form, and what it may hold.

    `at_most` and `not_before` name a field of the same table that bounds this one; `required_if`
    names a yes/no field that makes this one required; `personal` marks contact data, which never
    leaves the store. `hint` is what the form says beside the cell, in Vietnamese.

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


@dataclass(frozen=True)
class Table:
    """A sheet of the workbook: one `record` (label, value) or many `rows` under a header.

    Example:
        >>> TABLES["activities"].sheet, TABLES["activities"].form
        ('Hoạt động', 'rows')
    """

    name: str
    sheet: str
    form: Literal["record", "rows"]
    fields: tuple[Field, ...]
    about: str
    must_have_rows: bool = False
    aliases: tuple[str, ...] = ()

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


_COVER = Table(
    "cover",
    "Thông tin chung",
    "record",
    (
        Field(
            "unit_id",
            "Đơn vị báo cáo",
            Kind.UNIT,
            True,
            hint="Tên đơn vị theo danh mục của Bộ (đã điền sẵn, không sửa).",
            aliases=("Tên đơn vị", "Đơn vị", "Mã đơn vị"),
        ),
        Field(
            "period",
            "Kỳ báo cáo",
            Kind.PERIOD,
            True,
            hint="Mã kỳ, ví dụ 2026-H2 (đã điền sẵn, không sửa).",
            aliases=("Kỳ",),
        ),
        Field(
            "reference_number",
            "Số, ký hiệu văn bản",
            Kind.TEXT,
            hint="Số, ký hiệu của báo cáo gửi kèm, ví dụ: Số .../BC-...",
            aliases=("Số ký hiệu", "Số văn bản", "Số, ký hiệu"),
        ),
        Field(
            "signed_on",
            "Ngày ký",
            Kind.DATE,
            hint="Ngày ký báo cáo, viết ngày/tháng/năm.",
            aliases=("Ngày ký văn bản",),
        ),
        Field(
            "signatory",
            "Người ký",
            Kind.TEXT,
            personal=True,
            hint="Họ và tên, chức vụ người ký.",
            aliases=("Người ký báo cáo",),
        ),
        Field(
            "contact_name",
            "Cán bộ đầu mối",
            Kind.TEXT,
            personal=True,
            hint="Chỉ dùng để liên hệ khi cần làm rõ số liệu; không đưa vào báo cáo.",
            aliases=("Người liên hệ", "Đầu mối"),
        ),
        Field(
            "contact_phone",
            "Điện thoại",
            Kind.TEXT,
            personal=True,
            hint="Số điện thoại cơ quan của cán bộ đầu mối.",
            aliases=("Số điện thoại", "Điện thoại liên hệ"),
        ),
        Field(
            "contact_email",
            "Thư điện tử",
            Kind.TEXT,
            personal=True,
            hint="Địa chỉ thư công vụ của cán bộ đầu mối.",
            aliases=("Email", "E-mail", "Thư công vụ"),
        ),
        Field(
            "secret_task_count",
            "Số nhiệm vụ KHCN thuộc bí mật nhà nước",
            Kind.WHOLE,
            minimum=0,
            hint="Chỉ ghi SỐ LƯỢNG (0 nếu không có). Không ghi tên, mã, nội dung nhiệm vụ mật trong tệp này.",
        ),
    ),
    "Một bản ghi về đơn vị gửi, kỳ báo cáo và cán bộ đầu mối.",
    must_have_rows=True,
    aliases=("Trang bìa", "Thông tin đơn vị"),
)

_ACTIVITIES = Table(
    "activities",
    "Hoạt động",
    "rows",
    (
        Field(
            "task_id",
            "Nhiệm vụ (TT 1–10)",
            Kind.TASK,
            True,
            hint="Số thứ tự nhiệm vụ trong Phụ lục của Kế hoạch (1 đến 10).",
            width=11,
            aliases=("Nhiệm vụ", "TT nhiệm vụ", "Nhiệm vụ số"),
        ),
        Field(
            "name",
            "Tên hoạt động, sản phẩm",
            Kind.TEXT,
            True,
            hint="Tên cụ thể của hội nghị, tin bài, ấn phẩm...",
            width=48,
            aliases=("Tên hoạt động", "Hoạt động", "Nội dung", "Tên sản phẩm"),
        ),
        Field(
            "activity_type",
            "Loại hoạt động",
            Kind.CODE,
            True,
            codes="activity_type",
            hint="Chọn trong danh sách.",
            width=26,
            aliases=("Loại hình", "Loại", "Hình thức"),
        ),
        Field(
            "channel",
            "Kênh truyền thông",
            Kind.CODE,
            True,
            codes="channel",
            hint="Chọn trong danh sách.",
            width=26,
            aliases=("Kênh",),
        ),
        Field(
            "started_on",
            "Ngày bắt đầu",
            Kind.DATE,
            True,
            hint="Viết ngày/tháng/năm, ví dụ 18/5/2026.",
            width=14,
            aliases=("Từ ngày", "Ngày tổ chức", "Ngày đăng"),
        ),
        Field(
            "ended_on",
            "Ngày kết thúc",
            Kind.DATE,
            not_before="started_on",
            hint="Để trống nếu trong một ngày.",
            width=14,
            aliases=("Đến ngày",),
        ),
        Field(
            "quantity",
            "Số lượng",
            Kind.WHOLE,
            True,
            minimum=1,
            hint="Số sản phẩm hoặc số cuộc trong kỳ; chỉ ghi chữ số.",
            width=11,
            aliases=("SL",),
        ),
        Field(
            "reach",
            "Số người tiếp cận",
            Kind.WHOLE,
            minimum=0,
            hint="Số người tham dự hoặc số lượt người tiếp cận; để trống nếu không đo được.",
            width=14,
            aliases=("Lượt tiếp cận", "Số người tham dự", "Người tiếp cận"),
        ),
        Field(
            "cost_vnd",
            "Kinh phí (đồng)",
            Kind.MONEY,
            minimum=0,
            hint="Đơn vị tính: đồng.",
            width=16,
            aliases=("Kinh phí", "Chi phí (đồng)", "Chi phí"),
        ),
        Field(
            "funding_source",
            "Nguồn kinh phí",
            Kind.CODE,
            codes="funding_source",
            hint="Chọn trong danh sách.",
            width=26,
            aliases=("Nguồn",),
        ),
        Field(
            "evidence_url",
            "Minh chứng (đường dẫn)",
            Kind.URL,
            hint="Địa chỉ trang, tin bài hoặc số, ký hiệu văn bản.",
            width=38,
            aliases=("Minh chứng", "Đường dẫn", "Link"),
        ),
        Field("note", "Ghi chú", Kind.TEXT, width=30),
    ),
    "Mỗi dòng là một hoạt động hoặc sản phẩm truyền thông TRONG KỲ (không cộng dồn từ kỳ trước).",
    aliases=("Hoạt động truyền thông", "Các hoạt động"),
)

_SCIENCE_TASKS = Table(
    "science_tasks",
    "Nhiệm vụ KHCN",
    "rows",
    (
        Field(
            "code",
            "Mã số nhiệm vụ",
            Kind.TEXT,
            True,
            hint="Mã số theo quyết định phê duyệt hoặc hợp đồng.",
            width=20,
            aliases=("Mã số", "Mã nhiệm vụ", "Mã"),
        ),
        Field(
            "name",
            "Tên nhiệm vụ KHCN",
            Kind.TEXT,
            True,
            hint="Không ghi nhiệm vụ thuộc danh mục bí mật nhà nước.",
            width=52,
            aliases=("Tên nhiệm vụ", "Tên đề tài"),
        ),
        Field(
            "level",
            "Cấp quản lý",
            Kind.CODE,
            True,
            codes="level",
            hint="Chọn trong danh sách.",
            width=14,
            aliases=("Cấp",),
        ),
        Field(
            "state_funded",
            "Sử dụng ngân sách nhà nước",
            Kind.YES_NO,
            True,
            hint="Có hoặc Không.",
            width=16,
            aliases=("Ngân sách nhà nước", "Sử dụng NSNN"),
        ),
        Field(
            "start_year",
            "Năm bắt đầu",
            Kind.YEAR,
            True,
            minimum=2000,
            maximum=2100,
            width=11,
            aliases=("Từ năm",),
        ),
        Field(
            "end_year",
            "Năm kết thúc",
            Kind.YEAR,
            True,
            minimum=2000,
            maximum=2100,
            not_before="start_year",
            width=11,
            aliases=("Đến năm",),
        ),
        Field(
            "communicated",
            "Đã được truyền thông",
            Kind.YES_NO,
            True,
            hint="Có, nếu đã được truyền thông trên phương tiện thông tin đại chúng, nền tảng số hoặc mạng xã hội.",
            width=14,
            aliases=("Đã truyền thông", "Truyền thông"),
        ),
        Field(
            "communicated_on",
            "Ngày truyền thông đầu tiên",
            Kind.DATE,
            required_if="communicated",
            hint="Bắt buộc nếu đã được truyền thông.",
            width=16,
            aliases=("Ngày truyền thông",),
        ),
        Field(
            "channel",
            "Kênh truyền thông",
            Kind.CODE,
            codes="channel",
            hint="Chọn trong danh sách.",
            width=26,
            aliases=("Kênh",),
        ),
        Field(
            "evidence_url",
            "Minh chứng (đường dẫn)",
            Kind.URL,
            width=38,
            aliases=("Minh chứng", "Đường dẫn", "Link"),
        ),
    ),
    "Mỗi dòng là một nhiệm vụ KHCN đơn vị chủ trì, kể cả chưa được truyền thông. KHÔNG ghi nhiệm vụ bí mật nhà nước.",
    aliases=("Nhiệm vụ khoa học", "Nhiệm vụ khoa học và công nghệ", "Nhiệm vụ KH&CN"),
)

_WORKFORCE = Table(
    "workforce",
    "Nhân lực",
    "record",
    (
        Field(
            "staff_total",
            "Tổng số cán bộ, công chức, viên chức",
            Kind.WHOLE,
            True,
            minimum=0,
            hint="Tại ngày cuối kỳ số liệu.",
        ),
        Field(
            "staff_reached",
            "Số người đã tiếp cận thông tin định hướng",
            Kind.WHOLE,
            True,
            minimum=0,
            at_most="staff_total",
            hint="Số người (không phải số lượt), tính từ đầu năm; không lớn hơn tổng số.",
        ),
        Field(
            "comms_staff_total",
            "Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại",
            Kind.WHOLE,
            True,
            minimum=0,
            hint="Ghi 0 nếu đơn vị không có.",
        ),
        Field(
            "comms_staff_trained",
            "Trong đó: số người đã được đào tạo chuyên sâu",
            Kind.WHOLE,
            True,
            minimum=0,
            at_most="comms_staff_total",
            hint="Không lớn hơn số cán bộ chuyên trách.",
        ),
    ),
    "Một bản ghi về nhân lực của đơn vị tại cuối kỳ.",
    must_have_rows=True,
)

_TASK_PROGRESS = Table(
    "task_progress",
    "Tiến độ nhiệm vụ",
    "rows",
    (
        Field(
            "task_id",
            "Nhiệm vụ (TT 1–10)",
            Kind.TASK,
            True,
            hint="Đã điền sẵn các nhiệm vụ đơn vị chủ trì.",
            width=11,
            aliases=("Nhiệm vụ", "TT nhiệm vụ", "Nhiệm vụ số"),
        ),
        Field(
            "status",
            "Tình trạng",
            Kind.CODE,
            True,
            codes="status",
            hint="Chọn trong danh sách.",
            width=20,
            aliases=("Trạng thái", "Tiến độ"),
        ),
        Field(
            "percent_complete",
            "Tỷ lệ hoàn thành (%)",
            Kind.PERCENT,
            minimum=0,
            maximum=100,
            hint="Từ 0 đến 100.",
            width=13,
            aliases=("Tỷ lệ hoàn thành", "% hoàn thành"),
        ),
        Field("products_delivered", "Sản phẩm đã hoàn thành", Kind.TEXT, width=40, aliases=("Sản phẩm",)),
        Field(
            "completed_on", "Ngày hoàn thành", Kind.DATE, hint="Ghi khi tình trạng là «hoàn thành».", width=14
        ),
        Field(
            "explanation",
            "Giải trình",
            Kind.TEXT,
            hint="Bắt buộc, trừ khi đang thực hiện đúng tiến độ hoặc đã hoàn thành.",
            width=40,
            aliases=("Nguyên nhân", "Lý do"),
        ),
        Field(
            "next_steps",
            "Việc tiếp theo",
            Kind.TEXT,
            width=40,
            aliases=("Nhiệm vụ kỳ tới", "Kế hoạch tiếp theo"),
        ),
    ),
    "Mỗi dòng là một nhiệm vụ trong Phụ lục của Kế hoạch mà đơn vị chủ trì.",
    must_have_rows=True,
    aliases=("Tiến độ",),
)

_BUDGET = Table(
    "budget",
    "Kinh phí",
    "rows",
    (
        Field(
            "task_id",
            "Nhiệm vụ (TT 1–10)",
            Kind.TASK,
            True,
            width=11,
            aliases=("Nhiệm vụ", "TT nhiệm vụ", "Nhiệm vụ số"),
        ),
        Field(
            "funding_source",
            "Nguồn kinh phí",
            Kind.CODE,
            True,
            codes="funding_source",
            hint="Chọn trong danh sách.",
            width=28,
            aliases=("Nguồn",),
        ),
        Field(
            "planned_vnd",
            "Dự toán (đồng)",
            Kind.MONEY,
            True,
            minimum=0,
            hint="Dự toán của kỳ này, đơn vị tính: đồng.",
            width=18,
            aliases=("Dự toán", "Kinh phí dự toán"),
        ),
        Field(
            "allocated_vnd",
            "Được giao (đồng)",
            Kind.MONEY,
            True,
            minimum=0,
            hint="Được giao trong kỳ này, đơn vị tính: đồng.",
            width=18,
            aliases=("Được giao", "Kinh phí được giao"),
        ),
        Field(
            "disbursed_vnd",
            "Đã giải ngân (đồng)",
            Kind.MONEY,
            True,
            minimum=0,
            at_most="allocated_vnd",
            hint="Giải ngân trong kỳ này; không lớn hơn số được giao.",
            width=18,
            aliases=("Đã giải ngân", "Giải ngân"),
        ),
    ),
    "Mỗi dòng là kinh phí TRONG KỲ của một nhiệm vụ theo một nguồn (không cộng dồn từ kỳ trước).",
)

_ISSUES = Table(
    "issues",
    "Khó khăn, kiến nghị",
    "rows",
    (
        Field(
            "category",
            "Nhóm vấn đề",
            Kind.CODE,
            True,
            codes="category",
            hint="Chọn trong danh sách.",
            width=26,
            aliases=("Nhóm", "Loại vấn đề"),
        ),
        Field("description", "Khó khăn, vướng mắc", Kind.TEXT, True, width=60, aliases=("Mô tả", "Nội dung")),
        Field("proposal", "Kiến nghị, đề xuất", Kind.TEXT, width=50, aliases=("Kiến nghị", "Đề xuất")),
        Field(
            "authority",
            "Cơ quan giải quyết",
            Kind.TEXT,
            width=30,
            aliases=("Cấp có thẩm quyền", "Thẩm quyền giải quyết"),
        ),
    ),
    "Mỗi dòng là một khó khăn, vướng mắc và kiến nghị kèm theo (để trống nếu không có).",
    aliases=("Khó khăn", "Kiến nghị"),
)

#: The seven sheets, in the order of the form, by table name.
TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        table.name: table
        for table in (_COVER, _ACTIVITIES, _SCIENCE_TASKS, _WORKFORCE, _TASK_PROGRESS, _BUDGET, _ISSUES)
    }
)

#: Statuses of `task_progress` that ask for an `explanation` («trừ khi đúng tiến độ hoặc hoàn thành»).
NOT_ON_TRACK: Final = frozenset({"chua_thuc_hien", "khong_phat_sinh"})


@cache
def _all_codes() -> Mapping[str, Mapping[str, Code]]:
    lists: dict[str, dict[str, Code]] = {}
    text = resources.files(__package__).joinpath("codes.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        aliases = tuple(alias for alias in row["aliases"].split("|") if alias)
        lists.setdefault(row["list"], {})[row["code"]] = Code(row["list"], row["code"], row["label"], aliases)
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
