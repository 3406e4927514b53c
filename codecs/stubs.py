"""Writes the type stubs of the typed messages: one ``.pyi`` per profile, from the op-table.

    python -m v2x.codecs.stubs          writes them beside the modules
    python -m v2x.codecs.stubs --check  status 1 where one is not what would be written

They are kept in the repository, so that editors and type checkers have them without a build; a test checks
that they are up to date.  Each class says its fields with their ranges; an ENUMERATED is a Literal of its
names.
"""

from __future__ import annotations

import sys
from pathlib import Path

from v2x.codecs import optable
from v2x.codecs.identifiers import class_name
from v2x.codecs.message import PROFILES
from v2x.codecs.optable import OPTIONAL, UNBOUNDED, Code, Op, OpTable, Part

__all__ = ["main", "stub"]

HEADER = '''"""Typed messages of profile {profile}; written by ``python -m v2x.codecs.stubs``, not by hand."""

# ruff: noqa
# fmt: off

from typing import Literal, Self, TypeAlias, final, overload

from v2x.codecs.records import Bits, Record

Unknown: TypeAlias = tuple[int, tuple[tuple[int, bytes], ...]]
BitsLike: TypeAlias = Bits | tuple[bytes, int] | set[str] | frozenset[str] | list[str]

'''


def stub(profile: str) -> str:
    """The text of the stub of a profile."""
    return _Stub(optable.load(profile)).text()


class _Stub:
    """The lines of one stub."""

    def __init__(self, table: OpTable) -> None:
        self._table = table
        self._aliases = {op.type_name: op for op in table.ops if op.code == Code.ENUM and op.type_name}

    def text(self) -> str:
        lines: list[str] = []
        for name, op in self._aliases.items():
            lines.append(f"{class_name(name)}: TypeAlias = {self._literal(op)}")
        for type_name, row in self._table.roots.items():
            op = self._table.ops[row]
            lines += ["", *(self._choice(type_name, op) if op.is_choice else self._sequence(type_name, op))]
        lines += ["", "def decode(data: bytes, *, lenient: bool = False) -> MessageFrame: ..."]
        lines += ["def encode(record: Record) -> bytes: ..."]
        return HEADER.format(profile=self._table.profile) + "\n".join(lines) + "\n"

    def _literal(self, op: Op) -> str:
        return f"Literal[{', '.join(repr(name) for name in self._table.names[op.first])}]"

    def _type(self, row: int, given: bool) -> str:
        """The type of an attribute; ``given``: what a constructor takes for it."""
        op = self._table.ops[row]
        match op.code:
            case Code.BOOL:
                return "bool"
            case Code.INT:
                return "int"
            case Code.ENUM:
                return class_name(op.type_name) if op.type_name else self._literal(op)
            case Code.BITS:
                return "BitsLike" if given else "Bits"
            case Code.OCTETS:
                return "bytes"
            case Code.TEXT:
                return "str"
            case Code.LIST:
                inner = self._type(op.first, given)
                return f"list[{inner}] | tuple[{inner}, ...]" if given else f"tuple[{inner}, ...]"
            case Code.OPEN:
                return self._open()
            case Code.SEQ | Code.CHOICE:
                return class_name(op.type_name)
        return "None"

    def _open(self) -> str:
        messages = [class_name(self._table.ops[row].type_name) for _, row in self._table.messages]
        return " | ".join([*messages, "bytes"])

    def _remark(self, row: int) -> str:
        """The range of a value, in words."""
        op = self._table.ops[row]
        others = ", others in extension form" if op.is_extensible else ""
        bounds = f"{op.low}" if op.low == op.high else f"{op.low}..{op.high}"
        match op.code:
            case Code.INT:
                return bounds + others
            case Code.BITS:
                return f"{bounds} bits{others}"
            case Code.OCTETS | Code.TEXT | Code.LIST:
                unit = {Code.OCTETS: "octets", Code.TEXT: "characters", Code.LIST: "elements"}[Code(op.code)]
                if op.high == UNBOUNDED:
                    return f"any number of {unit}"
                return f"{bounds} {unit}{others}"
        return ""

    def _sequence(self, type_name: str, op: Op) -> list[str]:
        parts = self._table.parts_of(op)
        lines = ["@final", f"class {class_name(type_name)}(Record):"]
        for part in parts:
            suffix = " | None" if part.flags & OPTIONAL else ""
            remark = self._remark(part.op)
            lines += [
                "    @property",
                f"    def {part.attribute}(self) -> {self._type(part.op, False)}{suffix}:",
            ]
            lines += [f'        """{part.name}{": " + remark if remark else ""}"""']
        if op.is_extensible:
            lines += ["    @property", "    def unknown_additions(self) -> Unknown | None: ..."]
        arguments = ", ".join(
            self._argument(part) for part in sorted(parts, key=lambda p: p.flags & OPTIONAL)
        )
        changes = ", ".join(self._argument(part, change=True) for part in parts)
        if op.is_extensible:
            arguments += ", unknown_additions: Unknown | None = None"
            changes += ", unknown_additions: Unknown | None = ..."
        lines += [f"    def __new__(cls, *, {arguments}) -> Self: ..."]
        lines += [f"    def replace(self, *, {changes}) -> Self: ...  # type: ignore[override]"]
        return lines

    def _argument(self, part: Part, change: bool = False) -> str:
        kind = self._type(part.op, True)
        if part.flags & OPTIONAL:
            return f"{part.attribute}: {kind} | None = {'...' if change else 'None'}"
        return f"{part.attribute}: {kind}{' = ...' if change else ''}"

    def _choice(self, type_name: str, op: Op) -> list[str]:
        parts = self._table.parts_of(op)
        names = ", ".join(repr(part.name) for part in parts)
        values = " | ".join(dict.fromkeys(self._type(part.op, False) for part in parts))
        lines = ["@final", f"class {class_name(type_name)}(Record):"]
        lines += ["    @property", f"    def name(self) -> Literal[{names}]: ..."]
        lines += ["    @property", f"    def value(self) -> {values}: ..."]
        for part in parts:
            if len(parts) > 1:
                lines += ["    @overload"]
            argument = f"name: Literal[{part.name!r}], value: {self._type(part.op, True)}"
            lines += [f"    def __new__(cls, {argument}) -> Self: ..."]
        return lines


def main(arguments: list[str]) -> int:
    """Write the stubs, or check them; the status for the shell."""
    stale = 0
    for profile in PROFILES:
        path = Path(__file__).resolve().parent / f"{profile}.pyi"
        text = stub(profile)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"{path.name} is not up to date: python -m v2x.codecs.stubs")
            stale = 1
    return stale


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
