"""``v2x tokens export``: a capture through the whole way, in the capture's own time, to token frames.

The packets' time stamps are the receive instants; ten times a second of capture time a frame of tokens is
written.  Nothing waits: an hour of capture takes as long as its frames take to verify.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from v2x.codecs.pcap import Packet
    from v2x.fusion import Tracker
    from v2x.objects import EgoState
    from v2x.pipeline import Pipeline, Tally

__all__ = ["export"]

TICK_S = 0.1
FRAMES_LIMIT = 1_000_000
"""Files of one run: a day at 10 Hz; then it stops and says so."""

GAP_LIMIT_S = 60.0
"""A pause in the capture that is bridged with ticks; after a longer one the clock starts anew."""


def export(
    capture: Annotated[Path, typer.Argument(help="A pcap with one DSMP unit per packet.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for 000001.npz and so on.")],
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="DIR", help="Trust directory, as v2x pki init makes it.")
    ] = None,
    accept_unsecured: Annotated[
        bool, typer.Option("--accept-unsecured", help="Take unsigned messages, marked as such (bench).")
    ] = False,
    latitude_deg: Annotated[
        float, typer.Option("--latitude", min=-90, max=90, help="Where the ego vehicle stands.")
    ] = 28.0985258,
    longitude_deg: Annotated[float, typer.Option("--longitude", min=-180, max=180)] = 112.9830304,
    heading_deg: Annotated[
        float, typer.Option("--heading", min=0, max=359.9999, help="Degrees, clockwise from north.")
    ] = 0.0,
) -> None:
    """Run a capture through authentication, decoding and fusion, and write its token frames (.npz).

    The ego vehicle stands at the given place (by default the recorded junction of the demo). Every frame
    is accounted for at the end: accepted, or dropped by stage and reason.
    """
    from v2x.codecs.pcap import read_pcap
    from v2x.errors import V2XError
    from v2x.fusion import Tracker
    from v2x.geo import LocalFrame, yaw_from_heading_deg
    from v2x.objects import EgoState
    from v2x.pipeline import Tally

    if trust is None and not accept_unsecured:
        typer.echo("whom to believe? give --trust DIR, or --accept-unsecured on a bench", err=True)
        raise typer.Exit(2)
    frame = LocalFrame(latitude_deg, longitude_deg)
    yaw_rad = yaw_from_heading_deg(heading_deg)
    tally = Tally()
    try:
        pipeline = _pipeline(trust, frame, accept_unsecured)
        out.mkdir(parents=True, exist_ok=True)
        with capture.open("rb") as stream:
            written = _run(
                read_pcap(stream),
                pipeline,
                Tracker(frame),
                lambda at: EgoState(at, 0, 0, yaw_rad, 0),
                tally,
                out,
            )
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    except V2XError as error:
        typer.echo(f"{capture}: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{written} token frames in {out}; frames: {tally.to_dict()}")


def _pipeline(trust: Path | None, frame: Any, accept_unsecured: bool) -> Pipeline:
    from v2x.certs import TrustStore, Verifier, VerifierSettings, pki
    from v2x.pipeline import Pipeline

    store = TrustStore([]) if trust is None else pki.load_trust(trust)
    return Pipeline(Verifier(store, VerifierSettings(accept_unsecured=accept_unsecured)), frame)


def _run(
    packets: Iterator[Packet], pipeline: Pipeline, tracker: Tracker, ego: Any, tally: Tally, out: Path
) -> int:
    """Feed and tick in capture time; the number of frames written."""
    from v2x.fusion.tokens import save_npz, tokenize
    from v2x.pipeline import Accepted

    observed: list[Any] = []
    written, next_at = 0, None
    for packet in packets:
        if next_at is None or not -TICK_S <= packet.at - next_at + TICK_S <= GAP_LIMIT_S:
            next_at = packet.at + TICK_S
        while packet.at >= next_at:
            if written >= FRAMES_LIMIT:
                typer.echo(f"stopped at the limit of {FRAMES_LIMIT} files", err=True)
                return written
            state: EgoState = ego(next_at)
            written += 1
            save_npz(tokenize(tracker.step(observed, state, next_at)), out / f"{written:06d}.npz")
            observed.clear()
            next_at += TICK_S
            if written % 100 == 0:
                typer.echo(f"{written} token frames, {tally.received} frames read", err=True)
        tally.count_received(None)
        verdict = pipeline.feed(packet.octets, packet.at)
        if isinstance(verdict, Accepted):
            tally.count_accepted(None, verdict.message.kind)
            observed.extend(verdict.observed)
        else:
            tally.count_dropped(None, verdict.reason)
    return written
