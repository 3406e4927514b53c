"""Ports by what they are, over a made-up tree of sysfs: links, interfaces, serial numbers, restarts."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from v2x.modem import recovery_means
from v2x.modem.discover import UsbPort, Wanted, at_ports, find_port, find_ports, usb_ports
from v2x.modem.errors import PortProblem, PortUnavailable
from v2x.modem.port import open_port
from v2x.modem.recovery_means import wait_for_port

SERIAL = "867000012345678"


class Tree:
    """A machine: ``plug`` and ``unplug`` modules; what sysfs and /dev then hold is as Linux has it."""

    def __init__(self, root: Path) -> None:
        self.sysfs, self.dev, self._devices = root / "class" / "tty", root / "dev", root / "devices"
        for folder in (self.sysfs, self.dev, self._devices):
            folder.mkdir(parents=True)
        (self.sysfs / "tty0").mkdir()  # a console: no device behind it
        platform = self._devices / "platform" / "serial8250"
        platform.mkdir(parents=True)
        (self.sysfs / "ttyS0").mkdir()
        (self.sysfs / "ttyS0" / "device").symlink_to(platform)

    def plug(self, place: str, ids: str, names: dict[int, str], *, serial: str | None = SERIAL) -> None:
        device = self._devices / "usb1" / place
        device.mkdir(parents=True, exist_ok=True)
        vid, pid = ids.split(":")
        files = {"idVendor": vid, "idProduct": pid, "product": "5G Module", "serial": serial}
        for name, text in files.items():
            if text is not None:
                (device / name).write_text(f"{text}\n")
        for interface, name in names.items():
            folder = device / f"{place}:1.{interface}"
            folder.mkdir()
            (folder / "bInterfaceNumber").write_text(f"{interface:02x}\n")
            below = folder if name.startswith("ttyACM") else folder / name
            below.mkdir(exist_ok=True)
            (self.sysfs / name).mkdir()
            (self.sysfs / name / "device").symlink_to(below)
            (self.dev / name).touch()

    def unplug(self, place: str, names: list[str]) -> None:
        shutil.rmtree(self._devices / "usb1" / place)
        for name in names:
            (self.dev / name).unlink()
            shutil.rmtree(self.sysfs / name)

    @property
    def where(self) -> dict[str, Path]:
        return {"sysfs": self.sysfs, "dev": self.dev}


QUALCOMM = {0: "ttyUSB0", 1: "ttyUSB1", 2: "ttyUSB2", 3: "ttyUSB10"}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_what_is_plugged_in(tree: Tree) -> None:
    assert usb_ports(**tree.where) == ()
    tree.plug("1-1", "2c7c:0801", QUALCOMM)
    tree.plug("1-2.4", "1782:4D00", {18: "ttyACM0"}, serial=None)
    ports = usb_ports(**tree.where)
    assert [(port.place, port.interface, Path(port.path).name) for port in ports] == [
        *(("1-1", number, name) for number, name in QUALCOMM.items()),
        ("1-2.4", 18, "ttyACM0"),
    ]
    assert ports[-1] == UsbPort(str(tree.dev / "ttyACM0"), "1782", "4d00", 18, "1-2.4", None, "5G Module")
    assert SERIAL not in f"{ports} {ports[0]}"
    assert "5678" in str(ports[0])


def test_a_machine_without_sysfs_and_a_half_gone_device(tree: Tree) -> None:
    assert usb_ports(sysfs=tree.sysfs / "no", dev=tree.dev) == ()
    tree.plug("1-1", "2c7c:0900", {4: "ttyUSB0", 5: "ttyUSB1"})
    (tree.dev / "ttyUSB0").unlink()
    assert [port.interface for port in usb_ports(**tree.where)] == [5]
    (tree.sysfs / "ttyUSB1" / "device").unlink()
    assert usb_ports(**tree.where) == ()


def test_the_at_ports_of_known_and_unknown_modules(tree: Tree) -> None:
    tree.plug("1-1", "2c7c:0801", QUALCOMM)
    tree.plug("1-2", "2c7c:0900", {4: "ttyUSB4", 6: "ttyUSB5"})
    assert [port.interface for port in at_ports(Wanted("2c7c", "0801", 0), **tree.where)] == [2, 3]
    assert [port.interface for port in at_ports(Wanted("2c7c", "0900"), **tree.where)] == [4, 6]
    assert find_port(Wanted("2c7c", "0801"), **tree.where).interface == 2
    with pytest.raises(PortUnavailable, match="several ports fit"):
        find_port(Wanted("2c7c", "0900"), **tree.where)
    with pytest.raises(PortUnavailable) as caught:
        find_port(Wanted("2c7c", "0900", 7), **tree.where)
    assert caught.value.problem is PortProblem.MISSING


def test_two_modules_of_a_kind_are_told_apart(tree: Tree) -> None:
    tree.plug("1-1", "2c7c:0801", {2: "ttyUSB0"}, serial="0001")
    tree.plug("1-2", "2c7c:0801", {2: "ttyUSB1"}, serial="0002")
    with pytest.raises(PortUnavailable, match="several"):
        find_port(Wanted("2c7c", "0801"), **tree.where)
    assert find_port(Wanted.parse("usb:2c7c:0801:2:0002"), **tree.where).path.endswith("ttyUSB1")
    assert len(find_ports(Wanted("2c7c"), **tree.where)) == 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("usb:2c7c:0900", Wanted("2c7c", "0900")),
        ("usb:2C7C:0900:2", Wanted("2c7c", "0900", 2)),
        ("usb:2c7c:0900::A:B", Wanted("2c7c", "0900", None, "A:B")),
    ],
)
def test_names_of_usb_ports(text: str, wanted: Wanted) -> None:
    assert Wanted.parse(text) == wanted


@pytest.mark.parametrize(
    "text", ["usb:", "usb:2c7c", "usb:2c7c:09", "usb:2c7c:0900:x", "usb:2c7c:0900:-1", "2c7c:0900"]
)
def test_names_that_are_none(text: str) -> None:
    with pytest.raises(PortUnavailable) as caught:
        Wanted.parse(text)
    assert caught.value.problem is PortProblem.ADDRESS


def test_a_serial_number_stays_out_of_errors(tree: Tree) -> None:
    wanted = Wanted.parse(f"usb:2c7c:0801:2:{SERIAL}")
    assert SERIAL not in f"{wanted} {wanted!r}"
    with pytest.raises(PortUnavailable) as caught:
        find_port(wanted, **tree.where)
    assert SERIAL not in str(caught.value)
    with pytest.raises(PortUnavailable) as caught:
        Wanted.parse(f"usb:2c7c:0801:x:{SERIAL}")
    assert SERIAL not in str(caught.value)


@pytest.fixture
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_means, "POLL_S", 0.001)


@pytest.mark.usefixtures("_often")
def test_the_same_port_comes_back_under_another_name(tree: Tree) -> None:
    tree.plug("1-1", "2c7c:0801", QUALCOMM)
    before = find_port(Wanted("2c7c", "0801"), **tree.where)

    async def main() -> UsbPort:
        tree.unplug("1-1", list(QUALCOMM.values()))
        waiting = asyncio.create_task(wait_for_port(Wanted.same_as(before), limit_s=20, **tree.where))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiting.done()
        tree.plug("1-2", "2c7c:0801", {2: "ttyUSB20"})  # its twin, on another plug
        tree.plug("1-1", "2c7c:0801", {2: "ttyUSB7", 3: "ttyUSB8"})
        return await waiting

    after = asyncio.run(main())
    assert Path(after.path).name == "ttyUSB7"
    assert (after.place, after.serial) == (before.place, SERIAL)


@pytest.mark.usefixtures("_often")
def test_waiting_ends(tree: Tree) -> None:
    with pytest.raises(PortUnavailable, match=r"did not come back within 0\.05 s"):
        asyncio.run(wait_for_port(Wanted("2c7c", "0801"), limit_s=0.05, **tree.where))


def test_a_usb_port_that_is_not_there_can_not_be_opened() -> None:
    with pytest.raises(PortUnavailable) as caught:
        asyncio.run(open_port("usb:ffff:ffff:2"))
    assert caught.value.problem is PortProblem.MISSING
