"""Reports of random stores: every sentence, card, table, chart and figure agrees with the others, and with a count of the files.

A failure names its seed; `pytest tests/show/test_truth.py --truth-first=SEED --truth-count=1` makes the same store again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

from nq57kit.reports import collect_results, find_notebook
from nq57kit.show.blocks import Block, Figure, KeyFigures, Table

_TITLES = {"vu": "Các Vụ", "vien": "Các Viện nghiên cứu"}
_JUDGED = ("met", "not_met")
_UNITS = re.compile(r"(?<![\d/.,])(\d+)/(\d+) đơn vị")
_THAN = re.compile(r"so với (6 tháng (?:đầu|cuối) năm \d{4}|năm \d{4})")
_COUNTED = re.compile(r"(?<![\d/.,])(\d+)/(\d+) (?:lượt|đầu việc)")
#: Columns of tables whose lines add up to their last one.
_ADDITIVE = frozenset(
    {
        "activities",
        "quantity",
        "planned_vnd",
        "allocated_vnd",
        "disbursed_vnd",
        "staff_total",
        "staff_reached",
        "comms_staff_total",
    }
    | {"comms_staff_trained", "count", "all", "cost_vnd"}
)


# ------------------------------------------------------------------ a report read


def draw(kind: str, **parameters: Any) -> tuple[Any, list[Block]]:
    """Run the cells of a report's own notebook here; return the report and the blocks that they show, one by one."""
    space: dict[str, Any] = {}
    shown: list[Block] = []
    for cell in nbformat.read(find_notebook(kind), as_version=4).cells:
        if cell.cell_type != "code" or "glue_results" in cell.source:
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)  # noqa: S102 - the package's own notebook
        if "parameters" in cell.metadata.get("tags", ()):
            space |= parameters
        elif isinstance(last, ast.Expr):
            shown += flatten(eval(compile(ast.Expression(last.value), "cell", "eval"), space))  # noqa: S307
    return space["report"], shown


def flatten(block: Any) -> Iterator[Block]:
    for part in block.parts if isinstance(block, Block) else ():
        if part is block:
            yield block
        else:
            yield from flatten(part)


def say(block: Block) -> Iterator[str]:
    """Yield every text of a block as it is read; of a card all its lines together."""
    if isinstance(block, Table):
        yield from (block.title, *block.notes)
        for row in block.rows:
            yield " · ".join(str(cell) for cell in row if cell is not None)
    elif isinstance(block, Figure):
        yield from (block.title, block.caption, block.alt)
        yield from say(block.data)
    elif isinstance(block, KeyFigures):
        for one in block.items:
            yield " · ".join(
                (one.label, f"{one.value} {one.unit}", one.target, one.coverage, one.change, verdict_of(one))
            )
    else:
        yield from block.as_text().splitlines()


def verdict_of(figure: Any) -> str:
    return str(getattr(figure, "verdict", ""))


def pairs_of(value: Any) -> Iterator[tuple[int, int]]:
    """Yield every pair of numbers that the JSON of a report has for «a/b đơn vị»."""
    if isinstance(value, dict):
        for part, whole in (
            ("numerator", "denominator"),
            ("reported_units", "expected_units"),
            ("answered", "asked"),
            ("found", "owed"),
        ):
            if isinstance(value.get(part), int) and isinstance(value.get(whole), int):
                yield value[part], value[whole]
        for one in value.values():
            yield from pairs_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from pairs_of(one)


# ------------------------------------------------------------------ what must hold


def find_contradictions(truth: Any, glued: dict[str, Any], blocks: list[Block]) -> Iterator[str]:
    """Yield what is wrong in a report of the ministry, each with the rule that it breaks."""
    texts = [text for block in blocks for text in say(block)]
    yield from check_figures(truth, glued)
    yield from check_silence(truth, glued, blocks)
    yield from check_tables(blocks)
    yield from check_agreement(truth, blocks)
    yield from check_age(truth, glued, blocks)
    yield from check_words(truth, glued, texts)
    yield from check_verdicts(truth, glued, blocks, texts)


