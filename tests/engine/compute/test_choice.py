"""Which arithmetic is taken, and the trial that decides where no rule can."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.compute import choice, trial
from engine.compute.choice import choose
from engine.compute.device import Arithmetic
from engine.compute.trial import Work, fastest
from engine.recipe import Training

CPU = torch.device("cpu")
PLAIN, LAST, HALF = Arithmetic(CPU), Arithmetic(CPU, "fp32", True), Arithmetic(CPU, "bf16", True)


Processor = Callable[[bool, bool], None]
Watch = Callable[[Work, Sequence[Arithmetic]], list[float]]


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Processor:
    """``processor(bf16, matrix_units)`` pretends one."""

    def pretend(bf16: bool, units: bool) -> None:
        monkeypatch.setattr(choice, "can_compute", lambda device, precision: bf16)
        monkeypatch.setattr(choice, "has_matrix_units", lambda device: units)

    return pretend


@pytest.mark.parametrize(
    ("bf16", "units", "macs", "wanted"),
    [
        (True, True, 10**9, HALF),
        (True, True, 10**4, PLAIN),
        (True, False, 10**9, PLAIN),
        (False, False, 10**9, PLAIN),
    ],
)
def test_without_a_trial_a_rule_decides(
    processor: Processor, bf16: bool, units: bool, macs: int, wanted: Arithmetic
) -> None:
    processor(bf16, units)
    assert choose(CPU, Training(), macs)[0] == wanted


@pytest.mark.parametrize(("bf16", "tried"), [(True, [PLAIN, LAST, HALF]), (False, [PLAIN, LAST])])
def test_a_trial_decides_where_there_is_enough_to_compute(
    processor: Processor, bf16: bool, tried: list[Arithmetic]
) -> None:
    processor(bf16, False)
    asked: list[Sequence[Arithmetic]] = []

    def pick_last(offered: Sequence[Arithmetic]) -> tuple[Arithmetic, str]:
        asked.append(offered)
        return offered[-1], "the fastest"

    found, why = choose(CPU, Training(), 10**9, pick_last)
    assert (asked, found) == ([tried], tried[-1])
    assert "channels last, the fastest" in why
    assert choose(CPU, Training(), 10**4, pick_last)[0] == PLAIN
    assert len(asked) == 1


def test_a_trial_that_fails_leaves_it_to_the_rule(processor: Processor) -> None:
    processor(True, True)
    assert choose(CPU, Training(), 10**9, lambda tried: None)[0] == HALF


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        ({"precision": "fp32"}, PLAIN),
        ({"precision": "bf16"}, HALF),
        ({"precision": "fp16"}, PLAIN),
        ({"precision": "fp32", "channels_last": "on"}, LAST),
        ({"precision": "bf16", "channels_last": "off"}, Arithmetic(CPU, "bf16", False)),
        ({"tf32": "off"}, Arithmetic(CPU, tf32=False)),
    ],
)
def test_the_recipe_has_the_last_word(
    processor: Processor, recipe: dict[str, Any], wanted: Arithmetic
) -> None:
    processor(True, False)
    assert choose(CPU, Training(**recipe), 10**9)[0] == wanted


def test_only_what_the_recipe_leaves_open_is_tried(processor: Processor) -> None:
    processor(True, False)
    recipe = Training(channels_last="off")
    seen: list[Arithmetic] = []
    choose(CPU, recipe, 10**9, lambda tried: seen.extend(tried))
    assert seen == [PLAIN, Arithmetic(CPU, "bf16", False)]


@pytest.mark.parametrize(
    ("bf16", "capability", "wanted"),
    [(True, (8, 0), "bf16"), (False, (7, 5), "fp16"), (False, (6, 1), "fp32")],
)
def test_a_card_is_chosen_for_by_rule(
    monkeypatch: pytest.MonkeyPatch,
    processor: Processor,
    bf16: bool,
    capability: tuple[int, int],
    wanted: str,
) -> None:
    processor(bf16, bf16)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    card = torch.device("cuda", 0)
    assert choose(card, Training(), 1)[0] == Arithmetic(card, wanted, True)
    asked = choose(card, Training(precision="fp16", channels_last="off"), 1)[0]
    assert asked == Arithmetic(card, "fp16", False)


def small_work(width: int = 4, dropout: float = 0.2) -> Work:
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, width, 3),
        torch.nn.BatchNorm2d(width),
        torch.nn.Dropout(dropout),
        torch.nn.Flatten(),
        torch.nn.Linear(width * 36, 3),
    )
    return Work(model, (1, 8, 8), 3, batch=16, macs=2_000)


def stopwatch(*seconds: float) -> Watch:
    """A measurement that says ``seconds``, and once only."""
    left = [list(seconds)]
    return lambda work, tried: left.pop()


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [((1.0, 0.99, 0.97), PLAIN), ((1.0, 0.9, 0.95), LAST), ((1.0, 0.9, 0.5), HALF)],
)
def test_plain_fp32_yields_only_to_what_is_clearly_faster(
    tmp_path: Path, seconds: tuple[float, ...], wanted: Arithmetic
) -> None:
    found = fastest(
        small_work(), [PLAIN, LAST, HALF], place=tmp_path / "kept", measure=stopwatch(*seconds)
    )
    assert found is not None
    assert found[0] == wanted


def test_an_outcome_is_kept_so_that_a_seed_repeats_its_run(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "kept.json"
    tried = [PLAIN, LAST]
    first = fastest(small_work(), tried, place=place, measure=stopwatch(1.0, 0.5))
    assert first is not None
    assert first[0] == LAST
    # A stopwatch that must not be asked again would raise IndexError here.
    never = stopwatch()
    never_again = [fastest(small_work(dropout=0.5), tried, place=place, measure=never)]
    assert [found and found[0] for found in never_again] == [LAST]
    other = fastest(small_work(width=5), tried, place=place, measure=stopwatch(0.5, 1.0))
    assert other is not None
    assert other[0] == PLAIN


def test_what_could_not_be_computed_once_is_measured_again(tmp_path: Path) -> None:
    place = tmp_path / "kept.json"
    outcomes = [[1.0, math.inf], [1.0, 0.5], []]
    asked = [trial.remembered("key", 2, lambda: outcomes.pop(0), place) for _ in range(3)]
    assert asked == [([1.0, math.inf], False), ([1.0, 0.5], False), ([1.0, 0.5], True)]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"x": 1}'])
def test_a_damaged_memory_is_measured_anew(tmp_path: Path, damage: str) -> None:
    place = tmp_path / "kept.json"
    place.write_text(damage)
    found = fastest(small_work(), [PLAIN, LAST], place=place, measure=stopwatch(1.0, 0.5))
    assert found is not None
    assert found[0] == LAST


def test_what_cannot_be_kept_is_not_decided_by_a_stopwatch(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "kept.json"
    assert fastest(small_work(), [PLAIN, LAST], place=place) is None


def test_of_several_that_ask_at_once_one_measures(tmp_path: Path) -> None:
    watch = stopwatch(1.0, 0.5)
    found: list[Arithmetic | None] = []

    def ask() -> None:
        got = fastest(small_work(), [PLAIN, LAST], place=tmp_path / "kept", measure=watch)
        found.append(got and got[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [LAST] * 4


def test_a_trial_leaves_model_and_random_state_alone(tmp_path: Path) -> None:
    work = small_work()
    before = {name: value.clone() for name, value in work.model.state_dict().items()}
    state = torch.random.get_rng_state()
    found = fastest(work, [PLAIN, LAST, HALF], place=tmp_path / "kept")
    assert found is not None
    assert found[0] in (PLAIN, LAST, HALF)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in work.model.state_dict().items())
    assert all(weight.grad is None for weight in work.model.parameters())


def test_a_model_that_cannot_be_tried_is_left_to_the_rule(tmp_path: Path) -> None:
    work = small_work()
    for weight in work.model.parameters():
        weight.requires_grad_(False)  # nothing to compute backwards
    assert fastest(work, [PLAIN, LAST], place=tmp_path / "kept") is None


def test_a_trial_that_failed_is_made_again(tmp_path: Path) -> None:
    def fail(work: Work, tried: Sequence[Arithmetic]) -> list[float]:
        raise RuntimeError("no memory at the moment")

    place = tmp_path / "kept.json"
    assert fastest(small_work(), [PLAIN, LAST], place=place, measure=fail) is None
    found = fastest(small_work(), [PLAIN, LAST], place=place, measure=stopwatch(1.0, 0.5))
    assert found is not None
    assert found[0] == LAST


def test_copies_that_would_fill_the_memory_are_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "available_memory", lambda: 1_000)
    assert fastest(small_work(), [PLAIN, LAST], place=tmp_path / "kept") is None
