"""Shares of batches, and what torchrun says, without any process."""

from __future__ import annotations

import itertools

import pytest

from engine.errors import FoveaError
from engine.train.ranks.launch import Launch, launched
from engine.train.ranks.shares import Shares

TORCHRUN = {
    "RANK": "1",
    "LOCAL_RANK": "1",
    "WORLD_SIZE": "2",
    "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "29500",
}


@pytest.mark.parametrize("world", [2, 3, 5])
def test_shares_make_the_batch_and_their_weighted_mean_is_its_mean(world: int) -> None:
    ranks = [Shares(rank, world) for rank in range(world)]
    for whole in range(2, 40):
        parts = [range(100)[shares.part(slice(60, 60 + whole), 90)] for shares in ranks]
        rows, dealt = list(range(60, min(90, 60 + whole))), min(whole, 30) >= 2 * world
        assert list(itertools.chain(*parts)) == rows * (1 if dealt else world)
        assert min(map(len, parts)) == ranks[0].fewest(len(rows)) >= 2
        weights = [s.weight(len(p), len(rows)) for s, p in zip(ranks, parts, strict=True)]
        means = [weight * sum(p) / len(p) for weight, p in zip(weights, parts, strict=True)]
        assert sum(means) / world == pytest.approx(sum(rows) / len(rows))


def test_torchrun_is_known_by_all_its_variables() -> None:
    assert launched(TORCHRUN) == Launch(1, 2, 1, 2, "127.0.0.1")
    assert launched(TORCHRUN | {"WORLD_SIZE": "1"}) is None
    assert launched(TORCHRUN | {"RANK": "one"}) is None
    for name in TORCHRUN:
        assert launched({k: v for k, v in TORCHRUN.items() if k != name}) is None


def test_more_than_one_machine_is_refused() -> None:
    Launch(0, 2, 0, 2).check()
    with pytest.raises(FoveaError, match="FV-T040") as caught:
        Launch(0, 4, 0, 2).check()
    assert "network" in caught.value.why
    with pytest.raises(FoveaError, match="FV-T040"):
        Launch(0, 2, 0, 2).check(one_process=True)
    with pytest.raises(FoveaError, match="FV-T040") as caught:
        Launch(0, 2, 0, 2, "192.0.2.2").check()
    assert "192.0.2.2" in caught.value.why