def check_figures(truth: Any, glued: dict[str, Any]) -> Iterator[str]:
    """The figures are those of the files."""
    sending = truth.sending()
    for name, part in (("completeness", "accepted"), ("timeliness", "on_time")):
        if (glued[name]["numerator"], glued[name]["denominator"]) != (sending[part], sending["expected"]):
            yield f"sending: {name} {glued[name]} is not {sending[part]}/{sending['expected']}"
    for name in ("late", "missing"):
        if sorted(glued[f"{name}_units"]) != sending[name]:
            yield f"sending: {name} units {sorted(glued[f'{name}_units'])} are not {sending[name]}"
    types = {
        row["activity_type"]: (row["activities"], row["quantity"])
        for row in glued["activities_by_type"]
        if row["activities"]
    }
    if types != truth.activities():
        yield f"activities: {types} are not {truth.activities()}"
    money = {name: glued["budget"][name] or 0 for name in truth.money()}
    if money != truth.money():
        yield f"money: {money} is not {truth.money()}"
    people = truth.people()
    kpis = {row["indicator"]: row for row in glued["kpis"]}
    counted = {
        "science_tasks_communicated": truth.science(),
        "staff_reached": tuple(sum(row[name] for row in people.values()) for name in ("staff_reached", "staff_total")),
        "comms_staff_trained": tuple(
            sum(row[name] for row in people.values()) for name in ("comms_staff_trained", "comms_staff_total")
        ),
    }
    for indicator, pair in counted.items():
        row = kpis[indicator]
        if people and (row["numerator"] or 0, row["denominator"] or 0) != pair:
            yield f"kpi: {indicator} {row['numerator']}/{row['denominator']} is not {pair}"
        if row["reported_units"] < row["expected_units"] and not row["provisional"]:
            yield f"kpi: {indicator} is not provisional with {row['reported_units']}/{row['expected_units']}"
    known = {(row["task_id"], row["unit_id"]) for row in glued["unit_task_status"] if row["status"] != "chua_bao_cao"}
    if known != truth.tasks():
        yield f"tasks: what is known differs by {sorted(known ^ truth.tasks())}"


def check_silence(truth: Any, glued: dict[str, Any], blocks: list[Block]) -> Iterator[str]:
    """Who told nothing is no zero, in the JSON or in a table by unit or group (A4)."""
    names = ("activities", "quantity", "reach", "cost_vnd", "planned_vnd", "allocated_vnd", "disbursed_vnd")
    for row in glued["by_unit"]:
        zeros = [name for name in names if row[name] == 0]
        if truth.silent(row["unit_id"]) and row["unit_id"] != "vien-moi" and zeros:
            yield f"silence: {row['unit_id']} is silent and has 0 {', '.join(zeros)} in by_unit"
    silent = {
        title
        for group, title in _TITLES.items()
        if all(truth.silent(unit) for unit, (_, own) in truth.units.items() if own == group)
    }
    everyone = all(truth.silent(unit) for unit in truth.units)
    for block in blocks:
        table = block.data if isinstance(block, Figure) else block
        if not isinstance(table, Table) or (table.id.startswith("ngay-huong-ung") and truth.told):
            continue
        columns = [column.name for column in table.columns]
        for row in table.rows:
            cells = dict(zip(columns, row, strict=True))
            zeros = [name for name in columns if cells[name] == 0 and name in names]
            if zeros and (everyone or any(cell in silent for cell in row)):
                yield f"silence: «{table.title}», {row[0]}: 0 {', '.join(zeros)} of who told nothing"


