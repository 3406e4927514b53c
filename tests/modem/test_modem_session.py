"""The modem over a cruel port: split, delayed, spoilt, lost, interrupted; and always in step again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from v2x.modem import answers
from v2x.modem import line as line_module
from v2x.modem import modem as modem_module
from v2x.modem import queues as queues_module
from v2x.modem.commands import Command, Reply, Response, raw
from v2x.modem.errors import CommandTimeout, PortBusy, PortLost, Rejected, UnexpectedReply
from v2x.modem.modem import WAITING_LIMIT, Modem

Talk = Callable[["CruelPort", str], None]

BOUND_S = 20.0
"""A hang is a failure."""


class CruelPort:
    """A port whose other end is a function: each command line is given to ``talk``, which says things.

    Everything that is said arrives in pieces of ``piece`` octets, each in a turn of the loop of its own.
    """

    def __init__(self, talk: Talk, *, piece: int = 1) -> None:
        self.name = "cruel"
        self.lines: list[str] = []
        self.closed = False
        self._talk = talk
        self._piece = piece
        self._typed = bytearray()
        self._pieces: asyncio.Queue[bytes | PortLost] = asyncio.Queue()

    def say(self, text: str | bytes) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        for start in range(0, len(data), self._piece):
            self._pieces.put_nowait(data[start : start + self._piece])

    def answer(self, *lines: str) -> None:
        for line in lines:
            self.say(f"\r\n{line}\r\n")

    def lose(self, why: str = "unplugged") -> None:
        self._pieces.put_nowait(PortLost(self.name, why))

    async def read(self) -> bytes:
        piece = await self._pieces.get()
        if isinstance(piece, PortLost):
            raise piece
        return piece

    async def write(self, data: bytes) -> None:
        if self.closed:
            raise PortLost(self.name, "closed")
        self._typed += data
        while b"\r" in self._typed:
            line, _, rest = bytes(self._typed).partition(b"\r")
            self._typed[:] = rest
            self.lines.append(line.decode())
            self._talk(self, line.decode())

    async def close(self) -> None:
        self.closed = True


def script(talk: Talk, work: Callable[[Modem, CruelPort], Awaitable[None]], *, piece: int = 1) -> CruelPort:
    """Run ``work`` with a modem over a cruel port; no task may be left."""

    async def main() -> CruelPort:
        port = CruelPort(talk, piece=piece)
        async with asyncio.timeout(BOUND_S):
            async with Modem(port) as modem:
                await work(modem, port)
            assert port.closed
            assert asyncio.all_tasks() == {asyncio.current_task()}
        return port

    return asyncio.run(main())


def signal_talk(port: CruelPort, line: str) -> None:
    if line == "AT+CSQ":
        port.answer("+CSQ: 20,99", "OK")
    elif line == "AT+CMEE?":
        port.answer("+CMEE: 1", "OK")
    else:
        port.answer("OK")


@pytest.fixture
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts that are meant to happen, soon."""
    monkeypatch.setattr(line_module, "QUIET_S", 0.02)
    monkeypatch.setattr(line_module, "HANG_UP_QUIET_S", 0.02)
    monkeypatch.setattr(modem_module, "GUARD_S", 0.01)


QUICK_CSQ = Command(
    "AT+CSQ", answers.CSQ.parse, Response.PREFIXED, ("+CSQ",), 1, timeout_s=0.05, idempotent=True
)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 4096])
def test_answers_in_pieces(piece: int) -> None:
    async def work(modem: Modem, port: CruelPort) -> None:
        for _ in range(20):
            assert (await modem.execute(answers.CSQ)).rssi == 20
        assert (await modem.send("ATE0")).final == "OK"

    script(signal_talk, work, piece=piece)


def test_commands_of_many_callers_run_one_at_a_time() -> None:
    running = 0

    def talk(port: CruelPort, line: str) -> None:
        nonlocal running
        running += 1
        assert running == 1
        asyncio.get_running_loop().call_soon(finish, port, line)

    def finish(port: CruelPort, line: str) -> None:
        nonlocal running
        running -= 1
        port.answer(f"+X: {line[-1]}", "OK")

    async def work(modem: Modem, port: CruelPort) -> None:
        replies = await asyncio.gather(*(modem.send(f"AT+X={n}") for n in range(9)))
        assert [reply.lines for reply in replies] == [(f"+X: {n}",) for n in range(9)]

    script(talk, work)


