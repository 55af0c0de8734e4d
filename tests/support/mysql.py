"""A MariaDB server for one test: in a folder of its own, on the loopback, with a password."""

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

__all__ = ["missing", "mysql"]

_PROGRAMS = ("mariadb-install-db", "mariadbd", "mariadb-admin")
_SETTINGS = (
    "--character-set-server=latin1",  # as old servers have it
    "--default-time-zone=+09:00",
    "--wait-timeout=3",  # idle connections are dropped within one training
    "--innodb-snapshot-isolation=ON",  # the default from MariaDB 11.6 on
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
)
_USERS = f"""
CREATE DATABASE studies;
CREATE USER fovea@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON studies.* TO fovea@'127.0.0.1';
"""


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _user() -> str | None:
    """Whom the server runs as: it refuses root. Raises KeyError when there is nobody."""
    return None if os.geteuid() else pwd.getpwnam("mysql").pw_name


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    if not all(map(_program, _PROGRAMS)):
        return f"{', '.join(_PROGRAMS)} are not installed (Debian: mariadb-server)"
    try:
        _user()
    except KeyError:
        return "MariaDB refuses root, and there is no user named mysql"
    return ""


@contextlib.contextmanager
def mysql() -> Iterator[str]:
    """The URL of an empty database of a server that lives as long as the context.

    It is set up as no one would wish it: another time zone, another alphabet, short patience.
    """
    install, server, admin = map(str, map(_program, _PROGRAMS))
    place, user, port = Path(tempfile.mkdtemp(prefix="fovea-my-")), _user(), free_port()
    start = place / "start.sql"
    start.write_text(_USERS)
    if user is not None:
        for path in (place, start):
            shutil.chown(path, user)
    data = ("--no-defaults", f"--datadir={place / 'data'}")
    where = (f"--port={port}", "--bind-address=127.0.0.1", f"--socket={place / 'socket'}")
    files = (f"--init-file={start}", f"--pid-file={place / 'pid'}")
    reach = ("--no-defaults", "--protocol=tcp", "--host=127.0.0.1", f"--port={port}")
    try:
        with (place / "log").open("w") as log:
            told = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": place}
            subprocess.run(
                [install, *data, "--auth-root-authentication-method=normal"],
                user=user,
                check=True,
                **told,
            )
            with subprocess.Popen(
                [server, *data, *where, *files, *_SETTINGS], user=user, **told
            ) as running:
                try:
                    subprocess.run(
                        [admin, *reach, "--user=fovea", "--wait=60", "ping"],
                        env=os.environ | {"MYSQL_PWD": PASSWORD},
                        check=True,
                        timeout=120,
                        **told,
                    )
                    yield f"mysql://fovea:{QUOTED}@127.0.0.1:{port}/studies"
                finally:
                    running.kill()
    finally:
        shutil.rmtree(place, ignore_errors=True)
