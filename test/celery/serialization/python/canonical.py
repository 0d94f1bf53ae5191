"""Values of Python in a form that JSON can hold: what TypeScript is expected to make of them."""
import datetime
import decimal
import math
import uuid
from collections import OrderedDict


def canonical(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"int": hex(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {"set": sorted((canonical(item) for item in value), key=str)}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {"object": {key: canonical(item) for key, item in value.items()}}
        return {"map": [[canonical(key), canonical(item)] for key, item in value.items()]}
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return {"time": (aware - epoch) // datetime.timedelta(milliseconds=1)}
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID, datetime.timezone)):
        return str(value)
    raise TypeError(f"no form for {value!r}")


shared = ["shared", 1]

VALUES = {
    "None": None,
    "truth": [True, False],
    "integers": [0, 1, -1, 255, 256, 65535, 65536, -(2**31), 2**31, 2**53 - 1, -(2**53) + 1],
    "large integers": [2**53 + 1, 2**63, -(2**63) - 1, 2**64, 2**2048, -(2**2048), 10**1000, -128, -32768],
    "floats": [0.0, 1.5, -2.25, 1e300, 1e-300, 0.1, math.inf, -math.inf, math.nan],
    "texts": ["", "ascii", "é ü ß", "日本語", "😀", "line\nfeed\r\ttab \\u0041 \\", "x" * 300, "\u0080\u00ff", "'\""],
    "bytes": [b"", b"abc", bytes(range(256)), b"y" * 300],
    "bytearrays": [bytearray(), bytearray(b"abc\xff\x00"), bytearray(b"z" * 300)],
    "lists": [[], [1], [[], [[]]], list(range(2500))],
    "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), ((), ((),))],
    "dicts": [{}, {"a": 1}, {"a": {"b": {"c": []}}}, {str(i): i for i in range(2500)}, {"__proto__": {"x": 1}}],
    "dicts of other keys": [{1: "one", 2: "two"}, {(1, 2): 3}, {None: 1, "a": 2}],
    "sets": [set(), {1}, set(range(1500)), {"a", "b"}, {(1, 2)}],
    "frozensets": [frozenset(), frozenset([1, 2]), frozenset([frozenset([3])])],
    "shared parts": [shared, shared, {"again": shared}, (shared, shared)],
    "datetimes": [
        datetime.datetime(2026, 11, 23, 19, 21, 3, 933812, tzinfo=datetime.timezone.utc),
        datetime.datetime(2024, 2, 29, 23, 59, 59, 999999),
        datetime.datetime(2026, 1, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
        datetime.datetime(2026, 1, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=-8))),
        datetime.datetime(1, 1, 1),
        datetime.datetime(9999, 12, 31, 23, 59, 59),
        datetime.datetime(2026, 10, 25, 2, 30, fold=1),
    ],
    "dates": [datetime.date(2026, 2, 28), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
    "times": [
        datetime.time(1, 2, 3, 4),
        datetime.time(0, 0),
        datetime.time(23, 59, 59, tzinfo=datetime.timezone.utc),
        datetime.time(5, tzinfo=datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))),
    ],
    "durations": [
        datetime.timedelta(days=1, seconds=2),
        datetime.timedelta(0),
        datetime.timedelta(seconds=-1),
        datetime.timedelta(milliseconds=1500),
    ],
    "time zones": [datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=2))],
    "decimals": [decimal.Decimal("1.50"), decimal.Decimal("-1E+20"), decimal.Decimal("NaN"), decimal.Decimal(0)],
    "UUIDs": [uuid.UUID(int=5), uuid.UUID("12345678-1234-5678-1234-567812345678"), uuid.UUID(int=2**128 - 1)],
    "ordered dicts": [OrderedDict(), OrderedDict(b=1, a=OrderedDict(c=2))],
    "the body of a task": [
        [4, 5],
        {"target": "Crab", "position": (83.63, 22.01)},
        {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
    ],
}
