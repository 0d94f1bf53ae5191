"""Prints pickles of all protocols, one JSON object a line: name, protocol, hex of the pickle, what it means."""
import io
import json
import pickle
import pickletools
import sys

from canonical import VALUES, canonical


def pickles(value, protocol):
    plain = pickle.dumps(value, protocol)
    yield plain
    yield pickletools.optimize(plain)
    out = io.BytesIO()
    # The other implementation writes other operations for the same.
    pickle._Pickler(out, protocol).dump(value)
    yield out.getvalue()


for name, value in VALUES.items():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for data in {*pickles(value, protocol)}:
            line = {"name": name, "protocol": protocol, "pickle": data.hex(), "value": canonical(value)}
            json.dump(line, sys.stdout)
            print()
