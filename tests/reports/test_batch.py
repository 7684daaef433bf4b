"""Many reports: told in their order, none stopped by another, none made again without need; nothing reaches the next."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nq57kit.errors import ReportError, StoreError
from nq57kit.reports import Job, Result, make_report, read_parameters, run_batch
from nq57kit.reports import batch as batch_module
from nq57kit.reports import pool as pool_module
from nq57kit.reports.batch import count_jobs
from nq57kit.reports.parameters import ReportParameters, read_every_unit
from nq57kit.reports.pool import WorkerPool
from nq57kit.reports.run import make_here
from nq57kit.store import Store


@pytest.fixture
def every(sample_store: Store) -> tuple[ReportParameters, ...]:
    return read_every_unit({"store": sample_store.folder, "period": "2026-H2", "as_of": "2026-12-25"})


class Backwards:
    """A pool that makes nothing and ends in the opposite order."""

    def __init__(self, wanted: int, broken: str = "") -> None:
        self.wanted, self.broken, self.basis, self.jobs = wanted, broken, None, list[tuple[Job, Future[Result]]]()

    def share(self, basis: Any) -> None:
        self.basis = basis

    def submit(self, job: Job) -> Future[Result]:
        future: Future[Result] = Future()
        self.jobs.append((job, future))
        if len(self.jobs) == self.wanted:
            threading.Thread(target=self._end_all).start()
        return future

    def _end_all(self) -> None:
        for job, future in reversed(self.jobs):
            if self.broken and self.broken in job.stem:
                future.set_exception(ReportError("hỏng."))
            else:
                future.set_result(Result(job.stem))

    def close(self) -> None:
        pass


def test_results_have_the_order_of_the_jobs_and_a_failure_is_one_of_them(
    every: tuple[ReportParameters, ...], tmp_path: Path
) -> None:
    seen = list[str]()
    pool = Backwards(len(every), broken="vu-tccb")
    done = run_batch([Job(one, tmp_path) for one in every], pool=pool, progress=lambda one: seen.append(one.stem))
    assert [one.stem for one in done.results] == [one.stem for one in every]
    assert sorted(seen) == sorted(one.stem for one in every)
    assert [(one.stem, one.error) for one in done.failed] == [("unit-2026-H2-vu-tccb", "hỏng.")]
    assert (tmp_path / "index.html").is_file()


def test_jobs_and_their_basis_can_be_sent_to_other_machines(
    every: tuple[ReportParameters, ...], tmp_path: Path
) -> None:
    pool = Backwards(2)
    run_batch([Job(one, tmp_path) for one in every[:2]], pool=pool)
    job, basis = pickle.loads(pickle.dumps((Job(every[0], tmp_path), pool.basis)))  # noqa: S301 - made here
    assert job.parameters == every[0]
    assert basis.peers.now.equals(pool.basis.peers.now)  # type: ignore[union-attr]
    assert basis.inputs.units.equals(pool.basis.inputs.units)  # type: ignore[union-attr]


def test_no_jobs_make_nothing() -> None:
    assert run_batch([]).results == ()
    assert count_jobs() >= 1


@pytest.mark.slow  # workers start
@pytest.mark.parametrize("ending", ["os.kill(os.getpid(), 9)", "os._exit(0)"])
def test_a_worker_that_dies_costs_its_own_report_alone(
    ending: str, every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks = own_scorecard("print('trước')", f"import os\nif unit_id == 'vu-tccb':\n    {ending}\nunit_id")
    done = run_batch([Job(one, tmp_path / "ra", notebooks=notebooks) for one in every[:5]], workers=2)
    for one in done.results:
        if one.stem == "unit-2026-H2-vu-tccb":
            assert one.error is not None
            assert one.error.startswith("Không lập được báo cáo «unit-2026-H2-vu-tccb»: sổ ghi ngừng giữa chừng")
            kept = json.loads((tmp_path / "ra" / f"{one.stem}.failed.ipynb").read_text(encoding="utf-8"))
            assert [cell["outputs"] for cell in kept["cells"] if "trước" in cell["source"]] == [
                [{"name": "stdout", "output_type": "stream", "text": "trước\n"}]
            ]
        else:
            assert one.error is None
            assert all(path.is_file() for path in one.paths)
    assert len(done.failed) == 1


@pytest.mark.slow  # workers start
def test_a_cell_that_takes_too_long_costs_its_own_report_alone(
    every: tuple[ReportParameters, ...],
    own_scorecard: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_module, "CELL_TIMEOUT", 4.0)
    # Each cell alone is short enough, all together are not.
    slow = ["import time\ntime.sleep(1.5)"] * 4
    notebooks = own_scorecard(*slow, "if unit_id == 'vu-tccb':\n    time.sleep(600)")
    done = run_batch([Job(one, tmp_path / "ra", notebooks=notebooks) for one in every[:3]], workers=3)
    assert [one.stem for one in done.failed] == ["unit-2026-H2-vu-tccb"]
    assert str(done.failed[0].error).startswith(
        "Không lập được báo cáo «unit-2026-H2-vu-tccb»: một ô chạy quá 4 giây. Phần đã chạy được giữ ở"
    )


MEDDLING = """
import os, random, sys, warnings, locale
import polars, altair
from nq57kit.show import sentences
os.chdir('/'); os.environ['NQ57_MEDDLED'] = '1'; os.environ['TZ'] = 'Asia/Tokyo'; sys.path.insert(0, '/khong/co')
random.seed(1); warnings.simplefilter('error'); sys.setrecursionlimit(500); builtins = __import__('builtins')
builtins.sum = None; polars.DataFrame = None; sentences.summarise = None; sys.stdout = None
"""


@pytest.mark.slow  # workers start
def test_what_a_notebook_of_ones_own_changes_reaches_no_other_report(
    every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    meddling = own_scorecard(MEDDLING)
    clean = run_batch([Job(one, tmp_path / "sạch") for one in every[:4]], workers=1)
    mixed = [
        Job(one, tmp_path / folder, notebooks=own)
        for one in every[:4]
        for folder, own in (("bẩn", meddling), ("lẫn", None))
    ]
    done = run_batch(mixed, workers=1)
    assert not clean.failed
    assert [one.error for one in done.results[1::2]] == [None] * 4
    for one, other in zip(clean.results, done.results[1::2], strict=True):
        assert one.html.read_bytes() == other.html.read_bytes()
        assert one.results.read_bytes() == other.results.read_bytes()


#: What of a process could be changed by what ran in it.
LOOK = """
import builtins, locale, logging, os, random, signal, sys, threading, warnings
import numpy, polars
from nq57kit.show import charts
told = {
    "folder": os.getcwd(), "path": list(sys.path), "environment": dict(os.environ), "arguments": list(sys.argv),
    "filters": [str(one) for one in warnings.filters], "locale": locale.setlocale(locale.LC_ALL), "limit": sys.getrecursionlimit(),
    "builtins": sorted(vars(builtins)), "random": random.getstate(), "numpy": str(numpy.random.get_state()),
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)],
    "threads": sorted(one.name for one in threading.enumerate()), "level": logging.getLogger().level,
    "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
    "streams": [sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
    "main": sys.modules["__main__"].__name__, "names": sorted(vars(sys.modules["__main__"])), "polars": polars.Config.state(),
}
"""


@pytest.mark.slow  # workers start
def test_a_packaged_notebook_leaves_nothing_behind_in_a_worker_that_is_used_again(
    every: tuple[ReportParameters, ...], sample_store: Store, tmp_path: Path
) -> None:
    annual = read_parameters("annual", {"store": sample_store.folder, "year": 2026, "as_of": "2026-12-25"})
    jobs = [Job(every[0], tmp_path), Job(annual, tmp_path), Job(every[1], tmp_path)]
    look, made = f"exec({LOOK!r}, kept := {{}}) or kept['told']", list[tuple[dict[str, bytes], str]]()
    with WorkerPool(1) as pool:
        number = pool.call(os.getpid, keep=True)
        made.append(pool.call(make_here, jobs[0], None, pool.scratch / "0", keep=True))
        before = pool.call(eval, look, keep=True)
        made += [pool.call(make_here, job, None, pool.scratch / job.stem, keep=True) for job in jobs[1:]]
        after = pool.call(eval, look, keep=True)
        again = [pool.call(make_here, job, None, pool.scratch / f"{job.stem}.2", keep=True) for job in jobs[::-1]][::-1]
        assert pool.call(os.getpid, keep=True) == number
    assert after == before
    for (one, _), (other, _) in zip(made, again, strict=True):
        assert {name: content for name, content in one.items() if not name.endswith(".ipynb")} == {
            name: content for name, content in other.items() if not name.endswith(".ipynb")
        }


@pytest.mark.slow  # processes that make reports are started, killed, replaced
def test_a_single_report_whose_worker_is_killed_is_one_sentence(
    every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks = own_scorecard("1", "import os\nos.kill(os.getpid(), 9)")
    with pytest.raises(ReportError) as caught:
        make_report(Job(every[0], tmp_path / "ra", notebooks=notebooks))
    said = str(caught.value)
    assert "sổ ghi ngừng giữa chừng hoặc chạy quá lâu" in said
    assert "\n" not in said
    assert [path.name for path in (tmp_path / "ra").iterdir()] == [f"{every[0].stem}.failed.ipynb"]


@pytest.mark.slow  # processes that make reports are started, killed, replaced
@pytest.mark.parametrize("forks", [True, False], ids=["copied", "anew"])
def test_workers_do_the_same_copied_or_started_anew(
    forks: bool,
    every: tuple[ReportParameters, ...],
    own_scorecard: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not forks:
        monkeypatch.setattr(pool_module, "_context", lambda: multiprocessing.get_context("spawn"))
    notebooks = own_scorecard("print(unit_id)")
    jobs = [Job(one, tmp_path / "ra", notebooks=notebooks) for one in every[:3]]
    done = run_batch(jobs, workers=2)
    assert [one.error for one in done.results] == [None, None, None]
    for one, unit in zip(done.results, every, strict=False):
        assert f'"{unit.unit_id}\\n"' in one.paths[1].read_text(encoding="utf-8")
    again = make_report(jobs[0])
    assert not again.is_new


@pytest.mark.slow  # processes that make reports are started, killed, replaced
def test_a_report_is_made_again_only_when_what_it_is_made_from_has_changed(
    every: tuple[ReportParameters, ...], own_scorecard: Callable[..., Path], tmp_path: Path
) -> None:
    notebooks, out, text = own_scorecard("print(unit_id)"), tmp_path / "ra", tmp_path / "nhận xét.md"
    text.write_text("Một.", encoding="utf-8")
    values = every[0].as_notebook() | {"commentary": str(text)}
    job = Job(read_parameters("unit", values), out, notebooks=notebooks)
    first = make_report(job)
    assert first.is_new
    pages = {path: path.read_bytes() for path in first.paths}
    for path in first.paths:
        os.utime(path, (0, 0))
    again = make_report(job)
    assert not again.is_new
    assert again.paths == first.paths
    assert again.values == first.values
    assert {path: path.read_bytes() for path in again.paths} == pages
    assert make_report(Job(job.parameters, out, notebooks=notebooks, force=True)).is_new
    text.write_text("Hai.", encoding="utf-8")
    assert make_report(job).is_new
    assert not make_report(job).is_new
    first.html.write_text("sửa tay", encoding="utf-8")
    assert make_report(job).is_new
    own_scorecard("print(unit_id, 2)")
    assert make_report(job).is_new
    assert make_report(Job(job.parameters, out, ("xlsx",), notebooks)).is_new


@pytest.mark.slow  # workers start
def test_nothing_stays_where_the_basis_cannot_be_read(every: tuple[ReportParameters, ...], tmp_path: Path) -> None:
    threads = threading.active_count()
    with pytest.raises(StoreError):
        run_batch([Job(replace(every[0], store=tmp_path), tmp_path / "ra")])
    assert threading.active_count() == threads
    assert not (tmp_path / "ra").exists()
