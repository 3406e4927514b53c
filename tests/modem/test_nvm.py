"""Which command lines ask first, and that nothing is sent before they were allowed."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2x.modem.charset import decode_text, encode_ucs2
from v2x.modem.commands import raw
from v2x.modem.errors import NeedsConsent
from v2x.modem.modem import Modem
from v2x.modem.nvm import parts_of, persistent_reason


@pytest.mark.parametrize(
    "text",
    [
        "AT&W",
        "ATE0&W",
        "ate0&w0",
        "AT+IPR=115200",
        'AT+QCFG="usbnet",1',
        'AT+qcfg="USBNET",1',
        'AT+QCFG="ims",1',
        'AT+QNWPREFCFG="mode_pref",NR5G',
        'AT+QNWLOCK="save_ctrl",1,1',
        'AT+QURCCFG="urcport","usbat"',
        'AT+QINDCFG="csq",1,1',
        'AT+QNWCFG="up/down"',
        'AT+QFOTADL="http://192.0.2.1/x"',
        'AT+CLCK="SC",1,"1234"',
        'AT+CPWD="SC","1234","0000"',
        "AT+CSAS",
        "AT+SPENGMD=0,1,0",
        'AT+CSQ;+QCFG="usbnet",1',
        'AT+QCFG="ims";+CREG?;&W',
        'ATE0+QCFG="ims",1',
    ],
)
def test_what_asks_first(text: str) -> None:
    assert persistent_reason(text)
    assert raw(text).persists


@pytest.mark.parametrize(
    "text",
    [
        "AT",
        "AT&V",
        "ATE0V1Q0",
        "AT+IPR?",
        "AT+IPR=?",
        'AT+QCFG="usbnet"',
        "AT+QCFG=?",
        'AT+QNWPREFCFG="mode_pref"',
        'AT+QNWLOCK="common/4g",1,1300,246',
        'AT+QINDCFG="csq",1',
        'AT+QINDCFG="csq",1,0',
        'AT+CLCK="SC",2',
        "AT+CSAS=?",
        "AT+SPENGMD=0,14,1",
        "ATD123&W",
        'AT+CGDCONT=1,"IP","a;&W"',
        "AT+CFUN=1,1",
    ],
)
def test_what_does_not(text: str) -> None:
    assert persistent_reason(text) is None


def test_the_usb_interfaces_have_a_reason_of_their_own() -> None:
    assert "re-enumerates" in str(persistent_reason('AT+QCFG="usbnet",1'))


def test_the_parts_of_a_line() -> None:
    assert parts_of('ATE0V1+CMEE=1;+COPS=3,0,"a;b";&W') == ("E0V1", "+CMEE=1", '+COPS=3,0,"a;b"', "&W")


@given(st.text(max_size=80))
def test_any_text_has_an_answer(text: str) -> None:
    assert persistent_reason("AT" + text) is None or isinstance(persistent_reason("AT" + text), str)


class Silent:
    """A port that takes everything and remembers it."""

    name = "silent"

    def __init__(self) -> None:
        self.sent = b""

    async def read(self) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    async def write(self, data: bytes) -> None:
        self.sent += data

    async def close(self) -> None:
        await asyncio.sleep(0)


def test_nothing_is_sent_without_consent() -> None:
    async def main() -> None:
        port = Silent()
        async with Modem(port) as modem:
            with pytest.raises(NeedsConsent, match=r"usbnet.*--yes"):
                await modem.send('AT+QCFG="usbnet",1')
            assert port.sent == b""
            modem.allow_persistent = True
            with pytest.raises(Exception, match="no final result"):
                await modem.send('AT+QCFG="usbnet",1', timeout_s=0.01)
            assert port.sent == b'AT+QCFG="usbnet",1\r'

    asyncio.run(main())


# -- names in UCS2 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "charset", "shown"),
    [
        ("0033002000410054", None, "3 AT"),  # a real module's operator name
        ("4E2D56FD79FB52A8", None, "\u4e2d\u56fd\u79fb\u52a8"),
        ("0041", "UCS2", "A"),
        ("0041", None, "0041"),
        ("CAFEBABE", None, "CAFEBABE"),
        ("00101", "UCS2", "00101"),
        ("CHINA MOBILE", "UCS2", "CHINA MOBILE"),
        ("0033002000410054", "GSM", "0033002000410054"),
        ("D83DDE00", "ucs2", "\U0001f600"),
        ("D83D0041", "UCS2", "D83D0041"),
    ],
)
def test_names_in_ucs2(text: str, charset: str | None, shown: str) -> None:
    assert decode_text(text, charset) == shown


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\uffff"), min_size=1))
def test_ucs2_there_and_back(text: str) -> None:
    encoded = encode_ucs2(text)
    assert decode_text(encoded, "UCS2") == text or len(encoded) > 1024
