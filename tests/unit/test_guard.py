"""Which addresses are public: the table, the unwrapping, and the spellings of a host."""

import contextlib
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders import guard

PRIVATE_4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PUBLIC_4 = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.0.9",
    "192.0.0.10",
    "192.0.1.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.175.48.1",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
]
PRIVATE_6 = [
    "::",
    "::1",
    "::7f00:1",
    "::8.8.8.8",
    "64:ff9b:1::808:808",
    "100::1",
    "100:0:0:1::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC_6 = [
    "2001:1::1",
    "2001:3::1",
    "2001:4:112::1",
    "2001:20::1",
    "2001:200::1",
    "2606:4700::1111",
    "2620:4f:8000::1",
    "2a00:1450:4001::1",
    "3ffe::1",
]


@pytest.mark.parametrize("address", [*PRIVATE_4, *PRIVATE_6])
def test_private(address: str) -> None:
    assert not guard.is_public(address)
    assert guard.kind(address) != guard.PUBLIC


@pytest.mark.parametrize("address", [*PUBLIC_4, *PUBLIC_6])
def test_public(address: str) -> None:
    assert guard.is_public(address)


def wrapped(inner: str) -> dict[str, str]:
    """Every way an IPv4 address hides in an IPv6 one."""
    number = int(IPv4Address(inner))
    high, low = divmod(number, 65536)
    numbers = {
        "mapped": 0xFFFF << 32 | number,
        "translated": 0xFFFF << 48 | number,
        "nat64": 0x64FF9B << 96 | number,
        "6to4": 0x2002 << 112 | number << 80 | 1,
        "teredo client": 0x20010000 << 96 | int(IPv4Address("8.8.8.8")) << 64 | number ^ 0xFFFFFFFF,
        "teredo server": 0x20010000 << 96 | number << 64 | int(IPv4Address("8.8.8.8")) ^ 0xFFFFFFFF,
        "isatap": int(IPv6Address("2a00:1450::")) | 0x5EFE << 32 | number,
        "isatap global": int(IPv6Address("2a00:1450::")) | 0x2005EFE << 32 | number,
    }
    forms = {name: str(IPv6Address(value)) for name, value in numbers.items()}
    return {**forms, "mapped, in hex": f"::ffff:{high:x}:{low:x}", "mapped, dotted": f"::FFFF:{inner}"}


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"])
def test_a_private_address_inside_another_is_private(inner: str) -> None:
    for name, address in wrapped(inner).items():
        assert guard.kind(address) == guard.kind(inner), (name, address)


def test_a_public_address_inside_another_is_public() -> None:
    for name, address in wrapped("8.8.8.8").items():
        assert guard.is_public(address), (name, address)


@given(st.ip_addresses(v=4))
def test_mapped_and_plain_agree(address: IPv4Address) -> None:
    assert guard.kind(f"::ffff:{address}") == guard.kind(str(address))


@given(st.ip_addresses(v=4))
def test_never_more_open_than_the_standard_library(address: IPv4Address) -> None:
    exceptions = {IPv4Address("192.0.0.9"), IPv4Address("192.0.0.10")}
    if guard.is_public(str(address)) and address not in exceptions:
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=6))
def test_outside_of_global_unicast_only_wrapped_addresses_are_public(address: IPv6Address) -> None:
    number = int(address)
    if number >> 125 != 1 and number >> 32 not in (0xFFFF, 0xFFFF0000, 0x64FF9B << 64):
        assert not guard.is_public(str(address))


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "127.1", "1.2.3.4.5", "::g"])
def test_only_addresses_have_a_kind(text: str) -> None:
    with pytest.raises(ValueError):
        guard.kind(text)


LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "017700000001",
    "0x7f.1",
    "0x7f.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.0x0.0.1",
    "00000177.1",
    "127.0.0.0x1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "::ffff:7f00:1",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::1]",
    "::1",
    "[0:0:0:0:0:0:0:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:808:808::80ff:fffe]",
    "localhost",
    "LOCALHOST.",
    "a.b.localhost",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_spellings_of_loopback(host: str) -> None:
    assert guard.kind_of_host(host) == "loopback"


@pytest.mark.parametrize("host", ["0", "0x0", "0.0.0.0", "00", "[::]"])
def test_spellings_of_nowhere(host: str) -> None:
    assert guard.kind_of_host(host) not in (guard.PUBLIC, guard.NAME)


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "EXAMPLE.org.",
        "a_b.example",
        "xn--bcher-kva.example",
        "127.0.0.1.nip.example",
        "0x7f.example",
        "localhost.example",
        "1.2.3.4.5x",
    ],
)
def test_names_are_judged_later(host: str) -> None:
    assert guard.kind_of_host(host) == guard.NAME
    assert guard.is_plain(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.256",
        "0x1ffffffff",
        "4294967296",
        "08.0.0.1",
        "a b",
        "a..b",
        "-" * 64 + ".x",
        "bücher.example",
        "[::g]",
        "1..2",
        "x" * 300,
        "0xz.1",
    ],
)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(ValueError):
        guard.kind_of_host(host)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("8.8.8.8", True),
        ("8.8.2056", False),
        ("134744072", False),
        ("0x8.8.8.8", False),
        ("[2a00::1]", True),
        ("8.8.8.8.", True),
    ],
)
def test_only_the_usual_spelling_is_plain(host: str, *, plain: bool) -> None:
    assert guard.is_plain(host) is plain


@given(st.text(max_size=40))
def test_any_text_has_an_answer(host: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(guard.kind_of_host(host), str)


@given(st.ip_addresses(v=4), st.sampled_from(["dec", "hex", "oct", "short"]))
def test_every_spelling_means_the_same_address(address: IPv4Address, how: str) -> None:
    number = int(address)
    a, rest = divmod(number, 2**24)
    spelled = {"dec": str(number), "hex": hex(number), "oct": f"0{number:o}", "short": f"{a}.{rest}"}[how]
    assert guard.literal(spelled) == str(address)
