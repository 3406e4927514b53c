"""Typed messages of profile csae157_2020: T/CSAE 157-2020 (YD/T 3977-2021), first and second stage.

One class per SEQUENCE and CHOICE, named as in the standard (a hyphen is an underscore)::

    from v2x.codecs import csae157_2020 as m

    m.Position3D(lat=280985258, long=1129830304)

What they can do: :mod:`v2x.codecs.records`.  Their fields and ranges: ``csae157_2020.pyi``, for editors and
type checkers.
"""

from typing import Any

from v2x.codecs import uper

_classes = {made.__name__: made for made in uper.engine("csae157_2020")[1].classes.values()}
__all__ = [*sorted(_classes), "decode", "encode"]
globals().update(_classes)

encode = uper.encode


def decode(data: bytes, *, lenient: bool = False) -> Any:
    """The MessageFrame of octets; CodecError.  ``lenient``: see :mod:`v2x.codecs.uper`."""
    return uper.decode(data, "csae157_2020", lenient=lenient)
