"""protocol: a Kafka reader of its own, written from the protocol's description with nothing but the
standard library, so that what one client shows can be held against what another shows. Reads whole
topics from their beginning; knows Metadata v1, ListOffsets v1, Fetch v4, record batches v2, and the
codecs none, gzip, snappy and lz4. Wrong checksums are errors, not something to skip."""
import socket
import struct
import time
import zlib

METADATA, FETCH, LIST_OFFSETS = 3, 1, 2
EARLIEST, LATEST = -2, -1
FETCH_BYTES = 4 << 20
TRANSIENT = (3, 5, 6, 7, 9)     # the leader moves, or is not known yet


class ProtocolError(Exception):
    pass


# --- bytes

class Taker:
    """Reads big-endian fields one after the other."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, form):
        found = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return found[0] if len(found) == 1 else found

    def bytes(self, size):
        if size < 0:
            return None
        found = self.data[self.at:self.at + size]
        if len(found) != size:
            raise ProtocolError("an answer ends in the middle of a field")
        self.at += size
        return bytes(found)

    def text(self):
        found = self.bytes(self.take("h"))
        return None if found is None else found.decode()

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)

    def many(self, each):
        return [each() for _ in range(self.take("i"))]


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


# --- codecs

def lz4_block(data, start, size, out):
    at, end = start, start + size
    while at < end:
        token = data[at]
        at += 1
        count, at = lz4_length(data, at, token >> 4)
        out += data[at:at + count]
        at += count
        if at >= end:
            return
        back = data[at] | data[at + 1] << 8
        count, at = lz4_length(data, at + 2, token & 15)
        copy_back(out, back, count + 4)


def lz4_length(data, at, count):
    if count == 15:
        while True:
            more = data[at]
            at += 1
            count += more
            if more != 255:
                break
    return count, at


def copy_back(out, back, count):
    """Copies what was written `back` bytes ago; it may overlap with what is being written."""
    if not 0 < back <= len(out):
        raise ProtocolError("compressed data point before their beginning")
    while count > 0:
        piece = out[len(out) - back:][:count]
        out += piece
        count -= len(piece)


def lz4_frame(data):
    if data[:4] != b"\x04\x22\x4d\x18":
        raise ProtocolError("not an lz4 frame")
    flags = data[4]
    at = 6 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1
    out = bytearray()
    while True:
        size = int.from_bytes(data[at:at + 4], "little")
        at += 4
        if size == 0:
            return bytes(out)
        plain, size = size >> 31, size & 0x7fffffff
        if plain:
            out += data[at:at + size]
        else:
            lz4_block(data, at, size, out)
        at += size + (4 if flags & 16 else 0)


def snappy_raw(data):
    at = shift = size = 0
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            break
    out = bytearray()
    while at < len(data):
        at = snappy_element(data, at, out)
    if len(out) != size:
        raise ProtocolError("snappy data of another size than they say")
    return bytes(out)


def snappy_element(data, at, out):
    tag = data[at]
    at += 1
    kind = tag & 3
    if kind == 0:
        count = tag >> 2
        if count >= 60:
            more = count - 59
            count = int.from_bytes(data[at:at + more], "little")
            at += more
        out += data[at:at + count + 1]
        return at + count + 1
    if kind == 1:
        copy_back(out, (tag >> 5) << 8 | data[at], 4 + (tag >> 2 & 7))
        return at + 1
    width = 2 if kind == 2 else 4
    copy_back(out, int.from_bytes(data[at:at + width], "little"), 1 + (tag >> 2))
    return at + width


def snappy(data):
    if data[:8] != b"\x82SNAPPY\x00":
        return snappy_raw(data)
    at, out = 16, []
    while at < len(data):
        size = int.from_bytes(data[at:at + 4], "big")
        out.append(snappy_raw(data[at + 4:at + 4 + size]))
        at += 4 + size
    return b"".join(out)


CODECS = {0: bytes, 1: lambda data: zlib.decompress(data, 47), 2: snappy, 3: lz4_frame}


def crc32c_table():
    found = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
        found.append(n)
    return found


CRC = crc32c_table()


def crc32c(data):
    value, table = 0xffffffff, CRC
    for byte in data:
        value = table[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xffffffff


# --- record batches

def records_of(data):
    """(offset, timestamp, key, value, headers) of the whole batches in a fetched piece, and the
    offset behind them (None when there was no whole batch)."""
    found, at, following = [], 0, None
    while at + 61 <= len(data):
        base, size = struct.unpack_from(">qi", data, at)
        if at + 12 + size > len(data):
            break
        t = Taker(data, at + 12)
        _, magic, crc = t.take("ibI")
        if magic != 2:
            raise ProtocolError(f"a batch in format {magic} at offset {base}")
        if crc != crc32c(data[t.at:at + 12 + size]):
            raise ProtocolError(f"a batch with a wrong checksum at offset {base}")
        attributes, last, first_time, max_time, _, _, _, count = t.take("hiqqqhii")
        following = base + last + 1
        if not attributes & 0x20:
            codec = CODECS.get(attributes & 7)
            if codec is None:
                raise ProtocolError(f"codec {attributes & 7} is not known here")
            body = Taker(codec(bytes(data[t.at:at + 12 + size])))
            log_time = max_time if attributes & 8 else None
            found += [record_of(body, base, first_time, log_time) for _ in range(count)]
        at += 12 + size
    return found, following


def record_of(t, base, first_time, log_time):
    t.varint()
    t.take("b")
    moment, offset = first_time + t.varint(), base + t.varint()
    key, value = t.bytes(t.varint()), t.bytes(t.varint())
    headers = [(t.bytes(t.varint()).decode(), t.bytes(t.varint())) for _ in range(t.varint())]
    return offset, moment if log_time is None else log_time, key, value, headers


# --- the client

class Reader:
    def __init__(self, brokers):
        self.seeds = [self._address(b) for b in brokers.split(",")]
        self.sockets, self.number = {}, 0

    @staticmethod
    def _address(name):
        host, _, port = name.strip().rpartition(":")
        return host, int(port)

    def close(self):
        for s in self.sockets.values():
            s.close()
        self.sockets = {}

    def _ask(self, address, api, version, body):
        if address not in self.sockets:
            self.sockets[address] = socket.create_connection(address, 10)
            self.sockets[address].settimeout(30)
        self.number += 1
        head = struct.pack(">hhi", api, version, self.number) + text("checker")
        s = self.sockets[address]
        s.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        size = struct.unpack(">i", self._exactly(s, 4))[0]
        t = Taker(self._exactly(s, size))
        if t.take("i") != self.number:
            raise ProtocolError("an answer to another question")
        return t

    @staticmethod
    def _exactly(s, size):
        parts = bytearray()
        while len(parts) < size:
            piece = s.recv(min(1 << 20, size - len(parts)))
            if not piece:
                raise ProtocolError("the broker closed the connection")
            parts += piece
        return bytes(parts)

    def topics(self):
        """topic -> {partition: address of its leader}; internal topics are left out."""
        t = self._ask(self.seeds[0], METADATA, 1, struct.pack(">i", -1))
        nodes = {}

        def node():
            number, host, port = t.take("i"), t.text(), t.take("i")
            t.text()
            nodes[number] = (host, port)

        def partition():
            t.take("h")
            number, leader = t.take("ii")
            t.many(lambda: t.take("i"))
            t.many(lambda: t.take("i"))
            return number, leader

        def topic():
            t.take("h")
            name, internal = t.text(), t.take("b")
            return name, internal, t.many(partition)
        t.many(node)
        t.take("i")
        return {name: {p: nodes[leader] for p, leader in parts}
                for name, internal, parts in t.many(topic) if not internal}

    def offset(self, address, topic, partition, which):
        body = struct.pack(">i", -1) + array([text(topic) + array(
            [struct.pack(">iq", partition, which)])])
        t = self._ask(address, LIST_OFFSETS, 1, body)
        t.take("i")
        t.text()
        t.take("i")
        _, error, _, offset = t.take("ihqq")
        if error:
            raise ProtocolError(f"offsets of {topic}/{partition}: error {error}")
        return offset

    def fetch(self, address, topic, partition, offset):
        body = struct.pack(">iiiib", -1, 100, 1, FETCH_BYTES, 0) + array([text(topic) + array(
            [struct.pack(">iqi", partition, offset, FETCH_BYTES)])])
        t = self._ask(address, FETCH, 4, body)
        t.take("i")
        t.take("i")
        t.text()
        t.take("i")
        _, error, _, _ = t.take("ihqq")
        t.many(lambda: t.take("qq"))
        if error in TRANSIENT:
            return b""
        if error:
            raise ProtocolError(f"reading {topic}/{partition} at {offset}: error {error}")
        return t.bytes(t.take("i")) or b""

    def read(self, topic, partition, address, seconds=60):
        """(first offset, end offset, records) of a partition, to where it ends now."""
        begin = self.offset(address, topic, partition, EARLIEST)
        end = self.offset(address, topic, partition, LATEST)
        found, at, until = [], begin, time.monotonic() + seconds
        while at < end:
            records, following = records_of(self.fetch(address, topic, partition, at))
            found += [r for r in records if at <= r[0] < end]
            if following is None and time.monotonic() > until:
                raise ProtocolError(f"{topic}/{partition} gave nothing at {at} for {seconds} s")
            at = max(at, following or at)
        return begin, end, found
