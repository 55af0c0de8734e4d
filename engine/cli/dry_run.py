"""``train --dry-run``: one batch through everything, told line by line."""

from __future__ import annotations

from pathlib import Path

from engine.cli.output import Output
from engine.project.document import Project
from engine.train.tools.dry_run import PARTS, Check, dry_run
from engine.train.tools.words import duration, size

__all__ = ["run_dry"]


def run_dry(project: Project, folder: Path, device: str | None, out: Output) -> bool:
    """Runs it and shows it; says whether every part worked. The last line of JSON is the whole."""

    def tell(check: Check) -> None:
        out.result({"event": "check", **check.to_json()})
        took = duration(check.seconds) if check.state == "ok" else ""
        out.say(f"{check.title:<28} {check.state:<12} {took:>8}  {check.text}".rstrip())

    def decoding(done: int, total: int, text: str) -> None:
        if text not in PARTS.values():
            out.progress(done, total, text)

    found = dry_run(project, folder, device=device, progress=decoding, on_check=tell)
    for note in found.notes:
        out.say(f"note: {note}")
    if found.error is not None:
        out.say(str(found.error))
    if (estimate := found.estimate) is not None:
        out.say(
            f"The run will take {estimate.words}, and {size(estimate.disc)} on disc for "
            f"checkpoints ({estimate.steps:,} steps, {estimate.images_per_second:,.0f} images/s "
            f"on {estimate.device})."
        )
        for warning in estimate.warnings:
            out.say(f"warning: {warning}")
    out.result({"event": "dry_run", **found.to_json()})
    return found.ok
