"""Percentages look the same in every text for people."""

from __future__ import annotations

import re
from pathlib import Path

from engine.cli.output import Output
from engine.numbers import percent

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = re.compile(r":[,+]?\.\d%\}")
LOG = ROOT / "engine" / "selftest" / "steps.py"  # goes to logs and consoles only


def test_a_fraction_as_people_read_it() -> None:
    assert percent(0.9213) == "92.1\u202f%"
    assert percent(0.4, 0) == "40\u202f%"
    assert percent(float("nan")) == "not finite"


def test_nobody_writes_a_percentage_by_hand() -> None:
    assert BY_HAND.search("f'{share:.0%}'")
    files = [path for part in ("engine", "gui") for path in (ROOT / part).rglob("*.py")]
    assert LOG in files
    found = [path for path in files if path != LOG and BY_HAND.search(path.read_text("utf-8"))]
    assert found == []


def test_a_console_gets_a_plain_space(capsys) -> None:
    out = Output()
    out.say(f"accuracy {percent(0.5)}")
    out.status(f"at {percent(0.25)}", last=True)
    assert capsys.readouterr().err.splitlines() == ["accuracy 50.0 %", "at 25.0 %"]
