"""Optuna's gRPC proxy for those who have no database: one computer keeps the file, all others ask.

Whoever reaches the port can read and change the studies: it is for a network of one's own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine.errors import FoveaError
from engine.tune.remote.address import PORT
from engine.tune.storage import first_line, quiet, storage_errors

__all__ = ["serve_studies"]


def serve_studies(file: Path, host: str = "localhost", port: int = PORT) -> None:
    """Serves the studies of an SQLite file, which is made if it is not there, until interrupted.

    Raises FoveaError FV-S041 when a package is missing, FV-S042 when the file or the port cannot be
    used.
    """
    from engine.tune.remote.address import parse_address

    parse_address(f"grpc://{host}:{port}")
    import optuna

    quiet()
    try:
        url = f"sqlite:///{file.absolute().as_posix()}"
        storage = optuna.storages.get_storage(url)
        optuna.storages.run_grpc_proxy_server(
            storage,
            host=host,
            port=port,
            # SQLite has no locks for rows: two at a time could take the same trial.
            thread_pool=ThreadPoolExecutor(max_workers=1),
        )
    except (*storage_errors(), OSError, RuntimeError) as error:
        raise FoveaError(
            "FV-S042",
            "The studies cannot be served.",
            where=f"{file}, {host}:{port}",
            why=first_line(error),
            kept="Nothing was changed.",
            fix="Choose another port, or a file in a folder that can be written to.",
        ) from error
