"""Runs: one folder for each training, with its settings, events, weights and results.

``runs/ID/`` holds ``project.json`` (the settings it was started with), ``run.json`` (status and
facts), ``events.jsonl`` (everything it reported), ``checkpoints/`` and the evaluations.
"""

from engine.runs.folder import RunFolder, runs_dir
from engine.runs.listing import RunInfo, find_run, list_runs, replay

__all__ = ["RunFolder", "RunInfo", "find_run", "list_runs", "replay", "runs_dir"]
