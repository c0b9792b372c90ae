"""Source that is rewritten by fixes."""

import os
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from review_outcome_builder import finding

from conc_advisor.errors import ProjectError, RefusedError
from conc_advisor.findings import Edit, Finding, Fix
from conc_advisor.review.fixes import Fixed, apply, diff, parses, write

Place = tuple[int, int, int, int, str]
"""Line, column, last line, column behind, and what comes there."""
SLEEP: Place = (4, 5, 4, 15, "await asyncio.sleep")
IMPORT: Place = (1, 1, 1, 1, "import asyncio\n")
CODE = "import time\n\nasync def f():\n    time.sleep(1)\n    time.sleep(2)\n"


def mended(*places: Place, safe: bool = True) -> Finding:
    """Return a finding with a fix of these edits."""
    edits = tuple(Edit(line=line, column=column, end_line=last, end_column=end, text=text) for line, column, last, end, text in places)
    return finding(fix=Fix(title="Mend it", safe=safe, edits=edits))


def fixed(code: str, *findings: Finding, unsafe: bool = False) -> str:
    """Return some code with fixes done, all of which have to be done."""
    result = apply(code.encode(), findings, unsafe=unsafe)
    assert (result.left, len(result.applied)) == ((), len(findings))
    return result.content.decode()


def untouched(code: str | bytes, *findings: Finding) -> Fixed:
    """Return what is said of fixes that must change nothing."""
    content = code if isinstance(code, bytes) else code.encode()
    result = apply(content, findings)
    assert (result.content, result.applied) == (content, ())
    return result


def test_all_edits_of_a_fix_are_made() -> None:
    """An import above, and a call."""
    assert fixed(CODE, mended(SLEEP, IMPORT)) == "import asyncio\n" + CODE.replace("time.sleep(1)", "await asyncio.sleep(1)")


def test_fixes_that_share_an_import_add_it_once() -> None:
    """Equal edits are one."""
    other: Place = (5, 5, 5, 15, "await asyncio.sleep")
    assert fixed(CODE, mended(SLEEP, IMPORT), mended(other, IMPORT)) == "import asyncio\n" + CODE.replace(
        "time.sleep", "await asyncio.sleep"
    )


@pytest.mark.parametrize(
    ("place", "new"),
    [
        ((1, 5, 1, 6, "7"), "x = 7\ny = 2\n"),
        ((1, 1, 2, 1, ""), "y = 2\n"),
        ((2, 1, 3, 1, ""), "x = 1\n"),
        ((3, 1, 3, 1, "z = 3\n"), "x = 1\ny = 2\nz = 3\n"),
        ((1, 6, 2, 1, "; "), "x = 1; y = 2\n"),
        ((1, 1, 3, 1, ""), ""),
    ],
)
def test_an_edit_replaces_what_stands_between_two_places(place: Place, new: str) -> None:
    """In a line, over lines, at the very end."""
    assert fixed("x = 1\ny = 2\n", mended(place)) == new


def test_columns_count_characters() -> None:
    """Neither bytes nor what is left of a byte order mark."""
    result = apply("\ufeffä = 'größe', 1\n".encode(), [mended((1, 14, 1, 15, "é"), (1, 1, 1, 2, "ü"))])
    assert result.content == "\ufeffü = 'größe', é\n".encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"import time\r\nx = 1\r\n", b"import a\r\nimport time\r\nx = 1\r\n"),
        (b"import time\rx = 1\r", b"import a\rimport time\rx = 1\r"),
        (b"import time\nx = '''a\r\n'''\n", b"import a\nimport time\nx = '''a\r\n'''\n"),
        (b"import time", b"import a\nimport time"),
        (b"\xef\xbb\xbfimport time\r\n", b"\xef\xbb\xbfimport a\r\nimport time\r\n"),
        (b"import time\n\x0c\n", b"import a\nimport time\n\x0c\n"),
        (b"import time\n# not a cookie: latin-1 \n", b"import a\nimport time\n# not a cookie: latin-1 \n"),
    ],
)
def test_line_ends_marks_and_encodings_stay(before: bytes, after: bytes) -> None:
    """What comes in ends its lines as the file's first line does."""
    assert apply(before, [mended((1, 1, 1, 1, "import a\n"))]).content == after


