"""A closed-loop load generator: each connection sends its next request once it has its answer.

Reads ``{"port", "connections", "seconds", "first", "span", "method", "path", "headers", "body"}`` from stdin,
where ``{n}`` in path and body goes round the numbers from 1 to ``span``; with a ``pause`` of some seconds
each connection is a user who reads what came before the next click. Prints ``{"requests", "seconds",
"next", "p50_ms", "p95_ms", "p99_ms", "bytes"}``. Any answer other than 2xx ends it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop


class Load:
    """What the connections share."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.head, self.path, self.body = template(plan)
        self.number, self.span = plan["first"], plan["span"]
        self.seconds = plan["seconds"]
        self.pause = plan.get("pause", 0.0)
        self.until = 0.0
        self.bytes = 0
        self.latencies: list[float] = []

    def request(self) -> bytes:
        number = b"%d" % (1 + self.number % self.span)
        self.number += 1
        body = self.body.replace(b"{n}", number)
        return self.head % (self.path.replace(b"{n}", number), len(body)) + body

    async def run(self, port: int, connections: int) -> float:
        loop = asyncio.get_running_loop()
        made = [
            await loop.create_connection(lambda: Connection(self, loop), "127.0.0.1", port)
            for _ in range(connections)
        ]
        began = time.perf_counter()
        self.until = began + self.seconds
        for place, (_transport, connection) in enumerate(made):
            loop.call_later(self.pause * place / connections, connection.send)
        await asyncio.gather(*(connection.done for _transport, connection in made))
        return time.perf_counter() - began


def template(request: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.get("headers", {}).items())
    head = f"{request['method']} %b HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: %d\r\n\r\n"
    return head.encode(), request["path"].encode(), request.get("body", "").encode()


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, load: Load, loop: asyncio.AbstractEventLoop) -> None:
        self.load = load
        self.loop = loop
        self.done: asyncio.Future[None] = loop.create_future()
        self.received = b""
        self.missing = -1  # bytes of the body; -1 before the head has come
        self.sent_at = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server closed the connection"))

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        if self.sent_at >= self.load.until:
            self.done.set_result(None)
            self.transport.close()
            return
        self.transport.write(self.load.request())

    def data_received(self, data: bytes) -> None:
        self.load.bytes += len(data)
        if self.missing >= 0:
            self.missing -= len(data)
        else:
            self.received += data
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.received[:end].lower()
            if head[9:10] != b"2":
                self.done.set_exception(RuntimeError(self.received[:1000].decode(errors="replace")))
                return
            length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            self.missing = int(length) - (len(self.received) - end - 4)
        if self.missing == 0:
            self.load.latencies.append(time.perf_counter() - self.sent_at)
            self.received, self.missing = b"", -1
            if self.load.pause:
                self.loop.call_later(self.load.pause, self.send)
            else:
                self.send()


def main() -> None:
    plan = json.load(sys.stdin)
    load = Load(plan)
    seconds = uvloop.run(load.run(plan["port"], plan["connections"]))
    latencies = sorted(load.latencies)
    result = {
        "requests": len(latencies),
        "seconds": seconds,
        "next": load.number,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p95_ms": latencies[len(latencies) * 95 // 100] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        "bytes": load.bytes // len(latencies),
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
