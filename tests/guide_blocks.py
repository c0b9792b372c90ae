"""Reads the code blocks of a guide page and runs them, as `conc_advisor.guide.guide` says they may be run."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

EPILOGUE = """

if __name__ == "__main__":
    import multiprocessing as _multiprocessing, threading as _threading
    assert _threading.enumerate() == [_threading.main_thread()], _threading.enumerate()
    assert _multiprocessing.active_children() == [], _multiprocessing.active_children()
"""
"""Fails the program that it ends when a thread or a process outlives it."""

SLOW_CALLBACK = re.compile(r"Executing <.*> took \d+\.\d+ seconds\n")
"""What asyncio's debug mode says of any callback over 0.1 s: on a busy machine that is the machine's doing."""

_FENCE = re.compile(r"^```(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A ```python fence: where it stands, what it says, what it needs, and what it should write."""

    page: str
    line: int
    code: str
    wrong: bool
    requires: tuple[str, ...]
    output: str | None

    @property
    def runs(self) -> bool:
        """Whether it is meant to be run: all but a mistake that nothing says the outcome of."""
        return not self.wrong or self.output is not None

    @property
    def first_version(self) -> tuple[int, int]:
        """The oldest Python that it is for."""
        versions = [tuple(map(int, need.split("."))) for need in self.requires if need[0].isdigit()]
        return max([(3, 11), *((major, minor) for major, minor in versions)])

    @property
    def packages(self) -> tuple[str, ...]:
        """What it imports beside the standard library."""
        return tuple(need for need in self.requires if not need[0].isdigit())


def blocks(page: str, text: str) -> list[Block]:
    """Return the Python blocks of a page; raises `ValueError` for a fence that is not as the guide's form has it."""
    fences = list(_fences(text))
    found = []
    for at, (line, info, body) in enumerate(fences):
        language, *marks = info.split()
        if language != "python":
            continue
        follows = fences[at + 1] if at + 1 < len(fences) else None
        end = line + body.count("\n") + 1
        # At most one blank line between the program and what it writes.
        output = follows[2] if follows and follows[1] == "text" and follows[0] - end <= 2 else None
        unknown = [mark for mark in marks if mark != "wrong" and not mark.startswith("requires=")]
        if unknown:
            raise ValueError(f"{page}:{line}: what is {unknown[0]!r}?")
        requires = tuple(need for mark in marks if mark != "wrong" for need in mark.removeprefix("requires=").split(","))
        found.append(Block(page=page, line=line, code=body, wrong="wrong" in marks, requires=requires, output=output))
    return found


def run(block: Block, python: Path, folder: Path) -> str | None:
    """Run the block in a file of its own and return what is wrong with the outcome, None when all is well."""
    file = folder / f"{block.page.replace('-', '_')}_{block.line}.py"
    file.write_text(block.code if block.wrong else block.code + EPILOGUE, encoding="utf-8")
    strict = () if block.wrong else ("-W", "error")
    try:
        answer = subprocess.run(
            [python, *strict, "-X", "dev", file.name],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{block.page}:{block.line} does not end"
    stderr = answer.stderr if block.wrong else SLOW_CALLBACK.sub("", answer.stderr)
    if not block.wrong and (answer.returncode or stderr):
        return f"{block.page}:{block.line} under {python}: exit code {answer.returncode}\n{answer.stdout}{stderr}"
    missing = missing_line(block.output or "", answer.stdout + stderr)
    return missing and f"{block.page}:{block.line} under {python} did not write {missing!r} there:\n{answer.stdout}{stderr}"


def missing_line(expected: str, written: str) -> str | None:
    """Return the first line of `expected` that does not occur in `written` after those before it; `...` stands for anything."""
    at = 0
    for line in filter(None, map(str.strip, expected.splitlines())):
        pattern = ".*?".join(re.escape(part) for part in line.split("..."))
        match = re.compile(pattern).search(written, at)
        if match is None:
            return line
        at = match.end()
    return None


@cache
def can_import(python: Path, package: str) -> bool:
    """Tell whether that interpreter has the package."""
    return subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False).returncode == 0


def _fences(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each fence with its line (1-based), its info words and its body."""
    begin, info, body = 0, "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        match = _FENCE.match(line)
        if match is None:
            body += line + "\n" if begin else ""
        elif begin:
            yield begin, info, body
            begin, body = 0, ""
        else:
            begin, info = number, match[1].strip()
            if not info:
                raise ValueError(f"line {number}: a fence says which language it holds")
    if begin:
        raise ValueError(f"line {begin}: a fence is never closed")
