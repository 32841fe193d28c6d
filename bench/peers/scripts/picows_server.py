"""picows on uvloop: `python picows_server.py JOB PORT`, the echo of its own documents and a broadcast like it."""

import asyncio
import sys

import uvloop
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

DATA = (WSMsgType.TEXT, WSMsgType.BINARY)
MESSAGE_BYTES = 2 << 20


class Echo(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in DATA:
            transport.send(frame.msg_type, frame.get_payload_as_memoryview())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()


class Member(WSListener):
    members: set[WSTransport] = set()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.members.add(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.members.discard(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in DATA:
            payload = frame.get_payload_as_bytes()
            for member in self.members:
                member.send(frame.msg_type, payload)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()


JOBS = {"echo": Echo, "broadcast": Member}


async def main(job: str, port: int) -> None:
    listener = JOBS[job]
    server = await ws_create_server(
        lambda request: listener(), "127.0.0.1", port, max_frame_size=MESSAGE_BYTES
    )
    await server.serve_forever()


if __name__ == "__main__":
    job, port = sys.argv[1:]
    if job not in JOBS:
        sys.exit(f"expected a job that this server does, got {job}")
    uvloop.run(main(job, int(port)))
