"""A secure element behind PKCS#11: keys that are made inside a hardware module and never leave it.

    find     CKA_CLASS, CKA_LABEL = key id                make    CKM_EC_KEY_PAIR_GEN, not extractable
    P-256    CKM_ECDSA over the digest of v2x.certs.p256          r || s, 64 octets
    SM2      a vendor's mechanism over e of v2x.certs.sm2         r || s, 64 octets

PKCS#11 3.1 has no mechanism for SM2; modules that can do it have numbers of their own, which
:class:`Sm2Mechanisms` names.  SM2 signing on a module is not tested, for want of one that can.  Digests are
made here, so no module's default SM2 id can slip in.

Needs python-pkcs11 (the extra ``hsm``), which loads only when a store is opened.  A token knows one login
per process: open one store for it, and close it.  python-pkcs11 locks the session for each signature, so any
thread may sign.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from v2x.certs import p256, sm2
from v2x.certs.keystore import KeyStoreError, check_key_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from v2x.certs.keystore import SigningKey

__all__ = ["Pkcs11Store", "Sm2Mechanisms"]

_PARAMETERS = {
    "sm2": bytes.fromhex("06082a811ccf5501822d"),
    "p256": bytes.fromhex("06082a8648ce3d030107"),
}
"""CKA_EC_PARAMS by algorithm: the DER of the curve's identifier."""

_DECOMPRESS = {"sm2": sm2.decompress, "p256": p256.decompress}


@dataclass(frozen=True, slots=True)
class Sm2Mechanisms:
    """A vendor's numbers: ``sign`` signs the digest e; ``generate`` None is CKM_EC_KEY_PAIR_GEN."""

    sign: int
    generate: int | None = None


