"""The station's configuration: a TOML file, every value of which has an embedded default.

    [station]   name, kind, profile, latitude_deg, longitude_deg, heading_deg, length_m, width_m, transmit
    [radio]     kind = "loopback" | "udp" | "agent" | "multicast", listen, send_to, address, token_file, group
    [modem]     kind = "simulated" | "port" | "none", port, profile, apn
    [security]  trust, signer, freshness_s, accept_unsecured, policy = "all" | "demand", checks_per_s,
                unchecked = "drop" | "use", wait_s, waiting_limit, reports
    [limits]    queue, position_range_m, speed_limit_mps, message_age_limit_s
    [output]    tick_hz

Unknown keys are errors: a misspelt setting that is silently ignored is worse than none.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = [
    "ConfigError",
    "LimitSettings",
    "ModemSettings",
    "OutputSettings",
    "RadioSettings",
    "SecuritySettings",
    "StationConfig",
    "StationSettings",
    "load",
]

CONFIG_SIZE_LIMIT = 1 << 20
"""Octets of a configuration file; ours have hundreds."""

ProfileName = Literal["csae53_2020", "ydt3709_2020", "csae157_2020"]


class ConfigError(Exception):
    """The configuration can't be used; the message names file, key and reason."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StationSettings(_Section):
    """This node: its name, where it stands, and the profile it sends by."""

    name: str = "station"
    profile: ProfileName = "csae53_2020"
    latitude_deg: Annotated[float, Field(ge=-90, le=90)] = 28.0985258
    longitude_deg: Annotated[float, Field(ge=-180, le=180)] = 112.9830304
    height_m: float = 0.0
    heading_deg: Annotated[float, Field(ge=0, lt=360)] = 0.0
    length_m: Annotated[float, Field(gt=0)] = 4.6
    width_m: Annotated[float, Field(gt=0)] = 1.9
    transmit: bool = True
    kind: Literal["car", "truck", "bus", "emergency"] = "car"


class RadioSettings(_Section):
    """The frame pipe.

    ``loopback`` inside this process; ``udp``, one DSMP unit a datagram (``listen``, ``send_to``); ``agent``
    beside a unit that its own SDK drives (``address``, ``token_file``, docs/pc5-agent.md); ``multicast`` for
    benches without radios (``listen``, ``group``).
    """

    kind: Literal["loopback", "udp", "agent", "multicast"] = "loopback"
    listen: str = "127.0.0.1:47700"
    send_to: str = "127.0.0.1:47701"
    allow_remote: bool = False
    address: str = "tcp://127.0.0.1:47800"
    token_file: Path | None = None
    group: str = "239.255.53.5"


class ModemSettings(_Section):
    """The module: ``simulated``, a real one on a ``port`` (a device path or tcp://host:port), or ``none``."""

    kind: Literal["simulated", "port", "none"] = "simulated"
    port: str | None = None
    profile: str = "unisoc"
    apn: str | None = None


class SecuritySettings(_Section):
    """Whom to believe: a trust directory as ``v2x pki init`` makes it; none is an own test PKI in memory.

    ``policy``: ``all`` checks every signature; ``demand`` at most ``checks_per_s``, the nearest and most
    threatening senders first; the others are dropped as shed, or with ``unchecked = "use"`` pass, marked as
    such.  ``wait_s``, ``waiting_limit``: how long and how many messages wait for their signer's certificate
    (0 s: none).  ``reports``: an existing folder for misbehaviour reports, a JSON file each; none keeps their
    count only.
    """

    trust: Path | None = None
    signer: str = "vehicle-01"
    freshness_s: Annotated[float, Field(gt=0, le=60)] = 1.0
    accept_unsecured: bool = False
    policy: Literal["all", "demand"] = "all"
    checks_per_s: Annotated[float, Field(gt=0, le=1_000_000)] = 2000.0
    unchecked: Literal["drop", "use"] = "drop"
    wait_s: Annotated[float, Field(ge=0, le=10)] = 0.6
    waiting_limit: Annotated[int, Field(ge=1, le=100_000)] = 2048
    reports: Path | None = None


class LimitSettings(_Section):
    """Bounds of the receiver's way; see ``v2x.pipeline.PipelineSettings`` and ``v2x.worker``."""

    queue: Annotated[int, Field(ge=1, le=1_000_000)] = 2048
    position_range_m: Annotated[float, Field(gt=0)] = 5000.0
    speed_limit_mps: Annotated[float, Field(gt=0)] = 100.0
    message_age_limit_s: Annotated[float, Field(gt=0)] = 2.0


class OutputSettings(_Section):
    """How often environment and tokens come out."""

    tick_hz: Annotated[float, Field(gt=0, le=50)] = 10.0


class StationConfig(_Section):
    """The whole file."""

    station: StationSettings = StationSettings()
    radio: RadioSettings = RadioSettings()
    modem: ModemSettings = ModemSettings()
    security: SecuritySettings = SecuritySettings()
    limits: LimitSettings = LimitSettings()
    output: OutputSettings = OutputSettings()


def load(path: Path) -> StationConfig:
    """Read ``path``; relative paths inside it count from its folder.

    Raises ConfigError with the file, the key and the reason.
    """
    try:
        if path.stat().st_size > CONFIG_SIZE_LIMIT:
            raise ConfigError(f"{path}: larger than {CONFIG_SIZE_LIMIT} octets")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at octet {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    try:
        config = StationConfig.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']} (given: {first.get('input')!r})") from error
    if config.modem.kind == "port" and not config.modem.port:
        raise ConfigError(f'{path}: modem.port: missing, but modem.kind is "port"')
    config = _beside(path.parent, config)
    if config.security.reports is not None and not config.security.reports.is_dir():
        raise ConfigError(f"{path}: security.reports: {config.security.reports} is no folder")
    return config


def _beside(folder: Path, config: StationConfig) -> StationConfig:
    """Relative paths in the file count from its folder."""
    security, radio = config.security, config.radio
    paths = {"trust": security.trust, "reports": security.reports}
    found = {key: folder / value for key, value in paths.items() if value is not None}
    if radio.token_file is not None:
        radio = radio.model_copy(update={"token_file": folder / radio.token_file})
    return config.model_copy(update={"security": security.model_copy(update=found), "radio": radio})
