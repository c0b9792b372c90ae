"""The laws of the guide: every page has the one form, every link leads somewhere, and every program in it runs."""

import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from guide_blocks import Block, blocks, can_import, missing_line, run
from pythons import need_python

from conc_advisor.concurrency import ConcurrencyModel, VerdictId
from conc_advisor.decision.advice import pitfalls
from conc_advisor.decision.advice.entries import Entry
from conc_advisor.guide.guide import ALIASES, PAGES, Topic, TopicKind, page, topics
from conc_advisor.review.rules import ALL
from conc_advisor.workload import Workload

TOPICS = topics()
MODELS = [
    "sequential",
    "asyncio",
    "threads",
    "processes",
    "asyncio-threads",
    "asyncio-processes",
    "vectorise",
    "free-threading",
    "interpreters",
    "distributed",
]
CONCEPTS = [
    "choosing",
    "gil",
    "gil-convoy",
    "blocking-the-loop",
    "taskgroup-vs-gather",
    "bounded-fan-out",
    "deadlines",
    "cancellation",
    "lifecycle",
    "leak-detection",
    "backpressure",
    "connection-pools",
    "start-methods",
    "serialization",
    "chunking",
    "shared-state",
    "shutdown",
    "sizing",
    "measuring",
    "load-testing",
    "notebooks",
    "contextvars",
]
PITFALLS = [
    "blocking-call-in-coroutine",
    "coroutine-never-awaited",
    "cancellation-swallowed",
    "missing-deadline",
    "unlocked-shared-state",
    "nested-asyncio-run",
    "task-not-stored",
    "lock-order",
    "executor-per-call",
    "unpicklable-work",
    "unbounded-fan-out",
    "unseen-exceptions",
    "async-without-await",
    "loop-from-another-thread",
    "global-event-loop",
    "threads-for-cpu",
    "processes-for-io",
    "unbounded-queue",
    "client-per-request",
    "lock-across-await",
    "missing-shutdown",
    "fork-with-threads",
    "async-generator-left-open",
    "worker-blocked-forever",
    "signal-handling",
    "sleep-polling",
    "thread-locals-and-contextvars",
    "daemon-threads",
    "chatty-ipc",
]
LISTED = {
    TopicKind.MODEL: set(MODELS),
    TopicKind.CONCEPT: set(CONCEPTS),
    TopicKind.VERDICT: set(VerdictId),
    TopicKind.PITFALL: set(PITFALLS),
    TopicKind.TEMPLATE: set(),
    TopicKind.RULE: set(),
}
VERSIONS = ["3.11", "3.13", "3.14"]
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")

every_page = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def text_of(topic: Topic) -> str:
    """Return the page as it stands in the file."""
    return topic.path.read_text(encoding="utf-8")


def prose_of(topic: Topic) -> str:
    """Return the page without its fences."""
    return re.sub(r"^```.*?^```$", "", text_of(topic), flags=re.DOTALL | re.MULTILINE)


def local_links(topic: Topic) -> list[str]:
    """Return the links to other pages."""
    return [target for target in LINK.findall(prose_of(topic)) if not target.startswith("https://")]


@pytest.mark.parametrize("kind", TopicKind)
def test_every_topic_has_its_page(kind: TopicKind) -> None:
    """No topic is forgotten, and no page is there that nothing leads to."""
    assert {topic.name for topic in TOPICS if topic.kind is kind} == LISTED[kind]


def test_no_file_lies_beside_the_pages() -> None:
    """Whatever is not a page in the folder of a kind would never be shown."""
    files = {path for path in PAGES.rglob("*") if path.is_file()}
    assert files == {topic.path for topic in TOPICS}
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


@every_page
def test_a_page_begins_with_its_title_and_one_sentence(topic: Topic) -> None:
    """The summary is what lists show: short, plain, one sentence."""
    lines = text_of(topic).splitlines()
    assert lines[0] == f"# {topic.title}"
    assert (lines[1], lines[3]) == ("", "")
    assert lines[2] == topic.summary
    assert 0 < len(topic.summary) <= 100
    assert topic.summary.endswith(".")
    assert not re.search(r"[*_\[\]#<>]|\. [A-Z]", topic.summary)


