#!/usr/bin/env python3
"""Hostile bytes against running nodes (R13, S40): what no client of ours sends, at every door.

    hostile_bytes.py --gatehouse PROGRAM [--patient] [--only WORD]

A headquarters and an office that has joined it run as processes of their own. Each request is sent over a socket of its own, byte by
byte as written here. After it: the answer is 4xx, the node still answers, it took at most --cpu milliseconds of processor time (100, or what
its case says) and at most --memory MiB more memory at its peak, and in the end the clocks of both nodes are what they were. --patient also waits until the
half requests that are held open have been cut off. Prints a line for each request and ends with "N requests, M failures".

Needs protobuf and cryptography for Python, as `make python` brings them.
"""
import argparse, gzip, json, os, re, signal, socket, subprocess, sys, tempfile, time, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "ProtocolPeer"))
import packages
JSON, FORM, PROTOBUF = "application/json", "application/x-www-form-urlencoded", "application/x-protobuf"
MEBIBYTE = 1 << 20
MARKS = "\u0300\u0316"


class Node:
    """One node under test, with what its process costs."""

    def __init__(self, program, folder, role, code, name):
        self.program, self.folder = program, folder
        self.command("init", "--role", role, "--code", code, "--name", name)
        self.log = open(folder + ".log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "serve", "--data", folder, "--listen", "127.0.0.1:0", "--interval", "86400"],
            stdout=subprocess.PIPE, stderr=self.log, text=True, encoding="utf-8")
        for line in self.process.stdout:
            found = re.search(r"127\.0\.0\.1:(\d+)/", line)
            if found:
                self.port = int(found.group(1))
                return
        raise SystemExit(f"{folder} does not start")

    def command(self, *words):
        done = subprocess.run([self.program, words[0], "--data", self.folder, *words[1:]], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{words[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def clocks(self):
        spaces = json.loads(self.command("status", "--json"))["spaces"]
        return json.dumps([{k: v for k, v in space.items() if k in ("space", "clock", "tips", "digest")} for space in spaces],
                          sort_keys=True)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def processor_time(self):
        """Milliseconds all threads have spent on a processor."""
        total = 0
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
            except FileNotFoundError:
                pass  # The thread ended meanwhile.
        return total / 1e6

    def memory(self, key):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(key + r":\s+(\d+) kB", file.read()).group(1)) / 1024

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    def alive(self):
        if self.process.poll() is not None:
            return False
        try:
            return self.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 5)[0] == [200]
        except OSError:
            return False

    def send(self, data, timeout=30, more=()):
        """Sends bytes as they are; returns the statuses of all answers and what was read."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as line:
            try:
                line.sendall(data)
                for piece in more:
                    line.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # Refused before all of it was sent.
            read = b""
            until = time.monotonic() + timeout
            try:
                while time.monotonic() < until:
                    line.settimeout(max(0.05, until - time.monotonic()))
                    piece = line.recv(1 << 16)
                    if not piece:
                        break
                    read += piece
                    if complete(read):
                        # Whatever a smuggled second request gives comes now or never.
                        until = min(until, time.monotonic() + 0.2)
            except (socket.timeout, ConnectionResetError):
                pass
            return [int(s) for s in re.findall(rb"HTTP/1\.[01] (\d{3})", read)], read


def complete(read):
    head, gap, body = read.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(gap) and (not length or len(body) >= int(length.group(1)))


def request(method, path, body=b"", content_type=None, host="localhost", **headers):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if body and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def bomb(size):
    """Zeros of that size in gzip coding, a thousandth of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    step = b"\0" * MEBIBYTE
    return b"".join(packer.compress(step) for _ in range(size // MEBIBYTE)) + packer.flush()


def zip_of(name, size):
    import io, zipfile
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open(name, "w", force_zip64=True) as part:
            for _ in range(size // MEBIBYTE):
                part.write(b" " * MEBIBYTE)
    return file.getvalue()


def workbook(sheet, **parts):
    import io, zipfile
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", '<Relationships><Relationship Id="w" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", '<workbook xmlns:r="r"><sheets><sheet r:id="r1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="a.xml"/>'
                         '<Relationship Id="r2" Type="x/sharedStrings" Target="b.xml"/></Relationships>')
        archive.writestr("xl/a.xml", f"<worksheet><sheetData>{sheet}</sheetData></worksheet>")
        for name, text in parts.items():
            archive.writestr(f"xl/{name}.xml", text)
    return file.getvalue()


def multipart(file, register="households", boundary="b0undary", head=None):
    head = head or 'Content-Disposition: form-data; name="file"; filename="a.csv"'
    lines = [f"--{boundary}\r\nContent-Disposition: form-data; name=\"register\"\r\n\r\n{register}\r\n",
             f"--{boundary}\r\nContent-Disposition: form-data; name=\"run\"\r\n\r\ndry\r\n",
             f"--{boundary}\r\n{head}\r\n\r\n"]
    return "".join(lines).encode() + file + f"\r\n--{boundary}--\r\n".encode()


def bodies():
    """JSON bodies that no program of ours sends, by name."""
    text = lambda s: s.encode("utf-8", "surrogatepass")
    yield "10^6 nested arrays", b'{"name":' + b"[" * 1_000_000 + b"}"
    yield "10^5 nested objects", b'{"name":' + b'{"a":' * 100_000 + b"}"
    yield "a name twice", b'{"name":"a","name":"b"}'
    yield "a name twice, once escaped", b'{"name":"a","\\u006eame":"b"}'
    yield "NaN", b'{"name":NaN}'
    yield "Infinity", b'{"gender":-Infinity}'
    yield "2^63", b'{"name":"a","area":9223372036854775808}'
    yield "1e999999999", b'{"area":1e999999999}'
    yield "-0", b'{"estate":"x","building":"3","room":"1","area":-0}'
    yield "a number of a million digits", b'{"area":' + b"9" * 1_000_000 + b"}"
    yield "a lone surrogate, escaped", b'{"name":"\\ud800"}'
    yield "a lone surrogate in UTF-8", text('{"name":"\ud800"}')
    yield "overlong UTF-8", b'{"name":"\xc0\xaf"}'
    yield "a zero character, escaped", b'{"name":"a\\u0000b"}'
    yield "a zero byte", b'{"name":"a\0b"}'
    yield "trailing garbage", b'{"name":"a"}garbage'
    yield "a second document", b'{"name":"a"}{"name":"b"}'
    yield "UTF-16", '{"name":"a"}'.encode("utf-16")
    yield "a mark before the document", b'\xef\xbb\xbf{"name":"a"}'
    yield "100,000 unknown members", b"{" + b",".join(b'"u%d":1' % n for n in range(90_000)) + b"}"
    yield "500,000 elements", b'{"vehicles":[' + b"1," * 500_000 + b"1]}"
    yield "a name of 200,000 marks", text('{"' + MARKS * 100_000 + '":1}')
    yield "a text of 500,000 marks", text('{"name":"' + MARKS * 250_000 + '"}')
    yield "a text of 170,000 escaped marks", b'{"name":"' + b"\\u0300\\u0316" * 85_000 + b'"}'
    yield "a choice with 400,000 marks", text('{"name":"x","gender":"\u7537' + MARKS * 200_000 + '"}')
    yield "an office with 400,000 marks", text('{"name":"x","_office":"MH01' + MARKS * 200_000 + '"}')
    yield "a note with 400,000 marks", text('{"name":"","_note":"' + MARKS * 200_000 + '"}')
    yield "a megabyte of one letter", b'{"name":"' + b"a" * 1_000_000 + b'"}'
    yield "no object", b"[]"
    yield "nothing", b""


def json_cases(office, person, household):
    yield "PATCH household: an area of -0", office, request("PATCH", f"/api/v1/households/{household}", b'{"area":-0}', JSON, If_Match="*"), {}
    for name, body in bodies():
        for door, method, path in [("POST persons", "POST", "/api/v1/persons"), ("POST households", "POST", "/api/v1/households"),
                                   ("PATCH person", "PATCH", f"/api/v1/persons/{person}")]:
            extra = {"If_Match": "*"} if method == "PATCH" else {}
            yield f"{door}: {name}", office, request(method, path, body, JSON, **extra), {}
    for path in ("/api/v1/sync/join", f"/api/v1/conflicts/{person}/resolution", "/api/v1/sync/pause"):
        for name, body in bodies():
            if name not in ("nothing", "no object") or "join" in path:
                yield f"POST {path.split('/')[-1]}: {name}", office, request("POST", path, body, JSON), {}
    for kind in ("text/plain", FORM, "application/json-patch+json", "multipart/form-data", "", "a/b" * 5_000):
        yield f"POST persons as {kind[:30]!r}", office, request("POST", "/api/v1/persons", b'{"name":"a"}', kind or None), {}
    yield "PATCH with a wrong tag", office, request("PATCH", f"/api/v1/persons/{person}", b'{"name":"a"}', JSON, If_Match='"x"'), {}
    yield "PATCH with a tag of 30,000 digits", office, request(
        "PATCH", f"/api/v1/persons/{person}", b'{"name":"a"}', JSON, If_Match='"a.' + "9" * 30_000 + '"'), {}
    yield "POST with a key of 300 characters", office, request(
        "POST", "/api/v1/persons", b'{"name":"a"}', JSON, Idempotency_Key="k" * 300), {}


def address_cases(office, person):
    wide = "&".join(f"u{n:x}=" for n in range(11_000))
    marks = "%CC%80%CC%96" * 5_000
    for name, query in {
            "11,000 parameters": wide, "a parameter twice": "q=a&q=b", "percent and nothing": "q=%", "percent and no digits": "q=%zz",
            "overlong UTF-8": "q=%c0%af", "a surrogate": "q=%ed%a0%80", "limit 0": "limit=0", "limit 2^63": "limit=9223372036854775808",
            "limit -1": "limit=-1", "after nothing": "after=x", "after 40 zeros": "after=" + "0" * 40, "no such office": "office=%00",
            "no such field": "nosuch=1", "a choice with marks": "gender=%E7%94%B7" + marks, "a range of texts": "name.from=1",
            "a bad date": "birthday=2025-13-45", "an office with marks": "office=MH01" + marks}.items():
        yield f"GET persons?{name}", office, request("GET", f"/api/v1/persons?{query}"), {}
    for path in ("/api/v1/persons/%00", "/api/v1/persons/" + "v" * 40, f"/api/v1/nosuch/{person}", "/api/v1/persons/" + "0" * 7_000,
                 "/records/persons/%2e%2e%2f", "/assets/..%2f..%2fetc%2fpasswd", "/assets/%00", "/jobs/" + "x" * 7_000,
                 "/records/persons?after=x", "/records/nosuch", "/conflicts/persons/x", "/api/v1/imports/nosuch", "/api/v1/reports/nosuch"):
        method = "POST" if "imports" in path else "GET"
        yield f"{method} {path[:40]}", office, request(method, path, b"x" if method == "POST" else b"", "text/csv"), {}


def import_cases(office):
    header = "房号,姓名,与业主关系,入住日期\n".encode()
    tall = header + b"3-1-101,a,\n" * 10
    marks = (MARKS * 20_000).encode()
    files = {
        "a zip bomb of 1 GB": zip_of("xl/workbook.xml", 1 << 30), "a zip that ends at once": b"PK\x03\x04" + b"\0" * 100,
        "10^5 nested elements": workbook("<row>" * 100_000), "a billion laughs":
            workbook("", b="<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><sst><si><t>&b;</t></si></sst>"),
        "100,000 attributes": workbook("<row " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>"),
        "an exponent of -2^63": workbook('<row><c><v>1E-9223372036854775808</v></c></row>'),
        "one shared text in 2,000,000 cells": workbook(
            "".join("<row>" + '<c t="s"><v>0</v></c>' * 200 + "</row>" for _ in range(10_000)),
            b="<sst><si><t>" + "x" * 100_000 + "</t></si></sst>"),
        "a web page": b"<html>", "an old workbook": b"\xd0\xcf\x11\xe0" + b"\0" * 1000, "no UTF-8, no GB18030": b"a\xff\xff,b\n",
        "a zero byte": b"a,b\n1,\0\n", "a quote without end": b'a,"b\n' + b"x" * 1_000_000, "100,001 columns": b"," * 100_000 + b"x\n1\n",
        "200,000 rows": header + b"1,2,3\n" * 200_000, "a header of 80,000 marks": b"a" + marks + b",b\n1,2\n",
        "an estate of 80,000 marks": "小区,房号,姓名,与业主关系,入住日期\n".encode()
            + "".join(f"幸福里{MARKS * 20_000},3-1-{n},a,业主,2024-01-01\n" for n in range(20)).encode(),
        "17 MB": tall + b"x" * (17 << 20), "nothing": b"", "UTF-16 cut short": b"\xff\xfea",
    }
    for name, body in files.items():
        yield f"import: {name}", office, request("POST", "/api/v1/imports/households?wait=1", body, "text/csv"), {"memory": 200, "cpu": 3_000,
            "dry": True}
    announced = request("POST", "/api/v1/imports/households?wait=1", b"x", "text/csv", Content_Length=1 << 30)
    yield "import: 1 GB announced", office, announced, {"soon": True}
    for name in ("an exponent of -2^63", "a zip bomb of 1 GB", "a header of 80,000 marks"):
        yield f"page import: {name}", office, request(
            "POST", "/import", multipart(files[name]), "multipart/form-data; boundary=b0undary"), {"expect": (303, 400, 413, 422), "cpu": 3_000,
            "memory": 200}


def page_cases(office, person):
    page = office.send(request("GET", "/records/households/new"))[1].decode()
    record = re.search(r'name="id" value="(\w+)"', page).group(1).encode()

    def form(name, body, **extra):
        return f"form: {name}", office, request("POST", "/records/households/new", b"id=" + record + b"&" + body, FORM), extra

    many = b"&".join(b"u%d=1" % n for n in range(100_000))
    yield form("100,000 unknown names", many)
    yield form("a name of 400,000 marks", ("f.room.0" + MARKS * 200_000 + "=1").encode())
    yield form("a value of 400,000 marks", ("f.room.0=" + MARKS * 200_000).encode())
    yield form("overlong UTF-8", b"f.room.0=%C0%AF")
    yield form("a zero character", b"f.room.0=%00")
    yield form("2 MB", b"f.room.0=" + b"a" * (2 << 20))
    yield form("nothing", b"=")
    yield "form: 1 GB announced", office, request("POST", "/records/households/new", b"id=a", FORM, Content_Length=1 << 30), {"soon": True}
    kind = "multipart/form-data; boundary=b0undary"
    for name, body, content_type in [
            ("no boundary", b"--x\r\n", "multipart/form-data"), ("an empty boundary", b"--\r\n", "multipart/form-data; boundary="),
            ("a boundary of 10,000 letters", b"--x", "multipart/form-data; boundary=" + "x" * 10_000), ("no end", multipart(b"a")[:-8], kind),
            ("10,000 parts", b"".join(b"--b0undary\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" for _ in range(10_000)), kind),
            ("8 MB of header lines", multipart(b"a", head="X: y\r\n" * (8 * MEBIBYTE // 6)), kind),
            ("30 MB of line ends", b"--b0undary" + b"\r\n" * (15 * MEBIBYTE), kind),
            ("33 MB", multipart(b"a" * (33 * MEBIBYTE)), kind)]:
        yield f"upload: {name}", office, request("POST", "/import", body, content_type), {"memory": 200, "cpu": 1_500}
    yield "upload: 1 GB announced", office, request("POST", "/import", b"--b0undary\r\n", kind, Content_Length=1 << 30), {"soon": True}


def exchange_cases(hq, peer, code):
    good = peer.request(True).SerializeToString()
    joining = peer.join_request(code).SerializeToString()
    bearer = {"Authorization": "Bearer " + peer.credential.hex()}
    head = bytes([8, 1, 18, 32]) + peer.key + bytes([42, 32]) + bytes(32)  # protocol, node, root
    repeat = lambda piece: gzip.compress(head + piece * ((30 << 20) // len(piece)), 6)
    part = lambda inner: b"\x32" + varint(len(inner)) + inner
    inside = lambda piece: gzip.compress(head + part(b"\x0a\x09\x01" + bytes(8) + piece * ((30 << 20) // len(piece))), 6)
    coded = {
        "a gzip bomb of 1 GB": bomb(1100 << 20), "a gzip bomb of 33 MB": bomb(33 << 20), "15 million empty parts": repeat(b"\x32\x00"),
        "15 million empty tips": inside(b"\x12\x00"), "15 million empty groups": inside(b"\x22\x00"), "15 million empty points": inside(b"\x42\x00"),
        "15 million empty wants": inside(b"\x4a\x00"), "15 million unknown fields": repeat(b"\xf8\x01"), "gzip cut short": gzip.compress(good)[:-9],
        "two gzip members": gzip.compress(good) + gzip.compress(good), "gzip and garbage": gzip.compress(good) + b"x", "no gzip": good,
    }
    plain = {
        "nothing": b"", "text": b"hello", "a length of 1 GB": b"\x0a" + varint(1 << 30) + b"x", "a length of 2^63": b"\x0a" + varint(1 << 63),
        "a varint of 11 bytes": b"\xff" * 11, "10^6 nested groups": b"\x0b" * 1_000_000, "wire type 7": b"\x0f", "9 MB": bytes(9 << 20),
        "trailing garbage": good + b"\xff\xff", "cut short": good[:-3], "4 million empty parts": head + b"\x32\x00" * 4_000_000,
        "4 million empty tips": head + part(b"\x0a\x09\x01" + bytes(8) + b"\x12\x00" * 4_000_000),
        "4 million unknown fields": head + b"\xf8\x01\x00" * 2_600_000,
    }
    for path, sound in (("exchange", good), ("join", joining)):
        address = f"/sync/v1/{path}"
        for headers in (bearer, {}) if path == "exchange" else ({},):
            who = "known" if headers else "unknown"
            for name, body in coded.items():
                yield f"{path} ({who}): {name}", hq, request("POST", address, body, PROTOBUF, Content_Encoding="gzip", **headers), {"memory": 130, "cpu": 1_000}
            for name, body in plain.items():
                # A known node's unknown fields are passed over, as they must be.
                expect = {"expect": (200, 400)} if headers and "unknown" in name else {}
                yield f"{path} ({who}): {name}", hq, request("POST", address, body, PROTOBUF, **headers), {"cpu": 300, **expect}
        yield f"{path}: as JSON", hq, request("POST", address, sound, JSON, **bearer), {}
        yield f"{path}: br", hq, request("POST", address, sound, PROTOBUF, Content_Encoding="br", **bearer), {}
        yield f"{path}: gzip twice", hq, request("POST", address, sound, PROTOBUF, Content_Encoding="gzip, gzip", **bearer), {}
        yield f"{path}: 1 GB announced", hq, request("POST", address, sound, PROTOBUF, Content_Length=1 << 30, **bearer), {"soon": True}
        yield f"{path}: GET", hq, request("GET", address), {}
    yield "exchange: a credential of 30,000 digits", hq, request("POST", "/sync/v1/exchange", good, PROTOBUF, Authorization="Bearer " + "ab" * 15_000), {}


def varint(number):
    out = b""
    while number >= 128:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def line_cases(node):
    """Requests that two programs in a row might cut in different places, and heads without end."""
    second = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /api/v1/persons HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    pairs = {
        "length and chunks": head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
        "chunks and length": head + b"Transfer-Encoding: chunked\r\nContent-Length: 44\r\n\r\n0\r\n\r\n" + second,
        "two lengths": head + b"Content-Length: 2\r\nContent-Length: 44\r\n\r\n{}" + second,
        "a list of lengths": head + b"Content-Length: 2, 44\r\n\r\n{}" + second,
        "a signed length": head + b"Content-Length: +2\r\n\r\n{}" + second,
        "a negative length": head + b"Content-Length: -1\r\n\r\n{}" + second,
        "a length in hexadecimal": head + b"Content-Length: 0x2\r\n\r\n{}" + second,
        "a length of 2^64": head + b"Content-Length: 18446744073709551618\r\n\r\n{}" + second,
        "a blank before the colon": head + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + second,
        "a tab before chunked": head + b"Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n" + second,
        "an unknown coding": head + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + second,
        "chunked twice": head + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
        "a folded line": head + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n\r\n{}" + second,
        "a line feed alone": b"POST /api/v1/persons HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{}" + second,
        "a zero byte in a header": head + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}",
        "a chunk of 2^64": head + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{}",
        "a chunk size with a sign": head + b"Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
        "a chunk longer than said": head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        "no host": b"POST /api/v1/persons HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "two hosts": b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        # The library takes the path out of the address and leaves the Host, which is checked.
        "a foreign address in the line (200)": b"GET http://evil.example/api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "HTTP/9.9": b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        "a method of 10,000 letters": b"A" * 10_000 + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a header of 1 MB": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * MEBIBYTE + b"\r\n\r\n",
        "a header name of 1 MB": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"a" * MEBIBYTE + b": b\r\n\r\n",
        "20,000 headers": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X%d: 1\r\n" % n for n in range(20_000)) + b"\r\n",
        "an address of 1 MB": b"GET /" + b"a" * MEBIBYTE + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    }
    for name, data in pairs.items():
        yield f"line: {name}", node, data, {"line": True, "expect": (200,) if "(200)" in name else (400, 403, 404, 405, 411, 413, 414, 421, 422, 431, 501, 505)}


def held_open(node, patient):
    """Half requests that never go on: the node serves others meanwhile and in time cuts them off."""
    halves = [b"POST /api/v1/persons HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
              b"GET /api/v1/status HTT", b"POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
              b"Content-Length: 1000000\r\n\r\n--b"]
    before = node.memory("VmRSS")
    lines = []
    for number in range(150):
        line = socket.create_connection(("127.0.0.1", node.port))
        line.sendall(halves[number % len(halves)])
        lines.append(line)
    start = time.monotonic()
    good = all(node.alive() for _ in range(20))
    took = (time.monotonic() - start) / 20 * 1000
    growth = node.memory("VmRSS") - before
    cut = None
    if patient:
        until = time.monotonic() + 120
        for line in lines:
            line.settimeout(max(0.1, until - time.monotonic()))
            try:
                while line.recv(65536):
                    pass
            except socket.timeout:
                good = False
            except ConnectionResetError:
                pass
        cut = time.monotonic() - start
    for line in lines:
        line.close()
    print(f"150 half requests held open: others answered in {took:.0f} ms, {growth:.1f} MiB more"
          + (f", all cut off after {cut:.0f} s" if cut else ""))
    return good and growth < 64


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--cpu", type=float)
    parser.add_argument("--memory", type=float, default=64)
    parser.add_argument("--patient", action="store_true")
    parser.add_argument("--only", default="")
    o = parser.parse_args()
    packages.need()
    from office import Office
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    nodes = []
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        try:
            for name, role, code, title in (("hq", "hq", "HQ", "总部"), ("office", "office", "MH01", "幸福里")):
                nodes.append(Node(o.gatehouse, os.path.join(folder, name), role, code, title))
            failures = run(o, *nodes, Office)
        finally:
            for node in nodes:
                node.stop()
    sys.exit(1 if failures else 0)


def first_id(node, kind):
    return json.loads(node.send(request("GET", f"/api/v1/{kind}"))[1].partition(b"\r\n\r\n")[2])["items"][0]["id"]


def run(o, hq, office, Office):
    def invite(code):
        return json.loads(hq.command("invite", "--office", code, "--json"))["code"]

    office.command("join", "--hq", f"http://127.0.0.1:{hq.port}", "--code", invite("MH01"))
    office.send(request("POST", "/api/v1/persons", '{"name":"王芳"}'.encode(), JSON))
    peer = Office(f"http://127.0.0.1:{hq.port}", "MH09")
    peer.join(invite("MH09"))
    peer.exchange()  # With its first exchange it enters the directory.
    estate = first_id(office, "estates")
    office.send(request("POST", "/api/v1/households", json.dumps({"estate": estate, "building": "3", "room": "501"}).encode(), JSON))
    subprocess.run([o.gatehouse, "sync", "now", "--data", office.folder], capture_output=True, check=True)
    person, household = first_id(office, "persons"), first_id(office, "households")
    before = {node: node.clocks() for node in (hq, office)}
    cases = [*json_cases(office, person, household), *address_cases(office, person), *import_cases(office), *page_cases(office, person),
             *exchange_cases(hq, peer, invite("MH08")), *line_cases(office), *line_cases(hq)]
    failures = count = 0
    worst = {"cpu": (0, ""), "memory": (0, "")}
    for name, node, data, limits in cases:
        if o.only not in name:
            continue
        count += 1
        node.forget_peak()
        memory, cpu, start = node.memory("VmRSS"), node.processor_time(), time.monotonic()
        statuses, read = node.send(data, 8 if limits.get("soon") else 60)
        took = (time.monotonic() - start) * 1000
        spent = node.processor_time() - cpu
        grown = max(0, node.memory("VmHWM") - memory) if node.process.poll() is None else 0
        expect = limits.get("expect") or range(400, 500)
        wrong = []
        if limits.get("line") and not statuses:
            pass  # Cut off without an answer is as good.
        elif not statuses or any(s not in expect for s in statuses[:1]):
            wrong.append(f"answered {statuses or 'nothing'}")
        if limits.get("line") and len(statuses) > 1:
            wrong.append(f"{len(statuses)} answers to one request: {statuses}")
        if spent > (o.cpu or limits.get("cpu", 100)):
            wrong.append("processor time")
        if grown > limits.get("memory", o.memory):
            wrong.append("memory")
        if not node.alive():
            wrong.append("the node does not answer")
        for key, value in (("cpu", spent), ("memory", grown)):
            worst[key] = max(worst[key], (value, name))
        failures += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {name}: {statuses} {spent:.0f} ms CPU, {took:.0f} ms, +{grown:.1f} MiB, {len(read)} bytes back"
              + "".join(f" · {w}" for w in wrong), flush=True)
        if node.process.poll() is not None:
            print(f"The process ended with {node.process.returncode}.")
            return failures
    if not o.only:
        count += 1
        failures += not held_open(office, o.patient)
    for node in before:
        if node.clocks() != before[node]:
            failures += 1
            print(f"FAIL {os.path.basename(node.folder)}: the clocks changed")
    print(f"most processor time {worst['cpu'][0]:.0f} ms ({worst['cpu'][1]}), most memory {worst['memory'][0]:.1f} MiB ({worst['memory'][1]})")
    print(f"{count} requests, {failures} failures", flush=True)
    return failures


if __name__ == "__main__":
    main()
