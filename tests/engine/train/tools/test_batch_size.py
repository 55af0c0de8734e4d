"""The batch size finder: the rule by numbers, the search by a simulated limit, and real steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from engine.cli.main import main
from engine.errors import Cancelled, FoveaError
from engine.project.document import Project
from engine.recipe import Training
from engine.train.tools import batch_probe, batch_size
from engine.train.tools.batch_size import _climb, _close_in, find_batch_size, fits
from engine.train.tools.batch_size import suggest_batch_size as suggest
from engine.train.tools.batch_sizes import Trial, choose_size, smaller, with_size
from tests.engine.train.tools.conftest import Contents


def trial(size: int, speed: float) -> Trial:
    return Trial(size, True, size / speed, speed)


def chosen(speeds: dict[int, float], *, current: int = 8, images: int = 100_000, epochs: int = 10):
    trials = [trial(size, speed) for size, speed in speeds.items()]
    return choose_size(
        trials,
        images=images,
        epochs=epochs,
        current=current,
        largest=max(speeds),
        largest_measured=True,
    )


# The choice


def test_the_smallest_size_that_is_nearly_as_fast_is_suggested() -> None:
    found = chosen({8: 100, 16: 190, 32: 300, 64: 310, 128: 305})
    assert found.fastest == 32
    assert found.suggestion == 32
    assert "as fast as more" in found.how


def test_a_run_keeps_a_thousand_updates() -> None:
    found = chosen({32: 100, 64: 200, 128: 400, 256: 800}, images=4_000, epochs=20)
    assert found.fastest == 256
    assert found.suggestion == 64  # 20 x 63 updates; with 128 there would be 640
    assert "only 320 updates" in found.how


def test_for_more_updates_no_size_below_32_is_suggested() -> None:
    found = chosen({8: 100, 16: 200, 32: 300, 64: 400}, images=100, epochs=3)
    assert found.suggestion == 32
    assert "more epochs" in found.how
    assert chosen({8: 100, 16: 200}, images=100, epochs=3).suggestion == 16


def test_the_project_s_size_stays_when_it_is_as_fast() -> None:
    found = chosen({32: 300, 64: 305, 128: 310}, current=64)
    assert found.fastest == 32
    assert found.suggestion == 64
    assert "can stay" in found.how


def test_the_project_s_size_does_not_stay_when_it_leaves_too_few_updates() -> None:
    assert chosen({8: 300, 512: 300}, current=512, images=1_000, epochs=20).suggestion == 8


def test_nothing_fits() -> None:
    found = choose_size(
        [Trial(8, False), Trial(4, False), Trial(2, False)],
        images=100,
        epochs=1,
        current=8,
        largest=None,
        largest_measured=True,
    )
    assert (found.largest, found.fastest, found.suggestion) == (None, None, None)
    assert "smaller model" in found.how


# The search


def searched(memory: int, speed: Callable[[int], float], *, card: bool, limit: int = 65_536):
    """The sizes that the search tries where ``memory`` images fit."""
    trials: dict[int, Trial] = {}

    def attempt(size: int) -> Trial:
        assert size not in trials, "a size is tried once"
        assert size <= limit
        trials[size] = trial(size, speed(size)) if size <= memory else Trial(size, False)
        return trials[size]

    _climb(attempt, limit, card=card)
    if card:
        _close_in(attempt, trials)
    return trials


@pytest.mark.parametrize("memory", [8, 13, 100, 777, 5_000, 65_536])
def test_a_card_s_limit_is_found_to_an_eighth(memory: int) -> None:
    trials = searched(memory, lambda _: 100.0, card=True)
    largest = max(size for size, tried in trials.items() if tried.fits)
    assert memory / 1.125 - 1 <= largest <= memory
    assert len(trials) <= 20


@pytest.mark.parametrize(("memory", "largest"), [(7, 7), (5, 5), (3, 3), (2, 2), (1, None)])
def test_less_than_eight_are_tried_where_eight_do_not_fit(memory: int, largest) -> None:
    trials = searched(memory, lambda _: 100.0, card=True)
    assert max((size for size, tried in trials.items() if tried.fits), default=None) == largest


def test_a_processor_stops_where_speed_is_no_longer_gained() -> None:
    trials = searched(65_536, lambda size: min(size, 32) * 10.0, card=False)
    assert list(trials) == [8, 16, 32, 64, 128]


def test_a_processor_stops_where_a_step_takes_long() -> None:
    trials = searched(65_536, lambda size: 1.0 * size**0.1, card=False)
    assert list(trials) == [8, 16]


def test_there_are_no_more_images_than_images() -> None:
    assert list(searched(65_536, float, card=True, limit=60)) == [8, 16, 32]
    assert list(searched(65_536, float, card=True, limit=5)) == [5]


# Real steps


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``room(20)``: more than 20 images at a time are out of memory, as torch tells it."""
    monkeypatch.setattr(batch_size, "SECONDS", 0.01)
    real = torch.nn.Conv2d.forward

    def limit(most: int) -> None:
        def forward(self: torch.nn.Conv2d, images: torch.Tensor) -> torch.Tensor:
            if len(images) > most:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return real(self, images)

        monkeypatch.setattr(torch.nn.Conv2d, "forward", forward)

    return limit


