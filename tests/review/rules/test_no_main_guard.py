"""CA603."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.no_main_guard import RULE

BAD = [
    """
    from multiprocessing import Pool
    with Pool(4) as pool:  # here
        print(pool.map(abs, range(9)))
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor() as pool:  # here
        print(pool)
    """,
    """
    import multiprocessing as mp
    process = mp.Process(target=print)
    process.start()  # here
    """,
    """
    import multiprocessing
    shared = multiprocessing.Manager()  # here
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    def work():
        with ProcessPoolExecutor() as pool:
            return list(pool.map(abs, range(9)))
    def main():
        return work()
    main()  # here
    """,
    """
    import asyncio
    from concurrent.futures import ProcessPoolExecutor
    async def main():
        pool = ProcessPoolExecutor()
        pool.submit(print)
    asyncio.run(main())  # here
    """,
]
GOOD = [
    """
    from multiprocessing import Pool
    def main():
        with Pool(4) as pool:
            print(pool.map(abs, range(9)))
    if __name__ == "__main__":
        main()
    """,
    """
    from multiprocessing import Pool
    if __name__ == "__main__":
        with Pool(4) as pool:
            print(pool.map(abs, range(9)))
    """,
    """
    from concurrent.futures import ProcessPoolExecutor
    POOL = ProcessPoolExecutor(4)
    def work():
        POOL.submit(print)
    """,
    """
    from concurrent.futures import ThreadPoolExecutor
    import threading
    with ThreadPoolExecutor() as pool:
        pool.submit(print)
    threading.Thread(target=print).start()
    """,
    """
    import multiprocessing
    process = multiprocessing.Process(target=print)
    queue = multiprocessing.Queue()
    lock = multiprocessing.Lock()
    """,
    """
    import multiprocessing
    multiprocessing.set_start_method("fork")
    with multiprocessing.Pool(4) as pool:
        print(pool.map(abs, range(9)))
    """,
    """
    def main():
        print("no processes")
    main()
    """,
    """
    def Pool(size): ...
    Pool(4)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_processes_that_an_import_starts_are_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_stands_below_the_guard_or_starts_nothing_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_it_is_an_error_where_no_system_forks_by_default() -> None:
    source = BAD[0]
    assert [each.severity for each in findings(RULE, source, python=14)] == [Severity.ERROR]
    assert [each.severity for each in findings(RULE, source, python=12)] == [Severity.WARNING]
