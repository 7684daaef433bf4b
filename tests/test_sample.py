"""The synthetic year: real workbooks that the reader takes, the story that they tell, and that they say what they are."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from nq57kit.plan import load_plan
from nq57kit.sample import SAMPLE_NOTICE, make_sample, make_years, plan_year
from nq57kit.sample.records import MARK, UnitYear, activities_for, extras_for, issues_for, size_of, topics_of, words_for
from nq57kit.submissions import Submission, check_many, write_workbook
from nq57kit.submissions.contract import TABLES, TEMPLATE_VERSION, find_code, load_codes

HALVES = ("2026-H1", "2026-H2")
DEADLINES = {
    "2026-H1": datetime.fromisoformat("2026-06-20T00:00:00+07:00"),
    "2026-H2": datetime.fromisoformat("2026-12-20T00:00:00+07:00"),
}
_SECRET = re.compile(r"tuyệt mật|tối mật|bí mật|\(mật\)", re.IGNORECASE)


class Made:
    """The sample on disk, read once by the library and, for the figures, without it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.books = sorted(folder.rglob("*.xlsx"))
        self.submissions = {one.file: one for one in check_many(self.books)}
        self.sent = {half: self._sent(half) for half in HALVES}

    def _sent(self, half: str) -> dict[str, datetime]:
        with (self.folder / half / "sent.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert list(rows[0]) == ["file", "sent_at", "reference_number"]
        assert all(row["reference_number"].startswith(MARK) for row in rows)
        return {row["file"]: datetime.fromisoformat(row["sent_at"]) for row in rows}

    def units(self, half: str) -> dict[str, list[str]]:
        """Return the files of each unit, in the order in which they were sent."""
        files: dict[str, list[str]] = defaultdict(list)
        for file in sorted(self.sent[half], key=lambda name: (self.sent[half][name], name)):
            files[re.sub(r"^NQ57_2026-H\d_|(_v\d)?\.xlsx$", "", file)].append(file)
        return files


@pytest.fixture(scope="module")
def made(sample_folder: Path) -> Made:
    return Made(sample_folder)


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet by label, read by calamine alone."""
    lines = CalamineWorkbook.from_path(path).get_sheet_by_name(TABLES[table].sheet).to_python(skip_empty_area=False)
    if TABLES[table].form == "record":
        return [{line[0].removesuffix(" *"): line[1] for line in lines[4:]}]
    header = [str(label).removesuffix(" *") for label in lines[3]]
    return [dict(zip(header, line, strict=True)) for line in lines[4:] if any(cell != "" for cell in line)]


def _latest(made: Made) -> dict[str, Path]:
    """Return the last acceptable workbook of each unit in the year."""
    latest: dict[str, Path] = {}
    for half in HALVES:
        for unit_id, files in made.units(half).items():
            for file in files:
                if made.submissions[file].ok:
                    latest[unit_id] = made.folder / half / file
    return latest


def test_each_half_has_its_workbooks_and_a_sent_file_of_exactly_these(made: Made) -> None:
    assert sorted(path.name for path in made.folder.iterdir()) == list(HALVES)
    for half in HALVES:
        books = {path.name for path in (made.folder / half).glob("*.xlsx")}
        assert set(made.sent[half]) == books
        assert {path.name for path in (made.folder / half).iterdir()} == {*books, "sent.csv"}
        assert all(str(moment.utcoffset()) == "7:00:00" for moment in made.sent[half].values())


def test_every_acceptable_workbook_is_accepted_and_only_one_per_half_is_refused(made: Made) -> None:
    for half in HALVES:
        refused = [file for file in made.sent[half] if not made.submissions[file].ok]
        assert len(refused) == 1
        codes = [finding.code for finding in made.submissions[refused[0]].findings if finding.severity == "error"]
        assert sorted(codes) == ["above-other", "number-approximate"]


def test_nothing_but_what_the_story_tells_is_found(made: Made) -> None:
    expected = {
        "done-without-date", "activity-outside-window", "progress-missing", "not-arisen-continuous", "task-no-role",
        "communicated-without-evidence", "done-without-product", "report-empty",
    }  # fmt: skip
    for submission in made.submissions.values():
        assert {finding.code for finding in submission.findings if finding.severity != "error"} <= expected
    codes = [finding.code for one in made.submissions.values() for finding in one.findings]
    assert codes.count("activity-outside-window") == 1
    assert codes.count("progress-missing") == 1
    assert codes.count("done-without-date") >= 3
    assert codes.count("task-no-role") >= 5
    assert codes.count("done-without-product") >= 1
    assert codes.count("not-arisen-continuous") >= 1


def test_some_are_late_some_missing_some_corrected_and_not_the_same_in_both_halves(made: Made) -> None:
    everyone = set(load_plan().units["unit_id"])
    missing, late = {}, {}
    for half in HALVES:
        units = made.units(half)
        missing[half] = everyone - set(units)
        late[half] = {unit for unit, files in units.items() if made.sent[half][files[0]] >= DEADLINES[half]}
        corrected = [files for files in units.values() if len(files) == 2]
        assert len(corrected) >= 4
        assert all([name[-7:] for name in files] == ["v1.xlsx", "v2.xlsx"] for files in corrected)
        assert len(late[half]) >= 5
        assert DEADLINES[half] in made.sent[half].values()
        assert len(units) > len(everyone) * 3 // 4
    assert len(missing["2026-H1"]) > len(missing["2026-H2"]) > 0
    assert not missing["2026-H1"] & missing["2026-H2"]
    assert late["2026-H1"] != late["2026-H2"]


def test_a_correction_changes_figures(made: Made) -> None:
    for half in HALVES:
        for files in made.units(half).values():
            if len(files) == 2:
                first, second = (made.submissions[file] for file in files)
                assert not first.tables["activities"].equals(second.tables["activities"])
                assert first.sha256 != second.sha256


def test_one_unit_sent_a_form_that_says_nothing(made: Made) -> None:
    empty = [one for one in made.submissions.values() if one.is_empty]
    assert [one.period for one in empty] == ["2026-H2"]
    assert empty[0].ok


def test_one_science_task_comes_from_three_units_that_disagree(made: Made) -> None:
    for half in HALVES:
        said: dict[str, dict[str, bool]] = defaultdict(dict)
        for unit_id, files in made.units(half).items():
            for row in _rows(made.folder / half / files[-1], "science_tasks"):
                said[row["Mã số nhiệm vụ"]][unit_id] = row["Đã được truyền thông"] == "Có"
        shared = {code: units for code, units in said.items() if len(units) > 1}
        assert [sorted(units.values()) for units in shared.values()] == [[False, True, True]]


def test_the_years_figures_are_plausible(made: Made) -> None:
    communicated: dict[str, bool] = {}
    people = [0, 0, 0, 0]
    unfunded, inactive = set(), set()
    for path in _latest(made).values():
        for row in _rows(path, "science_tasks"):
            code = row["Mã số nhiệm vụ"]
            if row["Sử dụng ngân sách nhà nước"] != "Có":
                unfunded.add(code)
            elif not row["Năm bắt đầu"] <= 2026 <= row["Năm kết thúc"]:
                inactive.add(code)
            else:
                communicated[code] = communicated.get(code, False) or row["Đã được truyền thông"] == "Có"
        people = [total + int(one) for total, one in zip(people, _rows(path, "workforce")[0].values(), strict=True)]
    assert 0.45 <= sum(communicated.values()) / len(communicated) <= 0.55
    assert 0.60 <= people[1] / people[0] <= 0.75
    assert 0.40 <= people[3] / people[2] <= 0.55
    assert len(unfunded) >= 3
    assert len(inactive) >= 3


def test_the_second_half_holds_its_own_amounts_and_people_who_were_reached_stay_reached(made: Made) -> None:
    first, second = (made.units(half) for half in HALVES)
    for unit_id in set(first) & set(second):
        before, after = (made.submissions[files[unit_id][-1]] for files in (first, second))
        if not (before.ok and after.ok) or after.is_empty:
            continue
        names = set(before.tables["activities"]["started_on"]) & set(after.tables["activities"]["started_on"])
        assert all(day <= date(2026, 6, 14) for day in names)
        assert after.tables["workforce"]["staff_reached"][0] >= before.tables["workforce"]["staff_reached"][0] * 9 // 10


def test_what_was_communicated_in_the_first_half_is_so_in_the_second(made: Made) -> None:
    first, second = (made.units(half) for half in HALVES)
    checked = 0
    for unit_id in set(first) & set(second):
        before, after = (made.submissions[files[unit_id][-1]] for files in (first, second))
        if not (before.ok and after.ok):
            continue
        days = dict(after.tables["science_tasks"].select("code", "communicated_on").iter_rows())
        for code, day in before.tables["science_tasks"].select("code", "communicated_on").drop_nulls().iter_rows():
            assert days[code] == day
            checked += 1
    assert checked > 20


def test_activities_lie_in_their_window_and_cluster_around_the_yearly_days(made: Made) -> None:
    days = defaultdict(int)
    for submission in made.submissions.values():
        for day in submission.tables["activities"]["started_on"].drop_nulls():
            days[day] += 1
    near = sum(count for day, count in days.items() if any(abs((day - event).days) <= 4 for event in _events()))
    assert near / sum(days.values()) > 0.3


def _events() -> tuple[date, ...]:
    return date(2026, 5, 18), date(2026, 10, 1), date(2026, 10, 10)


def test_every_status_and_every_kind_of_difficulty_occurs(made: Made) -> None:
    statuses, categories, kinds, sources = set(), set(), set(), set()
    for submission in made.submissions.values():
        statuses |= set(submission.tables["task_progress"]["status"])
        categories |= set(submission.tables["issues"]["category"])
        kinds |= set(submission.tables["activities"]["activity_type"])
        sources |= set(submission.tables["budget"]["funding_source"])
    assert statuses == set(load_codes("status"))
    assert categories == set(load_codes("category"))
    assert len(kinds) >= 24
    assert kinds >= {"mo_hinh", "khen_thuong", "hop_tac", "chuyen_gia", "hoc_lieu_so", "danh_gia"}
    assert "von_doanh_nghiep" in sources


def _claims(made: Made) -> dict[str, dict[str, Any]]:
    """Return the science tasks of which a unit says in the end that they were communicated, by code."""
    return {
        row["Mã số nhiệm vụ"]: row
        for path in _latest(made).values()
        for row in _rows(path, "science_tasks")
        if row["Đã được truyền thông"] == "Có"
    }


def test_some_science_tasks_are_communicated_by_a_seminar_before_they_began_or_without_evidence(made: Made) -> None:
    claims = _claims(made).values()
    doubtful = {"Trực tiếp (hội nghị, lớp học, sự kiện)", "Nội bộ (văn bản, bản tin nội bộ)"}
    assert sum(row["Kênh truyền thông"] in doubtful for row in claims) >= 5
    assert sum(row["Ngày truyền thông đầu tiên"].year < row["Năm bắt đầu"] for row in claims) >= 3
    assert sum(not row["Minh chứng (đường dẫn)"] for row in claims) >= 5
    assert len(claims) > 80


def test_some_tasks_are_done_in_june_and_do_not_arise_in_december(made: Made) -> None:
    first, second = (
        {
            (unit_id, int(row["Nhiệm vụ (TT 1–10)"])): row["Tình trạng"]
            for unit_id, files in made.units(half).items()
            for row in _rows(made.folder / half / files[-1], "task_progress")
        }
        for half in HALVES
    )
    quiet = [key for key, said in second.items() if said == "Không phát sinh" and first.get(key) == "Hoàn thành"]
    assert len(quiet) >= 5


def test_forms_of_both_versions_come_in_and_the_new_fields_are_filled_here_and_there(made: Made) -> None:
    rows = [(one, row) for one in made.submissions.values() for row in one.tables["activities"].iter_rows(named=True)]
    versions = {one.file: one.template_version for one in made.submissions.values()}
    assert 10 <= sum(version == "1" for version in versions.values()) <= 20
    for name in ("measure_id", "audience"):
        filled = [one.file for one, row in rows if row[name] is not None]
        assert 0.3 < len(filled) / len(rows) < 0.6
        assert {versions[file] for file in filled} == {TEMPLATE_VERSION}
        assert len({versions[file] for file in versions} - {"1"}) == 1
    old = next(path for path in made.books if versions[path.name] == "1")
    header = CalamineWorkbook.from_path(old).get_sheet_by_name("Hoạt động").to_python(skip_empty_area=False)[3]
    assert len(header) == 12
    assert not {"Giải pháp (mục III)", "Đối tượng"} & set(header)


def test_links_are_of_every_sort_and_most_products_have_one(made: Made) -> None:
    links = [
        link
        for half in HALVES
        for files in made.units(half).values()
        for link in made.submissions[files[-1]].tables["activities"]["evidence_url"].drop_nulls()
    ]
    assert len(links) >= 679
    assert "javascript:alert(57)" in links
    assert any('"' in link and "'" in link for link in links)
    assert 4000 in map(len, links)


def test_enterprises_pay_from_their_own_capital(made: Made) -> None:
    for submission in made.submissions.values():
        if str(submission.unit_id).startswith("dn-"):
            assert set(submission.tables["budget"]["funding_source"]) <= {"von_doanh_nghiep"}


def test_money_spent_is_never_more_than_money_given(made: Made) -> None:
    for submission in made.submissions.values():
        budget = submission.tables["budget"]
        assert (budget["disbursed_vnd"] <= budget["allocated_vnd"]).all()


def test_every_sheet_says_that_it_is_synthetic_and_nobody_is_named(made: Made) -> None:
    assert "giả lập" in SAMPLE_NOTICE
    for path in made.books[::9]:
        book = openpyxl.load_workbook(path, read_only=True)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                assert SAMPLE_NOTICE in str(next(sheet.iter_rows(max_row=1, values_only=True))[0])
        cover = _rows(path, "cover")[0]
        assert {cover[label] for label in ("Người ký", "Cán bộ đầu mối", "Điện thoại", "Thư điện tử")} == {MARK}
        assert str(cover["Số, ký hiệu văn bản"]).startswith(MARK)


def test_no_text_of_a_unit_speaks_of_secrets_and_links_lead_nowhere(made: Made) -> None:
    for submission in made.submissions.values():
        for name in ("activities", "science_tasks", "issues", "task_progress"):
            frame = submission.tables[name]
            for column in frame.columns:
                if frame[column].dtype == "String":
                    assert not any(_SECRET.search(text) for text in frame[column].drop_nulls())
            if "evidence_url" in frame.columns:
                others = frame["evidence_url"].drop_nulls().str.starts_with("https://vidu.example/").not_().sum()
                assert others == (submission.file == "NQ57_2026-H2_bao-nnmt.xlsx" and name == "activities")


def test_what_was_written_comes_back_equal(made: Made) -> None:
    plan = load_plan()
    story = plan_year(plan, plan.period("2026").halves, 57)
    compared = 0
    for half, arrivals in story.halves:
        for arrival in arrivals:
            if arrival.kind != "full" or arrival.unit_id in story.sharers:
                continue
            version = f"_v{arrival.version}" if arrival.version else ""
            submission = made.submissions[f"NQ57_{half}_{arrival.unit_id}{version}.xlsx"]
            written = UnitYear(plan.unit(arrival.unit_id), plan, 2026, 57).records(half, arrival.sent_at)
            for table, rows in written.items():
                if table != "cover":
                    _assert_equal(submission, table, rows)
                    compared += len(rows)
    assert compared > 1500


def _assert_equal(submission: Submission, table: str, rows: list[dict[str, object]]) -> None:
    names = [field.name for field in TABLES[table].fields]
    read = submission.tables[table].select(names).to_dicts()
    assert read == [{name: row.get(name) for name in names} for row in rows], (submission.file, table)


@pytest.mark.slow  # the synthetic year is made twice more
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(made: Made, tmp_path: Path) -> None:
    def digest(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    steps: list[object] = []
    paths = make_sample(tmp_path, progress=steps.append)
    assert digest(tmp_path) == digest(made.folder)
    again = make_years(tmp_path / "nam", range(2026, 2027))
    assert [path.name for path in again] == [path.name for path in paths]
    shutil.rmtree(tmp_path / "nam")
    assert sorted(paths) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(steps) == len(made.books)
    plan = load_plan()
    half = plan.period("2026-H2")
    one, other = (UnitYear(plan.unit("vu-tccb"), plan, 2026, seed).records(half, half.deadline) for seed in (57, 58))
    assert one["activities"] != other["activities"]


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ba-nam")
    make_years(folder, range(2026, 2029))
    return folder


@pytest.mark.slow  # three years of forms
def test_in_three_years_two_units_merge_and_their_people_and_science_go_on(years: Path) -> None:
    packaged, plan = load_plan(), load_plan(years / "ke-hoach")
    ended = plan.units.filter(plan.units["valid_to"].is_not_null())["unit_id"].to_list()
    (heir,) = plan.units.filter(plan.units["valid_from"].is_not_null()).to_dicts()
    assert sorted(heir["predecessors"]) == sorted(ended)
    assert "giả lập" in heir["name"]
    expected = [plan.units_reporting(plan.period(half)).height for half in ("2026-H2", "2027-H1", "2027-H2", "2028-H2")]
    assert expected == [packaged.units.height, packaged.units.height, *[packaged.units.height - 1] * 2]
    half = "2027-H1"
    before = {one: years / half / f"NQ57_{half}_{one}.xlsx" for one in ended}
    after = years / "2027-H2" / f"NQ57_2027-H2_{heir['unit_id']}.xlsx"
    codes = [row["Mã số nhiệm vụ"] for path in before.values() for row in _rows(path, "science_tasks")]
    assert [row["Mã số nhiệm vụ"] for row in _rows(after, "science_tasks")] == codes
    trained = "Số cán bộ chuyên trách truyền thông, thông tin cơ sở, thông tin đối ngoại"
    assert _rows(after, "workforce")[0][trained] == sum(
        _rows(path, "workforce")[0][trained] for path in before.values()
    )


@pytest.mark.slow  # three years of forms
def test_in_three_years_the_first_quantitative_target_begins_and_is_met(years: Path) -> None:
    ratios = []
    for year in (2026, 2027, 2028):
        told: dict[str, bool] = {}
        for path in sorted((years / f"{year}-H2").glob("*.xlsx")):
            for row in _rows(path, "science_tasks"):
                if row["Sử dụng ngân sách nhà nước"] == "Có" and row["Năm bắt đầu"] <= year <= row["Năm kết thúc"]:
                    told[row["Mã số nhiệm vụ"]] = row["Đã được truyền thông"] == "Có"
        ratios.append(sum(told.values()) / len(told))
    assert load_plan().target_for("science_tasks_communicated", 2026) is None
    assert ratios[0] < ratios[1] < 0.9
    assert min(ratios[1:]) > 0.55


@pytest.mark.slow  # three years of forms
def test_in_three_years_one_product_gives_way_to_another(years: Path) -> None:
    plan = load_plan(years / "ke-hoach")
    held = [set(plan.in_force(plan.period(str(year))).products["product_id"]) for year in (2026, 2027, 2028)]
    assert held[0] == held[1] == set(load_plan().products["product_id"])
    (gone,), (new,) = held[1] - held[2], held[2] - held[1]
    assert gone.partition("-")[0] == new.partition("-")[0]
    halves = {f"{year}-H{half}" for year in (2026, 2027, 2028) for half in (1, 2)}
    assert {path.name for path in years.iterdir()} == halves | {"2027-P", "2028-P", "ke-hoach"}


def test_every_word_of_the_bank_fits_the_contract_and_the_plan() -> None:
    plan = load_plan()
    for unit_id in plan.units["unit_id"]:
        unit = plan.unit(unit_id)
        led = plan.tasks_led_by(unit_id)["task_id"].to_list()
        known = activities_for(unit, led)
        assert {row.task_id for row in known} == set(led)
        for row in (*known, *extras_for(unit)):
            assert row.activity_type in load_codes("activity_type")
            assert row.channel in load_codes("channel")
        assert all(source in load_codes("funding_source") for source in size_of(unit).funding)
        assert all(find_code("category", issue.category) for issue in issues_for(unit))
        assert len(topics_of(unit)) >= 2
        assert topics_of(unit, studied=True)
    assert all(words_for(use) for use in ("undone", "idle", "slow", "next", "science", "note"))


def test_a_unit_that_the_bank_does_not_know_still_has_something_to_say(tmp_path: Path) -> None:
    from dataclasses import replace

    plan = load_plan()
    unit = replace(plan.unit("vu-pc"), groups=("khac",))
    assert topics_of(replace(unit, unit_id="don-vi-moi")) == ("khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số",)
    half = plan.period("2027-H1")
    records = UnitYear(unit, plan, 2027, 1).records(half, half.deadline)
    path = write_workbook(tmp_path / "a.xlsx", unit_id="vu-pc", period=half, plan=plan, records=records)
    (submission,) = check_many([path])
    assert submission.ok
    assert not submission.is_empty


def test_the_kept_handful_is_what_the_generator_makes(made: Made) -> None:
    kept = Path(__file__).parents[1] / "data" / "sample"
    if not kept.is_dir():
        pytest.skip("data/sample is not in this copy")
    books = sorted(kept.glob("*/*.xlsx"))
    assert {path.parent.name for path in books} == set(HALVES)
    for submission in check_many(books):
        again = made.submissions[submission.file]
        assert submission.ok
        assert all(submission.tables[table].equals(again.tables[table]) for table in TABLES), submission.file
    for half in HALVES:
        with (kept / half / "sent.csv").open(encoding="utf-8", newline="") as stream:
            sent = {row["file"]: datetime.fromisoformat(row["sent_at"]) for row in csv.DictReader(stream)}
        assert set(sent) == {path.name for path in books if path.parent.name == half}
        assert sent.items() <= made.sent[half].items()
