"""What a storage's URL may be, and that nobody reads its password."""

from __future__ import annotations

import importlib.util
from unittest import mock

import pytest

from engine.errors import FoveaError
from engine.tune.remote.address import explained, parse_address

SECRET = "hush%2Fhush"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://me:{SECRET}@host/studies", "postgresql://me:***@host/studies"),
        (f"mysql://me:{SECRET}@host:3306/studies", "mysql://me:***@host:3306/studies"),
        (f"postgresql://me:{SECRET}@host/s?sslpassword={SECRET}", "postgresql://me:***@host/s"),
        ("postgresql://host/studies", "postgresql://host/studies"),
        ("grpc://host", "grpc://host"),
        ("grpc://[::1]:13000", "grpc://[::1]:13000"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    address = parse_address(url)
    assert address.shown == shown
    assert SECRET not in repr(address)


@pytest.mark.parametrize(
    "url", ["", "studies.db", "sqlite:///a.db", "grpc://", f"ftp://me:{SECRET}@host", "mysql://[x"]
)
def test_what_is_no_storage_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(FoveaError) as caught:
        parse_address(url)
    assert caught.value.code == "FV-S040"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "package"), [("postgresql", "pg8000"), ("mysql", "PyMySQL"), ("grpc", "grpcio")]
)
def test_a_missing_package_is_named(scheme: str, package: str) -> None:
    with (
        mock.patch.object(importlib.util, "find_spec", return_value=None),
        pytest.raises(FoveaError) as caught,
    ):
        parse_address(f"{scheme}://host/studies")
    assert caught.value.code == "FV-S041"
    assert package in caught.value.fix


def test_what_a_server_says_is_told_without_the_password() -> None:
    address = parse_address(f"postgresql://me:{SECRET}@host/studies")
    with pytest.raises(FoveaError) as caught, explained(address):
        raise OSError(f"cannot reach postgresql://me:{SECRET}@host with hush/hush")
    assert caught.value.code == "FV-S042"
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_of_what_grpc_says_the_readable_part_is_told() -> None:
    class Lost(OSError):
        """As grpc's errors are: a first line that says nothing."""

        def __str__(self) -> str:
            return "<_InactiveRpcError of RPC that terminated with:"

        def details(self) -> str:
            return "Deadline Exceeded"

    with pytest.raises(FoveaError) as caught, explained(parse_address("grpc://host")):
        raise Lost
    assert caught.value.why == "Deadline Exceeded"
