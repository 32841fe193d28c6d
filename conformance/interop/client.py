"""`client.py URL`: the Python package websockets as the client of an echo."""

import asyncio
import sys

import websockets

LARGE = 1 << 20


async def echoes(ws, message):
    await ws.send(message)
    got = await ws.recv()
    whole = message if isinstance(message, (str, bytes)) else "".join(message)
    assert got == whole, f"expected {whole[:40]!r}, got {got[:40]!r}"


async def exchange(url):
    async with websockets.connect(url, max_size=16 * LARGE, subprotocols=["unheard.of"]) as ws:
        # None of what we offer is spoken there, and the connection is opened all the same.
        assert ws.subprotocol is None, f"expected no subprotocol, got {ws.subprotocol}"
        names = [extension.name for extension in ws.protocol.extensions]
        assert names == ["permessage-deflate"], f"expected permessage-deflate, got {names}"
        await echoes(ws, "κόσμε")
        await echoes(ws, "")
        await echoes(ws, bytes(at * 31 % 251 for at in range(LARGE)))
        await echoes(ws, "again and again " * (LARGE // 16))
        await echoes(ws, ["in ", "three ", "parts"])
        await (await ws.ping(b"are you there"))
        await ws.close(3001, "done")
        assert ws.close_code == 3001, f"expected 3001, got {ws.close_code}"


asyncio.run(asyncio.wait_for(exchange(sys.argv[1]), 60))
