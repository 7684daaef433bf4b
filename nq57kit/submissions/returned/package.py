"""The parts of an .xlsx and how they hang together: relations, types of content, the list of sheets.

In: the bytes of a workbook, marks by sheet and cell, a sheet to show first. Out: the workbook with both. Parts that
are not named here are carried over as they are.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from nq57kit.submissions.archive import Archive
from nq57kit.submissions.contract import RETURN_SHEET
from nq57kit.submissions.returned.comments import comment_places, write_comments, write_drawing
from nq57kit.submissions.returned.sheets import drawing_of, mark_cells, place_of
from nq57kit.submissions.returned.styles import StyleSheet
from nq57kit.submissions.returned.xmlparts import (
    RELATIONS,
    Splicer,
    UnfitFileError,
    as_utf8,
    attribute,
    prefix_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Colours", "Mark", "annotate", "is_xlsx", "list_sheets"]

_WORKBOOK: Final = "xl/workbook.xml"
_TYPES: Final = "[Content_Types].xml"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_SPREADSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_VML: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


#: The colours of cells by sheet and address, as `StyleSheet.colour_of` gives them.
Colours = Mapping[str, Mapping[str, str]]


class Mark(NamedTuple):
    """What a cell gets: the severity of its worst finding, and the sentences of all of them."""

    severity: str
    note: str


class _Relation(NamedTuple):
    id: str
    kind: str
    target: str


def is_xlsx(archive: Archive) -> bool:
    """Whether an archive is a workbook of this kind."""
    return _WORKBOOK in archive


def list_sheets(archive: Archive) -> list[str]:
    """Return the names of a workbook's sheets."""
    names: list[str] = []

    def start(name: str, given: dict[str, str], _: int) -> None:
        if name == "sheet":
            names.append(given.get("name", ""))

    walk(archive.read(_WORKBOOK), start)
    return names


def annotate(
    archive: Archive,
    marks: Mapping[str, Mapping[str, Mark]],
    write_list: Callable[[StyleSheet, Colours], bytes],
    *,
    before: Colours | None = None,
) -> bytes:
    """Return the workbook with marked cells and, as its first sheet, the one that `write_list` gives.

    `marks` is by sheet name and address. `write_list` is given the colour that each marked cell had, and
    `before` is what it was given when this file was returned earlier. An earlier list is replaced where it is. Raises
    UnfitFileError or RefusedFileError for a workbook that cannot be changed in place.
    """
    package = _Package(archive)
    styles_part = package.one(_WORKBOOK, "/styles")
    styles = StyleSheet(package.members[styles_part])
    sheets = package.sheets()
    colours: dict[str, dict[str, str]] = {}
    for name, part in sheets.items():
        if name != RETURN_SHEET:
            colours[name] = package.mark_sheet(part, marks.get(name, {}), styles, (before or {}).get(name, {}))
    package.put_list(sheets.get(RETURN_SHEET), write_list(styles, colours), list(sheets))
    package.members[styles_part] = styles.result()
    return package.pack()


