from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.show.markup import Ids, check_svg, inline_svg, markdown_html

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="4">'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("[bấm](javascript:alert(1))", "bấm"),
        ("![ảnh](http://a.vn/x.png)", "ảnh"),
        ("[trang](https://a.vn)", "trang (https://a.vn)"),
        ("<https://a.vn>", "https://a.vn"),
        ("# Đầu đề", "<strong>Đầu đề</strong>"),
    ],
)
def test_a_persons_markdown_leads_nowhere_and_runs_nothing(written: str, shown: str) -> None:
    html = markdown_html(written)
    assert shown in html
    assert not re.search(r"<(a|img|script|h\d)\b", html)


@given(st.text(alphabet=st.characters(codec="utf-8")) | st.text("<>&\"'[]()!#*_`-|\n abc:/"))
def test_markdown_gives_only_harmless_elements(text: str) -> None:
    allowed = {
        "p",
        "strong",
        "em",
        "ul",
        "ol",
        "li",
        "code",
        "pre",
        "blockquote",
        "hr",
        "br",
        "del",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert set(re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", markdown_html(text))) <= allowed


@given(st.lists(st.text(), max_size=8))
def test_ids_are_never_given_twice_and_are_plain(texts: list[str]) -> None:
    ids = Ids()
    taken = [ids.take(text) for text in texts]
    assert len(set(taken)) == len(taken)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in taken)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<g onload="alert(1)"/>',
        '<image href="a.png"/>',
        "<foreignObject/>",
        '<text xlink:href="#a">a</text>',
        '<g style="background:url(http://a.vn/x)"/>',
        '<rect fill="url(https://a.vn/x#y)"/>',
        "<style>a{}</style>",
        "<g>",
    ],
)
def test_anything_but_shapes_and_text_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="SVG"):
        check_svg(f"{HEAD}{inside}</svg>")


def test_entities_are_refused_before_they_are_read() -> None:
    with pytest.raises(ValueError, match="declarations"):
        check_svg('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>')


def test_ids_of_two_figures_on_a_page_do_not_meet() -> None:
    svg = f'{HEAD}<defs><clipPath id="clip0"><rect/></clipPath></defs><g clip-path="url(#clip0)"/></svg>'
    check_svg(svg)
    first, second = inline_svg(svg, "hinh-1", "Một"), inline_svg(svg, "hinh-2", "Hai")
    assert 'id="hinh-1-clip0"' in first
    assert "url(#hinh-1-clip0)" in first
    assert "hinh-1" not in second
