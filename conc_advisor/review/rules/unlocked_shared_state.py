"""# CA501 unlocked-shared-state

Several threads change the same state, and no lock keeps one out while another is between reading and writing.

## What it does

Finds writes that are two steps, `count += 1`, `d[k] = d.get(k, 0) + 1`, `if x is None: x = make()`, on globals, attributes and variables
of the function around, in functions that are handed to threads or called by such, in all files.  Also found are such writes outside of
the lock under which the same attribute is written elsewhere, mappings that are walked through outside of it, and `+=` on the value of a
`multiprocessing.Value`.  Views of Flask, plain endpoints of FastAPI, methods of gRPC services and callbacks of libraries with threads of
their own count as run by threads.  So is found what one side changes the size of while the other walks through it, one of them in the
object's own thread, and a global that each thread of a pool sets in its initializer.

A lock that each call makes for itself is found, since it keeps nobody out, and so is a `Condition.wait()` in an `if`: after it the reason
has to be looked at again.

As hints (info) it names what may be right where no threads come: values that are made on first use in modules that know threads, or by an
await without an asyncio lock; numbers that are increased and given back in a class that has a lock; what a thread and other methods both
change; and buffers that are taken and replaced while others fill them.  Not seen are objects that threads share through arguments or
containers; a single call such as `list.append` is one step and never reported.

## Why is this bad

Two threads read the same value, both add to it, and one addition is lost; both see that there is no pool yet, and there are two.  CPython
with its global lock seldom switches threads inside of a plain `+=` since 3.10, so tests pass; with a call in the expression, a property,
another version or a free-threaded build updates get lost, 18 to 43 of 100 in a measurement on the latter.  A mapping that grows while
another thread walks through it raises `RuntimeError: dictionary changed size during iteration`.

## Example

```python
import threading

processed = 0


def worker(items):
    global processed
    for item in items:
        processed += 1


def run(batches):
    threads = [threading.Thread(target=worker, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
```

## Use instead

```python
import threading

processed = 0
_processed_lock = threading.Lock()


def worker(items):
    global processed
    for item in items:
        with _processed_lock:
            processed += 1


def run(batches):
    threads = [threading.Thread(target=worker, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
```

Better still: let each thread count for itself, return its sum, and add up the results.

## References

- [What kinds of global value mutation are thread-safe?](https://docs.python.org/3/faq/library.html#what-kinds-of-global-value-mutation-are-thread-safe)
- [multiprocessing.Value](https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Value)

## Related

`lock-order`, for what to mind with more than one lock
"""

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.locks import MUTEXES
from conc_advisor.review.observations.sharing.local_locks import local_locks
from conc_advisor.review.observations.sharing.locked import acquires, is_locked, lock_name, locks_around, runs_locked
from conc_advisor.review.observations.sharing.lone_waits import lone_waits
from conc_advisor.review.observations.sharing.shared_remarks import (
    Known,
    Remark,
    clash_between,
    initialised,
    singleton,
    supposed,
    swapped,
    twins,
    walk_beside,
)
from conc_advisor.review.observations.sharing.shared_sides import BUILDING, Sides
from conc_advisor.review.observations.sharing.shared_writes import (
    Holder,
    State,
    Write,
    WriteKind,
    all_writes,
    racing_writes,
    singletons,
    walks,
)
from conc_advisor.review.project.reach import Running
from conc_advisor.review.project.sharing import is_module_object, runs_beside_itself, with_its_instance
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import findings_of