def check_tables(blocks: list[Block]) -> Iterator[str]:
    """The lines of a table add up to its last one."""
    for block in blocks:
        if not isinstance(block, Table) or not block.total or len(block.rows) < 2:
            continue
        for place, column in enumerate(block.columns):
            if column.name not in _ADDITIVE:
                continue
            cells = [row[place] for row in block.rows]
            if any(isinstance(cell, str) for cell in cells):
                continue
            if sum(cell or 0 for cell in cells[:-1]) != (cells[-1] or 0):
                yield f"total: «{block.title}», {column.name}: {cells[:-1]} are not {cells[-1]}"


def check_words(truth: Any, glued: dict[str, Any], texts: list[str]) -> Iterator[str]:
    """Numbers of units, comparisons, «Không có …» and rankings follow from what is known."""
    known = set(pairs_of(glued)) | truth.pairs()
    for text in texts:
        yield from _check_units(known, glued, text)
        yield from _check_comparison(truth, text)
        yield from _check_unknown(truth, glued, text)
        yield from _check_sums(truth, text)


def _check_units(known: set[tuple[int, int]], glued: dict[str, Any], text: str) -> Iterator[str]:
    """Each «a/b đơn vị» is a pair of the JSON."""
    rows, told = glued["unit_task_status"], text
    if found := re.search(r"(\d+)/(\d+) đơn vị chủ trì còn nhiệm vụ quá hạn", text):
        overdue = {row["unit_id"] for row in rows if row["status"].endswith("thuc_hien_qua_han")}
        if (int(found[1]), int(found[2])) != (len(overdue), len({row["unit_id"] for row in rows})):
            yield f"units: {sorted(overdue)} are overdue: {text}"
        told = text.replace(found[0], "")
    for part, whole in ((int(a), int(b)) for a, b in _UNITS.findall(told)):
        if (part, whole) not in known:
            yield f"units: «{part}/{whole} đơn vị» is no pair of the JSON: {text}"


def _check_comparison(truth: Any, text: str) -> Iterator[str]:
    """A period is compared with the same one of the year before, and only where something is known of that (A3)."""
    half, year = truth.own[-1], int(truth.period[:4]) - 1
    wanted = f"6 tháng {'đầu' if half.endswith('1') else 'cuối'} năm {year}" if "-" in truth.period else f"năm {year}"
    for than in _THAN.findall(text):
        if than != wanted:
            yield f"compared with {than} instead of {wanted} (A3): {text}"
        if not truth.had_before():
            yield f"compared with {than}, of which nothing is known (A3): {text}"


def _check_unknown(truth: Any, glued: dict[str, Any], text: str) -> Iterator[str]:
    """Nothing is denied, ranked, chased or called whole that is not known."""
    told = len(truth.tasks())
    for _, whole in ((int(a), int(b)) for a, b in _COUNTED.findall(text)):
        if "hoàn thành" in text.lower() and whole > told:
            yield f"completion over {whole} of which {told} were told (A5): {text}"
    if "Không có nhiệm vụ quá hạn" in text and told < truth.led():
        yield f"«Không có» against what is unknown (A6): {text}"
    if re.match(r"Không có (?!số liệu|đơn vị|dòng|mục|vai trò)", text) and not truth.told:
        yield f"«Không có» of a store that tells nothing: {text}"
    if found := re.search(r"(?:thấp|cao) nhất:? ([^(;.]+) \((\d+(?:,\d+)?)%", text):
        group = next((group for group, title in _TITLES.items() if title == found[1].strip()), None)
        if group and not truth.group_is_complete(group, truth.people()):
            yield f"ranked in an incomplete group (A24): {text}"
    if truth.period != "2026-H1" and re.search(
        r"6 tháng đầu năm 2026, đã quá hạn|hưa gửi.*6 tháng đầu năm 2026.*quá hạn", text
    ):
        yield f"the first period is chased (A11): {text}"
    if "Số liệu chính thức" in text and part_of(glued["completeness"]) and "chưa đủ đơn vị" not in text:
        yield f"«chính thức» of {glued['completeness']} (A2): {text}"
    if "Không có dòng nào" in text or (truth.period[:4] == "2026" and "Chưa đủ căn cứ để kết luận" in text):
        yield f"said of what does not apply (A25): {text}"


