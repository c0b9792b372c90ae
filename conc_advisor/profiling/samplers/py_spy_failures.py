"""What py-spy means when it cannot attach, as an error with a hint of its own for each cause."""

import os
from pathlib import Path

from conc_advisor.errors import ProfilerError, TargetError


def explain_failure(text: str, *, pid: int, free_threaded: bool, launched: bool) -> ProfilerError | TargetError:
    """Return the error for what py-spy said when it could not attach."""
    lowered = text.lower()
    if free_threaded:
        return ProfilerError(
            f"process {pid} runs a free-threaded build of Python, which py-spy cannot read",
            hint="record its main thread with --engine pyinstrument, or profile it under a build with the GIL",
        )
    if "permission denied" in lowered or "operation not permitted" in lowered or "eperm" in lowered:
        return ProfilerError(f"py-spy has no permission to look into process {pid}", hint=permission_hint(launched=launched, pid=pid))
    if "no such process" in lowered or "no such file" in lowered or "esrch" in lowered:
        return TargetError(f"process {pid} ended before it could be recorded", hint="start it through us: conc-advisor profile app.py")
    if "failed to find python version" in lowered or "python interpreter" in lowered or "not a python" in lowered:
        return TargetError(
            f"process {pid} is not a Python process that py-spy knows", hint="give the pid of the Python process itself: pgrep -af python"
        )
    return ProfilerError(f"py-spy could not attach to process {pid}: {cause(text)}", hint="try --engine pyinstrument")


def cause(text: str) -> str:
    """Return the one line of what py-spy said that tells why it failed: a Rust backtrace may follow it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("Error:").strip() for line in lines if line.startswith("Error:")]
    return next(iter([*errors, *reversed(lines)]), "it said nothing")


def permission_hint(*, launched: bool, pid: int | None = None) -> str:
    """Return what to do about a missing permission: in a container, where Yama restricts it, or for another user's process."""
    if pid is not None and _is_anothers(pid):
        return "run it with sudo, or as the user that owns the process"
    if _in_container():
        return "start the container with --cap-add SYS_PTRACE (Kubernetes: securityContext.capabilities.add: [SYS_PTRACE])"
    if not launched and _yama() > 0:
        return (
            "run it with sudo, allow it until the next boot with: sudo sysctl kernel.yama.ptrace_scope=0, or launch the program through us"
        )
    return "run it with sudo, or as the user that owns the process"


def _is_anothers(pid: int) -> bool:
    try:
        return os.geteuid() not in {0, os.stat(f"/proc/{pid}").st_uid}  # noqa: PTH116 - procfs
    except OSError:
        return False


def _in_container() -> bool:
    return any(os.path.exists(path) for path in ("/.dockerenv", "/run/.containerenv")) or "KUBERNETES_SERVICE_HOST" in os.environ  # noqa: PTH110


def _yama() -> int:
    try:
        return int(Path("/proc/sys/kernel/yama/ptrace_scope").read_text())
    except (OSError, ValueError):
        return 0
