from __future__ import annotations

import pytest

from nq57kit.show.svg import check_svg, inline_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="4">'


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