def test_callers_beyond_the_limit_are_refused() -> None:
    async def work(modem: Modem, port: CruelPort) -> None:
        waiting = [asyncio.create_task(modem.send("AT+X")) for _ in range(WAITING_LIMIT)]
        await asyncio.sleep(0)
        with pytest.raises(PortBusy) as caught:
            await modem.send("AT+X")
        assert caught.value.waiting == WAITING_LIMIT
        port.lose()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, PortLost) for result in results)

    script(lambda _port, _line: None, work)


def test_garbage_echo_and_notifications_around_an_answer() -> None:
    def talk(port: CruelPort, line: str) -> None:
        port.say(b"\x00\xff~garbage\r\n" + line.encode() + b"\r\r\n")
        port.answer("+CREG: 1", '+QIND: "csq",20,99')
        port.answer(*({"AT+CSQ": ("+CSQ: 20,99", "RING", "OK")}.get(line) or ("OK",)))

    async def work(modem: Modem, port: CruelPort) -> None:
        with modem.subscribe("+CREG", "RING") as heard:
            assert (await modem.execute(answers.CSQ)).rssi == 20
            assert [(await heard.get()).line for _ in range(2)] == ["+CREG: 1", "RING"]

    script(talk, work)


def test_refusals_carry_their_code_and_change_nothing() -> None:
    def talk(port: CruelPort, line: str) -> None:
        port.answer("+CME ERROR: SIM busy" if line == "AT+CPIN?" else "OK")

    async def work(modem: Modem, port: CruelPort) -> None:
        with pytest.raises(Rejected) as caught:
            await modem.execute(answers.CPIN)
        assert caught.value.code == 14
        assert (await modem.send("AT")).final == "OK"
        assert modem.resyncs == 0

    script(talk, work)


@pytest.mark.usefixtures("short_times")
def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    withheld: list[str] = []

    def talk(port: CruelPort, line: str) -> None:
        if line == "AT+CSQ" and not withheld:
            withheld.append(line)
        elif line == "AT+CMEE?":  # what was withheld comes just before the probe's answer
            port.answer("+CSQ: 1,1", "OK", "+CMEE: 1", "OK")
        else:
            signal_talk(port, line)

    async def work(modem: Modem, port: CruelPort) -> None:
        with pytest.raises(CommandTimeout) as caught:
            await modem.execute(QUICK_CSQ)
        assert caught.value.timeout_s == QUICK_CSQ.timeout_s
        assert (await modem.execute(answers.CSQ)).rssi == 20
        assert (modem.resyncs, modem.late) == (1, 1)
        assert port.lines == ["AT+CSQ", "AT+CMEE?", "AT+CSQ"]

    script(talk, work)


@pytest.mark.usefixtures("short_times")
def test_a_module_that_stays_deaf_gives_the_reason_and_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "PROBE_TIMEOUT_S", 0.1)
    deaf = True

    def talk(port: CruelPort, line: str) -> None:
        if not deaf:
            signal_talk(port, line)

    async def work(modem: Modem, port: CruelPort) -> None:
        nonlocal deaf
        for count, expected in enumerate(("CSQ: no final", "resynchronising"), start=1):
            with pytest.raises(CommandTimeout, match=expected):
                await modem.execute(QUICK_CSQ)
            assert modem.deaf == count
        deaf = False
        monkeypatch.setattr(line_module, "PROBE_TIMEOUT_S", 5.0)
        assert (await modem.execute(answers.CSQ)).rssi == 20
        assert modem.deaf == 0

    script(talk, work)


@pytest.mark.usefixtures("short_times")
def test_a_cancelled_command_leaves_the_line_in_step() -> None:
    asked = asyncio.Event()

    def talk(port: CruelPort, line: str) -> None:
        if line == "AT+COPS=?":
            asked.set()
        else:
            signal_talk(port, line)

    async def work(modem: Modem, port: CruelPort) -> None:
        scan = asyncio.create_task(modem.send("AT+COPS=?"))
        await asked.wait()
        scan.cancel()
        with pytest.raises(asyncio.CancelledError):
            await scan
        port.answer("+COPS: (2)", "OK")
        assert (await modem.execute(answers.CSQ)).rssi == 20

    script(talk, work)


