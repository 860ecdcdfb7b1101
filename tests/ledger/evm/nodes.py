"""Nodes for tests: anvil as a process of its own, and proxies in front of it that ask, leave out or
change what they like.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.interop.peer import PeerMissing, installed

CONTRACTS = Path(__file__).parents[3] / "contracts"
START_SECONDS = 20

Twist = Callable[[str, list[Any], Callable[[], Any]], Any]
"""Given method, parameters and how to ask the node behind: the result, or `Refuse`."""


class Refuse(Exception):
    """An error object of JSON-RPC."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, **({} if data is None else {"data": data})}


class Silent(Exception):
    """No answer at all: the connection is closed."""


_missing: list[PeerMissing] = []


def packages() -> Path:
    """The folder with compiler and node. Raises `PeerMissing`; an absent registry is asked once."""
    if _missing:
        raise _missing[0]
    try:
        return installed(CONTRACTS)
    except PeerMissing as missing:
        _missing.append(missing)
        raise


def anvil_program() -> Path:
    """The binary that npm ships. Raises `PeerMissing`."""
    for each in (packages() / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil"):
        if os.access(each, os.X_OK):
            return each
    raise PeerMissing("npm ships no anvil for this machine")


def rpc(address: str, method: str, *params: Any) -> Any:
    """One call, for what tests tell a node. Raises `Refuse`."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
    request = urllib.request.Request(  # noqa: S310  # this machine
        address, body.encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
        answer = json.loads(reply.read())
    if "error" in answer:
        error = answer["error"]
        raise Refuse(error["code"], error["message"], error.get("data"))
    return answer["result"]


class Anvil:
    """One anvil on a free port of this machine."""

    def __init__(self, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        program = [str(anvil_program()), "--host", "127.0.0.1", "--port", str(port), "--silent"]
        self._process = subprocess.Popen([*program, *options])
        ends = time.monotonic() + START_SECONDS
        while True:
            try:
                rpc(self.address, "eth_chainId")
                return
            except OSError:
                if time.monotonic() > ends or self._process.poll() is not None:
                    self.close()
                    raise PeerMissing("anvil does not start here") from None
                time.sleep(0.02)

    def ask(self, method: str, *params: Any) -> Any:
        return rpc(self.address, method, *params)

    def fund(self, account: str) -> None:
        self.ask("anvil_setBalance", account, hex(10**22))

    def mine(self, blocks: int = 1) -> None:
        self.ask("anvil_mine", hex(blocks))

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Proxy:
    """Answers as ``twist`` says. ``calls`` counts by method."""

    def __init__(self, behind: str, twist: Twist, *, batch: int = 1) -> None:
        self.calls: dict[str, int] = {}
        self.twist = twist
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # 40 ms for each answer

            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["content-length"])))
                try:
                    answer = outer._answers(behind, call, batch)
                except Silent:
                    self.close_connection = True
                    return
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answers(self, behind: str, call: Any, batch: int) -> Any:
        if isinstance(call, list):
            if len(call) > batch:
                return _error(None, Refuse(-32600, f"batch of more than {batch} calls"))
            return [self._answer(behind, each) for each in call]
        return self._answer(behind, call)

    def _answer(self, behind: str, call: Any) -> Any:
        method, params = call["method"], call["params"]
        self.calls[method] = self.calls.get(method, 0) + 1
        try:
            result = self.twist(method, params, lambda: rpc(behind, method, *params))
        except Refuse as refused:
            return _error(call["id"], refused)
        if isinstance(result, bytes):  # raw octets in place of an answer
            return result
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}


def _error(number: Any, refused: Refuse) -> Any:
    return {"jsonrpc": "2.0", "id": number, "error": refused.error}