def test_a_coding_cookie_stays_in_force() -> None:
    """The encoding it names is written, and what would come above it is left."""
    content = b"# coding: latin-1\nx = '\xe4'\n"
    assert apply(content, [mended((2, 6, 2, 7, "\xf6"))]).content == content.replace(b"\xe4", b"\xf6")
    ambiguous = b"# coding: latin-1\nx = '\xc3\xa4'\n"
    assert len(untouched(ambiguous, mended((1, 1, 1, 1, "import a\nimport b\n"))).left) == 1


def test_lines_are_those_that_python_counts() -> None:
    """A form feed ends none, nor do the line ends of Unicode."""
    code = "x = 'a\u2028b'\n\x0cy = 1\nz = 2\n"
    assert fixed(code, mended((3, 5, 3, 6, "3"))) == code.replace("z = 2", "z = 3")


@pytest.mark.parametrize("findings", [(), (finding(),), (mended(SLEEP, safe=False),)])
def test_what_has_no_safe_fix_is_not_changed(findings: tuple[Finding, ...]) -> None:
    """Nor spoken of."""
    assert untouched(CODE, *findings).left == ()


def test_unsafe_fixes_are_done_on_demand() -> None:
    """Beside the safe ones."""
    assert fixed(CODE, mended(IMPORT), mended((5, 5, 5, 18, "pass"), safe=False), unsafe=True).endswith("\n    pass\n")


@pytest.mark.parametrize(
    "place",
    [
        (9, 1, 9, 2, ""),
        (0, 1, 0, 2, ""),
        (1, 0, 1, 2, ""),
        (1, 13, 1, 14, ""),
        (1, 4, 1, 2, ""),
        (4, 1, 3, 1, ""),
        (7, 1, 7, 1, ""),
    ],
)
def test_an_edit_of_a_place_that_is_not_there_is_left(place: Place) -> None:
    """With the rest of its fix."""
    (left,) = untouched(CODE, mended(IMPORT, place)).left
    assert left.why == "it speaks of a place that is not there"


def test_a_fix_whose_edits_overlap_is_left() -> None:
    """It cannot be meant."""
    assert len(untouched(CODE, mended((4, 5, 4, 10, "a"), (4, 8, 4, 12, "b"))).left) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SLEEP, (4, 10, 4, 18, "x(1)")),
        (SLEEP, (4, 15, 4, 18, "(2)")),
        (SLEEP, (4, 5, 4, 5, "return ")),
        (IMPORT, (1, 1, 1, 1, "import threading\n")),
        (SLEEP, (3, 1, 5, 1, "")),
    ],
)
def test_of_two_fixes_of_one_place_the_second_waits(one: Place, other: Place) -> None:
    """Whether they overlap or only meet: a second round does it."""
    result = apply(CODE.encode(), [mended(one), mended(other)])
    assert [len(result.applied), len(result.left)] == [1, 1]
    assert result.content == apply(CODE.encode(), [mended(one)]).content
    assert "once more" in result.left[0].why


@pytest.mark.parametrize("text", ["await asyncio.sleep((", "if", "\n  x", "'"])
def test_a_fix_that_breaks_the_file_is_left_and_others_are_done(text: str) -> None:
    """So a file that parses still does."""
    good, bad = mended((5, 16, 5, 17, "3")), mended((4, 5, 4, 15, text))
    result = apply(CODE.encode(), [bad, good])
    assert (result.applied, [each.finding for each in result.left]) == ((good,), [bad])
    assert result.content.decode() == CODE.replace("sleep(2)", "sleep(3)")
    assert [each.why for each in untouched(CODE, bad).left] == ["the file would not parse any more"]