@pytest.mark.usefixtures("short_times")
def test_an_answer_to_another_master_is_asked_again() -> None:
    def talk(port: CruelPort, line: str) -> None:
        if port.lines.count("AT+CIMI") == 1 and line == "AT+CIMI":
            port.answer('+CCLK: "21/01/01,00:00:00+00"', "OK")
            port.answer("001010123456789", "OK")
        elif line == "AT+CIMI":
            port.answer("001010123456789", "OK")
        else:
            signal_talk(port, line)

    async def work(modem: Modem, port: CruelPort) -> None:
        assert (await modem.execute(answers.CIMI)).reveal() == "001010123456789"
        assert (await modem.execute(answers.CSQ)).rssi == 20
        assert port.lines.count("AT+CIMI") == 2

    script(talk, work)


@pytest.mark.usefixtures("short_times")
def test_foreign_answers_for_ever_are_an_error() -> None:
    def talk(port: CruelPort, line: str) -> None:
        port.answer(*(("+CMEE: 1",) if line == "AT+CMEE?" else ("+CCLK: 1",)), "OK")

    async def work(modem: Modem, port: CruelPort) -> None:
        with pytest.raises(UnexpectedReply) as caught:
            await modem.execute(answers.CIMI)
        assert caught.value.foreign

    script(talk, work)


def test_an_answer_that_cannot_be_read_names_the_field() -> None:
    async def work(modem: Modem, port: CruelPort) -> None:
        with pytest.raises(UnexpectedReply, match="field 1: no integer"):
            await modem.execute(answers.CSQ)

    script(lambda port, _line: port.answer("+CSQ: loud,99", "OK"), work)


def test_the_port_goes_away_while_a_command_waits() -> None:
    async def work(modem: Modem, port: CruelPort) -> None:
        with modem.subscribe() as heard:
            with pytest.raises(PortLost, match="unplugged"):
                await modem.send("AT+CSQ")
            with pytest.raises(PortLost):
                await heard.get()
        with pytest.raises(PortLost):
            await modem.send("AT")
        with modem.subscribe() as heard, pytest.raises(PortLost):
            await heard.get()
        assert modem.lost is not None

    script(lambda port, _line: port.lose(), work)


def test_results_that_follow_the_ok_are_waited_for() -> None:
    def talk(port: CruelPort, line: str) -> None:
        port.answer("OK", "+QIOPEN: 7,0", "+QIOPEN: 0,0")

    async def work(modem: Modem, port: CruelPort) -> None:
        urc = await modem.expect_urc(
            "+QIOPEN",
            timeout_s=5,
            after=raw('AT+QIOPEN=1,0,"TCP","192.0.2.1",80'),
            match=lambda urc: urc.line.startswith("+QIOPEN: 0"),
        )
        assert urc.line == "+QIOPEN: 0,0"
        with pytest.raises(CommandTimeout, match="QIURC"):
            await modem.expect_urc("+QIURC", timeout_s=0.01)

    script(talk, work)


def test_a_subscriber_that_does_not_read_loses_the_oldest() -> None:
    def talk(port: CruelPort, line: str) -> None:
        port.answer(*(f"+CREG: {n % 6}" for n in range(10)), "OK")

    async def work(modem: Modem, port: CruelPort) -> None:
        with modem.subscribe("+CREG", limit=4) as heard:
            await modem.send("AT")
            assert heard.dropped == 6
            assert [(await heard.get()).line[-1] for _ in range(4)] == ["0", "1", "2", "3"]
            assert await heard.get_within(0.0) is None

    script(talk, work)


def test_a_payload_goes_out_at_the_prompt() -> None:
    def talk(port: CruelPort, line: str) -> None:
        if line.startswith("AT+QISEND"):
            port.say("\r\n> ")
        else:
            assert line == "abc"
            port.answer("SEND OK")

    command: Command[Reply] = Command("AT+QISEND=0,4", lambda reply: reply, payload=b"abc\r")

    async def work(modem: Modem, port: CruelPort) -> None:
        assert (await modem.execute(command)).final == "SEND OK"

    script(talk, work)


@pytest.mark.usefixtures("short_times")
def test_data_mode_is_entered_and_left() -> None:
    def talk(port: CruelPort, line: str) -> None:
        if line.startswith("ATD"):
            port.answer("CONNECT")
            port.say(b"~data~")
        else:
            signal_talk(port, line)

    async def work(modem: Modem, port: CruelPort) -> None:
        await modem.leave_data()
        assert (await modem.send("ATD*99#")).final == "CONNECT"
        with pytest.raises(UnexpectedReply, match="data mode"):
            await modem.send("AT")
        write = port.write

        async def escape(data: bytes) -> None:
            assert data == b"+++"
            port.answer("OK")

        port.write = escape  # type: ignore[method-assign]
        await modem.leave_data()
        port.write = write  # type: ignore[method-assign]
        assert modem.data_octets == len(b"~data~")
        assert (await modem.execute(answers.CSQ)).rssi == 20

    script(talk, work)


