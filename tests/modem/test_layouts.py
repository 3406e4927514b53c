"""Layouts as data: their grammar, the choice among several, and the tables that come with the package."""

from __future__ import annotations

import pytest

from v2x.modem.errors import ProfileError
from v2x.modem.fields import split_fields
from v2x.modem.layouts import Chosen, LayoutBook, Row, book, parse_layout, parse_layouts
from v2x.modem.profiles import load_profile, parse_profile, profile_names
from v2x.modem.readers import rows_of

SA_HEAD = '+QENG: "servingcell","CONNECT","NR5G-SA","TDD",460,11,760BF0114,702,76010F,633984,78,'
UNISOC = SA_HEAD + "100,-89,-8,15,18,34,1"  # a real RM500U's
QUALCOMM = (
    '+QENG: "servingcell","NOCONN","NR5G-SA","TDD",310,260,18666712F,335,794E00,516270,41,12,-75,-11,5,1,-'
)
EARLY = SA_HEAD + "12,-89,-8,15,180,34"


def row(line: str, profile: str | None = None) -> Row:
    (found,) = rows_of((line,), book(profile))
    return found


def test_the_grammar_of_a_layout() -> None:
    layout = parse_layout("x.y", "mode='LTE' pci [rsrp_dbm [rsrq_db ...]]")
    assert layout.lengths == {2, 3, 4}
    assert layout.fits(split_fields("lte,1"))
    assert not layout.fits(split_fields("NR,1"))
    assert not layout.fits(split_fields(""))
    assert layout.fits_length(9)
    assert not layout.fits_length(1)
    names = [value.name for value in layout.values(split_fields("LTE,1,-80"))]
    assert names == ["mode", "rat", "nr_mode", "pci", "rsrp_dbm", "rsrq_db"]
    assert parse_layout("x.y", "a='b*d' - 'x y'").fits(split_fields('"bcd",,X Y'))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "a:int]",
        "nothing",
        "a:float:int",
        "... a:int",
        "a:nope",
        "='x'",
        "a:int='",
        "A:int",
        "a:int=b",
    ],
)
def test_what_is_no_layout(text: str) -> None:
    with pytest.raises(ValueError):
        parse_layout("x.y", text)


@pytest.mark.parametrize("tree", [[], {"+X": []}, {"+X": {"a": 1}}, {"+X": {"a": "nothing"}}])
def test_what_is_no_table_of_layouts(tree: object) -> None:
    with pytest.raises(ProfileError, match=r"file\.toml: layouts"):
        parse_layouts(tree, "x", "file.toml")


def test_the_layout_of_a_standalone_row_is_named_with_the_reason() -> None:
    assert (row(UNISOC).layout, row(UNISOC).chosen) == ("unisoc.nr_sa", Chosen.ONLY)
    assert (row(EARLY).layout, row(EARLY).chosen) == ("early_x55.nr_sa", Chosen.PLAUSIBILITY)
    ambiguous = row(QUALCOMM)
    assert (ambiguous.layout, ambiguous.chosen) == ("qualcomm.nr_sa", Chosen.ORDER)
    assert ambiguous.ambiguous == ("early_x55.nr_sa",)
    given = row(QUALCOMM, "early_x55")
    assert (given.layout, given.chosen, given.get("scs_khz"), given.get("tx_power")) == (
        "early_x55.nr_sa",
        Chosen.PROFILE,
        None,
        1,
    )


def test_a_length_that_contradicts_the_profile_overrules_it() -> None:
    for profile in profile_names():
        assert row(UNISOC, profile).layout == "unisoc.nr_sa"
    assert row(QUALCOMM, "unisoc").layout == "qualcomm.nr_sa"


def test_a_row_that_was_cut_off_says_what_it_says() -> None:
    short = row('+QENG: "servingcell","NOCONN","NR5G-SA","TDD",310,260,18666712F,335')
    assert (short.chosen, short.get("pci"), short.get("mnc"), short.get("rsrp_dbm")) == (
        Chosen.PARTIAL,
        335,
        "260",
        None,
    )


def test_raw_token_and_validity_stay_with_each_value() -> None:
    found = row("+CSQ: 44,26")
    rssi = found.value("rssi_dbm")
    assert rssi is not None
    assert (rssi.value, rssi.raw, rssi.valid) == (None, "44", False)
    assert found.invalid == {"rssi_dbm": "44"}
    unknown = row("+CSQ: 99,99").value("rssi_dbm")
    assert unknown is not None
    assert (unknown.value, unknown.raw, unknown.valid) == (None, "99", True)
    idle = row("+QRSRP: -80,-81,-140,-32768,NR5G")
    assert [idle.get(f"{chain}_dbm") for chain in ("prx", "drx", "rx2", "rx3")] == [-80, -81, None, None]
    assert not idle.invalid


def test_identities_stay_out_of_a_rows_representation() -> None:
    found = row("+QCCID: 89860025128306012474")
    assert found.get("iccid") == "89860025128306012474"
    assert "8986002512" not in repr(found)
    assert "8986002512" not in repr(found.values)


def test_a_book_knows_its_prefixes_and_its_profiles() -> None:
    assert book().layouts("+QENG")
    assert not LayoutBook(()).layouts("+QENG")
    assert book("unisoc").layouts("+QENG")[0].name.startswith("unisoc.")
    assert LayoutBook(()).read("+QENG", split_fields("1")) is None
    for bad in ("nothing", "_3gpp"):
        with pytest.raises(ProfileError, match="no module profile"):
            book(bad)


def test_a_profile_may_need_more_time() -> None:
    from v2x.modem.commands import raw

    host = load_profile("unisoc").host
    assert host.timed(raw('AT+CGDATA="M-ETHER",1', timeout_s=1)).timeout_s == 45
    assert host.timed(raw("AT+CSQ", timeout_s=1)).timeout_s == 1


def profile_text(**changed: str) -> str:
    from importlib import resources

    text = (resources.files("v2x.modem") / "profiles" / "unisoc.toml").read_text(encoding="utf-8")
    for old, new in changed.items():
        at = text.index(f"{old} = ")
        text = text[:at] + f"{old} = {new}" + text[text.index("\n", at) :]
    return text


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("timeouts", "{ '+X' = 0 }", "timeouts"),
        ("timeouts", "{ '+X' = 'long' }", r"timeouts\.\+X"),
        ("timeouts", "3", "table of numbers"),
        ("urcs", '["SIND"]', "urcs"),
        ("urcs", '[""]', "urcs"),
        ("neighbour_nr", '"nonsense"', "layouts: .QENG: neighbour_nr"),
    ],
)
def test_what_is_wrong_in_a_profile_is_named(key: str, value: str, said: str) -> None:
    assert parse_profile(profile_text(), "x.toml").name == "unisoc"
    with pytest.raises(ProfileError, match=said):
        parse_profile(profile_text(**{key: value}), "x.toml")


def test_every_profile_is_there() -> None:
    assert set(profile_names()) >= {"qualcomm", "unisoc", "early_x55", "hisilicon_ltev"}
    assert load_profile("unisoc").guess
    assert load_profile("hisilicon_ltev").guess
