"""Authentic is not true: what a claim says against physics, against its sender's last word, against others.

Each detector has its own reason; equations, for one sender (signer and object id) unless said otherwise::

    position_range      |p - station| <= position_range_m                                     drop
    speed_range         |v| <= speed_limit_mps                                                drop
    message_time        |received - measured| <= message_age_limit_s (SPAT: signal_age_...)   drop
    position_jump       |p - p'| <= speed_limit_mps (t - t') + jump_margin_m + 3 (s + s')     drop
    replayed_state      the last ``replay_matches`` states are not, to the bit, another's     drop
    radio_range         |p - station| <= radio_range_m of a sender who was heard directly     report
  and about once a second, over the window from t' to t:
    speed_displacement  ||p - p'| / (t - t') - mean v| <= speed_margin_mps + share v + 3 (s + s') / (t - t')
    heading             |course(p - p') - yaw| <= heading_margin_rad, above heading_speed_mps
    frozen              moving at over frozen_speed_mps for the whole window, the place has changed
    frequency           messages / (t - t') <= rate_limit_hz
    several_ids         one certificate speaks for one vehicle at a time
    overlap             the footprints of two verified vehicles, each made smaller by both accuracies,
                        lie apart while both go on sending

``drop`` is what cannot be true by a wide margin; a report says only that something is odd.  p is the place, v
the speed, s the standard deviation of the place (zero where unavailable).  A claim that is dropped leaves no
trace in its sender's history, and no history but the sender's own judges it: the key is signer and object id,
and claims come here after the signature check.  A change of pseudonym is a new sender; the old one is silent,
and overlap asks that both still send.

Sources: the thresholds are ours, no standard's; 100 ms between messages is GB/T 45315-2025's.
"""

from v2x.plausibility.detectors import Detectors
from v2x.plausibility.finding import Finding, PlausibilitySettings

__all__ = ["Detectors", "Finding", "PlausibilitySettings"]
