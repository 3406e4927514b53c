"""C-NCAP style crossing behind an obstruction (C2C SCPO 2024) with V2X, in fake time; not official.

    GVT: truth ─► GNSS noise ─► BSM ─► sign ─► frame ─┐ 10 Hz, heard within the radio range
                                                      ▼
    VUT: Pipeline.feed ─► Tracker.step ◄─ camera (line of sight, confirmation)     ticks at 10 Hz
                              └─► crossing_warning ─► first warning

Physics runs at 100 Hz.  TTC is the time to the contact that follows if nobody reacts.  PASS: the first
warning comes at a TTC of at least the line (1.7 s); FAIL: later or not at all; an ill-posed test (speeds
that aren't the scenario's, vehicles that never meet) raises ScenarioError, which is INVALID.

Figures, sources and confidences: ``data/cncap.json``; the line and the speeds are second-hand readings of
C-NCAP 2024, L.6.1.8, the layout is an assumption.
"""

from __future__ import annotations

import hashlib
import math
import random
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2x.certs import Verifier, pki
from v2x.errors import ScenarioError
from v2x.fusion.tracker import Tracker
from v2x.fusion.warnings import crossing_warning
from v2x.geo import LocalFrame
from v2x.objects import EgoState, ObjectKind
from v2x.pipeline import Accepted, Pipeline
from v2x.scenarios.crossing import CrossingLayout
from v2x.scenarios.data import scenario_figures
from v2x.scenarios.fleet import BSM_PERIOD_S, BsmSender
from v2x.scenarios.schedule import Periodic
from v2x.scenarios.sensor import SensorSettings, SimulatedSensor
from v2x.scenarios.truth import Truth

if TYPE_CHECKING:
    from v2x.certs import Signer
    from v2x.footprint import Box
    from v2x.objects import Observed
    from v2x.scenarios.data import Figures

__all__ = ["NAME", "ScpoResult", "run_scpo"]

NAME = "scpo-2024"

RUN_AT = 1_767_225_600.0
"""The instant at which a run begins in its fake time (2026-01-01 00:00 UTC); nothing depends on it."""

PLACE = (28.0985258, 112.9830304)
"""Where the test ground lies; nothing depends on it."""

STEP_S = 0.01
TICK_STEPS = 10
PROFILE = "csae53_2020"


@dataclass(frozen=True, slots=True)
class ScpoResult:
    """What one run showed.  TTCs are in seconds; ``None`` where the event never came."""

    verdict: str
    vut_kmh: float
    gvt_kmh: float
    line_s: float
    radio: bool
    damaged: bool
    seed: int
    ttc_at_first_bsm_s: float | None
    ttc_at_line_of_sight_s: float | None
    ttc_at_warning_s: float | None
    ttc_min_s: float
    warned_by: tuple[str, ...]
    frames: dict[str, Any]
    evidence_sha256: str
    figures: Figures = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        table = self.figures.table
        return {
            "scenario": self.figures.name,
            "title": table["title"],
            "edition": table["edition"],
            "official": self.figures.official,
            "note": self.figures.note,
            "figures_version": self.figures.version,
            "verdict": self.verdict,
            "vut_kmh": self.vut_kmh,
            "gvt_kmh": self.gvt_kmh,
            "line_s": self.line_s,
            "radio": self.radio,
            "signatures_damaged": self.damaged,
            "seed": self.seed,
            "ttc_at_first_bsm_s": self.ttc_at_first_bsm_s,
            "ttc_at_line_of_sight_s": self.ttc_at_line_of_sight_s,
            "ttc_at_warning_s": self.ttc_at_warning_s,
            "ttc_min_s": self.ttc_min_s,
            "warned_by": list(self.warned_by),
            "frames": self.frames,
            "evidence_sha256": self.evidence_sha256,
            "parameters": self.figures.flat(),
            "assumptions": list(table["assumptions"]),
        }


