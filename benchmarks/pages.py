"""How fast a page is drawn: each kind of report in Chromium, beside nbconvert's stock HTML of the same notebook.

In: a folder of reports with their notebooks, or the sample year, made anew. Out: medians of rounds in which the pages
take turns, each in a fresh context, from disk, with the network off: first contentful paint, the moment when the page
has loaded, its fonts are ready and a frame was drawn, and what the page's thread worked for it (which other programs of
the machine do not lengthen). `python -m benchmarks.pages --rounds 9`
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import click

from benchmarks.results import describe_machine, make_table, write_section

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a reader waits for, in milliseconds since the navigation began; the last is what the issue limits.
_MEASURE: Final = """async () => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const drawn = performance.now();
  const navigation = performance.getEntriesByType('navigation')[0];
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return {paint: paint ? paint.startTime : drawn, load: navigation.loadEventEnd, drawn};
}"""
_COLUMNS: Final = ("paint", "load", "drawn", "cpu")
#: A page is drawn in less than this, in milliseconds.
_LIMIT: Final = 1000.0
_FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
Times = dict[str, float]


def _make_reports(folder: Path) -> None:
    """Make the sample year and its reports, with the scorecard of an academy, in `folder`."""
    from nq57kit.reports import read_parameters, run_report
    from nq57kit.sample import make_sample
    from nq57kit.store import Store, ingest

    make_sample(folder / "mau")
    store = Store.create(folder / "kho")
    ingest(folder / "mau", store)
    kinds: list[tuple[Any, dict[str, Any]]] = [
        ("semiannual", {"period": "2026-H2"}),
        ("annual", {"year": 2026}),
        ("unit", {"period": "2026-H2", "unit_id": "hv-nongnghiep"}),
    ]
    for kind, when in kinds:
        run_report(read_parameters(kind, {"store": store.folder, "as_of": "2026-12-25", **when}), folder)


def _write_stock(notebook: Path, folder: Path) -> Path:
    """Write what `jupyter nbconvert --to html` gives of a notebook, with its code hidden."""
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(exclude_input=True)  # type: ignore[no-untyped-call]
    warnings.simplefilter("ignore", UserWarning)  # it has no way to show the results that are glued
    body, _ = exporter.from_notebook_node(nbformat.read(notebook, as_version=4))  # type: ignore[no-untyped-call]
    path = folder / f"{notebook.stem}.nbconvert.html"
    path.write_text(body, encoding="utf-8")
    return path


def _measure(browser: Any, page: Path) -> Times:
    """Open a page as from an e-mail, in a context of its own, and return what it took."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}, locale="vi-VN")
    try:
        tab = context.new_page()
        session = context.new_cdp_session(tab)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        tab.goto(page.as_uri(), wait_until="load")
        times: Times = tab.evaluate(_MEASURE)
        told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    finally:
        context.close()
    return times | {"cpu": 1000 * told["TaskDuration"]}


def _report(taken: Mapping[Path, list[Times]], pairs: Mapping[Path, Path], rounds: int, chromium: str) -> list[str]:
    rows = []
    for page, stock in pairs.items():
        base = {name: median(one[name] for one in taken[stock]) for name in _COLUMNS}
        for label, path in ((f"`{page.stem}`", page), ("its notebook, by nbconvert's own HTML", stock)):
            times = {name: median(one[name] for one in taken[path]) for name in _COLUMNS}
            cells = [f"{times[name]:.0f} ms ({times[name] / base[name]:.2f})" for name in _COLUMNS]
            rows.append([label, f"{path.stat().st_size / 1000:.0f} kB", *cells])
    machine = describe_machine(["playwright", "nbconvert"])
    return [
        f"The reports of the sample year (synthetic) in Chromium {chromium}, headless, 1280 × 900, from disk, network off;",
        f"median of {rounds} rounds in turn, each page in a fresh context; in brackets the ratio to nbconvert's stock page.",
        f"{machine}. «Drawn»: loaded, fonts ready, two frames later. «CPU»: of the page's main thread until then.",
        "",
        *make_table(["", "size", "first contentful paint", "loaded", "drawn", "CPU"], rows),
    ]


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--rounds", default=9, show_default=True, help="How often each page is measured.")
@click.option("--chromium", default="/usr/bin/chromium", show_default=True, help="The browser.")
@click.option("--write/--no-write", default=True, show_default=True, help="Renew the section of RESULTS.md.")
def main(folder: Path | None, rounds: int, chromium: str, *, write: bool) -> None:
    """Measure how fast pages are drawn; exit code 1 where one takes a second or longer.

    FOLDER is a folder of reports with their notebooks; without it the sample year is made.
    """
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        if folder is None:
            folder = Path(scratch) / "bao-cao"
            folder.mkdir()
            _make_reports(folder)
        notebooks = sorted(folder.resolve().glob("*-*.ipynb"))
        pairs = {one.with_suffix(".html"): _write_stock(one, Path(scratch)) for one in notebooks}
        browser = play.chromium.launch(executable_path=chromium, args=_FLAGS)
        pages = [path for pair in pairs.items() for path in pair]
        taken: dict[Path, list[Times]] = {path: [] for path in pages}
        _measure(browser, pages[0])  # the first page of a browser also pays for the browser's own start
        for number in range(rounds):
            for path in pages[:: 1 if number % 2 else -1]:
                taken[path].append(_measure(browser, path))
        lines = _report(taken, pairs, rounds, browser.version)
        browser.close()
    click.echo("\n".join(lines))
    if write:
        write_section("pages", lines)
    slow = [page for page in pairs if median(one["drawn"] for one in taken[page]) >= _LIMIT]
    sys.exit(int(bool(slow)))


if __name__ == "__main__":
    main()
