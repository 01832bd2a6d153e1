"""A case is told as it was published, and held against what was asked for on its day."""

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks import bundles, run
from tasks.drill_files import put
from tasks.evidence import append, case_of, journal
from tasks.report_forms.forms import forms, texts
from tasks.reports import FORMS, TODAYS, path, report_of, write
from tests.unit.gdr.shell import Gdr
from tests.unit.kept.journals import CASE, ENVIRONMENT, cut_short, entries, region
from tests.unit.model.test_bundle import again, text

FIVE_MINUTES, TEN_SECONDS = {"rpo_s": 60.0, "rto_s": 300.0}, "rto_s: 10"


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment file: at first the one that the recorded case was opened with."""
    (tmp_path / "environments").mkdir()
    monkeypatch.setenv("GDR_ENVIRONMENTS", str(tmp_path / "environments"))
    return Path(shutil.copy(ENVIRONMENT, tmp_path / "environments"))


def forget() -> None:
    """A process reads an environment file once."""
    run.environment.cache_clear()
    run.digest.cache_clear()


@pytest.fixture(autouse=True)
def read_anew(file: Path) -> Iterator[None]:
    assert file.exists()
    forget()
    yield
    forget()


def change(file: Path) -> None:
    file.write_text(re.sub(r"rto_s: *\d+", TEN_SECONDS, file.read_text()))
    forget()


def told() -> None:
    """Keep the recorded case as a version that keeps the objectives would have written it."""
    journal(CASE).write_bytes(text(again(entries(), "case.opened", objectives=FIVE_MINUTES)))


def test_the_objectives_of_its_day_judge_a_case_whatever_became_of_the_file(gdr: Gdr, file: Path) -> None:
    told()
    before = report_of(CASE)
    assert (before.rto_s, before.rpo_s, before.rto_met) == (300, 60, True)
    change(file)
    assert report_of(CASE) == before
    forget()
    file.unlink()
    assert report_of(CASE) == before
    assert "(objective 300 s: met)" in gdr("report", CASE).out


def test_a_case_of_an_older_version_is_held_against_the_file_that_is_there_and_says_so(gdr: Gdr, file: Path) -> None:
    journal(CASE).write_text(region())
    known = report_of(CASE)
    assert (known.rto_met, known.warnings) == (True, ()), "it is still the file of that day"
    change(file)
    assert (report_of(CASE).rto_met, report_of(CASE).warnings) == (False, (TODAYS,))
    for words in ((), ("--html",), ("--json",)):
        assert "not the one that the case was opened with" in gdr("report", CASE, *words).out


def test_a_closed_case_is_told_as_it_was_published_without_the_file(gdr: Gdr, file: Path) -> None:
    journal(CASE).write_text(region())
    assert gdr("evidence", "key").code == 0
    made = gdr("evidence", "bundle", CASE, "--json").json["file"]
    before_it = [gdr("report", CASE, *words).out for words in ((), ("--html",), ("--json",))]
    change(file)
    file.unlink()
    forget()
    assert [gdr("report", CASE, *words).out for words in ((), ("--html",), ("--json",))] == before_it
    before = bundles.read(Path(made))
    assert gdr("evidence", "bundle", CASE).code == 0
    after = bundles.read(Path(made))
    assert [after[f"report.{kind}"] for kind in ("md", "html", "json")] == [
        before[f"report.{kind}"] for kind in ("md", "html", "json")
    ]


def test_what_was_written_while_a_case_was_open_is_not_what_was_published(gdr: Gdr) -> None:
    journal(CASE).write_text(cut_short())
    assert gdr("evidence", "key").code == 0
    assert gdr("evidence", "bundle", CASE).code == 0
    assert json.loads(path(CASE, "json").read_text())["closed_at"] is None
    append("lab", CASE, "a9", "case.closed", {"outcome": "reached"})
    assert case_of(CASE).outcome == "reached"
    assert "NOT REACHED" not in gdr("report", CASE).out


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("written", range(len(FORMS) + 1))
def test_a_kill_between_the_forms_leaves_nothing_of_an_open_case_for_a_closed_one(
    gdr: Gdr, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    journal(CASE).write_text(cut_short())
    write(CASE, forms(report_of(CASE)))
    append("lab", CASE, "a9", "case.closed", {"outcome": "reached"})
    puts = iter(range(written))

    def dies(file: Path, text: str) -> None:
        if next(puts, None) is None:
            raise Killed
        put(file, text)

    monkeypatch.setattr("tasks.reports.put", dies)
    with contextlib.suppress(Killed):
        write(CASE, forms(report_of(CASE)))
    for words in ((), ("--html",), ("--json",)):
        assert "NOT REACHED" not in gdr("report", CASE, *words).out


def test_what_could_not_be_drawn_is_not_told_as_it_was_before(gdr: Gdr) -> None:
    journal(CASE).write_text(cut_short())
    write(CASE, forms(report_of(CASE)))
    append("lab", CASE, "a9", "case.closed", {"outcome": "reached"})
    write(CASE, texts(report_of(CASE)))
    assert not path(CASE, "html").exists()
    assert "NOT REACHED" not in gdr("report", CASE, "--html").out


def test_a_published_report_that_is_none_any_more_is_named_with_the_way_out(gdr: Gdr) -> None:
    journal(CASE).write_text(region())
    path(CASE, "json").parent.mkdir()
    path(CASE, "json").write_bytes(b"[\xff]")
    said = gdr("report", CASE)
    assert (said.code, "json: no report: " in said.err, "take it away" in said.err) == (2, True, True)
