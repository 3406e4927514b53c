"""Scenarios: the loopback radio, the simulated world around the demo's station, and C-NCAP style tests.

    medium      simulated air and its radios            world     everything simulated, one ``due(at)``
    traffic     vehicles that drive the recorded MAP    roadside  the recorded unit, replayed and rewritten
    attackers   three that must not be believed         sensor    the ego's own simulated sensor
    scpo        crossing behind an obstruction, with a verdict; not official

Whatever is simulated says so; figures of standards and tests stand in ``data/`` with their sources.
"""
