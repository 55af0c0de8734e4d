#!/usr/bin/env python3
"""Set Fovea up and start it: one command each for the demo, the checks and the environment.

    python3 packaging/bootstrap.py demo            the sample, training at once
    python3 packaging/bootstrap.py test [ARGS]     every check; ARGS go to pytest
    python3 packaging/bootstrap.py env [--test]    only make the environment
    python3 packaging/bootstrap.py start [PROJECT] the window

The environment is ``.venv`` in the project's root; nothing outside the project changes. Each
command works again at once when repeated. Needs Python 3.11 or newer and nothing else.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time

import qt_libraries

import environment
from environment import PYTHON, ROOT, SetupError

RESULTS = ROOT / "demo-results"
LEFT_OUT = "gpu (needs a CUDA device), long (minutes), bench (measures); run one with: test -m MARK"


def demo() -> int:
    """The sample in the window, training at once.

    Without a display the same offscreen: it prints its progress and names the folder of results.
    """
    command = [str(PYTHON), "-m", "gui.app", "--demo"]
    env = qt_libraries.child_environment()
    if qt_libraries.display_opens(env):
        return subprocess.call(command, cwd=ROOT, env=env)
    print("There is no display: training the sample without a window.", flush=True)
    env["QT_QPA_PLATFORM"] = "offscreen"
    return subprocess.call([*command, "--offscreen-out", str(RESULTS)], cwd=ROOT, env=env)


def start(arguments: list[str]) -> int:
    """The window, with a project when one is named."""
    paths = [os.path.abspath(a) if not a.startswith("-") else a for a in arguments]
    command = [str(PYTHON), "-m", "gui.app", *paths]
    return subprocess.call(command, cwd=ROOT, env=qt_libraries.child_environment())


def checks() -> list[tuple[str, list[str]]]:
    """The quick checks that come before the tests, each a title and a command."""
    python = str(PYTHON)
    return [
        ("ruff check", [python, "-m", "ruff", "check", "."]),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        ("imports", [str(PYTHON.parent / "lint-imports"), "--no-logo"]),
    ]


class Check:
    """A check that runs beside others from now on; what it prints is kept until :meth:`passes`."""

    def __init__(self, title: str, command: list[str], env: dict[str, str]) -> None:
        self._title = title
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - `passes` closes it
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=self._printed, stderr=subprocess.STDOUT
        )

    def passes(self) -> bool:
        """Wait for its end and say how it went and how long it took at most."""
        passed = self._process.wait() == 0
        took = time.monotonic() - self._began
        self._printed.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(self._printed.read())
        self._printed.close()
        verdict = "passed" if passed else "FAILED"
        print(f"== {self._title} {verdict} in {took:.1f} s\n", flush=True)
        return passed


def tests(arguments: list[str], env: dict[str, str], beside: Check) -> bool:
    """Whether the tests and the check beside them pass; pytest's summary is the last line."""
    workers = str(max(2, min(os.cpu_count() or 2, 8)))
    command = [str(PYTHON), "-m", "pytest", "-n", workers, "--dist", "worksteal", "-q", "-rs"]
    command += ["--color=yes"] if sys.stdout.isatty() else []
    held = b""
    with subprocess.Popen([*command, *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        for line in run.stdout:
            sys.stdout.buffer.write(held)
            sys.stdout.flush()
            held = line
    passed = beside.passes()
    sys.stdout.buffer.write(held)
    sys.stdout.flush()
    return passed and run.returncode == 0


def test(pytest_arguments: list[str]) -> int:
    """Every check, whatever becomes of the others; 0 only if all passed.

    The types are looked at by one thread for a minute or two, so that runs beside everything else.
    """
    env = qt_libraries.child_environment()
    # One thread per pytest worker: two workers with two torch threads each slow each other down.
    # The processes that tests start would compile Fovea anew where none may keep what it compiled.
    env.update(QT_QPA_PLATFORM="offscreen", OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="")
    types = Check("types", [str(PYTHON), "-m", "basedpyright", "--level", "error"], env)
    quick = [(title, Check(title, command, env).passes()) for title, command in checks()]
    failed = [title for title, passed in quick if not passed]
    print("== tests, and the types beside them")
    print("Left out by mark: " + LEFT_OUT)
    if failed:
        print("FAILED before the tests: " + ", ".join(failed))
    sys.stdout.flush()
    passed = tests(pytest_arguments, env, types)
    return 1 if failed or not passed else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="bootstrap.py", description="Set Fovea up in .venv and start it."
    )
    commands = result.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("demo", help="train the sample, in the window where there is a display")
    commands.add_parser("test", help="run every check; further arguments go to pytest")
    env = commands.add_parser("env", help="make the environment and stop")
    env.add_argument("--test", action="store_true", help="with the tools of the checks")
    commands.add_parser("start", help="open the window, with a project folder if one is given")
    return result


def main() -> int:
    """Run one command; 0 done, 1 failed, 2 wrong usage."""
    options, rest = parser().parse_known_args()
    if options.command is None or (rest and options.command not in ("test", "start")):
        parser().print_help(sys.stderr)
        return 2
    wants_tests = options.command == "test" or getattr(options, "test", False)
    try:
        environment.prepare(tests=wants_tests)
        qt_libraries.prepare()
    except SetupError as error:
        print(f"\nThe set-up stopped: {error}", file=sys.stderr)
        return 1
    if options.command == "demo":
        return demo()
    if options.command == "test":
        return test(rest)
    if options.command == "start":
        return start(rest)
    print(f"The environment is ready: {PYTHON}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
