"""``v2x modem shell``: the conversation, its two ways in, and what is remembered of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from v2x.cli import modem_terminal
from v2x.cli.modem_conversation import Shell, payload_of
from v2x.cli.modem_words import LOCAL, WORDS
from v2x.modem.bringup import BringUpState, bring_up
from v2x.modem.commands import raw
from v2x.modem.events import Urc
from v2x.modem.host import simulated_module
from v2x.modem.modem import Modem
from v2x.modem.port import open_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROOT = Path(__file__).resolve().parents[2]
END_S = 30.0
SPEED = 50.0


class Page:
    """A screen that keeps what is written; ``answer`` is what the person says."""

    def __init__(self, *, answer: bool = False) -> None:
        self.lines: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.answer = answer

    def write(self, text: str, style: str = "") -> None:
        self.lines.append((style, text))

    async def agreed(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer

    @property
    def plain(self) -> list[str]:
        return [text for style, text in self.lines if not style]

    @property
    def errors(self) -> list[str]:
        return [text for style, text in self.lines if style == "error"]


def on_module(work: Callable[[Modem], Awaitable[None]], profile: str = "unisoc") -> None:
    async def run() -> None:
        async with simulated_module(profile, speed=SPEED) as host:
            await host.until_ready()
            async with Modem(await open_port(host.path)) as modem:
                await modem.send("ATE0")
                await work(modem)

    asyncio.run(asyncio.wait_for(run(), END_S))


def talk(*lines: str, page: Page | None = None, show: bool = False) -> tuple[Page, Shell]:
    page = page or Page()
    shells: list[Shell] = []

    async def work(modem: Modem) -> None:
        shell = Shell(modem, page, show_identities=show)
        shells.append(shell)
        for line in lines:
            assert await shell.take(line)
        shell.close()

    on_module(work)
    return page, shells[0]


def test_commands_with_and_without_at() -> None:
    page, shell = talk("AT+CMEE?", "+cmee?", "  ati ", "", "# a remark")
    assert page.plain == [
        "+CMEE: 1", "OK", "+CMEE: 1", "OK", "SIMULATED (v2x)", "SIM-UNISOC", "Revision: SIMULATED-0.1", "OK",
    ]  # fmt: skip
    assert not shell.failed


def test_a_refusal_is_shown_and_remembered() -> None:
    page, shell = talk("AT+NONE", "AT+CMEE?")
    assert page.errors == ["failed: AT+NONE: +CME ERROR 4 (operation not supported)"]
    assert page.plain[-1] == "OK"
    assert shell.failed


def test_identities_are_masked_unless_they_are_asked_for() -> None:
    assert talk("AT+CGSN")[0].plain[0] == "***********0000"
    assert talk("AT+CGSN", show=True)[0].plain[0] == "000000000000000"


@pytest.mark.parametrize("answer", [False, True])
def test_what_changes_the_module_for_good_asks_first(answer: bool) -> None:
    page, shell = talk('AT+QCFG="usbnet",1', "AT&W", page=Page(answer=answer))
    assert len(page.asked) == 2
    assert "USB interfaces" in page.asked[0]
    assert shell.failed is not answer
    assert (page.errors == ["failed: not sent"] * 2) is not answer


def test_local_commands() -> None:
    page, shell = talk(".help", ".timeout 5", ".timeout")
    assert any(".escape" in line for line in page.plain)
    assert not shell.failed
    page, shell = talk(".nothing", ".timeout x", ".timeout 0", ".escape")
    assert len(page.errors) == 4
    assert shell.failed


@pytest.mark.parametrize("word", [".quit", ".exit", "quit", "EXIT"])
def test_words_that_leave(word: str) -> None:
    async def work(modem: Modem) -> None:
        assert not await Shell(modem, Page()).take(word)

    on_module(work)


def test_a_payload_goes_to_the_prompt() -> None:
    async def work(modem: Modem) -> None:
        assert (await bring_up(modem)).state is BringUpState.DATA
        page = Page()
        shell = Shell(modem, page)
        await shell.take("AT+CMGF=1")
        await shell.take('AT+CMGS="12345" < hello')
        assert page.plain[-1] == "OK"
        assert any(line.startswith("+CMGS:") for line in page.plain)

    on_module(work)


def test_data_mode_and_back() -> None:
    async def work(modem: Modem) -> None:
        page = Page()
        shell = Shell(modem, page)
        assert (await bring_up(modem)).state is BringUpState.DATA
        await shell.take("ATD*99#")
        assert modem.in_data
        assert "data mode" in page.lines[-1][1]
        await shell.take("AT")
        assert "data mode" in page.errors[-1]
        await shell.take(".escape")
        assert not modem.in_data
        await shell.take("AT+CMEE?")
        assert page.plain[-2:] == ["+CMEE: 1", "OK"]
        assert any("data mode is over" in text for _, text in page.lines)
        shell.close()

    on_module(work)


def test_notifications_are_shown_with_all_that_belongs_to_them() -> None:
    async def work(modem: Modem) -> None:
        page = Page()
        shell = Shell(modem, page)
        shell.notify(Urc('+CMT: "001",,"26/01/01"', ("text\x1b[31m",)))
        shell.notify(Urc('+QIURC: "recv",0,3', payload=b"abc"))
        await shell.take(".quiet")
        shell.notify(Urc("RDY"))
        await shell.take(".loud")
        shell.notify(Urc("RDY"))
        assert [text for style, text in page.lines if style == "notified"] == [
            '! +CMT: "001",,"26/01/01"', "! text\\x1b[31m", '! +QIURC: "recv",0,3', "! 3 octets", "! RDY",
        ]  # fmt: skip

    on_module(work)


# -- what is typed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "command", "payload"),
    [
        ("AT+CSQ", "AT+CSQ", None),
        ('AT+CMGS="1" < hello', 'AT+CMGS="1"', b"hello\x1a"),
        ("AT+QISEND=0,3 << abc", "AT+QISEND=0,3", b"abc"),
        ("AT+QISEND=0,2 << \\x00\\r", "AT+QISEND=0,2", b"\x00\r"),
        ('AT+QMTPUBEX=0,1,0,0,"a < b",1 << x', 'AT+QMTPUBEX=0,1,0,0,"a < b",1', b"x"),
        ('AT+X="a < b"', 'AT+X="a < b"', None),
        ("AT+CMGS=1 <", "AT+CMGS=1", b"\x1a"),
    ],
)
def test_payloads(typed: str, command: str, payload: bytes | None) -> None:
    assert payload_of(typed) == (command, payload)


@pytest.mark.parametrize("typed", ["AT+A < \\q", "AT+A < \\x0", "AT+A < \u4e2d"])
def test_payloads_that_are_none(typed: str) -> None:
    with pytest.raises(ValueError, match=r"no escape|latin-1"):
        payload_of(typed)


@given(st.binary(max_size=40))
def test_every_payload_can_be_typed(octets: bytes) -> None:
    typed = "".join(f"\\x{octet:02x}" for octet in octets)
    assert payload_of(f"AT+QISEND=0 << {typed}") == ("AT+QISEND=0", octets)


@given(st.text(max_size=60))
def test_no_typed_line_breaks_the_shell(text: str) -> None:
    try:
        command, payload = payload_of(text)
        raw(command, payload=payload)
    except ValueError:
        return


def test_every_known_word_can_be_sent() -> None:
    for word in WORDS:
        if word[-1] not in ',"' or word.endswith('servingcell"'):
            raw(word if word.startswith("AT") else f"AT{word}")
    assert all(word.startswith(".") for word in LOCAL)


def completions(typed: str, *listed: str) -> list[str]:
    completer = modem_terminal._completer(modem_terminal.known_words(listed))
    return [found.text for found in completer.get_completions(Document(typed), None)]


def test_completion() -> None:
    assert "AT+CSQ" in completions("at+cs")
    assert completions("+CES") == ["+CESQ"]
    assert completions(".ti") == [".timeout"]
    assert completions("AT+CSQ") == []
    assert completions("") == []
    assert completions("AT+VEND", "+VENDOR", "AT+CSQ") == ["AT+VENDOR"]
    assert "AT^CBR?" in completions("AT^C") or "^CBR?" in completions("^CB")


# -- history ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("AT+CSQ", True),
        ('AT+CPIN="1234"', False),
        ("AT+EGMR=1,7,012345678901234", False),
        ('AT+CMGS="1" < secret', False),
    ],
)
def test_what_is_remembered(line: str, kept: bool) -> None:
    assert modem_terminal.remembered(line) is kept


def test_history_is_bounded_private_and_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modem_terminal, "HISTORY_LIMIT", 20)
    path = tmp_path / "state" / "history"
    history: Any = modem_terminal._history(path)
    for number in range(25):
        history.store_string(f"AT+X={number}")
    history.store_string('AT+CPIN="1234"')
    again = list(modem_terminal._history(path).load_history_strings())
    assert again[0] == "AT+X=24"
    assert len(again) == 20
    assert path.stat().st_mode & 0o077 == 0


def test_a_home_that_can_not_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    history: Any = modem_terminal._history(tmp_path / "file" / "history")
    history.store_string("AT")


def test_where_history_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert modem_terminal.history_file() == tmp_path / "v2x" / "modem_history"


# -- the two ways in -------------------------------------------------------------------------------


def test_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """prompt_toolkit with keys from a pipe: history, completion by Tab, leaving by Ctrl-D."""
    history = tmp_path / "history"

    async def work(modem: Modem) -> None:
        with create_pipe_input() as keys:
            keys.send_text("AT+CMEE?\rAT+CGMM\r\x04")
            status = await modem_terminal.in_terminal(
                modem, simulated="unisoc", history=history, source=keys, output=DummyOutput()
            )
        assert status == 0

    on_module(work)
    assert history.read_text().splitlines() == ["AT+CMEE?", "AT+CGMM"]


@pytest.mark.parametrize("turns", [0, 1, 5, 100])
def test_a_terminal_whose_port_is_lost(tmp_path: Path, turns: int) -> None:
    async def work(modem: Modem) -> None:
        with create_pipe_input() as keys:
            talking = asyncio.create_task(
                modem_terminal.in_terminal(
                    modem, history=tmp_path / "history", source=keys, output=DummyOutput()
                )
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            await modem.close()
            assert await talking == 1

    on_module(work)


def shell_process(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    code = f"from v2x.cli.modem import app; app({['shell', *arguments]!r})"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=END_S,
        env=dict(os.environ),
        check=False,
    )


def test_lines_from_a_pipe(tmp_path: Path) -> None:
    trace = tmp_path / "t.jsonl"
    done = shell_process("--sim", "qualcomm", "--trace", str(trace), typed="AT+CMEE?\nAT&W\n+CGMM")
    assert done.returncode == 1  # AT&W was not sent
    assert done.stdout == "+CMEE: 1\nOK\nSIM-QUALCOMM\nOK\n"
    assert "SIMULATED module, profile qualcomm" in done.stderr
    assert "--yes agrees" in done.stderr
    assert "AT+CGMM" in trace.read_text()


def test_lines_that_leave_early() -> None:
    done = shell_process("--sim", "unisoc", "--yes", typed="AT&W\n.quit\nAT+NONE\n")
    assert (done.returncode, done.stdout) == (0, "OK\n")
