"""Python's websockets as the server of an endpoint of ours: ws_server.py [CERT-KEY-FILE]

Says "ready PORT", then for each connection what it was and how it ended. Sends every message back,
at the path /fragments in pieces of 1000 bytes, /pings with a ping before each, /closes not at all
but a close with 4321 instead.
"""

import asyncio
import ssl
import sys

import websockets

tls = None
if len(sys.argv) > 1:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[1])


def asked(ws):
    """Path and headers, as the versions of the library have them."""
    request = getattr(ws, "request", None)
    if request is not None:
        return request.path, request.headers
    return ws.path, ws.request_headers


async def serve(ws):
    path, headers = asked(ws)
    print("connected", path, ws.subprotocol, headers.get("X-Test"), flush=True)
    kinds = set()
    try:
        async for message in ws:
            kinds.add(type(message).__name__)
            if path == "/closes":
                await ws.close(4321, "enough")
            elif path == "/fragments":
                await ws.send([message[i:i + 1000] for i in range(0, max(len(message), 1), 1000)])
            else:
                if path == "/pings":
                    await asyncio.wait_for(await ws.ping(b"are you there?"), 20)
                await ws.send(message)
    except websockets.ConnectionClosed:
        pass
    print("closed", ws.close_code, *sorted(kinds), flush=True)


def choose(*args):
    """A sub-protocol is taken where one is offered; versions differ in what they pass."""
    offered = args[1] if hasattr(args[0], "request") else args[0]
    return next((p for p in offered if p in ("pair.sp.nanomsg.org", "chat")), None)


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, ssl=tls, max_size=None,
                                subprotocols=["pair.sp.nanomsg.org", "chat"],
                                select_subprotocol=choose) as server:
        sockets = getattr(server, "sockets", None) or server.server.sockets
        print("ready", list(sockets)[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(main())
