"""A server of pictures that does as little as a server can: `python picture_server.py FILE` prints its port.

FILE holds pictures, each after its length in four bytes; `GET /N.ext` answers with picture N modulo their number,
over connections that stay open.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from pathlib import Path

_TYPES = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"GI": "image/gif", b"RI": "image/webp"}
_NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def answers_of(pictures: list[bytes]) -> list[bytes]:
    """Return the whole answer for each picture."""
    return [
        b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
        % (_TYPES[one[:2]].encode(), len(one), one)
        for one in pictures
    ]


class Server(asyncio.Protocol):
    """One connection."""

    answers: list[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            name = request[5 : request.find(b".", 5)]
            answer = self.answers[int(name) % len(self.answers)] if name.isdigit() else _NOTHING
            self._transport.write(answer)  # type: ignore[attr-defined]


async def main(path: str) -> None:
    """Serve until the process is ended."""
    data, pictures = Path(path).read_bytes(), []
    while data:
        size = 4 + int.from_bytes(data[:4], "big")
        pictures.append(data[4:size])
        data = data[size:]
    Server.answers = answers_of(pictures)
    gc.freeze()
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
