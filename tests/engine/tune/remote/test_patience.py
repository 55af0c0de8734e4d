"""A server that is away for a moment, as SQLAlchemy tells it."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
import sqlalchemy
from sqlalchemy.exc import OperationalError

from engine.tune.remote import patience
from engine.tune.remote.patience import be_patient


@pytest.fixture
def engine() -> Iterator[sqlalchemy.Engine]:
    """A database that needs no server."""
    made = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.NullPool)
    yield made
    made.dispose()


def away(engine: sqlalchemy.Engine, times: int) -> mock._patch[mock.Mock]:
    """Lets so many connections fail as a server that is gone does."""
    gone = engine.dialect.loaded_dbapi.OperationalError("gone")
    usual = engine.dialect.connect
    left = [gone] * times

    def connect(*place: object, **options: object) -> object:
        if left:
            raise left.pop()
        return usual(*place, **options)

    return mock.patch.object(engine.dialect, "connect", mock.Mock(side_effect=connect))


def test_it_is_tried_again_until_it_is_back(engine: sqlalchemy.Engine) -> None:
    be_patient(engine)
    with (
        mock.patch.object(patience.time, "sleep") as slept,
        away(engine, 5) as tries,
        engine.connect() as found,
    ):
        assert found.execute(sqlalchemy.text("SELECT 7")).scalar() == 7
    assert tries.call_count == 6
    assert [one.args[0] for one in slept.call_args_list] == [0.5, 1.0, 2.0, 5.0, 5.0]


def test_in_the_end_it_is_given_up(engine: sqlalchemy.Engine) -> None:
    be_patient(engine, seconds=0.2)
    with away(engine, 99) as tries, pytest.raises(OperationalError):
        engine.connect()
    assert tries.call_count == 1
