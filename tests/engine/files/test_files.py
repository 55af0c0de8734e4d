"""Small files: written whole or not at all, read strictly."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.files import atomic, hashing, strict_json


def test_written_text_comes_back_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    atomic.write_json(target, {"näme": [1, 2.5, None, True]})
    assert strict_json.loads(target.read_bytes()) == {"näme": [1, 2.5, None, True]}
    atomic.write_text(target, "two\r\nlines")
    assert target.read_bytes() == b"two\r\nlines"
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.skipif(os.name == "nt", reason="file modes and links are POSIX matters")
def test_an_existing_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    atomic.write_text(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(FoveaError) as caught:
        atomic.write_text(target, "new content")
    monkeypatch.undo()
    assert caught.value.code == "FV-O001"
    assert "11 bytes are needed" in caught.value.why
    assert str(target) in caught.value.where
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FoveaError) as caught:
        atomic.write_bytes(tmp_path / "none" / "a", b"x")
    assert caught.value.code == "FV-O001"
    assert caught.value.kept == ""
    assert str(tmp_path / "none") in caught.value.why
    assert "folder" in caught.value.fix


@pytest.mark.parametrize("value", [float("nan"), "\udc80"])
def test_values_that_could_not_be_read_back_are_never_written(
    tmp_path: Path, value: object
) -> None:
    with pytest.raises(ValueError):
        atomic.write_json(tmp_path / "a", [value])
    assert os.listdir(tmp_path) == []


def test_hash_of_file_and_bytes_agree(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    (tmp_path / "a").write_bytes(data)
    assert hashing.sha256_file(tmp_path / "a") == hashing.sha256_bytes(data)
    assert hashing.sha256_bytes(b"abc").startswith("ba7816bf")


def test_plain_values_are_read_and_a_byte_order_mark_is_accepted() -> None:
    text = '\ufeff{"a": [1, -2, 0.5, 1e3, true, null, "\\ud83d\\ude00 ü"], "b": {"a": 1}}'
    assert strict_json.loads(text.encode()) == {
        "a": [1, -2, 0.5, 1000.0, True, None, "😀 ü"],
        "b": {"a": 1},
    }


def test_many_brackets_are_no_depth_and_brackets_in_texts_do_not_count() -> None:
    assert strict_json.loads(b"[" + b"[1]," * 5000 + b"[1]]")[0] == [1]
    assert strict_json.loads(b'["' + b"[" * 500 + b'"]') == ["[" * 500]


REFUSED = {
    "nan": (b'{"a":\n NaN}', "line 2, column 2"),
    "infinity": (b"[-Infinity]", "line 1, column 2"),
    "overflow": (b"[1, 1e999]", "line 1, column 5"),
    "long integer": (b"[1234567890123456]", "line 1, column 2"),
    "endless integer": (b"1" * 5000, "line 1, column 1"),
    "key twice": (b'{"a": {"b": 1},\n "a": 2}', "line 2, column 2"),
    "inner key twice": (b'[{"a": 1}, {"a": 1, "a": 2}]', "line 1, column 21"),
    "deep": (b"[" * 101 + b"]" * 101, "line 1, column 101"),
    "very deep": (b"[" * 1_000_000, "line 1, column 101"),
    "lone surrogate": (b'["\\ud800"]', "line 1, column 2"),
    "reversed pair": (b'{"a": "\\udc00\\ud800"}', "line 1, column 7"),
    "not utf-8": (b'["\xff"]', "byte 2"),
    "truncated": (b'{"a": [1, 2', "line 1, column 12"),
    "two values": (b"[1] [2]", "line 1, column 5"),
    "control character": (b'["a\nb"]', "line 1, column 4"),
    "empty": (b"", "line 1, column 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_json_is_refused_with_its_place(name: str) -> None:
    data, place = REFUSED[name]
    with pytest.raises(FoveaError) as caught:
        strict_json.loads(data, where="project.fovea")
    assert caught.value.code == "FV-P001"
    assert caught.value.where == f"project.fovea, {place}"
    assert caught.value.why


def test_a_file_over_the_limit_is_refused_before_parsing() -> None:
    with pytest.raises(FoveaError, match="JSON") as caught:
        strict_json.loads(b"[" * 100, limit=99, where="x")
    assert "100 bytes" in caught.value.why
