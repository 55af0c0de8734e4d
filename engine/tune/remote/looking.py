"""Looking at a shared study without taking part: its trials are copied, nothing is written there.

Nothing is reached before somebody wants it: the folder of a study may be a stranger's, and so the
place that it names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder
from engine.tune.remote.address import StorageAddress, explained, parse_address
from engine.tune.remote.copy import LocalCopy

if TYPE_CHECKING:
    import optuna

__all__ = ["VARIABLE", "Onlooker", "address_of", "given_address", "needs_password"]

VARIABLE = "FOVEA_STORAGE"
"""Where the environment has the URL of the storage, password and all."""
_HIDDEN = ":***@"
_WITHIN = 8  # seconds for one answer


def needs_password(study: StudyFolder) -> bool:
    """Whether the storage asks for a password, which no folder holds."""
    return _HIDDEN in study.storage


def given_address(
    study: StudyFolder, environment: Mapping[str, str] = os.environ
) -> StorageAddress | None:
    """The study's storage where the environment names it: whoever set that wants it reached."""
    try:
        found = parse_address(environment.get(VARIABLE, ""))
    except FoveaError:
        return None
    return found if found.shown == study.storage else None


def address_of(study: StudyFolder, password: str = "") -> StorageAddress:
    """The storage that the study's folder names, with a password where it asks for one.

    Raises FoveaError FV-S040 and FV-S041 as :func:`parse_address`, and FV-S048 without a password.
    """
    if not needs_password(study):
        return parse_address(study.storage)
    if not password:
        raise FoveaError(
            "FV-S048",
            "The storage of this study asks for a password.",
            where=study.storage,
            why="It is written down nowhere.",
            kept="The trials are shown as they were copied last.",
            fix=f"Type it, or start the program with the whole URL in {VARIABLE}.",
        )
    return parse_address(study.storage.replace(_HIDDEN, f":{quote(password, safe='')}@", 1))


class Onlooker:
    """Brings the copy of a study in its folder up to date, as often as it is asked.

    One thread at a time may use it.
    """

    def __init__(self, study: StudyFolder, address: StorageAddress) -> None:
        self.study = study
        self._address = address
        self._copy = LocalCopy(study.database)
        self._found: optuna.Study | None = None

    def look(self) -> bool:
        """Reads the storage once; whether there was anything new.

        Raises FoveaError FV-S042 when it does not answer within some seconds, FV-S003 when it does
        not have the study, FV-O001 when the copy cannot be written. The next look begins anew.
        """
        import optuna

        try:
            with explained(self._address):
                if self._found is None:
                    storage = self._address.connect(within=_WITHIN)
                    name = self.study.name
                    self._found = optuna.load_study(storage=storage, study_name=name)
                return self._copy.update(self._found)
        except KeyError:
            self.close()
            raise FoveaError(
                "FV-S003",
                f"The storage has no study “{self.study.name:.80}” any more.",
                where=self._address.shown,
                why="Somebody has removed it there, or another database has the name now.",
                kept="The trials are shown as they were copied last.",
                fix="Ask whoever runs the storage.",
            ) from None
        except FoveaError:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the connection."""
        found, self._found = self._found, None
        if found is None:
            return
        storage: Any = found._storage  # a proxy, or Optuna's cache before a database
        if (backend := getattr(storage, "_backend", None)) is not None:
            backend.engine.dispose()
        else:
            storage.close()
