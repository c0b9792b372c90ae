"""Evaluates an expression to a path: a text that tells, without running anything, what its value is.

`requests.Session().get` is the method of what calling `requests.Session` gives, `app.db.POOL.submit` one of a module's variable.  A path
is *raw* here: names of other modules are followed by `project.Project.canonical`.  The grammar:

    a.b         an attribute        a()     what a call of it gives (an instance of a class; the value of an awaited coroutine)
    a[]         an element          <a>     a container of a          {a}     a mapping to a          (a,b)   a tuple
    ""          nothing is known

A name with several values has the one that is assigned last before its use, or else the last that says anything.
"""

import ast
import builtins
from functools import lru_cache
from itertools import islice
from typing import Final

from conc_advisor.review.symbols.containers import element, item, value_of
from conc_advisor.review.symbols.reader import SymbolTree
from conc_advisor.review.symbols.scopes import Binding, BindingKind, Scope, ScopeKind

_MOST: Final = 24
"""How deep names lead to names before it is given up: longer chains were not met in 300,000 lines of libraries."""
_BUILTINS: Final = frozenset(dir(builtins))
_CONTAINERS: Final = frozenset(
    {
        *("list", "set", "frozenset", "tuple", "deque", "List", "Set", "FrozenSet", "Sequence", "MutableSequence"),
        *("Iterable", "Collection"),
        *("Iterator", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator", "Deque", "AbstractSet", "MutableSet", "WeakSet"),
    }
)
_MAPPINGS: Final = frozenset(
    {
        *("dict", "Dict", "Mapping", "MutableMapping", "DefaultDict", "defaultdict", "OrderedDict", "WeakValueDictionary"),
        *("WeakKeyDictionary", "ChainMap"),
    }
)
_TRANSPARENT: Final = frozenset({"Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "InitVar", "Mapped"})
_COROUTINES: Final = frozenset({"Awaitable", "Coroutine"})
_SAME: Final = frozenset(
    {
        *("contextlib.closing", "contextlib.aclosing", "contextlib.nullcontext", "asyncio.wait_for", "asyncio.shield", "copy.copy"),
        *("weakref.proxy", "async_timeout.timeout"),
    }
)
"""Calls whose value is their first argument, as far as anybody asks."""
_CONNECTING: Final = tuple(
    f"{loop}.{name}"
    for loop in ("get_running_loop()", "get_event_loop()", "new_event_loop()", "AbstractEventLoop()", "loop")
    for name in ("create_connection", "create_datagram_endpoint", "create_unix_connection", "connect_read_pipe", "subprocess_exec")
)
"""Ends of the paths of a loop's methods that give a transport and what their first argument makes."""
_WRAPPING: Final = ("from_openai", "from_anthropic", "from_litellm", "wrap_", "instrument", "patch", "trace_")
"""Beginnings of names of functions that give back what they are given, with something added: `instructor.from_openai(client)`."""
_EXECUTORS: Final = frozenset({"executor", "thread_pool", "threadpool", "process_pool", "thread_pool_executor"})
_LOOPS: Final = frozenset({"loop", "event_loop", "main_loop"})
_GATHERING: Final = frozenset({"list", "set", "tuple", "frozenset", "sorted", "reversed", "collections.deque", "iter"})


class Paths:
    """The paths of one module's expressions; each is worked out once."""

    __slots__ = ("_busy", "_cuts", "_known", "symbols")

    def __init__(self, symbols: SymbolTree) -> None:
        self.symbols = symbols
        self._known: dict[ast.AST, str] = {}
        self._busy: set[object] = set()
        self._cuts = 0

    def of(self, node: ast.AST, scope: Scope) -> str:
        """Return the raw path of an expression that is evaluated in a scope."""
        known = self._known.get(node)
        if known is not None:
            return known
        if node in self._busy or len(self._busy) > _MOST:
            self._cuts += 1
            return ""
        cuts = self._cuts
        self._busy.add(node)
        try:
            evaluate = _EVALUATE.get(type(node))
            path = evaluate(self, node, scope) if evaluate is not None else ""
        finally:
            self._busy.discard(node)
        if cuts == self._cuts or not self._busy:
            # A path on the way to which a circle was cut may lack what the rest of the circle would have said.
            self._known[node] = path
        return path

    def qualified(self, scope: Scope) -> str:
        """Return the full dotted name of a scope."""
        return f"{self.symbols.module}.{scope.qualname}" if scope.qualname else self.symbols.module

    def annotation(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> str:  # noqa: PLR0911  # one line for each kind
        """Return the path of a value with this annotation, which lies so deep in another one."""
        if depth > _MOST:
            return ""
        match node:
            case ast.Constant(value=str(text)):
                return self.annotation(parsed_annotation(text), scope, depth + 1)
            case ast.Constant(value=None):
                return "None"
            case ast.BinOp():
                parts = (self.annotation(each, scope, depth + 1) for each in _united(node))
                return next((path for path in parts if path not in {"", "None"}), "")
            case ast.Subscript():
                return self._generic(node, scope, depth)
            case ast.Name(id=last) | ast.Attribute(attr=last):
                return self._annotated(node, last, scope)
        return ""

    def _annotated(self, node: ast.expr, last: str, scope: Scope) -> str:
        if last == "Self":
            owner = _class_around(scope)
            return f"{self.qualified(owner)}()" if owner is not None else ""
        if last in {"Any", "object", "NoReturn", "Never"}:
            return ""
        path = self.of(node, scope)
        return f"{path}()" if path else ""

    def _generic(self, node: ast.Subscript, scope: Scope, depth: int) -> str:  # noqa: PLR0911  # one line for each kind of generic
        def told(inside: ast.expr) -> str:
            return self.annotation(inside, scope, depth + 1)

        last = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) and node.slice.elts else [node.slice]
        if last in {"Optional", "Union"}:
            return next((path for each in inside if (path := told(each)) not in {"", "None"}), "")
        if last in _TRANSPARENT:
            return told(inside[0])
        if last in _COROUTINES:
            return told(inside[-1])
        if last in {"type", "Type"}:
            return self.of(inside[0], scope)
        if last in {"tuple", "Tuple"} and not (len(inside) == 2 and _is_ellipsis(inside[1])):  # noqa: PLR2004  # tuple[X, ...]
            return f"({','.join(map(told, inside))})"
        if last in _CONTAINERS:
            return f"<{told(inside[0])}>"
        if last in _MAPPINGS:
            return f"{{{told(inside[-1])}}}"
        if last in {"Callable", "Literal", "ContextManager", "AsyncContextManager"}:
            return ""
        return told(node.value)

    def name(self, name: str, scope: Scope, line: int) -> str:
        """Return the raw path of a name that is used in a scope on a line (0: after all of it)."""
        binder = scope.binder(name)
        if binder is None:
            if name in _BUILTINS:
                return name
            # Which of its stars it comes from is asked of the project.
            return f"{self.symbols.module}.{name}" if self.symbols.root.stars else ""
        key = (binder, name)
        if key in self._busy:
            self._cuts += 1
            return ""
        self._busy.add(key)
        try:
            return self._bound(binder, name, line if binder is scope else 0)
        finally:
            self._busy.discard(key)

    def _bound(self, binder: Scope, name: str, line: int) -> str:
        bindings = binder.bindings.get(name, [])
        for each in bindings:
            if each.kind is BindingKind.IMPORTED:
                return each.name
        if binder.kind is ScopeKind.MODULE:
            # What a module's own names hold is asked of the project, which also knows them from outside.
            return f"{self.symbols.module}.{name}"
        if binder.kind is ScopeKind.CLASS:
            return f"{self.qualified(binder)}.{name}"
        earlier = [each for each in bindings if each.line <= line] if line else []
        for each in islice(reversed(earlier or bindings), _MOST):
            path = self.binding(each, binder)
            if path not in {"", "None"}:
                return self._filled(path, binder, name)
        return ""

    def binding(self, binding: Binding, scope: Scope) -> str:  # noqa: C901, PLR0911  # one line for each kind
        """Return the raw path of the value that a binding gives in its scope."""
        value = binding.value
        match binding.kind:
            case BindingKind.IMPORTED:
                return binding.name
            case BindingKind.FUNCTION | BindingKind.CLASS:
                return self.qualified(self.symbols.scopes[binding.node])
            case BindingKind.SELF:
                return f"{self.qualified(self.symbols.scopes[value])}()" if value is not None else ""
            case BindingKind.CLS:
                return self.qualified(self.symbols.scopes[value]) if value is not None else ""
            case BindingKind.OTHER:
                return ""
            case BindingKind.PARAMETER:
                return (self.of(value, scope) if value is not None else "") or self._by_name(binding)
            case _ if value is None:
                return ""
            case BindingKind.ANNOTATED:
                return self.annotation(value, scope)
            case BindingKind.ASSIGNED | BindingKind.ENTERED:
                return self.of(value, scope)
            case BindingKind.ELEMENT:
                return element(self.of(value, scope))
            case BindingKind.ITEM:
                return item(self.of(value, scope), binding.index)
            case BindingKind.ELEMENT_ITEM:
                return item(element(self.of(value, scope)), binding.index)
        return ""

    def _by_name(self, binding: Binding) -> str:
        """Return what a parameter without annotation most likely is, by a name that hardly means anything else."""
        name = getattr(binding.node, "arg", "").lstrip("_")
        if name in _EXECUTORS:
            return "concurrent.futures.Executor()"
        if name in _LOOPS and "asyncio" in self.symbols.root.bindings and "tornado" not in self.symbols.root.bindings:
            return "asyncio.AbstractEventLoop()"
        return ""

    def _filled(self, path: str, scope: Scope, name: str) -> str:
        """Return the path of a container that was made empty, with what is put into it."""
        if path not in {"<>", "{}"}:
            return path
        for call in scope.of(ast.Call):
            function = call.func
            if (
                isinstance(function, ast.Attribute)
                and function.attr in {"append", "add", "appendleft", "insert"}
                and isinstance(function.value, ast.Name)
                and function.value.id == name
                and call.args
            ):
                inside = self.of(call.args[-1], scope)
                if inside:
                    return f"<{inside}>"
        return path


def _name(paths: Paths, node: ast.AST, scope: Scope) -> str:
    return paths.name(node.id, scope, node.lineno) if isinstance(node, ast.Name) else ""


def _attribute(paths: Paths, node: ast.AST, scope: Scope) -> str:
    if not isinstance(node, ast.Attribute):
        return ""
    base = paths.of(node.value, scope)
    if node.attr == "__class__" and base.endswith("()"):
        return base.removesuffix("()")
    return f"{base}.{node.attr}" if base else ""


def _call(paths: Paths, node: ast.AST, scope: Scope) -> str:  # noqa: C901, PLR0911, PLR0912  # one line for each function with a meaning of its own
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    path = paths.of(function, scope)
    first = node.args[0] if node.args else None
    if path == "super":
        return _super(paths, scope)
    if isinstance(function, ast.Attribute):
        base = path.removesuffix(f".{function.attr}")
        if function.attr in {"enter_context", "enter_async_context"} and first is not None:
            return paths.of(first, scope)
        if base[:1] in {"<", "{", "("} and path:
            return value_of(base, function.attr)
    if first is None or not path:
        return f"{path}()" if path else ""
    if path == "socket.socket" and any(getattr(each, "attr", "") == "SOCK_DGRAM" for each in node.args):
        # A datagram socket's `connect` and `sendall` return at once.
        return "socket.SOCK_DGRAM()"
    if path.endswith(_CONNECTING):
        return f"(asyncio.Transport(),{_product(paths, first, scope)})"
    if path in _SAME or path.rpartition(".")[2].startswith(_WRAPPING):
        inside = paths.of(first, scope)
        if path in _SAME or inside.endswith("()"):
            return inside
    if path in _GATHERING:
        inside = paths.of(first, scope)
        return f"<{element(inside)}>" if inside else "<>"
    match path:
        case "typing.cast" | "typing_extensions.cast":
            return paths.annotation(first, scope)
        case "enumerate":
            return f"<(int(),{element(paths.of(first, scope))})>"
        case "zip":
            return f"<({','.join(element(paths.of(each, scope)) for each in node.args)})>"
        case "type" if len(node.args) == 1:
            inside = paths.of(first, scope)
            return inside.removesuffix("()") if inside.endswith("()") else "type()"
        case "next" | "anext":
            return element(paths.of(first, scope))
        case "asyncio.to_thread" | "anyio.to_thread.run_sync" | "asyncio.run" | "starlette.concurrency.run_in_threadpool":
            inside = paths.of(first, scope)
            return inside if path == "asyncio.run" else f"{inside}()" if inside else ""
        case "getattr" if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and isinstance(node.args[1].value, str):
            inside = paths.of(first, scope)
            return f"{inside}.{node.args[1].value}" if inside else ""
    return f"{path}()"


def _product(paths: Paths, factory: ast.expr, scope: Scope) -> str:
    """Return what a factory makes: a class, or a lambda that calls one."""
    inner = paths.symbols.scopes.get(factory)
    if isinstance(factory, ast.Lambda):
        return paths.of(factory.body, inner) if inner is not None else ""
    path = paths.of(factory, scope)
    return f"{path}()" if path else ""


def _super(paths: Paths, scope: Scope) -> str:
    owner = _class_around(scope)
    if owner is None or not isinstance(owner.node, ast.ClassDef) or not owner.node.bases or owner.parent is None:
        return ""
    base = paths.of(owner.node.bases[0], owner.parent)
    return f"{base}()" if base else ""


def _class_around(scope: Scope) -> Scope | None:
    place: Scope | None = scope
    while place is not None and place.kind is not ScopeKind.CLASS:
        place = place.parent
    return place


def _inside(paths: Paths, node: ast.AST, scope: Scope) -> str:
    value = getattr(node, "value", None)
    return paths.of(value, scope) if isinstance(value, ast.AST) else ""


def _binary(paths: Paths, node: ast.AST, scope: Scope) -> str:
    if not isinstance(node, ast.BinOp):
        return ""
    left = paths.of(node.left, scope)
    if isinstance(node.op, ast.Div):
        # Path / "x" is the one division whose value anybody asks for.
        return f"{left}.__truediv__()" if left and not left.startswith(("int()", "float()")) else ""
    if isinstance(node.op, ast.Add) and left.startswith("<"):
        return left
    return "str()" if left == "str()" else ""


def _either(paths: Paths, node: ast.AST, scope: Scope) -> str:
    values = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
    return next((path for each in values if (path := paths.of(each, scope)) not in {"", "None", "bool()"}), "")


def _sequence(paths: Paths, node: ast.AST, scope: Scope) -> str:
    values = node.elts if isinstance(node, (ast.List, ast.Set)) else []
    return f"<{next((path for each in values if (path := paths.of(each, scope))), '')}>"


def _tuple(paths: Paths, node: ast.AST, scope: Scope) -> str:
    values = node.elts if isinstance(node, ast.Tuple) else []
    return f"({','.join(paths.of(each, scope) for each in values)})"


def _comprehension(paths: Paths, node: ast.AST, scope: Scope) -> str:
    return f"<{paths.of(node.elt, scope)}>" if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)) else ""


def _mapping(paths: Paths, node: ast.AST, scope: Scope) -> str:
    values = [node.value] if isinstance(node, ast.DictComp) else node.values if isinstance(node, ast.Dict) else []
    return f"{{{next((path for each in values if (path := paths.of(each, scope))), '')}}}"


def _subscript(paths: Paths, node: ast.AST, scope: Scope) -> str:
    if not isinstance(node, ast.Subscript):
        return ""
    base = paths.of(node.value, scope)
    if base.startswith("(") and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
        return item(base, node.slice.value)
    if isinstance(node.slice, ast.Slice):
        return base if base.startswith("<") else ""
    # `Queue[int]` is the class `Queue`; an element is only taken out of a value.
    return element(base) if base.startswith(("<", "{", "(")) or base.endswith((")", "]")) else base


def _constant(_paths: Paths, node: ast.AST, _scope: Scope) -> str:
    value = node.value if isinstance(node, ast.Constant) else None
    return "None" if value is None else f"{type(value).__name__}()" if isinstance(value, (str, bytes, int, float)) else ""


def _text(_paths: Paths, _node: ast.AST, _scope: Scope) -> str:
    return "str()"


_EVALUATE: Final = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Await: _inside,
    ast.Starred: _inside,
    ast.NamedExpr: _inside,
    ast.BinOp: _binary,
    ast.BoolOp: _either,
    ast.IfExp: _either,
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.Tuple: _tuple,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Dict: _mapping,
    ast.DictComp: _mapping,
    ast.Subscript: _subscript,
    ast.Constant: _constant,
    ast.JoinedStr: _text,
}


def _united(node: ast.BinOp) -> list[ast.expr]:
    """Return the sides of `a | b | c`, in their order."""
    found: list[ast.expr] = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp):
        found.append(current.right)
        current = current.left
    return [current, *reversed(found)]


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


@lru_cache(maxsize=4096)
def parsed_annotation(text: str) -> ast.expr | None:
    """Return the expression that an annotation in quotes holds; None for none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
