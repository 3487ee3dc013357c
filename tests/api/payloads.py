"""Texts that should be nothing but texts, wherever they stand in a request."""

import itertools

SQL = [
    *("'", '"', "\\", "%", "_", "' OR '1'='1", "' OR 1=1 --", "x') OR ('1'='1", "1 OR 1=1", "1/0", "0x27", "*", "null"),
    *("' AND 1=CAST(version() AS int)--", "'; DROP TABLE machine; --", "1; SELECT pg_sleep(9)", "'||pg_sleep(9)||'"),
    *(
        "1) UNION SELECT password_hash FROM app_user --",
        "name; SELECT 1",
        "-name,(SELECT 1)",
        "x'::int",
        "{1,2}",
        '["x"]',
    ),
    *(
        "%s",
        "%(now)s",
        "{0}",
        "{machine.__class__}",
        "$1",
        "$$",
        "E'\\047'",
        "\u02bc OR \u02bc1\u02bc=\u02bc1",
        "\uff07 OR 1=1",
    ),
    *(
        "1e400",
        "9223372036854775808",
        "-9223372036854775809",
        "2147483648",
        "NaN",
        "infinity",
        "now()",
        "epoch",
        "true",
    ),
    *("\x00", "x\x00'", "\u0660", "\U0001f4a9" * 20),
]
HEADERS = [
    "x\r\nX-Injected: 1",
    "x\nX-Injected: 1",
    "x%0d%0aX-Injected:%201",
    "x\u560d\u560aX-Injected: 1",
    "\r\n\r\n<script>alert(1)</script>",
    'x"; filename="y\r\nX-Injected: 1',
]
PATHS = [
    "../../../../etc/passwd",
    "..\\..\\etc\\passwd",
    "%2e%2e%2fetc%2fpasswd",
    "/etc/passwd\x00.json",
    "file:///etc/passwd",
    ".",
    "..",
]
MARKUP = [
    "<script>alert(1)</script>",
    "]]><x/>",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "{{7*7}}",
    "=1+1",
]
LOGS = ['x\n{"level":"critical","event":"forged"}', "\x1b[31mforged\x1b[0m", "x\u2028forged", "\x08\x08"]
JSON_VALUES = ["9" * 400, "1e999", "-0", "\ud800", "x" * 5000, "[" * 100, "\ufeff", "\u202e"]
PAYLOADS = [*SQL, *HEADERS, *PATHS, *MARKUP, *LOGS, *JSON_VALUES]

XML_BOMB = (
    '<!DOCTYPE l [<!ENTITY a "' + "lol" * 20 + '">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in itertools.pairwise("abcdefgh"))
    + "]><l>&h;</l>"
)  # fmt: skip
XML = [
    XML_BOMB,
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd"><x/>',
    '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e"> %e;]><x/>',
    '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="file:///etc/passwd"/></x>',
]
