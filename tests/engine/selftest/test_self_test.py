"""The self-test's own parts: what it counts, what makes it fail, and that nothing is left."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.errors import FoveaError
from engine.selftest import inventory, session, sockets, steps
from engine.selftest.formats import read_every_format
from engine.selftest.inventory import expected, live_kinds, lost_files, lost_kinds
from engine.selftest.running import Failed, Step, check, run

ROOT = Path(__file__).resolve().parents[3]
LOOK = """
from engine.selftest.inventory import live_kinds, lost_files, lost_kinds
print(*lost_files("engine"), *lost_kinds(live_kinds()), sep="\\n")
"""


def test_every_kind_stands_in_the_source() -> None:
    assert expected() == live_kinds()
    assert lost_kinds(live_kinds()) == []
    assert all(expected().values())


def test_a_package_that_lost_modules_is_told(tmp_path: Path) -> None:
    copy = tmp_path / "app"
    shutil.copytree(ROOT / "engine", copy / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    inventory.write(copy / "engine" / "selftest" / "inventory.json", copy)
    (copy / "engine" / "templates" / "lenet.py").unlink()
    (copy / "engine" / "optimizers" / "lion.py").unlink()
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=copy, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:-1] == [
        "engine/optimizers/lion.py",
        "engine/templates/lenet.py",
        "optimizers: lion",
        "templates: lenet",
    ]


def test_a_whole_package_has_its_files(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["self-test", "--inventory", str(tmp_path / "i.json")])
    assert result.exit_code == 0
    for room in ("engine", "gui", "resources"):
        assert lost_files(room, tmp_path / "i.json") == []
    assert expected(tmp_path / "i.json") == live_kinds()
    (tmp_path / "i.json").write_text("[]", "utf-8")
    with pytest.raises(FoveaError, match="damaged"):
        expected(tmp_path / "i.json")


def test_every_format_is_written_and_read(tmp_path: Path) -> None:
    assert "4 layouts" in read_every_format(tmp_path)


def test_a_wrong_decoder_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.data import reading

    right = reading._read
    monkeypatch.setattr(
        reading,
        "_read",
        lambda data, least: (
            _brighter(right(data, least)) if data[:4] == b"\x89PNG" else right(data, least)
        ),
    )
    with pytest.raises(Failed, match="PNG came back otherwise"):
        read_every_format(tmp_path)


def _brighter(picture):
    from dataclasses import replace

    return replace(picture, pixels=picture.pixels // 2)


def _opens_a_socket(_place: Path) -> str:
    with socket.socket(socket.AF_UNIX):
        return "well"


def test_a_step_fails_in_words(tmp_path: Path) -> None:
    def wrong(_place: Path) -> str:
        check(1 > 2, "One is not more than two.")
        return ""

    def broken(_place: Path) -> str:
        return str(1 // 0)

    tried = [Step("a", wrong), Step("b", broken), Step("c", _opens_a_socket)]
    a, b, c = run([*tried, Step("d", lambda _place: "fine")][:3], tmp_path)
    assert (a.passed, a.said) == (False, "One is not more than two.")
    assert not b.passed
    assert "ZeroDivisionError" in b.said
    assert "broken" in b.trace
    assert not c.passed
    assert "socket.__new__" in c.said
    assert str(a).startswith("FAILED")


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells of sockets on Linux only")
def test_a_socket_that_a_library_holds_is_seen() -> None:
    assert sockets.foreign_sockets() == []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        assert len(sockets.foreign_sockets()) == 1


def test_the_command_says_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def place_is_kept(place: Path) -> str:
        seen.append(place)
        raise Failed("Nothing works.")

    seen: list[Path] = []
    monkeypatch.setattr(steps, "STEPS", (Step("Trying", place_is_kept),))
    result = CliRunner().invoke(main, ["self-test", "--json"])
    assert result.exit_code == 1
    assert "Trying: Nothing works." in result.stderr
    assert "Failed: Trying." in result.stderr
    assert '"passed": false' in result.stdout
    assert not seen[0].exists()


def test_what_passes_is_said_with_the_time() -> None:
    told = []
    passed, said = session.self_test((Step("a", lambda _place: "fine"),), told.append)
    assert passed
    assert said == f"Everything is there and works. {sockets.watched()} (0 s)"
    assert [str(one).split()[0] for one in told] == ["ok"]


@pytest.mark.parametrize(
    ("tells", "said"),
    [
        (
            ("fd", "net/tcp"),
            "Python opened no socket, and no internet socket was held at the end of any step.",
        ),
        (("fd",), "Python opened no socket."),
        ((), "Python opened no socket."),
    ],
    ids=["Linux", "a closed Linux", "Windows and macOS"],
)
def test_no_more_is_said_of_sockets_than_was_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tells: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr(sockets, "_PROCESS", tmp_path)
    for name in tells:
        (tmp_path / name).mkdir(parents=True)
    assert sockets.watched() == said
    assert sockets.foreign_sockets() == []


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells of sockets on Linux only")
def test_this_system_tells_of_sockets() -> None:
    assert "held" in sockets.watched()
