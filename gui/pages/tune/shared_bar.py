"""Where the trials of a shared study are, and the way to them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QWidget

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder
from engine.tune.remote.looking import address_of, given_address, needs_password
from engine.tune.table import StudyTable
from gui.pages.tune.follower import Follower
from gui.pages.tune.shared_words import error_words, state_words
from gui.pages.tune.trial_model import NO_TABLE
from gui.pages.tune.winner_lines import Remark
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, button, label, row

__all__ = ["SharedBar"]

_NARROW = 70 * SPACE  # below it the state and the way there stand one under the other
_TIP = "Reads the trials from there, now and every few seconds, while the page is shown."


class SharedBar(Card):
    """Hidden but for a study on a storage. Emits ``copied`` when the folder has newer trials.

    Nothing is reached before somebody presses Connect, unless the environment names the very
    storage. A password is kept for as long as the connection, and nowhere.
    """

    copied = Signal()

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(gap=SPACE // 2 + 2, parent=parent)
        self._study: StudyFolder | None = None
        self._table = NO_TABLE
        self.follower = Follower(runner, self)
        self.place = label("", wrap=True, select=True)
        self.place.setToolTip("Several computers share this study there.")
        self.told = label("", "muted", wrap=True)
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText("Password")
        self.password.setAccessibleName("Password of the storage")
        self.password.setMaximumWidth(24 * SPACE)
        self.connect_button = button("Connect", self._connect, icon="database", tip=_TIP)
        self.problem = Remark()
        self._lay_out()
        self.password.returnPressed.connect(self._connect)
        self.password.textChanged.connect(lambda _text: self._enable())
        self.follower.changed.connect(self._show)
        self.follower.looked.connect(lambda news: self.copied.emit() if news else None)
        self.hide()

    def _lay_out(self) -> None:
        outer = self.layout()
        assert outer is not None
        outer.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)  # in line with the card below
        self._asking = QWidget()
        self._asking.setLayout(row(self.password, self.connect_button, STRETCH))
        self._line = row(self.told, self._asking)
        self._line.setStretch(0, 1)
        self.body.addWidget(self.place)
        self.body.addLayout(self._line)
        self.body.addWidget(self.problem)

    def show_study(self, study: StudyFolder | None) -> None:
        """Turns to another study, or to none."""
        self._study = study if study is not None and study.storage else None
        self._table = NO_TABLE
        self.password.clear()
        self.follower.leave()
        self.setVisible(self._study is not None)
        if self._study is not None:
            self.place.setText(f"Shared on {self._study.storage}")
            given = given_address(self._study)
            if given is not None:
                self.follower.follow(self._study, given)

    def show_table(self, table: StudyTable) -> None:
        """Takes the trials as they were read from the folder."""
        self._table = table
        self._show()

    def _connect(self) -> None:
        study = self._study
        if study is None or self.follower.busy:
            return
        try:
            address = given_address(study) or address_of(study, self.password.text())
        except FoveaError as error:
            self._tell(error)
            return
        self.follower.follow(study, address)

    def _show(self) -> None:
        study, follower = self._study, self.follower
        if study is None:
            return
        if follower.at is not None:
            self.password.clear()
        words = "Reading…" if follower.busy and follower.at is None else ""
        self.told.setText(words or state_words(self._table, follower.at))
        asks = not follower.following
        self._asking.setVisible(asks)
        self.password.setVisible(needs_password(study))
        self._tell(follower.error)
        self._enable()

    def _enable(self) -> None:
        study = self._study
        lacks = study is not None and needs_password(study) and not self.password.text()
        self.connect_button.setEnabled(not lacks)
        self.connect_button.setToolTip("Type the password first." if lacks else _TIP)

    def _tell(self, error: FoveaError | None) -> None:
        """Says what went wrong, in a line or two: the table below is what matters."""
        again = self.follower.following  # it answered before, and is asked again without anybody
        words = "" if error is None else error_words(error, again=again)
        self.problem.say(words, "warning" if again else "danger")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the sentence has a line of its own."""
        super().resizeEvent(event)
        sides = QBoxLayout.Direction
        narrow = event.size().width() < _NARROW
        self._line.setDirection(sides.TopToBottom if narrow else sides.LeftToRight)

    def showEvent(self, event: QShowEvent) -> None:
        """Looks on."""
        super().showEvent(event)
        self.follower.show(seen=True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Looks no longer: nobody would see it."""
        super().hideEvent(event)
        self.follower.show(seen=False)
