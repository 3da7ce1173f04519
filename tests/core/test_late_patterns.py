"""Is the pattern that is dear to compile put off, and does it say the same once it is asked?"""

import re
import subprocess
import sys

import pytest

from app.core.late_patterns import LatePattern, compiled_when_used
from tests.architecture import source


class TestCompiledWhenUsed:
    def test_puts_off_what_ignores_the_case_of_everything(self):
        with compiled_when_used():
            late = re.compile("[a\u00a1-\uffff]+", re.IGNORECASE)
            soon = re.compile("[a-z]+", re.IGNORECASE)

        assert isinstance(late, LatePattern)
        assert isinstance(soon, re.Pattern)
        assert isinstance(re.compile("[b\u00a1-\uffff]+", re.IGNORECASE), re.Pattern)

    @pytest.mark.parametrize("text", ["A", "straße", "", "1"])
    def test_changes_no_answer(self, text: str):
        late = LatePattern("[a-z\u00a1-\uffff]+", re.IGNORECASE)
        compiled = re.compile("[a-z\u00a1-\uffff]+", re.IGNORECASE)

        assert bool(late.fullmatch(text)) == bool(compiled.fullmatch(text))
        assert late.pattern == compiled.pattern

    def test_is_undone_when_an_import_fails(self):
        before = re.compile
        with pytest.raises(ImportError), compiled_when_used():
            raise ImportError

        assert re.compile is before


class TestTheApi:
    def test_starts_without_marshmallows_dear_pattern(self):
        """In a process of its own: another test may have imported marshmallow first, or used it."""
        program = (
            "import app.factory\n"
            "from marshmallow import fields, validate\n"
            "print(type(validate.Email.DOMAIN_REGEX).__name__)\n"
            "check = fields.Email().deserialize\n"
            "print(check('someone@bücher.example'))\n"
            "try:\n"
            "    check('someone@-example')\n"
            "except Exception as error:\n"
            "    print(error)\n"
        )

        ran = subprocess.run(
            [sys.executable, "-c", program],
            cwd=source.ROOT,
            env={"PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )

        assert ran.stdout.splitlines() == [
            "LatePattern",
            "someone@bücher.example",
            "['Not a valid email address.']",
        ]
