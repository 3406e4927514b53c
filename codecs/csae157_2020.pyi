"""Typed messages of profile csae157_2020; written by ``python -m v2x.codecs.stubs``, not by hand."""

# ruff: noqa
# fmt: off

from typing import Literal, Self, TypeAlias, final, overload

from v2x.codecs.records import Bits, Record

Unknown: TypeAlias = tuple[int, tuple[tuple[int, bytes], ...]]
BitsLike: TypeAlias = Bits | tuple[bytes, int] | set[str] | frozenset[str] | list[str]

RTCM_Revision: TypeAlias = Literal['unknown', 'reserved', 'rtcmCMR', 'rtcmCMR-Plus', 'rtcmSAPOS', 'rtcmSAPOS-Adv', 'rtcmRTCA', 'rtcmRAW', 'rtcmRINEX', 'rtcmSP3', 'rtcmBINEX', 'rtcmRev2-x', 'rtcmRev2-0', 'rtcmRev2-1', 'rtcmRev2-3', 'rtcmRev3-0', 'rtcmRev3-1', 'rtcmRev3-2']
PositionConfidence: TypeAlias = Literal['unavailable', 'a500m', 'a200m', 'a100m', 'a50m', 'a20m', 'a10m', 'a5m', 'a2m', 'a1m', 'a50cm', 'a20cm', 'a10cm', 'a5cm', 'a2cm', 'a1cm']
ElevationConfidence: TypeAlias = Literal['unavailable', 'elev-500-00', 'elev-200-00', 'elev-100-00', 'elev-050-00', 'elev-020-00', 'elev-010-00', 'elev-005-00', 'elev-002-00', 'elev-001-00', 'elev-000-50', 'elev-000-20', 'elev-000-10', 'elev-000-05', 'elev-000-02', 'elev-000-01']
SpeedConfidence: TypeAlias = Literal['unavailable', 'prec100ms', 'prec10ms', 'prec5ms', 'prec1ms', 'prec0-1ms', 'prec0-05ms', 'prec0-01ms']
HeadingConfidence: TypeAlias = Literal['unavailable', 'prec10deg', 'prec05deg', 'prec01deg', 'prec0-1deg', 'prec0-05deg', 'prec0-01deg', 'prec0-0125deg']
AccConfidence: TypeAlias = Literal['unavailable', 'prec100deg', 'prec10deg', 'prec5deg', 'prec1deg', 'prec0-1deg', 'prec0-05deg', 'prec0-01deg']
AngularVConfidence: TypeAlias = Literal['unavailable', 'prec100deg', 'prec10deg', 'prec5deg', 'prec1deg', 'prec0-1deg', 'prec0-05deg', 'prec0-01deg']
EquipmentType: TypeAlias = Literal['unknown', 'rsu', 'obu', 'vru']
ParticipantType: TypeAlias = Literal['unknown', 'motor', 'non-motor', 'pedestrian', 'rsu']
SourceType: TypeAlias = Literal['unknown', 'selfinfo', 'v2x', 'video', 'microwaveRadar', 'loop', 'lidar', 'integrated']
TransmissionState: TypeAlias = Literal['neutral', 'park', 'forwardGears', 'reverseGears', 'reserved1', 'reserved2', 'reserved3', 'unavailable']
SteeringWheelAngleConfidence: TypeAlias = Literal['unavailable', 'prec2deg', 'prec1deg', 'prec0-02deg']
SizeValueConfidence: TypeAlias = Literal['unavailable', 'size-100-00', 'size-050-00', 'size-020-00', 'size-010-00', 'size-005-00', 'size-002-00', 'size-001-00', 'size-000-50', 'size-000-20', 'size-000-10', 'size-000-05', 'size-000-02', 'size-000-01']
DetectedPTCType: TypeAlias = Literal['unknown', 'unknown-movable', 'unknown-unmovable', 'car', 'van', 'truck', 'bus', 'cyclist', 'motorcyclist', 'tricyclist', 'pedestrian']
TimeConfidence: TypeAlias = Literal['unavailable', 'time-100-000', 'time-050-000', 'time-020-000', 'time-010-000', 'time-002-000', 'time-001-000', 'time-000-500', 'time-000-200', 'time-000-100', 'time-000-050', 'time-000-020', 'time-000-010', 'time-000-005', 'time-000-002', 'time-000-001', 'time-000-000-5', 'time-000-000-2', 'time-000-000-1', 'time-000-000-05', 'time-000-000-02', 'time-000-000-01', 'time-000-000-005', 'time-000-000-002', 'time-000-000-001', 'time-000-000-000-5', 'time-000-000-000-2', 'time-000-000-000-1', 'time-000-000-000-05', 'time-000-000-000-02', 'time-000-000-000-01', 'time-000-000-000-005', 'time-000-000-000-002', 'time-000-000-000-001', 'time-000-000-000-000-5', 'time-000-000-000-000-2', 'time-000-000-000-000-1', 'time-000-000-000-000-05', 'time-000-000-000-000-02', 'time-000-000-000-000-01']
PersonalDeviceUserType: TypeAlias = Literal['unavailable', 'aPEDESTRIAN', 'aPEDALCYCLIST', 'aROADWORKER', 'anANIMAL']
HumanPropelledType: TypeAlias = Literal['unavailable', 'otherTypes', 'onFoot', 'skateboard', 'pushOrKickScooter', 'wheelchair']
AnimalPropelledType: TypeAlias = Literal['unavailable', 'otherTypes', 'animalMounted', 'animalDrawnCarriage']
MotorizedPropelledType: TypeAlias = Literal['unavailable', 'otherTypes', 'wheelChair', 'bicycle', 'scooter', 'selfBalancingDevice']
NumberOfParticipantsInCluster: TypeAlias = Literal['unavailable', 'small', 'medium', 'large']
Attachment: TypeAlias = Literal['unavailable', 'stroller', 'bicycleTrailer', 'cart', 'wheelchair', 'otherWalkAssistAttachments', 'pet']
RoadWorkerType: TypeAlias = Literal['unavailable', 'trafficPolice', 'constructionPersonnel', 'policeOfficers', 'trafficControlPersons', 'railroadCrossingGuards', 'emergencyOrganizationPersonnel']
PersonalCrossing: TypeAlias = Literal['unavailable', 'request', 'crossing', 'finish']
ObstacleType: TypeAlias = Literal['unknown', 'rockfall', 'landslide', 'animal-intrusion', 'liquid-spill', 'goods-scattered', 'trafficcone', 'safety-triangle', 'traffic-roadblock', 'inspection-shaft-without-cover', 'unknown-fragments', 'unknown-hard-object', 'unknown-soft-object']
EventSource: TypeAlias = Literal['unknown', 'police', 'government', 'meteorological', 'internet', 'detection']
ReqStatus: TypeAlias = Literal['unknown', 'request', 'comfirmed', 'cancel', 'complete']
Maneuver: TypeAlias = Literal['maneuverStraight', 'maneuverLeftTurn', 'maneuverRightTurn', 'maneuverUTurn']
AVPType: TypeAlias = Literal['p0', 'p1', 'p2', 'p3', 'p4', 'p5']
SlotStatus: TypeAlias = Literal['unknown', 'available', 'occupied', 'reserved']
ParkingSpaceTheta: TypeAlias = Literal['unknown', 'vertical', 'side', 'oblique']
ParkingLock: TypeAlias = Literal['unknown', 'nolock', 'locked', 'unlocked']
RoleInPlatooning: TypeAlias = Literal['leader', 'follower', 'tail', 'free-vehicle']
StatusInPlatooning: TypeAlias = Literal['navigating', 'beginToDissmiss', 'askForJoining', 'joining', 'following', 'askForLeaving', 'leaving']
PaymentEntityID: TypeAlias = Literal['system', 'freeflow', 'enclosed', 'congestion', 'charging', 'parking']
TollingNodeType: TypeAlias = Literal['entranceStation', 'exitStation', 'entranceAndExitStation', 'gantry']
TollingDirection: TypeAlias = Literal['north', 'northeast', 'east', 'southeast', 'south', 'southwest', 'west', 'northwest']
OBUType: TypeAlias = Literal['oemObu', 'aftermarketObu', 'mobilePhone']
EquipmentClass: TypeAlias = Literal['onechipOBU', 'iccOBU', 'cpcOBU']
ChannelID: TypeAlias = Literal['obu', 'esam', 'icc', 'hmi', 'beeper']
TollResult: TypeAlias = Literal['ok', 'nok', 'contactOperator']
ReturnStatus: TypeAlias = Literal['noError', 'accessDenied', 'argumnetError', 'complexityLimitation', 'processingFailure', 'processing']
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
Dotted_SolidMarkingLineType: TypeAlias = Literal['whiteDottedLine', 'whiteSolidLine', 'yellowDottedLine', 'yellowSolidLine', 'whiteDotted-solidLine', 'whiteSotted-dottedLine', 'yellowDotted-solidLine', 'yellowSotted-dottedLine']
LightState: TypeAlias = Literal['unavailable', 'dark', 'flashing-red', 'red', 'flashing-green', 'permissive-green', 'protected-green', 'yellow', 'flashing-yellow']
AuxiliarySignDirection: TypeAlias = Literal['straight', 'leftAndRight', 'right', 'left', 'leftFrontTurn', 'rightFronTurn', 'rightRearTurn', 'leftRearTurn']

@final
class TestMsg(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def user_data(self) -> bytes:
        """userData: 1..2048 octets"""
    def __new__(cls, *, msg_cnt: int, user_data: bytes) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., user_data: bytes = ...) -> Self: ...  # type: ignore[override]

