"""What persons decide about the reports, recorded in the store: append-only, proved, read up to a day, the last counts."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl
import pytest

from nq57kit.cli import main
from nq57kit.errors import Nq57Error, SecretError, StoreError
from nq57kit.files import hash_file
from nq57kit.plan import load_plan
from nq57kit.reports.parameters import read_parameters
from nq57kit.reports.report import prepare_report, read_basis
from nq57kit.reports.results import collect_results
from nq57kit.show import evidence, targets
from nq57kit.store import Pins, Store, judge, prove_store, rebuild_store
from nq57kit.store.folder import read_version

BASIS = "Biên bản họp số 12 (giả lập)"


@pytest.fixture
def judging(store, hanoi):
    return partial(judge, store, "network_formed", 2026, basis=BASIS, now=hanoi("2027-01-10T09:00"))


def verdicts(store, **given):
    return [one.values["verdict"] for one in store.snapshot().records("judgement", **given)]


def read_inputs(store, kind, as_of, **given):
    return read_basis(read_parameters(kind, {"store": str(store.folder), "as_of": as_of, **given})).inputs


def test_a_judgement_is_a_file_named_by_its_own_hash_and_nothing_is_replaced(store, judging, files_of):
    before = files_of(store.folder)
    one = judging("not_met")
    path = store.folder / one.path
    assert hash_file(path)[:16] == path.stem.partition("-")[2]
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["values"] == {"subject": "network_formed", "year": 2026, "verdict": "not_met"}
    assert (told["basis"], told["by"], told["day"]) == (BASIS, "Vụ Khoa học và Công nghệ", "2027-01-10")
    other = judging("met")
    after = files_of(store.folder)
    assert after.keys() - before.keys() == {one.path, other.path}
    assert after[one.path] == path.read_bytes()


def test_the_last_day_counts_whatever_was_written_first(store, judging):
    judging("met", day=date(2027, 1, 9))
    judging("not_met", day=date(2027, 1, 5))
    assert verdicts(store) == ["not_met", "met"]
    assert verdicts(store, as_of=date(2027, 1, 8)) == ["not_met"]
    assert read_inputs(store, "annual", "2027-01-09", year=2026).judgements == {"network_formed": "met"}
    assert read_inputs(store, "annual", "2027-01-04", year=2026).judgements == {}


def test_a_parameter_of_one_run_overrides_the_record_and_is_none(store, judging):
    judging("met")
    inputs = read_inputs(store, "annual", "2027-01-10", year=2026, judgements={"network_formed": "not_met"})
    assert inputs.judgements == {"network_formed": "not_met"}
    assert inputs.judged == {}
    assert read_inputs(store, "annual", "2027-01-10", year=2026).judged["network_formed"].basis == BASIS


def test_a_target_is_judged_until_it_is_judged_again_but_a_duty_for_its_year_alone(store, judging, hanoi):
    judging("not_met")
    judge(store, "IV.2-01", 2026, "met", basis=BASIS, now=hanoi("2027-01-10T09:00"))
    assert read_inputs(store, "annual", "2027-01-10", year=2026).judgements == {
        "network_formed": "not_met",
        "IV.2-01": "met",
    }
    assert read_inputs(store, "semiannual", "2027-06-25", period="2027-H1").judgements == {"network_formed": "not_met"}
    judge(store, "network_formed", 2027, "met", basis=BASIS, now=hanoi("2027-07-10T09:00"))
    assert read_inputs(store, "annual", "2027-12-25", year=2027).judgements == {"network_formed": "met"}
    assert read_inputs(store, "annual", "2027-12-25", year=2026).judgements["network_formed"] == "not_met"


def test_a_report_made_again_reads_the_records_that_it_names_and_no_later_one(store, judging):
    judging("not_met")
    parameters = read_parameters("annual", {"store": str(store.folder), "year": 2026, "as_of": "2027-01-20"})
    told = prepare_report(parameters).provenance["records"]
    judging("met", day=date(2027, 1, 10), basis="Kết luận sau (giả lập)")
    pins = Pins((), records=tuple(told))
    assert read_basis(parameters, pins=pins).inputs.judgements == {"network_formed": "not_met"}
    assert read_basis(parameters).inputs.judgements == {"network_formed": "met"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subject": "netwrk_formed", "verdict": "met"}, "có phải «network_formed»?"),
        ({"subject": "staff_reached", "verdict": "met"}, "Không kết luận được về «staff_reached»"),
        ({"subject": "IV.2-01", "verdict": "closed"}, "Không kết luận được về «IV.2-01»"),
        ({"verdict": "đạt"}, "viết met, not_met, closed"),
        ({"verdict": "met", "basis": "  "}, "Cần căn cứ"),
        ({"verdict": "met", "by": " "}, "--by «vai trò»"),
        ({"verdict": "met", "day": date(2027, 1, 11)}, "chưa đến"),
        ({"verdict": "met", "year": 2025}, "2025"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence_and_writes_nothing(store, hanoi, files_of, given, said):
    before = files_of(store.folder)
    values = {"subject": "network_formed", "year": 2026, "basis": BASIS, "now": hanoi("2027-01-10T09:00")} | given
    with pytest.raises(Nq57Error, match=re.escape(said)):
        judge(store, values.pop("subject"), values.pop("year"), values.pop("verdict"), **values)
    assert files_of(store.folder) == before


def test_an_unreached_figure_can_be_closed_but_not_judged(store, hanoi):
    judge(store, "staff_reached", 2029, "closed", basis=BASIS, now=hanoi("2030-01-10T09:00"))
    assert read_inputs(store, "annual", "2030-12-25", year=2030).judgements == {"staff_reached": "closed"}


def test_a_report_says_who_judged_when_and_on_what_basis(store, judging, hanoi):
    judging("not_met")
    judge(store, "IV.2-01", 2026, "met", basis=BASIS, by="Văn phòng Bộ", now=hanoi("2027-01-10T09:00"))
    given = {
        "store": str(store.folder),
        "year": 2026,
        "as_of": "2027-01-20",
        "judgements": {"channels_resourced": "met"},
    }
    report = prepare_report(read_parameters("annual", given))
    texts = str(targets.describe(report.results)) + str(evidence.tabulate_duties(report.results))
    assert f"được đánh giá là chưa đạt (Vụ Khoa học và Công nghệ kết luận ngày 10/01/2027, căn cứ: {BASIS})" in texts
    assert f"Văn phòng Bộ kết luận ngày 10/01/2027, căn cứ: {BASIS}" in texts
    assert "được đánh giá là đạt (kết luận ghi cho riêng lần lập báo cáo này)" in texts
    told = {row["subject"]: row for row in collect_results(report)["judgements"]}
    assert told["channels_resourced"] == {"subject": "channels_resourced", "verdict": "met"}
    assert told["IV.2-01"] == {
        "subject": "IV.2-01",
        "verdict": "met",
        "year": 2026,
        "by": "Văn phòng Bộ",
        "day": "2027-01-10",
        "basis": BASIS,
    }


def test_a_state_secret_in_the_basis_is_refused(store, judging):
    with pytest.raises(SecretError):
        judging("met", basis="Văn bản số 12 (Tuyệt mật)")
    assert verdicts(store) == []


def test_a_record_that_was_changed_is_told_by_check_and_stops_a_report(store, judging):
    record = judging("not_met")
    path = store.folder / record.path
    path.write_text(path.read_text(encoding="utf-8").replace("not_met", "met"), encoding="utf-8")
    proof = prove_store(store.folder)
    assert [(flaw.kind, flaw.path) for flaw in proof.flaws] == [("changed", record.path)]
    with pytest.raises(StoreError, match="bị sửa"):
        verdicts(store)


def test_a_store_made_anew_and_a_copy_have_the_records(store, judging, tmp_path):
    judging("met")
    made = rebuild_store(store, tmp_path / "kho-moi").folder
    assert verdicts(Store(made)) == ["met"]
    assert prove_store(made).records == 1
    assert read_version(store.folder) == read_version(made) == "3"


def test_the_command_records_and_says_what(store, capsys):
    given = ["--store", str(store.folder), "--day", "2026-11-20"]
    assert (
        main(["judge", "channels_resourced", "2026", "not_met", "--basis", BASIS, "--by", "Văn phòng Bộ", *given]) == 0
    )
    assert BASIS in capsys.readouterr().out
    (one,) = store.snapshot().records("judgement")
    assert (one.by, one.day, one.subject) == ("Văn phòng Bộ", date(2026, 11, 20), ("channels_resourced", 2026))
    assert main(["judge", "channels_resourced", "2026", "met", *given]) == 2
    assert "căn cứ" in capsys.readouterr().err


def test_each_qualitative_target_and_duty_of_the_plan_can_be_judged(store, hanoi):
    plan = load_plan()
    qualitative = plan.indicators.filter(plan.indicators["kind"] == "qualitative")["indicator"].to_list()
    for subject in (*qualitative, *plan.duties["duty_id"]):
        judge(store, subject, 2026, "met", basis=BASIS, now=hanoi("2027-01-10T09:00"))
    assert len(read_inputs(store, "annual", "2027-01-10", year=2026).judgements) == len(qualitative) + 14


def test_a_folder_that_is_no_store_is_one_sentence(tmp_path, capsys):
    assert main(["judge", "network_formed", "2026", "met", "--basis", BASIS, "--store", str(tmp_path / "x")]) == 2
    assert "Không có kho dữ liệu" in capsys.readouterr().err


def test_a_target_is_followed_from_year_to_year_until_a_person_settles_it(store, hanoi):
    """Not met in 2026 and open in 2027; met in 2028, whose report says so; settled in 2029. Each report reads what was said by its day."""
    said = partial(judge, store, "network_formed", now=hanoi("2030-01-10T09:00"))
    said(2026, "not_met", basis=BASIS, day=date(2026, 12, 20))
    said(2028, "met", basis="Kết luận của Lãnh đạo Bộ (giả lập)", by="Văn phòng Bộ", day=date(2028, 12, 18))

    def told(year, **given):
        values = {"store": str(store.folder), "year": year, "as_of": f"{year}-12-25", **given}
        results = prepare_report(read_parameters("annual", values)).results
        asked = targets.show_asked(results).items[0]
        answer = next(row for row in asked.formatted() if row[0].startswith("Hình thành mạng lưới"))
        return answer[1], results.kpis.filter(indicator="network_formed")["status"].to_list()

    first = f"Vụ Khoa học và Công nghệ kết luận ngày 20/12/2026, căn cứ: {BASIS}"
    later = "Văn phòng Bộ kết luận ngày 18/12/2028, căn cứ: Kết luận của Lãnh đạo Bộ (giả lập)"
    assert told(2026) == (f"Chưa đạt ({first})", ["not_met"])
    assert told(2027) == (f"Đã qua năm áp dụng; chưa đạt ({first}), tiếp tục theo dõi", ["not_met"])
    assert told(2028) == (f"Đã qua năm áp dụng; đã đạt ({later})", ["met"])
    assert told(2029) == (f"Đã qua năm áp dụng; đã đạt ({later})", [])
    own = "kết luận ghi cho riêng lần lập báo cáo này"
    assert told(2027, judgements={"network_formed": "met"}) == (f"Đã qua năm áp dụng; đã đạt ({own})", ["met"])
    assert told(2027) == (f"Đã qua năm áp dụng; chưa đạt ({first}), tiếp tục theo dõi", ["not_met"])


def test_a_figure_that_was_not_reached_is_followed_no_more_once_a_person_closes_it_and_it_says_who(store, hanoi):
    results = prepare_report(
        read_parameters("annual", {"store": str(store.folder), "year": 2029, "as_of": "2029-12-25"})
    ).results
    unmet = results.targets.with_columns(
        status=pl.when((pl.col("indicator") == "science_tasks_communicated") & (pl.col("year") == 2028))
        .then(pl.lit("not_met"))
        .otherwise("status")
    )
    record = judge(
        store,
        "science_tasks_communicated",
        2029,
        "closed",
        basis=BASIS,
        day=date(2029, 12, 1),
        now=hanoi("2029-12-02T09:00"),
    )
    judged = replace(
        results.inputs,
        judgements={"science_tasks_communicated": "closed"},
        judged={"science_tasks_communicated": record},
    )
    closed = replace(results, inputs=judged, targets=unmet)
    by = f"thôi theo dõi (Vụ Khoa học và Công nghệ kết luận ngày 01/12/2029, căn cứ: {BASIS})"
    assert [line for line in targets.say_open(closed) if "thôi theo dõi" in line] == [
        f"Tỷ lệ nhiệm vụ khoa học, công nghệ được truyền thông: mục tiêu năm 2028 (ít nhất 50%) chưa đạt, {by}."
    ]
    asked = targets.show_asked(closed).items[0].formatted()
    assert sum(by in row[1] for row in asked) == 1
