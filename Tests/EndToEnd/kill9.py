#!/usr/bin/env python3
"""kill -9 of either side at random moments of a first sync, until KILLS kills were made.

    kill9.py --gatehouse PROGRAM [--tickets 20000] [--kills 50] [--seed N]

An office with that many tickets and headquarters run as processes of their own; between them stands a proxy that reads every
exchange request. After each kill of the office its receipts are read from a copy of its database: from then on no group they
cover may be sent again. After the last kill of a first sync both sides must hold the same, digests included, and verify as
sound; then the next first sync begins with a fresh headquarters. Prints its seed and takes one back.
"""
import argparse, gzip, http.client, http.server, importlib, json, os, random, re, shutil, signal, socket
import sqlite3, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOCOL = os.path.join(HERE, "..", "..", "Protocol")


def compile_protocol(folder):
    subprocess.run(["protoc", f"--proto_path={PROTOCOL}", f"--python_out={folder}",
                    os.path.join(PROTOCOL, "gatehouse.proto")], check=True)
    sys.path.insert(0, folder)
    return importlib.import_module("gatehouse_pb2")


class Proxy:
    """Passes exchange requests on to headquarters and remembers which groups stood in them."""

    def __init__(self, messages):
        self.messages, self.target, self.sent, self.lock = messages, None, [], threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.endswith("/exchange"):
                    proxy.note(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                try:
                    upstream = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=30)
                    upstream.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k != "Host"})
                    answer = upstream.getresponse()
                    content = answer.read()
                    self.send_response(answer.status)
                    for name, value in answer.getheaders():
                        if name.lower() in ("content-type", "content-encoding", "retry-after"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
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


class Node:
    def __init__(self, program, folder, interval):
        self.program, self.folder, self.interval, self.process, self.port = program, folder, interval, None, 0

    def start(self, port=0):
        for _ in range(100):
            self.process = subprocess.Popen(
                [self.program, "serve", "--data", self.folder, "--listen", f"127.0.0.1:{port}",
                 "--interval", str(self.interval)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for line in self.process.stdout:
                found = re.search(r"127\.0\.0\.1:(\d+)/", line)
                if found:
                    self.port = int(found.group(1))
                    return self
            self.process.wait()
            time.sleep(0.05)  # The port of a killed process may still be taken.
        raise SystemExit(f"{self.folder} does not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def command(self, *words):
        out = subprocess.run([self.program, *words, "--data", self.folder, "--json"], capture_output=True, text=True)
        return out.returncode, json.loads(out.stdout) if out.stdout.strip() else out.stderr

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())


def committed(office, scratch):
    """What the office's own database says headquarters confirmed: stream -> seq."""
    copy = os.path.join(scratch, "copy.db")
    for ending in ("", "-wal"):
        source = os.path.join(office.folder, "gatehouse.db" + ending)
        if os.path.exists(copy + ending):
            os.remove(copy + ending)
        if os.path.exists(source):
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


def register(path, count):
    with open(path, "w", encoding="utf-8") as file:
        file.write("编号,受理时间,房号,姓名,电话,渠道,类别,等级,内容,状态,处理人,完成时间\n")
        for i in range(count):
            file.write(f"K9-{i:06},2025-0{1 + i % 5}-{1 + i % 28:02} {8 + i % 12:02}:{i % 60:02},{1 + i % 8}-1-{101 + i % 900},张{i % 97},"
                       f"138{i:08},来电,报修,一般,厨房水管漏水第{i}次,已完成,李师傅,2025-06-01 10:00\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gatehouse", required=True)
    parser.add_argument("--tickets", type=int, default=20000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    o = parser.parse_args()
    print(f"seed {o.seed}")
    chance = random.Random(o.seed)
    scratch = tempfile.mkdtemp(prefix="gatehouse-kill9-")
    messages = compile_protocol(scratch)
    office_made = os.path.join(scratch, "office-made")
    maker = Node(o.gatehouse, office_made, 1)
    subprocess.run([o.gatehouse, "init", "--data", office_made, "--role", "office", "--code", "MH01", "--name", "K9"],
                   check=True, capture_output=True)
    table = os.path.join(scratch, "tickets.csv")
    register(table, o.tickets)
    code, report = maker.command("import", "tickets", table)
    assert report["accepted"] == o.tickets, report
    kills = resent = syncs = groups = 0
    while kills < o.kills:
        syncs += 1
        proxy = Proxy(messages)
        office = Node(o.gatehouse, os.path.join(scratch, f"office-{syncs}"), 1)
        shutil.copytree(office_made, office.folder, ignore=shutil.ignore_patterns("*.sock"))
        hq = Node(o.gatehouse, os.path.join(scratch, f"hq-{syncs}"), 60)
        subprocess.run([o.gatehouse, "init", "--data", hq.folder, "--role", "hq", "--code", "HQ", "--name", "HQ"],
                       check=True, capture_output=True)
        hq.start()
        proxy.target = hq.port
        _, invitation = hq.command("invite", "--office", "MH01")
        code, joined = office.command("join", "--hq", f"http://127.0.0.1:{proxy.port}", "--code", invitation["code"])
        assert code == 0, joined
        covered, seen = {}, 0
        office.start()
        while True:
            time.sleep(chance.uniform(0.05, 0.6))
            status = office.get("/api/v1/sync")
            if status["state"] in ("delivered", "conflict") or kills >= o.kills:
                break
            victim = chance.choice([office, hq])
            victim.kill()
            kills += 1
            if victim is office:
                with proxy.lock:
                    resent += repeated(proxy.sent[seen:], covered)
                    seen = len(proxy.sent)
                covered = committed(office, scratch)
                office.start()
            else:
                hq.start(port=hq.port)
            with proxy.lock:
                resent += repeated(proxy.sent[seen:], covered)
                seen = len(proxy.sent)
        office.stop()
        for _ in range(20):
            code, spaces = office.command("sync", "now")
            if code == 0:
                break
        with proxy.lock:
            resent += repeated(proxy.sent[seen:], covered)
            groups = len({place for places in proxy.sent for place in places})
        assert code == 0 and all(space["digestEqual"] for space in spaces), spaces
        hq.stop()
        for node in (office, hq):
            code, verified = node.command("verify")
            assert code == 0 and verified["sound"], verified
        print(f"first sync {syncs}: {kills} kills so far, {groups} groups, digests equal, both sound", flush=True)
        shutil.rmtree(office.folder)
        shutil.rmtree(hq.folder)
    shutil.rmtree(scratch)
    print(f"{kills} kills, {syncs} first syncs of {o.tickets} tickets, {resent} confirmed groups sent again")
    print(f"{kills} passed, {resent} failed")
    sys.exit(1 if resent else 0)


main()
