"""A sender as agents of 2016 had it: one connection, one bare message without a line end.

usage: sender.py PORT leave|read|wait MESSAGE
  leave   closes at once
  read    closes its side, and prints what comes back
  wait    keeps its side open, reads once, prints that and closes
"""
import socket
import sys

port, manner, message = int(sys.argv[1]), sys.argv[2], sys.argv[3]
connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
connection.settimeout(10)
connection.connect(("127.0.0.1", port))
connection.send(message.encode("utf-8"))
if manner == "read":
    connection.shutdown(socket.SHUT_WR)
if manner != "leave":
    print(connection.recv(1024).decode("utf-8").strip())
connection.close()
