"""``v2x scenario``: C-NCAP style tests (list, run) and the attack suite (attacks), with a verdict.

Exit status: 0 PASS, 1 FAIL, 2 INVALID (the test is ill-posed, or can't be run here).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from v2x.scenarios.attacks import AttackResult, SuiteResult
    from v2x.scenarios.scpo import ScpoResult

__all__ = ["app"]

PASS, FAIL, INVALID = 0, 1, 2

JsonOption = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the result as one JSON object; - is standard output."),
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="C-NCAP style tests and attacks in fake time, through the real receiver. Not official.",
)


@app.command("list")
def list_scenarios() -> None:
    """List the scenarios that can be run, with their speeds."""
    from rich.console import Console
    from rich.table import Table

    from v2x.scenarios.data import scenario_figures, scenario_names

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("name", "what", "VUT/GVT km/h", "passes"):
        table.add_column(column, overflow="fold")
    for name, title in scenario_names().items():
        figures = scenario_figures(name)
        pairs = ", ".join(f"{vut}/{gvt}" for vut, gvt in figures.value("pairs_kmh"))
        table.add_row(name, title, pairs, f"first warning at TTC >= {figures.value('line_s')} s")
    console = Console()
    console.print(table)
    console.print("VUT: vehicle under test. GVT: the other one. The figures are second-hand, not official.")
    console.print("Attacks on the receiver: `v2x scenario attacks`.")


@app.command("run")
def run(
    name: Annotated[str, typer.Argument(help="The scenario's name, as `v2x scenario list` shows it.")],
    vut: Annotated[float, typer.Option(help="Speed of the vehicle under test, km/h.")] = 50.0,
    gvt: Annotated[
        float | None,
        typer.Option(help="Speed of the other vehicle, km/h. Without it: the one that belongs to VUT."),
    ] = None,
    radio: Annotated[bool, typer.Option(help="With or without V2X; without it only the camera sees.")] = True,
    damage_signatures: Annotated[
        bool, typer.Option("--damage-signatures", help="Flip a bit in every signature on the air.")
    ] = False,
    line: Annotated[
        float | None,
        typer.Option(help="TTC in seconds at which the first warning must be there. Default 1.7."),
    ] = None,
    allow: Annotated[
        bool, typer.Option("--allow", help="Allow speeds that are not the scenario's own.")
    ] = False,
    gvt_delay: Annotated[float, typer.Option(help="Let the other vehicle come so many seconds late.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of noise and phases.")] = 1,
    json: JsonOption = None,
) -> None:
    """Run one scenario and give its verdict: exit status 0 PASS, 1 FAIL, 2 INVALID.

    The other vehicle's messages are encoded, signed, and taken through the same receiver, tracker and
    warning function as on the road; time is simulated, so a run takes a moment.
    """
    from v2x.certs import CryptoUnavailableError
    from v2x.errors import ScenarioError

    quiet = json is not None and str(json) == "-"
    try:
        result = _run(
            name, vut, gvt, radio=radio, damage=damage_signatures, line_s=line,
            allow_other_speeds=allow, gvt_delay_s=gvt_delay, seed=seed,
        )  # fmt: skip
    except (ScenarioError, CryptoUnavailableError) as error:
        _write(json, {"scenario": name, "official": False, "verdict": "INVALID", "reason": str(error)})
        if not quiet:
            typer.echo(f"INVALID: {error}", err=True)
        raise typer.Exit(INVALID) from None
    _write(json, result.to_dict())
    if not quiet:
        _show(result)
    raise typer.Exit(PASS if result.verdict == "PASS" else FAIL)


@app.command("attacks")
def attacks(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Attacks by name. Default: all.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Run the attack suite (SIMULATED): exit status 0 PASS, 1 FAIL, 2 INVALID.

    Replays, forgeries, wrong certificates, wrong clocks, strange envelopes and floods against a real receiver
    in fake time. Each must meet its reason, honest traffic must still be accepted, stores keep their limits.
    """
    from v2x.certs import CryptoUnavailableError
    from v2x.errors import ScenarioError
    from v2x.scenarios.attacks import run_attacks

    quiet = json is not None and str(json) == "-"
    try:
        suite = run_attacks(names or ())
    except (ScenarioError, CryptoUnavailableError) as error:
        _write(json, {"scenario": "attacks", "simulated": True, "verdict": "INVALID", "reason": str(error)})
        if not quiet:
            typer.echo(f"INVALID: {error}", err=True)
        raise typer.Exit(INVALID) from None
    _write(json, suite.to_dict())
    if not quiet:
        _show_attacks(suite)
    raise typer.Exit(PASS if suite.passed else FAIL)


