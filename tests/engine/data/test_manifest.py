"""The list of images: there and back, and refused when touched."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.data.manifest import Finding, Item, Manifest, load_manifest, save_manifest
from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes

ITEMS = (
    Item("a/1.png", 0, "0" * 64, 10, 20, "RGB", split="train"),
    Item("b/odd\udcff\n é.png", 1, "1" * 64, 10, 20, "L;16", group="patient\udcfe"),
    Item("train_images", 1, "2" * 64, 10, 20, "L", split="test", index=7),
)
MANIFEST = Manifest("folders", ("a", "b"), ITEMS, (Finding("leak", "warning", "Text.", ("x",)),))


def test_a_manifest_comes_back_and_is_named_by_its_content(tmp_path: Path) -> None:
    digest = save_manifest(MANIFEST, tmp_path)
    assert load_manifest(tmp_path, digest) == MANIFEST
    assert save_manifest(MANIFEST, tmp_path) == digest
    assert [path.name for path in (tmp_path / "data").iterdir()] == [f"{digest}.json"]


def test_rows_of_arrays_have_names_of_their_own() -> None:
    assert [item.name for item in ITEMS[::2]] == ["a/1.png", "train_images[7]"]


@pytest.mark.parametrize("digest", ["", "x", "../../etc/passwd", "A" * 64, "0" * 64])
def test_a_wrong_name_reads_nothing(tmp_path: Path, digest: str) -> None:
    with pytest.raises(FoveaError) as caught:
        load_manifest(tmp_path, digest)
    assert caught.value.code == "FV-D020"


def test_a_changed_manifest_is_refused_and_written_anew(tmp_path: Path) -> None:
    digest = save_manifest(MANIFEST, tmp_path)
    path = tmp_path / "data" / f"{digest}.json"
    path.write_bytes(path.read_bytes().replace(b"a/1.png", b"a/2.png"))
    with pytest.raises(FoveaError, match="cannot be used"):
        load_manifest(tmp_path, digest)
    save_manifest(MANIFEST, tmp_path)
    assert load_manifest(tmp_path, digest) == MANIFEST


BAD = {
    "path out of the source": {"path": ["../x", "b", "c"]},
    "absolute path": {"path": ["/etc/passwd", "b", "c"]},
    "drive": {"path": ["C:\\x", "b", "c"]},
    "share": {"path": ["\\\\host\\x", "b", "c"]},
    "null character": {"path": ["a\0b", "b", "c"]},
    "label": {"label": [0, 1, 2]},
    "true as a label": {"label": [True, 1, 1]},
    "split": {"split": ["maybe", "", ""]},
    "hash": {"sha256": ["z" * 64, "1" * 64, "2" * 64]},
    "hash of another alphabet": {"sha256": ["é" * 64, "1" * 64, "2" * 64]},
    "hashes of 192 digits together": {"sha256": ["0" * 63, "1" * 65, "2" * 64]},
    "missing row": {"mode": ["L", "L"]},
    "wrong beyond the shortest column": {"path": ["a"], "label": [0, 1, 7]},
    "no column": {"width": None},
}


@pytest.mark.parametrize("name", BAD)
def test_a_hostile_manifest_is_refused(tmp_path: Path, name: str) -> None:
    digest = save_manifest(replace(MANIFEST, findings=()), tmp_path)
    value = json.loads((tmp_path / "data" / f"{digest}.json").read_bytes())
    value["items"] |= BAD[name]
    data = json.dumps(value).encode()
    digest = sha256_bytes(data)
    (tmp_path / "data" / f"{digest}.json").write_bytes(data)
    with pytest.raises(FoveaError) as caught:
        load_manifest(tmp_path, digest)
    assert caught.value.code == "FV-D020"