@every_page
def test_a_page_fits_a_screen_or_two(topic: Topic) -> None:
    """At most 120 lines, none wider than 100 columns, nothing that a terminal cannot show."""
    lines = text_of(topic).splitlines()
    assert len(lines) <= 120
    assert [line for line in lines if len(line) > 100 or line != line.rstrip() or "\t" in line] == []
    assert all(char.isprintable() or char == "\n" for char in text_of(topic))
    assert re.search(r"<(?!https://)\w|!\[|^ {4}", re.sub(r"`[^`]*`", "", prose_of(topic)), re.MULTILINE) is None


@every_page
def test_every_link_leads_to_a_page(topic: Topic) -> None:
    """By a relative path, so that it works wherever Markdown is shown; and never to the page itself."""
    targets = {target: (topic.path.parent / target).resolve() for target in local_links(topic)}
    known = {each.path.resolve() for each in TOPICS if each != topic}
    assert [target for target, path in targets.items() if path not in known] == []


@every_page
def test_no_page_is_a_dead_end(topic: Topic) -> None:
    """The last section is a list of links."""
    sections = re.findall(r"^## (.*)$", prose_of(topic), re.MULTILINE)
    assert sections[-1] == "See also"
    last = prose_of(topic).rpartition("## See also")[2].strip()
    entries = re.split(r"\n(?=- )", last)
    assert len(entries) >= 2
    assert [entry for entry in entries if not re.match(r"- \[[^\]]+\]\([\w./-]+\.md\): \S", entry)] == []


def test_every_page_is_linked_from_another() -> None:
    """A page that nothing leads to is found by nobody who does not know its name."""
    linked = {(topic.path.parent / target).resolve() for topic in TOPICS for target in local_links(topic)}
    assert [topic.name for topic in TOPICS if topic.path.resolve() not in linked] == []


def test_aliases_lead_to_pages_and_hide_none() -> None:
    """An alias that is a topic itself would never be followed."""
    names = {topic.name for topic in TOPICS}
    assert set(ALIASES.values()) <= names
    assert set(ALIASES) & names == set()


@pytest.fixture(scope="module", params=VERSIONS)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """Return what went wrong in the programs of each page under one Python: four run at a time, since most of them wait."""
    major, minor = map(int, request.param.split("."))
    python = need_python(request.param)
    folders = {topic.name: tmp_path_factory.mktemp(topic.name) for topic in TOPICS}
    work = [
        (topic.name, block)
        for topic in TOPICS
        for block in blocks(topic.name, text_of(topic))
        if block.runs and block.first_version <= (major, minor) and not block.packages
    ]
    with ThreadPoolExecutor(4) as pool:
        problems = list(pool.map(lambda each: run(each[1], python, folders[each[0]]), work))
    found: dict[str, list[str]] = {topic.name: [] for topic in TOPICS}
    for (name, _), problem in zip(work, problems, strict=True):
        found[name] += [problem] if problem else []
    for name, folder in folders.items():
        found[name] += [f"left behind: {path.name}" for path in folder.iterdir() if path.suffix not in {".py", ""}]
    return found


@every_page
@pytest.mark.timeout(400)
def test_every_program_runs(topic: Topic, said: Mapping[str, list[str]]) -> None:
    """On the oldest Python that it is for and on newer ones, without a warning, and it leaves nothing behind."""
    assert said[topic.name] == []


@pytest.mark.parametrize("block", [block for topic in TOPICS for block in blocks(topic.name, text_of(topic)) if block.packages])
def test_programs_that_need_a_package_run(block: Block, tmp_path: Path) -> None:
    """Here, where the packages are that the tests bring along."""
    python = Path(sys.executable)
    if missing := [package for package in block.packages if not can_import(python, package)]:
        pytest.skip(f"{', '.join(missing)} is not installed")
    assert run(block, python, tmp_path) is None


@every_page
def test_every_program_compiles(topic: Topic) -> None:
    """Those that are only shown too."""
    for block in blocks(topic.name, text_of(topic)):
        compile(block.code, f"{topic.name}:{block.line}", "exec")


def test_each_page_of_a_model_or_concept_has_a_program() -> None:
    """What is said without one is soon wrong; where there is nothing to run, the list here says so."""
    without = {topic.name for topic in TOPICS if topic.kind in {TopicKind.MODEL, TopicKind.CONCEPT} and "```python" not in text_of(topic)}
    assert without <= {"choosing", "distributed"}