def streaming(port: CruelPort, *, then: Callable[[bytes], None]) -> Callable[[], None]:
    """From now on what is written is given to ``then``; the result ends that."""
    write = port.write

    async def data(octets: bytes) -> None:
        then(octets)

    port.write = data  # type: ignore[method-assign]

    def end() -> None:
        port.write = write  # type: ignore[method-assign]

    return end


def dial_talk(port: CruelPort, line: str) -> None:
    if line in ("ATD*99#", "ATO"):
        port.answer("CONNECT 100000")
    else:
        signal_talk(port, line)


@pytest.mark.usefixtures("short_times")
def test_data_mode_is_a_stream_both_ways_and_can_be_resumed() -> None:
    sent: list[bytes] = []

    def far_side(octets: bytes) -> None:
        sent.append(octets)
        if octets == b"+++":
            the_port.answer("OK")
            end()
        else:
            the_port.say(octets.upper())

    async def work(modem: Modem, port: CruelPort) -> None:
        nonlocal the_port, end
        the_port = port
        with pytest.raises(UnexpectedReply, match="not in data mode"):
            await modem.write_data(b"x")
        assert await modem.read_data() == b""
        for dial in (modem.send("ATD*99#"), modem.resume_data()):
            await dial
            end = streaming(port, then=far_side)
            await modem.write_data(b"~abc\r\nok\r\n")
            got = b""
            while len(got) < 10:
                got += await modem.read_data()
            assert got == b"~ABC\r\nOK\r\n"
            port.say(b"unread")
            await modem.leave_data()
            got = b""
            while piece := await modem.read_data():
                got += piece
            assert got == b"unread"
            assert (await modem.execute(answers.CSQ)).rssi == 20
        assert sent == [b"~abc\r\nok\r\n", b"+++"] * 2
        assert modem.resyncs == 0

    the_port: CruelPort
    end: Callable[[], None] = list
    script(dial_talk, work)


@pytest.mark.usefixtures("short_times")
def test_the_other_side_hangs_up() -> None:
    async def work(modem: Modem, port: CruelPort) -> None:
        with modem.subscribe("NO CARRIER") as heard:
            await modem.send("ATD*99#")
            port.say(b"last words\r\nNO CARRIER\r\n")
            got = b""
            while piece := await modem.read_data():
                got += piece
            assert got.startswith(b"last words")
            assert (await heard.get()).line == "NO CARRIER"
        assert not modem.in_data
        await modem.leave_data()
        assert (await modem.execute(answers.CSQ)).rssi == 20
        await modem.send("ATD*99#")
        port.say(b"\r\nNO CARRIER\r\n, they said")
        got = b""
        while not got.endswith(b"said"):
            got += await modem.read_data()
        assert modem.in_data
        port.lose()
        while await modem.read_data():
            got = b""
        with pytest.raises(PortLost):
            await modem.write_data(b"x")

    script(dial_talk, work)


@pytest.mark.usefixtures("short_times")
def test_an_escape_that_is_not_answered_leaves_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modem_module, "ESCAPE_TIMEOUT_S", 0.02)

    async def work(modem: Modem, port: CruelPort) -> None:
        await modem.send("ATD*99#")
        end = streaming(port, then=lambda _: None)
        with pytest.raises(CommandTimeout):
            await modem.leave_data()
        assert modem.in_data
        port.say(b"on")
        got = b""
        while len(got) < 2:
            got += await modem.read_data()
        assert got == b"on"
        end()

    script(dial_talk, work)


@pytest.mark.usefixtures("short_times")
def test_a_stream_that_nobody_reads_makes_the_port_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues_module, "DATA_LIMIT", 1000)

    async def work(modem: Modem, port: CruelPort) -> None:
        await modem.send("ATD*99#")
        end = streaming(port, then=lambda _: None)
        port.say(b"x" * 5000)
        for _ in range(50):
            await asyncio.sleep(0)
        assert 1000 <= modem.data_octets < 1200
        got = 0
        while got < 4000:
            got += len(await modem.read_data())
        port.say(b"y" * 5000)
        port.answer("OK")
        await modem.leave_data()
        assert not modem.in_data
        end()

    script(dial_talk, work, piece=100)


