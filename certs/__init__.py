"""Trust: SM2 signatures, certificates, secured messages, their verification, and a test PKI.

    frames ─► Verifier.open, open_many ─► VerifiedPayload      payload ─► Signer.seal ─► SPDU octets
                 │                                                            │
             TrustStore (roots, authorities, revocations)                  certificate and key

On the way in: :mod:`v2x.certs.spdu` takes the envelope apart, :mod:`v2x.certs.gates` has the cheap checks,
:mod:`v2x.certs.chains` those of certificates, :mod:`v2x.certs.memory` remembers signers, messages of unknown
ones wait in :mod:`v2x.certs.waiting`, and :mod:`v2x.certs.policy` ranks what to check under overload.
:mod:`v2x.certs.pki` makes a test PKI in a directory, :mod:`v2x.certs.sm2` is the signature scheme.  Sources:
GB/T 45315-2025, YD/T 3957-2021 (by one public transcription), GB/T 32918; each module names its own.
"""

from v2x.certs.certificate import Certificate
from v2x.certs.libcrypto import CryptoUnavailableError
from v2x.certs.pseudonym import ChangeRule, Exhausted, PseudonymPool
from v2x.certs.signer import Profile, Signer
from v2x.certs.trust import TrustSettings, TrustStore
from v2x.certs.trust_files import TrustStoreError
from v2x.certs.verifier import VerifiedPayload, Verifier, VerifierSettings
from v2x.certs.waiting import Waiting

__all__ = [
    "Certificate",
    "ChangeRule",
    "CryptoUnavailableError",
    "Exhausted",
    "Profile",
    "PseudonymPool",
    "Signer",
    "TrustSettings",
    "TrustStore",
    "TrustStoreError",
    "VerifiedPayload",
    "Verifier",
    "VerifierSettings",
    "Waiting",
]
