"""What passes between an office and headquarters, and what each has confirmed to the other."""
import gzip
import http.client
import http.server
import importlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOCOL = os.path.join(HERE, "..", "..", "Protocol")
sys.path.insert(0, os.path.join(HERE, "..", "ProtocolPeer"))
import packages

packages.need()


def compile_protocol(folder):
    subprocess.run(["protoc", f"--proto_path={PROTOCOL}", f"--python_out={folder}",
                    os.path.join(PROTOCOL, "gatehouse.proto")], check=True)
    sys.path.insert(0, folder)
    return importlib.import_module("gatehouse_pb2")


class Proxy:
    """Passes exchange requests on to headquarters and remembers which groups stood in them."""

    def __init__(self, messages):
        self.messages, self.target, self.sent, self.lock = messages, None, [], threading.Lock()
        # Headquarters' power is off: what it answers from then on does not arrive.
        self.isDark = False
        # While this is not set, requests wait: a line that is up and slow.
        self.passes = threading.Event()
        self.passes.set()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.endswith("/exchange"):
                    proxy.note(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                proxy.passes.wait()
                try:
                    upstream = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=30)
                    upstream.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k != "Host"})
                    answer = upstream.getresponse()
                    content = answer.read()
                    if proxy.isDark:
                        raise OSError("cut off")
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() in ("content-type", "content-encoding", "retry-after"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except (OSError, http.client.HTTPException):
                    self.close_connection = True  # Headquarters was killed: the office sees a cut line.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # The office was killed in the middle of a request.
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def note(self, body):
        request = self.messages.ExchangeRequest.FromString(body)
        places = []
        for part in request.spaces:
            for group in part.groups:
                header = self.messages.GroupHeader.FromString(self.messages.Group.FromString(group).header)
                places.append((header.stream, header.seq))
        with self.lock:
            self.sent.append(places)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def confirmed(node, scratch):
    """What the database of a node that does not run says its peer confirmed: stream -> seq."""
    copy = os.path.join(scratch, "copy.db")
    for ending in ("", "-wal", "-shm"):
        source = os.path.join(node.folder, "gatehouse.db" + ending)
        if os.path.exists(copy + ending):
            os.remove(copy + ending)
        if ending != "-shm" and os.path.exists(source):
            shutil.copy(source, copy + ending)
    database = sqlite3.connect(copy)
    covered = {}
    for (tips,) in database.execute("SELECT tips FROM receipts"):
        for at in range(0, len(tips), 56):
            stream, seq = tips[at:at + 16], int.from_bytes(tips[at + 16:at + 24], "big")
            covered[stream] = max(seq, covered.get(stream, 0))
    database.close()
    return covered


def repeated(requests, covered):
    """How many groups stand in requests although their receipt was committed before."""
    return sum(1 for places in requests for stream, seq in places if seq <= covered.get(stream, 0))


def forgotten(peer, covered):
    """Streams of which a serving node holds less than it had confirmed."""
    held = {}
    for space in peer.get("/api/v1/spaces")["items"]:
        for tip in space["clock"]:
            stream = bytes.fromhex(tip["stream"])
            held[stream] = max(tip["seq"], held.get(stream, 0))
    return [(stream.hex(), seq, held.get(stream, 0)) for stream, seq in covered.items() if held.get(stream, 0) < seq]
