"""The description of :mod:`v2x.certs.describe` as lines to read: label and value, nested parts indented.

Names and addresses come from peers: what doesn't print is shown as an escape, so that no octets reach a
terminal as commands.  Long lists are cut with a count; ``v2x cert show --json`` has all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["printable", "text_lines"]

ENTRIES_SHOWN = 20
"""Entries of a list that are shown: a page; a revocation list may have thousands."""

_LABEL = 16

Row = tuple[str, str]


def text_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a description."""
    yield from _lines(facts, "")


def printable(text: object) -> str:
    """``text`` with everything that doesn't print as an escape."""
    shown = str(text)
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")


def number_runs(numbers: Sequence[int]) -> str:
    """Sorted numbers with runs drawn together: 111..114, 3618."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _lines(facts: Mapping[str, Any], indent: str) -> Iterator[str]:
    name = str(facts["object"])
    kind = facts.get("kind", name)
    named = name if kind == name else f"{name} ({printable(kind)})"
    size = facts.get("octets")
    if name == "octets":
        named = f"{size} octets"
    elif size is not None:
        named += f", {size} octets"
    yield indent + named
    for label, value in _rows(facts):
        yield f"{indent}  {label:<{_LABEL}}{printable(value)}"
    for title, part in _parts(facts):
        yield f"{indent}  {title}"
        yield from _lines(part, indent + "    ")


def _rows(facts: Mapping[str, Any]) -> Iterator[Row]:
    """What stands in one line each; first what is common, then by the kind of object."""
    for name, label in (("version", "version"), ("type", "type"), ("profile", "profile")):
        if name in facts:
            yield label, str(facts[name])
    if "aid" in facts:
        yield "AID", _aid(facts)
    if "id" in facts:
        yield "id", _id(facts["id"])
    if "issuer" in facts:
        yield "issued by", _issuer(facts)
    for name in ("hashed_id8", "hashed_id10", "sm3", "series", "serial", "priority"):
        if facts.get(name) is not None:
            yield name, str(facts[name])
    yield from _times(facts)
    yield from _subject_rows(facts)
    yield from _message_rows(facts)
    yield from _list_rows(facts)
    if facts.get("signature"):
        yield "signature", f"{facts['signature']['algorithm']}, {_flat(facts['signature']['value'])}"
    for part in facts.get("unknown", ()):
        yield "unknown part", _flat(part)


def _times(facts: Mapping[str, Any]) -> Iterator[Row]:
    if "validity" in facts:
        span = facts["validity"]
        duration = f" ({span['duration']})" if "duration" in span else ""
        yield "valid", f"{span['from']} to {span['until']}{duration}"
    for name, label in (("generation_time", "generated"), ("expiry_time", "expires")):
        value = facts.get(name)
        if isinstance(value, dict):
            yield label, f"{value['text']} (Time64 {value['time64']})"
        elif value is not None:
            yield label, str(value)


def _subject_rows(facts: Mapping[str, Any]) -> Iterator[Row]:
    if "permissions" not in facts:
        return
    region = facts["region"]
    yield "region", "none" if region is None else region["text"]
    permissions = facts["permissions"]
    yield from _labelled("may sign", [_permission(row) for row in permissions["sign"]])
    yield from _labelled("may issue", [_group(row) for row in permissions["issue"]])
    if permissions["request"]:
        yield from _labelled("may request", [_group(row) for row in permissions["request"]])
    yield "craca, series", f"{facts['craca_id']}, {facts['crl_series']}"
    if facts["assurance_level"] is not None:
        yield "assurance", str(facts["assurance_level"])
    if facts["can_request_rollover"]:
        yield "rollover", "may be requested"
    key = facts["verification_key"]
    yield "verifies with", f"{key['algorithm']}, {key['form']}, {key['point']}"
    key = facts["encryption_key"]
    if key is not None:
        yield "encrypt to", f"{key['algorithm']} for {key['cipher']}, {key['form']}, {key['point']}"
    if facts.get("additional"):
        yield "additional", str(facts["additional"]["kind"])


def _message_rows(facts: Mapping[str, Any]) -> Iterator[Row]:
    if "hash_algorithm" in facts:
        yield "hash", str(facts["hash_algorithm"])
        for name, value in facts.get("other_header_fields", {}).items():
            yield "header", f"{name} {_flat(value)}"
        signer = facts["signer"]
        if signer["kind"] == "digest":
            yield "signer", f"digest {signer['hashed_id8']}"
        elif signer["kind"] == "self":
            yield "signer", "the key that is to be certified"
        elif signer["kind"] != "certificate":
            yield "signer", f"{signer['kind']} {_flat(signer['value'])}"
    if "recipients" in facts:
        yield "cipher", f"{facts['cipher']}, {facts['ciphertext_octets']} octets"
        yield from _labelled("for", [_flat(row) for row in facts["recipients"]])
    if facts.get("no_message"):
        yield "no message", str(facts["no_message"])
    if "hex" in facts:
        yield "hex", str(facts["hex"])
    if facts["object"] == "hash of external data":
        yield "value", _flat(facts["value"])


def _list_rows(facts: Mapping[str, Any]) -> Iterator[Row]:
    entries = facts.get("entries")
    if entries is not None:
        shown = [_entry(row) for row in entries[:ENTRIES_SHOWN]]
        if len(entries) > ENTRIES_SHOWN:
            shown.append(f"... and {len(entries) - ENTRIES_SHOWN} more")
        yield from _labelled("1 entry" if len(entries) == 1 else f"{len(entries)} entries", shown)
    if "i_rev" in facts:
        yield "i, index", f"{facts['i_rev']}, {facts['index_within_i']}"
        for name in ("individual", "groups", "groupsSingleSeed"):
            yield name, f"{len(facts[name])} groups"


def _parts(facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is described in lines of its own."""
    signer = facts.get("signer")
    if signer and signer["kind"] == "certificate":
        for certificate in signer["certificates"]:
            yield "signer:", certificate
    for name in ("payload", "content"):
        part = facts.get(name)
        if part is not None:
            yield f"{name}:", part


