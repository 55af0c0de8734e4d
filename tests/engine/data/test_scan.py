"""Scanning: settings that fit, findings that tell, refusals that explain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.manifest import load_manifest
from engine.data.scan import scan
from engine.errors import Cancelled, FoveaError
from tests.engine.data.pictures import class_folders, encoded, idx_folder, noise, tiff


def kinds(result: object) -> dict[str, object]:
    return {finding.kind: finding for finding in result.findings}


def test_a_scan_fills_the_settings_and_writes_the_list_only(tmp_path: Path) -> None:
    source = class_folders(tmp_path / "s", {"a": 6, "b": 6}, side=30)
    seen = []
    result = scan(source, tmp_path / "p", progress=lambda *news: seen.append(news))
    spec = result.spec
    assert (spec.layout, spec.classes, spec.source) == ("folders", ("a", "b"), "../s")
    assert (spec.size, spec.channels, spec.depth, spec.resize) == (32, "colour", 8, "stretch")
    assert result.findings == ()
    assert load_manifest(tmp_path / "p", spec.manifest) == result.manifest
    assert [p.name for p in (tmp_path / "p").rglob("*")] == ["data", f"{spec.manifest}.json"]
    assert seen[-1] == (12, 12, "Reading images")
    assert scan(source, tmp_path / "p").spec == spec


def test_bad_files_are_left_out_with_their_reasons(tmp_path: Path) -> None:
    source = class_folders(tmp_path / "s", {"a": 6, "b": 6})
    good = (source / "a" / "a_000.png").read_bytes()
    (source / "a" / "cut.png").write_bytes(good[:100])
    (source / "a" / "empty.jpg").write_bytes(b"")
    (source / "b" / "really_png.tif").write_bytes(encoded(noise(5, 9, 9)))
    result = scan(source, tmp_path / "p")
    assert len(result.manifest.items) == 13
    bad = kinds(result)["unreadable"]
    assert bad.message.startswith("2 files cannot be read")
    assert bad.images[1] == "a/empty.jpg: The file is empty."
    assert kinds(result)["misnamed"].images == ("b/really_png.tif",)


def test_copies_are_reported_in_pairs_by_what_they_mean(tmp_path: Path) -> None:
    source = class_folders(tmp_path / "s", {"train/a": 6, "train/b": 6, "test/a": 2, "test/b": 2})
    one = (source / "train" / "a" / "train_a_000.png").read_bytes()
    two = (source / "train" / "a" / "train_a_001.png").read_bytes()
    three = (source / "train" / "a" / "train_a_002.png").read_bytes()
    (source / "train" / "a" / "same.png").write_bytes(one)
    (source / "train" / "b" / "other_label.png").write_bytes(two)
    (source / "test" / "a" / "leak.png").write_bytes(three)
    found = kinds(scan(source, tmp_path / "p"))
    assert found["duplicate"].images == (
        "train/a/same.png (a, train)",
        "train/a/train_a_000.png (a, train)",
    )
    assert found["contradiction"].severity == "error"
    assert "train/b/other_label.png (b, train)" in found["contradiction"].images
    assert found["leak"].images == (
        "test/a/leak.png (a, test)",
        "train/a/train_a_002.png (a, train)",
    )


def test_empty_tiny_uneven_and_untrained_classes_are_named(tmp_path: Path) -> None:
    counts = {"train/a": 50, "train/tiny": 2, "train/void": 0, "test/a": 2, "test/late": 3}
    found = scan(class_folders(tmp_path / "s", counts), tmp_path / "p").findings
    messages = {(finding.kind, finding.severity): finding.message for finding in found}
    assert "“void” has no usable image" in messages["empty_class", "error"]
    assert "“late”" in messages["untrained_class", "error"]
    assert "“tiny” has only 2 images" in messages["tiny_class", "warning"]
    assert "“a” has 52 images and “tiny” 2" in messages["imbalance", "warning"]
    assert [finding.severity for finding in found[:2]] == ["error", "error"]


def test_deep_images_give_a_window(tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b")):
        (tmp_path / "s" / name).mkdir(parents=True)
        for k in range(4):
            pixels = noise(number * 10 + k, 40, 40, kind="uint16") % 4096
            pixels[0, 0] = 65535  # a hot pixel
            (tmp_path / "s" / name / f"{k}.tif").write_bytes(tiff(pixels))
    result = scan(tmp_path / "s", tmp_path / "p")
    assert (result.spec.depth, result.spec.channels, result.spec.size) == (16, "grey", 40)
    assert 0 <= result.spec.window_low < 20
    assert 4070 < result.spec.window_high < 4096
    assert "values from" in kinds(result)["deep"].message
    (tmp_path / "s" / "a" / "flat.png").write_bytes(encoded(noise(1, 40, 40, 3)))
    found = kinds(scan(tmp_path / "s", tmp_path / "p"))
    assert {"mixed_depth", "mixed_colour"} <= set(found)


def test_proportions_decide_between_stretch_and_letterbox(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "s" / name).mkdir(parents=True)
        for k in range(3):
            shape = (200, 300 + 200 * k, 3)
            pixels = np.full(shape, k, np.uint8)
            pixels[0, 0] = ord(name)
            (tmp_path / "s" / name / f"{k}.png").write_bytes(encoded(pixels))
    spec = scan(tmp_path / "s", tmp_path / "p").spec
    assert (spec.resize, spec.size, spec.channels) == ("letterbox", 128, "grey")


def test_idx_labels_name_the_classes(tmp_path: Path) -> None:
    result = scan(idx_folder(tmp_path / "m"), tmp_path / "p")
    assert result.spec.classes == ("0", "1")
    assert {item.split for item in result.manifest.items} == {"train", "test"}
    rows = [item for item in result.manifest.items if item.split == "train"]
    assert [(item.index, item.label) for item in rows[:3]] == [(0, 0), (1, 1), (2, 0)]


def test_labels_with_gaps_keep_their_numbers_as_names(tmp_path: Path) -> None:
    images = noise(1, 12, 8, 8)
    np.savez(tmp_path / "a.npz", train_images=images, train_labels=np.arange(12) % 2 * 7 + 3)
    result = scan(tmp_path / "a.npz", tmp_path / "p")
    assert result.spec.classes == ("3", "10")
    assert {item.label for item in result.manifest.items} == {0, 1}


def _missing(root: Path) -> Path:
    return root / "nowhere"


def _one_class(root: Path) -> Path:
    return class_folders(root / "s", {"only": 3, "only/below": 1})


def _all_bad(root: Path) -> Path:
    source = class_folders(root / "s", {"a": 0, "b": 0})
    (source / "a" / "x.jpg").write_bytes(b"words")
    return source


def _no_images(root: Path) -> Path:
    return class_folders(root / "s", {"a": 0, "b": 0})


def _archive(root: Path) -> Path:
    (root / "set.zip").write_bytes(b"PK")
    return root / "set.zip"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_missing, "FV-D001"),
        (_archive, "FV-D002"),
        (_one_class, "FV-D003"),
        (_all_bad, "FV-D008"),
        (_no_images, "FV-D008"),
    ],
)
def test_what_cannot_be_used_is_explained_and_nothing_written(
    tmp_path: Path, make: object, code: str
) -> None:
    source = make(tmp_path)
    with pytest.raises(FoveaError) as caught:
        scan(source, tmp_path / "p")
    assert caught.value.code == code
    assert all((caught.value.where, caught.value.why, caught.value.fix))
    assert not (tmp_path / "p").exists()


def test_a_scan_can_be_cancelled_and_writes_nothing(tmp_path: Path) -> None:
    source = class_folders(tmp_path / "s", {"a": 40, "b": 40})

    def stop(done: int, total: int, text: str) -> None:
        if done >= 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        scan(source, tmp_path / "p", progress=stop)
    assert not (tmp_path / "p").exists()
