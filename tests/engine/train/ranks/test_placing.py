"""Which card each of several processes takes."""

from __future__ import annotations

import pytest
import torch

from engine.errors import FoveaError
from engine.train.ranks.group import SeveralRanks

OLD, NEW = (6, 1), (8, 6)


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The capabilities of this machine's cards, for a torch with code for 7.5 and later."""
    found = [OLD, NEW, (7, 0), (9, 0)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(found))
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90"])
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: found[index])
    return found


@pytest.fixture
def current(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The cards that became the current one."""
    chosen: list[int] = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    return chosen


def rank(local: int, world: int = 2) -> SeveralRanks:
    """One process of several, without a group."""
    made = SeveralRanks.__new__(SeveralRanks)
    made.rank = made._local = local
    made.world = world
    return made


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_processes_take_the_usable_cards(cards, current, device: str) -> None:
    assert [rank(local).place(device) for local in range(2)] == ["cuda:1", "cuda:3"]
    assert current == [1, 3]


def test_cards_too_old_are_not_counted(cards, current) -> None:
    with pytest.raises(FoveaError) as caught:
        rank(0, world=3).place("auto")
    assert "3 processes and 2 CUDA devices" in caught.value.why
    assert "at most 2 processes" in caught.value.fix
    assert current == []


def test_without_a_usable_card_auto_is_the_processor(cards, current) -> None:
    cards[:] = [OLD, OLD]
    assert rank(1).place("auto") == "cpu"
    with pytest.raises(FoveaError) as caught:
        rank(1).place("cuda")
    assert "no CUDA devices" in caught.value.why
    assert caught.value.fix == "Choose the device cpu."
    assert current == []


def test_the_processor_stays_what_it_is(cards, current) -> None:
    assert rank(1).place("cpu") == "cpu"
    assert current == []
