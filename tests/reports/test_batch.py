"""Many reports: told in their order, none stopped by another, none made again without need."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nq57kit.errors import ReportError
from nq57kit.reports import Made, Order, make_report, run_batch
from nq57kit.reports.batch import count_jobs
from nq57kit.reports.parameters import ReportParameters, read_every_unit
from nq57kit.reports.workers import Workers
from nq57kit.store import Store


@pytest.fixture
def every(sample_store: Store) -> tuple[ReportParameters, ...]:
    return read_every_unit({"store": sample_store.folder, "period": "2026-H2", "as_of": "2026-12-25"})


class Backwards:
    """An executor that makes nothing and ends in the opposite order."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.basis: Any = None

    def run(self, orders: Sequence[Order], basis: Any) -> Iterator[tuple[int, Made]]:
        self.basis = basis
        for number, order in reversed(list(enumerate(orders))):
            stem = order.parameters.stem
            yield number, Made(stem, error="hỏng." if self.broken and self.broken in stem else None)


def test_results_have_the_order_of_the_orders_and_a_failure_is_one_of_them(
    every: tuple[ReportParameters, ...], tmp_path: Path
) -> None:
    executor, seen = Backwards(broken="vu-tccb"), list[str]()
    orders = [Order(one, tmp_path) for one in every]
    done = run_batch(orders, executor=executor, progress=lambda one: seen.append(one.stem))
    assert [one.stem for one in done.made] == [one.stem for one in every]
    assert seen == [one.stem for one in reversed(every)]
    assert [one.stem for one in done.failed] == ["unit-2026-H2-vu-tccb"]
    assert (tmp_path / "index.html").is_file()


def test_orders_their_basis_and_results_can_be_sent_to_other_machines(
    every: tuple[ReportParameters, ...], tmp_path: Path
) -> None:
    executor = Backwards()
    run_batch([Order(one, tmp_path) for one in every[:2]], executor=executor)
    sent = pickle.dumps((Order(every[0], tmp_path), executor.basis))
    order, basis = pickle.loads(sent)  # noqa: S301 - made in the line above
    assert order.parameters == every[0]
    assert basis.peers.now.equals(executor.basis.peers.now)
    assert basis.inputs.units.equals(executor.basis.inputs.units)


def test_no_orders_make_nothing() -> None:
    assert run_batch([]).made == ()
    assert count_jobs() >= 1


@dataclass(frozen=True)
class Bomb:
    """Parameters that end the process that unpickles them, as a lack of memory would."""

    stem: str

    def __reduce__(self) -> tuple[Any, ...]:
        return (os._exit, (9,))


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_own_report_alone(
    every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks = own_scorecard("import os\nif unit_id == 'vu-tccb':\n    os.kill(os.getpid(), 9)\nunit_id")
    good = [Order(one, tmp_path / "ra", notebooks=notebooks) for one in every[:4]]
    bad = Order(Bomb("nổ"), tmp_path / "ra")  # type: ignore[arg-type]
    made = dict(Workers(2).run([good[0], bad, *good[1:]], None))
    assert sorted(made) == [0, 1, 2, 3, 4]
    assert made[1].error is not None
    assert "«nổ»" in made[1].error
    assert made[1].error.count(".") == 1
    killed = [number for number, one in made.items() if one.stem == "unit-2026-H2-vu-tccb"]
    for number, one in made.items():
        if number in killed:
            assert one.error is not None
            assert one.error.startswith("Không lập được báo cáo «unit-2026-H2-vu-tccb»: sổ tính ngừng giữa chừng")
            assert (tmp_path / "ra" / "unit-2026-H2-vu-tccb.failed.ipynb").is_file()
        elif number != 1:
            assert one.error is None
            assert all(path.is_file() for path in one.paths)
    assert killed


@pytest.mark.slow
def test_a_kernel_killed_in_a_cell_is_one_sentence(
    every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks = own_scorecard("1", "import os\nos.kill(os.getpid(), 9)")
    with pytest.raises(ReportError) as caught:
        make_report(Order(every[0], tmp_path / "ra", notebooks=notebooks))
    said = str(caught.value)
    assert "sổ tính ngừng giữa chừng hoặc chạy quá lâu" in said
    assert "\n" not in said
    assert [path.name for path in (tmp_path / "ra").iterdir()] == [f"{every[0].stem}.failed.ipynb"]


@pytest.mark.slow
@pytest.mark.parametrize("forks", [True, False], ids=["warm", "stock"])
def test_the_same_without_a_forkserver(
    forks: bool,
    every: tuple[ReportParameters, ...],
    own_scorecard: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not forks:
        import multiprocessing

        monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    notebooks = own_scorecard("print(unit_id)")
    orders = [Order(one, tmp_path / "ra", notebooks=notebooks) for one in every[:3]]
    done = run_batch(orders, jobs=2)
    assert [one.error for one in done.made] == [None, None, None]
    for one, unit in zip(done.made, every, strict=False):
        assert f'"{unit.unit_id}\\n"' in one.paths[1].read_text(encoding="utf-8")
    again = make_report(orders[0])
    assert not again.is_new


@pytest.mark.slow
def test_a_report_is_made_again_only_when_what_it_is_made_from_has_changed(
    every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks, out, text = own_scorecard("print(unit_id)"), tmp_path / "ra", tmp_path / "nhận xét.md"
    text.write_text("Một.", encoding="utf-8")
    values = every[0].as_notebook() | {"commentary": str(text)}
    from nq57kit.reports import read_parameters

    order = Order(read_parameters("unit", values), out, notebooks=notebooks)
    first = make_report(order)
    assert first.is_new
    pages = {path: path.read_bytes() for path in first.paths}
    for path in first.paths:
        os.utime(path, (0, 0))
    again = make_report(order)
    assert not again.is_new
    assert again.paths == first.paths
    assert again.values == first.values
    assert {path: path.read_bytes() for path in again.paths} == pages
    assert make_report(Order(order.parameters, out, notebooks=notebooks, force=True)).is_new
    text.write_text("Hai.", encoding="utf-8")
    assert make_report(order).is_new
    assert not make_report(order).is_new
    first.html.write_text("sửa tay", encoding="utf-8")
    assert make_report(order).is_new
    own_scorecard("print(unit_id, 2)")
    assert make_report(order).is_new
    assert make_report(Order(order.parameters, out, ("xlsx",), notebooks)).is_new


def test_nothing_is_started_where_the_basis_cannot_be_read(
    every: tuple[ReportParameters, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from nq57kit.errors import StoreError

    threads = threading.active_count()
    with pytest.raises(StoreError):
        run_batch([Order(replace(every[0], store=tmp_path), tmp_path / "ra")])
    assert threading.active_count() <= threads + 1
    assert not (tmp_path / "ra").exists()
