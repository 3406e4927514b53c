"""The contract of a radio: layer-2 ids, and the one radio that has none."""

from __future__ import annotations

import asyncio

import pytest

from v2x.clock import FakeClock
from v2x.modem.radio import check_l2
from v2x.modem.udp import UdpRadio


def test_a_layer_2_id_has_24_bits() -> None:
    assert [check_l2(one) for one in (0, 0x010001, 0xFFFFFF)] == [0, 0x010001, 0xFFFFFF]
    for wrong in (-1, 0x1000000):
        with pytest.raises(ValueError, match="24 bits"):
            check_l2(wrong)


def test_udp_says_that_it_has_no_layer_2_id() -> None:
    async def work() -> None:
        radio = await UdpRadio.open("127.0.0.1:0", "127.0.0.1:9", FakeClock(0.0))
        assert await radio.use_source_l2(0x010001) is False
        with pytest.raises(ValueError, match="24 bits"):
            await radio.use_source_l2(1 << 24)
        await radio.close()

    asyncio.run(work())
