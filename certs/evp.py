"""One more call of libcrypto: a secret scalar times any point of the SM2 curve.

    S = [d] P          EC_POINT_mul(group, S, NULL, P, d)

For a single point libcrypto walks a Montgomery ladder of fixed length, so the time tells nothing of d.
Loading and the calls that signatures need are :mod:`v2x.certs.libcrypto`; this module declares what key
transport needs on top.  Source: the manual pages of OpenSSL 3.0 (EC_POINT_mul, EC_POINT_oct2point).
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_int, c_size_t, c_void_p
from functools import cache
from typing import Any

from v2x.certs import libcrypto

__all__ = ["multiply"]

_NID_SM2 = 1172
_UNCOMPRESSED = 4


@cache
def _crypto() -> Any:
    """The library with the one call declared that :mod:`v2x.certs.libcrypto` doesn't have."""
    crypto = libcrypto.library()
    crypto.EC_POINT_oct2point.restype = c_int
    crypto.EC_POINT_oct2point.argtypes = (c_void_p, c_void_p, c_char_p, c_size_t, c_void_p)
    return crypto


@cache
def _group() -> int:
    group: int = _crypto().EC_GROUP_new_by_curve_name(_NID_SM2)
    return group


def multiply(point: bytes, scalar: bytes) -> bytes:
    """[scalar] point, uncompressed (65 octets); ``point`` has 33 or 65 octets, ``scalar`` 32.

    ValueError where the point isn't one of the SM2 curve, or the product is the point at infinity.
    """
    crypto, group = _crypto(), _group()
    number = crypto.BN_bin2bn(scalar, len(scalar), None)
    given, product = crypto.EC_POINT_new(group), crypto.EC_POINT_new(group)
    out = ctypes.create_string_buffer(65)
    try:
        if not number or not given or not product:
            raise MemoryError("libcrypto has no memory left")
        if crypto.EC_POINT_oct2point(group, given, point, len(point), None) != 1:
            raise ValueError("the point is not on the SM2 curve")
        if crypto.EC_POINT_mul(group, product, None, given, number, None) != 1:
            raise MemoryError("EC_POINT_mul failed")
        if crypto.EC_POINT_point2oct(group, product, _UNCOMPRESSED, out, 65, None) != 65:
            raise ValueError("the product is the point at infinity")
    finally:
        crypto.ERR_clear_error()
        crypto.BN_clear_free(number)
        crypto.EC_POINT_clear_free(given)
        crypto.EC_POINT_clear_free(product)
    return out.raw
