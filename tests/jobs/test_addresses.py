"""Who counts as one caller, by the address."""

from __future__ import annotations

import pytest

from app.jobs.job import Caller


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "192.0.2.7 for 198.51.100.1"),
        ("192.0.2.7 for a", "::ffff:192.0.2.7 for b"),
        ("2001:db8:0:1::7", "2001:db8:0:1:ffff::9 for x"),
        ("127.0.0.1", "::1"),
    ],
)
def test_what_a_caller_can_choose_makes_no_other_caller(one: str, other: str):
    assert Caller(one).account == Caller(other).account


def test_other_networks_are_other_callers():
    addresses = ("192.0.2.7", "192.0.2.8", "2001:db8:0:1::7", "2001:db8:0:2::7", "127.0.0.1")
    assert len({Caller(address).account for address in addresses}) == len(addresses)
    assert Caller("192.0.2.7", known="key 1").account == Caller("198.51.100.1", known="key 1").account
