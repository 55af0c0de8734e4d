"""An end to waiting for a gRPC proxy: Optuna asks without one, and a dead network is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    import optuna

__all__ = ["set_deadline"]


def set_deadline(proxy: optuna.storages.GrpcStorageProxy, seconds: float) -> None:
    """From now on each answer has to come within so many seconds; else grpc.RpcError is raised."""
    import grpc

    class Within(grpc.UnaryUnaryClientInterceptor):
        """Gives each question the time that it may take."""

        @override
        def intercept_unary_unary(
            self, continuation: Any, client_call_details: Any, request: Any
        ) -> Any:
            """As grpc asks for it."""
            return continuation(client_call_details._replace(timeout=seconds), request)

    made: Any = proxy  # its parts are private to Optuna, whose version is pinned
    made._stub = type(made._stub)(grpc.intercept_channel(made._channel, Within()))
    made._cache = type(made._cache)(made._stub)