# -- payloads, results in a row, consent, ports that change ----------------------------------------


@pytest.mark.usefixtures("short_times")
def test_a_prompt_that_nobody_answers_is_cancelled_before_the_probe() -> None:
    def talk(port: CruelPort, line: str) -> None:
        if line.startswith("AT+CMGS"):
            port.say("\r\n> ")
        elif line.startswith("\x1b"):
            port.answer("OK")
            signal_talk(port, line[1:])
        else:
            signal_talk(port, line)

    async def work(modem: Modem, port: CruelPort) -> None:
        with pytest.raises(CommandTimeout):
            await modem.send('AT+CMGS="1"', timeout_s=0.05)
        assert (await modem.execute(answers.CSQ)).rssi == 20
        assert port.lines == ['AT+CMGS="1"', "\x1bAT+CMEE?", "AT+CSQ"]

    script(talk, work)


def test_a_typed_line_with_a_payload() -> None:
    def talk(port: CruelPort, line: str) -> None:
        if line.startswith("AT+QISEND"):
            port.say("\r\n> ")
        else:
            port.answer("SEND OK")

    async def work(modem: Modem, port: CruelPort) -> None:
        assert (await modem.send("AT+QISEND=0,3", payload=b"ab\r")).final == "SEND OK"

    script(talk, work)


def test_the_results_of_a_ping_are_collected() -> None:
    lines = ['+QPING: 0,"192.0.2.1",32,20,64'] * 4

    def talk(port: CruelPort, line: str) -> None:
        port.answer("OK", *lines, "+QPING: 0,4,4,0,20,20,20", "+QPING: late")

    async def work(modem: Modem, port: CruelPort) -> None:
        ping = raw('AT+QPING=1,"192.0.2.1"')
        urcs = await modem.collect_urcs(
            "+QPING", timeout_s=5, after=ping, last=lambda urc: '"' not in urc.line
        )
        assert [urc.line for urc in urcs] == [*lines, "+QPING: 0,4,4,0,20,20,20"]

    script(talk, work)


def test_a_modem_goes_on_with_another_port() -> None:
    async def work(modem: Modem, port: CruelPort) -> None:
        with modem.subscribe("+CREG") as heard:
            port.lose()
            with pytest.raises(PortLost):
                await heard.get()
            other = CruelPort(signal_talk)
            await modem.attach(other)
            assert port.closed
            other.answer("+CREG: 1")
            assert (await heard.get()).line == "+CREG: 1"
        assert modem.lost is None
        assert (await modem.execute(answers.CSQ)).rssi == 20
        given = await modem.detach()
        assert given is other
        assert not other.closed
        with pytest.raises(PortLost, match="given away"):
            await modem.send("AT")
        await other.close()

    script(signal_talk, work)


@pytest.mark.usefixtures("short_times")
def test_a_module_that_was_made_numeric_is_understood_and_probed() -> None:
    withheld: list[str] = []

    def talk(port: CruelPort, line: str) -> None:
        if line == "AT+CSQ" and not withheld:
            withheld.append(line)
            return
        lines = {"AT+CSQ": "+CSQ: 20,99\r\n", "AT+CMEE?": "+CMEE: 1\r\n"}.get(line, "")
        port.say(f"{lines}0\r")

    async def work(modem: Modem, port: CruelPort) -> None:
        assert (await modem.send("ATV0")).final == "OK"
        with pytest.raises(CommandTimeout):
            await modem.execute(QUICK_CSQ)
        assert (await modem.execute(answers.CSQ)).rssi == 20
        assert modem.resyncs == 1

    script(talk, work)


def test_logs_hide_identities(caplog: pytest.LogCaptureFixture) -> None:
    def talk(port: CruelPort, line: str) -> None:
        port.answer("+QUSIM: 460001234567890", "OK")

    async def work(modem: Modem, port: CruelPort) -> None:
        await modem.send('AT+CPIN="1234"')

    with caplog.at_level(logging.DEBUG, "v2x.modem"):
        script(talk, work)
    assert "+QUSIM" in caplog.text
    assert "460001234567890" not in caplog.text
    assert "1234" not in caplog.text.replace("7890", "")
