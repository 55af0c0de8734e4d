"""Tables of paths and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.sources.listing import Entry
from engine.data.sources.table import list_table
from engine.errors import FoveaError
from tests.engine.data.pictures import class_folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return class_folders(tmp_path / "set", {"img": 4})


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["path|label|group|split", "Image|Class|Patient|Set"])
def test_columns_and_separators_are_recognised(folder: Path, mark: str, header: str) -> None:
    rows = [header, "img/img_000.png|cat|p1|train", "img\\img_001.png|dog|p2|Validation"]
    listing = list_table(table(folder, "\r\n".join(rows).replace("|", mark)), lambda *_: None)
    assert listing.classes == ("cat", "dog")
    assert listing.entries == [
        Entry("img/img_000.png", 0, "train", "p1"),
        Entry("img/img_001.png", 1, "val", "p2"),
    ]


def test_rows_that_cannot_be_used_are_listed_with_their_numbers(folder: Path) -> None:
    text = """path,label,split
img/img_000.png,a,train
img/gone.png,a,train
img/img_001.png,,train
../outside.png,a,
/etc/hostname,a,
\\\\host\\share\\x.png,a,
img/img_000.png,a,train
img/img_000.png,b,train
img/img_002.png,=cmd(),later
"""
    listing = list_table(table(folder, text), lambda *_: None)
    messages = {finding.kind: finding.message for finding in listing.findings}
    assert messages["missing"].endswith("1 row of the table (3).")
    assert messages["empty_cell"] == "No path or no label, left out: 1 row of the table (4)."
    assert messages["outside"].endswith("3 rows of the table (5, 6, 7).")
    assert "(8)" in messages["repeated"]
    assert "(9)" in messages["conflict"]
    assert "(10)" in messages["unknown_split"]
    assert listing.classes == ("=cmd()", "a")
    assert len(listing.entries) == 2


def test_a_sentence_numbers_twenty_rows_and_counts_the_rest(folder: Path) -> None:
    rows = ["path,label", "img/img_000.png,a", "img/img_001.png,b", *["gone.png,a"] * 55]
    (missing,) = list_table(table(folder, "\n".join(rows)), lambda *_: None).findings
    assert missing.message.endswith("22, 23 and 35 more).")
    assert len(missing.images) == 55


def test_a_spreadsheets_encodings_are_read(folder: Path) -> None:
    text = "path,label\nimg/img_000.png,Größe\nimg/img_001.png,b\n"
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        listing = list_table(table(folder, text, encoding), lambda *_: None)
        assert listing.classes == ("b", "Größe"), encoding


@pytest.mark.parametrize(
    "text", ["", "name,kind\nx,y\n", "path,label\n", "path,label\ngone.png,a\n", "\0\0\0"]
)
def test_tables_without_use_are_explained(folder: Path, text: str) -> None:
    with pytest.raises(FoveaError) as caught:
        list_table(table(folder, text), lambda *_: None)
    assert caught.value.code == "FV-D006"


def test_a_null_character_in_a_path_is_a_row_that_cannot_be_used(folder: Path) -> None:
    text = "path,label\nimg/img_000.png,a\nimg/\0.png,a\nimg/img_001.png,b\n"
    listing = list_table(table(folder, text), lambda *_: None)
    assert [finding.message for finding in listing.findings if "(3)" in finding.message]
    assert len(listing.entries) == 2


def test_labels_that_differ_in_case_are_refused(folder: Path) -> None:
    text = "path,label\nimg/img_000.png,Cat\nimg/img_001.png,cat\n"
    with pytest.raises(FoveaError) as caught:
        list_table(table(folder, text), lambda *_: None)
    assert caught.value.code == "FV-D007"