def _check_sums(truth: Any, text: str) -> Iterator[str]:
    """The parts of a sum that a sentence tells add up to it."""
    told = re.search(r"(\d+) đơn vị nêu (\d+) khó khăn", text)
    if told and (int(told[1]), int(told[2])) != truth.difficulties():
        yield f"difficulties are not {truth.difficulties()} (A18): {text}"
    for whole, parts, each in (
        (r"(\d+)/\d+ đơn vị phải báo cáo", r"gồm (.*)", r"(\d+) đơn vị gửi"),
        (r"là (\d+) (?:lượt|đầu việc)[^,]*, gồm: ", r"gồm: ([^.]*)", r"(\d+)(?:;|$| \()"),
    ):
        total, listed = re.search(whole, text), re.search(parts, text)
        if total and listed and sum(map(int, re.findall(each, listed[1]))) != int(total[1]):
            yield f"the parts do not add up: {text}"


def part_of(share: dict[str, Any]) -> bool:
    return bool(share["numerator"] < share["denominator"])


def check_agreement(truth: Any, blocks: list[Block]) -> Iterator[str]:
    """What one table or chart says of a line, another says too; of a group all count the same units (A12)."""
    facts: dict[tuple[str, Any, str], dict[Any, str]] = {}
    sizes: dict[str, set[int]] = {}
    flagged: set[str] = set()
    number = None
    for block in blocks:
        table = block.data if isinstance(block, Figure) else block
        if not isinstance(table, Table):
            if found := re.search(r"(\d+) điều cần lưu ý trong báo cáo của (\d+) đơn vị", "\n".join(say(block))):
                number = int(found[2])
            continue
        columns = [column.name for column in table.columns]
        for row in table.rows:
            cells = dict(zip(columns, row, strict=True))
            for name in (*_ADDITIVE, "reach"):
                if name in cells and name not in ("all", "count") and isinstance(cells[name], int):
                    facts.setdefault((columns[0], row[0], name), {}).setdefault(cells[name], block.title)
            if columns[0] == "group" and "-" in truth.period:
                told = [
                    int(cell.partition("/")[2])
                    for cell in row[1:]
                    if isinstance(cell, str) and re.fullmatch(r"\d+/\d+", cell)
                ]
                told += [cells["expected_0"]] if cells.get("expected_0") else []
                sizes.setdefault(str(row[0]), set()).update(told)
            if table.title.startswith("Điều cần lưu ý"):
                flagged.add(str(row[0]))
    for (_, key, name), values in facts.items():
        if len(values) > 1:
            yield f"two figures for {name} of {key}: {values}"
    yield from (f"{group} has {counts} units (A12)" for group, counts in sizes.items() if len(counts) > 1)
    if number is not None and number != len(flagged - {"Chung cho nhiều đơn vị"}):
        yield f"remarks of {number} units, the table has {sorted(flagged)} (A14)"


def check_age(truth: Any, glued: dict[str, Any], blocks: list[Block]) -> Iterator[str]:
    """A card of people says how many units' figures are of the half before (A9)."""
    old = [unit for unit in truth.people() if (truth.own[-1], unit) not in truth.told and unit in truth.units]
    for block in blocks:
        for one in block.items if isinstance(block, KeyFigures) else ():
            if old and "cán bộ" in one.label and "6 tháng đầu năm" not in f"{one.coverage} {verdict_of(one)}":
                yield f"{len(old)} units' figures are of June, which the card does not say (A9): {one.label} · {one.coverage}"


