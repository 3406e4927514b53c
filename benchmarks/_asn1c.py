"""asn1c as a peer: its generated C, built here from our ASN.1, timed in a process of its own.

Debian's asn1c 0.9.28 reads the modules of all profiles; a Day-2 message stays octets for it.  The driver
decodes to C structs and encodes them again, in a loop, and prints thread CPU time; freeing the structs is
part of a decode, as it is for us.  A message that it does not give back bit for bit ends the run.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from v2x.codecs.parsed import DIRECTORY as ASN1
from v2x.codecs.parsed import SOURCES

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["build", "times_us"]

DRIVER = r"""
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "MessageFrame.h"
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
int main(void) {
    static char line[1 << 16];
    static unsigned char in[1 << 15], out[1 << 15];
    while (fgets(line, sizeof line, stdin)) {
        size_t n = strcspn(line, "\n") / 2;
        for (size_t i = 0; i < n; i++) { unsigned x; sscanf(line + 2 * i, "%2x", &x); in[i] = x; }
        double best_d = 1e18, best_e = 1e18;
        for (int round = 0; round < 15; round++) {
            int loops = 200;
            double start = now();
            for (int i = 0; i < loops; i++) {
                MessageFrame_t *m = 0;
                asn_dec_rval_t got = uper_decode_complete(0, &asn_DEF_MessageFrame, (void **)&m, in, n);
                if (got.code != RC_OK) return 1;
                ASN_STRUCT_FREE(asn_DEF_MessageFrame, m);
            }
            double d = (now() - start) / loops;
            MessageFrame_t *m = 0;
            uper_decode_complete(0, &asn_DEF_MessageFrame, (void **)&m, in, n);
            start = now();
            asn_enc_rval_t r;
            for (int i = 0; i < loops; i++)
                r = uper_encode_to_buffer(&asn_DEF_MessageFrame, m, out, sizeof out);
            double e = (now() - start) / loops;
            ASN_STRUCT_FREE(asn_DEF_MessageFrame, m);
            if (r.encoded < 0 || (size_t)(r.encoded + 7) / 8 != n || memcmp(in, out, n)) return 2;
            if (d < best_d) best_d = d;
            if (e < best_e) best_e = e;
        }
        printf("%.4f %.4f\n", best_d, best_e);
    }
    return 0;
}
"""


def build(profile: str, folder: Path) -> Path | str:
    """The driver's path, or why there is none (a text to print)."""
    for program, package in (("asn1c", "asn1c"), ("gcc", "gcc")):
        if shutil.which(program) is None:
            return f"{program} is missing: apt-get install {package}"
    sources = [str(ASN1 / name) for name in SOURCES[profile]]
    made = subprocess.run(
        ["asn1c", "-gen-PER", "-fcompound-names", *sources],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        return f"asn1c failed: {made.stderr.strip().splitlines()[-1]}"
    (folder / "converter-sample.c").unlink(missing_ok=True)
    (folder / "driver.c").write_text(DRIVER, encoding="ascii")
    target = folder / "driver"
    files = sorted(str(p) for p in folder.glob("*.c"))
    built = subprocess.run(
        ["gcc", "-O2", "-w", "-I", str(folder), "-o", str(target), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return target if built.returncode == 0 else f"gcc failed: {built.stderr.strip().splitlines()[-1]}"


def times_us(driver: Path, messages: list[bytes]) -> list[tuple[float, float]]:
    """Microseconds to decode and to encode each message; raises where a message does not come back equal."""
    text = "".join(f"{m.hex()}\n" for m in messages)
    run = subprocess.run([str(driver)], input=text, capture_output=True, text=True, check=True)
    rows = [line.split() for line in run.stdout.splitlines()]
    return [(float(decode), float(encode)) for decode, encode in rows]