class _Package:
    """The members of a workbook while they change."""

    def __init__(self, archive: Archive) -> None:
        self.members = {name: archive.read(name) for name in archive.members}
        for name in self.members:
            if name.endswith((".xml", ".rels")):
                self.members[name] = as_utf8(self.members[name])

    # ------------------------------------------------------------------ relations and types

    def relations(self, part: str) -> list[_Relation]:
        """Return the relations of a part inside the workbook, targets as member names."""
        found: list[_Relation] = []

        def start(name: str, given: dict[str, str], _: int) -> None:
            if name == "Relationship" and given.get("TargetMode") != "External":
                target = given.get("Target", "")
                full = target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
                found.append(_Relation(given.get("Id", ""), given.get("Type", ""), posixpath.normpath(full)))

        if _relations_of(part) in self.members:
            walk(self.members[_relations_of(part)], start)
        return found

    def one(self, part: str, kind: str) -> str:
        """Return the only target of a kind; UnfitFileError without it."""
        targets = [found.target for found in self.relations(part) if found.kind.endswith(kind)]
        if len(targets) != 1 or targets[0] not in self.members:
            raise UnfitFileError
        return targets[0]

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation to a part and return its name."""
        name = _relations_of(part)
        content = self.members.setdefault(name, f'<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode())
        used = set(re.findall(r"\bId\s*=\s*[\"']([^\"']*)[\"']", content.decode()))
        key = next(key for number in range(1, len(used) + 2) if (key := f"rIdTraLai{number}") not in used)
        p = prefix_of(content, _PACKAGE)
        entry = f'<{p}Relationship Id="{key}" Type="{RELATIONS}/{kind}" Target={attribute("/" + target)}/>'
        self._append(name, entry)
        return key

    def add(self, part: str, content: bytes, content_type: str) -> None:
        """Add a part with its type of content."""
        self.members[part] = content
        types = self.members[_TYPES]
        p = prefix_of(types, "http://schemas.openxmlformats.org/package/2006/content-types")
        self._append(_TYPES, f'<{p}Override PartName={attribute("/" + part)} ContentType="{content_type}"/>')

    def free_name(self, pattern: str) -> str:
        """Return a member name by a pattern («xl/comments{}.xml») that is not used yet."""
        taken = {name.casefold() for name in self.members}
        return next(name for number in range(1, 100_000) if (name := pattern.format(number)).casefold() not in taken)

    def _append(self, name: str, entry: str) -> None:
        places: list[int] = []
        splicer = Splicer(self.members[name])
        walk(self.members[name], lambda _name, _given, at: places.append(at), lambda _, at: places.append(at))
        splicer.fill(places[0], places[-1], entry)
        self.members[name] = splicer.result()

    # ------------------------------------------------------------------ sheets

    def sheets(self) -> dict[str, str]:
        """Return the worksheets in order: name and part."""
        targets = {found.id: found.target for found in self.relations(_WORKBOOK) if found.kind.endswith("/worksheet")}
        found: dict[str, str] = {}

        def start(name: str, given: dict[str, str], _: int) -> None:
            if name == "sheet":
                key = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
                if targets.get(key) in self.members:
                    found[given.get("name", "")] = targets[key]

        walk(self.members[_WORKBOOK], start)
        return found

    def mark_sheet(
        self, part: str, marks: Mapping[str, Mark], styles: StyleSheet, before: Mapping[str, str]
    ) -> dict[str, str]:
        """Colour and comment the cells of one sheet, undo what an earlier return did to others; return old colours."""
        places = {place_of(address): mark.severity for address, mark in marks.items()}
        drawing = self._comment(part, {address: mark.note for address, mark in marks.items()})
        earlier = {place_of(address): colour for address, colour in before.items()}
        self.members[part], kept = mark_cells(self.members[part], places, styles, drawing=drawing, colours=earlier)
        return {address: kept[place_of(address)] for address in marks}

    def _comment(self, part: str, notes: Mapping[str, str]) -> str | None:
        """Write the comments of a sheet; return the relation of their drawing, None where there is nothing to do."""
        related = self.relations(part)
        old = next((found.target for found in related if found.kind.endswith("/comments")), None)
        if old not in self.members:
            old = None
        if not notes and (old is None or RETURN_SHEET.encode() not in self.members[old]):
            return None
        comments = write_comments(self.members[old] if old else None, notes)
        if old:
            self.members[old] = comments
        else:
            name = self.free_name("xl/comments{}.xml")
            self.add(name, comments, f"{_SPREADSHEET}.comments+xml")
            self.relate(part, "comments", name)
        places = comment_places(comments)
        key = drawing_of(self.members[part])
        there = next((found.target for found in related if found.id == key), None) if key else None
        if there in self.members:
            self.members[there] = write_drawing(self.members[there], places)
            return key
        if key is not None:
            raise UnfitFileError
        name = self.free_name("xl/drawings/vmlDrawing{}.vml")
        self.add(name, write_drawing(None, places), _VML)
        return self.relate(part, "vmlDrawing", name)

    def put_list(self, part: str | None, content: bytes, names: list[str]) -> None:
        """Put the list of findings in as the sheet that is shown first."""
        splicer = Splicer(self.members[_WORKBOOK])
        p = prefix_of(self.members[_WORKBOOK])
        shown = 0
        if part is None:
            part = self.free_name("xl/worksheets/sheet{}.xml")
            self.add(part, content, f"{_SPREADSHEET}.worksheet+xml")
            key = self.relate(_WORKBOOK, "worksheet", part)
            self._list_first(splicer, p, key)
        else:
            self.members[part] = content
            self.members.pop(_relations_of(part), None)
            shown = names.index(RETURN_SHEET)
        self._show(splicer, shown)
        self.members[_WORKBOOK] = splicer.result()

    def _list_first(self, splicer: Splicer, p: str, key: str) -> None:
        """Name a new sheet before all others; what counts sheets from 0 counts one more."""
        numbers: list[int] = []
        first: list[int] = []

        def start(name: str, given: dict[str, str], at: int) -> None:
            if name == "sheet":
                numbers.append(int(given.get("sheetId", "0")))
                first.append(at)
            elif name == "definedName" and "localSheetId" in given:
                splicer.set_attributes(at, {"localSheetId": str(int(given["localSheetId"]) + 1)})

        walk(self.members[_WORKBOOK], start)
        if not first:
            raise UnfitFileError
        entry = f'<{p}sheet xmlns:r="{RELATIONS}" name={attribute(RETURN_SHEET)} sheetId="{max(numbers) + 1}" r:id="{key}"/>'
        splicer.insert(first[0], entry)

    def _show(self, splicer: Splicer, number: int) -> None:
        def start(name: str, _: dict[str, str], at: int) -> None:
            if name == "workbookView":
                splicer.set_attributes(at, {"activeTab": str(number), "firstSheet": None})

        walk(self.members[_WORKBOOK], start)

    def pack(self) -> bytes:
        """Return the workbook; equal parts give equal bytes."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in self.members.items():
                info = zipfile.ZipInfo(name, _EPOCH)
                info.create_system, info.compress_type = 3, zipfile.ZIP_DEFLATED
                target.writestr(info, content)
        return stream.getvalue()


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
