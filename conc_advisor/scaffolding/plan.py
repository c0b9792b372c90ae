"""What would be done to the project, file by file, before anything is done.  Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath

from conc_advisor.scaffolding.generate import Role, Wanted
from conc_advisor.scaffolding.present import Present
from conc_advisor.scaffolding.provenance import split_header


class Verb(StrEnum):
    """What is done about a file."""

    CREATE = "create"
    IDENTICAL = "identical"
    CONFLICT = "conflict"
    """Another file is there: to be decided."""
    OVERWRITE = "overwrite"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAction:
    """What is done about one file: `content` is what it should hold, `before` what it holds, None where it is not there."""

    path: PurePosixPath
    role: Role
    verb: Verb
    content: bytes
    before: bytes | None = None

    @property
    def writes(self) -> bool:
        """Whether the file changes."""
        return self.verb in {Verb.CREATE, Verb.OVERWRITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of it, in the order in which it is told."""

    actions: tuple[FileAction, ...]

    @property
    def conflicts(self) -> tuple[FileAction, ...]:
        """What has to be decided."""
        return tuple(action for action in self.actions if action.verb is Verb.CONFLICT)

    @property
    def writes(self) -> tuple[FileAction, ...]:
        """What changes."""
        return tuple(action for action in self.actions if action.writes)

    def decided(self, verbs: Mapping[PurePosixPath, Verb]) -> "Plan":
        """Return the plan with conflicts decided, by their paths; a file without a conflict stays as it is."""
        actions = (
            replace(action, verb=verbs.get(action.path, action.verb)) if action.verb is Verb.CONFLICT else action for action in self.actions
        )
        return Plan(actions=tuple(actions))

    def all_decided(self, verb: Verb) -> "Plan":
        """Return the plan with every conflict decided alike."""
        return self.decided({action.path: verb for action in self.conflicts})


def plan(wanted: Iterable[Wanted], present: Present) -> Plan:
    """Return what there is to do; raises what `present` raises."""
    return Plan(actions=tuple(_action(file, present) for file in wanted))


def same_text(one: str, other: str) -> bool:
    """Tell whether two texts with plain newlines differ in nothing but the version that their headers name."""
    (told, body), (other_told, other_body) = split_header(one), split_header(other)
    words = None if told is None else told.words
    return body == other_body and words == (None if other_told is None else other_told.words)


def plain(content: bytes) -> str | None:
    r"""Return the text of a file with "\n" at the ends of its lines; None where it is not UTF-8."""
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None


def _action(file: Wanted, present: Present) -> FileAction:
    before = present.read(file.path)
    if before is None:
        newline = present.newline(file.path.parent)
        return FileAction(path=file.path, role=file.role, verb=Verb.CREATE, content=_content(file.text, newline))
    text = plain(before)
    newline = "\r\n" if b"\r\n" in before else "\n"
    verb = Verb.IDENTICAL if text is not None and same_text(text, file.text) else Verb.CONFLICT
    return FileAction(path=file.path, role=file.role, verb=verb, content=_content(file.text, newline), before=before)


def _content(text: str, newline: str) -> bytes:
    return text.replace("\n", newline).encode("utf-8")
