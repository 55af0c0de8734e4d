"""Weight files: what torch.save and safetensors write is read, and nothing in it is executed.

These are rows M09 (foreign ``.pth`` with pickle) and X11 (malicious safetensors) of the table of
what can go wrong.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch

from engine.errors import FoveaError
from engine.weights.read import read_weights

Parts = dict[str, bytes]


def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    wide = torch.randn(4, 6)
    return {
        "stem.weight": torch.randn(3, 2, 5, 5),
        "turned": wide.t(),
        "part": wide[1:3, 2:],
        "count": torch.tensor(5),
        "half": torch.randn(3).half(),
        "brain": torch.randn(3).bfloat16(),
        "flags": torch.tensor([True, False]),
        "empty": torch.zeros(0, 4),
    }


def equal(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> bool:
    same = all(found[n].dtype == t.dtype and torch.equal(found[n], t) for n, t in wanted.items())
    return same and list(found) == list(wanted)


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Parts, compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def with_pickle(data: bytes) -> bytes:
    """A file of one tensor whose description is replaced."""
    parts = parts_of(saved({"a": torch.zeros(4)}))
    name = next(name for name in parts if name.endswith("data.pkl"))
    return zipped(parts | {name: data})


WRAPPED: dict[str, Callable[[dict[str, torch.Tensor]], object]] = {
    "plain": lambda t: t,
    "ordered": OrderedDict,
    "state_dict": lambda t: {"epoch": 3, "state_dict": OrderedDict(t), "best": 0.5},
    "model": lambda t: {"model": t, "steps": [1, 2, (3, None)]},
    "parameters": lambda t: {
        k: torch.nn.Parameter(v) if v.is_floating_point() else v for k, v in t.items()
    },
}


@pytest.mark.parametrize("wrap", WRAPPED)
def test_reads_what_torch_saves(tmp_path: Path, unpickled: list[str], wrap: str) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(saved(WRAPPED[wrap](tensors())))
    assert equal(read_weights(path), tensors())
    assert unpickled == []


def test_reads_a_module_with_metadata(tmp_path: Path, unpickled: list[str]) -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    path = tmp_path / "w.pt"
    path.write_bytes(saved(model.state_dict()))
    assert equal(read_weights(path), dict(model.state_dict()))
    assert unpickled == []


def test_reads_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "w.bin"
    wanted = {name: value.contiguous() for name, value in tensors().items()}
    path.write_bytes(safetensors.torch.save(wanted, {"format": "pt"}))
    found = read_weights(path)
    assert equal({name: found[name] for name in wanted}, wanted)
    assert len(found) == len(wanted)


@pytest.mark.parametrize("length", [0x28 + 256, 0x80, 0x80 + 256])
def test_a_header_whose_length_looks_like_a_pickle_is_read(tmp_path: Path, length: int) -> None:
    path = tmp_path / "w.safetensors"
    entry = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    path.write_bytes(header(entry.ljust(length), b"\0" * 4))
    assert path.read_bytes()[:1] in (b"\x80", b"(")
    assert read_weights(path)["a"].tolist() == [0.0]


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"echo broken > {self.flag}",)


def hostile_pickles(flag: Path) -> dict[str, bytes]:
    evil = Evil(flag)
    return {
        "system": pickle.dumps(evil, 2),
        "system in a value": pickle.dumps({"a": 1, "state_dict": {"b": [evil]}}, 2),
        "system by stack_global": pickle.dumps(evil, 4),
        "eval": b"\x80\x02cbuiltins\neval\nX\x03\x00\x00\x001+1\x85R.",
        "getattr chain": b"\x80\x02cbuiltins\ngetattr\ncos\nos\nX\x06\x00\x00\x00system\x86R.",
        "torch.load": b"\x80\x02ctorch\nload\nX\x01\x00\x00\x00a\x85R.",
        "rebuild of something else": b"\x80\x02ctorch._utils\n_rebuild_tensor\n)R.",
        "inst": b"(S'echo'\nios\nsystem\n.",
        "obj": b"(cos\nsystem\nX\x04\x00\x00\x00echoo.",
        "newobj": pickle.dumps(slice(1, 2), 4),
        "extension": b"\x80\x02\x82\x01.",
        "dict with arguments": b"\x80\x02ccollections\nOrderedDict\n]\x85R.",
        "calling a storage": b"\x80\x02ctorch\nFloatStorage\n)R.",
        "calling a dict": b"\x80\x02})R.",
        "building on a name": b"\x80\x02ccollections\nOrderedDict\n}b.",
        "persistent text": b"\x80\x02Pstorage\n.",
        "huge text": b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"abc.",
        "huge memo": b"\x80\x02}r\xff\xff\xff\xffj\xff\xff\xff\xff0.",
        "nested marks": b"\x80\x02" + b"(" * 200 + b".",
        "deep tuples": b"\x80\x02)" + b"\x85" * 200_000 + b".",
        "endless": b"\x80\x02" + b"}0" * 100,
        "nothing on the stack": b"\x80\x02.",
        "popping under a mark": b"\x80\x02}(s.",
        "odd items": b"\x80\x02}(K\x01u.",
        "list as a key": b"\x80\x02}]K\x01s.",
        "missing memo": b"\x80\x02h\x07.",
        "itself": b"\x80\x02}q\x00X\x05\x00\x00\x00modelh\x00s.",
        "negative size": sizes((-1,), (1,)),
        "beyond the storage": sizes((5,), (1,)),
        "expanded": sizes((1_000_000_000,), (0,)),
        "overlapping": sizes((3, 3), (1, 1)),
        "enormous product": sizes((2**31, 2**31, 2**31), (2**62, 2**31, 1)),
        "no text": b"",
        "noise": bytes(range(256)),
    }


def sizes(size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """A state_dict whose only tensor claims a size and a stride for its four values."""
    parts = parts_of(saved({"a": torch.zeros(4)}))
    data = next(data for name, data in parts.items() if name.endswith("data.pkl"))
    head, tail = data.split(b"K\x04\x85q", 1)
    after = tail.split(b"\x85q", 1)[1][1:]

    def numbers(values: tuple[int, ...]) -> bytes:
        words = b"".join(b"\x8a\x09" + v.to_bytes(9, "little", signed=True) for v in values)
        return b"(" + words + b"t"

    return head + numbers(size) + numbers(stride) + after


CLAIMS = {
    "negative size": "described wrongly",
    "beyond the storage": "reaches beyond",
    "expanded": "overlap each other",
    "overlapping": "overlap each other",
    "enormous product": "reaches beyond",
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_false_claim_about_values_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(with_pickle(sizes((2, 2), (1, 2))))
    assert read_weights(path)["a"].shape == (2, 2)
    path.write_bytes(with_pickle(hostile_pickles(tmp_path)[name]))
    with pytest.raises(FoveaError) as caught:
        read_weights(path)
    assert CLAIMS[name] in caught.value.why


NAMES = list(hostile_pickles(Path("flag")))


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_pickle_is_refused(tmp_path: Path, unpickled: list[str], name: str) -> None:
    flag, path = tmp_path / "flag", tmp_path / "w.pth"
    path.write_bytes(with_pickle(hostile_pickles(flag)[name]))
    with pytest.raises(FoveaError) as caught:
        read_weights(path)
    assert caught.value.code == "FV-M013"
    assert caught.value.why.endswith(".")
    assert unpickled == []
    assert not flag.exists()


def test_a_name_that_could_run_code_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(with_pickle(hostile_pickles(tmp_path / "flag")["system"]))
    with pytest.raises(FoveaError, match="cannot be read") as caught:
        read_weights(path)
    assert "posix.system" in caught.value.why or "nt.system" in caught.value.why


def test_a_bare_pickle_is_refused_with_advice(tmp_path: Path, unpickled: list[str]) -> None:
    path, flag = tmp_path / "old.pth", tmp_path / "flag"
    for data in (pickle.dumps(Evil(flag), 2), pickle.dumps(Evil(flag), 0)):
        path.write_bytes(data)
        with pytest.raises(FoveaError):
            read_weights(path)
    torch.save(tensors(), path, _use_new_zipfile_serialization=False)
    with pytest.raises(FoveaError) as caught:
        read_weights(path)
    assert "weights_only=True" in caught.value.fix
    assert unpickled == []
    assert not flag.exists()


def other_files() -> dict[str, bytes]:
    whole = saved({"a": torch.randn(64)})
    parts = parts_of(whole)
    folder = next(iter(parts)).partition("/")[0]
    table, values = parts[f"{folder}/data.pkl"], parts[f"{folder}/data/0"]
    return {
        "cut in half": whole[: len(whole) // 2],
        "without its directory": whole[:-30],
        "flipped bit in the values": whole.replace(values, bytes([values[0] ^ 1]) + values[1:]),
        "without values": zipped({k: v for k, v in parts.items() if "/data/" not in k}),
        "values cut": zipped(parts | {f"{folder}/data/0": b"\0" * 8}),
        "values elsewhere": zipped(
            {k: v for k, v in parts.items() if "/data/" not in k} | {"../data/0": b"\0" * 256}
        ),
        "compressed": zipped(parts, zipfile.ZIP_DEFLATED),
        "bomb": zipped({"a/data.pkl": table, "a/data/0": b"\0" * 50_000_000}, zipfile.ZIP_DEFLATED),
        "two tables": zipped(parts | {"other/data.pkl": table}),
        "no table": zipped({"readme.txt": b"hello"}),
        "big endian": zipped(parts | {f"{folder}/byteorder": b"big"}),
        "no tensors": saved({"a": 1}),
        "a list": saved([torch.zeros(2)]),
        "a whole module": saved(torch.nn.Linear(2, 2)),
        "empty": b"",
        "text": b"not weights at all",
    }


@pytest.mark.parametrize("name", list(other_files()))
def test_a_wrong_file_is_refused(tmp_path: Path, unpickled: list[str], name: str) -> None:
    path = tmp_path / "w.pth"
    path.write_bytes(other_files()[name])
    with pytest.raises(FoveaError) as caught:
        read_weights(path)
    assert caught.value.code == "FV-M013"
    assert unpickled == []


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    paths = [tmp_path, tmp_path / "missing.pth"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        paths.append(tmp_path / "pipe")
    for path in paths:
        with pytest.raises(FoveaError) as caught:
            read_weights(path)
        assert caught.value.code == "FV-M013"


def header(text: str, values: bytes = b"", length: int | None = None) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data) if length is None else length) + data + values


ENTRY = '{"a":{"dtype":"F32","shape":%s,"data_offsets":%s}}'
HOSTILE_HEADERS = {
    "huge header": header("{}", length=2**63),
    "header beyond the file": header("{}", length=100),
    "header of 100 MB": header("{}", length=100_000_000),
    "overlapping ranges": header(
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        '"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
        b"\0" * 12,
    ),
    "a gap": header(ENTRY % ("[1]", "[4,8]"), b"\0" * 8),
    "product overflow": header(ENTRY % (f"[{2**39},{2**39},{2**39}]", "[0,4]"), b"\0" * 4),
    "product of zero and much": header(ENTRY % (f"[{2**39},0]", "[0,4]"), b"\0" * 4),
    "empty with long axes": header(ENTRY % (f"[{2**39},{2**39},0]", "[0,0]")),
    "empty with long axes behind": header(ENTRY % (f"[0,{2**39},{2**39}]", "[0,0]")),
    "negative shape": header(ENTRY % ("[-1]", "[0,4]"), b"\0" * 4),
    "backwards": header(ENTRY % ("[1]", "[4,0]"), b"\0" * 4),
    "beyond the end": header(ENTRY % ("[4]", "[0,16]"), b"\0" * 4),
    "more than it says": header(ENTRY % ("[1]", "[0,4]"), b"\0" * 8),
    "text as a shape": header(ENTRY % ('"12"', "[0,4]"), b"\0" * 4),
    "unknown type": header(ENTRY.replace("F32", "Q9") % ("[1]", "[0,4]"), b"\0" * 4),
    "twice": header('{"a":1,"a":2}'),
    "nested": header("[" * 5000 + "]" * 5000),
    "NaN": header('{"a":NaN}'),
    "list": header("[1,2,3]"),
    "nothing": header("{}"),
}


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
def test_a_hostile_header_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(HOSTILE_HEADERS[name])
    with pytest.raises(FoveaError) as caught:
        read_weights(path)
    assert caught.value.code == "FV-M013"


@pytest.mark.parametrize("refusal", [RuntimeError("can't allocate memory"), MemoryError()])
def test_memory_that_is_refused_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise refusal

    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors.torch.save({"a": torch.zeros(300)}))
    monkeypatch.setattr(torch, "empty", refuse)
    with pytest.raises(FoveaError) as caught:
        read_weights(path)
    assert caught.value.code == "FV-M013"
    assert "1,200 bytes" in caught.value.why


def most_memory(path: Path) -> int:
    """Bytes that reading takes at its peak, whether or not it succeeds."""
    tracemalloc.start()
    try:
        read_weights(path)
    except FoveaError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("name", ["sound", *HOSTILE_HEADERS])
def test_reading_takes_no_more_memory_than_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "w.safetensors"
    whole = safetensors.torch.save({"a": torch.zeros(1_000_000)})
    path.write_bytes(whole if name == "sound" else HOSTILE_HEADERS[name] + b"\0" * 4_000_000)
    most_memory(path)  # modules and caches
    assert most_memory(path) <= 1.1 * path.stat().st_size
