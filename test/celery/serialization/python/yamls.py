"""Without arguments: prints documents of PyYAML and what they mean, for test/fixtures/celery/pyyaml.json.

With `read`: reads YAML on stdin with PyYAML and prints what it means. Exits with 3 when there is no PyYAML.
"""
import datetime
import json
import sys

from canonical import VALUES, canonical

try:
    import yaml
except ImportError:
    sys.exit(3)

WORDS = """y n yes No ON off true False ~ null Null 1 -1 +1 017 0o17 0x1F 0b11 1_000 1:30 12:30:00 190:20:30.15
1.5 .5 1. 1e5 1e+5 1.0e5 1.0e+5 -1.5E-3 .inf -.inf .nan .NaN 2026-11-23 2026-1-2 2026-11-23T19:21:03Z = - :
2026-11-23_19 <no >no |no &no *no !no %no @no `no #no "no 'no ?no [no {no a:b""".split()

TEXTS = [
    "a: {b: [1, 2, x], c: }",
    "base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}",
    "list: &l [1, 2]\nagain: [*l, *l]",
    "when: 2026-11-23 19:21:03.933812 +02:00",
    "when: 2026-11-23t19:21:03-08:30",
    "bytes: !!binary aGVsbG8=",
    "text: |\n  two\n  lines\nfolded: >\n  one\n  line\n",
    "- [1, 2.5, yes, ~]\n- 'it''s'\n- \"\\u00e9\\n\"\n",
] + [f"- {word}" for word in WORDS if word[0] not in "-<>|&*!%@`#\"'?[{:="]

USABLE = (
    "None", "truth", "integers", "floats", "texts", "bytes", "dicts", "shared parts", "datetimes", "the body of a task"
)


def plain(value):
    """safe_dump writes no tuples."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


if sys.argv[1:] == ["read"]:
    print(json.dumps(canonical(yaml.safe_load(sys.stdin.buffer.read().decode()))))
else:
    documents = [yaml.safe_dump(plain(VALUES[name])) for name in USABLE] + [yaml.safe_dump(WORDS)] + TEXTS
    print(json.dumps([{"yaml": text, "value": canonical(yaml.safe_load(text))} for text in documents], indent=1))
