"""Arrays in .npz and IDX files: read by hand, bounded, never unpickled."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.data.sources.detect import list_source
from engine.data.sources.idx import list_idx
from engine.data.sources.npz import list_npz
from engine.errors import FoveaError
from tests.engine.data.pictures import idx, idx_folder, noise


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def whole(images: np.ndarray, labels: np.ndarray | None = None) -> dict[str, np.ndarray]:
    truth = np.arange(len(images)) % 2 if labels is None else labels
    return {"train_images": images, "train_labels": truth}


@pytest.mark.parametrize("kind", ["uint8", "uint16", ">u2"])
@pytest.mark.parametrize("shape", [(12, 9, 7), (12, 9, 7, 1), (12, 9, 7, 3)])
def test_images_come_in_blocks_with_their_values(
    tmp_path: Path, kind: str, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.data.sources.npz.BLOCK", 400)
    images = noise(1, *shape, kind=np.dtype(kind).newbyteorder("=").name).astype(kind)
    labels = np.arange(12).reshape(12, 1) % 3
    listing = list_npz(npz(tmp_path / "a.npz", **whole(images, labels)))
    (part,) = listing.parts
    blocks = list(part.blocks())
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks).reshape(shape), images)
    assert part.labels.tolist() == labels[:, 0].tolist()
    assert (part.name, part.split) == ("train_images", "train")


def test_keras_names_are_understood(tmp_path: Path) -> None:
    images = noise(1, 6, 8, 8)
    labels = np.arange(6) % 2
    path = npz(tmp_path / "m.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert [part.split for part in list_npz(path).parts] == ["train", "test"]


IMAGES = noise(2, 6, 8, 8)
REFUSED = {
    "no keys": ({"a": IMAGES, "b": np.arange(6)}, "It holds a, b."),
    "floats": (whole(IMAGES / 255), "uint8 or uint16"),
    "volumes": (whole(noise(1, 6, 8, 8, 8)), "shape"),
    "several labels": (whole(IMAGES, np.full((6, 14), 2)), "only 0 and 1"),
    "labels in a grid": (whole(IMAGES, np.zeros((6, 2, 2), int)), "one label an image"),
    "fewer labels": (whole(IMAGES, np.zeros(5, int)), "for 6 images"),
    "text labels": (whole(IMAGES, np.array(list("abcdef"))), "whole numbers"),
    "column order": (whole(np.asfortranarray(IMAGES)), "column by column"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_arrays_are_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    arrays, reason = REFUSED[name]
    with pytest.raises(FoveaError) as caught:
        list_npz(npz(tmp_path / "a.npz", **arrays))
    assert caught.value.code == "FV-D004"
    assert reason in caught.value.why


@pytest.mark.parametrize("key", ["train_images", "train_labels"])
def test_pickled_arrays_are_refused_and_never_unpickled(
    tmp_path: Path, key: str, unpickled: list[str]
) -> None:
    arrays = whole(IMAGES)
    arrays[key] = np.array([{"a": 1}] * 6, dtype=object)
    with pytest.raises(FoveaError) as caught:
        list_npz(npz(tmp_path / "a.npz", **arrays))
    assert "never loaded" in caught.value.why
    assert unpickled == []


def member(shape: str, payload: bytes = b"") -> bytes:
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + payload


HOSTILE = {
    "promises more": member("(6, 900000, 900000)", b"x"),
    "negative": member("(-6, 8, 8)", bytes(384)),
    "overflow": member(f"({2**40}, {2**40}, 8)"),
    "code": member("__import__('os').abort()"),
    "garbage": b"not numpy",
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_members_are_refused(tmp_path: Path, name: str) -> None:
    labels = io.BytesIO()
    np.save(labels, np.arange(6) % 2)
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train_images.npy", HOSTILE[name])
        archive.writestr("train_labels.npy", labels.getvalue())
    with pytest.raises(FoveaError) as caught:
        list_npz(path)
    assert caught.value.code == "FV-D004"


def test_a_zip_bomb_is_refused_from_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train_images.npy", member("(60, 1000, 1000)", bytes(60_000_000)))
    with pytest.raises(FoveaError) as caught:
        list_npz(path)
    assert "expand more than 100 times" in caught.value.why


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for _ in range(2):
            archive.writestr("train_images.npy", member("(1, 1, 1)", b"x"))
    with pytest.raises(FoveaError) as caught:
        list_npz(path)
    assert "twice" in caught.value.why


def test_a_flipped_bit_in_an_npz_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **whole(IMAGES))
    data = bytearray(path.read_bytes())
    data[data.index(IMAGES.tobytes()) + 100] ^= 4
    path.write_bytes(data)
    with pytest.raises(FoveaError) as caught:
        list_npz(path)
    assert "CRC" in caught.value.why


def test_a_damaged_npz_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    data = npz(tmp_path / "a.npz", **whole(IMAGES)).read_bytes()
    for cut in np.linspace(0, len(data) - 1, 20).astype(int):
        (tmp_path / "b.npz").write_bytes(data[:cut])
        with pytest.raises(FoveaError):
            list_npz(tmp_path / "b.npz")


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_of_a_folder_or_beside_a_file(tmp_path: Path, packed: bool) -> None:
    folder = idx_folder(tmp_path / "m", packed=packed)
    one_file = next(folder.glob("train-images*"))
    for source in (folder, one_file):
        listing, chosen = list_source(source, lambda *_: None)
        assert chosen == source
        assert [(part.split, part.shape) for part in listing.parts] == [
            ("train", (20, 8, 8, 1)),
            ("test", (10, 8, 8, 1)),
        ] or [part.split for part in listing.parts] == ["test", "train"]
        train = next(part for part in listing.parts if part.split == "train")
        np.testing.assert_array_equal(
            np.concatenate(list(train.blocks()))[..., 0], noise(0, 20, 8, 8)
        )


BAD_IDX = {
    "cut header": idx(IMAGES)[:9],
    "cut pixels": idx(IMAGES)[:-1],
    "too long": idx(IMAGES) + b"x",
    "floats": b"\0\0\x0d" + idx(IMAGES)[3:],
    "no dimensions": b"\0\0\x08\0",
    "other count": idx(IMAGES[:5]),
    "huge": b"\0\0\x08\x03" + b"\x7f\xff\xff\xff" * 3,
    "empty": b"",
}


def read_all(folder: Path) -> list[np.ndarray]:
    return [block for part in list_idx(folder).parts for block in part.blocks()]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", BAD_IDX)
def test_bad_idx_files_are_explained(tmp_path: Path, name: str, packed: bool) -> None:
    suffix, pack = (".gz", gzip.compress) if packed else ("", bytes)
    (tmp_path / f"train-images-idx3-ubyte{suffix}").write_bytes(pack(BAD_IDX[name]))
    labels = idx(np.zeros(6, np.uint8))
    (tmp_path / f"train-labels-idx1-ubyte{suffix}").write_bytes(pack(labels))
    with pytest.raises(FoveaError) as caught:
        read_all(tmp_path)
    assert caught.value.code == "FV-D005"


def test_missing_labels_and_damaged_gzip_are_explained(tmp_path: Path) -> None:
    folder = idx_folder(tmp_path / "m")
    file = folder / "train-images-idx3-ubyte.gz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(FoveaError) as caught:
        read_all(folder)
    assert caught.value.code == "FV-D005"
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FoveaError, match="IDX") as caught:
        list_idx(folder)
    assert "labels" in caught.value.why
