"""How the cells of the form look: fonts, colours, borders and number formats by the kind of a field.

In: a stream, an open workbook. Out: a workbook to write, its formats, each made once. Colours carry one meaning: pale yellow must be filled.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from nq57kit.submissions.contract import Kind

if TYPE_CHECKING:
    import io

    from nq57kit.submissions.contract import Field

__all__ = ["COLOURS", "FONT", "TEXT_KINDS", "Styles", "start_book"]

#: The font of Nghị định 30/2020/NĐ-CP (Phụ lục I), at the usual size of tables.
FONT: Final = MappingProxyType({"font_name": "Times New Roman", "font_size": 12})
#: Kinds whose cells hold text; their format «@» also keeps a line that begins with «-» or «=» from being a formula.
TEXT_KINDS: Final = frozenset({Kind.TEXT, Kind.URL, Kind.UNIT, Kind.PERIOD, Kind.CODE, Kind.YES_NO})

#: The fill of a cell by the severity of its worst finding; apart from each other in grey, too (72, 88, 94 % light).
COLOURS: Final = MappingProxyType({"error": "#F4A7A3", "warning": "#FFDF80", "note": "#DCEEFD"})

_NUMBER_FORMATS = {
    Kind.DATE: "dd/mm/yyyy",
    Kind.MONEY: "#,##0",
    Kind.WHOLE: "#,##0",
    Kind.TASK: "0",
    Kind.YEAR: "0",
    Kind.PERCENT: "0.0",
}
_MUST, _MAY, _MUST_INPUT = "#F4D58D", "#E3E8E1", "#FFF9E3"
_THIN = {"border": 1, "border_color": "#A6A6A6"}


def start_book(stream: io.BytesIO) -> Any:
    """Return a new workbook of xlsxwriter in our font; closing it writes it to `stream`.

    A text stays a text in it, whatever it looks like: no formula, link or number is made of what a person wrote.

    Example:
        >>> import io
        >>> stream = io.BytesIO()
        >>> start_book(stream).close()
        >>> stream.getvalue()[:2]
        b'PK'
    """
    import xlsxwriter

    return xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": dict(FONT),  # the library changes what it is given
        },
    )


class Styles:
    """The formats of one workbook.

    Example:
        >>> import io, xlsxwriter
        >>> styles = Styles(xlsxwriter.Workbook(io.BytesIO()))
        >>> styles.header(required=True) is styles.header(required=True)
        True
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """Return the format with these properties over the form's font."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**FONT, "valign": "top", **properties})
        return self._made[key]

    def header(self, *, required: bool, **more: Any) -> Any:
        """Return the format of a column's name; `more` goes over what is usual."""
        usual = {"bold": True, "align": "center", "valign": "vcenter", "bg_color": _MUST if required else _MAY}
        return self.get(**{**usual, "text_wrap": True, "border": 1, **more})

    def label(self, *, required: bool, **more: Any) -> Any:
        """Return the format of a line's name in a one-record sheet."""
        usual = {"bold": required, "text_wrap": True, "border": 1, "bg_color": _MUST if required else _MAY}
        return self.get(**{**usual, **more})

    def hint(self) -> Any:
        """Return the format of the words beside a value."""
        return self.get(italic=True, text_wrap=True, font_color="#404040", **_THIN)

    def value(self, field: Field, *, record: bool = False, drawn: bool = True, **more: Any) -> Any:
        """Return the format of a field's cells: in a one-record sheet, or in a column (drawn with a border or not)."""
        properties: dict[str, Any] = {"locked": False, "num_format": _NUMBER_FORMATS.get(field.kind, "@")}
        if record:
            properties |= {"align": "left", "border": 1, "text_wrap": True}
        elif field.kind in TEXT_KINDS:
            properties["text_wrap"] = True
        elif field.kind in (Kind.DATE, Kind.TASK, Kind.YEAR):
            properties["align"] = "center"
        if field.required:
            properties["bg_color"] = _MUST_INPUT
        return self.get(**{**properties, **(_THIN if drawn and not record else {}), **more})
