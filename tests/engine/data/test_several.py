"""Images of several classes: tables, arrays, the list on disc, splits, and the open data set."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import open_dataset
from engine.data.manifest import Item, Manifest, load_manifest, save_manifest
from engine.data.scan import scan
from engine.data.sources.listing import Listing
from engine.data.sources.npz import list_npz
from engine.data.sources.table import list_table
from engine.data.spec import DataSpec
from engine.data.split import TEST, TRAIN, VAL, split
from engine.data.stratify import stratify
from engine.errors import FoveaError
from engine.files.hashing import sha256_bytes
from tests.engine.data.pictures import class_folders, noise


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return class_folders(tmp_path / "set", {"img": 4})


def listed(folder: Path, *rows: str) -> Listing:
    path = folder / "labels.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return list_table(path, lambda *_: None)


def seen(listing: Listing) -> list[tuple[str, ...]]:
    return [tuple(listing.classes[k] for k in entry.labels or ()) for entry in listing.entries]


@pytest.mark.parametrize("mark", [";", "|", " ; "])
def test_a_label_may_hold_several_classes(folder: Path, mark: str) -> None:
    rows = [
        f"img/img_000.png,mass{mark}cyst",
        "img/img_001.png,cyst",
        f"img/img_002.png,node{mark}",
    ]
    listing = listed(folder, "path,label", *rows)
    assert listing.classes == ("cyst", "mass", "node")
    assert seen(listing) == [("cyst", "mass"), ("cyst",), ("node",)]
    assert [entry.label for entry in listing.entries] == [0, 0, 2]


def test_a_column_for_each_class_keeps_their_order_and_images_without_any(folder: Path) -> None:
    rows = ["img/img_000.png,61,1,0,train", "img/img_001.png,40,1,1,val", "img/img_002.png,9,0,0,"]
    listing = listed(folder, "path,age,node,cyst,split", *rows)
    assert listing.classes == ("node", "cyst")
    assert seen(listing) == [("node",), ("node", "cyst"), ()]
    assert [entry.label for entry in listing.entries] == [0, 0, -1]
    assert [entry.split for entry in listing.entries] == ["train", "val", ""]


def test_one_class_in_every_label_is_as_it_always_was(folder: Path) -> None:
    listing = listed(folder, "path,label", "img/img_000.png,a", "img/img_001.png,b")
    assert [entry.labels for entry in listing.entries] == [None, None]


def test_a_column_that_is_not_0_and_1_is_no_class(folder: Path) -> None:
    with pytest.raises(FoveaError) as caught:
        listed(folder, "path,a,b", "img/img_000.png,1,2", "img/img_001.png,0,1")
    assert caught.value.code == "FV-D006"


def arrays(folder: Path, labels: np.ndarray, **more: np.ndarray) -> Path:
    path = folder / "set.npz"
    np.savez(path, train_images=noise(1, len(labels), 9, 9), train_labels=labels, **more)
    return path


def test_arrays_in_the_layout_of_chestmnist(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 2, (12, 3)).astype(np.uint8)
    (part,) = list_npz(arrays(tmp_path, labels)).parts
    assert (part.labels == labels).all()


@pytest.mark.parametrize(
    "labels", [np.full((12, 3), 2, np.uint8), np.zeros((12, 3, 1), np.uint8), np.zeros((11, 3))]
)
def test_labels_of_another_shape_or_value_are_refused(tmp_path: Path, labels: np.ndarray) -> None:
    images = noise(1, 12, 9, 9)
    np.savez(tmp_path / "set.npz", train_images=images, train_labels=labels.astype(np.uint8))
    with pytest.raises(FoveaError) as caught:
        list_npz(tmp_path / "set.npz")
    assert caught.value.code == "FV-D004"


def test_parts_must_have_the_same_classes(tmp_path: Path) -> None:
    more = {"test_images": noise(2, 5, 9, 9), "test_labels": np.zeros((5, 4), np.uint8)}
    with pytest.raises(FoveaError) as caught:
        list_npz(arrays(tmp_path, np.zeros((12, 3), np.uint8), **more))
    assert caught.value.code == "FV-D004"


@pytest.fixture
def scanned(tmp_path: Path) -> tuple[Path, DataSpec, Manifest, np.ndarray]:
    """A project's folder, its data and their truth ``[60, 3]``; some images have no class."""
    labels = (np.random.default_rng(4).random((60, 3)) < (0.5, 0.3, 0.15)).astype(np.uint8)
    labels[:3] = (0, 1, 1), (0, 0, 0), (1, 0, 1)
    found = scan(arrays(tmp_path, labels), tmp_path / "p")
    return tmp_path / "p", found.spec, found.manifest, labels


def test_a_scan_says_so_and_the_list_reads_back_equal(scanned: tuple) -> None:
    folder, spec, manifest, _ = scanned
    assert spec.targets == "multi"
    assert spec.classes == ("0", "1", "2")
    assert manifest.multi
    assert load_manifest(folder, spec.manifest) == manifest
    assert manifest.items[0].every_label == (1, 2)
    assert manifest.naming(manifest.items[0]) == "1, 2"
    assert manifest.naming(manifest.items[1]) == "none of the classes"
    assert any(finding.kind == "unlabelled" for finding in manifest.findings)


