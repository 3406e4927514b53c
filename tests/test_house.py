"""The house rules of docs/decisions/0001-house.md, executed: who imports whom, sizes, and habits."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("codecs", "certs", "modem", "fusion", "scenarios")

GROUND = {"v2x.errors", "v2x.units", "v2x.clock", "v2x.geo", "v2x.footprint", "v2x.objects"}
STATION = {"v2x.station", "v2x.worker", "v2x.config", "v2x.transmit", "v2x.identity"}
BELOW_STATION = GROUND | {
    "v2x.codecs", "v2x.certs", "v2x.modem", "v2x.fusion", "v2x.plausibility", "v2x.misbehaviour",
    "v2x.pipeline",
}  # fmt: skip
EVERYTHING = (
    BELOW_STATION
    | STATION
    | {"v2x.scenarios", "v2x.cli", "v2x.demo", "v2x.service", "v2x.radios", "v2x.testing", "v2x.record"}
)
MAY_IMPORT = {
    **dict.fromkeys(GROUND, GROUND),
    "v2x.codecs": GROUND,
    "v2x.certs": GROUND | {"v2x.codecs"},
    "v2x.modem": GROUND,
    "v2x.fusion": GROUND,
    "v2x.plausibility": GROUND,
    "v2x.misbehaviour": GROUND | {"v2x.codecs", "v2x.certs", "v2x.plausibility"},
    "v2x.pipeline": GROUND | {"v2x.codecs", "v2x.certs", "v2x.plausibility"},
    **dict.fromkeys(STATION, BELOW_STATION | STATION),
    "v2x.scenarios": BELOW_STATION | STATION,
    "v2x.testing": GROUND | {"v2x.codecs", "v2x.certs"},
    "v2x.cli": EVERYTHING,
    "v2x.demo": EVERYTHING,
    "v2x.service": EVERYTHING,
    "v2x.radios": EVERYTHING,
    "v2x.__main__": EVERYTHING,
    "v2x.record": GROUND | {"v2x.codecs", "v2x.certs", "v2x.pipeline", "v2x.modem"},
    "v2x": set(),
}

FILE_LIMIT = 400
FUNCTION_LIMIT = 60
LONG_FUNCTION = 40
LONG_SHARE = 0.05

IO_MODULES = {"asyncio", "socket", "select", "termios", "fcntl", "pty", "subprocess", "threading", "tty"}
IO_ALLOWED = {
    "v2x.worker", "v2x.station", "v2x.service", "v2x.demo", "v2x.cli",
    "v2x.modem.port", "v2x.modem.modem", "v2x.modem.bringup", "v2x.modem.host", "v2x.modem.radio",
    "v2x.modem.udp", "v2x.modem.line", "v2x.modem.queues", "v2x.modem.cmux_port", "v2x.modem.rfc2217",
    "v2x.modem.recovery", "v2x.modem.recovery_means", "v2x.modem.bench_module", "v2x.modem.pc5_agent",
    "v2x.modem.pc5_link", "v2x.modem.sync", "v2x.scenarios.medium",
}  # fmt: skip
WALL_CLOCK = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow")}
CLOCK_ALLOWED = {"v2x.clock", "v2x.cli"}


def sources() -> list[Path]:
    """Every Python file of the package, by its real folder."""
    found = [p for p in (ROOT / "v2x").rglob("*.py") if not any(part in ROOMS for part in p.parts[-3:-1])]
    for room in ROOMS:
        found += (ROOT / room).rglob("*.py")
    return sorted(p for p in found if "__pycache__" not in p.parts)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] in ROOMS:
        parts = ("v2x", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def home(module: str, table: object) -> str:
    """The longest prefix of ``module`` that stands in ``table``."""
    while module not in table:  # type: ignore[operator]
        module = module.rpartition(".")[0]
        if not module:
            return ""
    return module


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


FILES = sources()
PARAMS = pytest.mark.parametrize("path", FILES, ids=[module_name(p) for p in FILES])


def test_the_rooms_are_links_beside_real_folders() -> None:
    for room in ROOMS:
        assert (ROOT / "v2x" / room).is_symlink()
        assert (ROOT / "v2x" / room).readlink() == Path("..") / room


@PARAMS
def test_imports_go_downwards(path: Path) -> None:
    module = module_name(path)
    room = home(module, MAY_IMPORT)
    allowed = MAY_IMPORT[room]
    for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
        if not name.startswith("v2x"):
            continue
        target = home(name, MAY_IMPORT)
        if target == "v2x" and name not in ("v2x",):
            pytest.fail(f"{module} imports {name}, which is no module of the house")
        if target != "v2x":
            assert target == room or target in allowed, f"{module} must not import {name}"


@PARAMS
def test_nothing_takes_a_room_for_a_standard_module(path: Path) -> None:
    for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
        assert name.partition(".")[0] not in ROOMS, f"{module_name(path)} imports {name}"
        own = module_name(path) == "v2x.codecs.scapy_layers"
        assert own or name.partition(".")[0] != "scapy", "scapy is GPL-2.0-only: only its own optional module"
        assert not name.startswith("v2x.codecs.scapy_layers"), "nothing imports the scapy layers"


@PARAMS
def test_io_lives_in_few_modules(path: Path) -> None:
    module = module_name(path)
    if home(module, IO_ALLOWED):
        return
    for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
        assert name.partition(".")[0] not in IO_MODULES, f"{module} does input or output: {name}"


@PARAMS
def test_time_is_an_argument(path: Path) -> None:
    module = module_name(path)
    if home(module, CLOCK_ALLOWED):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in WALL_CLOCK, f"{module}:{node.lineno} asks the wall clock"


@PARAMS
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LIMIT, f"{path.name} is longer than {FILE_LIMIT} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LIMIT, f"{path.name}:{node.lineno} {node.name} has {length} lines"


def test_most_functions_are_shorter_still() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sum(n > LONG_FUNCTION for n in lengths) <= LONG_SHARE * len(lengths)


@PARAMS
def test_modules_say_what_they_are(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{module_name(path)} has no docstring"
    assert len(docstring) >= 30, f"{module_name(path)} says too little: {docstring!r}"


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import v2x; print(sorted(set(sys.modules) - before))"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "['v2x']"


def test_the_command_line_starts_light() -> None:
    """Building the whole command tree must not pull in what only a sub-command needs."""
    heavy = "{'asn1tools', 'numpy', 'scipy', 'pyproj', 'pydantic', 'scapy', 'asyncio'}"
    code = f"import sys, v2x.cli; v2x.cli.build(); print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_the_decisions_are_written_down() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert [int(p.name[:4]) for p in pages] == list(range(1, len(pages) + 1))
    assert (ROOT / "docs" / "assumptions.md").is_file()
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 120