def test_the_pitfalls_that_choose_names_have_a_page() -> None:
    """Whatever the answers are; so the table itself is looked at, not some of its results."""
    tables = [value for value in vars(pitfalls).values() if isinstance(value, tuple)]
    named = {entry.says.topic for table in tables for entry in table if isinstance(entry, Entry)}
    assert len(named) >= len(MODELS)
    assert named <= {topic.name for topic in TOPICS}


@pytest.mark.parametrize("model", ConcurrencyModel)
def test_every_model_and_its_pitfalls_can_be_explained(model: ConcurrencyModel) -> None:
    """By the name that `choose` gives the model, too."""
    found = page(model)
    assert found is not None
    assert found.topic.kind is TopicKind.MODEL
    assert [each.topic for each in pitfalls.pitfalls(model, Workload()) if page(each.topic) is None] == []


def a_block(code: str, *, wrong: bool = False, output: str | None = None) -> Block:
    """Return a block of no page."""
    return Block(page="none", line=1, code=code, wrong=wrong, requires=(), output=output)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("print('well')", None),
        ("import time; time.sleep(0.01)", None),
        ("import threading, time\nthreading.Thread(target=time.sleep, args=(0.3,)).start()", "AssertionError"),
        (
            "import multiprocessing, time\nif __name__ == '__main__':\n    multiprocessing.Process(target=time.sleep, args=(1,)).start()",
            "Assert",
        ),
        ("import warnings; warnings.warn('old')", "UserWarning"),
        ("open(__file__)", "ResourceWarning"),
        ("import sys; sys.stderr.write('oh')", "oh"),
        ("raise SystemExit(3)", "exit code 3"),
    ],
)
def test_a_program_that_misbehaves_is_noticed(code: str, problem: str | None, tmp_path: Path) -> None:
    """The law above would see a leak, a warning or a failure."""
    told = run(a_block(code), need_python("3.11"), tmp_path)
    assert (told is None) if problem is None else problem in (told or "")


@pytest.mark.parametrize(
    ("expected", "missing"),
    [("one\ntwo", None), ("two\none", "one"), ("o...e", None), ("two", None), ("three", "three"), ("", None), ("*", "*")],
)
def test_what_a_program_writes_is_compared_line_by_line(expected: str, missing: str | None) -> None:
    """In order, with `...` for anything within a line, and with nothing read as a pattern."""
    assert missing_line(expected, "one\nand two\n") == missing


def test_a_mistake_must_go_wrong_as_the_page_says(tmp_path: Path) -> None:
    """A block marked as wrong may fail, but not differently."""
    python = need_python("3.11")
    assert run(a_block("1 / 0", wrong=True, output="ZeroDivisionError"), python, tmp_path) is None
    assert run(a_block("1 / 1", wrong=True, output="ZeroDivisionError"), python, tmp_path) is not None


def test_fences_are_read_as_the_form_says() -> None:
    """The output follows its program; a requirement is a version or a package; nothing else is allowed."""
    text = "```python requires=3.14,numpy\nx\n```\n\n```text\nout\n```\n\n```python wrong\ny\n```\n\nWords.\n\n```text\nz\n```\n"
    first, second = blocks("none", text)
    assert (first.line, first.code, first.output) == (1, "x\n", "out\n")
    assert (first.first_version, first.packages) == ((3, 14), ("numpy",))
    assert (second.wrong, second.output, second.runs) == (True, None, False)
    with pytest.raises(ValueError, match="fragment"):
        blocks("none", "```python fragment\nx\n```")
    with pytest.raises(ValueError, match="never closed"):
        blocks("none", "```python\nx\n")


def test_a_page_is_found_by_its_name() -> None:
    """The text is the file's."""
    found = page("asyncio")
    assert found is not None
    assert found.topic.kind is TopicKind.MODEL
    assert found.text.startswith(f"# {found.topic.title}\n")


def test_a_pitfalls_page_names_the_rules_that_find_it() -> None:
    """Each page about a pitfall says which rules of `review` look for it, all of them and no other."""
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (PAGES / "pitfalls").glob("*.md")}
    for topic, text in pages.items():
        line = next((each for each in text.splitlines() if "`conc-advisor review`" in each), "")
        assert re.findall(r"CA\d{3}", line) == [rule.code for rule in ALL if rule.topic == topic], topic
