"""Several processes that train together, by torch.distributed on one machine."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from engine.compute.device import usable_cards
from engine.errors import Cancelled, FoveaError
from engine.randomness import derive
from engine.train.failures import explain
from engine.train.ranks.alone import Ranks
from engine.train.ranks.launch import Launch, refused
from engine.train.ranks.lost import is_lost, lost
from engine.train.ranks.shares import Shares
from engine.train.ranks.spread import Spread, average_statistics, synchronise, trained_norms

__all__ = ["SeveralRanks", "open_group"]

_PATIENCE = timedelta(days=30)  # a full disc may hold the first process; one that ends is noticed
_RANK = 0x72616E6B  # "rank": the stream of seeds by process
_FAILURE = "fovea/failure"


@contextlib.contextmanager
def open_group(launch: Launch) -> Iterator[SeveralRanks]:
    """Joins the other processes, and leaves them at the end; waits until all are there.

    Gradients go through NCCL between cards and through gloo else, by this machine's loopback.
    torchrun's own meeting place listens on every interface of the machine. Raises FoveaError
    FV-T040, before anything is connected, where the processes are on several machines.
    """
    launch.check()
    _stay_here()
    store, _, _ = next(rendezvous("env://"))
    backend = "gloo"
    if torch.cuda.is_available() and dist.is_nccl_available():
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend, store=store, rank=launch.rank, world_size=launch.world)
    ranks = SeveralRanks(launch, store)
    yield ranks
    if not ranks.broken:  # else others wait in the group or are gone: it ends with the process
        dist.destroy_process_group()


class SeveralRanks(Ranks):
    """See :class:`Ranks`. Decisions are agreed upon by the host, so that no card is waited for.

    Batches are dealt out by :class:`Shares`.

    Attributes:
        broken: whether a process failed, so that nothing can be agreed upon any more.
    """

    def __init__(self, launch: Launch, store: Any) -> None:
        self.rank, self.world = launch.rank, launch.world
        self.broken = False
        self._local = launch.local_rank
        self._shares = Shares(launch.rank, launch.world)
        self._store = store
        hosts = dist.new_group(backend="gloo", timeout=_PATIENCE)
        assert isinstance(hosts, dist.ProcessGroup)  # a process outside of it would get a number
        self._hosts = hosts
        self._own_norms = True  # each process normalises by its own share

    def agree(self, *flags: bool) -> tuple[bool, ...]:
        """See :class:`Ranks`."""
        raised = torch.tensor(flags, dtype=torch.uint8)
        dist.all_reduce(raised, dist.ReduceOp.MAX, group=self._hosts)
        return tuple(map(bool, raised.tolist()))

    def told(self, value: Any = None) -> Any:
        """See :class:`Ranks`."""
        data = json.dumps(value).encode() if not self.rank else b""
        size = torch.tensor([len(data)])
        dist.broadcast(size, 0, group=self._hosts)
        body = torch.zeros(int(size.item()), dtype=torch.uint8)
        if not self.rank:
            body.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        dist.broadcast(body, 0, group=self._hosts)
        return json.loads(body.numpy().tobytes())

    def fail(self, error: Exception) -> None:
        """Leaves word of what ended this process, for the first one to tell."""
        self.broken = True
        if not is_lost(error):
            told = explain(error, None, "").fields() | {"process": self.rank + 1}
            with contextlib.suppress(RuntimeError):  # the first process may be gone
                self._store.set(_FAILURE, json.dumps(told))

    def reason(self, error: Exception) -> Exception:
        """See :class:`Ranks`: what another process failed by, or FV-T041 where it just ended."""
        self.broken = True
        if not is_lost(error):
            return error
        if not self._own_norms and dist.group.WORLD is not None:
            with contextlib.suppress(RuntimeError):  # what a card waits for will never come
                dist.group.WORLD.abort()
        with contextlib.suppress(RuntimeError):  # the store is lost with torchrun itself
            if self._store.check([_FAILURE]):
                return _failure(self._store.get(_FAILURE), self.world)
        return lost(self.world)

    def check(self, batch_size: int) -> None:
        """See :class:`Ranks`."""
        if batch_size < 2 * self.world:
            raise refused(
                f"A batch of {batch_size} has less than two images for each of {self.world} "
                "processes.",
                f"Choose a batch size of {2 * self.world} or more, or start fewer processes.",
                "training.batch_size",
            )

    def place(self, device: str) -> str:
        """See :class:`Ranks`; a card that is usable becomes the current one of this process."""
        cards = usable_cards()
        if device == "cpu" or (device == "auto" and not cards):
            return "cpu"
        if device not in ("auto", "cuda"):
            raise refused(
                f"The device “{device:.20}” is one card, and every process needs its own.",
                "Choose auto, cuda or cpu.",
                "training.device",
            )
        if len(cards) < self.world:
            fewer = f"Start at most {len(cards)} processes, or choose" if cards else "Choose"
            raise refused(
                f"There are {self.world} processes and {len(cards) or 'no'} CUDA devices that "
                "torch can use.",
                f"{fewer} the device cpu.",
                "training.device",
            )
        card = cards[self._local]
        torch.cuda.set_device(card)
        return f"cuda:{card}"

    def part(self, places: slice, images: int) -> slice:
        """See :class:`Ranks`."""
        return self._shares.part(places, images)

    def fewest(self, whole: int) -> int:
        """See :class:`Ranks`."""
        return self._shares.fewest(whole)

    def weight(self, images: int, whole: int) -> float:
        """See :class:`Ranks`; DistributedDataParallel divides the sum by the processes."""
        return self._shares.weight(images, whole)

    def seed(self, seed: int) -> int:
        """See :class:`Ranks`."""
        return derive(seed, _RANK, self.rank)

    def scored(self, rows: np.ndarray, compute: Callable[[np.ndarray], Tensor]) -> Tensor:
        """See :class:`Ranks`: each process scores its share, and all get all."""
        alone = len(rows) < self.world
        found = None
        with contextlib.suppress(Cancelled):
            found = compute(rows if alone else rows[self._shares.own(len(rows))])
        if self.agree(found is None)[0] or found is None:
            raise Cancelled
        return found if alone else self._gathered(found, len(rows))

    def forward(self, model: nn.Module, device: torch.device) -> Spread:
        """See :class:`Ranks`."""
        if device.type == "cuda" and dist.is_nccl_available():
            synchronise(model)
            self._own_norms = False
        else:
            self._own_norms = True
        return Spread(model)

    def notes(self, model: nn.Module) -> tuple[str, ...]:
        """See :class:`Ranks`."""
        shared = f"{self.world} processes share each batch; CUDA graphs and torch.compile are off."
        if not trained_norms(model):
            return (shared,)
        own = (
            "Batch norm: each process normalises by the images of its own share."
            if self._own_norms
            else "Batch norm: all processes normalise by the images of the whole batch."
        )
        return (shared, own)

    def exchanging(
        self, forward: Callable[..., Any], *, last: bool
    ) -> contextlib.AbstractContextManager[Any]:
        """See :class:`Ranks`."""
        assert isinstance(forward, Spread)
        return contextlib.nullcontext() if last else forward.held()

    def total(self, loss: Tensor, right: Tensor, whole: int) -> tuple[Tensor, Tensor]:
        """See :class:`Ranks`; nothing is waited for on a card."""
        both = torch.stack((loss.double(), right.double()))
        dist.all_reduce(both)
        mean = both / self.world
        return mean[0], mean[1] if self._shares.is_small(whole) else both[1]

    def mean_statistics(self, model: nn.Module) -> None:
        """See :class:`Ranks`; they differ where each process normalises by its own share."""
        if self._own_norms:
            average_statistics(model, self.world)

    def _gathered(self, found: Tensor, whole: int) -> Tensor:
        most = -(-whole // self.world)
        mine = torch.zeros((most, *found.shape[1:]), dtype=found.dtype, device=found.device)
        mine[: len(found)] = found
        parts = [torch.empty_like(mine) for _ in range(self.world)]
        dist.all_gather(parts, mine)
        owners = (Shares(rank, self.world).own(whole) for rank in range(self.world))
        counts = [own.stop - own.start for own in owners]
        return torch.cat([part[:n] for part, n in zip(parts, counts, strict=True)])


def _failure(data: bytes, world: int) -> Exception:
    """What another process left word of, which anybody on this network might have written."""
    try:
        told = {name: str(value) for name, value in json.loads(data).items()}
        number, why = told.pop("process"), told.pop("why")
        return FoveaError(**told | {"why": f"In process {number} of {world}: {why}", "kept": ""})
    except (ValueError, TypeError, KeyError, AttributeError):
        return lost(world)


def _stay_here() -> None:
    """Keeps the processes' connections on the loopback interface, where it has a known name."""
    name = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
    if name is not None:
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = name
