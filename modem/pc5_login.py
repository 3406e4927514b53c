"""The first words between host and agent: who is there, what he can do, and a proof that he knows the token.

    agent  HELLO   protocol "v2x-pc5-agent", versions [1], name, simulated, functions, nonce, auth
    host   LOGIN   version 1, name, nonce, proof     where the agent wants one (auth) or a token is set
    agent  READY   proof                             the same
    proof          HMAC-SHA256(token, "v2x-pc5-agent " + "host" or "agent" + " " + nonces), hexadecimal;
                   nonces: the agent's and the host's, 16 octets each, drawn anew for each connection

The token itself never travels, and an old proof is of no use.  A host with a token lets no agent in that
doesn't prove the same token.  What follows is neither hidden nor protected by it.  RFC 2104 (HMAC).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.modem.errors import SettingError
from v2x.modem.pc5_types import Function
from v2x.modem.pc5_wire import PROTOCOL, VERSION, AgentProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["NONCE_SIZE", "Greeting", "Login", "Token"]

NONCE_SIZE = 16
TOKEN_SIZE = range(16, 1025)
"""Octets of a token: fewer could be guessed from a proof that was overheard."""

NAME_LIMIT = 64
_NONCE = re.compile(rf"[0-9a-f]{{{2 * NONCE_SIZE}}}\Z")


class Token:
    """A secret shared by host and agent, 16 to 1024 octets; it shows nowhere."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        if len(octets) not in TOKEN_SIZE:
            raise ValueError(f"a token has {TOKEN_SIZE.start}..{TOKEN_SIZE.stop - 1} octets")
        self._octets = octets

    @classmethod
    def read(cls, path: Path) -> Token:
        """The token in a file, without white space around it.  Raises SettingError."""
        try:
            with path.open("rb") as file:
                return cls(file.read(TOKEN_SIZE.stop + 1).strip())
        except OSError as error:
            raise SettingError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise SettingError(f"{path}: {error}") from None

    def proof(self, role: str, agent_nonce: str, host_nonce: str) -> str:
        """What ``role`` ("host" or "agent") shows in this connection."""
        nonces = bytes.fromhex(agent_nonce) + bytes.fromhex(host_nonce)
        return hmac.new(self._octets, f"{PROTOCOL} {role} ".encode() + nonces, "sha256").hexdigest()

    def __repr__(self) -> str:
        return "Token(...)"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What an agent says of itself; functions that are not known here are left out."""

    name: str
    simulated: bool
    functions: frozenset[Function]
    nonce: str
    auth: bool

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Greeting:
        """Read a HELLO.  Raises AgentProtocolError."""
        name, nonce, versions = values.get("name"), values.get("nonce"), values.get("versions")
        if values.get("protocol") != PROTOCOL:
            raise AgentProtocolError("the other side is no agent")
        if not isinstance(versions, list) or VERSION not in versions:
            raise AgentProtocolError(f"the agent has no version {VERSION}")
        if not isinstance(name, str) or not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
            raise AgentProtocolError("name: 1..64 printable characters")
        if not isinstance(nonce, str) or not _NONCE.match(nonce):
            raise AgentProtocolError(f"nonce: {2 * NONCE_SIZE} hexadecimal digits")
        flags = [values.get("simulated"), values.get("auth")]
        if not all(isinstance(flag, bool) for flag in flags):
            raise AgentProtocolError("simulated, auth: true or false")
        listed = values.get("functions")
        if not isinstance(listed, list):
            raise AgentProtocolError("functions: a list")
        functions = frozenset(function for function in Function if function.value in listed)
        return cls(name, flags[0] is True, functions, nonce, flags[1] is True)


@dataclass(frozen=True, slots=True)
class Login:
    """The host's side of one connection: ``nonce`` is 32 hexadecimal digits drawn for it."""

    greeting: Greeting
    nonce: str
    token: Token | None

    def values(self, name: str) -> dict[str, Any]:
        """The LOGIN.  Raises SettingError where the agent wants a token and there is none."""
        values: dict[str, Any] = {"version": VERSION, "name": name, "nonce": self.nonce}
        if self.token is not None:
            values["proof"] = self.token.proof("host", self.greeting.nonce, self.nonce)
        elif self.greeting.auth:
            raise SettingError(f"agent {self.greeting.name} wants a token and none is configured")
        return values

    def check(self, ready: Mapping[str, Any]) -> None:
        """Read the READY.  Raises AgentProtocolError where the agent can't prove the token."""
        if self.token is None:
            return
        proof = ready.get("proof")
        wanted = self.token.proof("agent", self.greeting.nonce, self.nonce)
        if not isinstance(proof, str) or not hmac.compare_digest(proof.encode(), wanted.encode()):
            raise AgentProtocolError("the agent does not prove that it has the token")
