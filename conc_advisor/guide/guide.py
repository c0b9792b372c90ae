"""Finds and reads the pages of the guide.

A page is the file `pages/<kind>s/<topic>.md`; the name of the file is the topic, and no two files share one.  Its form, kept by tests:

- Line 1 is `# Title`, line 3 the summary: one sentence, at most 100 characters, plain text.  Then prose and `##` sections.
- The last section is `## See also`: a list of links to other pages, each followed by half a line that says why.
- A link is relative, as every viewer of Markdown follows it: `[deadlines](deadlines.md)` within a folder, else
  `[deadlines](../concepts/deadlines.md)`.  Links to the web stand as `<https://…>` or `[text](https://…)`.
- At most 120 lines, none wider than 100 columns.  No HTML, no images, no nested lists, no indented code: only fences.
- A ```python fence is a whole program.  It needs nothing but the standard library from Python 3.11 on, takes well under 3 s, ends by
  itself without a warning (`-W error -X dev`), writes nothing to stderr and leaves no thread, task or process behind.
- ```python requires=3.14 needs that version or newer, ```python requires=numpy that package; several are joined by commas.
- ```python wrong shows a mistake; it may fail, but ends within 3 s.  Where it cannot (a deadlock), there is no ```text after it, and it
  is only compiled.
- A ```text fence right after a ```python fence is what the program writes: each of its lines occurs, in that order, in what stdout and
  stderr together hold; `...` within a line stands for anything.
- Other fences (```sh, ```toml, ```text elsewhere) are for reading only.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

PAGES: Final = Path(__file__).parent / "pages"


class TopicKind(StrEnum):
    """What a page is about; the folder is its plural."""

    MODEL = "model"
    CONCEPT = "concept"
    VERDICT = "verdict"
    PITFALL = "pitfall"
    TEMPLATE = "template"
    """The page of a template, which lies with its code; none of them is in the guide itself."""
    RULE = "rule"
    """The page of a rule of `review`, which is the docstring of its module; none of them is in the guide itself either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A page as lists show it."""

    name: str
    title: str
    summary: str
    kind: TopicKind

    @property
    def path(self) -> Path:
        """The file of the page."""
        return PAGES / f"{self.kind}s" / f"{self.name}.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A topic with its whole text, as Markdown."""

    topic: Topic
    text: str


ALIASES: Final[Mapping[str, str]] = {
    "async": "asyncio",
    "async-await": "asyncio",
    "asyncio+processes": "asyncio-processes",
    "asyncio+threads": "asyncio-threads",
    "awaiting": "asyncio",
    "batch": "chunking",
    "batching": "chunking",
    "benchmarking": "measuring",
    "bounded-concurrency": "bounded-fan-out",
    "cancel": "cancellation",
    "connection-reuse": "connection-pools",
    "contextvar": "contextvars",
    "convoy": "gil-convoy",
    "deadline": "deadlines",
    "deadlock": "lock-order",
    "distributed-systems": "distributed",
    "event-loop": "asyncio",
    "fan-out": "bounded-fan-out",
    "fork": "start-methods",
    "forkserver": "start-methods",
    "free-threaded": "free-threading",
    "free-threaded-threads": "free-threading",
    "gather": "taskgroup-vs-gather",
    "global-interpreter-lock": "gil",
    "graceful-shutdown": "shutdown",
    "graceful-stop": "shutdown",
    "interpreter": "interpreters",
    "jupyter": "notebooks",
    "leaks": "leak-detection",
    "locks": "shared-state",
    "multiprocessing": "processes",
    "native": "vectorise",
    "no-gil": "free-threading",
    "nogil": "free-threading",
    "notebook": "notebooks",
    "numpy-vectorisation": "vectorise",
    "pickling": "serialization",
    "pool-size": "sizing",
    "pools": "connection-pools",
    "process-pool": "processes",
    "profiling": "measuring",
    "race-condition": "shared-state",
    "race-conditions": "shared-state",
    "races": "shared-state",
    "semaphore": "bounded-fan-out",
    "serialisation": "serialization",
    "spawn": "start-methods",
    "subinterpreters": "interpreters",
    "task-group": "taskgroup-vs-gather",
    "taskgroup": "taskgroup-vs-gather",
    "thread-pool": "threads",
    "threading": "threads",
    "timeout": "deadlines",
    "timeouts": "deadlines",
    "vectorise/native": "vectorise",
    "vectorization": "vectorise",
    "vectorize": "vectorise",
}
"""Other names of topics: those of the models in `choose`, and what people call things.  None is the name of a library."""

_SHOWN: Final = 3
"""How many near names are worth showing."""
_NEAR_ENOUGH: Final = 0.6
"""difflib's ratio, 0 to 1; its own default."""


def topics() -> tuple[Topic, ...]:
    """Return every topic, by kind in the order of `TopicKind`, then by name."""
    return tuple(_read_topic(path, kind) for kind in TopicKind for path in sorted((PAGES / f"{kind}s").glob("*.md"), key=_name))


def page(name: str) -> Page | None:
    """Return the page of a topic, by its name or an alias in any capitals; None where there is none."""
    wanted = canonical(name)
    found = next((topic for topic in topics() if topic.name == wanted), None)
    return None if found is None else Page(topic=found, text=found.path.read_text(encoding="utf-8"))


def canonical(name: str) -> str:
    """Return the name that a page would have: aliases resolved, lower case, hyphens between words."""
    plain = "-".join(name.lower().replace("_", " ").replace("-", " ").split())
    return ALIASES.get(plain, plain)


def near(name: str) -> tuple[str, ...]:
    """Return the topics whose names, aliases or words look most like `name`, best first, at most three."""
    plain = canonical(name)
    names = [topic.name for topic in topics()]
    candidates = [*names, *(alias for alias, target in ALIASES.items() if target in names)]
    alike = [ALIASES.get(found, found) for found in difflib.get_close_matches(plain, candidates, n=_SHOWN, cutoff=_NEAR_ENOUGH)]
    words = set(plain.split("-"))
    sharing = [each for each in names if words & set(each.split("-"))]
    return tuple(dict.fromkeys([*alike, *sharing]))[:_SHOWN]


def _name(path: Path) -> str:
    return path.stem


def _read_topic(path: Path, kind: TopicKind) -> Topic:
    with path.open(encoding="utf-8") as file:
        title, _, summary = (file.readline().strip() for _ in range(3))
    return Topic(name=path.stem, title=title.removeprefix("# "), summary=summary, kind=kind)
