"""What is launched or attached to, and under which interpreter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conc_advisor.errors import TargetError, UsageError
from conc_advisor.profiling.demo_catalogue import DEMOS
from conc_advisor.profiling.target import (
    Attach,
    Launch,
    attach_target,
    command_target,
    demo_target,
    module_target,
    script_target,
)

PYTHON = Path(sys.executable)


class TestScript:
    """`profile app.py`."""

    def test_it_is_run_as_the_user_would_run_it(self, workplace: Path) -> None:
        """The path as given, each argument as it is, nothing of ours in between."""
        (workplace / "app.py").touch()
        args = ["--help", "a b", "--", "-o", ""]
        target = script_target("app.py", args, python=PYTHON)
        assert target == Launch(command=(str(PYTHON), "app.py", *args), shown=("app.py", *args), interpreter=PYTHON)

    @pytest.mark.parametrize("name", ["app", "app.txt", "my app.py", "naïve.py", "[red]app.py"])
    def test_a_script_may_have_any_name(self, workplace: Path, name: str) -> None:
        (workplace / name).touch()
        assert script_target(name, [], python=PYTHON).command[1] == name

    def test_a_syntax_error_is_left_to_the_interpreter(self, workplace: Path) -> None:
        (workplace / "app.py").write_text("def broken(:")
        assert script_target("app.py", [], python=PYTHON).shown == ("app.py",)

    def test_a_folder_with_a_main_is_a_script(self, workplace: Path) -> None:
        (workplace / "app").mkdir()
        (workplace / "app" / "__main__.py").touch()
        assert script_target("app", [], python=PYTHON).command[1] == "app"

    def test_a_folder_without_one_is_not(self, workplace: Path) -> None:
        (workplace / "app").mkdir()
        with pytest.raises(TargetError, match="folder") as caught:
            script_target("app", [], python=PYTHON)
        assert "-m app" in caught.value.hint

    @pytest.mark.parametrize(
        ("name", "hint"),
        [("missing.py", "check the path"), ("sub/missing", "check the path"), ("http_server", "-m http_server"), ("sh", "-- sh")],
    )
    @pytest.mark.usefixtures("workplace")
    def test_a_missing_file_is_told_with_what_was_meant(self, name: str, hint: str) -> None:
        with pytest.raises(TargetError, match="no file") as caught:
            script_target(name, [], python=PYTHON)
        assert hint in caught.value.hint

    def test_a_name_that_no_file_can_have_is_told(self) -> None:
        """As is a folder that may not be entered."""
        with pytest.raises(TargetError, match=r"cannot read x+: File name too long"):
            script_target("x" * 300, [], python=PYTHON)

    def test_a_file_that_may_not_be_read_is_told(self, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (workplace / "app.py").touch()
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root may read everything
        with pytest.raises(TargetError, match="cannot be read"):
            script_target("app.py", [], python=PYTHON)


class TestModule:
    """`profile -m module`."""

    @pytest.mark.parametrize("name", ["http.server", "no_such_module", "app"])
    def test_whether_it_exists_is_for_the_interpreter_to_say(self, name: str) -> None:
        target = module_target(name, ["8000", "-x"], python=PYTHON)
        assert target == Launch(command=(str(PYTHON), "-m", name, "8000", "-x"), shown=("-m", name, "8000", "-x"), interpreter=PYTHON)

    @pytest.mark.parametrize("name", ["", "-x", "--help"])
    def test_no_name_is_a_mistake_of_usage(self, name: str) -> None:
        with pytest.raises(UsageError, match="name of a module"):
            module_target(name, [])


class TestCommand:
    """`profile -- any command line`."""

    def test_it_is_left_as_it_is(self) -> None:
        """Which Python it will come to is not known before."""
        words = ("sh", "-c", "echo '$HOME'")
        assert command_target(words) == Launch(command=words, shown=words)

    def test_no_command_is_a_mistake_of_usage(self) -> None:
        with pytest.raises(UsageError, match="no command"):
            command_target([])

    @pytest.mark.parametrize("name", ["no-such-command", "/no/such/command", ""])
    def test_a_command_that_is_not_found_is_told(self, name: str) -> None:
        with pytest.raises(TargetError, match="there is no command"):
            command_target([name, "app:app"])


class TestDemo:
    """`profile --demo NAME`."""

    @pytest.mark.parametrize("name", [demo.name for demo in DEMOS])
    def test_each_demo_is_a_script_of_ours(self, name: str) -> None:
        target = demo_target(name, ["1"], python=PYTHON)
        assert Path(target.command[1]).is_file()
        assert target.shown == ("--demo", name, "1")

    @pytest.mark.parametrize("name", ["", "no-such-demo", "__init__", "../target"])
    def test_an_unknown_one_is_told_with_those_there_are(self, name: str) -> None:
        with pytest.raises(UsageError, match="no demo") as caught:
            demo_target(name)
        assert all(demo.name in caught.value.hint for demo in DEMOS)


class TestAttach:
    """`profile --pid N`."""

    def test_a_living_process_is_attached_to(self) -> None:
        assert attach_target(os.getppid()) == Attach(pid=os.getppid())

    def test_another_users_process_is_left_for_the_recorder_to_judge(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_pid: int, _signal: int) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "kill", refuse)
        assert attach_target(1) == Attach(pid=1)

    def test_ourselves_are_refused(self) -> None:
        with pytest.raises(UsageError, match="itself"):
            attach_target(os.getpid())

    def test_an_ended_process_is_told(self) -> None:
        child = subprocess.Popen(["true"])
        child.wait()
        with pytest.raises(TargetError, match=f"no process {child.pid}") as caught:
            attach_target(child.pid)
        assert "pgrep" in caught.value.hint

    @pytest.mark.parametrize("pid", [2**31 - 1, 2**31, 2**63, 2**64])
    def test_a_pid_that_cannot_be_is_told(self, pid: int) -> None:
        with pytest.raises(TargetError, match="no process"):
            attach_target(pid)

    @pytest.mark.parametrize("pid", [0, -1, -4711])
    def test_a_group_of_processes_is_no_process(self, pid: int) -> None:
        """To the kernel, 0 and below name groups: nothing that can be looked into."""
        with pytest.raises(UsageError, match=f"{pid} is not a pid"):
            attach_target(pid)
