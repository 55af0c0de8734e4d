"""Damaged and hostile project files: refused with a FoveaError, quickly, whatever they hold."""

from __future__ import annotations

import contextlib
import json
import random
import time
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.project import codec
from tests.engine.project.examples import example_project

GOLDEN = (Path(__file__).parents[2] / "golden" / "project-1.4.fovea").read_bytes()
PIECES = (b"null", b"-1", b"1e999", b"NaN", b'"\\ud800"', b"[]", b"{}", b"true", b'""', b"[" * 200)


def refused(data: bytes) -> FoveaError:
    with pytest.raises(FoveaError) as caught:
        codec.decode(data, "p")
    return caught.value


def decode_any(data: bytes) -> bool:
    """Whether the bytes open, with the checksum left out; anything but a FoveaError passes on."""
    began, refusal = time.process_time(), None
    try:
        codec.decode(data, "p", unchecked=True)
    except FoveaError as error:
        refusal = error
    assert time.process_time() - began < 1
    assert refusal is None or (refusal.what and refusal.code)
    return refusal is None


def mutated(data: bytes, chance: random.Random) -> bytes:
    at, kind = chance.randrange(len(data)), chance.randrange(5)
    if kind == 0:
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + bytes(chance.randrange(256) for _ in range(3)) + data[at + 3 :]
    if kind == 2:
        return data[:at] + data[at + chance.randrange(1, 60) :]
    if kind == 3:
        end = data.find(b"\n", at)
        return data[:at] + chance.choice(PIECES) + data[end:]
    start = chance.randrange(len(data))
    return data[:at] + data[start : start + 80] + data[at:]


def test_mutated_bytes_never_raise_anything_else() -> None:
    chance = random.Random(20)
    opened = sum(decode_any(mutated(GOLDEN, chance)) for _ in range(2500))
    assert 0 < opened < 2500, "some mutations are harmless, most are not"


def test_mutated_values_never_raise_anything_else() -> None:
    chance = random.Random(21)
    values = [
        None,
        True,
        -1,
        10**14,
        1.5,
        "",
        "x" * 5000,
        [],
        {},
        [[]],
        {"kind": "input"},
        "conv2d",
    ]
    opened = 0
    for _ in range(1500):
        head = json.loads(GOLDEN)
        _poke(head["project"], chance, values)
        head["checksum"] = codec._checksum(head["project"])
        opened += decode_any(json.dumps(head).encode())
    assert 0 < opened < 1500


def _poke(value: object, chance: random.Random, values: list[object]) -> None:
    """Replaces one random value somewhere in a tree."""
    while True:
        keys = list(value) if isinstance(value, dict) else range(len(value))  # type: ignore[arg-type]
        if not keys:
            return
        key = chance.choice(list(keys))
        below = value[key]  # type: ignore[index]
        if not isinstance(below, (dict, list)) or chance.random() < 0.2:
            value[key] = chance.choice(values)  # type: ignore[index]
            return
        value = below


def test_no_flipped_bit_goes_unnoticed() -> None:
    chance = random.Random(22)
    whole = codec.decode(GOLDEN, "p").project
    for _ in range(400):
        at = chance.randrange(len(GOLDEN))
        data = GOLDEN[:at] + bytes([GOLDEN[at] ^ 1 << chance.randrange(8)]) + GOLDEN[at + 1 :]
        found = whole
        with contextlib.suppress(FoveaError):
            found = codec.decode(data, "p").project
        assert found == whole


def test_a_file_cut_anywhere_is_refused_with_its_place() -> None:
    for end in range(0, len(GOLDEN) - 2, 23):
        error = refused(GOLDEN[:end])
        assert error.code in ("FV-P001", "FV-P002")
        assert error.code == "FV-P002" or "line" in error.where or "byte" in error.where


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"project":' * 100_000,
        b"\xff\xfe" + GOLDEN.decode().encode("utf-16-le"),
        GOLDEN.replace(b'"epochs": 3', b'"epochs": ' + b"9" * 5000),
        GOLDEN.replace(b'"epochs": 3', b'"epochs": 3, "epochs": 4'),
        GOLDEN.replace(b'"epochs": 3', b'"epochs": NaN'),
        b" " * (codec.LIMIT + 1),
        b"x" * (codec.LIMIT + 1),
    ],
    ids=["deep", "deep objects", "utf-16", "digits", "twice", "nan", "blank", "huge"],
)
def test_hostile_files_are_refused_at_once(data: bytes) -> None:
    began = time.process_time()
    assert refused(data).code.startswith("FV-P")
    assert time.process_time() - began < 1


def test_a_model_of_too_many_nodes_is_refused_before_it_is_built() -> None:
    head = json.loads(codec.encode(example_project()))
    head["project"]["model"]["nodes"] *= 2000
    head["checksum"] = codec._checksum(head["project"])
    error = refused(json.dumps(head).encode())
    assert error.code == "FV-P007"
    assert "10,000" in error.why
