"""Seals of the history: what is damaged is noticed, what a kill leaves is not called damage."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.runs.event_lines import seal, unseal
from engine.runs.events import Notice
from engine.runs.folder import RunFolder
from engine.runs.listing import replay

BODIES = [b'{"event": "notice", "text": "number %d"}' % number for number in range(6)]


def sealed(bodies: list[bytes], before: str = "") -> tuple[list[bytes], str]:
    lines: list[bytes] = []
    for body in bodies:
        line, before = seal(body, before)
        lines.append(line)
    return lines, before


def test_whole_lines_come_back_as_they_were() -> None:
    lines, last = sealed(BODIES)
    found = unseal(b"".join(lines), last)
    assert (found.bodies, found.damaged, found.last) == (BODIES, 0, last)


def test_files_from_before_there_were_seals_are_read_and_go_on_sealed() -> None:
    old = b"\n".join(BODIES[:3]) + b"\n"
    assert unseal(old).bodies == BODIES[:3]
    assert unseal(old).damaged == 0
    lines, last = sealed(BODIES[3:])
    found = unseal(old + b"".join(lines), last)
    assert (found.bodies, found.damaged) == (BODIES, 0)


def test_what_a_kill_left_is_no_damage() -> None:
    lines, _ = sealed(BODIES)
    torn = lines[4][:20] + b"\n"
    resumed, _ = sealed(BODIES[4:], unseal(b"".join(lines[:4])).last)
    found = unseal(b"".join([*lines[:4], torn, *resumed]))
    assert (found.bodies, found.damaged) == (BODIES, 0)
    assert unseal(b"".join(lines)[:-9]).damaged == 0


@pytest.mark.parametrize("change", ["drop", "exchange", "double", "cut", "empty"])
def test_lines_that_are_lost_or_moved_are_noticed(change: str) -> None:
    lines, last = sealed(BODIES)
    broken = {
        "drop": lines[:2] + lines[3:],
        "exchange": [lines[1], lines[0], *lines[2:]],
        "double": [*lines[:3], lines[2], *lines[3:]],
        "cut": lines[:-1],
        "empty": [],
    }[change]
    assert unseal(b"".join(broken), last).damaged


def test_every_flipped_bit_is_noticed_and_costs_two_lines_at_most() -> None:
    lines, last = sealed(BODIES)
    whole = b"".join(lines)
    draw = random.Random(1)
    for _ in range(500):
        place, bit = draw.randrange(len(whole) - 1), 1 << draw.randrange(8)
        data = bytearray(whole)
        data[place] ^= bit
        found = unseal(bytes(data), last)
        assert found.damaged
        assert len([body for body in found.bodies if body in BODIES]) >= len(BODIES) - 2


def test_a_damaged_history_says_so_when_it_is_replayed(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    folder.begin({})
    for number in range(5):
        folder.append(Notice(f"number {number}"))
    folder.end("done")
    path = folder.path / "events.jsonl"
    path.write_bytes(path.read_bytes().replace(b"number 3", b"number 8"))
    events = [event for event in replay(folder.path) if isinstance(event, Notice)]
    assert "damaged" in events[0].text
    assert [event.text for event in events[1:]] == [f"number {n}" for n in (0, 1, 2, 4)]


def test_a_run_that_goes_on_is_sealed_through(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path)
    for number in range(3):
        folder.begin({})
        folder.append(Notice(f"number {number}"))
        folder.end("stopped")
    texts = [event.text for event in replay(folder.path) if isinstance(event, Notice)]
    assert texts == ["number 0", "number 1", "number 2"]
