"""`server.py`: the Python package websockets as an echo, which answers two requests in its own way."""

import asyncio

import websockets


async def echo(ws):
    async for message in ws:
        if message == "answer in parts":
            await ws.send(["in ", "three ", "parts"])
        elif message == "say goodbye":
            await ws.close(4001, "bye")
        else:
            await ws.send(message)


async def serve():
    options = {"max_size": 16 << 20, "subprotocols": ["echo.v1"]}
    async with websockets.serve(echo, "127.0.0.1", 0, **options) as server:
        host, port = server.sockets[0].getsockname()
        print(f"listening on http://{host}:{port}", flush=True)
        await server.serve_forever()


asyncio.run(serve())
