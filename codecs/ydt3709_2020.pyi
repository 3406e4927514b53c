"""Typed messages of profile ydt3709_2020; written by ``python -m v2x.codecs.stubs``, not by hand."""

# ruff: noqa
# fmt: off

from typing import Literal, Self, TypeAlias, final, overload

from v2x.codecs.records import Bits, Record

Unknown: TypeAlias = tuple[int, tuple[tuple[int, bytes], ...]]
BitsLike: TypeAlias = Bits | tuple[bytes, int] | set[str] | frozenset[str] | list[str]

TimeConfidence: TypeAlias = Literal['unavailable', 'time-100-000', 'time-050-000', 'time-020-000', 'time-010-000', 'time-002-000', 'time-001-000', 'time-000-500', 'time-000-200', 'time-000-100', 'time-000-050', 'time-000-020', 'time-000-010', 'time-000-005', 'time-000-002', 'time-000-001', 'time-000-000-5', 'time-000-000-2', 'time-000-000-1', 'time-000-000-05', 'time-000-000-02', 'time-000-000-01', 'time-000-000-005', 'time-000-000-002', 'time-000-000-001', 'time-000-000-000-5', 'time-000-000-000-2', 'time-000-000-000-1', 'time-000-000-000-05', 'time-000-000-000-02', 'time-000-000-000-01', 'time-000-000-000-005', 'time-000-000-000-002', 'time-000-000-000-001', 'time-000-000-000-000-5', 'time-000-000-000-000-2', 'time-000-000-000-000-1', 'time-000-000-000-000-05', 'time-000-000-000-000-02', 'time-000-000-000-000-01']
PositionConfidence: TypeAlias = Literal['unavailable', 'a500m', 'a200m', 'a100m', 'a50m', 'a20m', 'a10m', 'a5m', 'a2m', 'a1m', 'a50cm', 'a20cm', 'a10cm', 'a5cm', 'a2cm', 'a1cm']
ElevationConfidence: TypeAlias = Literal['unavailable', 'elev-500-00', 'elev-200-00', 'elev-100-00', 'elev-050-00', 'elev-020-00', 'elev-010-00', 'elev-005-00', 'elev-002-00', 'elev-001-00', 'elev-000-50', 'elev-000-20', 'elev-000-10', 'elev-000-05', 'elev-000-02', 'elev-000-01']
TransmissionState: TypeAlias = Literal['neutral', 'park', 'forwardGears', 'reverseGears', 'reserved1', 'reserved2', 'reserved3', 'unavailable']
SpeedConfidence: TypeAlias = Literal['unavailable', 'prec100ms', 'prec10ms', 'prec5ms', 'prec1ms', 'prec0-1ms', 'prec0-05ms', 'prec0-01ms']
HeadingConfidence: TypeAlias = Literal['unavailable', 'prec10deg', 'prec05deg', 'prec01deg', 'prec0-1deg', 'prec0-05deg', 'prec0-01deg', 'prec0-0125deg']
SteeringWheelAngleConfidence: TypeAlias = Literal['unavailable', 'prec2deg', 'prec1deg', 'prec0-02deg']
BrakePedalStatus: TypeAlias = Literal['unavailable', 'off', 'on']
TractionControlStatus: TypeAlias = Literal['unavailable', 'off', 'on', 'engaged']
AntiLockBrakeStatus: TypeAlias = Literal['unavailable', 'off', 'on', 'engaged']
StabilityControlStatus: TypeAlias = Literal['unavailable', 'off', 'on', 'engaged']
BrakeBoostApplied: TypeAlias = Literal['unavailable', 'off', 'on']
AuxiliaryBrakeStatus: TypeAlias = Literal['unavailable', 'off', 'on', 'reserved']
ResponseType: TypeAlias = Literal['notInUseOrNotEquipped', 'emergency', 'nonEmergency', 'pursuit', 'stationary', 'slowMoving', 'stopAndGoMovement']
SirenInUse: TypeAlias = Literal['unavailable', 'notInUse', 'inUse', 'reserved']
LightbarInUse: TypeAlias = Literal['unavailable', 'notInUse', 'inUse', 'yellowCautionLights', 'schooldBusLights', 'arrowSignsActive', 'slowMovingVehicle', 'freqStops']
SpeedLimitType: TypeAlias = Literal['unknown', 'maxSpeedInSchoolZone', 'maxSpeedInSchoolZoneWhenChildrenArePresent', 'maxSpeedInConstructionZone', 'vehicleMinSpeed', 'vehicleMaxSpeed', 'vehicleNightMaxSpeed', 'truckMinSpeed', 'truckMaxSpeed', 'truckNightMaxSpeed', 'vehiclesWithTrailersMinSpeed', 'vehiclesWithTrailersMaxSpeed', 'vehiclesWithTrailersNightMaxSpeed']
ParticipantType: TypeAlias = Literal['unknown', 'motor', 'non-motor', 'pedestrian', 'rsu']
SourceType: TypeAlias = Literal['unknown', 'selfinfo', 'v2x', 'video', 'microwaveRadar', 'loop', 'lidar', 'integrated']
LightState: TypeAlias = Literal['unavailable', 'dark', 'flashing-red', 'red', 'flashing-green', 'permissive-green', 'protected-green', 'yellow', 'flashing-yellow']
EventSource: TypeAlias = Literal['unknown', 'police', 'government', 'meteorological', 'internet', 'detection']

