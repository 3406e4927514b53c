"""Ports by what they are, not by how they are called today: USB ids, interface, serial number.

    /sys/class/tty/ttyUSB2/device -> .../usb1/1-1/1-1:1.2/ttyUSB2
                                     |        |   +- bInterfaceNumber (hexadecimal)
                                     |        +----- idVendor, idProduct, serial, product
                                     +-------------- the place in the tree stays while the plug stays

    ports = usb_ports()                                  what is plugged in
    wanted = Wanted.parse("usb:2c7c:0900:2")             usb:<vid>:<pid>[:<interface>[:<serial>]]
    wanted = Wanted.same_as(ports[0])                    the same port again, under whatever name
    port = find_port(wanted)                             now; ``recovery_means.wait_for_port`` waits

After a restart the number behind ttyUSB may change, and a half-gone device may still be listed: a port
counts once its device file is there.  Serial numbers that all modules of a batch share exist, so that
``same_as`` asks for the place in the tree as well.

Source: Linux sysfs (USB and tty classes); the interfaces of Quectel modules on Qualcomm basebands by
public logs.  Nothing public says it for others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from v2x.modem.errors import PortProblem, PortUnavailable
from v2x.modem.redaction import mask

__all__ = ["UsbPort", "Wanted", "at_ports", "find_port", "find_ports", "usb_ports"]

SYSFS = Path("/sys/class/tty")
DEV = Path("/dev")

PORTS_LIMIT = 4096
"""Terminals that are looked at: a machine has some hundred."""

DEPTH_LIMIT = 16
"""Folders from a terminal up to its USB device: two or three, by the driver."""

TEXT_LIMIT = 256
"""Octets of a file in sysfs that are read: serial numbers and names are shorter."""

QUECTEL = "2c7c"
QUALCOMM_PIDS = frozenset({"0125", "0512", "0800", "0801", "0122"})
"""Quectel's products on Qualcomm basebands, for which the interfaces are known."""

QUALCOMM_AT = (2, 3)
"""Their interfaces with an AT port, best first: 0 is DIAG, 1 NMEA, from 4 on network."""

_HEX4 = re.compile(r"[0-9a-f]{4}\Z")


@dataclass(frozen=True, slots=True)
class UsbPort:
    """A serial device on USB; ``serial`` may be an identity and is shown masked."""

    path: str
    vid: str
    pid: str
    interface: int
    place: str
    serial: str | None = field(default=None, repr=False)
    product: str | None = None

    def __str__(self) -> str:
        serial = f" serial {mask(self.serial)}" if self.serial else ""
        name = f" {self.product}" if self.product else ""
        return f"{self.path} {self.vid}:{self.pid} interface {self.interface}{serial}{name}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a port must be; ``None`` takes any.  ``serial`` may be an identity and is not shown."""

    vid: str | None = None
    pid: str | None = None
    interface: int | None = None
    serial: str | None = field(default=None, repr=False)
    place: str | None = None

    @classmethod
    def parse(cls, text: str) -> Wanted:
        """Read ``usb:<vid>:<pid>[:<interface>[:<serial>]]``.  Raises PortUnavailable."""
        parts = text.removeprefix("usb:").split(":", 3)
        vid, pid = parts[0].lower(), parts[1].lower() if len(parts) > 1 else ""
        interface = parts[2] if len(parts) > 2 else ""
        number = interface == "" or (interface.isascii() and interface.isdigit() and len(interface) < 4)
        if not (text.startswith("usb:") and _HEX4.match(vid) and _HEX4.match(pid) and number):
            detail = "a USB port is usb:<vid>:<pid>[:<interface>[:<serial>]], as usb:2c7c:0900:2"
            raise PortUnavailable(cls._shown(text), PortProblem.ADDRESS, detail)
        serial = parts[3] if len(parts) > 3 else ""
        return cls(vid, pid, int(interface) if interface else None, serial or None)

    @staticmethod
    def _shown(text: str) -> str:
        return ":".join(text.split(":", 4)[:4])

    @classmethod
    def same_as(cls, port: UsbPort) -> Wanted:
        """The same port, whatever it is called next time."""
        return cls(port.vid, port.pid, port.interface, port.serial, port.place)

    def fits(self, port: UsbPort) -> bool:
        """Whether ``port`` is what is wanted."""
        pairs = (
            (self.vid, port.vid),
            (self.pid, port.pid),
            (self.interface, port.interface),
            (self.serial, port.serial),
            (self.place, port.place),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)

    def other_interfaces(self) -> Wanted:
        """The same module by any of its ports."""
        return replace(self, interface=None)

    def __str__(self) -> str:
        interface = "" if self.interface is None else f" interface {self.interface}"
        serial = f" serial {mask(self.serial)}" if self.serial else ""
        return f"{self.vid or '*'}:{self.pid or '*'}{interface}{serial}"


