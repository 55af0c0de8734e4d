"""The graphics cards that Windows' registry tells of, read from a planted registry."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.computer import plugged
from engine.computer.plugged import plugged_cards
from engine.computer.records import Card

ROOT = r"SYSTEM\CurrentControlSet\Enum\PCI"
DISPLAY = [
    "PCI\\VEN_10DE&DEV_2684&REV_A1",
    "PCI\\VEN_10DE&CC_0300",
    "PCI\\CC_030000",
    "PCI\\CC_0300",
]
BRIDGE = ["PCI\\VEN_8086&DEV_A30D&REV_10", "PCI\\VEN_8086&CC_0601", "PCI\\CC_0601"]
RTX, ARC, RADEON = "VEN_10DE&DEV_2684&SUBSYS_16F1&REV_A1", "VEN_8086&DEV_56A0", "VEN_1002&DEV_744C"

NVIDIA = Card("NVIDIA", "NVIDIA graphics")
AMD, INTEL = Card("AMD", "AMD graphics"), Card("Intel", "Intel graphics")
OTHER = Card("other", "simple graphics")

Registry = dict[str, Any]
"""Keys are objects, a key that is an error cannot be opened, all else are values."""


class Key:
    """One opened key of the planted registry."""

    opened = 0

    def __init__(self, content: Registry) -> None:
        self.content = content
        self.names = [name for name, under in content.items() if isinstance(under, dict | OSError)]

    def __enter__(self) -> Key:
        Key.opened += 1
        return self

    def __exit__(self, *_error: object) -> None:
        Key.opened -= 1


def fake_winreg(root: Registry) -> ModuleType:
    """Stands in for the module ``winreg``, which only Windows has."""

    def open_key(key: Key | int, name: str) -> Key:
        if key == made.HKEY_LOCAL_MACHINE:
            found: Any = root.get(name, FileNotFoundError(2, "not found"))
        else:
            assert isinstance(key, Key)
            found = key.content[name]
        if isinstance(found, OSError):
            raise found
        return Key(found)

    def enum_key(key: Key, number: int) -> str:
        if number >= len(key.names):
            raise OSError(259, "No more data is available")
        return key.names[number]

    def query(key: Key, name: str) -> tuple[Any, int]:
        if name not in key.content:
            raise FileNotFoundError(2, "not found")
        return key.content[name], 7

    made: Any = ModuleType("winreg")
    made.HKEY_LOCAL_MACHINE = 0x80000002
    made.HKEYType, made.OpenKey, made.EnumKey, made.QueryValueEx = Key, open_key, enum_key, query
    return made


def cards(devices: Registry | None) -> tuple[Card, ...]:
    """What is read from a registry with these PCI devices; ``None`` for one without the key."""
    root = {} if devices is None else {ROOT: devices}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        patch.setitem(sys.modules, "winreg", fake_winreg(root))
        found = plugged_cards()
    assert Key.opened == 0, "a key was left open"
    return found


def device(kinds: Any = DISPLAY, **more: Any) -> Registry:
    """A device in one slot."""
    return {"4&1a2b&0&0008": {"CompatibleIDs": kinds, "DeviceDesc": "x", **more}}


def test_several_cards_are_found_and_nvidias_come_first() -> None:
    bridge = {"VEN_8086&DEV_A30D": device(BRIDGE)}
    found = cards({ARC: device(), **bridge, RADEON: device(), RTX: device()})
    assert found == (NVIDIA, INTEL, AMD)


def test_the_same_card_in_two_slots_is_two_cards() -> None:
    assert cards({RTX: {**device(), "4&ffff&0&0010": {"CompatibleIDs": DISPLAY}}}) == (NVIDIA,) * 2


def test_a_card_for_computing_without_a_screen_is_found() -> None:
    assert cards({RTX: device(["PCI\\VEN_10DE&CC_030200", "PCI\\CC_0302"])}) == (NVIDIA,)


def test_a_card_on_microsofts_basic_driver_is_found() -> None:
    assert cards({RTX: device(Service="BasicDisplay")}) == (NVIDIA,)


def test_a_virtual_machines_and_a_servers_own_graphics_are_simple() -> None:
    assert cards({"VEN_1414&DEV_008E": device(), "VEN_102B&DEV_0534": device()}) == (OTHER,) * 2


def test_a_computer_with_only_a_remote_screen_has_none() -> None:
    assert cards({"VEN_8086&DEV_A30D": device(BRIDGE)}) == ()
    assert cards({}) == ()


@pytest.mark.parametrize("missing", [None, PermissionError(5, "denied")], ids=["gone", "denied"])
def test_a_registry_without_the_key_has_none(missing: Any) -> None:
    assert cards(missing) == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"VEN_8086&DEV_1": PermissionError(5, "denied")},
        {"VEN_8086&DEV_1": {"4&0": PermissionError(5, "denied")}},
        {"VEN_8086&DEV_1": {"4&0": {}}},
        {"VEN_8086&DEV_1": {}},
        {"VEN_8086&DEV_1": device(None)},
        {"VEN_8086&DEV_1": device(3)},
        {"VEN_8086&DEV_1": device(b"PCI\\CC_0300")},
        {"VEN_8086&DEV_1": device([None, 3, b"\\CC_0300"])},
        {"VEN_8086&DEV_1": device([])},
        {"VEN_": device()},
        {"VEN_ZZZZ&DEV_1": device()},
        {"a": device()},
        {"": device()},
    ],
)
def test_an_odd_entry_is_passed_over_and_the_next_is_read(broken: Registry) -> None:
    assert cards({**broken, RTX: device()}) == (NVIDIA,)


def test_one_kind_may_be_a_text_and_letters_may_be_small() -> None:
    assert cards({RTX: device("PCI\\CC_0300")}) == (NVIDIA,)
    assert cards({"ven_10de&dev_2684": device(["pci\\ven_10de&cc_0300"])}) == (NVIDIA,)


VALUES = st.one_of(
    st.none(), st.integers(), st.text(), st.binary(), st.lists(st.one_of(st.text(), st.none()))
)
SLOTS = st.dictionaries(
    st.text(), st.one_of(st.dictionaries(st.just("CompatibleIDs"), VALUES), st.just(OSError(5)))
)


@given(st.dictionaries(st.text().filter(lambda name: name != RTX), SLOTS))
def test_no_registry_is_a_reason_to_fail(odd: Registry) -> None:
    assert NVIDIA in cards({**odd, RTX: device()})


def test_elsewhere_the_registry_is_not_asked() -> None:
    assert list(plugged._windows()) == [] or sys.platform == "win32"
