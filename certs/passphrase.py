"""Where the secret comes from that encrypts the private keys of a PKI directory: never out of that directory.

    V2X_PASSPHRASE_FILE                    a file with the secret in its first line, for services; goes first
    DIR/keys/id                            a random public name of the directory, 32 hex digits
    $XDG_CONFIG_HOME/v2x/secrets/<id>      its secret: 64 random hex digits and a line feed
    ~/.config/v2x/secrets/<id>             the same where XDG_CONFIG_HOME is not set to an absolute path

Files have mode 0600 in folders of mode 0700, and a secret that group or others may read is refused.  So a
copy of the directory has no usable keys; whoever means to move it carries the secret's file along.
``openssl pkey -in KEY -passin file:SECRET`` takes the same file.

Linux, macOS and other POSIX systems alike (macOS too uses ~/.config here).  Windows has no such modes: there
the user's own folder protects the file and no mode is checked.  systemd's LoadCredential= and a mounted
secret with mode 0400 fit V2X_PASSPHRASE_FILE.  XDG Base Directory Specification 0.8.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from v2x.errors import V2XError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PASSPHRASE_FILE", "PassphraseError", "read_passphrase", "secret_for", "secrets_folder"]

PASSPHRASE_FILE = "V2X_PASSPHRASE_FILE"
"""Environment variable with the path of a file that holds the secret."""

KEYS, ID = "keys", "id"
SECRET_LIMIT = 1024
"""Octets of a secret: as many as the openssl program takes."""
_ID = re.compile(r"[0-9a-f]{32}")


class PassphraseError(V2XError):
    """The secret of a directory can't be had; the message names the place and the way, never the secret."""


def secret_for(
    directory: Path, *, create: bool = False, environment: Mapping[str, str] | None = None
) -> bytes:
    """The secret (1 to 1024 octets) for the keys of ``directory``; PassphraseError says why there is none.

    ``create`` makes a new one where there is none: for a directory without keys, which must be there.
    ``environment`` is ``os.environ`` if not given.
    """
    environment = os.environ if environment is None else environment
    given = environment.get(PASSPHRASE_FILE)
    if given:
        return read_passphrase(Path(given))
    folder = secrets_folder(environment)
    name = _read_id(directory / KEYS / ID)
    if name is not None and (folder / name).exists():
        return read_passphrase(folder / name)
    if create:
        return _create(directory / KEYS, folder)
    if name is None:
        raise PassphraseError(
            f"{directory / KEYS / ID}: missing, so the secret of this directory's keys is not known "
            f"(name its file in {PASSPHRASE_FILE})"
        )
    raise PassphraseError(
        f"{folder / name}: missing: the keys in {directory} are encrypted under it. Carry this "
        f"file over, with mode 600, from where the directory was made, or name its place in {PASSPHRASE_FILE}"
    )


def secrets_folder(environment: Mapping[str, str]) -> Path:
    """Where the secrets of this user lie; PassphraseError where there is no home."""
    base = environment.get("XDG_CONFIG_HOME", "")
    if not Path(base).is_absolute():
        home = environment.get("HOME") or environment.get("USERPROFILE", "")
        if not home:
            raise PassphraseError(f"no home directory to keep secrets in: set {PASSPHRASE_FILE}")
        base = str(Path(home) / ".config")
    return Path(base) / "v2x" / "secrets"


def read_passphrase(path: Path) -> bytes:
    """The first line of a file that only its owner may read; PassphraseError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            octets = file.read(SECRET_LIMIT + 2)
    except OSError as error:
        raise PassphraseError(f"{path}: {error.strerror}") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PassphraseError(
            f"{path}: its mode {stat.S_IMODE(mode):04o} lets others at the secret (chmod 600 closes it)"
        )
    line = octets.split(b"\n")[0].removesuffix(b"\r")
    if not line:
        raise PassphraseError(f"{path}: its first line is empty")
    if len(line) > SECRET_LIMIT:
        raise PassphraseError(f"{path}: its first line has more than {SECRET_LIMIT} octets")
    return line


def _read_id(path: Path) -> str | None:
    """The name of a directory's secret, None where none was made yet."""
    try:
        with path.open("rb") as file:
            octets = file.read(64)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PassphraseError(f"{path}: {error.strerror}") from error
    name = octets.decode("ascii", errors="replace").strip()
    if not _ID.fullmatch(name):
        raise PassphraseError(f"{path}: 32 hex digits are wanted")
    return name


def _create(keys: Path, folder: Path) -> bytes:
    """A new secret under a new name: the secret comes first, so that no name is without one."""
    if any(keys.glob("*.pem")):
        raise PassphraseError(f"{keys}: holds keys already, whose secret is missing")
    secret, name = secrets.token_hex(32), secrets.token_hex(16)
    try:
        for part in (folder.parent, folder, keys):
            part.mkdir(mode=0o700, parents=part == folder.parent, exist_ok=True)
        _write(folder / name, secret)
        partial = keys / f".{ID}.{name}"
        _write(partial, name)
        partial.replace(keys / ID)
    except OSError as error:
        raise PassphraseError(
            f"{error.filename or folder}: {error.strerror} (a secret can also come from {PASSPHRASE_FILE})"
        ) from error
    return secret.encode("ascii")


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
