"""Where a shared study lies: the URL of a database or of a gRPC proxy, and what must be installed.

A URL may hold a password. Only :meth:`StorageAddress.connect` uses it: what is shown, written down
or raised has ``***`` in its place.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from engine.errors import FoveaError

if TYPE_CHECKING:
    import optuna

__all__ = ["StorageAddress", "explained", "parse_address"]

PORT = 13000
"""Where Optuna's gRPC proxy listens unless told otherwise."""

_KINDS = {
    "postgresql": ("postgresql+pg8000", "pg8000"),
    "postgres": ("postgresql+pg8000", "pg8000"),
    "postgresql+pg8000": ("postgresql+pg8000", "pg8000"),
    "postgresql+psycopg": ("postgresql+psycopg", "psycopg"),
    "mysql": ("mysql+pymysql", "pymysql"),
    "mysql+pymysql": ("mysql+pymysql", "pymysql"),
    "mariadb": ("mysql+pymysql", "pymysql"),
    "mariadb+pymysql": ("mysql+pymysql", "pymysql"),
    "grpc": ("grpc", "grpc"),
}
"""By the word in front of ``://``: the one that SQLAlchemy takes, and the module that is needed.

MariaDB goes by MySQL's: Optuna writes an attribute in one step only where that is the name.
"""
_PACKAGES = {"grpc": "grpcio", "pymysql": "PyMySQL"}
_WAITS = {
    "postgresql+pg8000": ("timeout",),
    "postgresql+psycopg": ("connect_timeout",),
    "mysql+pymysql": ("connect_timeout", "read_timeout", "write_timeout"),
}
"""What each module calls the seconds after which an answer does not come any more."""
_ANSWER = 60


@dataclass(frozen=True, slots=True)
class StorageAddress:
    """A place that holds studies.

    Attributes:
        shown: the URL without its password.
    """

    shown: str
    _scheme: str
    _url: str = field(repr=False)
    _secret: str = field(repr=False)

    def connect(self, within: int | None = None) -> optuna.storages.BaseStorage:
        """Optuna's storage there; a database gets Optuna's tables where it has none.

        ``within`` is for those who only look: every answer has to come within so many seconds, and
        no tables are made. Without it a server that is lost later is waited for, see
        :mod:`engine.tune.remote.patience`. Raises FoveaError FV-S042 when there is no server, or it
        refuses.
        """
        import optuna

        from engine.tune.remote.deadline import set_deadline
        from engine.tune.remote.patience import be_patient

        with explained(self):
            if self._scheme == "grpc":
                parts = urlsplit(self._url)
                proxy = optuna.storages.GrpcStorageProxy(
                    host=parts.hostname or "localhost", port=parts.port or PORT
                )
                proxy.wait_server_ready(timeout=within or 20)
                set_deadline(proxy, within or _ANSWER)
                return proxy
            waits = dict.fromkeys(_WAITS.get(self._scheme, ()), within or _ANSWER)
            options = {"pool_pre_ping": True, "connect_args": waits}
            rdb = optuna.storages.RDBStorage(
                self._url, engine_kwargs=options, skip_table_creation=within is not None
            )
            if within is None:
                be_patient(rdb.engine)
            return optuna.storages.get_storage(rdb)

    def without_password(self, text: str) -> str:
        """``text`` with ``***`` for the password, as it is and as a URL spells it."""
        for secret in {self._secret, unquote(self._secret), quote(unquote(self._secret), safe="")}:
            text = text.replace(secret, "***") if secret else text
        return text


def parse_address(url: str) -> StorageAddress:
    """The storage of a URL, such as ``postgresql://user:password@host/database``.

    Raises FoveaError FV-S040 for one that is none of the kinds, and FV-S041 when a package is
    missing.
    """
    scheme, sign, rest = url.strip().partition("://")
    kind, module = _KINDS.get(scheme.lower(), ("", ""))
    parts, secret, named = urlsplit(""), "", False
    with contextlib.suppress(ValueError):
        parts = urlsplit(f"{kind}://{rest}")
        secret, named = parts.password or "", bool(parts.hostname) and parts.port != 0
    if not (kind and sign and named):
        raise FoveaError(
            "FV-S040",
            "This is not the address of a storage for studies.",
            where=scheme[:40] if sign else "--storage",
            why="It begins with postgresql://, mysql:// or grpc:// and names a computer.",
            kept="Nothing was changed.",
            fix="For example: postgresql://user:password@host/database, or grpc://host:13000.",
        )
    if importlib.util.find_spec(module) is None:
        package = _PACKAGES.get(module, module)
        raise FoveaError(
            "FV-S041",
            f"The package {package} is not installed.",
            where=f"{kind}://",
            why="Studies on several computers need it, which the program alone does not.",
            kept="Nothing was changed.",
            fix=f"Install it beside Fovea: pip install {package}",
        )
    place = parts.netloc.rpartition("@")
    user = place[0].partition(":")[0] + (":***" if secret else "") + place[1]
    shown = f"{scheme.lower()}://{user}{place[2]}{parts.path}"
    return StorageAddress(shown, kind, f"{kind}://{rest}", secret)


@contextlib.contextmanager
def explained(address: StorageAddress) -> Iterator[None]:
    """Tells a person when the storage refuses: raises FoveaError FV-S042."""
    from engine.tune.storage import first_line, storage_errors

    try:
        yield
    except (*storage_errors(), OSError) as error:
        cause = error.__cause__ or error
        cause = cause if str(cause) else error
        details: Any = getattr(cause, "details", None)  # of gRPC's errors, the one readable part
        words = (
            details() if callable(details) else first_line(getattr(cause, "orig", None) or cause)
        )
        text = str(words or type(cause).__name__)
        raise FoveaError(
            "FV-S042",
            "The storage of the study does not answer, or refuses.",
            where=address.shown,
            why=address.without_password(text),
            kept="The trials that are over are safe there, and the runs of this computer here.",
            fix="Check that the server runs and lets this computer in, and start the command anew.",
        ) from None
