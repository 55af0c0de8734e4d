"""A PostgreSQL server for one test: in a folder of its own, on the loopback, with a password."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.server import PASSWORD, QUOTED, free_port

__all__ = ["missing", "postgres"]


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "pg_ctl").exists()), None)


def _user() -> str | None:
    """Whom the server runs as: it refuses root. Raises KeyError when there is nobody."""
    return None if os.geteuid() else pwd.getpwnam("postgres").pw_name


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    if _binaries() is None:
        return "PostgreSQL's initdb and pg_ctl are not installed (Debian: postgresql)"
    try:
        _user()
    except KeyError:
        return "PostgreSQL refuses root, and there is no user named postgres"
    return ""


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database of a server that lives as long as the context."""
    binaries, user, port = _binaries(), _user(), free_port()
    assert binaries is not None
    place = Path(tempfile.mkdtemp(prefix="fovea-pg-"))
    secret = place / "secret"
    secret.write_text(PASSWORD)
    if user is not None:
        for path in (place, secret):
            shutil.chown(path, user)

    def call(program: str, *arguments: str) -> None:
        # To a file: a pipe would stay open in the server, which is its child.
        with (place.parent / f"{place.name}.log").open("a") as log:
            subprocess.run(
                [binaries / program, "-D", place / "data", *arguments],
                user=user,
                cwd=place,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    try:
        call("initdb", "-U", "fovea", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -F"
        call("pg_ctl", "-w", "-o", options, "start")
        try:
            yield f"postgresql://fovea:{QUOTED}@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)
        (place.parent / f"{place.name}.log").unlink(missing_ok=True)
