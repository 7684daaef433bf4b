from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nq57kit.show.markup import Ids, markdown_html


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
