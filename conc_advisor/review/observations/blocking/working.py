"""What kind of work a function does, as far as its source tells: pure computing, waiting, or too little to be sent anywhere."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

_BUILTINS: Final = frozenset(
    {
        *("range", "len", "int", "float", "str", "abs", "min", "max", "sum", "sorted", "enumerate", "zip", "pow", "round", "divmod", "ord"),
        *("chr", "bool", "list", "set", "dict", "tuple", "reversed", "isinstance", "map", "filter", "any", "all", "hash", "bin", "hex"),
    }
)
_METHODS: Final = frozenset(
    {
        *("append", "extend", "add", "pop", "get", "items", "keys", "values", "split", "join", "strip", "lower", "upper", "replace"),
        *("startswith", "endswith", "sort", "reverse", "insert", "remove", "index", "count", "update", "setdefault", "popleft", "isdigit"),
    }
)
_PURE: Final = (
    "math.",
    "random.",
    "itertools.",
    "operator.",
    "fractions.",
    "decimal.",
    "cmath.",
    "statistics.",
    "collections.",
    "functools.",
)
_LOOPS: Final[tuple[type[ast.For | ast.While], ...]] = (ast.For, ast.While)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_MOST: Final = 3
"""How many functions deep the work is looked into."""


def is_pure_computing(context: FileContext, scope: Scope, *, depth: int = 0) -> bool:
    """Tell whether a function of this file computes in Python in a loop and calls nothing that could wait or leave the GIL."""
    return _only_computes(context, scope, depth) and _has_heavy_loop(context, scope, depth)


def is_tiny(context: FileContext, scope: Scope) -> bool:
    """Tell whether a function does less than sending its argument to another process costs.

    At most two statements without a loop and without any call but builtins; a message between processes costs some 50 microseconds
    (`conc-advisor calibrate` measures it), such a function about one.
    """
    node = scope.node
    if not isinstance(node, ast.FunctionDef) or any(scope.of(kind) for kind in (*_LOOPS, *_COMPREHENSIONS)):
        return False
    body = [each for each in node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    cheap = _BUILTINS - {"sum", "sorted", "pow", "map", "filter", "any", "all", "list", "set", "dict", "tuple"}
    return len(body) <= 2 and all(  # noqa: PLR2004  # the docstring says why
        isinstance(call.func, ast.Name) and call.func.id in cheap and context.path(call.func, scope) == call.func.id
        for call in scope.of(ast.Call)
    )


def _only_computes(context: FileContext, scope: Scope, depth: int) -> bool:
    if depth > _MOST or scope.is_async or scope.globals:
        return False
    for call in scope.of(ast.Call):
        path = context.target(call, scope)
        if path in _BUILTINS or path.startswith(_PURE):
            continue
        inner = context.scope_named(path)
        if inner is not None and inner is not scope:
            if _only_computes(context, inner, depth + 1):
                continue
            return False
        if inner is scope:
            continue
        if isinstance(call.func, ast.Attribute) and last_name(call) in _METHODS and not path.endswith(_foreign_methods(path)):
            continue
        return False
    return True


def _foreign_methods(path: str) -> tuple[str, ...]:
    """Return what makes a method's path one of an object of another package, so that its name says nothing."""
    known = path.startswith(("<", "{", "(", "str()", "bytes()", "int()")) or not path
    return () if known or "()" not in path else (path,)


def _has_heavy_loop(context: FileContext, scope: Scope, depth: int) -> bool:
    # Counting alone is no arithmetic: `for line in lines: total += 1` is over before a process has started.
    bodies = [part for kind in _LOOPS for loop in scope.of(kind) for part in loop.body]
    comprehensions = [each for kind in _COMPREHENSIONS for each in scope.of(kind)]
    if any(isinstance(each, ast.BinOp) for part in (*bodies, *comprehensions) for each in ast.walk(part)):
        return True
    if depth >= _MOST:
        return False
    inner = (context.scope_named(path) for path in {context.target(call, scope) for call in scope.of(ast.Call)})
    return any(each is not None and each is not scope and _has_heavy_loop(context, each, depth + 1) for each in inner)
