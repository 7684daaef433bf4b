from __future__ import annotations

import json
import re
from base64 import b64decode
from concurrent.futures import Future
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.show.blocks import (
    BLOCK_MIME,
    Block,
    Blocks,
    Bullets,
    Column,
    Commentary,
    Figure,
    KeyFigure,
    KeyFigures,
    Note,
    Paragraph,
    Table,
    block_from_data,
    format_cell,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5" viewBox="0 0 10 5"><text>Đạt</text></svg>'
TABLE = Table(
    "Kinh phí",
    (
        Column("a", "Nhiệm vụ"),
        Column("b", "Dự toán", "money", "triệu đồng", digits=1, scale=1_000_000),
        Column("c", "Ngày", "date"),
    ),
    (("1. Một", 1_234_500_000, date(2026, 5, 18)), ("Tổng số", None, None)),
    notes=("Ghi chú",),
    source="Báo cáo",
    total=True,
)
EVERY: tuple[Block, ...] = (
    Paragraph("a"),
    Bullets(("a", "b")),
    Note("a", "draft"),
    TABLE,
    Figure("Hình", "Thấy gì", "Thay hình", SVG, TABLE),
    KeyFigures((KeyFigure("Tỷ lệ", "41,1%", status="not_met"),)),
    Commentary("**a**"),
    Blocks([Paragraph("a"), TABLE]),
)
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("a")',
    "\u202eabc",
    "x" * 10_000,
)


@pytest.mark.parametrize("block", EVERY, ids=lambda block: block.kind)
def test_a_block_comes_back_whole_from_its_data(block: Block) -> None:
    assert block_from_data(json.loads(json.dumps(block.as_data()))) == block


@pytest.mark.parametrize("block", EVERY, ids=lambda block: block.kind)
def test_a_bundle_has_html_text_and_data(block: Block) -> None:
    bundle = block._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", BLOCK_MIME}
    assert "<script" not in bundle["text/html"]
    assert len(bundle["text/plain"]) < 300


def test_times_with_a_zone_come_back_as_the_same_moment() -> None:
    moment = datetime(2026, 12, 19, 23, 59, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    table = Table("t", (Column("a", "Gửi", "date"),), ((moment,), ("không rõ",)))
    assert block_from_data(json.loads(json.dumps(table.as_data()))) == table
    assert table.formatted()[0] == ("19/12/2026 23:59",)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_data_is_shown_as_text_in_every_block(text: str) -> None:
    table = Table(text, (Column("a", text, unit=text),), ((text,),), notes=(text,), source=text)
    blocks = (
        Paragraph(text),
        Bullets((text,)),
        Note(text),
        table,
        Figure(text, text, text, SVG, table, source=text),
        KeyFigures((KeyFigure(text, text, text, text, text, text),)),
        Commentary(text, title=text),
    )
    for block in blocks:
        html = block._repr_mimebundle_()["text/html"]
        assert "<script" not in html
        assert html.count("<img") == html.count('<img src="data:image/svg+xml;base64,')  # our own charts alone
        assert "onerror=alert(1)>" not in html.replace("&gt;", "")


@given(st.text())
def test_any_text_in_a_table_stays_inside_its_cell(text: str) -> None:
    html = Table("t", (Column("a", "A"), Column("b", "B")), ((text, text),))._repr_mimebundle_()["text/html"]
    assert html.count("<td") == 1
    assert html.count("</table>") == 1


def test_cells_are_written_as_vietnamese_writes_them() -> None:
    assert TABLE.formatted() == (("1. Một", "1.234,5", "18/5/2026"), ("Tổng số", "–", "–"))
    assert format_cell(Column("a", "a", "percent"), 0.4996) == "50,0%"
    assert format_cell(Column("a", "a", "number"), 0) == "0"


def test_a_table_says_units_scopes_totals_and_stands_in_a_region_that_can_be_reached() -> None:
    html = TABLE._repr_mimebundle_()["text/html"]
    for part in (
        "<caption",
        'scope="col"',
        'scope="row"',
        "(triệu đồng)",
        'class="tong"',
        'role="group" tabindex="0"',
        "Nguồn: Báo cáo",
    ):
        assert part in html


def test_a_figure_has_a_name_a_caption_and_its_data_one_click_away() -> None:
    html = Figure("Hình một", "Thấy gì", 'Thay "hình"', SVG, TABLE)._repr_mimebundle_()["text/html"]
    assert 'alt="Thay &#34;hình&#34;"' in html
    # A picture, no inline SVG: JupyterLab strips that from a notebook that it does not trust.
    assert b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)[1]).decode() == SVG
    assert html.index("<figcaption") < html.index("<img") < html.index("<details") < html.index("<table")


def test_wrong_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="number of cells"):
        Table("t", (Column("a", "A"),), (("a", "b"),))
    with pytest.raises(ValueError, match="kind of column"):
        Column("a", "A", "colour")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level of note"):
        Note("a", "loud")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown kind"):
        block_from_data({"kind": "film"})
    with pytest.raises(ValueError, match="damaged"):
        block_from_data({"kind": "table", "title": "t"})
    with pytest.raises(ValueError, match="script"):
        Figure("t", "c", "a", SVG.replace("<text>", "<script>").replace("</text>", "</script>"), TABLE)


def test_commentary_shows_a_place_for_a_person_when_it_is_empty() -> None:
    assert "(chưa có nhận xét)" in Commentary("  \n")._repr_mimebundle_()["text/html"]


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    hashes = Table("t", (Column("u", "Đơn vị"), Column("h", "Mã băm")), (("Vụ A", "0123456789abcdef" * 4),) * 3)
    narrow, wide = hashes.column_shares()
    assert wide > 50 > narrow > 4
    many = Table("t", tuple(Column(str(n), f"Cột {n}") for n in range(20)), (("nghiêng",) * 20,))
    assert abs(sum(many.column_shares()) - 100) < 1
    headed = Table("t", (Column("a", "A"), Column("b", "B")), (("x", "y"),), headings=("x",))
    assert headed.column_shares() == [0.0, 100.0]
    assert sum(Table("t", (Column("a", "A"), Column("b", "B")), ()).column_shares()) == 100


def test_a_promised_picture_is_waited_for_and_checked_when_the_figure_is_shown() -> None:
    promise = Future[str]()
    figure = Figure("Hình", "Thấy gì", "Thay hình", promise, TABLE)
    promise.set_result(SVG)
    assert figure == Figure("Hình", "Thấy gì", "Thay hình", SVG, TABLE)
    unsafe = Future[str]()
    unsafe.set_result("<svg><script/></svg>")
    with pytest.raises(ValueError, match="script"):
        Figure("Hình", "Thấy gì", "Thay hình", unsafe, TABLE).as_data()
