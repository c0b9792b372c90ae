"""Finds threads that are told to stop and that nobody waits for: in lists, as attributes of a class, or of classes of their own."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.lifetimes import THREAD_ENDS
from conc_advisor.review.observations.lifetimes.fate import Fate, fate_of, fate_of_attribute, loads_of
from conc_advisor.review.observations.lifetimes.makings import Making
from conc_advisor.review.observations.lifetimes.owners import closing_method, owner_of
from conc_advisor.review.observations.lifetimes.started import threads_of, waits_after, work_of
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.remark import Remark

_JOINS: Final = frozenset({"join"})
_PUTTING: Final = frozenset({"put", "put_nowait", "notify", "notify_all", "set"})
_FILLING: Final = frozenset({"append", "add", "appendleft"})
_STOPS: Final = frozenset({"stop", "shutdown", "quit", "request_stop"})
_WORDS: Final = re.compile(r"[A-Z][a-z0-9]+$")


def tells_to_stop(closing: Scope, work: Scope | None) -> bool:
    """Tell whether a method tells a thread to stop: by an event, an item in its queue, or a flag that the thread's function looks at."""
    if any(last_name(call) in _PUTTING for call in closing.of(ast.Call)):
        return True
    flags = {target.attr for target, binding in closing.assigned_attributes if isinstance(binding.value, ast.Constant)}
    return work is not None and any(isinstance(each, ast.Attribute) and each.attr in flags for each in ast.walk(work.node))


# --- threads in lists -------------------------------------------------------------------------------------------------------------


def unjoined_in_container(context: FileContext, making: Making, fate: Fate) -> Iterator[Remark]:
    """Yield the method that tells the threads in a list or set of its instance to stop and goes on."""
    kept = _container(context, making, fate)
    owner = owner_of(context, making.scope, kept) if kept is not None else None
    closing = closing_method(owner) if owner is not None else None
    if kept is None or owner is None or closing is None or not tells_to_stop(closing, work_of(context, making)):
        return
    whole = fate_of_attribute(context, kept.attr, _JOINS)
    if not (whole.ended or whole.handed_on):
        yield Remark(
            node=closing.node,
            message=f"`{owner.name}.{closing.name}` tells the threads in `self.{kept.attr}` to stop and does not wait for them: "
            f"they may still work when `{closing.name}` returns",
            advice=f"write `for thread in self.{kept.attr}: thread.join()` after it",
            steps=(context.step(making.call, f"the threads in self.{kept.attr} are made here"),),
        )


def unjoined_daemons(context: FileContext, making: Making) -> Iterator[Remark]:
    """Yield the method that tells a daemon thread, or those in a list of daemons, to stop and does not wait until they have."""
    here = fate_of(context, making.scope, making.call, THREAD_ENDS)
    if not (here.attributes or here.ended or here.passed):
        yield from unjoined_in_container(context, making, here)
    if len(here.attributes) != 1 or here.ended or here.handed_on:
        return
    kept = here.attributes[0]
    owner = owner_of(context, making.scope, kept)
    closing = closing_method(owner) if owner is not None else None
    if owner is None or closing is None or not tells_to_stop(closing, work_of(context, making)):
        return
    if waits_after(closing, None, others=threads_of(owner)):
        return
    fate = fate_of_attribute(context, kept.attr, THREAD_ENDS)
    if not (fate.ended or fate.handed_on):
        yield Remark(
            node=closing.node,
            message=f"`{owner.name}.{closing.name}` tells the daemon thread in `self.{kept.attr}` to stop and does not wait for it: "
            f"it may still work when `{closing.name}` returns",
            advice=f"call `self.{kept.attr}.join()` after it",
            steps=(context.step(making.call, f"self.{kept.attr} is made here"),),
        )