def run_scpo(
    vut_kmh: float = 50.0,
    gvt_kmh: float = 40.0,
    *,
    radio: bool = True,
    damage: bool = False,
    line_s: float | None = None,
    allow_other_speeds: bool = False,
    gvt_delay_s: float = 0.0,
    seed: int = 1,
    pki_directory: Path | None = None,
) -> ScpoResult:
    """One run.  ``line_s``: TTC that passes (default 1.7); ``damage``: every signature is damaged.

    ``gvt_delay_s`` lets the GVT come late (below nought: early).  Without ``pki_directory`` a test PKI is
    made for the run and thrown away.  Raises ScenarioError where the test is ill-posed.
    """
    figures = scenario_figures(NAME)
    line_s = float(figures.value("line_s")) if line_s is None else line_s
    start_s = -float(figures.value("run", "start_ttc_s"))
    _check(figures, vut_kmh, gvt_kmh, line_s, -start_s, allow_other_speeds)
    layout = CrossingLayout.of(figures, vut_kmh, gvt_kmh, gvt_delay_s=gvt_delay_s)
    contact_s = layout.contact_s(start_s)
    with ExitStack() as stack:
        secret = None
        if pki_directory is None:
            temporary = tempfile.TemporaryDirectory(prefix="v2x-scenario-")
            pki_directory, secret = Path(stack.enter_context(temporary)) / "pki", pki.temporary_secret()
            pki.init(pki_directory, vehicles=1, at=RUN_AT, secret=secret)
        signer = pki.load_signer(pki_directory, pki.vehicle(1), secret=secret)
        pipeline = Pipeline(Verifier(pki.load_trust(pki_directory)), LocalFrame(*PLACE))
        run = _Run(figures, layout, signer, pipeline, seed, radio=radio, damage=damage)
        run.drive(start_s, contact_s)

    def ttc(t_s: float | None) -> float | None:
        return None if t_s is None else round(contact_s - t_s, 3)

    warned = ttc(run.warned_s)
    return ScpoResult(
        verdict="PASS" if warned is not None and warned >= line_s else "FAIL",
        vut_kmh=float(vut_kmh),
        gvt_kmh=float(gvt_kmh),
        line_s=line_s,
        radio=radio,
        damaged=damage,
        seed=seed,
        ttc_at_first_bsm_s=ttc(run.first_bsm_s),
        ttc_at_line_of_sight_s=ttc(layout.sight_opens_s(start_s, contact_s)),
        ttc_at_warning_s=warned,
        ttc_min_s=round(contact_s - run.end_s, 3),
        warned_by=run.warned_by,
        frames=run.frames(),
        evidence_sha256=run.evidence.hexdigest(),
        figures=figures,
    )


def _check(
    figures: Figures, vut_kmh: float, gvt_kmh: float, line_s: float, longest_s: float, allow: bool
) -> None:
    """Raise ScenarioError for speeds that aren't the scenario's and for a line outside the run."""
    pairs = [tuple(pair) for pair in figures.value("pairs_kmh")]
    if not allow and (vut_kmh, gvt_kmh) not in pairs:
        known = ", ".join(f"{vut}/{gvt}" for vut, gvt in pairs)
        raise ScenarioError(f"{vut_kmh:g}/{gvt_kmh:g} km/h are not the scenario's speeds (VUT/GVT {known})")
    if not (math.isfinite(line_s) and 0.0 < line_s < longest_s):
        raise ScenarioError(f"a line at {line_s:g} s lies outside the run of {longest_s:g} s")