def check_verdicts(truth: Any, glued: dict[str, Any], blocks: list[Block], texts: list[str]) -> Iterator[str]:
    """No verdict in June, none without its coverage, and the same one everywhere (A1, A2)."""
    over = truth.period[5:] != "H1"
    shares = {row["indicator"]: row for row in glued["kpis"]}
    for row in shares.values():
        if row["status"] in _JUDGED and row["denominator"] is not None and not over:
            yield f"a year judged in June (A1): {row['indicator']} {row['status']}"
    partial = [row for row in shares.values() if row["denominator"] and row["reported_units"] < row["expected_units"]]
    for block in blocks:
        for one in block.items if isinstance(block, KeyFigures) else ():
            told = " ".join((one.coverage, verdict_of(one), one.change, one.target))
            if one.status in _JUDGED and partial and not _UNITS.search(told):
                yield f"a verdict without its coverage on a card (A2): {one.label} {one.value} {verdict_of(one)}"
            if one.value == "0/0":
                yield f"nothing of nothing on a card (A28): {one.label} {told}"
            if one.status in _JUDGED and not over:
                yield f"a card judges a year in June (A1): {one.label}"
    for text in texts:
        if (
            re.search(r"(?:^|· )(?:Chưa đạt|Đạt)\b(?! yêu cầu)", text)
            and "chỉ tiêu" in text
            and partial
            and not _UNITS.search(text)
        ):
            yield f"a verdict without its coverage (A2): {text}"
        if re.search(r"(?:^|· )Chưa đạt \d+ chỉ tiêu", text) and not over:
            yield f"a sentence judges a year in June (A1): {text}"


def check_card(truth: Any, unit: str, blocks: list[Block]) -> Iterator[str]:
    """The scorecard of a unit that has told nothing in the year has no figure of it (A4)."""
    if any(who == unit for half, who in truth.told if half in truth.so_far):
        return
    for block in blocks:
        for one in block.items if isinstance(block, KeyFigures) else ():
            if re.fullmatch(r"0(,0)?%?|0/\d+", one.value):
                yield f"silence: the card of {unit} says {one.label}: {one.value}"


# ------------------------------------------------------------------ the stores


def examine(stores: ModuleType, folder: Path, plan: Path, seed: int) -> list[str]:
    """Return what is wrong in the reports of one random store."""
    made = stores.make_store(folder, plan, seed)
    common = {"store": str(made.store), "plan": str(made.plan), "as_of": made.as_of.isoformat()}
    wrong = []
    truth = stores.Truth(made, made.half)
    report, blocks = draw("semiannual", period=made.half, **common)
    wrong += [f"{made.half}: {one}" for one in find_contradictions(truth, collect_results(report), blocks)]
    if made.half.endswith("2") and seed % 2:
        whole = stores.Truth(made, made.half[:4])
        report, blocks = draw("annual", year=int(made.half[:4]), **common)
        wrong += [f"{made.half[:4]}: {one}" for one in find_contradictions(whole, collect_results(report), blocks)]
    elif seed % 3 == 0:
        unit = next(one for one in list(stores.UNITS)[seed % 7 :] if stores.there(one, made.half))
        _, blocks = draw("unit", period=made.half, unit_id=unit, **common)
        wrong += [f"{unit}: {one}" for one in check_card(truth, unit, blocks)]
    return wrong


@pytest.fixture(scope="module")
def stores(load_module: Callable[[Path], ModuleType]) -> ModuleType:
    return load_module(Path(__file__).with_name("random_stores.py"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    first = metafunc.config.getoption("--truth-first", default=0)
    count = metafunc.config.getoption("--truth-count", default=15)
    if "seed" in metafunc.fixturenames:
        slow = pytest.mark.slow(reason="seconds for each store; the first is enough for every day")
        seeds = range(first, first + count)
        metafunc.parametrize("seed", [pytest.param(seed, marks=[slow] if seed > first else []) for seed in seeds])


def test_no_sentence_card_table_or_figure_of_a_random_store_contradicts_another(
    stores: ModuleType, seed: int, tmp_path: Path
) -> None:
    assert examine(stores, tmp_path, stores.write_plan(tmp_path / "ke-hoach"), seed) == []
