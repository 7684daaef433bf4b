"""The package that a spreadsheet file is: its zip, opened within limits, its parts by their relations, and all its texts.

In: the bytes of a file. Out: `Archive`, whose members are read whole under a running cap; the parts of a workbook, found as
ECMA-376 part 2 says (content types and relationships; names in any case, `\\` for `/`, absolute or relative targets), never by
the names that Excel happens to give; and every text of every part, whatever the part is for, for the screening of secrets.
`RefusedFileError` carries the code of the finding that says why a file is not read.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Any, Final
from urllib.parse import unquote
from xml.parsers import expat

from nq57kit.secrecy import may_matter

#: A file larger than this is not opened (a filled form has about 60 KB; pictures may be in it).
MAX_FILE_BYTES: Final = 20 * 1024 * 1024
#: All parts of a file but pictures may have this size together when unpacked (those of a filled form: 0.2 MB).
#: The cell reader holds them several times, and the whole process shall stay below 256 MiB.
MAX_UNPACKED_BYTES: Final = 16 * 1024 * 1024
#: A workbook has some dozen parts.
MAX_MEMBERS: Final = 2_000
#: Packages in packages: a chart in a Word file in a workbook is three deep.
_MAX_NESTED: Final = 3
#: Elements open at once (a workbook has some ten), and the stretch between two looks at that.
_MAX_DEPTH, _STRETCH = 10_000, 64 * 1024
_CHUNK: Final = 1024 * 1024
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MAIN: Final = "spreadsheetml.sheet.main+xml"
_BINARY: Final = "sheet.binary.macroenabled.main"
_MACROS: Final = ("vbaproject", "ms-excel.macrosheet", "ms-excel.intlmacrosheet")


class RefusedFileError(Exception):
    """A file that is not read; `code` and `words` make the finding. Never leaves this package."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.code, self.words = code, words


class Archive:
    """The members of a zip, read under one cap for all (declared sizes can lie, so bytes are counted).

    Names are compared in any case, `\\` is `/`; two members of one name are refused. `within` is the archive in which this
    one lies: it shares the cap.
    """

    def __init__(self, content: bytes, within: Archive | None = None) -> None:
        self.depth: int = within.depth + 1 if within else 0
        if self.depth > _MAX_NESTED:
            raise RefusedFileError("file-unsafe")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise RefusedFileError("file-damaged") from error
        everything = self._zip.infolist()
        members = [member for member in everything if not member.is_dir()]
        named = {member.filename.replace("\\", "/").lstrip("/"): member for member in members}
        self.names = frozenset(named)
        self._members = {name.casefold(): member for name, member in named.items()}
        if len(everything) > MAX_MEMBERS or len(self._members) != len(members):
            raise RefusedFileError("file-damaged" if len(everything) <= MAX_MEMBERS else "file-too-big")
        if any(member.flag_bits & 1 for member in members):
            raise RefusedFileError("file-encrypted")
        self.remarks = (
            self._zip.comment,
            *(one.comment for one in everything),
            *(one.filename.encode() for one in everything),
        )
        self._left: dict[bool, int] = within._left if within else {False: MAX_UNPACKED_BYTES, True: MAX_FILE_BYTES}
        self._read: dict[str, bytes] = {}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._members

    def read(self, name: str) -> bytes:
        """Return a member's bytes, unpacked once; RefusedFileError if it is damaged or over what is left of the cap."""
        key = name.casefold()
        if key not in self._read:
            self._read[key] = self.unpack(name)
        return self._read[key]

    def unpack(self, name: str) -> bytes:
        """Return a member's bytes without keeping them; pictures have a cap of their own, they are never parsed."""
        if (known := self._read.get(name.casefold())) is not None:
            return known
        try:
            member = self._members[name.casefold()]
            parts: list[bytes] = []
            with self._zip.open(member) as stream:
                picture = False
                while chunk := stream.read(_CHUNK):
                    picture = picture or (not parts and chunk.startswith(_PICTURES))
                    self._left[picture] -= len(chunk)
                    if self._left[picture] < 0 or (not parts and member.file_size > self._left[picture] + len(chunk)):
                        raise RefusedFileError("file-too-big")
                    parts.append(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, NotImplementedError) as error:
            raise RefusedFileError("file-damaged") from error
        return parts[0] if len(parts) == 1 else b"".join(parts)