def _container(context: FileContext, making: Making, fate: Fate) -> ast.Attribute | None:
    """Return the attribute of an instance whose list, set or mapping a thread is put into."""
    loads = (load for name in fate.names for _, load in loads_of(making.scope, name))
    for held in (making.call, *loads):
        parent = context.parent(held)
        holder: ast.AST | None = None
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in _FILLING:
            holder = parent.func.value
        elif isinstance(parent, ast.Assign) and parent.value is held and isinstance(parent.targets[0], ast.Subscript):
            holder = parent.targets[0].value
        if isinstance(holder, ast.Attribute):
            return holder
    return None


# --- classes that are threads -----------------------------------------------------------------------------------------------------


def unjoined_classes(context: FileContext) -> Iterator[Remark]:
    """Yield what stops threads of classes of the project, and does not wait for them: their own methods, and calls of these."""
    classes = _thread_classes(context)
    if not classes:
        return
    here = [scope for scope in context.scopes() if scope.kind is ScopeKind.CLASS and context.full_name(scope) in classes]
    for owner in here:
        closing = closing_method(owner)
        if closing is not None and not _joins(owner) and tells_to_stop(closing, _run_of(owner)):
            yield from _of_class(context, owner, closing)
    yield from _by_name(context, classes)


def _thread_classes(context: FileContext) -> tuple[str, ...]:
    """Return the classes of the project that are threads, and those of this file whose base, of another package, is one by its name."""
    known = context.project.derived("threading.Thread")
    here = (context.full_name(scope) for scope in context.scopes() if scope.kind is ScopeKind.CLASS)
    return (*known, *(each for each in here if each not in known and context.project.mro(each)[-1].endswith("Thread")))


def _of_class(context: FileContext, owner: Scope, closing: Scope) -> Iterator[Remark]:
    full = context.full_name(owner)
    project = context.project
    kept = {name for each in project.classes.values() for name, path in each.attributes.items() if project.canonical(path) == f"{full}()"}
    if any((name, "join") in project.method_calls for name in kept) or project.derived(full):
        return
    starts = [call for each in owner.children if each.name == "__init__" for call in each.of(ast.Call) if _is_own(call, "start")]
    if starts or any((name, closing.name) in project.method_calls for name in kept):
        yield Remark(
            node=closing.node,
            message=f"`{owner.name}.{closing.name}` tells the thread to stop, and nothing waits until it has: "
            f"it may still work when `{closing.name}` returns",
            advice=f"call `self.join()` at the end of `{closing.name}`, unless it is the thread itself that calls it",
        )


def _joins(owner: Scope) -> bool:
    return any(last_name(call) == "join" for method in owner.walk() for call in method.of(ast.Call) if not _is_text(call))


def _is_text(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant)


def _is_own(call: ast.Call, method: str) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and function.attr == method and last_name(function.value) == "self"


def _run_of(owner: Scope) -> Scope | None:
    return next((each for each in owner.children if each.name == "run"), None)


def _by_name(context: FileContext, classes: tuple[str, ...]) -> Iterator[Remark]:
    """Yield the first call that stops a thread which only its name tells: `emitter.stop()` beside `class EventEmitter(Thread)`."""
    words = {found[0].lower(): each for each in classes if (found := _WORDS.search(each.rpartition(".")[2]))}
    stops: dict[str, ast.Call] = {}
    others: set[str] = set()
    for scope, call in context.calls():
        function = call.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            continue
        name = function.value.id.lower().rpartition("_")[2]
        if name not in words or name == "thread":
            continue
        if function.attr in _STOPS and context.is_dropped(call) and not context.path(function.value, scope).endswith("()"):
            stops.setdefault(name, call)
        elif function.attr in {"join", "is_alive"}:
            others.add(name)
    for name, call in stops.items():
        owner = words[name]
        stopping = context.project.function(f"{owner}.{last_name(call)}")
        if name in others or (stopping is not None and any(site.target.endswith(".join") for site in stopping.calls)):
            continue
        text = context.text(call.func)
        yield Remark(
            node=call,
            message=f"`{text}()` tells the thread to stop, and nothing in this file waits until it has: "
            f"by its name it is a `{owner.rpartition('.')[2]}`, which is a thread",
            advice=f"call `{text.rpartition('.')[0]}.join()` after it",
        )
