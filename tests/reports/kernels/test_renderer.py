"""The renderer's pictures are those drawn in place, to the byte; without it a notebook draws for itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from nq57kit.reports.kernels.nursery import can_fork
from nq57kit.reports.kernels.renderer import RENDERED_BY, Renderer, use_renderer
from nq57kit.show import theme

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_fork(), reason="warm processes need a forkserver")]

SPEC = json.dumps(
    {
        "data": {"values": [{"x": "Vụ Tổ chức cán bộ", "y": 1234.5}, {"x": "Thừa Thiên Huế", "y": 2}]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "x", "type": "nominal"},
            "x": {"field": "y", "type": "quantitative", "axis": {"format": ",.1f"}},
        },
    }
)


@pytest.fixture
def renderer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Renderer]:
    made = Renderer()
    (address,) = made.environment.values()
    monkeypatch.setenv(RENDERED_BY, address)
    until = time.monotonic() + 120
    while not made.is_listening and time.monotonic() < until:
        time.sleep(0.1)
    yield made
    theme.set_renderer(None)
    made.close()


def draw() -> str:
    return (theme._renderers[-1] if theme._renderers else theme.render)(SPEC)


def test_a_chart_has_the_same_bytes(renderer: Renderer) -> None:
    use_renderer()
    assert theme._renderers
    assert draw() == theme.render(SPEC)
    assert draw() == theme.render(SPEC)
    assert theme._renderers


def test_an_error_of_a_chart_is_that_of_a_chart_drawn_in_place(renderer: Renderer) -> None:
    use_renderer()
    with pytest.raises(ValueError, match="JSON"):
        theme._renderers[-1]("{")


def test_a_renderer_that_has_gone_is_done_without(renderer: Renderer) -> None:
    use_renderer()
    renderer.close()
    assert draw() == theme.render(SPEC)
    assert not theme._renderers
    assert renderer.environment == {}


def test_a_key_that_is_wrong_gets_no_picture_but_a_local_one(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (address,) = renderer.environment.values()
    monkeypatch.setenv(RENDERED_BY, "00" * 32 + address[64:])
    use_renderer()
    assert draw() == theme.render(SPEC)
    assert not theme._renderers
