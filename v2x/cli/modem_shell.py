r"""``v2x modem shell``: AT commands by hand, notifications as they come.

    AT> +CSQ                       the AT may be left out
    AT> AT+CMGS="..." < text       what the module's prompt (>) gets, ended by Ctrl-Z
    AT> AT+QISEND=0,5 << hello     the same without Ctrl-Z, for commands that were told the length
    AT> .help                      what the shell does itself

In a terminal: history (Up, Ctrl-R, kept in the state folder), completion of known commands and of those
that the module lists (Tab), notifications above the line that is being typed, Ctrl-C gives a running
command up.  Elsewhere: one command a line from standard input, until its end.

A command that changes the module for good asks first.  Identities and secrets are masked on the screen
unless ``--show-ids`` was given, and lines that hold any never reach the history.
"""

from __future__ import annotations

import sys

from v2x.cli.modem_common import PortOption, ShowOption, SimOption, TraceOption, YesOption, run, target

__all__ = ["shell"]


def shell(
    port: PortOption = None,
    sim: SimOption = None,
    trace: TraceOption = None,
    yes: YesOption = False,
    show_identities: ShowOption = False,
) -> None:
    """Type AT commands and see answers and notifications; .help says what else.

    In a terminal with history and completion; otherwise commands are read from standard input, one a line.
    """
    aim = target(port, sim, trace=trace, allow_persistent=yes)

    async def work() -> int:
        from v2x.cli.modem_terminal import by_lines, in_terminal

        async with aim.open() as modem:
            talk = in_terminal if sys.stdin.isatty() and sys.stdout.isatty() else by_lines
            return await talk(modem, show_identities=show_identities, simulated=sim)

    run(work(), "stopped")
