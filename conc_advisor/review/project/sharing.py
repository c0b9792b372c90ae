"""Tells which functions of a project run in several threads at a time with the same objects."""

from conc_advisor.review.project.project import Project
from conc_advisor.review.project.reach import Running
from conc_advisor.review.project.summaries import Runner

_MAIN = frozenset({"main", "amain", "_main", "async_main", "run", "lifespan", "startup"})


def runs_beside_itself(running: tuple[Running, ...]) -> bool:
    """Tell whether a function runs in more than one thread at a time: it is handed over again and again, or by several."""
    if len({each.entry if each.runner is not Runner.CALLBACK else Runner.CALLBACK for each in running}) > 1:
        return True
    # Two threads of one function that the same code starts, one line after the other.
    started = {(each.by.name if each.by is not None else "", each.hand_over.line) for each in running if each.runner is Runner.THREAD}
    if any(sum(other == name for other, _ in started) > 1 for name, _ in started if name):
        return True
    return any(each.hand_over.many or _is_per_request(each) for each in running)


def _is_per_request(running: Running) -> bool:
    """Tell whether a coroutine that may run many times at once hands a function to a pool of threads."""
    by = running.by
    return by is not None and by.is_async and running.runner is Runner.THREAD_POOL and by.name.rpartition(".")[2] not in _MAIN


def with_its_instance(project: Project, owner: str, running: tuple[Running, ...]) -> tuple[Running, ...]:
    """Return why the methods of one instance of a class run in threads: the class hands its own methods over, or is a thread or service.

    A coroutine that hands one over commonly awaits it before the next one.
    """
    related = {owner, *project.mro(owner), *project.derived(owner)}
    return tuple(each for each in running if each.entry.rpartition(".")[0] in related and _is_by_instance(each, related))


def _is_by_instance(running: Running, related: set[str]) -> bool:
    if running.by is None:
        # A thread's own class; a service, one object of which answers all requests.  Others are made anew for each request.
        return not running.hand_over.many or running.runner is Runner.THREAD_POOL
    return running.by.owner in related and not (running.by.is_async and running.runner is Runner.THREAD_POOL)


def is_module_object(project: Project, method: str) -> bool:
    """Tell whether a method is called on an object that a module's variable holds, so that all threads have the same one."""
    for caller, site in project.locks.callers(method):
        head, _, name = site.target.rpartition(".")[0].rpartition(".")
        module = project.modules.get(head)
        if module is not None and name in {*module.variables, *module.names} and project.reach.in_threads(caller.name):
            return True
    return False
