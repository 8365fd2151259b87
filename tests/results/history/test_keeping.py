"""How long nights are kept, and how they leave as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from support.nights import Nights, night_name

from harness.errors import StorageFailed, UsageError
from harness.results.history.export import export, history_frame
from harness.results.history.store import History, too_old

ALL = [night_name(number) for number in range(1, 6)]
NOW = datetime(2026, 2, 5, 12, 0, tzinfo=UTC)

RULES = [
    # (keep_nights, keep_days, how many of the oldest go)
    (1, None, 4),
    (3, None, 2),
    (9, None, 0),
    (None, 0, 4),
    (None, 1, 4),
    (None, 2, 3),
    (None, 100, 0),
    (2, 3, 2),
    (4, 1, 1),
]


@pytest.mark.parametrize(("keep_nights", "keep_days", "gone"), RULES)
def test_what_neither_rule_keeps_goes_and_the_newest_stays(keep_nights, keep_days, gone):
    old = too_old(ALL, keep_nights=keep_nights, keep_days=keep_days, now=NOW)
    assert old == tuple(ALL[:gone])


def test_a_night_of_just_so_many_days_is_kept():
    now = datetime(2026, 2, 5, 2, 0, tzinfo=UTC)
    assert too_old(ALL, keep_nights=None, keep_days=2, now=now) == tuple(ALL[:2])


def test_without_a_rule_nothing_is_guessed():
    with pytest.raises(UsageError, match="--keep-nights N, --keep-days N"):
        too_old(ALL, keep_nights=None, keep_days=None, now=NOW)


def test_no_nights_are_none_too_old():
    assert too_old([], keep_nights=1, keep_days=None, now=NOW) == ()


HISTORY = Nights(nights=2, repeats=2, scenarios=("hold music", "very angry"), spoilt=0.3).history()


def test_the_table_has_a_row_per_night_call_and_scorer():
    table = history_frame(HISTORY)
    calls = [call for entry in HISTORY.entries for call in entry.results.calls]
    assert len(table) == sum(max(1, len(call.scores)) for call in calls)
    assert list(table.columns[:5]) == ["night", "run", "target", "model", "harness_version"]
    for entry in HISTORY.entries:
        own = table[table["night"] == entry.night]
        assert len(own) == sum(max(1, len(call.scores)) for call in entry.results.calls)
    assert set(table["status"]) == {"completed", "socket_closed"}


@pytest.mark.parametrize(("name", "read"), [("a.csv", pd.read_csv), ("a.parquet", pd.read_parquet)])
def test_what_is_written_reads_back(tmp_path, name, read):
    rows = export(HISTORY, tmp_path / "new" / name)
    table = read(tmp_path / "new" / name)
    assert len(table) == rows == len(history_frame(HISTORY))
    assert list(table.columns) == list(history_frame(HISTORY).columns)
    assert table["scenario"].tolist() == history_frame(HISTORY)["scenario"].tolist()


def test_bad_destinations_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"expected a name that ends in \.csv or \.parquet"):
        export(HISTORY, tmp_path / "a.xlsx")
    with pytest.raises(UsageError, match="holds no runs"):
        export(History("x", (), ()), tmp_path / "a.csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed, match="cannot write"):
        export(HISTORY, tmp_path / "file" / "a.csv")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", missing)
    with pytest.raises(UsageError, match=r"voice-agent-harness\[parquet\]"):
        export(HISTORY, tmp_path / "a.parquet")
