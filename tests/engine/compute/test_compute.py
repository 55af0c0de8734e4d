"""Device, images and scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.compute import device as devices
from engine.compute.device import Arithmetic, choose_device, describe, machine
from engine.compute.images import Images, Normalisation, Normaliser, measure
from engine.compute.score import score
from engine.compute.walk import Walk
from engine.errors import Cancelled, FoveaError

CPU = torch.device("cpu")


def test_normalisation_equals_numpy() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (700, 3, 5, 4), dtype=np.uint8)
    found = measure(pixels, np.arange(700), 1 / 255)
    scaled = pixels / 255
    assert found.mean == pytest.approx(scaled.mean(axis=(0, 2, 3)))
    assert found.std == pytest.approx(scaled.std(axis=(0, 2, 3)))
    assert Normalisation.from_json(found.to_json()) == found


def test_flat_images_are_not_divided_by_zero() -> None:
    found = measure(np.full((9, 1, 4, 4), 7, np.uint8), np.arange(9), 1 / 255)
    result = Normaliser(found, CPU)(torch.full((2, 1, 4, 4), 7 / 255))
    assert result.abs().max() < 1e-4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_batches_are_the_rows_asked_for(dtype: type) -> None:
    top = np.iinfo(dtype).max
    pixels = np.arange(6 * 4, dtype=np.int64).reshape(6, 1, 2, 2) + top - 23
    images = Images(pixels.astype(dtype), np.arange(6), CPU)
    got = images.batch(images.order(np.array([5, 0, 5])))
    assert (got.numpy() == pixels[[5, 0, 5]]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_walk_gives_what_batches_give(dtype: type) -> None:
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, np.iinfo(dtype).max, (50, 3, 4, 4), dtype=dtype, endpoint=True)
    images, rows = Images(pixels, np.zeros(50), CPU), draw.permutation(50)[:43]
    walk, order = Walk(images).along(rows), images.order(rows)
    for start in (0, 10, 20, 30, 40, 0):
        places = slice(start, start + 10)
        assert torch.equal(walk(places), images.batch(order[places]))
        assert walk(places).dtype == images.batch(order[places]).dtype


@pytest.mark.parametrize("row", [-1, 50])
def test_a_walk_refuses_rows_that_are_not_there(row: int) -> None:
    images = Images(np.zeros((50, 1, 2, 2), np.uint8), np.zeros(50), CPU)
    with pytest.raises(IndexError):
        Walk(images).along(np.array([3, row]))


def test_a_read_only_memory_map_gives_batches_without_a_warning(tmp_path: object) -> None:
    path = f"{tmp_path}/pixels.npy"
    np.save(path, np.arange(16, dtype=np.uint8).reshape(4, 1, 2, 2))
    images = Images(np.load(path, mmap_mode="r"), np.zeros(4), CPU)
    assert images.batch(torch.tensor([3])).sum() == 12 + 13 + 14 + 15


@pytest.mark.parametrize("arithmetic", [Arithmetic(CPU), Arithmetic(CPU, "bf16", True)])
def test_scores_keep_the_order_and_need_no_batch_size(arithmetic: Arithmetic) -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(1), torch.nn.Flatten(), torch.nn.Linear(4, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (600, 1, 2, 2), dtype=np.uint8)
    rows = np.random.default_rng(1).permutation(600)
    values = Normalisation((0.5,), (0.25,))
    got = score(
        arithmetic.place(model),
        Images(pixels, np.zeros(600), CPU),
        rows,
        scale=1 / 255,
        normaliser=Normaliser(values, CPU),
        arithmetic=arithmetic,
    )
    with torch.inference_mode(), arithmetic.autocast():
        inputs = (torch.from_numpy(pixels[rows]) / 255 - 0.5) / 0.25
        wanted = model(inputs).float()
    torch.testing.assert_close(got, wanted, rtol=1e-2, atol=1e-2)
    assert not model.training


def test_scoring_can_be_cancelled() -> None:
    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        score(
            torch.nn.Flatten(),
            Images(np.zeros((4, 1, 2, 2), np.uint8), np.zeros(4), CPU),
            np.arange(4),
            scale=1.0,
            normaliser=Normaliser(Normalisation((0.0,), (1.0,)), CPU),
            arithmetic=Arithmetic(CPU),
            progress=cancel,
        )


def test_a_recorded_arithmetic_is_used_only_where_it_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "_has_bf16", lambda device: True)
    kept = Arithmetic(CPU, "bf16", True)
    assert Arithmetic.from_json(kept.to_json()) == kept
    monkeypatch.setattr(devices, "_has_bf16", lambda device: False)
    assert Arithmetic.from_json(kept.to_json()) is None
    assert Arithmetic.from_json({"device": "cuda:63", "precision": "fp32"}) is None
    assert Arithmetic.from_json(kept.to_json() | {"precision": "fp16"}) is None


def test_runs_from_before_tf32_could_be_chosen_go_on_with_it() -> None:
    said = Arithmetic(CPU).to_json()
    del said["tf32"]
    assert Arithmetic.from_json(said) == Arithmetic(CPU)
    exact = Arithmetic(CPU, tf32=False)
    assert Arithmetic.from_json(exact.to_json()) == exact


def test_a_missing_card_is_a_clear_error() -> None:
    with pytest.raises(FoveaError) as caught:
        choose_device("cuda:63")
    assert caught.value.code == "FV-T006"
    assert caught.value.fix


@pytest.mark.parametrize("name", ["gpu", "", "mps", "meta", "cuda:x", "cuda:9999999999", "CPU"])
def test_what_is_no_device_is_refused_in_words(name: str) -> None:
    with pytest.raises(FoveaError) as caught:
        choose_device(name)
    assert caught.value.code == "FV-T006"
    assert "auto, cpu, cuda" in caught.value.why


def test_a_resumed_run_uses_the_units_of_a_card_that_the_run_began_with() -> None:
    matmul = torch.backends.cuda.matmul
    before, matmul.allow_tf32 = matmul.allow_tf32, False
    try:
        Arithmetic(torch.device("cuda", 0)).place(torch.nn.Identity())
        assert matmul.allow_tf32
        Arithmetic(torch.device("cuda", 0), tf32=False).place(torch.nn.Identity())
        assert not matmul.allow_tf32
    finally:
        matmul.allow_tf32 = before


@pytest.mark.parametrize("value", [None, {}, {"mean": 1, "std": [1]}, {"mean": ["x"], "std": [1]}])
def test_a_damaged_normalisation_is_an_error_in_words(value: object) -> None:
    with pytest.raises(FoveaError) as caught:
        Normalisation.from_json(value)
    assert caught.value.code == "FV-T002"


def test_a_sentence_says_where_the_images_are(tmp_path: Path) -> None:
    pixels = np.zeros((1_200, 1, 28, 28), np.uint8)
    assert Images(pixels, np.zeros(1_200), CPU).where == (
        "Data: 1,200 images (0.941 MB) in main memory."
    )
    np.save(tmp_path / "pixels.npy", pixels)
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    assert "memory-mapped cache" in Images(mapped, np.zeros(1_200), CPU).where


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_streamed_images_equal_resident_ones(dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (500, 3, 9, 9), dtype=dtype)
    resident = Images(pixels, np.zeros(500), choose_device("cuda"))
    streamed = Images(pixels, np.zeros(500), choose_device("cuda"), share=0.0)
    assert (resident.resident, streamed.resident) == (True, False)
    assert "streamed from main memory" in streamed.where
    rows = np.random.default_rng(1).permutation(500)
    one, other = resident.order(rows), streamed.order(rows)
    batches = [slice(start, start + 50) for start in range(0, 500, 50)]
    got = [streamed.batch(other[part]) for part in batches]  # all on their way at once
    for part, batch in zip(batches, got, strict=True):
        assert torch.equal(batch, resident.batch(one[part]))


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_resident_images_equal_gathered_ones(dtype: type) -> None:
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (50, 3, 9, 9), dtype=dtype)
    images = Images(pixels, np.zeros(50), choose_device("cuda"))
    rows = images.order(np.array([49, 3, 3]))
    assert images.resident
    assert (images.batch(rows).cpu().numpy() == pixels[[49, 3, 3]]).all()


@pytest.fixture
def threads() -> Iterator[None]:
    """Puts torch's number of threads back afterwards."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("cores", "used"), [(1, 1), (2, 1), (8, 7)])
def test_one_core_is_left_to_the_window(
    monkeypatch: pytest.MonkeyPatch, threads: None, cores: int, used: int
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(devices, "_cores", lambda: cores)
    torch.set_num_threads(3)
    devices.use_threads(None)
    assert torch.get_num_threads() == used


def test_the_number_of_threads_that_somebody_set_is_kept(
    monkeypatch: pytest.MonkeyPatch, threads: None
) -> None:
    torch.set_num_threads(3)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    devices.use_threads(None)
    assert torch.get_num_threads() == 3
    devices.use_threads(1)
    assert torch.get_num_threads() == 1


def test_the_machine_is_described_for_estimates() -> None:
    found = machine(CPU)
    assert (found.name, found.graphics) == (describe(CPU), False)
    assert found.memory is None or found.memory > 2**28
