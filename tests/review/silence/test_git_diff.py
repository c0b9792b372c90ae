"""What git prints about changes, as it is read."""

import pytest

from conc_advisor.review.silence.git_diff import Span, changed_lines


def section(name: bytes, *hunks: bytes) -> bytes:
    """Return what git prints about one file."""
    return b"diff --git a/x b/x\nindex de98044..0af1dfb 100644\n--- a/x\n+++ " + name + b"\n" + b"".join(hunks)


@pytest.mark.parametrize(
    ("hunk", "spans"),
    [
        (b"@@ -2 +2 @@ def f():\n-b\n+c\n", ((2, 2),)),
        (b"@@ -2,0 +3,2 @@\n+b\n+c\n", ((3, 4),)),
        (b"@@ -0,0 +1,3 @@\n+a\n+b\n+c\n", ((1, 3),)),
        (b"@@ -3,2 +2,0 @@\n-a\n-b\n", ((2, 3),)),
        (b"@@ -1,2 +0,0 @@\n-a\n-b\n", ((1, 1),)),
        (b"@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n", ((1, 1),)),
        (b"@@ -1 +1 @@\n-a\n+b\n@@ -9,0 +10 @@\n+c\n", ((1, 1), (10, 10))),
    ],
)
def test_lines_that_are_new_or_border_on_removed_ones(hunk: bytes, spans: tuple[Span, ...]) -> None:
    """Lines are counted as they are now."""
    assert changed_lines(section(b"b/x.py", hunk)) == {b"x.py": spans}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"b/x.py", b"x.py"),
        (b"b/a b.py\t", b"a b.py"),
        (b"b/b/x.py", b"b/x.py"),
        (b'"b/t\\tab\\"\\303\\251.py"', b't\tab"\xc3\xa9.py'),
        (b'"b/back\\\\slash\\n.py"', b"back\\slash\n.py"),
        (b'"b/\\377\\001.py"', b"\xff\x01.py"),
    ],
)
def test_names_are_read_as_git_writes_them(written: bytes, name: bytes) -> None:
    """With spaces, quotes, control characters and bytes that are no text."""
    assert list(changed_lines(section(written, b"@@ -1 +1 @@\n-a\n+b\n"))) == [name]


@pytest.mark.parametrize(
    "line", [b"++ b/other.py", b"@ -1 +1 @@", b"diff --git a/y b/y", b"-- a/z", b"\\ No newline", b"\r", b"+@@ -1 +9 @@", b""]
)
def test_a_changed_line_may_look_like_anything(line: bytes) -> None:
    """It is counted and not read."""
    patch = section(b"b/x.py", b"@@ -4 +4,2 @@\n-" + line + b"\n+" + line + b"\n+end\n@@ -8 +9 @@\n-a\n+b\n")
    assert changed_lines(patch) == {b"x.py": ((4, 5), (9, 9))}


@pytest.mark.parametrize(
    "patch",
    [
        b"",
        b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n",
        b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n",
        b"diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n",
    ],
)
def test_a_change_without_lines_changes_none(patch: bytes) -> None:
    """A new name, a new mode, a picture."""
    assert changed_lines(patch) == {}
