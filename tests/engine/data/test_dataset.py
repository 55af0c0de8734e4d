"""The data set: pixels as decoded, a cache that is trusted only when whole."""

from __future__ import annotations

import os
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from engine.data.cache import GUARD
from engine.data.dataset import Dataset, open_dataset
from engine.data.decode import decode
from engine.data.reader import ImageReader
from engine.data.scan import Scan, scan
from engine.errors import Cancelled, FoveaError
from tests.engine.data.pictures import class_folders, encoded, idx_folder, noise


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "p"


@pytest.fixture
def found(tmp_path: Path, project: Path) -> Scan:
    return scan(class_folders(tmp_path / "s", {"a": 30, "b": 10}, side=12), project)


def opened(found: Scan, project: Path, **options: object) -> Dataset:
    return open_dataset(found.spec, found.manifest, project, **options)


def kept(project: Path) -> list[str]:
    """What of images is in the folder of caches."""
    return sorted(name for name in os.listdir(project / "cache") if name != GUARD)


def test_images_labels_and_splits_stand_in_the_manifests_order(
    found: Scan, project: Path, tmp_path: Path
) -> None:
    data = opened(found, project)
    assert data.images.shape == (40, 3, 12, 12)
    assert data.images.dtype == np.uint8
    assert data.labels.tolist() == [0] * 30 + [1] * 10
    assert np.bincount(data.split).tolist() == [28, 6, 6]
    assert data.paths[0] == "a/a_000.png"
    assert data.scale == 1 / 255
    for row in (0, 17, 39):
        original = np.asarray(Image.open(tmp_path / "s" / data.paths[row]))
        np.testing.assert_array_equal(data.images[row], np.moveaxis(original, 2, 0))


def test_the_second_opening_reads_the_cache_alone(
    found: Scan, project: Path, tmp_path: Path
) -> None:
    first = opened(found, project)
    (tmp_path / "s").rename(tmp_path / "gone")
    told = []
    second = opened(found, project, progress=lambda *news: told.append(news))
    np.testing.assert_array_equal(first.images, second.images)
    assert told == []
    assert not second.images.flags.writeable
    assert len(kept(project)) == 2


def test_other_settings_have_another_cache_and_old_ones_go(found: Scan, project: Path) -> None:
    for size in (8, 9, 10, 11, 12, 13):
        changed = found.spec.with_(size=size)
        data = open_dataset(changed, found.manifest, project)
        assert data.images.shape[-1] == size
    assert len(list((project / "cache").glob("pixels-*.json"))) == 4
    split_only = found.spec.with_(size=13, validation=0.3)
    before = kept(project)
    open_dataset(split_only, found.manifest, project)
    assert kept(project) == before


def test_unfinished_caches_do_not_pile_up(found: Scan, project: Path, tmp_path: Path) -> None:
    (tmp_path / "s/a/a_003.png").unlink()
    for size in (8, 9, 10, 11, 12, 13):
        open_dataset(found.spec.with_(size=size), found.manifest, project)
    assert len(kept(project)) == 4


def test_a_list_of_other_classes_is_refused(found: Scan, project: Path) -> None:
    for classes in (("b", "a"), ("a", "b", "c"), ("a",)):
        with pytest.raises(FoveaError) as caught:
            open_dataset(found.spec.with_(classes=classes), found.manifest, project)
        assert caught.value.code == "FV-D020"


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[1234] ^= 1
    path.write_bytes(data)


def _remove(path: Path) -> None:
    path.unlink()


def _note(path: Path) -> None:
    path.with_suffix(".json").write_text('{"fovea_cache": 1}')


@pytest.mark.parametrize("harm", [_cut, _flip, _remove, _note])
def test_a_damaged_cache_is_built_anew(found: Scan, project: Path, harm: object) -> None:
    whole = np.array(opened(found, project).images)
    harm(next((project / "cache").glob("*.u8")))
    np.testing.assert_array_equal(opened(found, project).images, whole)


