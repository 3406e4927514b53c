"""What bring-up is told and what it says: settings, states, steps, the result.  Plain values.

``v2x.modem.bringup`` does the work and explains the states.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from v2x.modem import answers
from v2x.modem.errors import SettingError
from v2x.modem.urcs import REGISTRATION

if TYPE_CHECKING:
    from v2x.modem.cells import ServingCell

__all__ = ["BringUpResult", "BringUpSettings", "BringUpState", "Pin", "Step"]

RECOVERIES_LIMIT = 10
"""Recoveries within one bring-up: each takes minutes."""


class Pin:
    """A card's PIN, four to eight digits, that is tried once and never again after it was not accepted.

    A card locks itself after three wrong ones.  Keep one ``Pin`` for all bring-ups of a card: it remembers.
    Never shown.  Raises SettingError.
    """

    __slots__ = ("_digits", "_spent")

    def __init__(self, digits: str) -> None:
        if not (4 <= len(digits) <= 8 and digits.isascii() and digits.isdigit()):
            raise SettingError("a PIN has four to eight digits")
        self._digits = digits
        self._spent = False

    @property
    def spent(self) -> bool:
        """Whether it was tried and not accepted."""
        return self._spent

    def take(self) -> str:
        """The digits, for one try; spent until ``accepted``.  RuntimeError where it is spent already."""
        if self._spent:
            raise RuntimeError("a spent PIN must not be tried again")
        self._spent = True
        return self._digits

    def accepted(self) -> None:
        """The card took it: it may be used after the next restart."""
        self._spent = False

    def __repr__(self) -> str:
        return "Pin(****)"


class BringUpState(StrEnum):
    """How far it came."""

    NONE = "none"
    PORT = "port"
    AT = "at"
    SIM = "sim"
    REGISTERED = "registered"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class BringUpSettings:
    """What is wanted, and how long each step may take, seconds.

    ``apn`` ``None`` leaves the context as the module has it.  Raises SettingError on an APN or a context
    id that no command can carry.  ``domains`` (``+CEREG``, ...) must all be registered; empty takes any of
    the profile's.  ``pin`` is for a card that asks.  ``recoveries`` may be tried with a ``Recovery``.
    The limits are this project's choice: a cold search takes a minute or two.
    """

    profile: str = "unisoc"
    apn: str | None = None
    cid: int = 1
    pdp_type: str = "IPV4V6"
    at_limit_s: float = 30.0
    sim_limit_s: float = 30.0
    registration_limit_s: float = 180.0
    data_limit_s: float = 150.0
    domains: tuple[str, ...] = ()
    pin: Pin | None = None
    recoveries: int = 1

    def __post_init__(self) -> None:
        try:
            answers.define_context(self.cid, self.pdp_type, self.apn or "")
        except ValueError as error:
            raise SettingError(f"cid, pdp_type, apn: {error}") from None
        if not set(self.domains) <= REGISTRATION:
            raise SettingError(f"domains: out of {', '.join(sorted(REGISTRATION))}")
        if not 0 <= self.recoveries <= RECOVERIES_LIMIT:
            raise SettingError(f"recoveries: 0 to {RECOVERIES_LIMIT}")


@dataclass(frozen=True, slots=True)
class Step:
    """A step, how long it took, and what it had to wait for."""

    name: str
    seconds: float
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        view: dict[str, Any] = {"name": self.name, "seconds": round(self.seconds, 4)}
        return view | ({"notes": list(self.notes)} if self.notes else {})


@dataclass(frozen=True, slots=True)
class BringUpResult:
    """How far the module came; ``reason`` says why not further, ``identity`` is masked.

    ``steps`` succeeded, ``failed`` is the one that did not.  ``registered_s`` says by domain (``C5GREG``) how
    long after the registration step began it was first seen registered; ``recoveries`` what was tried.
    """

    state: BringUpState
    steps: tuple[Step, ...]
    simulated: bool = False
    identity: dict[str, str] = field(default_factory=dict)
    reason: str | None = None
    registration: str | None = None
    operator: str | None = None
    cell: ServingCell | None = None
    addresses: tuple[str, ...] = ()
    failed: Step | None = None
    registered_s: dict[str, float] = field(default_factory=dict)
    recoveries: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; keys without a value are left out."""
        view: dict[str, Any] = {
            "identity": self.identity,
            "simulated": self.simulated,
            "state": str(self.state),
            "steps": [step.to_dict() for step in self.steps],
        }
        extra = {
            "reason": self.reason,
            "registration": self.registration,
            "operator": self.operator,
            "cell": None if self.cell is None else str(self.cell),
            "addresses": list(self.addresses) or None,
            "failed": None if self.failed is None else self.failed.to_dict(),
            "registered_s": {name: round(s, 4) for name, s in self.registered_s.items()} or None,
            "recoveries": list(self.recoveries) or None,
        }
        return view | {key: value for key, value in extra.items() if value is not None}
