"""The codecs: messages of the three profiles, DSMP frames, JSON, captures, secured message types.

    message = decode(octets)                    the newest profile that fits; or profile="csae53_2020"
    octets = encode(message)
    detect(octets).profiles                     every profile that fits, newest first

All of them raise :class:`v2x.errors.CodecError` and nothing else for what a peer can send.  The ASN.1 engine
is loaded on first use.
"""

from v2x.codecs.bits import NATIVE
from v2x.codecs.codec import encode
from v2x.codecs.detect import Detection, SenderProfiles, decode, detect
from v2x.codecs.message import KINDS, PROFILES, Message

__all__ = [
    "KINDS",
    "PROFILES",
    "Detection",
    "Message",
    "SenderProfiles",
    "decode",
    "detect",
    "encode",
    "native_in_use",
]


def native_in_use() -> bool:
    """True where the C extension reads the bits, False where Python does."""
    return NATIVE
