"""The glance at a sheet says what the scan of its elements says, or nothing."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.submissions import quickscan, sheetxml
from nq57kit.submissions.archive import RefusedFileError
from nq57kit.submissions.quickscan import bound_text, read_plain_sheet

PERCENT = frozenset({"7"})
PIECES = [
    '<c r="B{n}"><v>1</v></c>', '<c r="C{n}" s="3" t="s"><v>0</v></c>', '<c r="D{n}" s="7"><v>0.5</v></c>', '<c r="E{n}"/>',
    '<c r="F{n}" t="e"><v>#REF!</v></c>', '<c r="G{n}"><f>1+1</f></c>', '<c r="H{n}" t="inlineStr"><is><t>x</t></is></c>',
    "<c><v>5</v></c>", '<c r="AB{n}"><v>1</v></c>', "<c r='I{n}'><v>1</v></c>", '<c t="b" r="J{n}"><v>1</v></c>',
    '<c r="K{n}" s="4" />', '<c r="L{n}"><v xml:space="preserve"> 1 </v></c>', '<c r="M{n}" cm="1"> <v>2</v></c>',
    "<!-- <c> -->", '<x:c r="N{n}"><x:v>1</x:v></x:c>', '<c r="O{n}" t="&#101;"><v>#N/A</v></c>',
    '<c r="P{n}" t="str"><f>A1</f><v></v></c>',
]  # fmt: skip
AFTER = [
    "", '<mergeCells><mergeCell ref="A1:C3"/></mergeCells>', '<mergeCells><mergeCell ref="A1" /></mergeCells>',
    "<headerFooter><oddFooter>&amp;LTrang &lt;1&gt;</oddFooter></headerFooter>",
    "<headerFooter><firstHeader>é&#233;</firstHeader><evenFooter/></headerFooter>",
    '<extLst><ext><x14:f xmlns:x14="y"><xm:f>A$1:A$9</xm:f></x14:f></ext></extLst>',
    '<dataValidations><dataValidation><formula1>_danh_muc!$A$1</formula1></dataValidation></dataValidations>',
]  # fmt: skip
BEFORE = ["", '<cols><col min="2" max="3" hidden="1"/></cols>', '<cols><col min="1" max="2" hidden="false"/></cols>']


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Worksheet parts of usual and unusual cells."""
    usual = draw(st.booleans())
    cells = st.sampled_from(PIECES[:5] if usual else PIECES)
    rows = "".join(
        f'<row r="{n}"{draw(st.sampled_from(["", " ht=" + chr(34) + "15" + chr(34)]))}>'
        + "".join(draw(st.lists(cells, max_size=4, unique=True))).replace("{n}", str(n))
        + "</row>"
        for n in range(1, draw(st.integers(1, 5)) + 1)
    )
    before, after = draw(st.sampled_from(BEFORE)), draw(st.sampled_from(AFTER))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns:r="r" xmlns:x="x">'
    return f"{head}{before}<sheetData>{rows}</sheetData>{after}</worksheet>".encode()


def scan(content):
    budget = sheetxml.Budget()
    return sheetxml._scan_elements(content, PERCENT, budget), vars(budget)


@given(sheets())
def test_a_glance_says_what_the_scan_says(content):
    budget = sheetxml.Budget()
    assert (sheetxml.scan_sheet(content, PERCENT, budget), vars(budget)) == scan(content)


def test_the_forms_sheets_are_plain(fill):
    with zipfile.ZipFile(fill()) as source:
        parts = [source.read(name) for name in source.namelist() if name.startswith("xl/worksheets/")]
    assert len(parts) == 10
    for content in parts:
        assert read_plain_sheet(content, ()) is not None
        assert (sheetxml.scan_sheet(content, PERCENT, sheetxml.Budget()), scan(content)[0])[0] == scan(content)[0]


def test_a_formula_behind_the_cells_is_none_of_theirs():
    content = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><extLst><xm:f>B1</xm:f></extLst></worksheet>'
    assert scan(content)[0].without_value == set()


def test_what_a_glance_passes_lies_within_the_extent_allowed():
    assert quickscan.MOST_PLACES <= sheetxml._MAX_PLACES


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE a><worksheet/>", b"<worksheet><c></worksheet>", b"<worksheet>\xff</worksheet>"]
)
def test_a_part_that_is_not_well_formed_or_has_a_dtd_is_refused(content):
    with pytest.raises(RefusedFileError):
        sheetxml.scan_sheet(content, PERCENT, sheetxml.Budget())


@pytest.mark.parametrize("depth", [2_000, 30_000])
def test_elements_within_elements_end_somewhere(depth):
    content = b"<a>" * depth + b"</a>" * depth
    if depth < sheetxml._MAX_DEPTH:
        sheetxml.parse_xml(content)
    else:
        with pytest.raises(RefusedFileError):
            sheetxml.parse_xml(content)


@given(st.lists(st.text("abé&<", max_size=30)))
def test_no_shared_string_is_longer_than_its_bound(texts):
    from xml.sax.saxutils import escape

    content = "<sst>" + "".join(f"<si><t>{escape(text)}</t></si>" for text in texts) + "</sst>"
    assert max(map(len, texts), default=0) <= bound_text(content.encode())
