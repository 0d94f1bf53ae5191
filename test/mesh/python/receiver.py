"""The least that a receiver in another language must do: read frames, and answer each with its id.

Prints its port, and then each message. A payload of MessagePack is passed over. Knows:
  Sum     replies how many messages it has seen, as JSON in the header line
  Fail    answers ERROR
  anything else: OK
"""
import json
import socket
import threading

seen = []


def answer(message, fields):
    end = "\tid=%s" % fields["id"] if "id" in fields else ""
    if message == "Sum":
        return "OK%s\t%s\n" % (end, json.dumps({"seen": len(seen)}))
    if message == "Fail":
        return "ERROR%s\tcode=NO_FILM\tthere is no film in the camera\n" % end
    return "OK%s\n" % end


def serve(connection):
    with connection, connection.makefile("rb") as stream:
        for line in stream:
            if not line.strip():
                continue
            message, *fields = line.decode("utf-8").rstrip("\r\n").split("\t")
            fields = dict(field.split("=", 1) for field in fields if field[:1] not in "{[")
            if "bytes" in fields:
                stream.read(int(fields["bytes"]))
                stream.readline()
            if fields.get("id") != "heartbeat":
                seen.append(message)
                print(message, flush=True)
            connection.sendall(answer(message, fields).encode("utf-8"))


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(5)
print(server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
