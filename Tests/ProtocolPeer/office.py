"""An office: its key, its streams, joining and exchanging (exchange.md)."""

import base64
import gzip
import http.client
import json
import os
import time
import urllib.parse
from types import SimpleNamespace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from draft import sealed
from groups import COMPANY, CREATED, Group, record_id, sha256, space_text, stream_id
from log import Log, PAGE_TARGET_BYTES, tip_message
from messages import wire

MAXIMUM_ROUNDS = 50
NODES, NODE_KEY, NODE_SPACE = 15, 16, 17


class Problem(Exception):
    """What the server answered instead of a message."""

    def __init__(self, status, headers, body):
        super().__init__(f"{status} {body!r}")
        self.status, self.headers = status, headers
        self.fields = json.loads(body) if body else {}
        self.code = self.fields.get("code")


def public_bytes(private_key):
    return private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def post(address, path, body, credential=None, **headers):
    """One request, gzipped from 1,024 bytes on. Returns the body of a 200, else raises Problem."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers = {"Content-Type": "application/x-protobuf", "Accept-Encoding": "gzip"} | headers
    if credential is not None:
        headers["Authorization"] = "Bearer " + credential.hex()
    if len(body) >= 1024 and "Content-Encoding" not in headers:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=15)
    try:
        try:
            connection.request("POST", path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # A refusal may come before the whole body is sent; it is read below.
        response = connection.getresponse()
        content = response.read()
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        if response.status != 200:
            raise Problem(response.status, response.headers, content)
        return content
    finally:
        connection.close()


class Office:
    """A node with one log per shared space and one stream of its own per space."""

    def __init__(self, address, code):
        self.address, self.office_code = address, code
        self.private_key = Ed25519PrivateKey.generate()
        self.key = public_bytes(self.private_key)
        self.space = b"\x02" + os.urandom(8)
        self.logs = {COMPANY: Log(COMPANY), self.space: Log(self.space)}
        self.nonce, self.latest, self.continued, self.time = os.urandom(16), None, [], 0
        self.members = {self.key}
        self.forget_peer()

    @property
    def log(self):
        return self.logs[self.space]

    def forget_peer(self):
        """Loses all hints about headquarters; exchange.md §3 says that nothing breaks by it."""
        self.stated = {space: [] for space in self.logs}
        self.token, self.shared_root = b"", None
        self.begin_exchange()

    def begin_exchange(self):
        """What is kept to the end of one exchange only (clock.md, Doubt)."""
        self.points = {space: {} for space in self.logs}  # stated as `past` here, by hash
        self.stated_past = {space: [] for space in self.logs}
        self.pages = {space: [] for space in self.logs}
        self.need = {space: False for space in self.logs}

    def may_write(self, space, key):
        return key == self.headquarters_key or (space != COMPANY and key in self.members)

    # Joining

    def join_request(self, code_text, empty=True):
        code = base64.b32hexdecode(code_text.replace("-", ""))
        proof = self.private_key.sign(b"gatehouse:join:1\0" + code + self.key + self.space)
        return wire.JoinRequest(protocol=1, code=code, key=self.key, space=self.space,
                                office_code=self.office_code, empty=empty, proof=proof)

    def join(self, code_text, empty=True):
        request = self.join_request(code_text, empty)
        answer = wire.JoinResponse.FromString(
            post(self.address, "/sync/v1/join", request.SerializeToString()))
        proved = (b"gatehouse:joined:1\0" + sha256(request.code) + self.key + answer.space
                  + sha256(answer.credential))
        self.fingerprint_fits = sha256(answer.key)[:9] == request.code[16:]
        try:
            Ed25519PublicKey.from_public_bytes(answer.key).verify(answer.proof, proved)
            self.proof_fits = True
        except (InvalidSignature, ValueError):
            self.proof_fits = False
        self.headquarters_key, self.credential = answer.key, answer.credential
        if answer.space != self.space:
            self.space = answer.space
            self.logs = {COMPANY: Log(COMPANY), self.space: Log(self.space)}
            self.forget_peer()
        return answer

    # Writing

    def write(self, *changes):
        """Logs one group in the office space, on this node's stream, and returns it."""
        group = self.group(changes)
        self.append(group)
        return group

    def append(self, group):
        self.log.append([group.encoded()], self.may_write)
        self.latest = group.hash

    def group(self, changes):
        """A sealed group with these changes as the next of this node's stream, not yet logged."""
        log = self.log
        known = max([g.header.time for g in log.groups.values()] + [self.time])
        clock = int(time.time() * 1000)
        self.time = max(known + 1, clock << 16)
        header = wire.GroupHeader(space=self.space, time=self.time, schema=1,
                                  wall=clock - (self.time >> 16))
        if self.latest:
            before = log.groups[self.latest].header
            header.stream, header.seq = before.stream, before.seq + 1
            header.predecessor = self.latest
        else:
            header.start.key, header.start.nonce = self.key, self.nonce
            header.start.continues.extend(self.continued)
            header.stream, header.seq = stream_id(self.space, self.key, self.nonce), 1
        own_past = log.past([self.latest] if self.latest else self.continued)
        header.seen.extend(h for _, _, h in log.tips() if h not in own_past)
        bodies = []
        for draft in changes:
            header.changes.append(draft.change(header.referenced))
            bodies.append(draft.body())
        return sealed(header, bodies, self.private_key)

    def begin_stream(self):
        """A new stream that continues all tips of the one it replaces (clock.md, Fork)."""
        stream = self.log.groups[self.latest].header.stream
        self.continued = [each for name, _, each in self.log.tips() if name == stream]
        self.nonce, self.latest = os.urandom(16), None

    def backup(self):
        """Everything a backup of this node holds."""
        return ({space: log.copy() for space, log in self.logs.items()}, self.nonce, self.latest,
                list(self.continued), self.token, dict(self.stated), self.shared_root)

    def restore(self, backup, with_hints):
        """Goes back to a backup; what was remembered of the peer comes from it only if asked."""
        logs, self.nonce, self.latest, self.continued, token, stated, shared_root = backup
        self.logs = {space: log.copy() for space, log in logs.items()}
        self.continued = list(self.continued)
        if with_hints:
            self.token, self.stated, self.shared_root = token, dict(stated), shared_root

    def new_record(self):
        return record_id(self.space, int(time.time() * 1000))

    # Exchanging

    def root(self):
        parts = []
        for space in sorted(self.logs):
            tips = self.logs[space].tips()
            parts += [space, len(tips).to_bytes(4, "big")]
            parts += [stream + seq.to_bytes(8, "big") + each for stream, seq, each in tips]
            parts += [self.logs[space].digest()]
        return sha256(b"gatehouse:root:1\0", *parts)

    def request(self, speaking):
        """The next request; with a part for every shared space if there is something to say."""
        request = wire.ExchangeRequest(protocol=1, node=self.key, token=self.token, schema=1,
                                       now=int(time.time() * 1000), root=self.root())
        budget = PAGE_TARGET_BYTES
        for space in sorted(self.logs) if speaking else []:
            log = self.logs[space]
            part = request.spaces.add(space=space, digest=log.digest(), need=self.need[space])
            part.tips.extend(tip_message(place) for place in log.tips())
            for point in log.points_in_doubt(self.stated[space], self.pages[space]):
                self.points[space][point.hash] = point
            part.past.extend(self.points[space].values())
            gap = log.gap(self.stated[space], self.stated_past[space])
            if gap and budget > 0:
                groups, part.more = log.page(gap, budget)
                part.groups.extend(groups)
                budget -= sum(map(len, groups))
            part.more = part.more or bool(gap and not part.groups)
        return request

    def send(self, request, **headers):
        content = post(self.address, "/sync/v1/exchange", request.SerializeToString(),
                       self.credential, **headers)
        return wire.ExchangeResponse.FromString(content)

    def receive(self, response):
        """Logs the pages of a response, company first, and notes what the server states."""
        self.token = response.token
        for part in sorted(response.spaces, key=lambda part: part.space):
            log, space = self.logs[part.space], part.space
            held = set(log.groups)
            self.need[space] = not log.append(part.groups, self.may_write)
            decoded = [Group.decode(each) for each in part.groups]
            new = {g.header.stream for g in decoded if g.hash in log.groups and g.hash not in held}
            self.pages[space] = [g for g in decoded if g.header.stream not in new]
            self.stated[space] = list(part.tips)
            self.stated_past[space] += part.past
            if space == COMPANY:
                self.read_directory()
        if response.root == self.root():
            self.shared_root = response.root
            for space, log in self.logs.items():
                self.stated[space] = [tip_message(place) for place in log.tips()]

    def read_directory(self):
        """Learns the office's keys from the records of type `nodes` (exchange.md §2)."""
        for group in self.logs[COMPANY].groups.values():
            for change, body in zip(group.header.changes, group.bodies):
                if change.type == NODES and CREATED in change.fields:
                    values = wire.Values.FromString(body.values).values
                    texts = {f: value.text for f, value in zip(change.fields, values)}
                    if texts.get(NODE_SPACE) == space_text(self.space):
                        self.members.add(bytes.fromhex(texts[NODE_KEY]))

    def exchange(self):
        """Exchanges until both sides have one root, or nothing moves. Returns what was said."""
        course = SimpleNamespace(rounds=[], result="behind")
        self.begin_exchange()
        speaking, before = self.root() != self.shared_root, None
        while len(course.rounds) < MAXIMUM_ROUNDS:
            request = self.request(speaking)
            response = self.send(request)
            self.receive(response)
            course.rounds.append((request, response))
            if response.root == self.root():
                course.result = "equal"
                return course
            state = standing(request), standing(response), self.root()
            if state == before:
                if any(self.unequal(part) for part in response.spaces):
                    course.result = "unequal"
                return course
            speaking, before = True, state
        return course

    def unequal(self, part):
        """Equal tips and unequal digests: an alarm."""
        log = self.logs[part.space]
        tips = [(tip.stream, tip.seq, tip.hash) for tip in part.tips]
        return tips == log.tips() and part.digest != log.digest()


def standing(message):
    """What must move from round to round: tips, digests, `past` and `need`."""
    return [([tip.SerializeToString() for tip in part.tips], part.digest,
             [tip.SerializeToString() for tip in part.past], part.need)
            for part in message.spaces]