def usb_ports(*, sysfs: Path = SYSFS, dev: Path = DEV) -> tuple[UsbPort, ...]:
    """The serial devices on USB that are there now, by place and interface; empty where there is no sysfs."""
    try:
        entries = sorted(sysfs.iterdir())[:PORTS_LIMIT]
    except OSError:
        return ()
    found = [port for entry in entries if (port := _usb_port(entry, dev)) is not None]
    return tuple(sorted(found, key=lambda port: (port.place, port.interface, port.path)))


def _usb_port(entry: Path, dev: Path) -> UsbPort | None:
    """A terminal's entry as a USB port; ``None`` for any other, and for one that is going away."""
    path = dev / entry.name
    try:
        folder = (entry / "device").resolve(strict=True)
        if not path.exists():
            return None
    except (OSError, RuntimeError):
        return None
    interface: str | None = None
    for place in (folder, *folder.parents)[:DEPTH_LIMIT]:
        interface = interface or _text(place / "bInterfaceNumber")
        vid, pid = _text(place / "idVendor"), _text(place / "idProduct")
        if vid and pid:
            number = int(interface, 16) if interface and re.fullmatch("[0-9a-fA-F]{1,2}", interface) else 0
            serial, product = _text(place / "serial"), _text(place / "product")
            return UsbPort(str(path), vid.lower(), pid.lower(), number, place.name, serial, product)
    return None


def _text(path: Path) -> str | None:
    """A file's text, ``None`` where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(TEXT_LIMIT).decode("utf-8", "replace").strip() or None
    except OSError:
        return None


def find_ports(wanted: Wanted, *, sysfs: Path = SYSFS, dev: Path = DEV) -> tuple[UsbPort, ...]:
    """The ports that fit."""
    return tuple(port for port in usb_ports(sysfs=sysfs, dev=dev) if wanted.fits(port))


def at_ports(wanted: Wanted, *, sysfs: Path = SYSFS, dev: Path = DEV) -> tuple[UsbPort, ...]:
    """The ports of a module that may answer AT commands, best first.

    Known where the table knows the product; else all of them in order, which a probe has to sort out.
    """
    ports = find_ports(wanted.other_interfaces(), sysfs=sysfs, dev=dev)
    known = [p for number in QUALCOMM_AT for p in ports if p.interface == number and _is_known(p)]
    return tuple(known) or ports


def _is_known(port: UsbPort) -> bool:
    return port.vid == QUECTEL and port.pid in QUALCOMM_PIDS


def find_port(wanted: Wanted, *, sysfs: Path = SYSFS, dev: Path = DEV) -> UsbPort:
    """The one port that fits.

    Raises PortUnavailable where there is none, or several and the interface is not said.  Without an
    interface a known product's AT port is taken.
    """
    ports = find_ports(wanted, sysfs=sysfs, dev=dev)
    if wanted.interface is None and ports:
        ports = at_ports(wanted, sysfs=sysfs, dev=dev)
        if len({port.place for port in ports}) == 1 and _is_known(ports[0]):
            ports = ports[:1]
    if not ports:
        raise PortUnavailable(f"usb {wanted}", PortProblem.MISSING, "no such port is plugged in")
    if len(ports) > 1:
        detail = f"several ports fit: {', '.join(map(str, ports[:8]))}"
        raise PortUnavailable(f"usb {wanted}", PortProblem.ADDRESS, detail)
    return ports[0]
