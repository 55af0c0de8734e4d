"""As which of several processes this one was started; needs no torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import FoveaError

__all__ = ["Launch", "launched", "refused"]

_NEEDED = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Launch:
    """A process of several, as ``torchrun`` names them.

    Attributes:
        address: of the machine where they meet.
        rank: its number among all, from 0; the first one leads.
        world: how many there are.
        local_rank, local_world: the same, among those on this machine.
    """

    rank: int
    world: int
    local_rank: int
    local_world: int
    address: str = "localhost"

    def check(self, *, one_process: bool = False) -> None:
        """Raises FoveaError FV-T040 where the processes are on more than one machine, or where
        what is asked for is computed by ``one_process``.
        """
        if one_process:
            raise refused(
                "Only training is: no queue, no dry run, no isolated run and no other command.",
                "Leave torchrun out.",
            )
        if self.world == self.local_world and self.address in _HERE:
            return
        raise refused(
            f"There are {self.world} processes, {self.local_world} of them on this machine, and "
            f"they meet at {self.address:.80}. Fovea never uses the network.",
            "Start all processes on one machine: torchrun --nproc-per-node 2 -m engine train DIR.",
        )


def launched(environment: Mapping[str, str] | None = None) -> Launch | None:
    """What ``torchrun`` started this process as; None for a process that trains alone."""
    known = os.environ if environment is None else environment
    try:
        rank, local_rank, world, local_world = (int(known[name]) for name in _NEEDED[:4])
    except (KeyError, ValueError):
        return None
    if world < 2 or not all(known.get(name) for name in _NEEDED):
        return None
    return Launch(rank, world, local_rank, local_world, known["MASTER_ADDR"])


def refused(why: str, fix: str, where: str = "torchrun") -> FoveaError:
    """The error FV-T040 for what several processes cannot do."""
    return FoveaError(
        "FV-T040",
        "This cannot be trained by several processes.",
        where=where,
        why=why,
        kept="Nothing was changed.",
        fix=fix,
    )