@final
class Position3D(Record):
    @property
    def lat(self) -> int:
        """lat: -900000000..900000001"""
    @property
    def long(self) -> int:
        """long: -1799999999..1800000001"""
    @property
    def elevation(self) -> int | None:
        """elevation: -4096..61439"""
    def __new__(cls, *, lat: int, long: int, elevation: int | None = None) -> Self: ...
    def replace(self, *, lat: int = ..., long: int = ..., elevation: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class PositionalAccuracy(Record):
    @property
    def semi_major(self) -> int:
        """semiMajor: 0..255"""
    @property
    def semi_minor(self) -> int:
        """semiMinor: 0..255"""
    @property
    def orientation(self) -> int:
        """orientation: 0..65535"""
    def __new__(cls, *, semi_major: int, semi_minor: int, orientation: int) -> Self: ...
    def replace(self, *, semi_major: int = ..., semi_minor: int = ..., orientation: int = ...) -> Self: ...  # type: ignore[override]

@final
class PositionConfidenceSet(Record):
    @property
    def pos(self) -> PositionConfidence:
        """pos"""
    @property
    def elevation(self) -> ElevationConfidence | None:
        """elevation"""
    def __new__(cls, *, pos: PositionConfidence, elevation: ElevationConfidence | None = None) -> Self: ...
    def replace(self, *, pos: PositionConfidence = ..., elevation: ElevationConfidence | None = ...) -> Self: ...  # type: ignore[override]

@final
class MotionConfidenceSet(Record):
    @property
    def speed_cfd(self) -> SpeedConfidence | None:
        """speedCfd"""
    @property
    def heading_cfd(self) -> HeadingConfidence | None:
        """headingCfd"""
    @property
    def steer_cfd(self) -> SteeringWheelAngleConfidence | None:
        """steerCfd"""
    def __new__(cls, *, speed_cfd: SpeedConfidence | None = None, heading_cfd: HeadingConfidence | None = None, steer_cfd: SteeringWheelAngleConfidence | None = None) -> Self: ...
    def replace(self, *, speed_cfd: SpeedConfidence | None = ..., heading_cfd: HeadingConfidence | None = ..., steer_cfd: SteeringWheelAngleConfidence | None = ...) -> Self: ...  # type: ignore[override]

@final
class AccelerationSet4Way(Record):
    @property
    def long(self) -> int:
        """long: -2000..2001"""
    @property
    def lat(self) -> int:
        """lat: -2000..2001"""
    @property
    def vert(self) -> int:
        """vert: -127..127"""
    @property
    def yaw(self) -> int:
        """yaw: -32767..32767"""
    def __new__(cls, *, long: int, lat: int, vert: int, yaw: int) -> Self: ...
    def replace(self, *, long: int = ..., lat: int = ..., vert: int = ..., yaw: int = ...) -> Self: ...  # type: ignore[override]

@final
class BrakeSystemStatus(Record):
    @property
    def brake_padel(self) -> BrakePedalStatus | None:
        """brakePadel"""
    @property
    def wheel_brakes(self) -> Bits | None:
        """wheelBrakes: 5 bits"""
    @property
    def traction(self) -> TractionControlStatus | None:
        """traction"""
    @property
    def abs(self) -> AntiLockBrakeStatus | None:
        """abs"""
    @property
    def scs(self) -> StabilityControlStatus | None:
        """scs"""
    @property
    def brake_boost(self) -> BrakeBoostApplied | None:
        """brakeBoost"""
    @property
    def aux_brakes(self) -> AuxiliaryBrakeStatus | None:
        """auxBrakes"""
    def __new__(cls, *, brake_padel: BrakePedalStatus | None = None, wheel_brakes: BitsLike | None = None, traction: TractionControlStatus | None = None, abs: AntiLockBrakeStatus | None = None, scs: StabilityControlStatus | None = None, brake_boost: BrakeBoostApplied | None = None, aux_brakes: AuxiliaryBrakeStatus | None = None) -> Self: ...
    def replace(self, *, brake_padel: BrakePedalStatus | None = ..., wheel_brakes: BitsLike | None = ..., traction: TractionControlStatus | None = ..., abs: AntiLockBrakeStatus | None = ..., scs: StabilityControlStatus | None = ..., brake_boost: BrakeBoostApplied | None = ..., aux_brakes: AuxiliaryBrakeStatus | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleSize(Record):
    @property
    def width(self) -> int:
        """width: 0..1023"""
    @property
    def length(self) -> int:
        """length: 0..4095"""
    @property
    def height(self) -> int | None:
        """height: 0..127"""
    def __new__(cls, *, width: int, length: int, height: int | None = None) -> Self: ...
    def replace(self, *, width: int = ..., length: int = ..., height: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleClassification(Record):
    @property
    def classification(self) -> int:
        """classification: 0..255"""
    @property
    def fuel_type(self) -> int | None:
        """fuelType: 0..15"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, classification: int, fuel_type: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, classification: int = ..., fuel_type: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class DDateTime(Record):
    @property
    def year(self) -> int | None:
        """year: 0..4095"""
    @property
    def month(self) -> int | None:
        """month: 0..12"""
    @property
    def day(self) -> int | None:
        """day: 0..31"""
    @property
    def hour(self) -> int | None:
        """hour: 0..31"""
    @property
    def minute(self) -> int | None:
        """minute: 0..60"""
    @property
    def second(self) -> int | None:
        """second: 0..65535"""
    @property
    def offset(self) -> int | None:
        """offset: -840..840"""
    def __new__(cls, *, year: int | None = None, month: int | None = None, day: int | None = None, hour: int | None = None, minute: int | None = None, second: int | None = None, offset: int | None = None) -> Self: ...
    def replace(self, *, year: int | None = ..., month: int | None = ..., day: int | None = ..., hour: int | None = ..., minute: int | None = ..., second: int | None = ..., offset: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class FullPositionVector(Record):
    @property
    def utc_time(self) -> DDateTime | None:
        """utcTime"""
    @property
    def pos(self) -> Position3D:
        """pos"""
    @property
    def heading(self) -> int | None:
        """heading: 0..28800"""
    @property
    def transmission(self) -> TransmissionState | None:
        """transmission"""
    @property
    def speed(self) -> int | None:
        """speed: 0..8191"""
    @property
    def pos_accuracy(self) -> PositionConfidenceSet | None:
        """posAccuracy"""
    @property
    def time_confidence(self) -> TimeConfidence | None:
        """timeConfidence"""
    @property
    def motion_cfd(self) -> MotionConfidenceSet | None:
        """motionCfd"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, pos: Position3D, utc_time: DDateTime | None = None, heading: int | None = None, transmission: TransmissionState | None = None, speed: int | None = None, pos_accuracy: PositionConfidenceSet | None = None, time_confidence: TimeConfidence | None = None, motion_cfd: MotionConfidenceSet | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, utc_time: DDateTime | None = ..., pos: Position3D = ..., heading: int | None = ..., transmission: TransmissionState | None = ..., speed: int | None = ..., pos_accuracy: PositionConfidenceSet | None = ..., time_confidence: TimeConfidence | None = ..., motion_cfd: MotionConfidenceSet | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LL_24B(Record):
    @property
    def lon(self) -> int:
        """lon: -2048..2047"""
    @property
    def lat(self) -> int:
        """lat: -2048..2047"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LL_28B(Record):
    @property
    def lon(self) -> int:
        """lon: -8192..8191"""
    @property
    def lat(self) -> int:
        """lat: -8192..8191"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LL_32B(Record):
    @property
    def lon(self) -> int:
        """lon: -32768..32767"""
    @property
    def lat(self) -> int:
        """lat: -32768..32767"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LL_36B(Record):
    @property
    def lon(self) -> int:
        """lon: -131072..131071"""
    @property
    def lat(self) -> int:
        """lat: -131072..131071"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LL_44B(Record):
    @property
    def lon(self) -> int:
        """lon: -2097152..2097151"""
    @property
    def lat(self) -> int:
        """lat: -2097152..2097151"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LL_48B(Record):
    @property
    def lon(self) -> int:
        """lon: -8388608..8388607"""
    @property
    def lat(self) -> int:
        """lat: -8388608..8388607"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class Position_LLmD_64b(Record):
    @property
    def lon(self) -> int:
        """lon: -1799999999..1800000001"""
    @property
    def lat(self) -> int:
        """lat: -900000000..900000001"""
    def __new__(cls, *, lon: int, lat: int) -> Self: ...
    def replace(self, *, lon: int = ..., lat: int = ...) -> Self: ...  # type: ignore[override]

@final
class PositionOffsetLL(Record):
    @property
    def name(self) -> Literal['position-LL1', 'position-LL2', 'position-LL3', 'position-LL4', 'position-LL5', 'position-LL6', 'position-LatLon']: ...
    @property
    def value(self) -> Position_LL_24B | Position_LL_28B | Position_LL_32B | Position_LL_36B | Position_LL_44B | Position_LL_48B | Position_LLmD_64b: ...
    @overload
    def __new__(cls, name: Literal['position-LL1'], value: Position_LL_24B) -> Self: ...
    @overload
    def __new__(cls, name: Literal['position-LL2'], value: Position_LL_28B) -> Self: ...
    @overload
    def __new__(cls, name: Literal['position-LL3'], value: Position_LL_32B) -> Self: ...
    @overload
    def __new__(cls, name: Literal['position-LL4'], value: Position_LL_36B) -> Self: ...
    @overload
    def __new__(cls, name: Literal['position-LL5'], value: Position_LL_44B) -> Self: ...
    @overload
    def __new__(cls, name: Literal['position-LL6'], value: Position_LL_48B) -> Self: ...
    @overload
    def __new__(cls, name: Literal['position-LatLon'], value: Position_LLmD_64b) -> Self: ...

@final
class VerticalOffset(Record):
    @property
    def name(self) -> Literal['offset1', 'offset2', 'offset3', 'offset4', 'offset5', 'offset6', 'elevation']: ...
    @property
    def value(self) -> int: ...
    @overload
    def __new__(cls, name: Literal['offset1'], value: int) -> Self: ...
    @overload
    def __new__(cls, name: Literal['offset2'], value: int) -> Self: ...
    @overload
    def __new__(cls, name: Literal['offset3'], value: int) -> Self: ...
    @overload
    def __new__(cls, name: Literal['offset4'], value: int) -> Self: ...
    @overload
    def __new__(cls, name: Literal['offset5'], value: int) -> Self: ...
    @overload
    def __new__(cls, name: Literal['offset6'], value: int) -> Self: ...
    @overload
    def __new__(cls, name: Literal['elevation'], value: int) -> Self: ...

@final
class PositionOffsetLLV(Record):
    @property
    def offset_ll(self) -> PositionOffsetLL:
        """offsetLL"""
    @property
    def offset_v(self) -> VerticalOffset | None:
        """offsetV"""
    def __new__(cls, *, offset_ll: PositionOffsetLL, offset_v: VerticalOffset | None = None) -> Self: ...
    def replace(self, *, offset_ll: PositionOffsetLL = ..., offset_v: VerticalOffset | None = ...) -> Self: ...  # type: ignore[override]

@final
class PathHistoryPoint(Record):
    @property
    def llv_offset(self) -> PositionOffsetLLV:
        """llvOffset"""
    @property
    def time_offset(self) -> int:
        """timeOffset: 1..65535"""
    @property
    def speed(self) -> int | None:
        """speed: 0..8191"""
    @property
    def pos_accuracy(self) -> PositionConfidenceSet | None:
        """posAccuracy"""
    @property
    def heading(self) -> int | None:
        """heading: 0..240"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, llv_offset: PositionOffsetLLV, time_offset: int, speed: int | None = None, pos_accuracy: PositionConfidenceSet | None = None, heading: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, llv_offset: PositionOffsetLLV = ..., time_offset: int = ..., speed: int | None = ..., pos_accuracy: PositionConfidenceSet | None = ..., heading: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PathHistory(Record):
    @property
    def initial_position(self) -> FullPositionVector | None:
        """initialPosition"""
    @property
    def curr_gnss_status(self) -> Bits | None:
        """currGNSSstatus: 8 bits"""
    @property
    def crumb_data(self) -> tuple[PathHistoryPoint, ...]:
        """crumbData: 1..23 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, crumb_data: list[PathHistoryPoint] | tuple[PathHistoryPoint, ...], initial_position: FullPositionVector | None = None, curr_gnss_status: BitsLike | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, initial_position: FullPositionVector | None = ..., curr_gnss_status: BitsLike | None = ..., crumb_data: list[PathHistoryPoint] | tuple[PathHistoryPoint, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PathPrediction(Record):
    @property
    def radius_of_curve(self) -> int:
        """radiusOfCurve: -32767..32767"""
    @property
    def confidence(self) -> int:
        """confidence: 0..200"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, radius_of_curve: int, confidence: int, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, radius_of_curve: int = ..., confidence: int = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleSafetyExtensions(Record):
    @property
    def events(self) -> Bits | None:
        """events: 13 bits, others in extension form"""
    @property
    def path_history(self) -> PathHistory | None:
        """pathHistory"""
    @property
    def path_prediction(self) -> PathPrediction | None:
        """pathPrediction"""
    @property
    def lights(self) -> Bits | None:
        """lights: 9 bits, others in extension form"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, events: BitsLike | None = None, path_history: PathHistory | None = None, path_prediction: PathPrediction | None = None, lights: BitsLike | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, events: BitsLike | None = ..., path_history: PathHistory | None = ..., path_prediction: PathPrediction | None = ..., lights: BitsLike | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleEmergencyExtensions(Record):
    @property
    def response_type(self) -> ResponseType | None:
        """responseType"""
    @property
    def siren_use(self) -> SirenInUse | None:
        """sirenUse"""
    @property
    def lights_use(self) -> LightbarInUse | None:
        """lightsUse"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, response_type: ResponseType | None = None, siren_use: SirenInUse | None = None, lights_use: LightbarInUse | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, response_type: ResponseType | None = ..., siren_use: SirenInUse | None = ..., lights_use: LightbarInUse | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class BasicSafetyMessage(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def id(self) -> bytes:
        """id: 8 octets"""
    @property
    def sec_mark(self) -> int:
        """secMark: 0..65535"""
    @property
    def time_confidence(self) -> TimeConfidence | None:
        """timeConfidence"""
    @property
    def pos(self) -> Position3D:
        """pos"""
    @property
    def pos_accuracy(self) -> PositionalAccuracy | None:
        """posAccuracy"""
    @property
    def pos_confidence(self) -> PositionConfidenceSet | None:
        """posConfidence"""
    @property
    def transmission(self) -> TransmissionState:
        """transmission"""
    @property
    def speed(self) -> int:
        """speed: 0..8191"""
    @property
    def heading(self) -> int:
        """heading: 0..28800"""
    @property
    def angle(self) -> int | None:
        """angle: -126..127"""
    @property
    def motion_cfd(self) -> MotionConfidenceSet | None:
        """motionCfd"""
    @property
    def accel_set(self) -> AccelerationSet4Way:
        """accelSet"""
    @property
    def brakes(self) -> BrakeSystemStatus:
        """brakes"""
    @property
    def size(self) -> VehicleSize:
        """size"""
    @property
    def vehicle_class(self) -> VehicleClassification:
        """vehicleClass"""
    @property
    def safety_ext(self) -> VehicleSafetyExtensions | None:
        """safetyExt"""
    @property
    def emergency_ext(self) -> VehicleEmergencyExtensions | None:
        """emergencyExt"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, sec_mark: int, pos: Position3D, transmission: TransmissionState, speed: int, heading: int, accel_set: AccelerationSet4Way, brakes: BrakeSystemStatus, size: VehicleSize, vehicle_class: VehicleClassification, time_confidence: TimeConfidence | None = None, pos_accuracy: PositionalAccuracy | None = None, pos_confidence: PositionConfidenceSet | None = None, angle: int | None = None, motion_cfd: MotionConfidenceSet | None = None, safety_ext: VehicleSafetyExtensions | None = None, emergency_ext: VehicleEmergencyExtensions | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., sec_mark: int = ..., time_confidence: TimeConfidence | None = ..., pos: Position3D = ..., pos_accuracy: PositionalAccuracy | None = ..., pos_confidence: PositionConfidenceSet | None = ..., transmission: TransmissionState = ..., speed: int = ..., heading: int = ..., angle: int | None = ..., motion_cfd: MotionConfidenceSet | None = ..., accel_set: AccelerationSet4Way = ..., brakes: BrakeSystemStatus = ..., size: VehicleSize = ..., vehicle_class: VehicleClassification = ..., safety_ext: VehicleSafetyExtensions | None = ..., emergency_ext: VehicleEmergencyExtensions | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class NodeReferenceID(Record):
    @property
    def region(self) -> int | None:
        """region: 0..65535"""
    @property
    def id(self) -> int:
        """id: 0..65535"""
    def __new__(cls, *, id: int, region: int | None = None) -> Self: ...
    def replace(self, *, region: int | None = ..., id: int = ...) -> Self: ...  # type: ignore[override]

@final
class RegulatorySpeedLimit(Record):
    @property
    def type(self) -> SpeedLimitType:
        """type"""
    @property
    def speed(self) -> int:
        """speed: 0..8191"""
    def __new__(cls, *, type: SpeedLimitType, speed: int) -> Self: ...
    def replace(self, *, type: SpeedLimitType = ..., speed: int = ...) -> Self: ...  # type: ignore[override]

@final
class RoadPoint(Record):
    @property
    def pos_offset(self) -> PositionOffsetLLV:
        """posOffset"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, pos_offset: PositionOffsetLLV, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, pos_offset: PositionOffsetLLV = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Movement(Record):
    @property
    def remote_intersection(self) -> NodeReferenceID:
        """remoteIntersection"""
    @property
    def phase_id(self) -> int | None:
        """phaseId: 0..255"""
    def __new__(cls, *, remote_intersection: NodeReferenceID, phase_id: int | None = None) -> Self: ...
    def replace(self, *, remote_intersection: NodeReferenceID = ..., phase_id: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class LaneTypeAttributes(Record):
    @property
    def name(self) -> Literal['vehicle', 'crosswalk', 'bikeLane', 'sidewalk', 'median', 'striping', 'trackedVehicle', 'parking']: ...
    @property
    def value(self) -> Bits: ...
    @overload
    def __new__(cls, name: Literal['vehicle'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['crosswalk'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['bikeLane'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['sidewalk'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['median'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['striping'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['trackedVehicle'], value: BitsLike) -> Self: ...
    @overload
    def __new__(cls, name: Literal['parking'], value: BitsLike) -> Self: ...

@final
class LaneAttributes(Record):
    @property
    def share_with(self) -> Bits | None:
        """shareWith: 10 bits"""
    @property
    def lane_type(self) -> LaneTypeAttributes:
        """laneType"""
    def __new__(cls, *, lane_type: LaneTypeAttributes, share_with: BitsLike | None = None) -> Self: ...
    def replace(self, *, share_with: BitsLike | None = ..., lane_type: LaneTypeAttributes = ...) -> Self: ...  # type: ignore[override]

@final
class ConnectingLane(Record):
    @property
    def lane(self) -> int:
        """lane: 0..255"""
    @property
    def maneuver(self) -> Bits | None:
        """maneuver: 12 bits"""
    def __new__(cls, *, lane: int, maneuver: BitsLike | None = None) -> Self: ...
    def replace(self, *, lane: int = ..., maneuver: BitsLike | None = ...) -> Self: ...  # type: ignore[override]

@final
class Connection(Record):
    @property
    def remote_intersection(self) -> NodeReferenceID:
        """remoteIntersection"""
    @property
    def connecting_lane(self) -> ConnectingLane | None:
        """connectingLane"""
    @property
    def phase_id(self) -> int | None:
        """phaseId: 0..255"""
    def __new__(cls, *, remote_intersection: NodeReferenceID, connecting_lane: ConnectingLane | None = None, phase_id: int | None = None) -> Self: ...
    def replace(self, *, remote_intersection: NodeReferenceID = ..., connecting_lane: ConnectingLane | None = ..., phase_id: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class Lane(Record):
    @property
    def lane_id(self) -> int:
        """laneID: 0..255"""
    @property
    def lane_width(self) -> int | None:
        """laneWidth: 0..32767"""
    @property
    def lane_attributes(self) -> LaneAttributes | None:
        """laneAttributes"""
    @property
    def maneuvers(self) -> Bits | None:
        """maneuvers: 12 bits"""
    @property
    def connects_to(self) -> tuple[Connection, ...] | None:
        """connectsTo: 1..8 elements"""
    @property
    def speed_limits(self) -> tuple[RegulatorySpeedLimit, ...] | None:
        """speedLimits: 1..9 elements"""
    @property
    def points(self) -> tuple[RoadPoint, ...] | None:
        """points: 2..31 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, lane_id: int, lane_width: int | None = None, lane_attributes: LaneAttributes | None = None, maneuvers: BitsLike | None = None, connects_to: list[Connection] | tuple[Connection, ...] | None = None, speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = None, points: list[RoadPoint] | tuple[RoadPoint, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, lane_id: int = ..., lane_width: int | None = ..., lane_attributes: LaneAttributes | None = ..., maneuvers: BitsLike | None = ..., connects_to: list[Connection] | tuple[Connection, ...] | None = ..., speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = ..., points: list[RoadPoint] | tuple[RoadPoint, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Link(Record):
    @property
    def name(self) -> str | None:
        """name: 1..63 characters"""
    @property
    def upstream_node_id(self) -> NodeReferenceID:
        """upstreamNodeId"""
    @property
    def speed_limits(self) -> tuple[RegulatorySpeedLimit, ...] | None:
        """speedLimits: 1..9 elements"""
    @property
    def link_width(self) -> int:
        """linkWidth: 0..32767"""
    @property
    def points(self) -> tuple[RoadPoint, ...] | None:
        """points: 2..31 elements"""
    @property
    def movements(self) -> tuple[Movement, ...] | None:
        """movements: 1..32 elements"""
    @property
    def lanes(self) -> tuple[Lane, ...]:
        """lanes: 1..32 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, upstream_node_id: NodeReferenceID, link_width: int, lanes: list[Lane] | tuple[Lane, ...], name: str | None = None, speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = None, points: list[RoadPoint] | tuple[RoadPoint, ...] | None = None, movements: list[Movement] | tuple[Movement, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, name: str | None = ..., upstream_node_id: NodeReferenceID = ..., speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = ..., link_width: int = ..., points: list[RoadPoint] | tuple[RoadPoint, ...] | None = ..., movements: list[Movement] | tuple[Movement, ...] | None = ..., lanes: list[Lane] | tuple[Lane, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Node(Record):
    @property
    def name(self) -> str | None:
        """name: 1..63 characters"""
    @property
    def id(self) -> NodeReferenceID:
        """id"""
    @property
    def ref_pos(self) -> Position3D:
        """refPos"""
    @property
    def in_links(self) -> tuple[Link, ...] | None:
        """inLinks: 1..32 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, id: NodeReferenceID, ref_pos: Position3D, name: str | None = None, in_links: list[Link] | tuple[Link, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, name: str | None = ..., id: NodeReferenceID = ..., ref_pos: Position3D = ..., in_links: list[Link] | tuple[Link, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class MapData(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def time_stamp(self) -> int | None:
        """timeStamp: 0..527040"""
    @property
    def nodes(self) -> tuple[Node, ...]:
        """nodes: 1..32 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, nodes: list[Node] | tuple[Node, ...], time_stamp: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., time_stamp: int | None = ..., nodes: list[Node] | tuple[Node, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ParticipantData(Record):
    @property
    def ptc_type(self) -> ParticipantType:
        """ptcType"""
    @property
    def ptc_id(self) -> int:
        """ptcId: 0..65535"""
    @property
    def source(self) -> SourceType:
        """source"""
    @property
    def id(self) -> bytes | None:
        """id: 8 octets"""
    @property
    def sec_mark(self) -> int:
        """secMark: 0..65535"""
    @property
    def pos(self) -> PositionOffsetLLV:
        """pos"""
    @property
    def pos_confidence(self) -> PositionConfidenceSet:
        """posConfidence"""
    @property
    def transmission(self) -> TransmissionState | None:
        """transmission"""
    @property
    def speed(self) -> int:
        """speed: 0..8191"""
    @property
    def heading(self) -> int:
        """heading: 0..28800"""
    @property
    def angle(self) -> int | None:
        """angle: -126..127"""
    @property
    def motion_cfd(self) -> MotionConfidenceSet | None:
        """motionCfd"""
    @property
    def accel_set(self) -> AccelerationSet4Way | None:
        """accelSet"""
    @property
    def size(self) -> VehicleSize:
        """size"""
    @property
    def vehicle_class(self) -> VehicleClassification | None:
        """vehicleClass"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, ptc_type: ParticipantType, ptc_id: int, source: SourceType, sec_mark: int, pos: PositionOffsetLLV, pos_confidence: PositionConfidenceSet, speed: int, heading: int, size: VehicleSize, id: bytes | None = None, transmission: TransmissionState | None = None, angle: int | None = None, motion_cfd: MotionConfidenceSet | None = None, accel_set: AccelerationSet4Way | None = None, vehicle_class: VehicleClassification | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, ptc_type: ParticipantType = ..., ptc_id: int = ..., source: SourceType = ..., id: bytes | None = ..., sec_mark: int = ..., pos: PositionOffsetLLV = ..., pos_confidence: PositionConfidenceSet = ..., transmission: TransmissionState | None = ..., speed: int = ..., heading: int = ..., angle: int | None = ..., motion_cfd: MotionConfidenceSet | None = ..., accel_set: AccelerationSet4Way | None = ..., size: VehicleSize = ..., vehicle_class: VehicleClassification | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RoadsideSafetyMessage(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def id(self) -> bytes:
        """id: 8 octets"""
    @property
    def ref_pos(self) -> Position3D:
        """refPos"""
    @property
    def participants(self) -> tuple[ParticipantData, ...]:
        """participants: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, ref_pos: Position3D, participants: list[ParticipantData] | tuple[ParticipantData, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., ref_pos: Position3D = ..., participants: list[ParticipantData] | tuple[ParticipantData, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TimeCountingDown(Record):
    @property
    def start_time(self) -> int:
        """startTime: 0..36001"""
    @property
    def min_end_time(self) -> int | None:
        """minEndTime: 0..36001"""
    @property
    def max_end_time(self) -> int | None:
        """maxEndTime: 0..36001"""
    @property
    def likely_end_time(self) -> int:
        """likelyEndTime: 0..36001"""
    @property
    def time_confidence(self) -> int | None:
        """timeConfidence: 0..200"""
    @property
    def next_start_time(self) -> int | None:
        """nextStartTime: 0..36001"""
    @property
    def next_duration(self) -> int | None:
        """nextDuration: 0..36001"""
    def __new__(cls, *, start_time: int, likely_end_time: int, min_end_time: int | None = None, max_end_time: int | None = None, time_confidence: int | None = None, next_start_time: int | None = None, next_duration: int | None = None) -> Self: ...
    def replace(self, *, start_time: int = ..., min_end_time: int | None = ..., max_end_time: int | None = ..., likely_end_time: int = ..., time_confidence: int | None = ..., next_start_time: int | None = ..., next_duration: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class UTCTiming(Record):
    @property
    def start_utc_time(self) -> int:
        """startUTCTime: 0..36001"""
    @property
    def min_end_utc_time(self) -> int | None:
        """minEndUTCTime: 0..36001"""
    @property
    def max_end_utc_time(self) -> int | None:
        """maxEndUTCTime: 0..36001"""
    @property
    def likely_end_utc_time(self) -> int:
        """likelyEndUTCTime: 0..36001"""
    @property
    def time_confidence(self) -> int | None:
        """timeConfidence: 0..200"""
    @property
    def next_start_utc_time(self) -> int | None:
        """nextStartUTCTime: 0..36001"""
    @property
    def next_end_utc_time(self) -> int | None:
        """nextEndUTCTime: 0..36001"""
    def __new__(cls, *, start_utc_time: int, likely_end_utc_time: int, min_end_utc_time: int | None = None, max_end_utc_time: int | None = None, time_confidence: int | None = None, next_start_utc_time: int | None = None, next_end_utc_time: int | None = None) -> Self: ...
    def replace(self, *, start_utc_time: int = ..., min_end_utc_time: int | None = ..., max_end_utc_time: int | None = ..., likely_end_utc_time: int = ..., time_confidence: int | None = ..., next_start_utc_time: int | None = ..., next_end_utc_time: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class TimeChangeDetails(Record):
    @property
    def name(self) -> Literal['counting', 'utcTiming']: ...
    @property
    def value(self) -> TimeCountingDown | UTCTiming: ...
    @overload
    def __new__(cls, name: Literal['counting'], value: TimeCountingDown) -> Self: ...
    @overload
    def __new__(cls, name: Literal['utcTiming'], value: UTCTiming) -> Self: ...

@final
class PhaseState(Record):
    @property
    def light(self) -> LightState:
        """light"""
    @property
    def timing(self) -> TimeChangeDetails | None:
        """timing"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, light: LightState, timing: TimeChangeDetails | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, light: LightState = ..., timing: TimeChangeDetails | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Phase(Record):
    @property
    def id(self) -> int:
        """id: 0..255"""
    @property
    def phase_states(self) -> tuple[PhaseState, ...]:
        """phaseStates: 1..16 elements"""
    def __new__(cls, *, id: int, phase_states: list[PhaseState] | tuple[PhaseState, ...]) -> Self: ...
    def replace(self, *, id: int = ..., phase_states: list[PhaseState] | tuple[PhaseState, ...] = ...) -> Self: ...  # type: ignore[override]

@final
class IntersectionState(Record):
    @property
    def intersection_id(self) -> NodeReferenceID:
        """intersectionId"""
    @property
    def status(self) -> Bits:
        """status: 16 bits"""
    @property
    def moy(self) -> int | None:
        """moy: 0..527040"""
    @property
    def time_stamp(self) -> int | None:
        """timeStamp: 0..65535"""
    @property
    def time_confidence(self) -> TimeConfidence | None:
        """timeConfidence"""
    @property
    def phases(self) -> tuple[Phase, ...]:
        """phases: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, intersection_id: NodeReferenceID, status: BitsLike, phases: list[Phase] | tuple[Phase, ...], moy: int | None = None, time_stamp: int | None = None, time_confidence: TimeConfidence | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, intersection_id: NodeReferenceID = ..., status: BitsLike = ..., moy: int | None = ..., time_stamp: int | None = ..., time_confidence: TimeConfidence | None = ..., phases: list[Phase] | tuple[Phase, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class SPAT(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def moy(self) -> int | None:
        """moy: 0..527040"""
    @property
    def time_stamp(self) -> int | None:
        """timeStamp: 0..65535"""
    @property
    def name(self) -> str | None:
        """name: 1..63 characters"""
    @property
    def intersections(self) -> tuple[IntersectionState, ...]:
        """intersections: 1..32 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, intersections: list[IntersectionState] | tuple[IntersectionState, ...], moy: int | None = None, time_stamp: int | None = None, name: str | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., moy: int | None = ..., time_stamp: int | None = ..., name: str | None = ..., intersections: list[IntersectionState] | tuple[IntersectionState, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Description(Record):
    @property
    def name(self) -> Literal['textString', 'textGB2312']: ...
    @property
    def value(self) -> str | bytes: ...
    @overload
    def __new__(cls, name: Literal['textString'], value: str) -> Self: ...
    @overload
    def __new__(cls, name: Literal['textGB2312'], value: bytes) -> Self: ...

@final
class RSITimeDetails(Record):
    @property
    def start_time(self) -> int | None:
        """startTime: 0..527040"""
    @property
    def end_time(self) -> int | None:
        """endTime: 0..527040"""
    @property
    def end_time_confidence(self) -> TimeConfidence | None:
        """endTimeConfidence"""
    def __new__(cls, *, start_time: int | None = None, end_time: int | None = None, end_time_confidence: TimeConfidence | None = None) -> Self: ...
    def replace(self, *, start_time: int | None = ..., end_time: int | None = ..., end_time_confidence: TimeConfidence | None = ...) -> Self: ...  # type: ignore[override]

@final
class ReferencePath(Record):
    @property
    def active_path(self) -> tuple[PositionOffsetLLV, ...]:
        """activePath: 2..32 elements"""
    @property
    def path_radius(self) -> int:
        """pathRadius: 0..65535"""
    def __new__(cls, *, active_path: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], path_radius: int) -> Self: ...
    def replace(self, *, active_path: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] = ..., path_radius: int = ...) -> Self: ...  # type: ignore[override]

@final
class ReferenceLink(Record):
    @property
    def upstream_node_id(self) -> NodeReferenceID:
        """upstreamNodeId"""
    @property
    def downstream_node_id(self) -> NodeReferenceID:
        """downstreamNodeId"""
    @property
    def reference_lanes(self) -> Bits | None:
        """referenceLanes: 16 bits"""
    def __new__(cls, *, upstream_node_id: NodeReferenceID, downstream_node_id: NodeReferenceID, reference_lanes: BitsLike | None = None) -> Self: ...
    def replace(self, *, upstream_node_id: NodeReferenceID = ..., downstream_node_id: NodeReferenceID = ..., reference_lanes: BitsLike | None = ...) -> Self: ...  # type: ignore[override]

@final
class RTEData(Record):
    @property
    def rte_id(self) -> int:
        """rteId: 0..255"""
    @property
    def event_type(self) -> int:
        """eventType: 0..65535"""
    @property
    def event_source(self) -> EventSource:
        """eventSource"""
    @property
    def event_pos(self) -> PositionOffsetLLV | None:
        """eventPos"""
    @property
    def event_radius(self) -> int | None:
        """eventRadius: 0..65535"""
    @property
    def description(self) -> Description | None:
        """description"""
    @property
    def time_details(self) -> RSITimeDetails | None:
        """timeDetails"""
    @property
    def priority(self) -> bytes | None:
        """priority: 1 octets"""
    @property
    def reference_paths(self) -> tuple[ReferencePath, ...] | None:
        """referencePaths: 1..8 elements"""
    @property
    def reference_links(self) -> tuple[ReferenceLink, ...] | None:
        """referenceLinks: 1..16 elements"""
    @property
    def event_confidence(self) -> int | None:
        """eventConfidence: 0..200"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, rte_id: int, event_type: int, event_source: EventSource, event_pos: PositionOffsetLLV | None = None, event_radius: int | None = None, description: Description | None = None, time_details: RSITimeDetails | None = None, priority: bytes | None = None, reference_paths: list[ReferencePath] | tuple[ReferencePath, ...] | None = None, reference_links: list[ReferenceLink] | tuple[ReferenceLink, ...] | None = None, event_confidence: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, rte_id: int = ..., event_type: int = ..., event_source: EventSource = ..., event_pos: PositionOffsetLLV | None = ..., event_radius: int | None = ..., description: Description | None = ..., time_details: RSITimeDetails | None = ..., priority: bytes | None = ..., reference_paths: list[ReferencePath] | tuple[ReferencePath, ...] | None = ..., reference_links: list[ReferenceLink] | tuple[ReferenceLink, ...] | None = ..., event_confidence: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RTSData(Record):
    @property
    def rts_id(self) -> int:
        """rtsId: 0..255"""
    @property
    def sign_type(self) -> int:
        """signType: 0..65535"""
    @property
    def sign_pos(self) -> PositionOffsetLLV | None:
        """signPos"""
    @property
    def description(self) -> Description | None:
        """description"""
    @property
    def time_details(self) -> RSITimeDetails | None:
        """timeDetails"""
    @property
    def priority(self) -> bytes | None:
        """priority: 1 octets"""
    @property
    def reference_paths(self) -> tuple[ReferencePath, ...] | None:
        """referencePaths: 1..8 elements"""
    @property
    def reference_links(self) -> tuple[ReferenceLink, ...] | None:
        """referenceLinks: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, rts_id: int, sign_type: int, sign_pos: PositionOffsetLLV | None = None, description: Description | None = None, time_details: RSITimeDetails | None = None, priority: bytes | None = None, reference_paths: list[ReferencePath] | tuple[ReferencePath, ...] | None = None, reference_links: list[ReferenceLink] | tuple[ReferenceLink, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, rts_id: int = ..., sign_type: int = ..., sign_pos: PositionOffsetLLV | None = ..., description: Description | None = ..., time_details: RSITimeDetails | None = ..., priority: bytes | None = ..., reference_paths: list[ReferencePath] | tuple[ReferencePath, ...] | None = ..., reference_links: list[ReferenceLink] | tuple[ReferenceLink, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RoadSideInformation(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def moy(self) -> int | None:
        """moy: 0..527040"""
    @property
    def id(self) -> bytes:
        """id: 8 octets"""
    @property
    def ref_pos(self) -> Position3D:
        """refPos"""
    @property
    def rtes(self) -> tuple[RTEData, ...] | None:
        """rtes: 1..8 elements"""
    @property
    def rtss(self) -> tuple[RTSData, ...] | None:
        """rtss: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, ref_pos: Position3D, moy: int | None = None, rtes: list[RTEData] | tuple[RTEData, ...] | None = None, rtss: list[RTSData] | tuple[RTSData, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., moy: int | None = ..., id: bytes = ..., ref_pos: Position3D = ..., rtes: list[RTEData] | tuple[RTEData, ...] | None = ..., rtss: list[RTSData] | tuple[RTSData, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class MessageFrame(Record):
    @property
    def name(self) -> Literal['bsmFrame', 'mapFrame', 'rsmFrame', 'spatFrame', 'rsiFrame']: ...
    @property
    def value(self) -> BasicSafetyMessage | MapData | RoadsideSafetyMessage | SPAT | RoadSideInformation: ...
    @overload
    def __new__(cls, name: Literal['bsmFrame'], value: BasicSafetyMessage) -> Self: ...
    @overload
    def __new__(cls, name: Literal['mapFrame'], value: MapData) -> Self: ...
    @overload
    def __new__(cls, name: Literal['rsmFrame'], value: RoadsideSafetyMessage) -> Self: ...
    @overload
    def __new__(cls, name: Literal['spatFrame'], value: SPAT) -> Self: ...
    @overload
    def __new__(cls, name: Literal['rsiFrame'], value: RoadSideInformation) -> Self: ...

def decode(data: bytes, *, lenient: bool = False) -> MessageFrame: ...
def encode(record: Record) -> bytes: ...
