"""The real sets: what is known of them must be what a scan says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from engine.data.dataset import open_dataset
from engine.data.picture import Unreadable
from engine.data.quiet import quiet_decoders
from engine.data.reading import read_picture
from engine.data.scan import scan


def test_wbc_bmp_has_one_tiny_class_and_one_identical_pair(
    shared_data: Path, tmp_path: Path
) -> None:
    result = scan(shared_data / "wbc_bmp_1", tmp_path)
    found = {finding.kind: finding for finding in result.findings}
    assert len(result.manifest.items) == 300
    assert found["tiny_class"].images == ("basophil/291.bmp",)
    assert len(found["duplicate"].images) == 2
    data = open_dataset(result.spec, result.manifest, tmp_path)
    assert data.images.shape == (300, 3, 96, 96)


def test_worm_tiles_keep_16_bits_and_their_plates_together(
    shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "tiff16_worm_tiles"
    result = scan(source, tmp_path, group_by="prefix")
    assert (result.spec.depth, result.spec.size, len(result.manifest.items)) == (16, 80, 112)
    assert result.spec.window_high == 4095
    spec = result.spec.with_(window="full")
    data = open_dataset(spec, result.manifest, tmp_path)
    for row in (0, 60, 111):
        np.testing.assert_array_equal(
            data.images[row, 0], tifffile.imread(source / data.paths[row])
        )
    plates: dict[str, set[int]] = {}
    for path, code in zip(data.paths, data.split.tolist(), strict=True):
        plates.setdefault(Path(path).name.split("_")[0], set()).add(code)
    assert all(len(codes) == 1 for codes in plates.values())
    assert set.union(*plates.values()) >= {0, 1}


def test_breastmnist_has_its_splits_and_its_leak(shared_data: Path, tmp_path: Path) -> None:
    result = scan(shared_data / "medmnist" / "breastmnist.npz", tmp_path)
    data = open_dataset(result.spec, result.manifest, tmp_path)
    assert np.bincount(data.split).tolist() == [546, 78, 156]
    kinds = {finding.kind for finding in result.findings}
    assert "leak" in kinds
    assert "contradiction" in kinds  # the leaked image carries another label in test


@pytest.mark.slow
def test_blood_smears_scan_and_open(shared_data: Path, tmp_path: Path) -> None:
    result = scan(shared_data / "bccd_wbc", tmp_path)
    assert len(result.manifest.items) == 350
    assert {finding.kind for finding in result.findings} >= {"imbalance", "tiny_class"}
    data = open_dataset(result.spec, result.manifest, tmp_path)
    assert np.bincount(data.labels[data.split == 1]).min() >= 1


@pytest.mark.parametrize("folder", ["real", "made", "valid_but_odd"])
def test_broken_files_never_break_the_reader(shared_data: Path, folder: str) -> None:
    read, refused = set(), set()
    with quiet_decoders():
        for path in sorted((shared_data / "broken" / folder).iterdir()):
            try:
                read_picture(path.read_bytes())
                read.add(path.name)
            except Unreadable as error:
                refused.add(path.name)
                assert len(str(error)) > 10, path.name  # noqa: PT017
    if folder == "real":  # these two decode with imagecodecs; Pillow refuses them
        assert read <= {"hopper_webp.tif", "crash-81154a65438ba5aaeca73fd502fa4850fbde60f8.tif"}
    if folder == "made":
        assert {"truncated_half.jpg", "zero_filled_after_2k.jpg", "truncated_half.png"} <= refused
        assert {"UPPER.JPG", "jpeg_named.png", "no_extension"} <= read
    if folder == "valid_but_odd":
        other_formats = {name for name in refused if Path(name).suffix in (".jp2", ".j2k", ".ppm")}
        assert refused - other_formats == {"hopper.Lab.tif", "tiff_strip_cmyk_16l_jpeg.tif"}
