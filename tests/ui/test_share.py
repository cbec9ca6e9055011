"""For whom a shared link is of use."""

from __future__ import annotations

import pytest

from cgs_ui.frame.share import is_this_machine


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("localhost", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("0.0.0.0", True),  # what --server.address says of a server for a class, typed as an address
        ("192.168.1.20", False),
        ("fe80::1", False),
        ("class.test", False),
        ("localhost.example.org", False),
    ],
)
def test_an_address_of_the_machine_itself_is_told_from_one_in_the_network(host: str, is_it: bool) -> None:
    assert is_this_machine(host) is is_it