def _labelled(label: str, values: Sequence[str]) -> Iterator[Row]:
    for number, value in enumerate(values or ["nothing"]):
        yield (label if number == 0 else ""), value


def _aid(facts: Mapping[str, Any]) -> str:
    return f"{facts['aid']} {facts['use'] or 'not registered'}"


def _id(facts: Mapping[str, Any]) -> str:
    if facts["kind"] == "linkageData":
        group = facts["group"]
        more = "" if group is None else f", group j {group['j']} value {group['value']}"
        return f"linkage value {facts['linkage_value']} of period {facts['i']}{more}"
    if facts["kind"] == "name":
        return f"name {facts['name']}"
    return f"{facts['kind']} {facts.get('value', '')}".strip()


def _issuer(facts: Mapping[str, Any]) -> str:
    if facts["issuer"] != "self":
        return f"{facts['issuer']}{' (' + str(facts['issuer_hash']) + ')' if 'issuer_hash' in facts else ''}"
    own = facts.get("own_signature")
    return f"itself ({facts['issuer_hash']}){'' if own is None else f'; its own signature {own}'}"


def _permission(row: Mapping[str, Any]) -> str:
    ssp = row["ssp"]
    if ssp is None:
        return f"AID {_aid(row)}"
    means = f" ({_flat(ssp['means'])})" if ssp.get("means") else ""
    return f"AID {_aid(row)}, SSP {ssp['kind']} {ssp['octets']}{means}"


def _group(row: Mapping[str, Any]) -> str:
    rows = row["aids"]
    if isinstance(rows, list):
        named = f"AID {number_runs(sorted(one['aid'] for one in rows)) or 'none'}"
        ranges = [f"{one['aid']} {_flat(one['ssp_range'])}" for one in rows if one["ssp_range"] is not None]
        named += f", SSP range of {'; '.join(ranges)}" if ranges else ""
    else:
        named = "all AIDs" if rows == "all" else str(rows)
    low, high = row["min_chain_length"], row["max_chain_length"]
    length = f"{low} or more" if high is None else f"{low}" if high == low else f"{low} to {high}"
    return f"{named}; chain length below it {length}; for {' and '.join(row['for']) or 'nobody'}"


def _entry(row: Mapping[str, Any]) -> str:
    if "hashed_id10" in row:
        return f"{row['hashed_id10']} until {row['expiry']}"
    certificates = [row["certificate"]] if "certificate" in row else row["certificates"]
    named = ", ".join(f"{one['hashed_id8']} {one['kind']} ({_id(one['id'])})" for one in certificates)
    urls = [f"{name} {row[name]}" for name in ("ca_list_url", "crl_url", "ma_url") if row.get(name)]
    return "; ".join([named or "no certificate", *urls])


def _flat(value: Any) -> str:
    """Any plain data in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return "none" if value is None else str(value)