@pytest.mark.parametrize(
    "content",
    [
        b"x = '\xff'\n",
        b"# coding: nothing\nx = 1\n",
        b"# coding: utf-7\nx = '+AGE-'\n",
    ],
)
def test_a_file_that_cannot_be_written_back_as_it_was_is_left(content: bytes) -> None:
    """Its encoding is wrong, unknown, or has two ways to write the same."""
    (left,) = untouched(content, mended((2, 1, 2, 1, "y = 2\n"))).left
    assert "encoding" in left.why


def test_characters_that_the_file_cannot_hold_leave_it() -> None:
    """Its encoding has none for them."""
    assert len(untouched(b"# coding: ascii\nx = 1\n", mended((2, 5, 2, 6, "'\N{SNOWMAN}'"))).left) == 1


@pytest.mark.parametrize("code", [b"x = (\n", b"x = 1\0\n", b"# coding: nothing\n", b"\xff", b"return ) x"])
def test_what_python_would_not_take_does_not_parse(code: bytes) -> None:
    """And what it would take does."""
    assert not parses(code)
    assert parses(CODE.encode())


@pytest.mark.parametrize("name", ["a.py", "a b.py", 'ü "x".py'])
@pytest.mark.parametrize("before", [b"x = 1\r\ny = 2\r\n", b"x = 1\ny = 2", b"\xef\xbb\xbfx = 1\n"])
def test_git_takes_a_difference(tmp_path: Path, name: str, before: bytes) -> None:
    """And makes of the old file the new one."""
    after = apply(before, [mended((1, 5, 1, 6, "7"), (1, 1, 1, 1, "import a\n"))]).content
    assert after != before
    (tmp_path / name).write_bytes(before)
    subprocess.run(["git", "apply"], cwd=tmp_path, input=diff(PurePosixPath(name), before, after), check=True)
    assert (tmp_path / name).read_bytes() == after


def test_a_file_is_written_with_its_permissions(tmp_path: Path) -> None:
    """And nothing is left beside it."""
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o751)
    write(file, b"old", b"new", root=tmp_path)
    assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (b"new", 0o751)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_inside_stays_one(tmp_path: Path) -> None:
    """What it means is written, even where the root is reached by a link."""
    (tmp_path / "root").mkdir()
    (tmp_path / "way").symlink_to("root")
    (tmp_path / "root" / "real.py").write_bytes(b"old")
    (tmp_path / "root" / "link.py").symlink_to("real.py")
    write(tmp_path / "way" / "link.py", b"old", b"new", root=tmp_path / "way")
    assert (tmp_path / "root" / "link.py").is_symlink()
    assert (tmp_path / "root" / "real.py").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["link.py", "folder/real.py", "../real.py"])
def test_nothing_outside_of_the_root_is_written(tmp_path: Path, name: str) -> None:
    """Whatever link leads there."""
    root, real = tmp_path / "root", tmp_path / "real.py"
    root.mkdir()
    real.write_bytes(b"old")
    (root / "link.py").symlink_to("../real.py")
    (root / "folder").symlink_to("..")
    with pytest.raises(RefusedError, match="outside"):
        write(root / name, b"old", b"new", root=root)
    assert real.read_bytes() == b"old"


@pytest.mark.parametrize("now", [b"", b"ol", b"old ", b"new", b"old" * 1000])
def test_a_file_that_has_changed_is_not_written(tmp_path: Path, now: bytes) -> None:
    """Somebody else was quicker."""
    (tmp_path / "a.py").write_bytes(now)
    with pytest.raises(RefusedError, match="changed in the meantime"):
        write(tmp_path / "a.py", b"old", b"newer", root=tmp_path)
    assert (tmp_path / "a.py").read_bytes() == now


@pytest.mark.parametrize("kind", ["nothing", "folder", "pipe"])
def test_what_is_no_file_is_not_written(tmp_path: Path, kind: str) -> None:
    """It is gone, or something else stands there, even a pipe that nobody writes to."""
    place = tmp_path / "a.py"
    match kind:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
    with pytest.raises(ProjectError, match="cannot write"):
        write(place, b"", b"new", root=tmp_path)
    assert not place.is_file()