_SAFE: Final = ("threading.local", "contextvars.ContextVar")
_VALUES: Final = ("multiprocessing.Value().value", "multiprocessing.RawValue().value")


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the writes of a file that threads, or tasks, can do at the same time."""
    own = context.project.modules.get(context.parsed.name)
    if own is None:
        return
    yield from findings_of(RULE, context, local_locks(context))
    yield from findings_of(RULE, context, lone_waits(context))
    knows_threads = _knows_threads(tuple(own.names.values()))
    reach = context.project.reach
    threads = {
        scope: running for scope in context.functions() if not scope.is_async and (running := reach.in_threads(context.full_name(scope)))
    }
    if not (knows_threads or threads or _knows_loop(tuple(own.names.values()))):
        return
    mutex = knows_threads and _has_mutex(context)
    guarded = _guarded(context) if mutex else {}
    known = Known(threads=knows_threads, mutex=mutex, guarded=guarded, twins=twins(context), sides=Sides(context) if threads else None)
    for scope in context.functions():
        if knows_threads:
            yield from _values(context, scope)
            yield from _said(context, initialised(context, scope))
        # Where nothing makes threads, only tasks can come in between, at an await.
        if scope.name not in BUILDING and (knows_threads or threads or known.twins or _awaits_value(scope)):
            yield from _of_function(context, scope, threads.get(scope, ()), known)
    if knows_threads or threads:
        yield from _said(context, swapped(context, known.told))


def _of_function(context: FileContext, scope: Scope, running: tuple[Running, ...], known: Known) -> Iterator[Finding]:
    here: set[State] = set()
    writes = _by_kind(racing_writes(context, scope))
    clashes = {write.node: clash for write, clash in known.sides.clashes(scope, writes)} if known.sides is not None else {}
    for write in writes:
        if write.state in here or _is_safe(context, write, scope) or is_locked(context, write.node, scope):
            continue
        clash = clashes.get(write.node) if write.state not in known.told else None
        remark = clash_between(context, clash) if clash is not None else supposed(context, scope, write, known)
        found = _write(context, scope, write, running, known.guarded) or next(_said(context, (remark,) if remark is not None else ()), None)
        if found is not None:
            here.add(write.state)
            known.told.add(write.state)
            yield found
    if known.threads:
        yield from _said(
            context, (singleton(test, made) for test, made in singletons(context, scope) if not is_locked(context, test, scope))
        )
    if known.guarded and not scope.is_async:
        yield from _walks(context, scope, known.guarded, here)
    walked = known.sides.walked(scope) if known.sides is not None else ()
    yield from _said(context, (walk_beside(context, node, clash) for node, state, clash in walked if state not in here))


def _said(context: FileContext, remarks: Iterable[Remark]) -> Iterator[Finding]:
    for each in remarks:
        yield RULE.finding(context, each.node, each.message, advice=each.advice, confidence=each.confidence, severity=each.severity)


def _knows_threads(imports: tuple[str, ...]) -> bool:
    return any(each.startswith(("threading", "concurrent", "multiprocessing", "_thread", "queue")) for each in imports)


def _knows_loop(imports: tuple[str, ...]) -> bool:
    return any(each.startswith(("asyncio", "anyio", "trio")) for each in imports)


def _awaits_value(scope: Scope) -> bool:
    return scope.is_async and any(isinstance(each.value, ast.Await) for each in scope.of(ast.Assign))


def _by_kind(writes: Iterator[Write]) -> list[Write]:
    """Return writes with those first that lose data, for one finding is enough for each piece of state."""
    return sorted(writes, key=lambda each: each.kind.value)


def _is_safe(context: FileContext, write: Write, scope: Scope) -> bool:
    node: ast.expr = write.target
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
        if context.is_a(node, *_SAFE, scope=scope):
            return True
    return False


def _has_mutex(context: FileContext) -> bool:
    own = context.project.modules[context.parsed.name]
    paths = [*own.variables.values(), *(path for owner in own.classes.values() for path in owner.attributes.values())]
    inherited = (
        path
        for owner in own.classes
        for base in context.project.mro(owner)[1:]
        if (summary := context.project.classes.get(base)) is not None
        for path in summary.attributes.values()
    )
    return any(
        "Lock" in path or "Condition" in path
        for path in (*paths, *inherited)
        if context.project.is_a(context.project.canonical(path), *MUTEXES)
    )


def _guarded(context: FileContext) -> dict[State, tuple[str, str, bool]]:
    """Return the state of a file that is written under a lock: in which function, under which, and whether its size is changed."""
    found: dict[State, tuple[str, str, bool]] = {}
    for scope in context.functions():
        if scope.is_async or scope.name in BUILDING:
            continue
        locked = bool(scope.of(ast.With)) or any(True for _ in acquires(scope))
        if not locked and not runs_locked(context, scope):
            continue
        for node, state, grows in all_writes(context, scope):
            if is_locked(context, node, scope) and (state not in found or (grows and not found[state][2])):
                lock = next((lock_name(each) for each in locks_around(context, node, scope)), "")
                found[state] = (scope.name, lock, grows)
    return found


def _write(
    context: FileContext, scope: Scope, write: Write, running: tuple[Running, ...], guarded: dict[State, tuple[str, str, bool]]
) -> Finding | None:
    together = _together(context, scope, write, running) if running else ()
    if together:
        return _threads(context, write, together[0])
    # What a function inside of another is called under cannot be seen.
    if write.state in guarded and not scope.is_async and (scope.parent is None or not scope.parent.is_function):
        return _unguarded(context, write, guarded[write.state])
    return None


def _together(context: FileContext, scope: Scope, write: Write, running: tuple[Running, ...]) -> tuple[Running, ...]:
    """Return why a write may be done by several threads at a time with the same state; () where it is not known to be."""
    project = context.project
    match write.state.holder:
        case Holder.MODULE | Holder.CLASS:
            return running if runs_beside_itself(running) or _elsewhere(context, scope, write) else ()
        case Holder.CLOSURE:
            same = tuple(each for each in running if each.hand_over.many and each.by is not None)
            return same if all(write.state.owner == each.by.name for each in same if each.by is not None) else ()
        case Holder.INSTANCE:
            same = with_its_instance(project, write.state.owner, running)
            if same and (runs_beside_itself(same) or _elsewhere(context, scope, write)):
                return same
            if runs_beside_itself(running) and (is_module_object(project, context.full_name(scope)) or _is_given_to_all(context, running)):
                return running
    return ()


def _elsewhere(context: FileContext, scope: Scope, write: Write) -> bool:
    """Tell whether a function that runs in no thread of its own changes the same state in two steps, too."""
    if write.kind is not WriteKind.CHANGES:
        return False
    for other in context.functions():
        if other is scope or other.is_async or other.name in BUILDING or context.project.reach.in_threads(context.full_name(other)):
            continue
        if any(each.state == write.state and each.kind is WriteKind.CHANGES for each in racing_writes(context, other)):
            return True
    return False


def _is_given_to_all(context: FileContext, running: tuple[Running, ...]) -> bool:
    """Tell whether a method of one object is handed over in a loop: `for row in rows: pool.submit(stats.record, row)`."""
    for each in running:
        by = each.by
        scope = context.scope_named(by.name) if by is not None and each.hand_over.many else None
        for call in scope.of(ast.Call) if scope is not None else ():
            if call.lineno == each.hand_over.line:
                loop = context.loop_around(call)
                names = [part.value.id for part in ast.walk(call) if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)]
                begin, end = getattr(loop, "lineno", 0), getattr(loop, "end_lineno", 0) or 0
                bound = [binding for name in names for binding in (scope.bindings.get(name, []) if scope is not None else [])]
                if each.entry.rpartition(".")[2] in {part.attr for part in ast.walk(call) if isinstance(part, ast.Attribute)}:
                    return not any(begin <= binding.line <= end for binding in bound) if loop is not None else bool(bound)
    return False


def _threads(context: FileContext, write: Write, running: Running) -> Finding:
    name = context.text(write.target)
    entry = running.entry.rpartition(".")[2]
    if write.kind is WriteKind.CREATES:
        what = f"`{name}` is made if it is missing, and two threads that run `{entry}()` can both find it missing: one of two is lost"
        advice = f"look and write under one lock: `with lock:` around the `if`, or make `{name}` before the threads start"
    else:
        what = (
            f"`{name}` is read and written by several threads that run `{entry}()`, without a lock: one's change can be lost in another's"
        )
        advice = f"write `with lock:` around the change of `{name}`, or let each thread count for itself and add up the results"
    certain = running.hand_over.many
    return RULE.finding(context, write.node, what, advice=advice, confidence=Confidence.HIGH if certain else Confidence.MEDIUM)


def _unguarded(context: FileContext, write: Write, by: tuple[str, str, bool]) -> Finding:
    name, held = context.text(write.target), _held(by)
    return RULE.finding(
        context,
        write.node,
        f"`{name}` is changed here without {held}, under which `{by[0]}()` writes it: a change by the one can be lost in that of the other",
        advice=f"take {held} around it here, too, the test before it included",
        confidence=Confidence.MEDIUM,
    )


def _held(by: tuple[str, str, bool]) -> str:
    return f"`{by[1]}`" if by[1] else "the lock"


def _walks(context: FileContext, scope: Scope, guarded: dict[State, tuple[str, str, bool]], told: set[State]) -> Iterator[Finding]:
    for node, state in walks(context, scope):
        by = guarded.get(state, ("", "", False))
        if not by[2] or by[0] == scope.name or state in told or is_locked(context, node, scope):
            continue
        told.add(state)
        held = _held(by)
        yield RULE.finding(
            context,
            node,
            f"`{context.text(node)}` is walked through without {held}, under which `{by[0]}()` changes its size: "
            "that raises RuntimeError when both happen at once",
            advice=f"take a copy under {held}, `list({context.text(node)})`, and walk through the copy",
            confidence=Confidence.MEDIUM,
        )


def _values(context: FileContext, scope: Scope) -> Iterator[Finding]:
    """Yield the changes of numbers in shared memory that no lock covers."""
    for node in scope.of(ast.AugAssign):
        target = node.target
        if not isinstance(target, ast.Attribute) or target.attr != "value" or context.path(target, scope) not in _VALUES:
            continue
        if is_locked(context, node, scope):
            continue
        name = context.text(target.value)
        raw = context.path(target, scope) == _VALUES[1]
        yield RULE.finding(
            context,
            node,
            f"`{name}.value` is read and then written, and another process or thread can write it in between: its change is lost",
            advice="keep a `multiprocessing.Lock` beside it and take it around every change"
            if raw
            else f"write `with {name}.get_lock():` around it",
            confidence=Confidence.HIGH,
        )


RULE: Final = Rule(
    code="CA501",
    name="unlocked-shared-state",
    pitfall="P05",
    topic="unlocked-shared-state",
    summary="Several threads change the same state without a lock.",
    severity=Severity.WARNING,
    check=check,
    template="thread-locks",
)
