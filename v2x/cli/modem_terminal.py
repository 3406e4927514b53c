"""The two ways to talk to ``v2x modem shell``: a terminal with prompt_toolkit, or lines from a pipe.

Both run the shell's lines one after another while a task shows notifications.  When the port is lost, the
conversation ends with status 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from v2x.cli.modem_conversation import Shell
from v2x.cli.modem_words import LOCAL, WORDS
from v2x.errors import ModemError
from v2x.modem.errors import PortLost
from v2x.modem.redaction import redact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from prompt_toolkit.completion import Completion
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

    from v2x.modem.modem import Modem

__all__ = ["by_lines", "history_file", "in_terminal", "known_words", "remembered"]

LINE_LIMIT = 65_536
"""Characters of a line of standard input; the engine takes some thousand as a command."""

HISTORY_LIMIT = 1000
"""Lines of history that are kept: what a person may want to find again."""

LISTED_LIMIT = 2000
"""Commands that a module may list for completion: real ones list some hundred."""

_STYLES = {"notified": "ansicyan", "error": "ansired"}


# -- what both ways share --------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _listening(modem: Modem, shell: Shell, lost: Callable[[PortLost], None]) -> AsyncIterator[None]:
    """Show notifications while the block runs; ``lost`` is told when the port goes."""

    async def notifications() -> None:
        with modem.subscribe() as queue:
            ready.set()
            try:
                while True:
                    shell.notify(await queue.get())
            except PortLost as error:
                lost(error)

    ready = asyncio.Event()
    task = asyncio.create_task(notifications())
    await ready.wait()
    try:
        yield
    finally:
        shell.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _opening(modem: Modem, simulated: str | None) -> str:
    what = (
        f"SIMULATED module, profile {simulated}" if simulated is not None else f"module on {modem.port_name}"
    )
    return f"{what}; .help says what can be typed, .quit leaves"


# -- lines from a pipe -----------------------------------------------------------------------------


class _Lines:
    """Writes to standard output and standard error; nobody is there to agree."""

    def write(self, text: str, style: str = "") -> None:
        typer.echo(text, err=bool(style))

    async def agreed(self, question: str) -> bool:
        typer.echo(f"{question} Nobody can be asked here; --yes agrees.", err=True)
        return False


async def by_lines(modem: Modem, *, show_identities: bool = False, simulated: str | None = None) -> int:
    """Commands from standard input, one a line; status 1 if any failed or the port was lost."""
    shell = Shell(modem, _Lines(), show_identities=show_identities)
    ending: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    if simulated is not None:
        typer.echo(f"SIMULATED module, profile {simulated}", err=True)

    def lost(error: PortLost) -> None:
        if not ending.done():
            ending.set_result("")
        typer.echo(f"failed: {error}", err=True)
        shell.failed = True

    async with _listening(modem, shell, lost):
        while not ending.done():
            reading = asyncio.ensure_future(_next_line())
            await asyncio.wait((reading, ending), return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                reading.cancel()
                break
            line = reading.result()
            try:
                if not line or not await shell.take(line):
                    break
            except PortLost as error:
                lost(error)
        await asyncio.sleep(0)  # what the last command brought along is shown, too
    return int(shell.failed)


async def _next_line() -> str:
    """A line of standard input, empty at its end; read by a thread that does not hold the process."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[str] = loop.create_future()

    def tell(line: str) -> None:
        if not found.done():
            found.set_result(line)

    def read() -> None:
        line = sys.stdin.readline(LINE_LIMIT)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, line)

    threading.Thread(target=read, name="v2x-shell-input", daemon=True).start()
    return await found


# -- a terminal ------------------------------------------------------------------------------------


def history_file() -> Path:
    """Where typed commands are kept: the user's state folder (XDG base directories)."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "v2x" / "modem_history"


def remembered(line: str) -> bool:
    """Whether a line may be kept: none that holds an identity, a secret or a message's text."""
    return redact(line) == line and " <" not in line


def known_words(listed: Iterable[str] = ()) -> dict[str, str]:
    """What is completed, with its meaning: the table's lines and the commands that the module listed."""
    words = dict(WORDS)
    names = {word.rstrip('?="').upper() for word in words}
    for name in listed:
        text = name.strip()
        if not text.upper().startswith("AT"):
            text = f"AT{text}"
        if text.upper() not in names and text.isascii() and text.isprintable():
            words[text] = "listed by the module"
    return words | LOCAL


