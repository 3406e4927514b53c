"""What a script does to the simulated module: to its answers, and to its world.

    plan(line)          the faults of one command line's answer, by the rules and the seed
    Plan.shape(answer)  the octets that go out instead of the answer
    perform(module, action)   an action on the world, at its time or after an answer

An answer's order on the wire: foreign answer, what stands before, the answer with what stands in its
middle, what stands after.  "In the middle" is between the answer's last line and its final result for a
notification, anywhere for garbage.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from v2x.modem.sim_network import Level
from v2x.modem.sim_options import Card
from v2x.modem.sim_script import OF_THE_ANSWER, Action, Do, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from v2x.modem.sim import SimulatedModule

__all__ = ["Faults", "Plan", "perform"]


@dataclass(slots=True)
class Plan:
    """What happens to one answer; a plan without faults leaves it as it is."""

    delay_s: float = 0.0
    gap_s: float = 0.0
    mute: bool = False
    instead: tuple[str, str] | None = None  # lines and final result
    code: int | None = None
    foreign: bytes = b""
    before: bytes = b""
    middle: bytes = b""
    after: bytes = b""
    middle_part: float | None = None  # where the middle is, as a part of the answer; None: at the final
    world: list[Action] = field(default_factory=list)

    def shape(self, answer: bytes) -> bytes:
        """The octets that go out."""
        if self.mute:
            return self.foreign + self.before + self.after
        if self.middle_part is None:
            cut = max(answer.rfind(b"\r\n", 0, max(len(answer) - 2, 0)), 0)
        else:
            cut = int(self.middle_part * len(answer))
        return self.foreign + self.before + answer[:cut] + self.middle + answer[cut:] + self.after


class Faults:
    """The rules with what they have seen; the seed decides what chance decides."""

    def __init__(self, rules: Sequence[Rule], seed: int) -> None:
        self._rules = [(_pattern(rule.command), rule) for rule in rules]
        self._seen = [0] * len(self._rules)
        self._done = [0] * len(self._rules)
        self._random = random.Random(seed)

    def plan(self, line: str) -> Plan:
        """The faults of the answer to ``line``, which begins with AT."""
        plan = Plan()
        for index, (pattern, rule) in enumerate(self._rules):
            if not pattern.fullmatch(line):
                continue
            self._seen[index] += 1
            if self._seen[index] <= rule.after or 0 < rule.times <= self._done[index]:
                continue
            if rule.probability < 1.0 and self._random.random() >= rule.probability:
                continue
            self._done[index] += 1
            if rule.action.do in OF_THE_ANSWER:
                self._add(plan, rule.action)
            else:
                plan.world.append(rule.action)
        return plan

    def garbage(self, action: Action) -> bytes:
        """The octets of a garbage action."""
        return bytes.fromhex(action.hex) if action.hex else self._random.randbytes(action.count)

    def _add(self, plan: Plan, action: Action) -> None:
        if action.do is Do.DELAY:
            plan.delay_s += action.seconds
        elif action.do is Do.SPLIT:
            plan.gap_s = max(plan.gap_s, action.gap_s)
        elif action.do is Do.MUTE:
            plan.mute = True
        elif action.do is Do.ANSWER:
            plan.instead = (action.text, action.final)
        elif action.do is Do.ERROR:
            plan.code = action.code
        elif action.do is Do.FOREIGN:
            plan.foreign += framed(action.text) + framed(action.final)
        elif action.do is Do.URC:
            self._insert(plan, framed(action.text), action.where)
        else:
            self._insert(plan, self.garbage(action), action.where)
            if action.where == "middle":
                plan.middle_part = self._random.random()

    @staticmethod
    def _insert(plan: Plan, octets: bytes, where: str) -> None:
        if where == "before":
            plan.before += octets
        elif where == "middle":
            plan.middle += octets
        else:
            plan.after += octets


def framed(text: str) -> bytes:
    """Lines as a module in verbose mode writes them; no text is no line."""
    return b"".join(f"\r\n{line}\r\n".encode("latin-1") for line in text.split("\n") if line)


def _pattern(command: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, command.split("*"))), re.IGNORECASE | re.DOTALL)


def perform(module: SimulatedModule, action: Action) -> None:
    """Let something happen to the module or its world."""
    _WORLD[action.do](module, action)


def _echo(module: SimulatedModule, action: Action) -> None:
    module.state.echo = action.on


def _split(module: SimulatedModule, action: Action) -> None:
    module.split(action.gap_s, action.seconds)


def _coverage(module: SimulatedModule, action: Action) -> None:
    module.network.coverage = action.on
    module.service.search_again()


def _reject(module: SimulatedModule, action: Action) -> None:
    module.network.reject_cause = action.cause
    module.service.search_again()


def _signal(module: SimulatedModule, action: Action) -> None:
    module.network.set_level(action.cell, Level(action.rsrp_dbm, action.rsrq_db, action.sinr_db))


def _pc5(module: SimulatedModule, action: Action) -> None:
    module.pc5.set_world(action.cbr, action.loss)


_WORLD: dict[Do, Callable[[SimulatedModule, Action], None]] = {
    Do.SPLIT: _split,
    Do.URC: lambda module, action: module.urc(action.text),
    Do.GARBAGE: lambda module, action: module.say_octets(module.faults.garbage(action)),
    Do.ECHO: _echo,
    Do.STUCK: lambda module, action: module.stick(action.seconds),
    Do.PORT_LOSS: lambda module, action: module.lose_port(action.seconds),
    Do.RESTART: lambda module, _: module.restart(),
    Do.POWER_OFF: lambda module, _: module.switch_off(),
    Do.POWER_ON: lambda module, _: module.power_on(module.now),
    Do.HANDOVER: lambda module, action: module.service.handover(action.cell),
    Do.COVERAGE: _coverage,
    Do.REJECT: _reject,
    Do.DETACH: lambda module, _: module.service.detached_by_network(),
    Do.DEACTIVATE: lambda module, action: module.service.deactivate(action.cid, by_network=True),
    Do.SIGNAL: _signal,
    Do.CARD: lambda module, action: module.change_card(Card(action.card)),
    Do.PC5: _pc5,
    Do.SMS: lambda module, action: module.messages.arrive(module, action.text),
}
