"""Trust: SM2 signatures, certificates, secured messages, their verification, and a test PKI.

    frame ─► Verifier.open ─► VerifiedPayload          payload ─► Signer.seal ─► SPDU octets
                 │                                                      │
             TrustStore (roots, authorities, revoked ids)            certificate and key

:mod:`v2x.certs.pki` makes a test PKI in a directory, :mod:`v2x.certs.sm2` is the signature scheme.  Sources:
GB/T 45315-2025, YD/T 3957-2021 (by one public transcription), GB/T 32918; each module names its own.
"""

from v2x.certs.certificate import Certificate
from v2x.certs.libcrypto import CryptoUnavailableError
from v2x.certs.signer import Signer
from v2x.certs.trust import TrustSettings, TrustStore
from v2x.certs.trust_files import TrustStoreError
from v2x.certs.verifier import VerifiedPayload, Verifier, VerifierSettings

__all__ = [
    "Certificate",
    "CryptoUnavailableError",
    "Signer",
    "TrustSettings",
    "TrustStore",
    "TrustStoreError",
    "VerifiedPayload",
    "Verifier",
    "VerifierSettings",
]