@pytest.mark.parametrize("labels", [(1, 0), (1, 1), (0, 3), (-1,), (0,)])
def test_a_list_with_other_labels_than_it_may_have_is_refused(
    tmp_path: Path, labels: tuple[int, ...]
) -> None:
    items = (Item("a.png", 1, "0" * 64, 8, 8, "L", labels=labels),)
    digest = save_manifest(Manifest("csv", ("a", "b", "c"), items), tmp_path)
    with pytest.raises(FoveaError) as caught:
        load_manifest(tmp_path, digest)
    assert caught.value.code == "FV-D020"


def test_the_open_data_set_has_every_class_of_an_image(scanned: tuple) -> None:
    folder, spec, manifest, labels = scanned
    data = open_dataset(spec, manifest, folder)
    assert data.present is not None
    assert data.present.dtype == np.uint8
    assert (data.present == labels).all()
    assert data.answers is data.present
    assert data.labels[:3].tolist() == [1, -1, 0]


def test_one_class_an_image_is_not_expected_of_them(scanned: tuple) -> None:
    folder, spec, manifest, _ = scanned
    with pytest.raises(FoveaError) as caught:
        open_dataset(spec.with_(targets="single"), manifest, folder)
    assert (caught.value.code, caught.value.where) == ("FV-D020", "data.targets")


def test_plain_classes_can_be_asked_for_one_by_one(tmp_path: Path) -> None:
    source = class_folders(tmp_path / "set", {"a": 8, "b": 8})
    found = scan(source, tmp_path / "p")
    data = open_dataset(found.spec.with_(targets="multi"), found.manifest, tmp_path / "p")
    assert data.present is not None
    assert data.present.sum(axis=1).tolist() == [1] * 16
    assert (data.present.argmax(axis=1) == data.labels).all()


def test_copies_with_other_labels_contradict_each_other(tmp_path: Path) -> None:
    labels = np.array([[1, 1], [1, 0], [0, 1], [1, 0]], np.uint8)
    images = noise(1, 4, 9, 9)
    images[1] = images[0]
    np.savez(tmp_path / "set.npz", train_images=images, train_labels=labels)
    findings = scan(tmp_path / "set.npz", tmp_path / "p").findings
    (found,) = [finding for finding in findings if finding.kind == "contradiction"]
    assert found.images == ("train_images[0] (0, 1, train)", "train_images[1] (0, train)")


def many(count: int, rates: tuple[float, ...]) -> Manifest:
    truth = np.random.default_rng(2).random((count, len(rates))) < rates
    items = []
    for number, row in enumerate(truth):
        labels = tuple(np.flatnonzero(row).tolist())
        digest = sha256_bytes(str(number).encode())
        first = next(iter(labels), -1)
        items.append(Item(f"{number}.png", first, digest, 8, 8, "L", labels=labels))
    return Manifest("csv", tuple(map(str, range(len(rates)))), tuple(items))


def test_each_part_gets_its_share_of_every_class_and_of_the_images_without() -> None:
    listed = many(1000, (0.4, 0.1, 0.02, 0.01))
    codes = split(listed, DataSpec(targets="multi", validation=0.2, test=0.2))
    counts = {part: Counter() for part in (TRAIN, VAL, TEST)}
    for item, code in zip(listed.items, codes.tolist(), strict=True):
        counts[code].update(item.every_label or (-1,))
    total = counts[TRAIN] + counts[VAL] + counts[TEST]
    for part, share in ((TRAIN, 0.6), (VAL, 0.2), (TEST, 0.2)):
        for label, count in total.items():
            assert abs(counts[part][label] - share * count) <= max(1.5, 0.02 * count)
    assert np.bincount(codes).tolist() == pytest.approx([600, 200, 200], abs=3)


def test_a_split_of_several_is_pure_and_keeps_copies_together() -> None:
    listed = many(200, (0.4, 0.1))
    twice = replace(listed, items=(*listed.items, *listed.items[:50]))
    spec = DataSpec(targets="multi", validation=0.2, test=0.2)
    codes = split(twice, spec)
    assert (codes[:50] == codes[200:]).all()
    assert (codes == split(twice, spec)).all()
    assert (codes != split(twice, spec.with_(split_seed=1))).any()
    back = replace(twice, items=twice.items[::-1])
    assert (split(back, spec)[::-1] == codes).all()


def test_the_rarest_class_trains_first_and_a_share_of_nothing_gets_nothing() -> None:
    labels = [Counter([0, 1]), Counter([0]), Counter(), Counter([0])]
    codes = stratify(labels, [1, 1, 1, 1], {TRAIN: 0.75, VAL: 0.25, TEST: 0.0})
    assert codes[0] == TRAIN
    assert TEST not in codes
    assert codes.count(VAL) == 1
