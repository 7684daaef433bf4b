"""What the cell reader hides in an .ods: errors, formulas without a value, percent, what is hidden or merged.

In: its content.xml. Out: `SheetFacts` by sheet name, counted against the same limits as an .xlsx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nq57kit.submissions.sheetxml import MAX_CELLS, Budget, SheetFacts, parse_xml

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_loose_text", "scan_ods"]

_Place = tuple[int, int]


def scan_ods(content: bytes, budget: Budget) -> Mapping[str, SheetFacts]:
    """Return the facts of every sheet of an .ods content.xml, by sheet name."""
    scan = _OdsScan(budget)
    parse_xml(content, scan.start, scan.end, None, scan.use)
    return scan.sheets


class _OdsScan:
    """The handlers of `scan_ods`; repeated rows and cells are counted, not made."""

    def __init__(self, budget: Budget) -> None:
        self.sheets: dict[str, SheetFacts] = {}
        self._budget = budget
        self._facts = SheetFacts()
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row = self._column = self._next_row = self._next_column = 1
        self._row_values: list[int] = []
        self._extent: list[int] = [0, 0]
        self._pending: tuple[_Place, str, bool] | None = None
        self._text: list[str] = []
        self._parser: Any = None
        self._depth = 0

    def use(self, parser: Any) -> None:
        self._parser = parser

    def start(self, name: str, given: dict[str, str]) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._start_cell(given)
        elif name == "table:table-row":
            self._row = self._next_row
            repeat = _repeat(given, "table:number-rows-repeated")
            self._next_row += repeat
            self._column = self._next_column = 1
            self._row_values = []
            self._budget.spend(1, 0)
            if given.get("table:visibility") in ("collapse", "filter") and repeat <= MAX_CELLS:
                self._facts.hidden_rows.update(range(self._row, self._row + repeat))
        elif name == "table:table-column":
            repeat = _repeat(given, "table:number-columns-repeated")
            if given.get("table:visibility") == "collapse":
                self._facts.hidden_columns.append((self._next_column, self._next_column + repeat - 1))
            self._next_column += repeat
        elif name == "table:table":
            self._depth += 1
            self._facts = SheetFacts(hidden=given.get("table:style-name", "") in self._hidden_styles)
            self.sheets[given.get("table:name", "")] = self._facts
            self._next_row = self._next_column = 1
            self._extent = [0, 0]
        elif name == "style:style":
            self._style = given.get("style:name", "")
        elif name == "style:table-properties" and given.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def _start_cell(self, given: dict[str, str]) -> None:
        self._column = self._next_column
        repeat = _repeat(given, "table:number-columns-repeated")
        self._next_column += repeat
        kind = given.get("office:value-type")
        formula = "table:formula" in given
        self._budget.spend(1, 0)
        rows = int(given.get("table:number-rows-spanned", "1"))
        columns = int(given.get("table:number-columns-spanned", "1"))
        if rows > 1 or columns > 1:
            self._facts.merged.append((self._row, self._column, self._row + rows - 1, self._column + columns - 1))
        if kind is None and not formula:
            return
        many = repeat * (self._next_row - self._row)
        self._budget.spend(0, many)
        self._facts.values += many
        self._extent = [max(self._extent[0], self._next_row - 1), max(self._extent[1], self._next_column - 1)]
        self._budget.allow_extent(*self._extent)
        places = [(row, self._column + step) for row in range(self._row, self._next_row) for step in range(repeat)]
        if kind == "percentage":
            self._facts.percent.update(places)
        elif kind == "boolean":
            self._facts.booleans.update(places)
        is_error = given.get("calcext:value-type") == "error"
        if is_error or (formula and kind is None):
            self._pending = (places[0], "error" if is_error else "formula", formula)
            self._text.clear()
            self._parser.CharacterDataHandler = self._text.append

    def end(self, name: str) -> None:
        if self._pending and name == "table:table-cell":
            place, state, _ = self._pending
            text = "".join(self._text).strip()
            if state == "error" or text.startswith(("#", "Err:")):
                self._facts.errors[place] = text or "#N/A"
            else:
                self._facts.without_value.add(place)
            self._pending = None
            self._parser.CharacterDataHandler = None
        elif name == "table:table":
            self._depth -= 1


def _repeat(given: dict[str, str], name: str) -> int:
    return max(1, int(given.get(name, "1")))


def read_loose_text(content: bytes) -> tuple[str, ...]:
    """Return the texts of annotations and drawn boxes one by one, and all of them together."""
    parts: list[str] = []
    depth = 0

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += depth > 0 or name == "office:annotation" or name.startswith("draw:")

    def end(_: str) -> None:
        nonlocal depth
        depth -= depth > 0

    def text(data: str) -> None:
        if depth:
            parts.append(data)

    parse_xml(content, start, end, text)
    return (*parts, "".join(parts), " ".join(parts)) if parts else ()
