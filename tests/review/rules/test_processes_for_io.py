"""CA705."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.processes_for_io import RULE

FETCH = (
    "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing, requests\ndef fetch(url):\n"
    "    return requests.get(url).status_code\n"
)
BAD = [
    f"{FETCH}def main(urls):\n    with ProcessPoolExecutor() as pool:\n        return list(pool.map(fetch, urls))  # here\n",
    f"{FETCH}def main(urls):\n    with multiprocessing.Pool(16) as pool:\n        return pool.imap_unordered(fetch, urls)  # here\n",
    (
        f"{FETCH}class Job:\n    def __init__(self):\n        self.pool = ProcessPoolExecutor()\n"
        "    def main(self, url):\n        return self.pool.submit(fetch, url)  # here\n"
    ),
    (
        f"{FETCH}from functools import partial\ndef main(urls):\n    with ProcessPoolExecutor() as pool:\n"
        "        return pool.map(partial(fetch), urls)  # here\n"
    ),
    (
        f"{FETCH}def one(url):\n    return fetch(url)\ndef main(urls):\n    with ProcessPoolExecutor() as pool:\n"
        "        return pool.map(one, urls)  # here\n"
    ),
    (
        "import time\nfrom multiprocessing import get_context\ndef wait(s):\n    time.sleep(s)\ndef main(xs):\n"
        "    with get_context('spawn').Pool() as pool:\n        pool.map(wait, xs)  # here\n"
    ),
]
GOOD = [
    (
        "from concurrent.futures import ProcessPoolExecutor\nimport requests\ndef fetch(url):\n"
        "    return requests.get(url)\ndef main(pool: ProcessPoolExecutor):\n    pool.shutdown(fetch)\n"
        "    pool.submit()\n"
    ),
    (
        f"from concurrent.futures import ThreadPoolExecutor\n{FETCH}def main(urls):\n"
        "    with ThreadPoolExecutor() as pool:\n        return list(pool.map(fetch, urls))\n"
    ),
    f"{FETCH}def main(pool, urls):\n    return list(pool.map(fetch, urls))\n",
    f"{FETCH}def main(urls):\n    return list(map(fetch, urls))\n",
    (
        f"{FETCH}def parse(url):\n    text = fetch(url)\n    return [word * 2 for word in text]\ndef main(urls):\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(parse, urls)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\ndef square(x):\n    return x * x\ndef main(xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(square, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\nfrom pathlib import Path\ndef load(p: Path):\n"
        "    return p.read_text()\ndef main(xs):\n    with ProcessPoolExecutor() as pool:\n"
        "        pool.map(load, xs)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\nimport subprocess\ndef build(x):\n"
        "    subprocess.run(['make', x])\ndef main(xs):\n    with ProcessPoolExecutor() as pool:\n"
        "        pool.map(build, xs)\n"
    ),
]


@pytest.mark.parametrize("source", BAD)
def test_waiting_in_processes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_threads_and_work_that_loops_or_computes_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_function_of_another_module_is_looked_into_and_the_way_is_shown() -> None:
    others = {"net": "import requests\ndef fetch(url):\n    return _get(url)\ndef _get(url):\n    return requests.get(url)\n"}
    source = (
        "from concurrent.futures import ProcessPoolExecutor\nfrom net import fetch\ndef main(xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(fetch, xs)  # here\n"
    )
    assert found_lines(RULE, source, others=others) == marked_lines(source)
    (found,) = findings(RULE, source, others=others)
    assert [step.text for step in found.steps] == ["fetch() calls _get()", "_get() calls requests.get()"]


LIKELY = [
    (
        "from concurrent.futures import ProcessPoolExecutor\nimport requests\ndef fetch(url):\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n    url = url.next\n"
        "    url = url.next\n    return requests.get(url)\ndef main(pool: ProcessPoolExecutor):\n"
        "    pool.submit(fetch, 1)\n"
    ),
    (
        "from concurrent.futures import ProcessPoolExecutor\nfrom other import fetch\ndef main(xs):\n"
        "    with ProcessPoolExecutor() as pool:\n        pool.map(fetch, xs)\n"
    ),
    (
        "from multiprocessing import Pool\nfrom other import download_song\nclass Songs:\n    def __init__(self):\n"
        "        self.pool = Pool(4)\n    def all(self, songs):\n        self.pool.starmap(func=download_song, iterable=songs)\n"
    ),
    (
        "from multiprocessing import Process\nfrom other import fetch_page\ndef main(urls):\n    for url in urls:\n"
        "        Process(target=fetch_page, args=(url,)).start()\n"
    ),
    f"{FETCH}def each(urls):\n    for url in urls:\n        fetch(url)\ndef main(pool: ProcessPoolExecutor, xs):\n    pool.map(each, xs)\n",
]


@pytest.mark.parametrize("source", LIKELY)
def test_work_that_most_likely_waits_is_information(source: str) -> None:
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_one_process_and_a_name_that_only_holds_the_word_are_left_alone() -> None:
    source = """
    from multiprocessing import Pool, Process
    from other import fetch_page, prefetched
    def main(rows):
        Process(target=fetch_page).start()
        with Pool() as pool:
            pool.map(prefetched, rows)
    """
    assert found_lines(RULE, source) == []


def test_a_process_that_looks_for_work_again_and_again_is_left_alone() -> None:
    source = """
    import time
    from multiprocessing import Process
    def work(queue):
        while True:
            time.sleep(1)
    def main(queues):
        for queue in queues:
            Process(target=work, args=(queue,)).start()
    """
    assert found_lines(RULE, source) == []