class _Run:
    """Two vehicles, one radio link and one receiver in fake time."""

    def __init__(
        self,
        figures: Figures,
        layout: CrossingLayout,
        signer: Signer,
        pipeline: Pipeline,
        seed: int,
        *,
        radio: bool,
        damage: bool,
    ) -> None:
        rng = random.Random(seed)
        self._figures = figures
        self._layout = layout
        self._radio = radio
        self._damage = damage
        self._rng = rng
        frame = LocalFrame(*PLACE)
        self._sender = BsmSender("GVT", signer, frame, random.Random(rng.getrandbits(64)), profile=PROFILE)
        self._pipeline = pipeline
        self._tracker = Tracker(frame)
        camera = SensorSettings(
            range_m=figures.value("run", "camera_range_m"),
            half_angle_deg=figures.value("run", "camera_half_angle_deg"),
            mount_ahead_m=layout.vut_size_m[0] / 2.0 - layout.camera_setback_m,
            confirm_s=figures.value("run", "camera_confirmation_s"),
            detection=1.0,
            forget_s=0.25,
        )
        self._camera = SimulatedSensor(random.Random(rng.getrandbits(64)), camera)
        self._in_flight: list[tuple[float, bytes]] = []
        self._heard: list[Observed] = []
        self._dropped: Counter[str] = Counter()
        self._sent = self._accepted = self._unheard = 0
        self.first_bsm_s: float | None = None
        self.warned_s: float | None = None
        self.warned_by: tuple[str, ...] = ()
        self.end_s = 0.0
        self.evidence = hashlib.sha256()

    def drive(self, start_s: float, contact_s: float) -> None:
        """From ``start_s`` to contact (s; 0: planned contact)."""
        self._zero_at = RUN_AT - start_s
        period = Periodic(RUN_AT + self._rng.uniform(0.0, BSM_PERIOD_S), BSM_PERIOD_S)
        steps = math.ceil((contact_s - start_s) / STEP_S - 1e-6)
        for step in range(steps + 1):
            t_s = min(start_s + step * STEP_S, contact_s)
            at = self._zero_at + t_s
            if self._radio:
                for instant in period.due(at):
                    self._send(instant)
                self._receive(at)
            if step % TICK_STEPS == 0:
                self._tick(t_s, at)
            self.end_s = t_s

    def _send(self, at: float) -> None:
        t_s = at - self._zero_at
        truth, vut = self._gvt(t_s, at), self._layout.vut(t_s)
        data = self._sender.transmission(truth, at).data
        self._sent += 1
        distance_m = math.hypot(truth.east_m - vut.east_m, truth.north_m - vut.north_m)
        if distance_m > self._figures.value("run", "radio_range_m"):
            self._unheard += 1
            return
        if self._damage:  # the last 32 octets are s of the signature
            place = len(data) - 1 - self._rng.randrange(32)
            data = data[:place] + bytes([data[place] ^ 1 << self._rng.randrange(8)]) + data[place + 1 :]
        self._in_flight.append((at + self._figures.value("run", "air_latency_s"), data))

    def _receive(self, at: float) -> None:
        while self._in_flight and self._in_flight[0][0] <= at:
            received_at, data = self._in_flight.pop(0)
            self.evidence.update(len(data).to_bytes(4, "big") + data)
            verdict = self._pipeline.feed(data, received_at)
            if not isinstance(verdict, Accepted):
                self._dropped[f"{verdict.reason.stage}/{verdict.reason.label}"] += 1
                continue
            self._accepted += 1
            self._heard.extend(verdict.observed)
            if self.first_bsm_s is None:
                self.first_bsm_s = received_at - self._zero_at

    def _tick(self, t_s: float, at: float) -> None:
        vut = self._layout.vut(t_s)
        ego = EgoState(
            at, vut.east_m, vut.north_m, vut.yaw_rad, self._layout.vut_mps,
            position_sigma_m=self._figures.value("run", "vut_position_sigma_m"),
            length_m=vut.length_m, width_m=vut.width_m,
        )  # fmt: skip
        observed, self._heard = self._heard, []
        observed.extend(self._camera.observe(at, ego, [self._gvt(t_s, at)], self._layout.obstruction))
        environment = self._tracker.step(observed, ego, at)
        warnings = crossing_warning(environment)
        if warnings and self.warned_s is None:
            self.warned_s = t_s + float(self._figures.value("run", "hmi_delay_s"))
            self.warned_by = tuple(sorted(str(source) for source in warnings[0].sources))

    def _gvt(self, t_s: float, at: float) -> Truth:
        box: Box = self._layout.gvt(t_s)
        return Truth(
            "GVT", self._sender.identity.object_id, at, box.east_m, box.north_m, box.yaw_rad,
            self._layout.gvt_mps, 0.0, 0.0, box.length_m, box.width_m,
            self._figures.value("layout", "gvt_height_m"), ObjectKind.CAR,
        )  # fmt: skip

    def frames(self) -> dict[str, Any]:
        """What became of the GVT's frames; what was still under way at contact is not counted as received."""
        return {
            "sent": self._sent,
            "out_of_range": self._unheard,
            "under_way_at_contact": len(self._in_flight),
            "accepted": self._accepted,
            "dropped": dict(sorted(self._dropped.items())),
        }