def test_cancelling_and_a_full_disc_leave_no_cache(
    found: Scan, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, total: int, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        opened(found, project, progress=stop)
    assert kept(project) == []
    usage = namedtuple("usage", "total used free")(9, 9, 10)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(FoveaError) as caught:
        opened(found, project)
    assert caught.value.code == "FV-O001"
    assert "17,280 bytes are needed; 10 bytes are free" in caught.value.why


def test_a_few_lost_images_are_left_out_and_tried_again(
    found: Scan, project: Path, tmp_path: Path
) -> None:
    gone, changed = tmp_path / "s/a/a_003.png", tmp_path / "s/b/b_004.png"
    kept = gone.read_bytes()
    gone.unlink()
    changed.write_bytes(encoded(noise(99, 12, 12, 3)))
    data = opened(found, project)
    assert data.split[[3, 34]].tolist() == [-1, -1]
    assert not data.images[3].any()
    (finding,) = data.findings
    assert finding.images[1] == "b/b_004.png: The file has changed since the scan."
    gone.write_bytes(kept)
    assert opened(found, project).split[3] != -1


def test_too_many_lost_images_stop_with_the_reason(
    found: Scan, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "s").rename(tmp_path / "moved")
    with pytest.raises(FoveaError) as caught:
        opened(found, project)
    assert caught.value.code == "FV-D011"
    assert "a/a_000.png" in caught.value.why


def test_a_class_without_training_images_is_named(tmp_path: Path, project: Path) -> None:
    result = scan(class_folders(tmp_path / "s", {"a": 5, "void": 0, "b": 5}), project)
    with pytest.raises(FoveaError, match="“void” has no image to train on") as caught:
        opened(result, project)
    assert caught.value.code == "FV-D012"
    single = scan(class_folders(tmp_path / "t", {"a": 1, "b": 1}), project)
    with pytest.raises(FoveaError, match="no image for validation"):
        opened(single, project)


def test_rows_of_arrays_go_the_same_way(tmp_path: Path, project: Path) -> None:
    result = scan(idx_folder(tmp_path / "m"), project)
    data = opened(result, project)
    assert data.images.shape == (30, 1, 8, 8)
    start = data.paths.index("train-images-idx3-ubyte.gz[0]")
    np.testing.assert_array_equal(data.images[start : start + 20, 0], noise(0, 20, 8, 8))
    idx_folder(tmp_path / "m", train=15, test=10)
    (project / "cache").rename(project / "old")
    with pytest.raises(FoveaError) as caught:
        opened(result, project)
    assert caught.value.code == "FV-D011"


def test_16_bit_sets_keep_16_bits(tmp_path: Path, project: Path) -> None:
    images = noise(1, 12, 8, 8, kind="uint16")
    np.savez(tmp_path / "a.npz", train_images=images, train_labels=np.arange(12) % 2)
    result = scan(tmp_path / "a.npz", project)
    data = open_dataset(result.spec.with_(window="full"), result.manifest, project)
    assert data.images.dtype == np.uint16
    np.testing.assert_array_equal(data.images[:, 0], images)
    assert data.scale == 1 / 65535


def test_single_images_equal_the_rows(found: Scan, project: Path, tmp_path: Path) -> None:
    data = opened(found, project)
    reader = ImageReader(found.spec, found.manifest, project)
    np.testing.assert_array_equal(reader.pixels(7), data.images[7])
    small = reader.thumbnail(7, 24)
    assert small.shape == (24, 24, 3)
    (tmp_path / "s/a/a_007.png").write_bytes(b"")
    with pytest.raises(FoveaError) as caught:
        reader.pixels(7)
    assert (caught.value.code, caught.value.why) == ("FV-D010", "The file is empty.")
    with pytest.raises(FoveaError):
        reader.thumbnail(7, 24)


def test_single_rows_come_from_the_cache_without_opening_the_data_set(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = noise(1, 12, 8, 8)
    np.savez(tmp_path / "a.npz", train_images=images, train_labels=np.arange(12) % 2)
    result = scan(tmp_path / "a.npz", project)
    first = ImageReader(result.spec, result.manifest, project)
    np.testing.assert_array_equal(first.pixels(7)[0], images[7])
    monkeypatch.setattr("engine.data.reader.open_dataset", lambda *_: pytest.fail("opened again"))
    again = ImageReader(result.spec, result.manifest, project)
    np.testing.assert_array_equal(again.pixels(7)[0], images[7])


def test_bytes_and_file_decode_alike(found: Scan, tmp_path: Path) -> None:
    path = tmp_path / "s/a/a_000.png"
    np.testing.assert_array_equal(decode(path, found.spec), decode(path.read_bytes(), found.spec))


def test_what_another_process_decodes_is_waited_for(found: Scan, project: Path) -> None:
    opened(found, project)
    (note,) = (project / "cache").glob("pixels-*.json")
    aside = note.rename(project / "aside")
    other, told = FileLock(project / "cache" / GUARD), set[str]()

    def progress(_done: int, _total: int, text: str) -> None:
        told.add(text)
        aside.rename(note)
        other.release()

    with other.acquire():
        data = opened(found, project, progress=progress)
    assert len(data.images) == 40
    assert told == {"Waiting for another process that decodes these images"}  # and none decoded


def test_a_wait_can_be_cancelled(found: Scan, project: Path) -> None:
    (project / "cache").mkdir(parents=True)

    def progress(*_: object) -> None:
        raise Cancelled

    with FileLock(project / "cache" / GUARD), pytest.raises(Cancelled):
        opened(found, project, progress=progress)
    assert len(opened(found, project).images) == 40
