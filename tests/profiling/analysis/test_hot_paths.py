"""Where CPU time went: own and total time, recursion, the tree, and whose code it was."""

from pathlib import Path

import pytest
from builders import LIBRARY, MAIN, THREAD, RecordingBuilder, blocked, frame, gil_wait, native, running

from conc_advisor.concurrency import BlockKind
from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.code_origin import CodeOrigin, package_of
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.analysis.hot_tree import MAX_DEPTH
from conc_advisor.profiling.diagnosis import HotFunction, HotNode, HotPaths
from conc_advisor.profiling.recording import Frame

PARSE = (*MAIN, frame("parse", "/app/parse.py", 41))
LOADS = (*PARSE, frame("loads", f"{LIBRARY}/json/__init__.py", 346), frame("JSONDecoder.decode", f"{LIBRARY}/json/decoder.py", 337))
SITE = f"{LIBRARY}/site-packages"


def hot(folder: Path, *stacks: tuple[tuple[Frame, ...], float], library_paths: tuple[str, ...] = ()) -> HotPaths:
    """Return the hot paths of a thread that is on CPU at each stack for so many seconds."""
    builder = RecordingBuilder(folder).header(library_paths=library_paths)
    main = builder.thread("MainThread")
    for stack, seconds in stacks:
        builder.run(main, running(*stack), seconds)
    return diagnose(builder.build()).hot_paths


def function(paths: HotPaths, name: str) -> HotFunction:
    return next(each for each in paths.functions if each.location.function == name)


def labels(nodes: tuple[HotNode, ...]) -> list[object]:
    return [[node.label, *labels(node.children)] for node in nodes]


def test_own_and_total_time(tmp_path: Path) -> None:
    paths = hot(tmp_path, (PARSE, 0.3), (LOADS, 0.6), (MAIN, 0.1))
    assert paths.cpu_seconds == pytest.approx(1.0)
    assert [function(paths, "parse").own_seconds, function(paths, "parse").total_seconds] == pytest.approx([0.3, 0.9])
    assert [function(paths, "main").own_seconds, function(paths, "main").total_seconds] == pytest.approx([0.1, 1.0])
    assert paths.functions[0].location.function == "JSONDecoder.decode"


def test_user_code_is_told_from_the_library(tmp_path: Path) -> None:
    paths = hot(tmp_path, (LOADS, 1.0))
    assert {each.location.function: each.user_code for each in paths.functions} == {
        "<module>": True,
        "main": True,
        "parse": True,
        "loads": False,
        "JSONDecoder.decode": False,
    }


def test_a_function_stands_at_its_hottest_line(tmp_path: Path) -> None:
    paths = hot(tmp_path, (PARSE, 0.3), ((*MAIN, frame("parse", "/app/parse.py", 44)), 0.5))
    assert function(paths, "parse").location == Location(file="/app/parse.py", line=44, function="parse")
    assert function(paths, "parse").line_seconds == pytest.approx(0.5)


def test_a_function_that_only_calls_stands_at_the_line_whose_calls_cost_most(tmp_path: Path) -> None:
    root = MAIN[0]
    cheap, dear = frame("main", "/app/app.py", 81), frame("main", "/app/app.py", 85)
    paths = hot(tmp_path, ((root, cheap), 0.05), ((root, dear, frame("f", "/app/f.py")), 0.6))
    assert function(paths, "main").location.line == 85


def test_recursion_counts_once_in_the_total(tmp_path: Path) -> None:
    walk = frame("walk", "/app/walk.py", 7)
    helper = frame("visit", "/app/walk.py", 12)
    paths = hot(tmp_path, ((*MAIN, walk, helper, walk, helper, walk), 0.5), ((*MAIN, walk), 0.5))
    assert function(paths, "walk").total_seconds == pytest.approx(1.0)
    assert function(paths, "visit").total_seconds == pytest.approx(0.5)
    assert function(paths, "walk").own_seconds == pytest.approx(1.0)


def test_a_function_called_from_two_places_is_one_with_the_sum(tmp_path: Path) -> None:
    leaf = frame("leaf", "/app/leaf.py", 3)
    paths = hot(tmp_path, ((*MAIN, frame("a"), leaf), 0.4), ((*MAIN, frame("b"), leaf), 0.3))
    assert function(paths, "leaf").total_seconds == pytest.approx(0.7)


def test_only_time_on_cpu_is_hot(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, native(*PARSE), 0.5).run(main, gil_wait(*LOADS), 0.5).run(main, blocked(BlockKind.SOCKET, *LOADS), 0.5)
    paths = diagnose(builder.build()).hot_paths
    assert paths.cpu_seconds == pytest.approx(0.5)
    assert "loads" not in {each.location.function for each in paths.functions}


