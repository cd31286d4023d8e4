"""A peer for the tests: answers well or badly, as the path of the request asks.

    peer.py [--tls] [--tls-1.1] [--silent] [--deaf] [--unix PATH]

Listens on a loopback port or a Unix socket. Says on standard output, one line each, where it
listens and what happens: `listening PORT`, `accepted`, `request METHOD PATH`, `closed`. Ends with
its standard input, and at the latest after 50 seconds.
"""

import argparse
import base64
import gzip
import hashlib
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import warnings

output = threading.Lock()
accepted = 0
requested = 0


def say(line):
    with output:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    close_without_saying = False

    def log_message(self, *arguments):
        pass

    def handle_one_request(self):
        super().handle_one_request()
        if self.close_without_saying:
            self.close_connection = True

    def answer(self):
        global requested
        requested += 1
        say(f"request {self.command} {self.path}")
        name, _, argument = self.path.split("?")[0].lstrip("/").partition("/")
        getattr(self, "answer_" + name.replace("-", "_"))(argument)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = answer

    def do_CONNECT(self):
        """A proxy that lets nobody through."""
        say("request CONNECT " + self.path)
        self.send(b"", 407, [("Proxy-Authenticate", "Basic")])

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, body, status=200, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def wait_for_hang_up(self):
        self.wfile.flush()
        while self.connection.recv(65536):
            pass
        self.close_connection = True

    def write_chunk(self, part):
        self.wfile.write(b"%x\r\n" % len(part) + part + b"\r\n")

    # Good answers.

    def answer_echo(self, argument):
        body = self.body()
        counts = [("X-Accepted", str(accepted)), ("X-Requested", str(requested))]
        self.send(body, headers=[("X-Method", self.command)] + counts)

    def answer_head(self, argument):
        """The head of the request, as it came."""
        self.body()
        self.send((self.requestline + "\n" + str(self.headers)).encode())

    def answer_bytes(self, argument):
        self.send(bytes(range(256)) * (int(argument) // 256))

    def answer_status(self, argument):
        self.body()
        self.send(b"", int(argument))

    def answer_redirect(self, argument):
        self.send(b"", 302, [("Location", "/echo")])

    def answer_gzip(self, argument):
        self.send(gzip.compress(bytes(int(argument))), headers=[("Content-Encoding", "gzip")])

    def answer_close(self, argument):
        """Says that the connection ends here."""
        self.close_connection = True
        self.send(b"", headers=[("Connection", "close")])

    def answer_then_close(self, argument):
        """Closes the connection after the answer without a word."""
        self.body()
        self.send(b"once")
        self.close_without_saying = True

    def answer_interim(self, argument):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX-Kind: interim\r\n\r\n")
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Kind: final\r\nX-Empty:\r\n")
        self.wfile.write(b"Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n")
        self.write_chunk(b"all")
        self.wfile.write(b"0\r\nX-Late: trailer\r\n\r\n")

    # Bad ones.

    def answer_stall(self, argument):
        self.wait_for_hang_up()

    def answer_stall_body(self, argument):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789")
        self.wait_for_hang_up()

    def answer_short(self, argument):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        self.close_connection = True

    def answer_cut_chunk(self, argument):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.write_chunk(b"0123456789")
        self.close_connection = True

    def answer_nothing(self, argument):
        self.close_connection = True

    def answer_endless(self, argument):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            self.write_chunk(bytes(65536))

    def answer_announced(self, argument):
        """Announces a length, and sends nothing of it."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % int(argument))
        self.wait_for_hang_up()

    def answer_endless_head(self, argument):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-More: " + b"a" * 1000 + b"\r\n")

    def answer_unpack(self, argument):
        """A transfer coding, which a client unpacks without being asked."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
        self.write_chunk(gzip.compress(bytes(int(argument))))
        self.wfile.write(b"0\r\n\r\n")

    def answer_other_language(self, argument):
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.close_connection = True


class Peer:
    def __init__(self, listener, wrap, arguments):
        self.listener = listener
        self.wrap = wrap
        self.arguments = arguments

    def serve(self):
        global accepted
        while True:
            connection, _ = self.listener.accept()
            accepted += 1
            say("accepted")
            threading.Thread(target=self.handle, args=[connection], daemon=True).start()

    def handle(self, connection):
        try:
            if self.arguments.silent:
                while connection.recv(65536):
                    pass
            elif not self.arguments.deaf:
                connection = self.wrap(connection)
                Handler(connection, ("peer", 0), None)
        except OSError:
            pass
        finally:
            connection.close()
            say("closed")


def listen(arguments):
    if arguments.unix:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(arguments.unix)
        place = arguments.unix
    else:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        place = listener.getsockname()[1]
    listener.listen(16)
    return listener, place


def make_certificate(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", certificate],
        check=True, stderr=subprocess.DEVNULL)
    public = subprocess.run(
        ["openssl", "pkey", "-in", key, "-pubout", "-outform", "der"],
        check=True, stdout=subprocess.PIPE).stdout
    say(f"certificate {certificate}")
    say("pin sha256//" + base64.b64encode(hashlib.sha256(public).digest()).decode())
    return key, certificate


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--tls-1.1", dest="old_tls", action="store_true")
    parser.add_argument("--silent", action="store_true", help="accept and never say anything")
    parser.add_argument("--deaf", action="store_true", help="accept and hang up")
    parser.add_argument("--unix")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp()

    def end():
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    timer = threading.Timer(50, end)
    timer.daemon = True
    timer.start()
    wrap = lambda connection: connection
    if arguments.tls or arguments.old_tls:
        key, certificate = make_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if arguments.old_tls:
            warnings.simplefilter("ignore")
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        wrap = lambda connection: context.wrap_socket(connection, server_side=True)
    listener, place = listen(arguments)
    say(f"listening {place}")
    threading.Thread(target=Peer(listener, wrap, arguments).serve, daemon=True).start()
    sys.stdin.read()
    end()


main()
