"""Python's websockets as the client of an endpoint of ours: ws_client.py URL CHECK [CA-FILE]

Says "ok", or what was otherwise. The checks say what the endpoint has to be started with.
"""

import asyncio
import ssl
import sys

import websockets

url, check = sys.argv[1:3]
tls = None
if url.startswith("wss"):
    tls = ssl.create_default_context(cafile=sys.argv[3])
    tls.check_hostname = False


def connect(**more):
    return websockets.connect(url, ssl=tls, max_size=None, **more)


async def received(ws, size):
    """So many bytes of a stream, however they are cut, and what type the messages had."""
    got, kinds = b"", set()
    while len(got) < size:
        part = await asyncio.wait_for(ws.recv(), 20)
        kinds.add(type(part).__name__)
        got += part.encode() if isinstance(part, str) else part
    return got, kinds


async def stream():
    """stream-listen: binary messages, small and large, whole and in fragments; pings."""
    async with connect() as ws:
        for size in (1, 125, 126, 65535, 65536, 1000000):
            data = bytes(i % 251 for i in range(size))
            await ws.send(data)
            assert await received(ws, size) == (data, {"bytes"}), size
        await ws.send([b"one ", b"two ", b"", b"three"])
        assert (await received(ws, 13))[0] == b"one two three"
        for payload in (b"", b"p" * 125):
            await asyncio.wait_for(await ws.ping(payload), 20)
        await ws.pong(b"unasked")
        await ws.send(b"still there")
        assert (await received(ws, 11))[0] == b"still there"


async def text():
    """stream-listen text recv-text: text both ways."""
    async with connect() as ws:
        await ws.send("grüße, 世界 🌍")
        size = len("grüße, 世界 🌍".encode())
        assert await received(ws, size) == ("grüße, 世界 🌍".encode(), {"str"})
        await ws.send(["frag", "men", "ts"])
        assert await received(ws, 9) == (b"fragments", {"str"})


async def refuses_text():
    """stream-listen: text is unsupported data, unless it is asked for."""
    async with connect() as ws:
        await ws.send("text")
        await closed(ws, 1003)


async def closed(ws, code):
    try:
        await asyncio.wait_for(ws.recv(), 20)
        raise AssertionError("not closed")
    except websockets.ConnectionClosed:
        assert ws.close_code == code, ws.close_code


async def closes():
    """stream-listen: every code that may be sent is answered with a close."""
    for code in (1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999):
        ws = await connect()
        await asyncio.wait_for(ws.close(code, "that is all"), 20)
        assert ws.close_code == code or ws.close_code == 1000, ws.close_code


async def too_big():
    """stream-listen, default limits: a frame of more than a mebibyte."""
    async with connect() as ws:
        await ws.send(bytes((1 << 20) + 1))
        await closed(ws, 1009)


async def protocols():
    """stream-listen protocol=right."""
    async with connect(subprotocols=["wrong", "right"]) as ws:
        assert ws.subprotocol == "right", ws.subprotocol
        await ws.send(b"x")
        assert (await received(ws, 1))[0] == b"x"
    for wrong in (["wrong"], None):
        try:
            async with connect(subprotocols=wrong):
                raise AssertionError("taken")
        except websockets.InvalidHandshake:
            pass


async def pair():
    """pair-listen: messages of an SP socket keep their limits."""
    async with connect(subprotocols=["pair.sp.nanomsg.org"]) as ws:
        assert ws.subprotocol == "pair.sp.nanomsg.org"
        for size in (0, 1, 125, 126, 65535, 65536, 300000, 1 << 20):
            data = bytes(i % 251 for i in range(size))
            await ws.send(data)
            assert await asyncio.wait_for(ws.recv(), 20) == data, size
        await ws.send([b"one ", b"two ", b"three"])
        assert await asyncio.wait_for(ws.recv(), 20) == b"one two three"
        await ws.send([b"x" * 20000] * 10)
        assert await asyncio.wait_for(ws.recv(), 20) == b"x" * 200000
        await asyncio.wait_for(await ws.ping(b"ping"), 20)
        for i in range(200):
            await ws.send(b"%d" % i)
        for i in range(200):
            assert await asyncio.wait_for(ws.recv(), 20) == b"%d" % i


asyncio.run(globals()[check]())
print("ok", flush=True)
