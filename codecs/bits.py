"""Bits and p-encoded numbers by the fastest path that is there: C where it was built, else Python.

Both paths keep the contract of :mod:`v2x.codecs.purebits`, message texts aside.  ``V2X_PURE_PYTHON`` in
the environment, set to anything but nothing, chooses Python.
"""

from __future__ import annotations

import os

from v2x.codecs.purebits import P_ENCODED_MAX

__all__ = ["NATIVE", "P_ENCODED_MAX", "p_decode", "p_encode", "read_bits"]

NATIVE: bool
"""True where the C extension is in use."""

try:
    if os.environ.get("V2X_PURE_PYTHON"):
        raise ImportError("V2X_PURE_PYTHON is set")
    from v2x.codecs._native import p_decode, p_encode, read_bits

    NATIVE = True
except ImportError:
    from v2x.codecs.purebits import p_decode, p_encode, read_bits

    NATIVE = False