@final
class RTCMmsg(Record):
    @property
    def rev(self) -> RTCM_Revision | None:
        """rev"""
    @property
    def rtcm_id(self) -> int | None:
        """rtcmID: 0..32767"""
    @property
    def payload(self) -> bytes:
        """payload: 1..2047 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, payload: bytes, rev: RTCM_Revision | None = None, rtcm_id: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, rev: RTCM_Revision | None = ..., rtcm_id: int | None = ..., payload: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RTCMcorrections(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def corrections(self) -> tuple[RTCMmsg, ...]:
        """corrections: 1..5 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, corrections: list[RTCMmsg] | tuple[RTCMmsg, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., corrections: list[RTCMmsg] | tuple[RTCMmsg, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class DriveSuggestion(Record):
    @property
    def suggestion(self) -> Bits:
        """suggestion: 14 bits, others in extension form"""
    @property
    def life_time(self) -> int | None:
        """lifeTime: 1..65535"""
    @property
    def related_link(self) -> ReferenceLink | None:
        """relatedLink"""
    @property
    def related_path(self) -> ReferencePath | None:
        """relatedPath"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, suggestion: BitsLike, life_time: int | None = None, related_link: ReferenceLink | None = None, related_path: ReferencePath | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, suggestion: BitsLike = ..., life_time: int | None = ..., related_link: ReferenceLink | None = ..., related_path: ReferencePath | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class AccSet4WayConfidence(Record):
    @property
    def lon_acc_confidence(self) -> AccConfidence:
        """lonAccConfidence"""
    @property
    def lat_acc_confidence(self) -> AccConfidence:
        """latAccConfidence"""
    @property
    def vert_acc_confidence(self) -> AccConfidence:
        """vertAccConfidence"""
    @property
    def yaw_rate_con(self) -> AngularVConfidence:
        """yawRateCon"""
    def __new__(cls, *, lon_acc_confidence: AccConfidence, lat_acc_confidence: AccConfidence, vert_acc_confidence: AccConfidence, yaw_rate_con: AngularVConfidence) -> Self: ...
    def replace(self, *, lon_acc_confidence: AccConfidence = ..., lat_acc_confidence: AccConfidence = ..., vert_acc_confidence: AccConfidence = ..., yaw_rate_con: AngularVConfidence = ...) -> Self: ...  # type: ignore[override]

@final
class PathPlanningPoint(Record):
    @property
    def pos_in_map(self) -> ReferenceLink | None:
        """posInMap"""
    @property
    def pos(self) -> PositionOffsetLLV:
        """pos"""
    @property
    def pos_accuracy(self) -> PositionConfidenceSet | None:
        """posAccuracy"""
    @property
    def speed(self) -> int | None:
        """speed: 0..8191"""
    @property
    def speed_cfd(self) -> SpeedConfidence | None:
        """speedCfd"""
    @property
    def heading(self) -> int | None:
        """heading: 0..28800"""
    @property
    def heading_cfd(self) -> HeadingConfidence | None:
        """headingCfd"""
    @property
    def accel_set(self) -> AccelerationSet4Way | None:
        """accelSet"""
    @property
    def acc4_way_confidence(self) -> AccSet4WayConfidence | None:
        """acc4WayConfidence"""
    @property
    def estimated_time(self) -> int | None:
        """estimatedTime: 1..65535"""
    @property
    def time_confidence(self) -> int | None:
        """timeConfidence: 0..200"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, pos: PositionOffsetLLV, pos_in_map: ReferenceLink | None = None, pos_accuracy: PositionConfidenceSet | None = None, speed: int | None = None, speed_cfd: SpeedConfidence | None = None, heading: int | None = None, heading_cfd: HeadingConfidence | None = None, accel_set: AccelerationSet4Way | None = None, acc4_way_confidence: AccSet4WayConfidence | None = None, estimated_time: int | None = None, time_confidence: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, pos_in_map: ReferenceLink | None = ..., pos: PositionOffsetLLV = ..., pos_accuracy: PositionConfidenceSet | None = ..., speed: int | None = ..., speed_cfd: SpeedConfidence | None = ..., heading: int | None = ..., heading_cfd: HeadingConfidence | None = ..., accel_set: AccelerationSet4Way | None = ..., acc4_way_confidence: AccSet4WayConfidence | None = ..., estimated_time: int | None = ..., time_confidence: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleCoordination(Record):
    @property
    def veh_id(self) -> bytes:
        """vehId: 8 octets"""
    @property
    def drive_suggestion(self) -> DriveSuggestion | None:
        """driveSuggestion"""
    @property
    def path_guidance(self) -> tuple[PathPlanningPoint, ...] | None:
        """pathGuidance: 1..100 elements"""
    @property
    def info(self) -> Bits | None:
        """info: 8 bits, others in extension form"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, veh_id: bytes, drive_suggestion: DriveSuggestion | None = None, path_guidance: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = None, info: BitsLike | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, veh_id: bytes = ..., drive_suggestion: DriveSuggestion | None = ..., path_guidance: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = ..., info: BitsLike | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class LaneCoordination(Record):
    @property
    def target_lane(self) -> ReferenceLink:
        """targetLane"""
    @property
    def related_path(self) -> ReferencePath | None:
        """relatedPath"""
    @property
    def t_begin(self) -> DDateTime | None:
        """tBegin"""
    @property
    def t_end(self) -> DDateTime | None:
        """tEnd"""
    @property
    def recommended_speed(self) -> int | None:
        """recommendedSpeed: 0..8191"""
    @property
    def recommended_behavior(self) -> Bits | None:
        """recommendedBehavior: 14 bits, others in extension form"""
    @property
    def info(self) -> Bits | None:
        """info: 8 bits, others in extension form"""
    @property
    def description(self) -> Description | None:
        """description"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, target_lane: ReferenceLink, related_path: ReferencePath | None = None, t_begin: DDateTime | None = None, t_end: DDateTime | None = None, recommended_speed: int | None = None, recommended_behavior: BitsLike | None = None, info: BitsLike | None = None, description: Description | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, target_lane: ReferenceLink = ..., related_path: ReferencePath | None = ..., t_begin: DDateTime | None = ..., t_end: DDateTime | None = ..., recommended_speed: int | None = ..., recommended_behavior: BitsLike | None = ..., info: BitsLike | None = ..., description: Description | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RoadsideCoordination(Record):
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
    def ref_pos(self) -> Position3D:
        """refPos"""
    @property
    def coordinates(self) -> tuple[VehicleCoordination, ...] | None:
        """coordinates: 1..16 elements"""
    @property
    def lane_coordinates(self) -> tuple[LaneCoordination, ...] | None:
        """laneCoordinates: 1..8 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, sec_mark: int, ref_pos: Position3D, coordinates: list[VehicleCoordination] | tuple[VehicleCoordination, ...] | None = None, lane_coordinates: list[LaneCoordination] | tuple[LaneCoordination, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., sec_mark: int = ..., ref_pos: Position3D = ..., coordinates: list[VehicleCoordination] | tuple[VehicleCoordination, ...] | None = ..., lane_coordinates: list[LaneCoordination] | tuple[LaneCoordination, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class ObjectSizeConfidence(Record):
    @property
    def width_conf(self) -> SizeValueConfidence:
        """widthConf"""
    @property
    def length_conf(self) -> SizeValueConfidence:
        """lengthConf"""
    @property
    def height_conf(self) -> SizeValueConfidence | None:
        """heightConf"""
    def __new__(cls, *, width_conf: SizeValueConfidence, length_conf: SizeValueConfidence, height_conf: SizeValueConfidence | None = None) -> Self: ...
    def replace(self, *, width_conf: SizeValueConfidence = ..., length_conf: SizeValueConfidence = ..., height_conf: SizeValueConfidence | None = ...) -> Self: ...  # type: ignore[override]

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
class Planning(Record):
    @property
    def duration(self) -> int | None:
        """duration: 0..600"""
    @property
    def plan_confidence(self) -> int | None:
        """planConfidence: 0..200"""
    @property
    def driving_behavior(self) -> Bits | None:
        """drivingBehavior: 14 bits, others in extension form"""
    @property
    def path_planning(self) -> tuple[PathPlanningPoint, ...] | None:
        """pathPlanning: 1..100 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, duration: int | None = None, plan_confidence: int | None = None, driving_behavior: BitsLike | None = None, path_planning: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, duration: int | None = ..., plan_confidence: int | None = ..., driving_behavior: BitsLike | None = ..., path_planning: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Attitude(Record):
    @property
    def pitch(self) -> int:
        """pitch: -7200..7200"""
    @property
    def roll(self) -> int:
        """roll: -7200..7200"""
    @property
    def yaw(self) -> int:
        """yaw: -14400..14400"""
    def __new__(cls, *, pitch: int, roll: int, yaw: int) -> Self: ...
    def replace(self, *, pitch: int = ..., roll: int = ..., yaw: int = ...) -> Self: ...  # type: ignore[override]

@final
class AttitudeConfidence(Record):
    @property
    def pitch_confidence(self) -> HeadingConfidence:
        """pitchConfidence"""
    @property
    def roll_rate_confidence(self) -> HeadingConfidence:
        """rollRateConfidence"""
    @property
    def yaw_rate(self) -> HeadingConfidence:
        """yawRate"""
    def __new__(cls, *, pitch_confidence: HeadingConfidence, roll_rate_confidence: HeadingConfidence, yaw_rate: HeadingConfidence) -> Self: ...
    def replace(self, *, pitch_confidence: HeadingConfidence = ..., roll_rate_confidence: HeadingConfidence = ..., yaw_rate: HeadingConfidence = ...) -> Self: ...  # type: ignore[override]

@final
class AngularVelocity(Record):
    @property
    def pitch_rate(self) -> int:
        """pitchRate: -32767..32767"""
    @property
    def roll_rate(self) -> int:
        """rollRate: -32767..32767"""
    @property
    def yaw_rate(self) -> int:
        """yawRate: -32767..32767"""
    def __new__(cls, *, pitch_rate: int, roll_rate: int, yaw_rate: int) -> Self: ...
    def replace(self, *, pitch_rate: int = ..., roll_rate: int = ..., yaw_rate: int = ...) -> Self: ...  # type: ignore[override]

@final
class AngularVelocityConfidence(Record):
    @property
    def pitch_rate(self) -> AngularVConfidence:
        """pitchRate"""
    @property
    def roll_rate(self) -> AngularVConfidence:
        """rollRate"""
    @property
    def yaw_rate(self) -> AngularVConfidence:
        """yawRate"""
    def __new__(cls, *, pitch_rate: AngularVConfidence, roll_rate: AngularVConfidence, yaw_rate: AngularVConfidence) -> Self: ...
    def replace(self, *, pitch_rate: AngularVConfidence = ..., roll_rate: AngularVConfidence = ..., yaw_rate: AngularVConfidence = ...) -> Self: ...  # type: ignore[override]

@final
class MotorDataExtension(Record):
    @property
    def lights(self) -> Bits | None:
        """lights: 9 bits, others in extension form"""
    @property
    def veh_attitude(self) -> Attitude | None:
        """vehAttitude"""
    @property
    def veh_attitude_confidence(self) -> AttitudeConfidence | None:
        """vehAttitudeConfidence"""
    @property
    def veh_ang_vel(self) -> AngularVelocity | None:
        """vehAngVel"""
    @property
    def veh_ang_vel_confidence(self) -> AngularVelocityConfidence | None:
        """vehAngVelConfidence"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, lights: BitsLike | None = None, veh_attitude: Attitude | None = None, veh_attitude_confidence: AttitudeConfidence | None = None, veh_ang_vel: AngularVelocity | None = None, veh_ang_vel_confidence: AngularVelocityConfidence | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, lights: BitsLike | None = ..., veh_attitude: Attitude | None = ..., veh_attitude_confidence: AttitudeConfidence | None = ..., veh_ang_vel: AngularVelocity | None = ..., veh_ang_vel_confidence: AngularVelocityConfidence | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PropelledInformation(Record):
    @property
    def name(self) -> Literal['human', 'animal', 'motor']: ...
    @property
    def value(self) -> HumanPropelledType | AnimalPropelledType | MotorizedPropelledType: ...
    @overload
    def __new__(cls, name: Literal['human'], value: HumanPropelledType) -> Self: ...
    @overload
    def __new__(cls, name: Literal['animal'], value: AnimalPropelledType) -> Self: ...
    @overload
    def __new__(cls, name: Literal['motor'], value: MotorizedPropelledType) -> Self: ...

@final
class PersonalExtensions(Record):
    @property
    def use_state(self) -> Bits | None:
        """useState: 9 bits, others in extension form"""
    @property
    def assist_type(self) -> Bits | None:
        """assistType: 6 bits, others in extension form"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, use_state: BitsLike | None = None, assist_type: BitsLike | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, use_state: BitsLike | None = ..., assist_type: BitsLike | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RoadWorkerExtensions(Record):
    @property
    def worker_type(self) -> RoadWorkerType | None:
        """workerType"""
    @property
    def activity_type(self) -> Bits | None:
        """activityType: 6 bits, others in extension form"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, worker_type: RoadWorkerType | None = None, activity_type: BitsLike | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, worker_type: RoadWorkerType | None = ..., activity_type: BitsLike | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PersonalRequest(Record):
    @property
    def crossing(self) -> PersonalCrossing | None:
        """crossing"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, crossing: PersonalCrossing | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, crossing: PersonalCrossing | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Non_motorData(Record):
    @property
    def basic_type(self) -> PersonalDeviceUserType:
        """basicType"""
    @property
    def propulsion(self) -> PropelledInformation | None:
        """propulsion"""
    @property
    def cluster_size(self) -> NumberOfParticipantsInCluster | None:
        """clusterSize"""
    @property
    def attachment(self) -> Attachment | None:
        """attachment"""
    @property
    def personal_ext(self) -> PersonalExtensions | None:
        """personalExt"""
    @property
    def road_worker_ext(self) -> RoadWorkerExtensions | None:
        """roadWorkerExt"""
    @property
    def personal_req(self) -> PersonalRequest | None:
        """personalReq"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, basic_type: PersonalDeviceUserType, propulsion: PropelledInformation | None = None, cluster_size: NumberOfParticipantsInCluster | None = None, attachment: Attachment | None = None, personal_ext: PersonalExtensions | None = None, road_worker_ext: RoadWorkerExtensions | None = None, personal_req: PersonalRequest | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, basic_type: PersonalDeviceUserType = ..., propulsion: PropelledInformation | None = ..., cluster_size: NumberOfParticipantsInCluster | None = ..., attachment: Attachment | None = ..., personal_ext: PersonalExtensions | None = ..., road_worker_ext: RoadWorkerExtensions | None = ..., personal_req: PersonalRequest | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Non_motorDataExtension(Record):
    @property
    def overall_radius(self) -> int:
        """overallRadius: 0..200"""
    @property
    def non_motor_data(self) -> Non_motorData:
        """non-motorData"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, overall_radius: int, non_motor_data: Non_motorData, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, overall_radius: int = ..., non_motor_data: Non_motorData = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class DetectedPTCData_type_related_ext(Record):
    @property
    def name(self) -> Literal['motorExt', 'non-motorExt']: ...
    @property
    def value(self) -> MotorDataExtension | Non_motorDataExtension: ...
    @overload
    def __new__(cls, name: Literal['motorExt'], value: MotorDataExtension) -> Self: ...
    @overload
    def __new__(cls, name: Literal['non-motorExt'], value: Non_motorDataExtension) -> Self: ...

@final
class DetectedPTCData(Record):
    @property
    def ptc(self) -> ParticipantData:
        """ptc"""
    @property
    def obj_size_confidence(self) -> ObjectSizeConfidence | None:
        """objSizeConfidence"""
    @property
    def detected_ptc_type(self) -> DetectedPTCType | None:
        """detectedPTCType"""
    @property
    def type_confidence(self) -> int | None:
        """typeConfidence: 0..200"""
    @property
    def acc4_way_confidence(self) -> AccSet4WayConfidence | None:
        """acc4WayConfidence"""
    @property
    def status_duration(self) -> int | None:
        """statusDuration: 1..65535"""
    @property
    def path_history(self) -> PathHistory | None:
        """pathHistory"""
    @property
    def planning_list(self) -> tuple[Planning, ...] | None:
        """planningList: 1..8 elements"""
    @property
    def tracking(self) -> int | None:
        """tracking: 1..65535"""
    @property
    def polygon(self) -> tuple[PositionOffsetLLV, ...] | None:
        """polygon: 4..32 elements"""
    @property
    def type_related_ext(self) -> DetectedPTCData_type_related_ext | None:
        """type-relatedExt"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, ptc: ParticipantData, obj_size_confidence: ObjectSizeConfidence | None = None, detected_ptc_type: DetectedPTCType | None = None, type_confidence: int | None = None, acc4_way_confidence: AccSet4WayConfidence | None = None, status_duration: int | None = None, path_history: PathHistory | None = None, planning_list: list[Planning] | tuple[Planning, ...] | None = None, tracking: int | None = None, polygon: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] | None = None, type_related_ext: DetectedPTCData_type_related_ext | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, ptc: ParticipantData = ..., obj_size_confidence: ObjectSizeConfidence | None = ..., detected_ptc_type: DetectedPTCType | None = ..., type_confidence: int | None = ..., acc4_way_confidence: AccSet4WayConfidence | None = ..., status_duration: int | None = ..., path_history: PathHistory | None = ..., planning_list: list[Planning] | tuple[Planning, ...] | None = ..., tracking: int | None = ..., polygon: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] | None = ..., type_related_ext: DetectedPTCData_type_related_ext | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ObjectSize(Record):
    @property
    def width(self) -> int:
        """width: 0..1023"""
    @property
    def length(self) -> int:
        """length: 0..1023"""
    @property
    def height(self) -> int | None:
        """height: 0..1023"""
    def __new__(cls, *, width: int, length: int, height: int | None = None) -> Self: ...
    def replace(self, *, width: int = ..., length: int = ..., height: int | None = ...) -> Self: ...  # type: ignore[override]

@final
class DetectedObstacleData(Record):
    @property
    def obs_type(self) -> ObstacleType:
        """obsType"""
    @property
    def obj_type_confidence(self) -> int | None:
        """objTypeConfidence: 0..200"""
    @property
    def obs_id(self) -> int:
        """obsId: 0..65535"""
    @property
    def source(self) -> SourceType:
        """source"""
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
    def speed(self) -> int:
        """speed: 0..8191"""
    @property
    def speed_cfd(self) -> SpeedConfidence | None:
        """speedCfd"""
    @property
    def heading(self) -> int:
        """heading: 0..28800"""
    @property
    def heading_cfd(self) -> HeadingConfidence | None:
        """headingCfd"""
    @property
    def ver_speed(self) -> int | None:
        """verSpeed: 0..8191"""
    @property
    def ver_speed_confidence(self) -> SpeedConfidence | None:
        """verSpeedConfidence"""
    @property
    def accel_set(self) -> AccelerationSet4Way | None:
        """accelSet"""
    @property
    def size(self) -> ObjectSize:
        """size"""
    @property
    def obj_size_confidence(self) -> ObjectSizeConfidence | None:
        """objSizeConfidence"""
    @property
    def tracking(self) -> int | None:
        """tracking: 1..65535"""
    @property
    def polygon(self) -> tuple[PositionOffsetLLV, ...] | None:
        """polygon: 4..32 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, obs_type: ObstacleType, obs_id: int, source: SourceType, sec_mark: int, pos: PositionOffsetLLV, pos_confidence: PositionConfidenceSet, speed: int, heading: int, size: ObjectSize, obj_type_confidence: int | None = None, speed_cfd: SpeedConfidence | None = None, heading_cfd: HeadingConfidence | None = None, ver_speed: int | None = None, ver_speed_confidence: SpeedConfidence | None = None, accel_set: AccelerationSet4Way | None = None, obj_size_confidence: ObjectSizeConfidence | None = None, tracking: int | None = None, polygon: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, obs_type: ObstacleType = ..., obj_type_confidence: int | None = ..., obs_id: int = ..., source: SourceType = ..., sec_mark: int = ..., pos: PositionOffsetLLV = ..., pos_confidence: PositionConfidenceSet = ..., speed: int = ..., speed_cfd: SpeedConfidence | None = ..., heading: int = ..., heading_cfd: HeadingConfidence | None = ..., ver_speed: int | None = ..., ver_speed_confidence: SpeedConfidence | None = ..., accel_set: AccelerationSet4Way | None = ..., size: ObjectSize = ..., obj_size_confidence: ObjectSizeConfidence | None = ..., tracking: int | None = ..., polygon: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class SensorSharingMsg(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def id(self) -> bytes:
        """id: 8 octets"""
    @property
    def equipment_type(self) -> EquipmentType:
        """equipmentType"""
    @property
    def sec_mark(self) -> int:
        """secMark: 0..65535"""
    @property
    def sensor_pos(self) -> Position3D:
        """sensorPos"""
    @property
    def detected_region(self) -> tuple[tuple[PositionOffsetLLV, ...], ...] | None:
        """detectedRegion: 1..8 elements"""
    @property
    def participants(self) -> tuple[DetectedPTCData, ...] | None:
        """participants: 1..512 elements"""
    @property
    def obstacles(self) -> tuple[DetectedObstacleData, ...] | None:
        """obstacles: 1..64 elements"""
    @property
    def rtes(self) -> tuple[RTEData, ...] | None:
        """rtes: 1..8 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, equipment_type: EquipmentType, sec_mark: int, sensor_pos: Position3D, detected_region: list[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...]] | tuple[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], ...] | None = None, participants: list[DetectedPTCData] | tuple[DetectedPTCData, ...] | None = None, obstacles: list[DetectedObstacleData] | tuple[DetectedObstacleData, ...] | None = None, rtes: list[RTEData] | tuple[RTEData, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., equipment_type: EquipmentType = ..., sec_mark: int = ..., sensor_pos: Position3D = ..., detected_region: list[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...]] | tuple[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], ...] | None = ..., participants: list[DetectedPTCData] | tuple[DetectedPTCData, ...] | None = ..., obstacles: list[DetectedObstacleData] | tuple[DetectedObstacleData, ...] | None = ..., rtes: list[RTEData] | tuple[RTEData, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Req_LaneChange(Record):
    @property
    def upstream_node(self) -> NodeReferenceID:
        """upstreamNode"""
    @property
    def downstream_node(self) -> NodeReferenceID:
        """downstreamNode"""
    @property
    def target_lane(self) -> int:
        """targetLane: 0..255"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, upstream_node: NodeReferenceID, downstream_node: NodeReferenceID, target_lane: int, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, upstream_node: NodeReferenceID = ..., downstream_node: NodeReferenceID = ..., target_lane: int = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Req_ClearTheWay(Record):
    @property
    def upstream_node(self) -> NodeReferenceID:
        """upstreamNode"""
    @property
    def downstream_node(self) -> NodeReferenceID:
        """downstreamNode"""
    @property
    def target_lane(self) -> int:
        """targetLane: 0..255"""
    @property
    def related_path(self) -> ReferencePath | None:
        """relatedPath"""
    @property
    def t_begin(self) -> DDateTime | None:
        """tBegin"""
    @property
    def t_end(self) -> DDateTime | None:
        """tEnd"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, upstream_node: NodeReferenceID, downstream_node: NodeReferenceID, target_lane: int, related_path: ReferencePath | None = None, t_begin: DDateTime | None = None, t_end: DDateTime | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, upstream_node: NodeReferenceID = ..., downstream_node: NodeReferenceID = ..., target_lane: int = ..., related_path: ReferencePath | None = ..., t_begin: DDateTime | None = ..., t_end: DDateTime | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class MovementEx(Record):
    @property
    def remote_intersection(self) -> NodeReferenceID:
        """remoteIntersection"""
    @property
    def phase_id(self) -> int | None:
        """phaseId: 0..255"""
    @property
    def turn_direction(self) -> Maneuver | None:
        """turn-direction"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, remote_intersection: NodeReferenceID, phase_id: int | None = None, turn_direction: Maneuver | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, remote_intersection: NodeReferenceID = ..., phase_id: int | None = ..., turn_direction: Maneuver | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Req_SignalPriority(Record):
    @property
    def intersection_id(self) -> NodeReferenceID:
        """intersectionId"""
    @property
    def required_mov(self) -> MovementEx:
        """requiredMov"""
    @property
    def estimated_arrival_time(self) -> int | None:
        """estimatedArrivalTime: 1..65535"""
    @property
    def distance2_intersection(self) -> int | None:
        """distance2Intersection: 0..10000"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, intersection_id: NodeReferenceID, required_mov: MovementEx, estimated_arrival_time: int | None = None, distance2_intersection: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, intersection_id: NodeReferenceID = ..., required_mov: MovementEx = ..., estimated_arrival_time: int | None = ..., distance2_intersection: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Req_SensorSharing(Record):
    @property
    def detect_area(self) -> tuple[ReferencePath, ...]:
        """detectArea: 1..8 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, detect_area: list[ReferencePath] | tuple[ReferencePath, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, detect_area: list[ReferencePath] | tuple[ReferencePath, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Req_ParkingArea(Record):
    @property
    def vehicle_class(self) -> VehicleClassification:
        """vehicleClass"""
    @property
    def req(self) -> Bits:
        """req: 12 bits, others in extension form"""
    @property
    def parking_type(self) -> Bits | None:
        """parkingType: 10 bits, others in extension form"""
    @property
    def expected_parking_slot_id(self) -> int | None:
        """expectedParkingSlotID: 0..65535"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vehicle_class: VehicleClassification, req: BitsLike, parking_type: BitsLike | None = None, expected_parking_slot_id: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vehicle_class: VehicleClassification = ..., req: BitsLike = ..., parking_type: BitsLike | None = ..., expected_parking_slot_id: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ReqInfo(Record):
    @property
    def name(self) -> Literal['laneChange', 'clearTheWay', 'signalPriority', 'sensorSharing', 'parking']: ...
    @property
    def value(self) -> Req_LaneChange | Req_ClearTheWay | Req_SignalPriority | Req_SensorSharing | Req_ParkingArea: ...
    @overload
    def __new__(cls, name: Literal['laneChange'], value: Req_LaneChange) -> Self: ...
    @overload
    def __new__(cls, name: Literal['clearTheWay'], value: Req_ClearTheWay) -> Self: ...
    @overload
    def __new__(cls, name: Literal['signalPriority'], value: Req_SignalPriority) -> Self: ...
    @overload
    def __new__(cls, name: Literal['sensorSharing'], value: Req_SensorSharing) -> Self: ...
    @overload
    def __new__(cls, name: Literal['parking'], value: Req_ParkingArea) -> Self: ...

@final
class DriveRequest(Record):
    @property
    def req_id(self) -> int:
        """reqID: 0..255"""
    @property
    def status(self) -> ReqStatus:
        """status"""
    @property
    def req_priority(self) -> bytes | None:
        """reqPriority: 1 octets"""
    @property
    def target_veh(self) -> bytes | None:
        """targetVeh: 8 octets"""
    @property
    def target_rsu(self) -> bytes | None:
        """targetRSU: 8 octets"""
    @property
    def info(self) -> ReqInfo | None:
        """info"""
    @property
    def life_time(self) -> int | None:
        """lifeTime: 1..65535"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, req_id: int, status: ReqStatus, req_priority: bytes | None = None, target_veh: bytes | None = None, target_rsu: bytes | None = None, info: ReqInfo | None = None, life_time: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, req_id: int = ..., status: ReqStatus = ..., req_priority: bytes | None = ..., target_veh: bytes | None = ..., target_rsu: bytes | None = ..., info: ReqInfo | None = ..., life_time: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class IARData(Record):
    @property
    def current_pos(self) -> PathPlanningPoint | None:
        """currentPos"""
    @property
    def path_planning(self) -> tuple[PathPlanningPoint, ...] | None:
        """path-Planning: 1..100 elements"""
    @property
    def current_behavior(self) -> Bits | None:
        """currentBehavior: 14 bits, others in extension form"""
    @property
    def reqs(self) -> tuple[DriveRequest, ...] | None:
        """reqs: 1..8 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, current_pos: PathPlanningPoint | None = None, path_planning: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = None, current_behavior: BitsLike | None = None, reqs: list[DriveRequest] | tuple[DriveRequest, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, current_pos: PathPlanningPoint | None = ..., path_planning: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = ..., current_behavior: BitsLike | None = ..., reqs: list[DriveRequest] | tuple[DriveRequest, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehIntentionAndRequest(Record):
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
    def ref_pos(self) -> Position3D:
        """refPos"""
    @property
    def int_and_req(self) -> IARData:
        """intAndReq"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, sec_mark: int, ref_pos: Position3D, int_and_req: IARData, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., sec_mark: int = ..., ref_pos: Position3D = ..., int_and_req: IARData = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ParkingLotInfo(Record):
    @property
    def id(self) -> int | None:
        """id: 0..65535"""
    @property
    def name(self) -> str | None:
        """name: 1..63 characters"""
    @property
    def number(self) -> int | None:
        """number: 0..65535"""
    @property
    def building_layer_num(self) -> int | None:
        """buildingLayerNum: 0..256"""
    @property
    def avp_type(self) -> AVPType | None:
        """avpType"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, id: int | None = None, name: str | None = None, number: int | None = None, building_layer_num: int | None = None, avp_type: AVPType | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, id: int | None = ..., name: str | None = ..., number: int | None = ..., building_layer_num: int | None = ..., avp_type: AVPType | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class ParkingSlotPosition(Record):
    @property
    def top_left(self) -> PositionOffsetLLV:
        """topLeft"""
    @property
    def top_right(self) -> PositionOffsetLLV:
        """topRight"""
    @property
    def bottom_left(self) -> PositionOffsetLLV:
        """bottomLeft"""
    def __new__(cls, *, top_left: PositionOffsetLLV, top_right: PositionOffsetLLV, bottom_left: PositionOffsetLLV) -> Self: ...
    def replace(self, *, top_left: PositionOffsetLLV = ..., top_right: PositionOffsetLLV = ..., bottom_left: PositionOffsetLLV = ...) -> Self: ...  # type: ignore[override]

@final
class ParkingSlot(Record):
    @property
    def slot_id(self) -> int:
        """slotID: 0..65535"""
    @property
    def position(self) -> ParkingSlotPosition | None:
        """position"""
    @property
    def sign(self) -> str | None:
        """sign: 1..63 characters"""
    @property
    def parking_type(self) -> Bits:
        """parkingType: 10 bits, others in extension form"""
    @property
    def status(self) -> SlotStatus:
        """status"""
    @property
    def parking_space_theta(self) -> ParkingSpaceTheta:
        """parkingSpaceTheta"""
    @property
    def parking_lock(self) -> ParkingLock:
        """parkingLock"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, slot_id: int, parking_type: BitsLike, status: SlotStatus, parking_space_theta: ParkingSpaceTheta, parking_lock: ParkingLock, position: ParkingSlotPosition | None = None, sign: str | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, slot_id: int = ..., position: ParkingSlotPosition | None = ..., sign: str | None = ..., parking_type: BitsLike = ..., status: SlotStatus = ..., parking_space_theta: ParkingSpaceTheta = ..., parking_lock: ParkingLock = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PAMDrive(Record):
    @property
    def upstream_pam_node_id(self) -> int:
        """upstreamPAMNodeId: 0..65535"""
    @property
    def drive_id(self) -> int | None:
        """driveID: 0..255"""
    @property
    def twoway_sepration(self) -> bool | None:
        """twowaySepration"""
    @property
    def speed_limit(self) -> int | None:
        """speedLimit: 0..8191"""
    @property
    def height_restriction(self) -> int | None:
        """heightRestriction: 0..100"""
    @property
    def drive_width(self) -> int | None:
        """driveWidth: 0..32767"""
    @property
    def lane_num(self) -> int | None:
        """laneNum: 0..100"""
    @property
    def points(self) -> tuple[RoadPoint, ...] | None:
        """points: 2..31 elements"""
    @property
    def movements(self) -> tuple[int, ...] | None:
        """movements: 1..32 elements"""
    @property
    def parking_slots(self) -> tuple[ParkingSlot, ...] | None:
        """parkingSlots: 1..256 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, upstream_pam_node_id: int, drive_id: int | None = None, twoway_sepration: bool | None = None, speed_limit: int | None = None, height_restriction: int | None = None, drive_width: int | None = None, lane_num: int | None = None, points: list[RoadPoint] | tuple[RoadPoint, ...] | None = None, movements: list[int] | tuple[int, ...] | None = None, parking_slots: list[ParkingSlot] | tuple[ParkingSlot, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, upstream_pam_node_id: int = ..., drive_id: int | None = ..., twoway_sepration: bool | None = ..., speed_limit: int | None = ..., height_restriction: int | None = ..., drive_width: int | None = ..., lane_num: int | None = ..., points: list[RoadPoint] | tuple[RoadPoint, ...] | None = ..., movements: list[int] | tuple[int, ...] | None = ..., parking_slots: list[ParkingSlot] | tuple[ParkingSlot, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PAMNode(Record):
    @property
    def id(self) -> int:
        """id: 0..65535"""
    @property
    def ref_pos(self) -> Position3D:
        """refPos"""
    @property
    def floor(self) -> int | None:
        """floor: -128..128"""
    @property
    def attributes(self) -> Bits | None:
        """attributes: 8 bits, others in extension form"""
    @property
    def in_drives(self) -> tuple[PAMDrive, ...] | None:
        """inDrives: 1..63 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, id: int, ref_pos: Position3D, floor: int | None = None, attributes: BitsLike | None = None, in_drives: list[PAMDrive] | tuple[PAMDrive, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, id: int = ..., ref_pos: Position3D = ..., floor: int | None = ..., attributes: BitsLike | None = ..., in_drives: list[PAMDrive] | tuple[PAMDrive, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ParkingGuide(Record):
    @property
    def veh_id(self) -> bytes:
        """vehId: 8 octets"""
    @property
    def drive_path(self) -> tuple[int, ...]:
        """drivePath: 1..32 elements"""
    @property
    def target_parking_slot(self) -> int | None:
        """targetParkingSlot: 0..65535"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, veh_id: bytes, drive_path: list[int] | tuple[int, ...], target_parking_slot: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, veh_id: bytes = ..., drive_path: list[int] | tuple[int, ...] = ..., target_parking_slot: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PAMData(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def time_stamp(self) -> int | None:
        """timeStamp: 0..527040"""
    @property
    def parking_lot_info(self) -> ParkingLotInfo:
        """parkingLotInfo"""
    @property
    def pam_nodes(self) -> tuple[PAMNode, ...]:
        """pamNodes: 1..63 elements"""
    @property
    def parking_area_guidance(self) -> tuple[ParkingGuide, ...] | None:
        """parkingAreaGuidance: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, parking_lot_info: ParkingLotInfo, pam_nodes: list[PAMNode] | tuple[PAMNode, ...], time_stamp: int | None = None, parking_area_guidance: list[ParkingGuide] | tuple[ParkingGuide, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., time_stamp: int | None = ..., parking_lot_info: ParkingLotInfo = ..., pam_nodes: list[PAMNode] | tuple[PAMNode, ...] = ..., parking_area_guidance: list[ParkingGuide] | tuple[ParkingGuide, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class PersonalSafetyMessage(Record):
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
    def pos_accuracy(self) -> PositionalAccuracy:
        """posAccuracy"""
    @property
    def speed(self) -> int:
        """speed: 0..8191"""
    @property
    def heading(self) -> int:
        """heading: 0..28800"""
    @property
    def accel_set(self) -> AccelerationSet4Way | None:
        """accelSet"""
    @property
    def path_history(self) -> PathHistory | None:
        """pathHistory"""
    @property
    def path_planning(self) -> tuple[PathPlanningPoint, ...] | None:
        """path-Planning: 1..100 elements"""
    @property
    def overall_radius(self) -> int:
        """overallRadius: 0..200"""
    @property
    def non_motor_data(self) -> Non_motorData:
        """non-motorData"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, sec_mark: int, pos: Position3D, pos_accuracy: PositionalAccuracy, speed: int, heading: int, overall_radius: int, non_motor_data: Non_motorData, time_confidence: TimeConfidence | None = None, accel_set: AccelerationSet4Way | None = None, path_history: PathHistory | None = None, path_planning: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., sec_mark: int = ..., time_confidence: TimeConfidence | None = ..., pos: Position3D = ..., pos_accuracy: PositionalAccuracy = ..., speed: int = ..., heading: int = ..., accel_set: AccelerationSet4Way | None = ..., path_history: PathHistory | None = ..., path_planning: list[PathPlanningPoint] | tuple[PathPlanningPoint, ...] | None = ..., overall_radius: int = ..., non_motor_data: Non_motorData = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class MemberNode(Record):
    @property
    def vid(self) -> bytes:
        """vid: 8 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vid: bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vid: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class MemberManagement(Record):
    @property
    def member_list(self) -> tuple[MemberNode, ...]:
        """memberList: 1..32 elements"""
    @property
    def joining_list(self) -> tuple[MemberNode, ...] | None:
        """joiningList: 1..32 elements"""
    @property
    def leaving_list(self) -> tuple[MemberNode, ...] | None:
        """leavingList: 1..32 elements"""
    @property
    def capacity(self) -> int:
        """capacity: 1..32"""
    @property
    def open_to_join(self) -> bool:
        """openToJoin"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, member_list: list[MemberNode] | tuple[MemberNode, ...], capacity: int, open_to_join: bool, joining_list: list[MemberNode] | tuple[MemberNode, ...] | None = None, leaving_list: list[MemberNode] | tuple[MemberNode, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, member_list: list[MemberNode] | tuple[MemberNode, ...] = ..., joining_list: list[MemberNode] | tuple[MemberNode, ...] | None = ..., leaving_list: list[MemberNode] | tuple[MemberNode, ...] | None = ..., capacity: int = ..., open_to_join: bool = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class CLPMM(Record):
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
    def pid(self) -> bytes:
        """pid: 17 octets"""
    @property
    def role(self) -> RoleInPlatooning:
        """role"""
    @property
    def status(self) -> StatusInPlatooning:
        """status"""
    @property
    def leading_ext(self) -> MemberManagement | None:
        """leadingExt"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, id: bytes, sec_mark: int, pid: bytes, role: RoleInPlatooning, status: StatusInPlatooning, leading_ext: MemberManagement | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., id: bytes = ..., sec_mark: int = ..., pid: bytes = ..., role: RoleInPlatooning = ..., status: StatusInPlatooning = ..., leading_ext: MemberManagement | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TollingNodeInfo(Record):
    @property
    def id(self) -> int | None:
        """id: 0..4294967295, others in extension form"""
    @property
    def pos(self) -> Position3D | None:
        """pos"""
    @property
    def tolling_node_type(self) -> TollingNodeType | None:
        """tollingNodeType"""
    @property
    def tolling_direction(self) -> TollingDirection | None:
        """tollingDirection"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, id: int | None = None, pos: Position3D | None = None, tolling_node_type: TollingNodeType | None = None, tolling_direction: TollingDirection | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, id: int | None = ..., pos: Position3D | None = ..., tolling_node_type: TollingNodeType | None = ..., tolling_direction: TollingDirection | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TollInfo(Record):
    @property
    def price(self) -> int | None:
        """price: 0..424967295"""
    @property
    def entrance_pos(self) -> PositionOffsetLLV | None:
        """entrancePos"""
    @property
    def exit_pos(self) -> PositionOffsetLLV | None:
        """exitPos"""
    @property
    def toll_road(self) -> tuple[NodeReferenceID, ...] | None:
        """tollRoad: 2..256 elements"""
    @property
    def toll_path(self) -> ReferencePath | None:
        """tollPath"""
    @property
    def time_begin(self) -> DDateTime | None:
        """timeBegin"""
    @property
    def time_end(self) -> DDateTime | None:
        """timeEnd"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, price: int | None = None, entrance_pos: PositionOffsetLLV | None = None, exit_pos: PositionOffsetLLV | None = None, toll_road: list[NodeReferenceID] | tuple[NodeReferenceID, ...] | None = None, toll_path: ReferencePath | None = None, time_begin: DDateTime | None = None, time_end: DDateTime | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, price: int | None = ..., entrance_pos: PositionOffsetLLV | None = ..., exit_pos: PositionOffsetLLV | None = ..., toll_road: list[NodeReferenceID] | tuple[NodeReferenceID, ...] | None = ..., toll_path: ReferencePath | None = ..., time_begin: DDateTime | None = ..., time_end: DDateTime | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PaymentInfoType1(Record):
    @property
    def tolling_node_info(self) -> TollingNodeInfo | None:
        """tollingNodeInfo"""
    @property
    def toll_info(self) -> TollInfo | None:
        """tollInfo"""
    @property
    def service_info(self) -> bytes | None:
        """serviceInfo: 1..512 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, tolling_node_info: TollingNodeInfo | None = None, toll_info: TollInfo | None = None, service_info: bytes | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, tolling_node_info: TollingNodeInfo | None = ..., toll_info: TollInfo | None = ..., service_info: bytes | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PaymentInfo(Record):
    @property
    def name(self) -> Literal['paymentInfoType1']: ...
    @property
    def value(self) -> PaymentInfoType1: ...
    def __new__(cls, name: Literal['paymentInfoType1'], value: PaymentInfoType1) -> Self: ...

@final
class ApplicationParameter(Record):
    @property
    def pid(self) -> PaymentEntityID:
        """pid"""
    @property
    def payment_info(self) -> PaymentInfo:
        """paymentInfo"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, pid: PaymentEntityID, payment_info: PaymentInfo, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, pid: PaymentEntityID = ..., payment_info: PaymentInfo = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RST(Record):
    @property
    def time(self) -> DDateTime:
        """time"""
    @property
    def id(self) -> bytes:
        """id: 8 octets"""
    @property
    def payment_list(self) -> tuple[ApplicationParameter, ...]:
        """paymentList: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, time: DDateTime, id: bytes, payment_list: list[ApplicationParameter] | tuple[ApplicationParameter, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, time: DDateTime = ..., id: bytes = ..., payment_list: list[ApplicationParameter] | tuple[ApplicationParameter, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class OBUMotionStatus(Record):
    @property
    def pos(self) -> Position3D | None:
        """pos"""
    @property
    def heading(self) -> int | None:
        """heading: 0..28800"""
    @property
    def speed(self) -> int | None:
        """speed: 0..8191"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, pos: Position3D | None = None, heading: int | None = None, speed: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, pos: Position3D | None = ..., heading: int | None = ..., speed: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class OBUInfo(Record):
    @property
    def obu_type(self) -> OBUType:
        """obuType"""
    @property
    def obu_motion_status(self) -> OBUMotionStatus | None:
        """obuMotionStatus"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, obu_type: OBUType, obu_motion_status: OBUMotionStatus | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, obu_type: OBUType = ..., obu_motion_status: OBUMotionStatus | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class GBICCInfo(Record):
    @property
    def icc_issue_info(self) -> bytes:
        """iccIssueInfo: 0..127 octets, others in extension form"""
    @property
    def icc_uni_toll_info(self) -> bytes:
        """iccUniTollInfo: 0..127 octets, others in extension form"""
    @property
    def icc_balance(self) -> bytes:
        """iccBalance: 0..127 octets, others in extension form"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, icc_issue_info: bytes, icc_uni_toll_info: bytes, icc_balance: bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, icc_issue_info: bytes = ..., icc_uni_toll_info: bytes = ..., icc_balance: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Date(Record):
    @property
    def year(self) -> int:
        """year: 0..4095"""
    @property
    def month(self) -> int:
        """month: 0..12"""
    @property
    def day(self) -> int:
        """day: 0..31"""
    def __new__(cls, *, year: int, month: int, day: int) -> Self: ...
    def replace(self, *, year: int = ..., month: int = ..., day: int = ...) -> Self: ...  # type: ignore[override]

@final
class SysInfo(Record):
    @property
    def contract_provider(self) -> bytes:
        """contractProvider: 8 octets"""
    @property
    def contract_type(self) -> int:
        """contractType: 0..127, others in extension form"""
    @property
    def contract_version(self) -> int:
        """contractVersion: 0..127, others in extension form"""
    @property
    def contract_serial_numer(self) -> bytes:
        """contractSerialNumer: 8 octets"""
    @property
    def contract_signed_date(self) -> Date:
        """contractSignedDate"""
    @property
    def contract_expired_date(self) -> Date:
        """contractExpiredDate"""
    @property
    def reserved(self) -> bytes:
        """reserved: 64 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, contract_provider: bytes, contract_type: int, contract_version: int, contract_serial_numer: bytes, contract_signed_date: Date, contract_expired_date: Date, reserved: bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, contract_provider: bytes = ..., contract_type: int = ..., contract_version: int = ..., contract_serial_numer: bytes = ..., contract_signed_date: Date = ..., contract_expired_date: Date = ..., reserved: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleDimensions(Record):
    @property
    def vehicle_length(self) -> int:
        """vehicleLength: 0..65535"""
    @property
    def vehicle_width(self) -> int:
        """vehicleWidth: 0..255"""
    @property
    def vehicle_heigth(self) -> int:
        """vehicleHeigth: 0..255"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vehicle_length: int, vehicle_width: int, vehicle_heigth: int, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vehicle_length: int = ..., vehicle_width: int = ..., vehicle_heigth: int = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehicleInfo(Record):
    @property
    def vehicle_licence_plate_number(self) -> bytes:
        """vehicleLicencePlateNumber: 12 octets"""
    @property
    def vehicle_licence_plate_color(self) -> bytes:
        """vehicleLicencePlateColor: 2 octets"""
    @property
    def vehicle_tolling_class(self) -> int:
        """vehicleTollingClass: 0..127, others in extension form"""
    @property
    def vehicle_user_type(self) -> int:
        """vehicleUserType: 0..127, others in extension form"""
    @property
    def vehicle_dimensions(self) -> VehicleDimensions:
        """vehicleDimensions"""
    @property
    def vehicle_wheels(self) -> int:
        """vehicleWheels: 0..127"""
    @property
    def vehicle_axles(self) -> int:
        """vehicleAxles: 0..127"""
    @property
    def vehicle_wheel_bases(self) -> int:
        """vehicleWheelBases: 0..65535"""
    @property
    def vehicle_weight_limits(self) -> int:
        """vehicleWeightLimits: 0..16777215"""
    @property
    def vehicle_specific_information(self) -> bytes:
        """vehicleSpecificInformation: 16 octets"""
    @property
    def vehicle_engine_number(self) -> bytes:
        """vehicleEngineNumber: 16 octets"""
    @property
    def description(self) -> bytes | None:
        """description: 1..256 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vehicle_licence_plate_number: bytes, vehicle_licence_plate_color: bytes, vehicle_tolling_class: int, vehicle_user_type: int, vehicle_dimensions: VehicleDimensions, vehicle_wheels: int, vehicle_axles: int, vehicle_wheel_bases: int, vehicle_weight_limits: int, vehicle_specific_information: bytes, vehicle_engine_number: bytes, description: bytes | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vehicle_licence_plate_number: bytes = ..., vehicle_licence_plate_color: bytes = ..., vehicle_tolling_class: int = ..., vehicle_user_type: int = ..., vehicle_dimensions: VehicleDimensions = ..., vehicle_wheels: int = ..., vehicle_axles: int = ..., vehicle_wheel_bases: int = ..., vehicle_weight_limits: int = ..., vehicle_specific_information: bytes = ..., vehicle_engine_number: bytes = ..., description: bytes | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TollingPos(Record):
    @property
    def id(self) -> int:
        """id: 0..4294967295, others in extension form"""
    @property
    def pos(self) -> Position3D | None:
        """pos"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, id: int, pos: Position3D | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, id: int = ..., pos: Position3D | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PassedPos(Record):
    @property
    def tolling_pos(self) -> TollingPos:
        """tollingPos"""
    @property
    def tolling_time(self) -> DDateTime:
        """tollingTime"""
    @property
    def tolling_amount(self) -> bytes | None:
        """tollingAmount: 4 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, tolling_pos: TollingPos, tolling_time: DDateTime, tolling_amount: bytes | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, tolling_pos: TollingPos = ..., tolling_time: DDateTime = ..., tolling_amount: bytes | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class PassedSitesInfo(Record):
    @property
    def entrance_info(self) -> PassedPos | None:
        """entranceInfo"""
    @property
    def passed_pos(self) -> tuple[PassedPos, ...] | None:
        """passedPos: 2..512 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, entrance_info: PassedPos | None = None, passed_pos: list[PassedPos] | tuple[PassedPos, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, entrance_info: PassedPos | None = ..., passed_pos: list[PassedPos] | tuple[PassedPos, ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class OBUPaymentInfoType1(Record):
    @property
    def equipment_class(self) -> EquipmentClass | None:
        """equipmentClass"""
    @property
    def gbi_cc_info(self) -> GBICCInfo | None:
        """gbiCCInfo"""
    @property
    def sys_info(self) -> SysInfo | None:
        """sysInfo"""
    @property
    def vehicle_info(self) -> VehicleInfo | None:
        """vehicleInfo"""
    @property
    def passed_sites_info(self) -> PassedSitesInfo | None:
        """passedSitesInfo"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, equipment_class: EquipmentClass | None = None, gbi_cc_info: GBICCInfo | None = None, sys_info: SysInfo | None = None, vehicle_info: VehicleInfo | None = None, passed_sites_info: PassedSitesInfo | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, equipment_class: EquipmentClass | None = ..., gbi_cc_info: GBICCInfo | None = ..., sys_info: SysInfo | None = ..., vehicle_info: VehicleInfo | None = ..., passed_sites_info: PassedSitesInfo | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class OBUPaymentInfo(Record):
    @property
    def name(self) -> Literal['obuPaymentInfoType1']: ...
    @property
    def value(self) -> OBUPaymentInfoType1: ...
    def __new__(cls, name: Literal['obuPaymentInfoType1'], value: OBUPaymentInfoType1) -> Self: ...

@final
class VPApplicationParameter(Record):
    @property
    def pid(self) -> PaymentEntityID:
        """pid"""
    @property
    def obu_payment_info(self) -> OBUPaymentInfo:
        """obuPaymentInfo"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, pid: PaymentEntityID, obu_payment_info: OBUPaymentInfo, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, pid: PaymentEntityID = ..., obu_payment_info: OBUPaymentInfo = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VSI(Record):
    @property
    def time(self) -> DDateTime:
        """time"""
    @property
    def obu_id(self) -> bytes:
        """obuId: 8 octets"""
    @property
    def target_id(self) -> bytes | None:
        """targetId: 8 octets"""
    @property
    def obu_info(self) -> OBUInfo | None:
        """obuInfo"""
    @property
    def vpapplication_list(self) -> tuple[VPApplicationParameter, ...] | None:
        """vpapplicationList: 1..16 elements"""
    @property
    def rnd_obu(self) -> bytes | None:
        """rndOBU: 8 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, time: DDateTime, obu_id: bytes, target_id: bytes | None = None, obu_info: OBUInfo | None = None, vpapplication_list: list[VPApplicationParameter] | tuple[VPApplicationParameter, ...] | None = None, rnd_obu: bytes | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, time: DDateTime = ..., obu_id: bytes = ..., target_id: bytes | None = ..., obu_info: OBUInfo | None = ..., vpapplication_list: list[VPApplicationParameter] | tuple[VPApplicationParameter, ...] | None = ..., rnd_obu: bytes | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class RangeOfFile(Record):
    @property
    def offset(self) -> int:
        """offset: 0..32767"""
    @property
    def length(self) -> int:
        """length: 0..127"""
    def __new__(cls, *, offset: int, length: int) -> Self: ...
    def replace(self, *, offset: int = ..., length: int = ...) -> Self: ...  # type: ignore[override]

@final
class GetTollDataRq(Record):
    @property
    def vehicle_info(self) -> RangeOfFile:
        """vehicleInfo"""
    @property
    def toll_info(self) -> RangeOfFile | None:
        """tollInfo"""
    @property
    def key_id_for_ac(self) -> int | None:
        """keyIdForAC: 0..255"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vehicle_info: RangeOfFile, toll_info: RangeOfFile | None = None, key_id_for_ac: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vehicle_info: RangeOfFile = ..., toll_info: RangeOfFile | None = ..., key_id_for_ac: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class GetTollDataRs(Record):
    @property
    def vehicle_info(self) -> bytes:
        """vehicleInfo: 127 octets"""
    @property
    def toll_info(self) -> bytes | None:
        """tollInfo: 127 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vehicle_info: bytes, toll_info: bytes | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vehicle_info: bytes = ..., toll_info: bytes | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class GetSecureRq(Record):
    @property
    def vehicle_info(self) -> RangeOfFile:
        """vehicleInfo"""
    @property
    def rnd_rsu_for_authen(self) -> bytes:
        """rndRsuForAuthen: 8 octets"""
    @property
    def key_id_for_authen(self) -> int:
        """keyIdForAuthen: 0..255"""
    @property
    def key_id_for_encrypt(self) -> int | None:
        """keyIdForEncrypt: 0..255"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, vehicle_info: RangeOfFile, rnd_rsu_for_authen: bytes, key_id_for_authen: int, key_id_for_encrypt: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, vehicle_info: RangeOfFile = ..., rnd_rsu_for_authen: bytes = ..., key_id_for_authen: int = ..., key_id_for_encrypt: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class GetSecureRs(Record):
    @property
    def file(self) -> RangeOfFile:
        """file"""
    @property
    def authenticator(self) -> bytes:
        """authenticator: 8 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, file: RangeOfFile, authenticator: bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, file: RangeOfFile = ..., authenticator: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TransPara(Record):
    @property
    def trans_amount(self) -> bytes:
        """transAmount: 4 octets"""
    @property
    def trans_type(self) -> bytes:
        """transType: 1 octets"""
    @property
    def terminal_id(self) -> bytes:
        """terminalID: 6 octets"""
    @property
    def trans_sn(self) -> bytes:
        """transSN: 4 octets"""
    @property
    def trans_time(self) -> bytes:
        """transTime: 7 octets"""
    @property
    def trans_station_id(self) -> bytes:
        """transStationID: 3 octets"""
    def __new__(cls, *, trans_amount: bytes, trans_type: bytes, terminal_id: bytes, trans_sn: bytes, trans_time: bytes, trans_station_id: bytes) -> Self: ...
    def replace(self, *, trans_amount: bytes = ..., trans_type: bytes = ..., terminal_id: bytes = ..., trans_sn: bytes = ..., trans_time: bytes = ..., trans_station_id: bytes = ...) -> Self: ...  # type: ignore[override]

@final
class PartOfFile(Record):
    @property
    def offset(self) -> int:
        """offset: 0..32767"""
    @property
    def length(self) -> int:
        """length: 0..127"""
    @property
    def file_content(self) -> bytes:
        """fileContent: 127 octets"""
    def __new__(cls, *, offset: int, length: int, file_content: bytes) -> Self: ...
    def replace(self, *, offset: int = ..., length: int = ..., file_content: bytes = ...) -> Self: ...  # type: ignore[override]

@final
class SetTollDataRq(Record):
    @property
    def rnd_rsu(self) -> bytes | None:
        """rndRSU: 8 octets"""
    @property
    def trans_para(self) -> TransPara | None:
        """transPara"""
    @property
    def toll_info(self) -> PartOfFile | None:
        """tollInfo"""
    @property
    def tolling_pos(self) -> TollingPos | None:
        """tollingPos"""
    @property
    def key_id_for_authen(self) -> int | None:
        """keyIdForAuthen: 0..255"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, rnd_rsu: bytes | None = None, trans_para: TransPara | None = None, toll_info: PartOfFile | None = None, tolling_pos: TollingPos | None = None, key_id_for_authen: int | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, rnd_rsu: bytes | None = ..., trans_para: TransPara | None = ..., toll_info: PartOfFile | None = ..., tolling_pos: TollingPos | None = ..., key_id_for_authen: int | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class AccountInfo(Record):
    @property
    def account(self) -> bytes:
        """account: 2..32 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, account: bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, account: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TransCredential(Record):
    @property
    def tc(self) -> bytes:
        """tc: 32 octets, others in extension form"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, tc: bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, tc: bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class SetTollDataRs(Record):
    @property
    def tac_info(self) -> bytes | None:
        """tacInfo: 4 octets"""
    @property
    def authenticator(self) -> bytes | None:
        """authenticator: 8 octets"""
    @property
    def account_info(self) -> AccountInfo | None:
        """accountInfo"""
    @property
    def trans_credential(self) -> TransCredential | None:
        """transCredential"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, tac_info: bytes | None = None, authenticator: bytes | None = None, account_info: AccountInfo | None = None, trans_credential: TransCredential | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, tac_info: bytes | None = ..., authenticator: bytes | None = ..., account_info: AccountInfo | None = ..., trans_credential: TransCredential | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ChannelRq(Record):
    @property
    def channelid(self) -> ChannelID:
        """channelid"""
    @property
    def apdu(self) -> tuple[bytes, ...]:
        """apdu: any number of elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, channelid: ChannelID, apdu: list[bytes] | tuple[bytes, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, channelid: ChannelID = ..., apdu: list[bytes] | tuple[bytes, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ChannelRs(Record):
    @property
    def channelid(self) -> ChannelID:
        """channelid"""
    @property
    def apdu(self) -> tuple[bytes, ...]:
        """apdu: any number of elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, channelid: ChannelID, apdu: list[bytes] | tuple[bytes, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, channelid: ChannelID = ..., apdu: list[bytes] | tuple[bytes, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class SetMMIRq(Record):
    @property
    def toll(self) -> TollResult:
        """toll"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, toll: TollResult, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, toll: TollResult = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class TransInfo(Record):
    @property
    def name(self) -> Literal['getTollDataRq', 'getTollDataRs', 'getSecureRq', 'getSecureRs', 'setTollDataRq', 'setTollDataRs', 'transferChannelRq', 'transferChannelRs', 'setMMIRq']: ...
    @property
    def value(self) -> GetTollDataRq | GetTollDataRs | GetSecureRq | GetSecureRs | SetTollDataRq | SetTollDataRs | ChannelRq | ChannelRs | SetMMIRq: ...
    @overload
    def __new__(cls, name: Literal['getTollDataRq'], value: GetTollDataRq) -> Self: ...
    @overload
    def __new__(cls, name: Literal['getTollDataRs'], value: GetTollDataRs) -> Self: ...
    @overload
    def __new__(cls, name: Literal['getSecureRq'], value: GetSecureRq) -> Self: ...
    @overload
    def __new__(cls, name: Literal['getSecureRs'], value: GetSecureRs) -> Self: ...
    @overload
    def __new__(cls, name: Literal['setTollDataRq'], value: SetTollDataRq) -> Self: ...
    @overload
    def __new__(cls, name: Literal['setTollDataRs'], value: SetTollDataRs) -> Self: ...
    @overload
    def __new__(cls, name: Literal['transferChannelRq'], value: ChannelRq) -> Self: ...
    @overload
    def __new__(cls, name: Literal['transferChannelRs'], value: ChannelRs) -> Self: ...
    @overload
    def __new__(cls, name: Literal['setMMIRq'], value: SetMMIRq) -> Self: ...

@final
class Action_Request(Record):
    @property
    def time(self) -> DDateTime:
        """time"""
    @property
    def mode(self) -> bool:
        """mode"""
    @property
    def source_id(self) -> bytes:
        """sourceId: 8 octets"""
    @property
    def target_id(self) -> bytes | None:
        """targetId: 8 octets"""
    @property
    def payment_entity_id(self) -> PaymentEntityID:
        """paymentEntityId"""
    @property
    def action_parameter(self) -> TransInfo:
        """actionParameter"""
    @property
    def access_credentials(self) -> bytes | None:
        """accessCredentials: 8 octets"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, time: DDateTime, mode: bool, source_id: bytes, payment_entity_id: PaymentEntityID, action_parameter: TransInfo, target_id: bytes | None = None, access_credentials: bytes | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, time: DDateTime = ..., mode: bool = ..., source_id: bytes = ..., target_id: bytes | None = ..., payment_entity_id: PaymentEntityID = ..., action_parameter: TransInfo = ..., access_credentials: bytes | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Action_Response(Record):
    @property
    def time(self) -> DDateTime:
        """time"""
    @property
    def source_id(self) -> bytes:
        """sourceId: 8 octets"""
    @property
    def target_id(self) -> bytes | None:
        """targetId: 8 octets"""
    @property
    def payment_entity_id(self) -> PaymentEntityID:
        """paymentEntityId"""
    @property
    def response_parameter(self) -> TransInfo | None:
        """responseParameter"""
    @property
    def ret(self) -> ReturnStatus:
        """ret"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, time: DDateTime, source_id: bytes, payment_entity_id: PaymentEntityID, ret: ReturnStatus, target_id: bytes | None = None, response_parameter: TransInfo | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, time: DDateTime = ..., source_id: bytes = ..., target_id: bytes | None = ..., payment_entity_id: PaymentEntityID = ..., response_parameter: TransInfo | None = ..., ret: ReturnStatus = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class VehiclePaymentMessage_payment(Record):
    @property
    def name(self) -> Literal['initialzation-request', 'initialzation-response', 'action-request', 'action-response']: ...
    @property
    def value(self) -> RST | VSI | Action_Request | Action_Response: ...
    @overload
    def __new__(cls, name: Literal['initialzation-request'], value: RST) -> Self: ...
    @overload
    def __new__(cls, name: Literal['initialzation-response'], value: VSI) -> Self: ...
    @overload
    def __new__(cls, name: Literal['action-request'], value: Action_Request) -> Self: ...
    @overload
    def __new__(cls, name: Literal['action-response'], value: Action_Response) -> Self: ...

@final
class VehiclePaymentMessage(Record):
    @property
    def msg_cnt(self) -> int:
        """msgCnt: 0..127"""
    @property
    def payment(self) -> VehiclePaymentMessage_payment:
        """payment"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, msg_cnt: int, payment: VehiclePaymentMessage_payment, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, msg_cnt: int = ..., payment: VehiclePaymentMessage_payment = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class SignalWaitingLane(Record):
    @property
    def lane_width(self) -> int:
        """laneWidth: 0..32767"""
    @property
    def points(self) -> tuple[RoadPoint, ...]:
        """points: 2..31 elements"""
    @property
    def allowed_phase_ids(self) -> tuple[int, ...] | None:
        """allowedPhaseIds: 1..7 elements"""
    def __new__(cls, *, lane_width: int, points: list[RoadPoint] | tuple[RoadPoint, ...], allowed_phase_ids: list[int] | tuple[int, ...] | None = None) -> Self: ...
    def replace(self, *, lane_width: int = ..., points: list[RoadPoint] | tuple[RoadPoint, ...] = ..., allowed_phase_ids: list[int] | tuple[int, ...] | None = ...) -> Self: ...  # type: ignore[override]

@final
class ConnectingLaneEx(Record):
    @property
    def target_section(self) -> int:
        """target-section: 1..63"""
    @property
    def target_lane(self) -> int:
        """target-lane: -31..31"""
    @property
    def connecting_lane_width(self) -> int | None:
        """connectingLaneWidth: 0..32767"""
    @property
    def connecting_lane_points(self) -> tuple[RoadPoint, ...] | None:
        """connectingLanePoints: 2..31 elements"""
    @property
    def isolated_connecting_lane(self) -> bool | None:
        """isolatedConnectingLane"""
    def __new__(cls, *, target_section: int, target_lane: int, connecting_lane_width: int | None = None, connecting_lane_points: list[RoadPoint] | tuple[RoadPoint, ...] | None = None, isolated_connecting_lane: bool | None = None) -> Self: ...
    def replace(self, *, target_section: int = ..., target_lane: int = ..., connecting_lane_width: int | None = ..., connecting_lane_points: list[RoadPoint] | tuple[RoadPoint, ...] | None = ..., isolated_connecting_lane: bool | None = ...) -> Self: ...  # type: ignore[override]

@final
class ConnectionEx(Record):
    @property
    def remote_intersection(self) -> NodeReferenceID:
        """remoteIntersection"""
    @property
    def swl(self) -> SignalWaitingLane | None:
        """swl"""
    @property
    def connecting_lane(self) -> tuple[ConnectingLaneEx, ...] | None:
        """connectingLane: 1..16 elements"""
    @property
    def phase_id(self) -> int | None:
        """phaseId: 0..255"""
    @property
    def turn_direction(self) -> Maneuver | None:
        """turn-direction"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, remote_intersection: NodeReferenceID, swl: SignalWaitingLane | None = None, connecting_lane: list[ConnectingLaneEx] | tuple[ConnectingLaneEx, ...] | None = None, phase_id: int | None = None, turn_direction: Maneuver | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, remote_intersection: NodeReferenceID = ..., swl: SignalWaitingLane | None = ..., connecting_lane: list[ConnectingLaneEx] | tuple[ConnectingLaneEx, ...] | None = ..., phase_id: int | None = ..., turn_direction: Maneuver | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ST_Point(Record):
    @property
    def s_axis(self) -> int:
        """s-axis: -1024..65535"""
    @property
    def t_axis(self) -> int:
        """t-axis: -32768..32767"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, s_axis: int, t_axis: int, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, s_axis: int = ..., t_axis: int = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class LaneLineType(Record):
    @property
    def left_lane_line(self) -> Dotted_SolidMarkingLineType:
        """leftLaneLine"""
    @property
    def right_lane_line(self) -> Dotted_SolidMarkingLineType:
        """rightLaneLine"""
    def __new__(cls, *, left_lane_line: Dotted_SolidMarkingLineType, right_lane_line: Dotted_SolidMarkingLineType) -> Self: ...
    def replace(self, *, left_lane_line: Dotted_SolidMarkingLineType = ..., right_lane_line: Dotted_SolidMarkingLineType = ...) -> Self: ...  # type: ignore[override]

@final
class LaneEx(Record):
    @property
    def lane_ref_id(self) -> int:
        """laneRefID: -31..31"""
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
    def connects_to_ex(self) -> tuple[ConnectionEx, ...] | None:
        """connectsTo-ex: 1..32 elements"""
    @property
    def speed_limits(self) -> tuple[RegulatorySpeedLimit, ...] | None:
        """speedLimits: 1..9 elements"""
    @property
    def st_points(self) -> tuple[ST_Point, ...] | None:
        """st-points: 2..63 elements"""
    @property
    def lane_line_type(self) -> LaneLineType | None:
        """laneLineType"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, lane_ref_id: int, lane_width: int | None = None, lane_attributes: LaneAttributes | None = None, maneuvers: BitsLike | None = None, connects_to_ex: list[ConnectionEx] | tuple[ConnectionEx, ...] | None = None, speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = None, st_points: list[ST_Point] | tuple[ST_Point, ...] | None = None, lane_line_type: LaneLineType | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, lane_ref_id: int = ..., lane_width: int | None = ..., lane_attributes: LaneAttributes | None = ..., maneuvers: BitsLike | None = ..., connects_to_ex: list[ConnectionEx] | tuple[ConnectionEx, ...] | None = ..., speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = ..., st_points: list[ST_Point] | tuple[ST_Point, ...] | None = ..., lane_line_type: LaneLineType | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class Section(Record):
    @property
    def sec_id(self) -> int:
        """secId: 1..63"""
    @property
    def lanes(self) -> tuple[LaneEx, ...]:
        """lanes: 1..32 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, sec_id: int, lanes: list[LaneEx] | tuple[LaneEx, ...], unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, sec_id: int = ..., lanes: list[LaneEx] | tuple[LaneEx, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class LinkEx(Record):
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
    def link_width(self) -> int | None:
        """linkWidth: 0..32767"""
    @property
    def ref_line(self) -> tuple[RoadPoint, ...] | None:
        """refLine: 2..31 elements"""
    @property
    def movements_ex(self) -> tuple[MovementEx, ...] | None:
        """movements-ex: 1..32 elements"""
    @property
    def sections(self) -> tuple[Section, ...]:
        """sections: 1..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, upstream_node_id: NodeReferenceID, sections: list[Section] | tuple[Section, ...], name: str | None = None, speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = None, link_width: int | None = None, ref_line: list[RoadPoint] | tuple[RoadPoint, ...] | None = None, movements_ex: list[MovementEx] | tuple[MovementEx, ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, name: str | None = ..., upstream_node_id: NodeReferenceID = ..., speed_limits: list[RegulatorySpeedLimit] | tuple[RegulatorySpeedLimit, ...] | None = ..., link_width: int | None = ..., ref_line: list[RoadPoint] | tuple[RoadPoint, ...] | None = ..., movements_ex: list[MovementEx] | tuple[MovementEx, ...] | None = ..., sections: list[Section] | tuple[Section, ...] = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class ProhibitedZone(Record):
    @property
    def central_circle_prohibited_zone(self) -> tuple[PositionOffsetLLV, ...] | None:
        """centralCircleProhibitedZone: 4..32 elements"""
    @property
    def non_motor_vehicle_prohibited_zones(self) -> tuple[tuple[PositionOffsetLLV, ...], ...] | None:
        """non-motorVehicleProhibitedZones: 1..16 elements"""
    @property
    def grid_line_marking_prohibited_zones(self) -> tuple[tuple[PositionOffsetLLV, ...], ...] | None:
        """gridLineMarkingProhibitedZones: 2..16 elements"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, central_circle_prohibited_zone: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] | None = None, non_motor_vehicle_prohibited_zones: list[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...]] | tuple[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], ...] | None = None, grid_line_marking_prohibited_zones: list[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...]] | tuple[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], ...] | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, central_circle_prohibited_zone: list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...] | None = ..., non_motor_vehicle_prohibited_zones: list[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...]] | tuple[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], ...] | None = ..., grid_line_marking_prohibited_zones: list[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...]] | tuple[list[PositionOffsetLLV] | tuple[PositionOffsetLLV, ...], ...] | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
    def in_links_ex(self) -> tuple[LinkEx, ...] | None:
        """inLinks-ex: 1..32 elements"""
    @property
    def prohibitedzone(self) -> ProhibitedZone | None:
        """prohibitedzone"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, id: NodeReferenceID, ref_pos: Position3D, name: str | None = None, in_links: list[Link] | tuple[Link, ...] | None = None, in_links_ex: list[LinkEx] | tuple[LinkEx, ...] | None = None, prohibitedzone: ProhibitedZone | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, name: str | None = ..., id: NodeReferenceID = ..., ref_pos: Position3D = ..., in_links: list[Link] | tuple[Link, ...] | None = ..., in_links_ex: list[LinkEx] | tuple[LinkEx, ...] | None = ..., prohibitedzone: ProhibitedZone | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class AuxiliarySign(Record):
    @property
    def sign_with_vehicle_type(self) -> Bits | None:
        """signWithVehicleType: 5 bits, others in extension form"""
    @property
    def sign_direction(self) -> AuxiliarySignDirection | None:
        """signDirection"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, sign_with_vehicle_type: BitsLike | None = None, sign_direction: AuxiliarySignDirection | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, sign_with_vehicle_type: BitsLike | None = ..., sign_direction: AuxiliarySignDirection | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
    def auxiliary_sign(self) -> AuxiliarySign | None:
        """auxiliarySign"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, rts_id: int, sign_type: int, sign_pos: PositionOffsetLLV | None = None, description: Description | None = None, time_details: RSITimeDetails | None = None, priority: bytes | None = None, reference_paths: list[ReferencePath] | tuple[ReferencePath, ...] | None = None, reference_links: list[ReferenceLink] | tuple[ReferenceLink, ...] | None = None, auxiliary_sign: AuxiliarySign | None = None, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, rts_id: int = ..., sign_type: int = ..., sign_pos: PositionOffsetLLV | None = ..., description: Description | None = ..., time_details: RSITimeDetails | None = ..., priority: bytes | None = ..., reference_paths: list[ReferencePath] | tuple[ReferencePath, ...] | None = ..., reference_links: list[ReferenceLink] | tuple[ReferenceLink, ...] | None = ..., auxiliary_sign: AuxiliarySign | None = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

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
class MessageFrameExt(Record):
    @property
    def message_id(self) -> int:
        """messageId: 0..32767"""
    @property
    def value(self) -> TestMsg | RTCMcorrections | RoadsideCoordination | SensorSharingMsg | VehIntentionAndRequest | PAMData | PersonalSafetyMessage | CLPMM | VehiclePaymentMessage | bytes:
        """value"""
    @property
    def unknown_additions(self) -> Unknown | None: ...
    def __new__(cls, *, message_id: int, value: TestMsg | RTCMcorrections | RoadsideCoordination | SensorSharingMsg | VehIntentionAndRequest | PAMData | PersonalSafetyMessage | CLPMM | VehiclePaymentMessage | bytes, unknown_additions: Unknown | None = None) -> Self: ...
    def replace(self, *, message_id: int = ..., value: TestMsg | RTCMcorrections | RoadsideCoordination | SensorSharingMsg | VehIntentionAndRequest | PAMData | PersonalSafetyMessage | CLPMM | VehiclePaymentMessage | bytes = ..., unknown_additions: Unknown | None = ...) -> Self: ...  # type: ignore[override]

@final
class MessageFrame(Record):
    @property
    def name(self) -> Literal['bsmFrame', 'mapFrame', 'rsmFrame', 'spatFrame', 'rsiFrame', 'msgFrameExt']: ...
    @property
    def value(self) -> BasicSafetyMessage | MapData | RoadsideSafetyMessage | SPAT | RoadSideInformation | MessageFrameExt: ...
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
    @overload
    def __new__(cls, name: Literal['msgFrameExt'], value: MessageFrameExt) -> Self: ...

def decode(data: bytes, *, lenient: bool = False) -> MessageFrame: ...
def encode(record: Record) -> bytes: ...