def test_threads_without_python_have_a_node_of_their_own(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.during(1, {builder.thread("MainThread"): running(*PARSE), builder.thread("blas", python=False): native()})
    paths = diagnose(builder.build()).hot_paths
    assert paths.cpu_seconds == pytest.approx(2.0)
    assert [node.label for node in paths.tree] == ["<module>", "(no Python stack)"]
    assert all(each.total_seconds <= 1.001 for each in paths.functions)


def test_library_frames_in_a_row_are_one_node_named_by_their_package(tmp_path: Path) -> None:
    deep = (
        *PARSE,
        frame("get", f"{SITE}/requests/api.py", 73),
        frame("urlopen", f"{SITE}/urllib3/connectionpool.py", 790),
        frame("read", f"{LIBRARY}/socket.py", 706),
    )
    paths = hot(tmp_path, (deep, 1.0))
    assert labels(paths.tree) == [["<module>", ["main", ["parse", ["requests"]]]]]
    node = paths.tree[0].children[0].children[0].children[0]
    assert (node.location, node.user_code) == (None, False)
    assert node.own_seconds == pytest.approx(1.0)


def test_a_callback_from_a_library_stands_below_it(tmp_path: Path) -> None:
    paths = hot(tmp_path, ((*PARSE, frame("map", f"{SITE}/lib/x.py"), frame("key", "/app/key.py", 2)), 1.0))
    assert labels(paths.tree) == [["<module>", ["main", ["parse", ["lib", ["key"]]]]]]


def test_the_way_of_a_thread_to_the_user_s_first_line_is_folded_away(tmp_path: Path) -> None:
    paths = hot(tmp_path, ((*THREAD, frame("work", "/app/app.py", 20)), 1.0))
    assert labels(paths.tree) == [["work"]]


def test_twigs_are_cut_off_and_the_heaviest_branch_comes_first(tmp_path: Path) -> None:
    twig = (*MAIN, frame("rare", "/app/rare.py", 1))
    light = (*MAIN, frame("light", "/app/light.py", 1))
    paths = hot(tmp_path, (light, 0.5), (twig, 0.01), (PARSE, 2.0))
    assert labels(paths.tree) == [["<module>", ["main", ["parse"], ["light"]]]]
    assert paths.tree[0].seconds == pytest.approx(2.51)


def test_a_recursion_a_thousand_deep_makes_a_tree_that_can_be_shown(tmp_path: Path) -> None:
    path = tuple(frame(f"f{number % 7}", "/app/deep.py", number % 5) for number in range(3000))
    paths = hot(tmp_path, (path, 1.0))
    depth, nodes = 0, paths.tree
    while nodes:
        depth, nodes = depth + 1, nodes[0].children
    assert depth <= MAX_DEPTH
    assert function(paths, "f0").total_seconds == pytest.approx(1.0)


def test_nothing_on_cpu_is_nothing_hot(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    paths = diagnose(builder.run(builder.thread("MainThread"), blocked(BlockKind.SLEEP, *MAIN), 1).build()).hot_paths
    assert (paths.cpu_seconds, paths.functions, paths.tree) == (0, (), ())


@pytest.mark.parametrize(
    "file",
    [
        "/app/app.py",
        "app.py",
        "/home/me/lib/tool.py",
        "/srv/python3/app.py",
        "/home/me/conc_advisor_demo/x.py",
        "<string>",
        "<stdin>",
        "<ipython-input-1>",
        "/app/site_packages_of_mine/x.py",
    ],
)
def test_files_of_the_user(file: str) -> None:
    assert CodeOrigin().is_user(file)


@pytest.mark.parametrize(
    "file",
    [
        "/usr/lib/python3.12/json/decoder.py",
        "/usr/lib64/python3.9/json/decoder.py",
        "/opt/py/lib/python3.13t/json/decoder.py",
        "/app/.venv/lib/python3.12/site-packages/requests/api.py",
        "/usr/lib/python3/dist-packages/yaml/__init__.py",
        "<frozen importlib._bootstrap>",
        "<__array_function__ internals>",
        "/x/conc_advisor/probe/hold.py",
        "",
    ],
)
def test_files_of_libraries(file: str) -> None:
    assert not CodeOrigin().is_user(file)


def test_the_header_s_library_paths_are_libraries_and_their_neighbours_are_not(tmp_path: Path) -> None:
    vendor = (*MAIN, frame("v", "/app/vendor/v.py"), frame("w", "/app/vendored.py"))
    paths = hot(tmp_path, (vendor, 1.0), library_paths=("/app/vendor/", ""))
    assert not function(paths, "v").user_code
    assert function(paths, "w").user_code


def test_a_program_that_is_itself_installed_counts_as_the_user_s(tmp_path: Path) -> None:
    suite = f"{SITE}/pyperformance/data-files/benchmarks/bm_nbody"
    bench = (
        frame("<module>", f"{suite}/run_benchmark.py", 99),
        frame("run", f"{SITE}/pyperf/_runner.py"),
        frame("nbody", f"{suite}/physics.py", 3),
    )
    paths = hot(tmp_path, (bench, 1.0))
    assert {each.location.function: each.user_code for each in paths.functions} == {"<module>": True, "run": False, "nbody": True}


def test_the_same_is_true_under_python_m(tmp_path: Path) -> None:
    start = (frame("_run_module_as_main", "<frozen runpy>"), frame("_run_code", "<frozen runpy>"))
    paths = hot(tmp_path, ((*start, frame("<module>", f"{SITE}/tool/__main__.py", 4), frame("work", f"{SITE}/tool/work.py")), 1.0))
    assert function(paths, "work").user_code
    assert not function(paths, "_run_code").user_code


def test_a_server_that_runs_the_user_s_application_stays_a_library(tmp_path: Path) -> None:
    """`python -m uvicorn app:app`: there is user code, so the main file's folder is not."""
    start = frame("<module>", f"{SITE}/uvicorn/__main__.py", 4)
    paths = hot(tmp_path, ((start, frame("run", f"{SITE}/uvicorn/server.py"), frame("handler", "/app/app.py", 3)), 1.0))
    assert {each.location.function: each.user_code for each in paths.functions} == {"<module>": False, "run": False, "handler": True}


@pytest.mark.parametrize(
    ("file", "package"),
    [
        (f"{SITE}/requests/api.py", "requests"),
        (f"{SITE}/six.py", "six"),
        (f"{LIBRARY}/json/decoder.py", "json"),
        (f"{LIBRARY}/socket.py", "socket"),
        ("<frozen importlib._bootstrap>", "importlib"),
        ("/elsewhere/x.py", "x"),
    ],
)
def test_a_library_is_known_by_its_package(file: str, package: str) -> None:
    assert package_of(file) == package
