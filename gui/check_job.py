"""What the check of a study's winner looks like from outside, while it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from typing_extensions import override

from engine.runs.events import Event
from engine.tune.confirm.events import CheckFinished, CheckRunDone, CheckRunStarted, CheckStarted
from gui.search_job import SearchJob

__all__ = ["CheckJob"]


@dataclass(frozen=True)
class CheckJob(SearchJob):
    """Where the check is: ``trials`` and ``done`` count its runs."""

    @property
    @override
    def what(self) -> str:
        """What runs, in words."""
        return "check of the winner"

    @override
    def after(self, event: Event) -> CheckJob:
        """This record after one more event of the check."""
        match event:
            case CheckStarted():
                return replace(self, trials=event.runs, done=event.done)
            case CheckRunStarted():
                return replace(self, part=0.0, run_seconds=0.0)
            case CheckRunDone():
                return self._one_more(event)
            case CheckFinished():
                failed = event.record.status == "failed"
                return replace(self, why=event.judgement.why if failed else "")
            case _:
                found = super().after(event)
                assert isinstance(found, CheckJob)
                return found

    def _one_more(self, event: CheckRunDone) -> CheckJob:
        seconds = self.seconds + self.run_seconds
        found = replace(self, trials=event.runs, done=event.done, part=0.0, run_seconds=0.0)
        return replace(found, here=self.here + 1, seconds=seconds)
