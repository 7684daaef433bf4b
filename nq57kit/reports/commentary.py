"""The person's own text: a Markdown file whose headings say where each part goes in the report.

In: a file. Out: the text under each known heading; nothing of it is dropped. The text stays Markdown
and is rendered with raw HTML escaped (`nq57kit.show.Commentary`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nq57kit.errors import ParameterError
from nq57kit.text import fold

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OTHER", "PLACES", "read_commentary", "write_form"]

#: The places of a report that a person writes, in the order of the report.
PLACES: Final = (
    "Nhận xét chung",
    "Đánh giá kết quả thực hiện mục tiêu",
    "Tồn tại, hạn chế và nguyên nhân",
    "Phương hướng, nhiệm vụ kỳ tới",
    "Kiến nghị, đề xuất",
)
#: Where text goes whose heading is none of the places.
OTHER: Final = "Ý kiến khác"
_HEADING = re.compile(r"^#{1,3}\s+(?P<title>.+?)\s*#*\s*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read_commentary(path: Path | None) -> dict[str, str]:
    """Return the Markdown under each place; "" where the file says nothing; all "" without a file.

    Text before the first heading belongs to the first place; text under a heading that is no place goes
    to `OTHER` with its heading. HTML comments are left out. Raises ParameterError if the file is not UTF-8 text.

    Example:
        >>> read_commentary(None)["Nhận xét chung"]
        ''
    """
    texts: dict[str, list[str]] = {place: [] for place in (*PLACES, OTHER)}
    if path is not None:
        places = {fold(place): place for place in PLACES}
        current = PLACES[0]
        for line in _COMMENT.sub("", _read_text(path)).splitlines():
            heading = _HEADING.match(line)
            if heading is None:
                texts[current].append(line)
                continue
            current = places.get(fold(heading["title"]), OTHER)
            if current == OTHER:
                texts[OTHER].append(f"**{heading['title']}**\n")
    return {place: "\n".join(lines).strip() for place, lines in texts.items()}


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParameterError(
            f"Tệp nhận xét «{path.name}» không phải văn bản UTF-8; mở tệp, chọn lưu lại với bảng mã UTF-8."
        ) from error
    except OSError as error:
        raise ParameterError(f"Không đọc được tệp nhận xét «{path.name}»; kiểm tra đường dẫn và quyền đọc.") from error


def write_form() -> str:
    """Return an empty commentary file: the headings, and how to write under them.

    Example:
        >>> write_form().count("# ")
        5
    """
    lines = [
        "<!-- Viết dưới mỗi đề mục; phần để trống sẽ hiện «(chưa có nhận xét)» trong báo cáo.",
        "     Lưu tệp với bảng mã UTF-8. Dòng trong dấu chú thích này không vào báo cáo. -->",
        "",
    ]
    for place in PLACES:
        lines += [f"# {place}", "", ""]
    return "\n".join(lines)
