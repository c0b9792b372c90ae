"""CA104."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.computing_in_coroutine import RULE

BAD = [
    """
    import hashlib
    async def digest(password, salt):
        return hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1)  # here
    """,
    """
    import bcrypt as b
    async def check(password, stored):
        if not b.checkpw(password, stored):  # here
            raise PermissionError
    """,
    """
    from argon2 import PasswordHasher
    class Users:
        hasher = PasswordHasher()
        async def add(self, password):
            return self.hasher.hash(password)  # here
    """,
    """
    import pandas as pd
    async def table(path):
        return pd.read_csv(path)  # here
    """,
    """
    from passlib.context import CryptContext
    crypt = CryptContext(schemes=["bcrypt"])
    async def check(password, stored):
        return crypt.verify(password, stored)  # here
    """,
]
GOOD = [
    "import hashlib\ndef digest(p, s):\n    return hashlib.pbkdf2_hmac('sha256', p, s, 600_000)\n",
    "import asyncio, hashlib\nasync def digest(p, s):\n    return await asyncio.to_thread(hashlib.pbkdf2_hmac, 'sha256', p, s, 1)\n",
    "import hashlib\nasync def digest(data):\n    return hashlib.sha256(data).hexdigest()\n",
    "async def total(numbers):\n    return sum(number * number for number in numbers)\n",
    "import asyncio, pandas as pd\nasync def table(path, loop, pool):\n    return await loop.run_in_executor(pool, pd.read_csv, path)\n",
    "import pandas as pd\nasync def table(rows):\n    return pd.DataFrame(rows)\n",
    "class Crypt:\n    async def verify(self, a, b): ...\nasync def check(crypt: Crypt, a, b):\n    return await crypt.verify(a, b)\n",
    "import json\nasync def parse(text):\n    return json.loads(text)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_call_that_is_made_to_take_long_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_is_short_own_code_or_done_elsewhere_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_hasher_that_another_module_holds_is_known() -> None:
    others = {"security": "from passlib.context import CryptContext\npwd_context = CryptContext()\n"}
    source = "import security\nasync def add(p):\n    return security.pwd_context.hash(p)  # here\n"
    assert found_lines(RULE, source, others=others) == marked_lines(source)


def test_what_runs_once_at_the_start_is_information() -> None:
    source = "import bcrypt\nasync def {}(p, s):\n    bcrypt.hashpw(p, s)\n"
    assert [each.severity for name in ("add", "startup") for each in findings(RULE, source.format(name))] == [
        Severity.WARNING,
        Severity.INFO,
    ]
