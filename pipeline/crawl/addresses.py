"""Which machines may be talked to: the resolved address is checked, and it is the one that is connected to.

A name that leads into the own network (by mistake, or because somebody changed its DNS) is refused. May
import: nothing of the project.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore


class PrivateAddressError(httpcore.ConnectError):
    """The host's address is not one of the public internet."""


def is_literal(host: str) -> bool:
    """Whether a host is written as an address, or as this machine's own name.

    >>> is_literal("127.0.0.1"), is_literal("localhost"), is_literal("example.org")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet.

    >>> [is_public(a) for a in ("193.0.6.139", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        ip = mapped
    if isinstance(ip, ipaddress.IPv6Address) and ip in ipaddress.ip_network("64:ff9b::/96"):
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to the hosts that the user named as an address or as a copy of the site."""

    def __init__(self, trusted_hosts: frozenset[str]) -> None:
        self._trusted = trusted_hosts
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect to what was checked: the first address that answers."""
        last: httpcore.ConnectError | None = None
        for address in await self._checked(host, port):
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as wrong:
                last = wrong
        raise last or httpcore.ConnectError(f"{host} has no address")

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as wrong:
            raise httpcore.ConnectError(f"{host} cannot be found ({wrong})") from wrong
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host not in self._trusted:
            refused = [a for a in addresses if not is_public(a)]
            if refused:
                raise PrivateAddressError(f"{host} leads to {refused[0]}, which is no public address")
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - httpcore's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """No site is behind a file."""
        raise httpcore.UnsupportedProtocol(f"{path} is no host")

    async def sleep(self, seconds: float) -> None:
        """The pause of httpcore between its own tries to connect."""
        await asyncio.sleep(seconds)
