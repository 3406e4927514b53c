"""Local east-north-up coordinates: our closed form beside PROJ's ``topocentric``, from one run.

Prints microseconds per 1000 points (arrays) and per point (scalars), and the ratio to PROJ; the two agree to
under a micrometre.  PROJ is called as an application would: one transformer, made once.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from v2x.geo import LocalFrame, gcj02_from_wgs84, wgs84_from_gcj02

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = 1000
ROUNDS = 200


def median_us(work: Callable[[], object]) -> float:
    """Median time of one call in microseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def main() -> None:
    frame = LocalFrame(28.0985258, 112.9830304, 45.0)
    transformer = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lat_0={frame.lat_deg} +lon_0={frame.lon_deg} +h_0=45"
    )
    rng = np.random.default_rng(1)
    enu = np.column_stack([rng.uniform(-5000, 5000, (POINTS, 2)), rng.uniform(-50, 50, POINTS)])
    places = frame.to_geodetic_array(enu)
    lat, lon, height = places.T.copy()
    listed = places.tolist()

    theirs = np.column_stack(transformer.transform(lon, lat, height))
    error_m = float(np.abs(theirs - frame.to_enu_array(places)).max())
    rows: list[tuple[str, Callable[[], object]]] = [
        ("PROJ topocentric, arrays", lambda: transformer.transform(lon, lat, height)),
        ("closed form, arrays", lambda: frame.to_enu_array(places)),
        ("closed form back, arrays", lambda: frame.to_geodetic_array(enu)),
        ("closed form, 1000 scalar calls", lambda: [frame.to_enu(*place) for place in listed]),
        ("GCJ-02, arrays", lambda: gcj02_from_wgs84(lat, lon)),
        ("GCJ-02 back, arrays", lambda: wgs84_from_gcj02(lat, lon)),
    ]
    figures = {name: median_us(work) for name, work in rows}
    base = figures["PROJ topocentric, arrays"]
    print(f"{'us per 1000 points':34} {'median':>9} {'to PROJ':>9}")
    for name, figure in figures.items():
        print(f"{name:34} {figure:9.1f} {figure / base:9.2f}")
    print(f"largest difference to PROJ: {error_m:.1e} m over 5 km")
    if error_m > 1e-3:
        sys.exit("the closed form differs from PROJ by more than 1 mm")


if __name__ == "__main__":
    main()
