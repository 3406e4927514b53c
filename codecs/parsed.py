"""The parsed form of the ASN.1 modules: read from a file where it fits, parsed where it doesn't.

Parsing takes most of a second and pyparsing; reading what it yields takes milliseconds.  Three places, in
this order:

1. ``asn1/<profile>.parsed.json`` beside the sources, which ``setup.py`` writes when it builds;
2. the same file in the user's cache directory, ``$XDG_CACHE_HOME/v2x`` or ``~/.cache/v2x``;
3. the sources themselves; what they yield is then put into the cache directory if that can be written.

A file counts only if the digest in it is that of the present sources, asn1tools' version included, so that
an edited ``.asn`` takes effect at once.  ``setup.py`` loads this module by its path, before the package can
be imported: it must import nothing of ``v2x``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["DIRECTORY", "SOURCES", "cache_directory", "digest", "load", "parse", "write"]

DIRECTORY = Path(__file__).resolve().parent / "asn1"
"""Where the modules are."""

SOURCES = {
    "csae157_2020": ("day1.asn", "day2.asn", "csae157_2020.asn"),
    "csae53_2020": ("day1.asn", "csae53_2020.asn"),
    "ydt3709_2020": ("day1.asn", "ydt3709_2020.asn"),
}
"""The files whose modules make up a profile."""

FORMAT = 1
"""Changes when the layout of the parsed file does."""

_TUPLE = "()"
"""JSON has no tuples and asn1tools needs them: ``{"()": [...]}``."""


def digest(profile: str, directory: Path = DIRECTORY) -> str:
    """SHA-256 in hex over everything that the parsed form depends on."""
    try:
        parser = version("asn1tools")
    except PackageNotFoundError:
        parser = "unknown"
    state = hashlib.sha256(f"{FORMAT} {parser} {profile}".encode())
    for name in SOURCES[profile]:
        text = (directory / name).read_bytes()
        state.update(f"\n{name} {len(text)}\n".encode())
        state.update(text)
    return state.hexdigest()


def parse(profile: str, directory: Path = DIRECTORY) -> dict[str, Any]:
    """The modules of ``profile`` by name, in asn1tools' form, from their sources."""
    import asn1tools

    modules: dict[str, Any] = asn1tools.parse_files([str(directory / name) for name in SOURCES[profile]])
    return modules


def load(profile: str, directory: Path = DIRECTORY) -> dict[str, Any]:
    """The modules of ``profile`` by name, in asn1tools' form, the quickest way; nobody else holds them."""
    wanted = digest(profile, directory)
    built = directory / f"{profile}.parsed.json"
    cached = cache_directory() / f"{profile}-{wanted[:16]}.parsed.json"
    for path in (built, cached):
        modules = _read(path, wanted)
        if modules is not None:
            return modules
    modules = parse(profile, directory)
    with contextlib.suppress(OSError):  # a cache that can't be written costs time, nothing else
        cached.parent.mkdir(parents=True, exist_ok=True)
        _replace(cached, _render(modules, wanted))
    return modules


def write(profile: str, target: Path, directory: Path = DIRECTORY) -> Path:
    """Parse ``profile`` and write ``<profile>.parsed.json`` into the directory ``target``; gives its path."""
    path = target / f"{profile}.parsed.json"
    _replace(path, _render(parse(profile, directory), digest(profile, directory)))
    return path


def cache_directory() -> Path:
    """Where parsed forms are kept for this user; it need not exist."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification takes a relative path for none.
    return (Path(base) if os.path.isabs(base) else Path("~/.cache").expanduser()) / "v2x"  # noqa: PTH117


def _read(path: Path, wanted: str) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_bytes(), object_hook=_unpack)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("sha256") != wanted:
        return None
    modules = document.get("modules")
    return modules if isinstance(modules, dict) else None


def _render(modules: dict[str, Any], fingerprint: str) -> bytes:
    document = {"sha256": fingerprint, "modules": _pack(modules)}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=True).encode()


def _replace(path: Path, octets: bytes) -> None:
    """Write a file so that a reader finds the old one, the new one or none, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(octets)
        os.chmod(name, 0o644)  # noqa: PTH101 (mkstemp's 0600 would hide an installed file from other users)
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def _pack(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pack(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {_TUPLE: [_pack(item) for item in value]}
    if isinstance(value, list):
        return [_pack(item) for item in value]
    return value


def _unpack(document: dict[str, Any]) -> Any:
    return tuple(document[_TUPLE]) if _TUPLE in document else document
