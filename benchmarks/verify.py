"""SM2 and the whole of ``Verifier.open`` beside bare libcrypto, calls a second of one core, from one run.

The cases take turns in short rounds, so that a neighbour on the machine slows all of them; time is CPU time
of this thread, the figure of a case is the median of its rounds.  Trust the ratios, not absolute figures.
"""

from __future__ import annotations

import os
import statistics
import time
from itertools import count
from typing import TYPE_CHECKING

from v2x.certs import Signer, TrustStore, Verifier, VerifierSettings, libcrypto, sm2, spdu
from v2x.certs.issue import Holder, IssueGroup, Template, issue
from v2x.codecs import coer
from v2x.codecs.dsmp import DsmpFrame

if TYPE_CHECKING:
    from collections.abc import Callable

AT = 1_800_000_000.0
ROUNDS, CALLS = 15, 60
BSM = bytes(range(47))
REPLAY_LIMIT = 2 * ROUNDS * CALLS


def main() -> None:
    """Run all cases and print one line each."""
    cases = {**raw_cases(), **whole_cases()}
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(ROUNDS):
        for name, make in cases.items():
            calls = [make() for _ in range(CALLS)]
            start = time.thread_time()
            for call in calls:
                call()
            seconds[name].append((time.thread_time() - start) / CALLS)
    floor = statistics.median(seconds["libcrypto verify of a digest"])
    print(f"{libcrypto.library_version()}, {ROUNDS} rounds of {CALLS} calls")
    print(f"{'':<46}{'1/s':>9}{'us':>9}{'times libcrypto verify':>24}")
    for name, each in seconds.items():
        median = statistics.median(each)
        print(f"{name:<46}{1 / median:>9.0f}{1e6 * median:>9.1f}{median / floor:>24.2f}")


def raw_cases() -> dict[str, Callable[[], Callable[[], object]]]:
    """The signature scheme alone, over 300 octets."""
    private = sm2.generate()
    point = sm2.public_point(private)
    user_id, message = os.urandom(32), os.urandom(300)
    signer, public, bare = (
        sm2.PrivateKey(private, user_id),
        sm2.PublicKey(point, user_id),
        libcrypto.Key(point),
    )
    signature = signer.sign(message)
    digest = sm2.sm3(sm2.identity_digest(point, user_id) + message)
    der = sm2.raw_to_der(signature)
    compressed = sm2.compress(point)
    return {
        "libcrypto verify of a digest": lambda: lambda: bare.verify(digest, der),
        "verify, key kept": lambda: lambda: public.verify(message, signature),
        "verify, key new, compressed": lambda: (
            lambda: sm2.PublicKey(compressed, user_id).verify(message, signature)
        ),
        "sign, key kept": lambda: lambda: signer.sign(message),
    }


def whole_cases() -> dict[str, Callable[[], Callable[[], object]]]:
    """Envelopes: take apart, seal, open, with a kept signer and with one never seen before."""
    span = {"starts_at": AT - 3600, "duration": ("years", 1)}
    root = issue(Template(**span, issues=(IssueGroup((111,), shortest=2),)), None)
    authority = issue(Template(**span, issues=(IssueGroup((111,)),)), root)
    verifier = Verifier(
        TrustStore([root.certificate], [authority.certificate]),
        VerifierSettings(max_age_s=1e6, max_ahead_s=1e6, replay_limit=REPLAY_LIMIT),
    )
    vehicle = make_signer(authority)
    moments = count(1)
    verifier.open(DsmpFrame(111, vehicle.seal(BSM, 111, AT)), AT)

    def frame(signer: Signer) -> DsmpFrame:
        return DsmpFrame(111, signer.seal(BSM, 111, AT + next(moments) / 1000))

    def opening(signer: Signer) -> Callable[[], object]:
        received = frame(signer)
        return lambda: verifier.open(received, AT)

    def digests() -> Callable[[], object]:
        vehicle.seal(BSM, 111, AT + next(moments) / 1000)
        return opening(vehicle)

    octets = frame(vehicle).payload
    return {
        "decode the envelope (COER)": lambda: lambda: coer.decode("V2XSecData", octets),
        "take the envelope apart": lambda: lambda: spdu.parse(octets),
        "Signer.seal": lambda: lambda: vehicle.seal(BSM, 111, AT),
        "Verifier.open, signer known": digests,
        "Verifier.open, new signer with certificate": lambda: opening(make_signer(authority)),
    }


def make_signer(authority: Holder) -> Signer:
    """A vehicle with a certificate of its own."""
    made = issue(Template(AT - 60, ("hours", 168), app=(111,)), authority)
    return Signer(made.certificate, made.private_key)


if __name__ == "__main__":
    main()
