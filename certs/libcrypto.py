"""The few calls of OpenSSL's libcrypto 3 that SM2 and SM3 need, through ctypes.

Keys are ``EVP_PKEY`` objects made by ``EVP_PKEY_fromdata``; signing and verifying take the 32-octet digest
e (``EVP_PKEY_sign``, ``EVP_PKEY_verify``), so no SM2 user id ever reaches libcrypto: e = SM3(Z_A || M) is
made in :mod:`v2x.certs.sm2`, and a library's default id can't slip in.  ctypes releases the interpreter
lock during a call.  Contexts belong to one call, keys are only read after they are made: any thread may
call.  Whatever is allocated is freed on every path.

Sources: the manual pages of OpenSSL 3.0 (EVP_PKEY_fromdata, EVP_PKEY_sign, EVP_PKEY_verify, EC_POINT_mul);
DER form of a signature: SEQUENCE { r INTEGER, s INTEGER } (GB/T 35276 as OpenSSL has it).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint, c_ulong, c_void_p
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CryptoUnavailableError", "Key", "library", "library_version", "public_of", "sm3"]

ENVIRONMENT = "V2X_LIBCRYPTO"
"""Environment variable with the path of the libcrypto to use."""

_NAMES = {
    "linux": ("libcrypto.so.3", "libcrypto.so"),
    "darwin": (
        "libcrypto.3.dylib",
        "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
        "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib",
    ),
    "win32": ("libcrypto-3-x64.dll", "libcrypto-3-arm64.dll", "libcrypto-3.dll"),
}
_HELP = (
    "OpenSSL's libcrypto 3 with SM2 is needed (Debian and Ubuntu: apt-get install libssl3; "
    f"Fedora: dnf install openssl-libs; macOS: brew install openssl@3; else name its file in {ENVIRONMENT})"
)

_NID_SM2 = 1172
_UTF8_STRING, _OCTET_STRING, _UNSIGNED_INTEGER = 4, 5, 2
_PUBLIC_KEY, _KEY_PAIR = 0x86, 0x87
_UNMODIFIED = ctypes.c_size_t(-1).value or 0
_SIGNATURE_SIZE = 72
"""Octets of the longest DER signature: 2 + 2 x (2 + 33)."""


class CryptoUnavailableError(OSError):
    """There is no usable libcrypto on this machine: nothing can be signed or verified.

    No V2XError: it says nothing of a peer, and must not be counted as a dropped frame.
    """


class _Param(ctypes.Structure):
    """OSSL_PARAM."""

    _fields_ = (
        ("key", c_char_p),
        ("data_type", c_uint),
        ("data", c_void_p),
        ("data_size", c_size_t),
        ("return_size", c_size_t),
    )


_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "OpenSSL_version_num": (c_ulong,),
    "OpenSSL_version": (c_char_p, c_int),
    "ERR_clear_error": (None,),
    "EVP_PKEY_CTX_new_from_name": (c_void_p, c_void_p, c_char_p, c_char_p),
    "EVP_PKEY_CTX_new": (c_void_p, c_void_p, c_void_p),
    "EVP_PKEY_CTX_free": (None, c_void_p),
    "EVP_PKEY_fromdata_init": (c_int, c_void_p),
    "EVP_PKEY_fromdata": (c_int, c_void_p, POINTER(c_void_p), c_int, c_void_p),
    "EVP_PKEY_free": (None, c_void_p),
    "EVP_PKEY_verify_init": (c_int, c_void_p),
    "EVP_PKEY_verify": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
    "EVP_PKEY_sign_init": (c_int, c_void_p),
    "EVP_PKEY_sign": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "EVP_sm3": (c_void_p,),
    "EVP_Digest": (c_int, c_char_p, c_size_t, c_void_p, POINTER(c_uint), c_void_p, c_void_p),
    "EC_GROUP_new_by_curve_name": (c_void_p, c_int),
    "EC_POINT_new": (c_void_p, c_void_p),
    "EC_POINT_clear_free": (None, c_void_p),
    "EC_POINT_mul": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EC_POINT_point2oct": (c_size_t, c_void_p, c_void_p, c_int, c_void_p, c_size_t, c_void_p),
    "BN_bin2bn": (c_void_p, c_char_p, c_int, c_void_p),
    "BN_clear_free": (None, c_void_p),
}


@cache
def library() -> Any:
    """The loaded libcrypto with its calls declared; CryptoUnavailableError says how to get one."""
    tried = []
    for name in _candidates():
        try:
            loaded = ctypes.CDLL(name)
            for call, (result, *arguments) in _SIGNATURES.items():
                function = getattr(loaded, call)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError) as error:
            tried.append(f"{name}: {error}")
            continue
        if loaded.OpenSSL_version_num() >> 28 >= 3 and loaded.EC_GROUP_new_by_curve_name(_NID_SM2):
            return loaded
        tried.append(f"{name}: {loaded.OpenSSL_version(0).decode()}, without SM2 or older than 3.0")
    raise CryptoUnavailableError(f"{_HELP}. Tried: {'; '.join(tried)}")


def _candidates() -> Iterator[str]:
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        yield chosen
        return
    yield from _NAMES.get(sys.platform, _NAMES["linux"])
    if sys.platform != "darwin":  # where the system's own one ends any process that loads it
        found = ctypes.util.find_library("crypto")
        if found:
            yield found


def library_version() -> str:
    """Name and version of the libcrypto in use."""
    version: bytes = library().OpenSSL_version(0)
    return version.decode()


def sm3(data: bytes) -> bytes:
    """SM3 of ``data``, 32 octets."""
    crypto = library()
    digest = ctypes.create_string_buffer(32)
    if crypto.EVP_Digest(data, len(data), digest, None, crypto.EVP_sm3(), None) != 1:
        raise CryptoUnavailableError(f"libcrypto has no SM3. {_HELP}")
    return digest.raw


@cache
def _group() -> int:
    group: int = library().EC_GROUP_new_by_curve_name(_NID_SM2)
    return group


def public_of(private: bytes) -> bytes:
    """The uncompressed point (65 octets) of a private key of 32 octets, in 1..n-2."""
    crypto = library()
    scalar = crypto.BN_bin2bn(private, len(private), None)
    point = crypto.EC_POINT_new(_group())
    out = ctypes.create_string_buffer(65)
    try:
        if not scalar or not point or crypto.EC_POINT_mul(_group(), point, scalar, None, None, None) != 1:
            raise MemoryError("EC_POINT_mul failed")
        if crypto.EC_POINT_point2oct(_group(), point, 4, out, 65, None) != 65:
            raise ValueError("the private key has no point")
    finally:
        crypto.BN_clear_free(scalar)
        crypto.EC_POINT_clear_free(point)
    return out.raw


class Key:
    """An ``EVP_PKEY`` for SM2: a public point (65 octets, on the curve), with its private key to sign.

    ValueError where libcrypto refuses the numbers.  Freed with the object.
    """

    __slots__ = ("__weakref__", "_crypto", "_handle", "_private")

    def __init__(self, point: bytes, private: bytes | None = None) -> None:
        self._handle: c_void_p | None = None
        self._crypto = library()
        self._private = private is not None
        self._handle = self._make(point, private)

    def _make(self, point: bytes, private: bytes | None) -> c_void_p:
        crypto = self._crypto
        group = ctypes.create_string_buffer(b"SM2")
        public = ctypes.create_string_buffer(point, len(point))
        parameters = (_Param * 4)()
        parameters[0] = _Param(b"group", _UTF8_STRING, ctypes.addressof(group), 3, _UNMODIFIED)
        parameters[1] = _Param(b"pub", _OCTET_STRING, ctypes.addressof(public), len(point), _UNMODIFIED)
        secret = ctypes.create_string_buffer(32)
        if private is not None:
            secret.raw = private if sys.byteorder == "big" else private[::-1]
            parameters[2] = _Param(b"priv", _UNSIGNED_INTEGER, ctypes.addressof(secret), 32, _UNMODIFIED)
        handle = c_void_p()
        context = crypto.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        try:
            selection = _PUBLIC_KEY if private is None else _KEY_PAIR
            done = crypto.EVP_PKEY_fromdata_init(context) == 1 and (
                crypto.EVP_PKEY_fromdata(context, ctypes.byref(handle), selection, parameters) == 1
            )
        finally:
            crypto.EVP_PKEY_CTX_free(context)
            ctypes.memset(secret, 0, 32)
        if not done or handle.value is None:
            crypto.ERR_clear_error()
            raise ValueError("libcrypto refuses this SM2 key")
        return handle

    def verify(self, digest: bytes, signature: bytes) -> bool:
        """Whether the DER ``signature`` fits the 32-octet ``digest``."""
        crypto = self._crypto
        context = crypto.EVP_PKEY_CTX_new(self._handle, None)
        try:
            good: bool = (
                crypto.EVP_PKEY_verify_init(context) == 1
                and crypto.EVP_PKEY_verify(context, signature, len(signature), digest, len(digest)) == 1
            )
        finally:
            crypto.EVP_PKEY_CTX_free(context)
        if not good:
            crypto.ERR_clear_error()  # the thread's error queue must not grow with each forgery
        return good

    def sign(self, digest: bytes) -> bytes:
        """DER signature of the 32-octet ``digest``; the nonce is libcrypto's own secret randomness."""
        if not self._private:
            raise ValueError("this key is public: it can't sign")
        crypto = self._crypto
        out = ctypes.create_string_buffer(_SIGNATURE_SIZE)
        size = c_size_t(_SIGNATURE_SIZE)
        context = crypto.EVP_PKEY_CTX_new(self._handle, None)
        try:
            done = crypto.EVP_PKEY_sign_init(context) == 1 and (
                crypto.EVP_PKEY_sign(context, out, ctypes.byref(size), digest, len(digest)) == 1
            )
        finally:
            crypto.EVP_PKEY_CTX_free(context)
        if not done:
            crypto.ERR_clear_error()
            raise RuntimeError("libcrypto could not sign (is its random generator seeded?)")
        return out.raw[: size.value]

    def __del__(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            self._crypto.EVP_PKEY_free(handle)

    def __repr__(self) -> str:
        return f"<SM2 {'private' if self._private else 'public'} key>"
