"""The codecs: messages of the three profiles, DSMP frames, JSON, captures, secured message types.

    message = decode(octets)                    the newest profile that fits; or profile="csae53_2020"
    octets = encode(message)
    detect(octets).profiles                     every profile that fits, newest first
    decode_columns(frames, ["BSM.speed"], profile)          many messages as numpy arrays

All of them raise :class:`v2x.errors.CodecError` and nothing else for what a peer can send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from v2x.codecs.bits import NATIVE
from v2x.codecs.codec import encode
from v2x.codecs.detect import Detection, SenderProfiles, decode, detect
from v2x.codecs.message import KINDS, PROFILES, Message
from v2x.codecs.records import NATIVE as NATIVE_ENGINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from v2x.codecs.columns import Columns

__all__ = [
    "KINDS",
    "PROFILES",
    "Detection",
    "Message",
    "SenderProfiles",
    "decode",
    "decode_columns",
    "detect",
    "encode",
    "native_in_use",
]


def decode_columns(
    frames: Any,
    fields: Sequence[str],
    profile: str = PROFILES[0],
    *,
    offsets: Any = None,
    lenient: bool = False,
) -> Columns:
    """The fields of many messages as numpy arrays; see :mod:`v2x.codecs.columns`, which is loaded by this.

    ``fields``: paths such as ``BSM.pos.lat``.  ``profile``: that of all frames, the newest if not given.
    """
    from v2x.codecs import columns

    return columns.decode_columns(frames, fields, profile, offsets=offsets, lenient=lenient)


def native_in_use() -> bool:
    """True where the C extensions do the work, False where Python does."""
    return NATIVE and NATIVE_ENGINE
