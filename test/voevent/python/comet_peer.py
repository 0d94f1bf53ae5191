"""A VTP peer that behaves on the wire as Comet does: its namespace, its messages, its order of things. It is not Comet.

usage: comet_peer.py author PORT FILE       sends one event, prints the role of the answer
       comet_peer.py subscriber PORT XPATH  subscribes with a filter, prints what comes, answers as Comet does
       comet_peer.py broker FILE            listens, prints its port, sends the event to its subscriber and asks iamalive
"""
import socket
import struct
import sys
import xml.etree.ElementTree as ElementTree

NAMESPACE = "http://www.telescope-networks.org/xml/Transport/v1.1"
OURS = "ivo://org.example/comet"


def say(text):
    print(text, flush=True)


def send(connection, payload):
    connection.sendall(struct.pack("!I", len(payload)) + payload)


def receive(connection):
    """One frame; None at the end."""
    header = exactly(connection, 4)
    return exactly(connection, struct.unpack("!I", header)[0]) if header else None


def exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def transport(role, origin, response=None, filters=()):
    """Children in no namespace; Response and Meta only where Comet has them."""
    root = ElementTree.Element("{%s}Transport" % NAMESPACE, role=role, version="1.0")
    ElementTree.SubElement(root, "Origin").text = origin
    if response:
        ElementTree.SubElement(root, "Response").text = response
    ElementTree.SubElement(root, "TimeStamp").text = "2026-06-01T00:00:00"
    if filters:
        meta = ElementTree.SubElement(root, "Meta")
        for text in filters:
            ElementTree.SubElement(meta, "Param", name="xpath-filter", value=text)
    return ElementTree.tostring(root)


def read(payload):
    """Comet looks at the role and at children without a namespace, never at the root's namespace."""
    root = ElementTree.fromstring(payload)
    params = [param.get("value") for param in root.findall("Meta/Param")]
    return root.get("role"), root.findtext("Origin"), root.findtext("Response"), params


def is_event(payload):
    return ElementTree.fromstring(payload).tag.endswith("}VOEvent")


def author(port, file):
    connection = socket.create_connection(("127.0.0.1", port), 20)
    send(connection, open(file, "rb").read())
    role, origin, response, _ = read(receive(connection))
    say("%s %s %s" % (role, origin, response))
    connection.close()


def subscriber(port, xpath):
    connection = socket.create_connection(("127.0.0.1", port), 60)
    for payload in iter(lambda: receive(connection), None):
        if is_event(payload):
            ivorn = ElementTree.fromstring(payload).get("ivorn")
            say("event %s" % ivorn)
            send(connection, transport("ack", ivorn, OURS))
            continue
        role, origin, _, _ = read(payload)
        say("%s %s" % (role, origin))
        if role == "authenticate":
            send(connection, transport("authenticate", origin, OURS, [xpath]))
        elif role == "iamalive":
            send(connection, transport("iamalive", origin, OURS))
    say("end")


def broker(file):
    server = socket.create_server(("127.0.0.1", 0))
    say(server.getsockname()[1])
    connection, _ = server.accept()
    connection.settimeout(60)
    send(connection, transport("authenticate", OURS))
    # Comet sends events at once, whether or not the answer has come.
    send(connection, open(file, "rb").read())
    send(connection, transport("iamalive", OURS))
    for payload in iter(lambda: receive(connection), None):
        role, origin, response, params = read(payload)
        say(" ".join([role, origin or "-", response or "-"] + params))
    say("end")


ROLES = {"author": author, "subscriber": subscriber, "broker": broker}
ROLES[sys.argv[1]](*[int(word) if word.isdigit() else word for word in sys.argv[2:]])