def pack(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an uncompressed zip with fixed dates: equal members give equal bytes.

    Example:
        >>> pack([("a.csv", b"x")]) == pack([("a.csv", b"x")])
        True
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        for name, content in members:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            target.writestr(info, content)
    return stream.getvalue()


# ------------------------------------------------------------------------------------------ XML


def parse_xml(
    content: bytes,
    start: Callable[[str, dict[str, str]], None] | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
    use: Callable[[Any], None] | None = None,
) -> None:
    """Parse XML with handlers; RefusedFileError for a DTD (entities come with it) or XML that is not well formed."""
    _refuse_depth(content)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    if use:
        use(parser)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise RefusedFileError("file-damaged") from error


def _refuse_depth(content: bytes) -> None:
    """Refuse elements within elements without end, for each of which the parser keeps memory."""
    depth = 0
    for start in range(0, len(content), _STRETCH):
        end = start + _STRETCH
        opened, closed = content.count(b"<", start, end), content.count(b"</", start, end)
        depth += opened - 2 * closed - content.count(b"/>", start, end)
        if depth > _MAX_DEPTH:
            raise RefusedFileError("file-unsafe")


def _refuse_doctype(*_: object) -> None:
    raise RefusedFileError("file-unsafe")


def local_name(name: str) -> str:
    """Return the name of an element or attribute without its prefix."""
    return name.rpartition(":")[2]


# -------------------------------------------------------------------------------- parts by relations


@dataclass(frozen=True)
class Workbook:
    """The parts of an .xlsx: the main part, sheets (name, relation, part) in order, styles and shared strings ("" if none)."""

    main: str
    sheets: tuple[tuple[str, str, str], ...]
    styles: str
    strings: str

    def repack(self, archive: Archive, sheets: Mapping[str, bytes]) -> bytes:
        """Return a zip of the parts that were read and checked, under the names that every reader knows, not compressed.

        `sheets` are the bytes of each worksheet's part.
        """
        relations, members, done = [], [("xl/workbook.xml", archive.read(self.main))], set()
        for number, (_, key, part) in enumerate(self.sheets, 1):
            if key not in done:
                done.add(key)
                kind = "worksheet" if part else "chartsheet"
                name = f"{kind}s/sheet{number}.xml"
                relations.append((key, kind, name))
                members += [(f"xl/{name}", sheets[part])] if part else []
        for kind, part in (("styles", self.styles), ("sharedStrings", self.strings)):
            if part:
                relations.append((kind, kind, f"{kind}.xml"))
                members.append((f"xl/{kind}.xml", archive.read(part)))
        whole = [("main", "officeDocument", "xl/workbook.xml")]
        written = [
            ("_rels/.rels", _write_relations(whole)),
            ("xl/_rels/workbook.xml.rels", _write_relations(relations)),
        ]
        return pack([*written, *members])


def _write_relations(relations: Iterable[tuple[str, str, str]]) -> bytes:
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    lines = (
        f'<Relationship Id="{escape(key)}" Type="{kinds}{kind}" Target="{target}"/>' for key, kind, target in relations
    )
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    return f"{head}{''.join(lines)}</Relationships>".encode()


def find_workbook(archive: Archive) -> Workbook:
    """Return the parts of an .xlsx by content types and relations; RefusedFileError for macros, .xlsb or another document."""
    types = _read_types(archive)
    found = [(kind, part) for kind, part, _ in read_relations(archive, "").values() if part in archive]
    main = next((part for kind, part in found if kind == "officeDocument"), "")
    main = main or next((name for name, kind in types.items() if kind.endswith(_MAIN)), "xl/workbook.xml")
    if main not in archive:
        raise RefusedFileError(
            "file-damaged" if any(kind.endswith(_MAIN) for kind in types.values()) else "file-not-workbook"
        )
    told = types.get(main.casefold(), "")
    if _BINARY in told and not main.casefold().endswith(".xml"):
        raise RefusedFileError("file-xlsb")
    if any(name.endswith("vbaproject.bin") or any(sign in kind for sign in _MACROS) for name, kind in types.items()):
        raise RefusedFileError("file-macros")
    relations = read_relations(archive, main)
    if any(kind in ("vbaProject", "xlMacrosheet", "xlIntlMacrosheet") for kind, _, _ in relations.values()):
        raise RefusedFileError("file-macros")
    listed: list[tuple[str, str]] = []

    def on_sheet(name: str, given: dict[str, str]) -> None:
        if local_name(name) == "sheet":
            key = next((value for key, value in given.items() if local_name(key) == "id" and ":" in key), "")
            listed.append((given.get("name", ""), key))

    parse_xml(archive.read(main), on_sheet)
    if not listed:
        raise RefusedFileError("file-not-workbook")
    parts = {kind: part for kind, part, _ in relations.values()}
    return Workbook(
        main,
        tuple(
            (name, key, relations[key][1] if relations[key][0] == "worksheet" else "")
            for name, key in listed
            if key in relations
        ),
        *(parts[kind] if parts.get(kind, "") in archive else "" for kind in ("styles", "sharedStrings")),
    )


def _read_types(archive: Archive) -> dict[str, str]:
    """Return the content type of each member by its name, both in small letters."""
    if "[Content_Types].xml" not in archive:
        return dict.fromkeys((name.casefold() for name in archive.names), "")
    by_ending: dict[str, str] = {}
    by_name: dict[str, str] = {}

    def on_type(name: str, given: dict[str, str]) -> None:
        kind = given.get("ContentType", "").casefold()
        if local_name(name) == "Default":
            by_ending[given.get("Extension", "").casefold()] = kind
        elif local_name(name) == "Override":
            by_name[given.get("PartName", "").replace("\\", "/").lstrip("/").casefold()] = kind

    parse_xml(archive.read("[Content_Types].xml"), on_type)
    names = [name.casefold() for name in archive.names]
    return {name: by_name.get(name, by_ending.get(name.rpartition(".")[2], "")) for name in names}


def read_relations(archive: Archive, part: str) -> dict[str, tuple[str, str, bool]]:
    """Return the relations of a part («» for the package's own) by id: kind, target, whether it leads outside.

    The kind is the last word of the relation's type, which Strict and Transitional share; a target inside is a member's name.
    """
    folder, name = posixpath.split(part)
    place = posixpath.join(folder, "_rels", f"{name}.rels")
    relations: dict[str, tuple[str, str, bool]] = {}

    def on_relation(name: str, given: dict[str, str]) -> None:
        if local_name(name) == "Relationship":
            target, outside = given.get("Target", ""), given.get("TargetMode") == "External"
            if not outside:
                whole = posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/")
                target = whole if whole in archive else unquote(whole)
            relations[given.get("Id", "")] = given.get("Type", "").rpartition("/")[2], target, outside

    if place in archive:
        parse_xml(archive.read(place), on_relation)
    return relations


# ------------------------------------------------------------------------------------------ texts

#: Pictures of dots; drawn ones (.emf, .wmf, .svg) hold text.
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
#: Bytes without which no part speaks of a secret: «ậ», its marks, «ë» (TCVN3), «ä» (VNI), «mat», written by number.
_POSSIBLE: Final = re.compile(
    rb"\xe1\xba[\xac\xad]|\xcc[\x82\xa3]|\xc3[\x84\x8b\xa4\xab]|&#|_x[0-9a-fA-F]{4}_"
    rb"|[mM](?<![a-zA-Z].)[aA][tT](?![a-zA-Z])|[bB][mM][nN][nN]"  # begins are plain: the engine skips to them
)
_POSSIBLE_WIDE: Final = re.compile(
    rb"[\xac\xad]\x1e|\x1e[\xac\xad]|\x02\x03|\x03\x02|[mM]\0[aA]\0[tT]\0|[bB]\0[mM]\0[nN]\0[nN]\0"
)
_ENCODING: Final = re.compile(rb"encoding=[\"'](utf-16|us-ascii|iso-8859-1|windows-125[0-9])[\"']", re.IGNORECASE)
#: A text that a document declares under a name could be anything where the name stands; no spreadsheet needs it.
_ENTITY: Final = re.compile(rb"<!ENTITY|<\0!\0E\0N\0T\0I\0T\0Y")
_TAG: Final = re.compile(r"(<[^<>]*>)")
_ATTRIBUTE: Final = re.compile(r"=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CODE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_READABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{3,}")
#: The same in text; elements with which another text begins, and those that part two words: all others may stand within one.
_BETWEEN: Final = r"(?:[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]|<[^<>]*>)*+"
_HIT: Final = re.compile(
    rf"[mMｍＭ](?:{_BETWEEN}[ậẬëË]|{_BETWEEN}[aAạẠâÂ]{_BETWEEN}[\u0302\u0323äÄ]|(?<![a-zA-Z].)[aA][tT](?![a-zA-Z]))"
    r"|&#|_x[0-9a-fA-F]{4}_|[bB][mM][nN][nN]"
)
_WHOLE: Final = re.compile(r"<(?:\w+:)?(?:si|is|c|comment|sp|txBody|textbox|shape|table-cell|annotation|row|tr)[\s/>]")
_BLANK: Final = re.compile(r"</?(?:\w+:)?(?:p|h|br|cr|s|tab|line-break|div|td|li)[\s/>]")


def read_package_texts(archive: Archive) -> Iterator[str]:
    """Give every text of every member that could speak of a secret: elements, attributes, comments, runs joined, names.

    Members are read whatever they are for and whether anything leads to them; packages within are opened, damaged and locked
    ones refused.
    """
    for remark in archive.remarks:
        yield from filter(may_matter, (remark.decode("utf-8", "replace").rstrip("/"),))
    for name in sorted(archive.names):
        stem = posixpath.splitext(name)[0]
        yield from filter(may_matter, (*stem.split("/"), stem.rpartition("/")[2].replace("_", " ")))
        content = archive.unpack(name)
        if content.startswith(ZIP):
            try:
                yield from read_package_texts(Archive(content, archive))
            except RefusedFileError as error:
                raise RefusedFileError("file-too-big" if error.code == "file-too-big" else "file-unsafe") from error
        elif (content.startswith(OLE) and ENCRYPTED in content) or _ENTITY.search(content):
            raise RefusedFileError("file-unsafe")
        elif _POSSIBLE.search(content) or _POSSIBLE_WIDE.search(content):
            markup = _decode(content)
            yield from filter(may_matter, _read_markup(markup) if markup else _read_plain(content))


def _decode(content: bytes) -> str:
    """Return XML, HTML or plain text as text; nothing for other bytes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif content[:2] in (b"<\0", b"\0<"):
        encoding = "utf-16-le" if content[0] else "utf-16-be"
    else:
        found = _ENCODING.search(content[:200])
        encoding = found[1].decode() if found else "utf-8-sig"
    text = content.decode(encoding, "replace")
    return "" if "\0" in text or text.count("\ufffd") > len(text) // 100 else text


def _read_plain(content: bytes) -> Iterator[str]:
    """Give what can be read in bytes of any kind: an embedded object of an old program, a drawing of its page."""
    for text in (content.decode("utf-8", "replace"), *(content[at:].decode("utf-16-le", "replace") for at in (0, 1))):
        yield from _READABLE.findall(text)


def _read_markup(text: str) -> Iterator[str]:
    """Give the texts of a document where it could speak of a secret; no need for it to be well formed.

    Only the elements of `_WHOLE` in which a letter of `_HIT` stands are looked at: a workbook has thousands of others.
    """
    text = text.replace("<![CDATA[", "").replace("]]>", "").replace("<!--", "<c>").replace("-->", "</c>")
    bounds = [0, *(found.start() for found in _WHOLE.finditer(text)), len(text)]
    for number in dict.fromkeys(
        bisect_right(bounds, found.start(), hi=len(bounds) - 1) for found in _HIT.finditer(text)
    ):
        yield from _read_element(text[bounds[number - 1] : bounds[number]])


def _read_element(text: str) -> Iterator[str]:
    """Give the texts of a piece of a document, one by one and joined where formats alone part them."""
    joined: list[str] = []
    for number, token in enumerate(_TAG.split(text)):
        if number % 2 == 0:
            if token.strip():
                joined.append(_plain(token))
                yield joined[-1]
            continue
        if _BLANK.match(token):
            joined.append(" ")
        if token[1:2] in "?!":
            yield token.strip("<>?!")
        yield from (_plain(first or second) for first, second in _ATTRIBUTE.findall(token))
    yield "".join(joined)


def _plain(text: str) -> str:
    """Return text with what is written by number: «&#7853;», «_x1EAD_»."""
    if "&" in text:
        text = unescape(text)
    return _CODE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