def _run(name: str, vut: float, gvt: float | None, **settings: Any) -> ScpoResult:
    from v2x.errors import ScenarioError
    from v2x.scenarios.data import scenario_figures

    partners = {pair[0]: pair[1] for pair in scenario_figures(name).value("pairs_kmh")}
    if gvt is None:
        gvt = partners.get(vut)
    if gvt is None:
        known = ", ".join(f"{speed:g}" for speed in partners)
        raise ScenarioError(
            f"a VUT speed of {vut:g} km/h is not the scenario's ({known}); name --gvt and --allow"
        )
    from v2x.scenarios.scpo import run_scpo

    return run_scpo(vut, gvt, **settings)


def _write(path: Path | None, report: dict[str, Any]) -> None:
    import json

    if path is None:
        return
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    if str(path) == "-":
        typer.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"{path}: the result can't be written: {error.strerror}", err=True)
        raise typer.Exit(INVALID) from None


def _show(result: ScpoResult) -> None:
    from rich.console import Console
    from rich.table import Table

    report = result.to_dict()
    table = Table(
        title=report["title"], title_justify="left", box=None, padding=(0, 2, 0, 0), show_header=False
    )
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")

    def seconds(value: float | None) -> str:
        return "never" if value is None else f"{value:.2f} s"

    colour = {"PASS": "bold green", "FAIL": "bold red"}[result.verdict]
    table.add_row("verdict", f"[{colour}]{result.verdict}[/]   (not official)")
    table.add_row("speeds", f"VUT {result.vut_kmh:g} km/h, GVT {result.gvt_kmh:g} km/h")
    state = "off" if not result.radio else ("on, every signature damaged" if result.damaged else "on")
    table.add_row("V2X", state)
    table.add_row("TTC at first accepted BSM", seconds(result.ttc_at_first_bsm_s))
    table.add_row("TTC at line of sight", seconds(result.ttc_at_line_of_sight_s))
    source = f"   by {', '.join(result.warned_by)}" if result.warned_by else ""
    table.add_row("TTC at first warning", f"{seconds(result.ttc_at_warning_s)}{source}")
    table.add_row("  must be at least", seconds(result.line_s))
    table.add_row("least TTC, nobody brakes", seconds(result.ttc_min_s))
    frames = result.frames
    table.add_row("frames sent / out of range", f"{frames['sent']} / {frames['out_of_range']}")
    table.add_row("frames accepted", str(frames["accepted"]))
    for reason, count in frames["dropped"].items():
        table.add_row(f"  dropped, {reason}", str(count))
    table.add_row("evidence, SHA-256", result.evidence_sha256)
    console = Console()
    console.print(table)
    console.print("Assumptions:", style="dim")
    for assumption in report["assumptions"]:
        console.print(f" - {assumption}", style="dim", markup=False, highlight=False)


def _show_attacks(suite: SuiteResult) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), title="Attack suite (SIMULATED)", title_justify="left")
    for column in ("attack", "sent", "verdicts", "honest", "fullest store", ""):
        table.add_column(column, overflow="fold")
    for result in suite.results:
        honest = f"{result.honest.get('accepted', 0)}/{sum(result.honest.values())}"
        verdicts = ", ".join(f"{name} {count}" for name, count in sorted(result.verdicts.items()))
        if not result.met:
            verdicts += f" (expected {result.expected})"
        mark = "[green]PASS[/]" if result.passed else "[bold red]FAIL[/]"
        sent = str(sum(result.verdicts.values()))
        table.add_row(result.attack.name, sent, verdicts, honest, _fullest(result), mark)
    console = Console()
    console.print(table)
    failed = sum(not result.passed for result in suite.results)
    console.print(f"{'PASS' if suite.passed else 'FAIL'}: {len(suite.results)} attacks, {failed} failed")


def _fullest(result: AttackResult) -> str:
    """The store that came nearest to its limit."""
    name = max(result.limits, key=lambda one: result.peak[one] / result.limits[one])
    return f"{name} {result.peak[name]}/{result.limits[name]}"