def test_real_steps_find_what_fits_and_change_nothing(
    project: Project, folder: Path, contents: Contents, room: Callable[[int], None]
) -> None:
    room(20)
    before, told = contents(), []
    found = find_batch_size(project, folder, on_trial=told.append)
    assert contents() == before
    assert [(t.size, t.fits) for t in found.trials] == [(8, True), (16, True), (32, False)]
    assert tuple(told) == found.trials
    assert found.largest == 16
    assert found.largest_measured
    assert found.suggestion in (8, 16)
    assert all(t.images_per_second > 0 for t in found.trials if t.fits)


def test_the_project_s_own_size_is_among_them(
    project: Project, folder: Path, room: Callable[[int], None]
) -> None:
    room(1_000)
    found = find_batch_size(with_size(project, 12), folder)
    assert 12 in [t.size for t in found.trials]
    assert found.current == 12


def test_on_a_processor_the_estimate_is_the_limit(
    project: Project,
    folder: Path,
    room: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room(1_000)
    monkeypatch.setattr(batch_probe, "_limit", lambda *_: 12)
    found = find_batch_size(project, folder)
    assert [t.size for t in found.trials] == [8]
    assert found.largest == 12
    assert not found.largest_measured
    assert not fits(with_size(project, 16), folder)


def test_nothing_is_tried_where_not_even_one_image_fits(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_probe, "_limit", lambda *_: 0)
    found = find_batch_size(project, folder)
    assert (found.trials, found.suggestion) == ((), None)


def test_accumulation_does_not_hide_what_fits(
    project: Project, folder: Path, room: Callable[[int], None]
) -> None:
    room(20)
    parts = project.with_(training=project.training.with_(accumulation=4))
    assert find_batch_size(parts, folder).largest == 16


def test_another_failure_is_not_taken_for_memory(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(torch.nn.Conv2d, "forward", broken)
    with pytest.raises(FoveaError) as raised:
        find_batch_size(project, folder)
    assert raised.value.code == "FV-T000"
    assert "planted" in raised.value.why


def test_progress_can_cancel_it(project: Project, folder: Path) -> None:
    def stop(done: int, total: int, text: str) -> None:
        if text.startswith("Batch size") and done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_batch_size(project, folder, progress=stop)


# After a run was out of memory


def test_a_half_that_fits_is_suggested(
    project: Project, folder: Path, room: Callable[[int], None]
) -> None:
    room(10)
    assert suggest(with_size(project, 60), folder) == 7  # 30 and 15 do not fit
    assert not fits(with_size(project, 60), folder)
    assert fits(with_size(project, 7), folder)
    room(1)
    assert suggest(with_size(project, 60), folder) is None


def test_the_same_batch_in_parts_fits(
    project: Project, folder: Path, room: Callable[[int], None]
) -> None:
    room(16)
    large = with_size(project, 32)
    assert not fits(large, folder)
    parted = large.with_(training=smaller(large.training))
    assert parted.training.batch_size == 32
    assert fits(parted, folder)


def test_smaller_keeps_the_images_per_update() -> None:
    recipe = Training(batch_size=32)
    once = smaller(recipe)
    assert once == recipe.with_(accumulation=2)
    assert smaller(once).accumulation == 4
    with pytest.raises(FoveaError) as refused:
        smaller(Training(batch_size=2))
    assert refused.value.code == "FV-H002"


def test_the_command_prints_trials_and_the_choice(project: Project, folder: Path) -> None:
    result = CliRunner().invoke(main, ["batch-size", str(folder), "--json"])
    assert result.exit_code == 0, result.stderr
    *trials, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["event"] for line in trials] == ["trial"] * len(trials)
    assert last["event"] == "batch_size"
    assert last["trials"] == [{k: v for k, v in t.items() if k != "event"} for t in trials]
    assert f"Suggested batch size: {last['suggestion']}" in result.stderr


@pytest.mark.gpu
def test_on_a_card_it_closes_in_and_tells_the_memory(
    project: Project, folder: Path, room: Callable[[int], None]
) -> None:
    room(20)
    found = find_batch_size(project, folder, device="cuda")
    assert found.largest in (19, 20)
    assert found.largest_measured
    assert all(tried.memory for tried in found.trials if tried.fits)
