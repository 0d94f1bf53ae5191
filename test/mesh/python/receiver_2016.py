"""A receiver as agents of 2016 had it: it accepts, reads once, and closes without an answer.

Prints its port, and then each message: the first field of what it read, up to the first tab or line end.
"""
import re
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(5)
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    text = connection.recv(1024).decode("utf-8")
    print(re.split(r"[\t\r\n]", text)[0], flush=True)
    connection.close()