async def _listed(modem: Modem) -> tuple[str, ...]:
    """The module's own list of commands; empty where it has none."""
    try:
        return (await modem.send("AT+CLAC", timeout_s=3.0)).lines[:LISTED_LIMIT]
    except ModemError:
        return ()


def _history(path: Path) -> Any:
    """prompt_toolkit's history over our file: bounded, private, without identities."""
    from prompt_toolkit.history import History, InMemoryHistory

    class Kept(History):
        def load_history_strings(self) -> Iterable[str]:
            try:
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            except OSError:
                return []
            return reversed(lines[-HISTORY_LIMIT:])

        def store_string(self, string: str) -> None:
            if not remembered(string):
                return
            with contextlib.suppress(OSError):
                lines = [*reversed(list(self.load_history_strings())), " ".join(string.split())]
                path.write_text("\n".join(lines[-HISTORY_LIMIT:]) + "\n", encoding="utf-8")

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:  # a home that can't be written: history lasts as long as the shell
        return InMemoryHistory()
    return Kept()


def _completer(words: dict[str, str]) -> Any:
    from prompt_toolkit.completion import Completer, Completion

    class Words(Completer):
        def get_completions(self, document: Any, complete_event: Any) -> Iterable[Completion]:  # noqa: ARG002
            typed = document.text_before_cursor.lstrip()
            bare = typed.upper()
            for word, meaning in words.items():
                shown = word if bare[:2] in ("", "A", "AT") or word[0] == "." else word.removeprefix("AT")
                if typed and shown.upper().startswith(bare) and shown.upper() != bare:
                    yield Completion(shown, -len(typed), display_meta=meaning)

    return Words()


async def in_terminal(
    modem: Modem,
    *,
    show_identities: bool = False,
    simulated: str | None = None,
    history: Path | None = None,
    source: Input | None = None,
    output: Output | None = None,
) -> int:
    """A conversation at a terminal; status 1 when the port was lost."""
    from prompt_toolkit import PromptSession, print_formatted_text
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.patch_stdout import patch_stdout

    class Terminal:
        def write(self, text: str, style: str = "") -> None:
            print_formatted_text(FormattedText([(_STYLES.get(style, ""), text)]), output=output)

        async def agreed(self, question: str) -> bool:
            asking: PromptSession[str] = PromptSession(input=source, output=output)
            try:
                answer = await asking.prompt_async(f"{question} [y/N] ")
            except (EOFError, KeyboardInterrupt):
                return False
            return answer.strip().lower() in ("y", "yes")

    session: PromptSession[str] = PromptSession(
        "AT> ",
        history=_history(history or history_file()),
        auto_suggest=AutoSuggestFromHistory(),
        completer=_completer(known_words(await _listed(modem))),
        complete_while_typing=False,
        input=source,
        output=output,
    )
    screen = Terminal()
    shell = Shell(modem, screen, show_identities=show_identities)
    screen.write(_opening(modem, simulated))

    def lost(_: PortLost) -> None:
        if session.app.is_running:
            session.app.exit(exception=EOFError())

    with patch_stdout(raw=True):
        async with _listening(modem, shell, lost):
            await _converse(modem, session.prompt_async, shell, screen)
    if modem.lost is not None:
        screen.write(f"failed: {modem.lost}", "error")
        return 1
    return 0


async def _converse(modem: Modem, ask: Callable[[], Awaitable[str]], shell: Shell, screen: Any) -> None:
    """Line after line until the end; Ctrl-C clears a line or gives a running command up."""
    while modem.lost is None:
        try:
            line = await ask()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        try:
            if not await _interruptible(shell.take(line)):
                return
        except PortLost:
            return
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            screen.write("given up; the next command waits until the line is in step again", "error")


async def _interruptible(work: Awaitable[bool]) -> bool:
    """Run ``work``; Ctrl-C cancels it and nothing else."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    before = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    except (ValueError, RuntimeError):  # not the main thread: no Ctrl-C reaches it
        return await task
    try:
        return await task
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