class Pkcs11Store:
    """A :class:`v2x.certs.keystore.SecureElement`: token ``token_label`` of the module at ``module_path``.

    ``pin`` is the user's; it is not kept.  KeyStoreError where library, module, token or PIN fail.
    """

    def __init__(
        self,
        module_path: str | Path,
        token_label: str,
        pin: str,
        *,
        sm2_mechanisms: Sm2Mechanisms | None = None,
    ) -> None:
        self._label, self._sm2 = token_label, sm2_mechanisms
        self._library = _import_library()
        try:
            module = self._library.lib(str(module_path))
        except self._library.PKCS11Error as error:
            raise KeyStoreError(f"PKCS#11 module {module_path}: {error}") from error
        with self._refusals(f"token {token_label}"):
            self._session = module.get_token(token_label=token_label).open(rw=True, user_pin=pin)

    @contextmanager
    def _refusals(self, what: str) -> Iterator[None]:
        """Turn the library's errors into ours; they are named by their class, whose name is PKCS#11's."""
        try:
            yield
        except self._library.PKCS11Error as error:
            raise KeyStoreError(f"{what}: {type(error).__name__}") from error

    def key_ids(self) -> tuple[str, ...]:
        """The labels of all private keys on the token, sorted."""
        wanted = {self._library.Attribute.CLASS: self._library.ObjectClass.PRIVATE_KEY}
        with self._refusals(f"token {self._label}"):
            return tuple(sorted(str(key.label) for key in self._session.get_objects(wanted)))

    def generate(self, key_id: str, algorithm: str = "sm2") -> bytes:
        """Make a key on the token and return its public point, 65 octets."""
        if algorithm not in _PARAMETERS:
            raise ValueError(f"no algorithm {algorithm!r}: there are {', '.join(_PARAMETERS)}")
        if algorithm == "sm2" and self._sm2 is None:
            raise KeyStoreError(f"key {key_id}: this store has no mechanism for SM2 (Sm2Mechanisms names it)")
        if self._find(check_key_id(key_id), "PRIVATE_KEY"):
            raise KeyStoreError(f"key {key_id}: is there already")
        names, number = self._library, self._sm2.generate if self._sm2 and algorithm == "sm2" else None
        mechanism = names.Mechanism.EC_KEY_PAIR_GEN if number is None else self._vendor(number)
        with self._refusals(f"key {key_id}"):
            curve = self._session.create_domain_parameters(
                names.KeyType.EC, {names.Attribute.EC_PARAMS: _PARAMETERS[algorithm]}, local=True
            )
            curve.generate_keypair(
                id=key_id.encode("ascii"),
                label=key_id,
                store=True,
                capabilities=names.MechanismFlag.SIGN | names.MechanismFlag.VERIFY,
                mechanism=mechanism,
                private_template={names.Attribute.EXTRACTABLE: False},
            )
        return self.public_point(key_id)

    def public_point(self, key_id: str) -> bytes:
        """The public point of a key, 65 octets."""
        key = self._one(key_id, "PUBLIC_KEY")
        with self._refusals(f"key {key_id}"):
            point: bytes = key[self._library.Attribute.EC_POINT]
        try:  # most modules wrap the point as an OCTET STRING, some don't
            return _DECOMPRESS[self._algorithm(key_id, key)](point[2:] if len(point) == 67 else point)
        except ValueError as error:
            raise KeyStoreError(f"key {key_id}: {error}") from None

    def signing_key(self, key_id: str, user_id: bytes) -> SigningKey:
        """The key, bound to ``user_id``; it signs as long as the store is open."""
        key = self._one(key_id, "PRIVATE_KEY")
        point = self.public_point(key_id)
        if self._algorithm(key_id, key) == "p256":
            if len(user_id) != 32:
                raise ValueError(f"a signer digest has 32 octets, not {len(user_id)}")
            ecdsa = self._signature_by(key_id, key, self._library.Mechanism.ECDSA)
            return _TokenKey(point, lambda message: p256.signing_digest(message, user_id), ecdsa)
        if self._sm2 is None:
            raise KeyStoreError(f"key {key_id}: this store has no mechanism for SM2 (Sm2Mechanisms names it)")
        z = sm2.identity_digest(point, user_id)
        vendor = self._signature_by(key_id, key, self._vendor(self._sm2.sign))
        return _TokenKey(point, lambda message: sm2.sm3(z + message), vendor)

    def destroy(self, key_id: str) -> None:
        """Delete a key from the token for good."""
        private = self._one(key_id, "PRIVATE_KEY")
        with self._refusals(f"key {key_id}"):
            private.destroy()
            for public in self._find(key_id, "PUBLIC_KEY"):
                public.destroy()

    def close(self) -> None:
        """Log out; keys of this store sign no more."""
        with self._refusals(f"token {self._label}"):
            self._session.close()

    def __enter__(self) -> Pkcs11Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find(self, key_id: str, kind: str) -> list[Any]:
        attribute = self._library.Attribute
        wanted = {attribute.CLASS: self._library.ObjectClass[kind], attribute.LABEL: check_key_id(key_id)}
        with self._refusals(f"key {key_id}"):
            return list(self._session.get_objects(wanted))

    def _one(self, key_id: str, kind: str) -> Any:
        found = self._find(key_id, kind)
        if len(found) != 1:
            state = "not on the token" if not found else f"{len(found)} keys of this id"
            raise KeyStoreError(f"key {key_id}: {state}")
        return found[0]

    def _algorithm(self, key_id: str, key: Any) -> str:
        with self._refusals(f"key {key_id}"):
            parameters = key[self._library.Attribute.EC_PARAMS]
        for algorithm, octets in _PARAMETERS.items():
            if parameters == octets:
                return algorithm
        raise KeyStoreError(f"key {key_id}: on a curve other than SM2 and P-256")

    def _vendor(self, number: int) -> Any:
        """A mechanism that python-pkcs11 has no name for: a member made for this number."""
        kind = self._library.Mechanism
        member = int.__new__(kind, number)
        member._name_, member._value_ = f"VENDOR_{number:#x}", number
        return member

    def _signature_by(self, key_id: str, key: Any, mechanism: Any) -> Callable[[bytes], bytes]:
        def sign(digest: bytes) -> bytes:
            with self._refusals(f"key {key_id}"):
                signature: bytes = key.sign(digest, mechanism=mechanism)
            if len(signature) != 64:
                raise KeyStoreError(f"key {key_id}: a signature of {len(signature)} octets, 64 are wanted")
            return signature

        return sign

    def __repr__(self) -> str:
        return f"<Pkcs11Store {self._label}>"


@dataclass(frozen=True, slots=True, repr=False)
class _TokenKey:
    """A key on a token: ``digest`` of a message is made here, ``sign_digest`` is the token's part."""

    point: bytes
    digest: Callable[[bytes], bytes]
    sign_digest: Callable[[bytes], bytes]

    def sign(self, message: bytes) -> bytes:
        """The signature r || s over ``message``."""
        return self.sign_digest(self.digest(message))

    def __repr__(self) -> str:
        return "<private key on a token>"


def _import_library() -> Any:
    try:
        return importlib.import_module("pkcs11")
    except ImportError as error:
        raise KeyStoreError("python-pkcs11 is missing: pip install 'v2x[hsm]'") from error
